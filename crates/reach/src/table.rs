//! What one actor may do on every target, by classes of targets and groups of actions.

use std::sync::Arc;

use rempart_policy::document::Effect;
use rempart_policy::{CompiledPolicy, Known, Policies, Principal, Stack};

use crate::actions::{Asked, TYPES};
use crate::classes::{Class, Matches};
use crate::model::{Label, Proof};
use crate::picture::Map;
use crate::targets::Target;
use crate::verdict::{Asker, Verdict};

/// Actions on the targets of a class with one answer.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) actions: Arc<[Arc<str>]>,
    pub(crate) verdict: Arc<Verdict>,
    /// The action that changes the policy of the resource first.
    pub(crate) after: Option<&'static str>,
}

/// All answers of an actor.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) classes: Vec<(Class, Vec<Block>)>,
    /// For each target the place of its class.
    class_of: Vec<u32>,
}

/// Actions that change the policy of a resource, by service and type.
const WRITES: [(&str, &str, &str); 6] = [
    ("s3", "bucket", "s3:PutBucketPolicy"),
    ("kms", "key", "kms:PutKeyPolicy"),
    ("kms", "key", "kms:CreateGrant"),
    (
        "secretsmanager",
        "Secret",
        "secretsmanager:PutResourcePolicy",
    ),
    ("ecr", "repository", "ecr:SetRepositoryPolicy"),
    (
        "sagemaker",
        "model-package-group",
        "sagemaker:PutModelPackageGroupPolicy",
    ),
];

/// What policies tell actions apart by.
#[derive(PartialEq, Eq, Hash, Clone, Debug)]
struct Signature {
    /// Policies by address, statements and whether the action carries their keys.
    concerned: Vec<(usize, usize, Vec<bool>)>,
    allows: bool,
    /// The action, where the engine looks at its name.
    own: Option<Arc<str>>,
}

impl Table {
    /// Asks everything.
    pub(crate) fn of(asker: &mut Asker<'_>, targets: &[Target], matches: &Matches) -> Self {
        let controls = asker.picture.controls.values();
        let controls: Vec<Policies> = controls
            .flat_map(|one| one.resource.iter().flatten().cloned())
            .collect();
        let actor = asker.actor;
        let classes = matches.classes(&actor.stack, &controls, &actor.seen, targets);
        let mut class_of = vec![0; targets.len()];
        let mut of_types: Map<usize, Arc<Vec<Signature>>> = Map::default();
        let mut answered = Vec::with_capacity(classes.len());
        for (number, class) in (0_u32..).zip(classes) {
            for place in &class.members {
                if let Some(own) = class_of.get_mut(*place as usize) {
                    *own = number;
                }
            }
            let first = class
                .members
                .first()
                .and_then(|place| targets.get(*place as usize));
            let blocks = first
                .map(|target| blocks(asker, target, &mut of_types))
                .unwrap_or_default();
            answered.push((class, blocks));
        }
        let mut table = Self {
            classes: answered,
            class_of,
        };
        table.opened(asker, targets);
        table
    }

    /// The answer about an action on a target.
    pub(crate) fn about(&self, place: usize, action: &str) -> Option<&Block> {
        let class = *self.class_of.get(place)?;
        let (_, blocks) = self.classes.get(class as usize)?;
        let holds = |block: &&Block| block.actions.iter().any(|one| **one == *action);
        let best = blocks.iter().filter(holds);
        best.max_by_key(|block| block.verdict.label)
    }

    /// The class of a target.
    pub(crate) fn class(&self, place: usize) -> u32 {
        self.class_of.get(place).copied().unwrap_or(u32::MAX)
    }

