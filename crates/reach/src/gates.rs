//! Data needs every half: a call and a key, a registry and an object.

use std::sync::Arc;

use rempart_aws_model::ActionName;
use rempart_policy::context::{KeyName, KeyState};

use crate::actions::TYPES;
use crate::model::{Condition, Label, Proof};
use crate::picture::Map;
use crate::steps::Moment;
use crate::table::Table;
use crate::targets::{Key, Target, object};
use crate::verdict::{Asker, Verdict};

/// A data gate of a target.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    pub(crate) place: usize,
    pub(crate) name: &'static str,
    /// The call that stands for it, for records.
    pub(crate) action: &'static str,
    pub(crate) label: Label,
    pub(crate) conditions: Arc<[Condition]>,
    pub(crate) proofs: Arc<[Proof]>,
    pub(crate) after: Option<&'static str>,
}

/// Name, service and type of the target, actions on it, action on the key, service through which the
/// key is used.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static str,
);

const GATES: [Row; 6] = [
    (
        "object-read",
        "s3",
        "object",
        &["s3:GetObject"],
        "kms:Decrypt",
    ),
    (
        "object-write",
        "s3",
        "object",
        &["s3:PutObject"],
        "kms:GenerateDataKey",
    ),
    (
        "secret-value",
        "secretsmanager",
        "Secret",
        &["secretsmanager:GetSecretValue"],
        "kms:Decrypt",
    ),
    (
        "parameter-value",
        "ssm",
        "parameter",
        &["ssm:GetParameter"],
        "kms:Decrypt",
    ),
    (
        "feature-read",
        "sagemaker",
        "feature-group",
        &["sagemaker:GetRecord"],
        "kms:Decrypt",
    ),
    (
        "feature-write",
        "sagemaker",
        "feature-group",
        &["sagemaker:PutRecord"],
        "kms:GenerateDataKey",
    ),
];

/// All gates of an actor.
pub(crate) fn of(asker: &mut Asker<'_>, moment: &Moment, table: &Table) -> Vec<Gate> {
    let mut gates = Gates {
        asker,
        moment,
        table,
        keys: Map::default(),
        shared: Map::default(),
        found: Vec::new(),
    };
    for (place, target) in moment.picture.targets.iter().enumerate() {
        if !target.is_new {
            gates.target(place, target);
        }
    }
    gates.found
}

struct Gates<'a, 'b> {
    asker: &'a mut Asker<'b>,
    moment: &'a Moment,
    table: &'a Table,
    /// Answers about keys, by key, action and service.
    keys: Map<(Arc<str>, &'static str, &'static str), Arc<Verdict>>,
    /// Conditions and proofs of the same halves, once. The halves are kept, so that their addresses
    /// stay theirs.
    shared: Map<Vec<usize>, Shared>,
    found: Vec<Gate>,
}

type Shared = (Vec<Half>, Arc<[Condition]>, Arc<[Proof]>);