    /// Targets on which an action may be possible, with the answers.
    pub(crate) fn with<'t>(
        &'t self,
        action: &'t str,
    ) -> impl Iterator<Item = (usize, &'t Arc<Verdict>)> {
        self.classes.iter().flat_map(move |(class, blocks)| {
            let mut blocks = blocks.iter();
            let found = blocks.find(|block| {
                block.after.is_none() && block.actions.iter().any(|one| **one == *action)
            });
            let found = found.filter(|block| {
                !matches!(
                    block.verdict.label,
                    Label::NotReachable | Label::AttemptedDenied
                )
            });
            found.into_iter().flat_map(|block| {
                class
                    .members
                    .iter()
                    .map(|place| (*place as usize, &block.verdict))
            })
        })
    }

    /// What becomes possible when the actor changes the policy of a resource.
    fn opened(&mut self, asker: &mut Asker<'_>, targets: &[Target]) {
        let mut objects: Map<Arc<str>, (&'static str, Verdict)> = Map::default();
        for (class, blocks) in &mut self.classes {
            let Some(target) = class
                .members
                .first()
                .and_then(|at| targets.get(*at as usize))
            else {
                continue;
            };
            let Some(of_type) = TYPES.get(target.of_type) else {
                continue;
            };
            let writes = WRITES
                .iter()
                .filter(|(service, name, _)| *service == of_type.service && *name == of_type.name);
            let mut best: Option<(&'static str, Verdict)> = None;
            for (.., action) in writes {
                let holds = |block: &&Block| block.actions.iter().any(|one| **one == **action);
                let Some(block) = blocks.iter().find(holds) else {
                    continue;
                };
                let label = block.verdict.label;
                let is_better = best.as_ref().is_none_or(|(_, known)| known.label < label);
                if label >= Label::ReachableIf && is_better {
                    best = Some((action, (*block.verdict).clone()));
                }
            }
            let Some((action, write)) = best else {
                continue;
            };
            if of_type.name == "bucket" {
                for place in &class.members {
                    if let Some(target) = targets.get(*place as usize) {
                        let found = (action, write.clone());
                        objects.insert(Arc::clone(&target.arn), found);
                    }
                }
            }
            open(asker, target, blocks, action, &write);
        }
        for (class, blocks) in &mut self.classes {
            let Some(target) = class
                .members
                .first()
                .and_then(|at| targets.get(*at as usize))
            else {
                continue;
            };
            if &*target.kind != "S3:Object" {
                continue;
            }
            let bucket = target.arn.split('/').next().unwrap_or_default();
            // A class holds parts of buckets that nothing tells apart; the answer about their buckets
            // is the same, too, unless a pattern tells the buckets apart.
            let same = class.members.iter().all(|place| {
                let target = targets.get(*place as usize);
                let bucket = target.and_then(|target| target.arn.split('/').next());
                bucket.is_some_and(|bucket| objects.contains_key(bucket))
            });
            if let (true, Some((action, write))) = (same, objects.get(bucket)) {
                open(asker, target, blocks, action, write);
            }
        }
    }
}

/// Adds what is allowed under a policy of the resource that lets the actor do everything.
fn open(
    asker: &mut Asker<'_>,
    target: &Target,
    blocks: &mut Vec<Block>,
    action: &'static str,
    write: &Verdict,
) {
    let Some(of_type) = TYPES.get(target.of_type) else {
        return;
    };
    let named = match &asker.actor.principal {
        Principal::RoleSession { .. } => asker.actor.arn.to_string(),
        principal => principal.as_str().to_owned(),
    };
    let text = serde_json::json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": named}, "Action": format!("{}:*", of_type.service),
         "Resource": "*"}]});
    let kind = if of_type.service == "kms" {
        rempart_policy::document::PolicyKind::KmsKey
    } else {
        rempart_policy::document::PolicyKind::Resource
    };
    let name = format!("what {action} may bring");
    let Ok(policy) = crate::picture::compiled_text(&name, &text.to_string(), kind) else {
        return;
    };
    let opened = Target {
        policy: Known::Is(Some(policy)),
        ..target.clone()
    };
    let stack = asker.stack(&opened);
    let contexts = asker.contexts(&opened);
    let mut found: Vec<(Arc<str>, Verdict)> = Vec::new();
    for block in blocks
        .iter()
        .filter(|block| block.verdict.label < Label::Reachable)
    {
        for one in block.actions.iter() {
            let Some(asked) = of_type.actions.iter().find(|asked| asked.text == *one) else {
                continue;
            };
            // A grant gives only what grants can give.
            if action == "kms:CreateGrant" && !is_grantable(asked.name.name()) {
                continue;
            }
            let mut verdict = asker.decide(&stack, &opened, &asked.name, &contexts, &[]);
            verdict.label = verdict.label.min(write.label);
            if verdict.label > block.verdict.label && verdict.label >= Label::ReachableIf {
                let all = write.conditions.iter().chain(verdict.conditions.iter());
                verdict.conditions = all.cloned().collect();
                found.push((Arc::clone(one), verdict));
            }
        }
    }
    let mut grouped: Vec<(Vec<Arc<str>>, Verdict)> = Vec::new();
    for (one, verdict) in found {
        let same = |(_, known): &&mut (Vec<Arc<str>>, Verdict)| {
            known.label == verdict.label && known.conditions == verdict.conditions
        };
        match grouped.iter_mut().find(same) {
            Some((actions, _)) => actions.push(one),
            None => grouped.push((vec![one], verdict)),
        }
    }
    blocks.extend(grouped.into_iter().map(|(actions, verdict)| Block {
        actions: actions.into(),
        verdict: Arc::new(verdict),
        after: Some(action),
    }));
}

/// Whether a grant can allow the operation (KMS API, `GrantOperation`).
fn is_grantable(name: &str) -> bool {
    const OPERATIONS: [&str; 19] = [
        "Decrypt",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "ReEncryptFrom",
        "ReEncryptTo",
        "Sign",
        "Verify",
        "GetPublicKey",
        "GenerateMac",
        "VerifyMac",
        "DeriveSharedSecret",
        "Encapsulate",
        "Decapsulate",
        "CreateGrant",
        "RetireGrant",
        "DescribeKey",
    ];
    OPERATIONS.contains(&name)
}

fn blocks(
    asker: &mut Asker<'_>,
    target: &Target,
    of_types: &mut Map<usize, Arc<Vec<Signature>>>,
) -> Vec<Block> {
    let Some(of_type) = TYPES.get(target.of_type) else {
        return Vec::new();
    };
    let actions: &[Asked] = if target.is_new {
        &of_type.creating
    } else {
        &of_type.actions
    };
    // The key of the memory tells new resources from others.
    let key = target.of_type * 2 + usize::from(target.is_new);
    let own = match of_types.get(&key) {
        Some(own) => Arc::clone(own),
        None => {
            let own = Arc::new(signatures(asker, &asker.actor.stack.clone(), actions));
            of_types.insert(key, Arc::clone(&own));
            own
        }
    };
    let stack = asker.stack(target);
    let of_resource = resource_stack(&stack);
    let further = match &of_resource {
        Some(of_resource) => signatures(asker, of_resource, actions),
        None => Vec::new(),
    };
    let by_name = !matches!(&target.grants, Known::Is(grants) if grants.is_empty());
    let mut groups: Vec<(Signature, Option<&Signature>, Vec<&Asked>)> = Vec::new();
    let mut places: Map<(Signature, Option<&Signature>), usize> = Map::default();
    for (place, asked) in actions.iter().enumerate() {
        let Some(mut signature) = own.get(place).cloned() else {
            continue;
        };
        if by_name {
            signature.own = Some(Arc::clone(&asked.text));
        }
        let more = further.get(place);
        let at = *places
            .entry((signature.clone(), more))
            .or_insert(groups.len());
        match groups.get_mut(at) {
            Some((.., members)) => members.push(asked),
            None => groups.push((signature, more, vec![asked])),
        }
    }
    let is_plain = matches!(&stack.identity, Known::Is(_))
        && matches!(&stack.resource, Known::Is(_))
        && !by_name
        && !matches!(asker.actor.principal, Principal::Root { .. });
    let contexts = asker.contexts(target);
    let mut found: Vec<Block> = Vec::new();
    for (signature, more, members) in groups {
        let Some(first) = members.first() else {
            continue;
        };
        let may = signature.allows || more.is_some_and(|one| one.allows);
        let verdict = if is_plain && !may {
            nothing_allows(first, target)
        } else {
            asker.decide(&stack, target, &first.name, &contexts, &[])
        };
        // What has the same answer for the same reason is one row.
        let same = |block: &&mut Block| same_answer(&block.verdict, &verdict);
        match found.iter_mut().find(same) {
            Some(block) => {
                let all = block.actions.iter().cloned();
                block.actions = all
                    .chain(members.iter().map(|one| Arc::clone(&one.text)))
                    .collect();
            }
            None => found.push(Block {
                actions: members.iter().map(|one| Arc::clone(&one.text)).collect(),
                verdict: Arc::new(verdict),
                after: None,
            }),
        }
    }
    found
}

fn nothing_allows(asked: &Asked, target: &Target) -> Verdict {
    Verdict {
        label: Label::NotReachable,
        conditions: Arc::from([]),
        proof: Proof {
            action: Arc::clone(&asked.text),
            resource: Arc::clone(&target.decided),
            decision: "NoStatement",
            layer: None,
            statements: Vec::new(),
            reason: None,
        },
    }
}

fn same_answer(one: &Verdict, other: &Verdict) -> bool {
    one.label == other.label
        && one.conditions == other.conditions
        && one.proof.decision == other.proof.decision
        && one.proof.layer == other.proof.layer
        && one.proof.statements == other.proof.statements
        && one.proof.reason == other.proof.reason
}

/// The policies that belong to the resource alone.
fn resource_stack(stack: &Stack) -> Option<Stack> {
    let has_policy = matches!(&stack.resource, Known::Is(Some(_)));
    let has_levels = matches!(&stack.resource_control, Known::Is(levels) if !levels.is_empty());
    (has_policy || has_levels).then(|| Stack {
        resource: stack.resource.clone(),
        resource_control: stack.resource_control.clone(),
        ..Stack::default()
    })
}

fn signatures(asker: &mut Asker<'_>, stack: &Stack, actions: &[Asked]) -> Vec<Signature> {
    let policies: Vec<&CompiledPolicy> = stack.policies().map(|(_, policy)| policy).collect();
    let grants: Vec<bool> = stack
        .policies()
        .map(|(layer, _)| {
            matches!(
                layer,
                rempart_policy::Layer::Identity | rempart_policy::Layer::Resource
            )
        })
        .collect();
    let mut found = Vec::with_capacity(actions.len());
    for asked in actions {
        let mut concerned = Vec::new();
        let mut allows = false;
        for (place, policy) in policies.iter().enumerate() {
            for (number, statement) in policy.concerning(&asked.name) {
                let may_grant = grants.get(place).copied().unwrap_or(true);
                allows |= may_grant && statement.effect == Effect::Allow;
                let keys = statement.conditions.iter();
                let carried = keys
                    .map(|entry| asker.reference.carries(&asked.name, &entry.key.text))
                    .collect();
                concerned.push((place, number, carried));
            }
        }
        let name = asked.name.name();
        let is_own = name.contains("Policy") || name.contains("Acl") || name.contains("Grant");
        let facts = asker.reference.action(&asked.name);
        let own = (is_own || !facts.is_known).then(|| Arc::clone(&asked.text));
        found.push(Signature {
            concerned,
            allows,
            own,
        });
    }
    found
}