/// A half: what it says and what had to be changed first.
type Half = (Arc<Verdict>, Option<&'static str>);

impl Gates<'_, '_> {
    fn target(&mut self, place: usize, target: &Target) {
        let Some(of_type) = TYPES.get(target.of_type) else {
            return;
        };
        for (name, service, type_name, actions, on_key) in GATES {
            if (of_type.service, of_type.name) != (service, type_name) {
                continue;
            }
            let mut halves: Vec<Half> = Vec::new();
            for action in actions {
                halves.extend(self.half(place, action));
            }
            if halves.len() != actions.len() {
                continue;
            }
            if halves.iter().all(|(half, _)| half.label >= Label::Unknown) {
                halves.extend(self.key(target, on_key, service));
            }
            self.push(
                place,
                name,
                actions.first().copied().unwrap_or_default(),
                halves,
            );
        }
        match (of_type.service, of_type.name) {
            ("ecr", "repository") => self.pull(place, target),
            ("sagemaker", "feature-group") => {
                self.data(place, target, "offline-features", None);
            }
            ("sagemaker", "model-package") => {
                self.data(
                    place,
                    target,
                    "model-artifact",
                    Some("sagemaker:DescribeModelPackage"),
                );
            }
            ("sagemaker", "model") => {
                self.data(
                    place,
                    target,
                    "model-artifact",
                    Some("sagemaker:DescribeModel"),
                );
            }
            _ => {}
        }
    }

    fn half(&self, place: usize, action: &str) -> Option<Half> {
        let block = self.table.about(place, action)?;
        Some((Arc::clone(&block.verdict), block.after))
    }

    /// Whether the key of a target can be used through a service.
    fn key(
        &mut self,
        target: &Target,
        action: &'static str,
        service: &'static str,
    ) -> Option<Half> {
        let arn = match &target.key {
            Key::None => return None,
            Key::Is(arn) => Arc::clone(arn),
            Key::AwsManaged => {
                let is_own = target.account == self.asker.actor.account;
                let label = if is_own {
                    Label::Reachable
                } else {
                    Label::NotReachable
                };
                return Some((Arc::new(aws_managed(target, action, label)), None));
            }
            Key::Unknown { permission } => {
                let reason = format!("which key protects it is not known ({permission})");
                return Some((Arc::new(undecided(action, &target.arn, reason)), None));
            }
        };
        let memory = (Arc::clone(&arn), action, service);
        let verdict = match self.keys.get(&memory) {
            Some(known) => Arc::clone(known),
            None => {
                let asked = Arc::new(self.ask_key(&arn, action, service));
                self.keys.insert(memory, Arc::clone(&asked));
                asked
            }
        };
        if verdict.label < Label::Reachable
            && let Some(at) = self.moment.index.get(&arn)
            && let Some(block) = self.table.about(*at, action)
            && block.after.is_some()
            && block.verdict.label > verdict.label
        {
            return Some((Arc::clone(&block.verdict), block.after));
        }
        Some((verdict, None))
    }

    fn ask_key(&mut self, arn: &Arc<str>, action: &'static str, service: &str) -> Verdict {
        let known = self.moment.index.get(arn);
        let target = known.and_then(|at| self.moment.picture.targets.get(*at));
        let (Some(target), Ok(name)) = (target, ActionName::parse(action)) else {
            let reason = "the key and its policy were not collected (kms:GetKeyPolicy)";
            return undecided(action, arn, reason.to_owned());
        };
        let region = target.region.as_deref().unwrap_or_default();
        let keys = [
            (
                KeyName::new("kms:ViaService"),
                KeyState::Single(format!("{service}.{region}.amazonaws.com").into()),
            ),
            (KeyName::new("kms:EncryptionContextKeys"), KeyState::Unknown),
            (
                KeyName::new("kms:EncryptionContext:aws:s3:arn"),
                KeyState::Unknown,
            ),
            (
                KeyName::new("aws:ViaAWSService"),
                KeyState::Single("true".into()),
            ),
            (KeyName::new("aws:CalledVia"), KeyState::Unknown),
        ];
        let stack = self.asker.stack(target);
        self.asker.ask_with(&stack, target, &name, &keys)
    }

    fn pull(&mut self, place: usize, target: &Target) {
        let actions = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
        let mut halves: Vec<Half> = actions
            .iter()
            .filter_map(|action| self.half(place, action))
            .collect();
        let own = self
            .asker
            .actor
            .account
            .map(|account| format!("* (ecr, {account})"));
        let bare = own.and_then(|name| {
            let targets = &self.moment.picture.targets;
            targets
                .binary_search_by(|target| (*target.arn).cmp(&*name))
                .ok()
        });
        halves.extend(bare.and_then(|at| self.half(at, "ecr:GetAuthorizationToken")));
        let _ = target;
        self.push(place, "image-pull", "ecr:BatchGetImage", halves);
    }

    /// Data in a bucket that a resource names, with the call that tells where it is.
    fn data(
        &mut self,
        place: usize,
        target: &Target,
        name: &'static str,
        call: Option<&'static str>,
    ) {
        let Some(uri) = &target.data else {
            return;
        };
        let Some(mut arn) = object(uri) else {
            return;
        };
        if call.is_none() || arn.ends_with('/') {
            arn = format!(
                "{}/{}",
                arn.trim_end_matches('/'),
                crate::actions::UNRELATED
            );
        }
        let mut halves: Vec<Half> = Vec::new();
        if let Some(call) = call {
            halves.extend(self.half(place, call));
        }
        let bucket = arn.split('/').next().unwrap_or_default();
        let bucket = self
            .moment
            .index
            .get(bucket)
            .and_then(|at| self.moment.picture.targets.get(*at));
        match (bucket, ActionName::parse("s3:GetObject")) {
            (Some(bucket), Ok(action)) => {
                let object = Target {
                    arn: arn.as_str().into(),
                    decided: arn.as_str().into(),
                    tags: None,
                    ..bucket.clone()
                };
                let verdict = Arc::new(self.asker.ask(&object, &action));
                let is_open = verdict.label >= Label::Unknown;
                halves.push((verdict, None));
                if is_open {
                    halves.extend(self.key(bucket, "kms:Decrypt", "s3"));
                }
            }
            _ => {
                let reason = "its bucket was not collected (s3:ListAllMyBuckets)".to_owned();
                halves.push((Arc::new(undecided("s3:GetObject", &arn, reason)), None));
            }
        }
        self.push(place, name, call.unwrap_or("s3:GetObject"), halves);
    }

    fn push(&mut self, place: usize, name: &'static str, action: &'static str, halves: Vec<Half>) {
        let Some(label) = halves.iter().map(|(half, _)| half.label).min() else {
            return;
        };
        // That the call itself is out of reach is said by its own row.
        let first = halves.first().map(|(half, _)| half.label);
        if label < Label::Unknown && first < Some(Label::Unknown) {
            return;
        }
        let after = halves.iter().find_map(|(_, after)| *after);
        let key: Vec<usize> = halves
            .iter()
            .map(|(half, _)| Arc::as_ptr(half) as usize)
            .collect();
        let (_, conditions, proofs) = self.shared.entry(key).or_insert_with(|| {
            let mut conditions: Vec<Condition> = Vec::new();
            for condition in halves.iter().flat_map(|(half, _)| half.conditions.iter()) {
                if label >= Label::ReachableIf && !conditions.contains(condition) {
                    conditions.push(condition.clone());
                }
            }
            let proofs = halves.iter().map(|(half, _)| half.proof.clone()).collect();
            (halves, conditions.into(), proofs)
        });
        self.found.push(Gate {
            place,
            name,
            action,
            label,
            conditions: Arc::clone(conditions),
            after,
            proofs: Arc::clone(proofs),
        });
    }
}

fn aws_managed(target: &Target, action: &str, label: Label) -> Verdict {
    let mut verdict = undecided(
        action,
        &target.arn,
        "the key of the service that AWS manages serves every principal of its account".to_owned(),
    );
    verdict.label = label;
    verdict.proof.decision = if label == Label::Reachable {
        "Allowed"
    } else {
        "ImplicitlyDenied"
    };
    verdict.proof.layer = Some("resourcePolicy");
    verdict
}

fn undecided(action: &str, resource: &str, reason: String) -> Verdict {
    Verdict {
        label: Label::Unknown,
        conditions: Arc::from([]),
        proof: Proof {
            action: action.into(),
            resource: resource.into(),
            decision: "Unsupported",
            layer: None,
            statements: Vec::new(),
            reason: Some(reason),
        },
    }
}
