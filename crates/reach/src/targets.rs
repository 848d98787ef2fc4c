//! The resources that are asked about, with what decides over them beside identities.

mod compute;
mod keys;
mod parts;
mod signature;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rempart_aws_model::AccountId;
use rempart_estate::{Estate, Gap, Resource};
use rempart_policy::account::Inventory;
use rempart_policy::document::PolicyKind;
use rempart_policy::{CompiledPolicy, Grant, Known, PublicAccessBlock};
use serde_json::{Value, json};

use crate::actions::{SERVICES, TYPES, bare_type, example, type_of};
use crate::changes::{Replaced, State};
use crate::model::{Missing, World};
use crate::picture::{Map, Picture, compiled_text, permission, text};

pub(crate) use compute::{Compute, object};
pub(crate) use keys::Key;
pub(crate) use signature::policy_signature;
use signature::signature;

/// A resource, or a part of one.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// As it is shown: ARN, `*`, a part of a bucket.
    pub(crate) arn: Arc<str>,
    /// What is decided: the ARN, or an example of what it stands for.
    pub(crate) decided: Arc<str>,
    pub(crate) kind: Arc<str>,
    /// Place in [`TYPES`].
    pub(crate) of_type: usize,
    pub(crate) account: Option<AccountId>,
    pub(crate) region: Option<Arc<str>>,
    pub(crate) policy: Known<Option<Arc<CompiledPolicy>>>,
    pub(crate) grants: Known<Vec<Grant>>,
    pub(crate) block: Known<PublicAccessBlock>,
    /// Tags, where they are known.
    pub(crate) tags: Option<Arc<[(String, String)]>>,
    /// Boundary of the user or role that it is; `None` when it is none.
    pub(crate) boundary: Option<Known<Option<Arc<str>>>>,
    /// It does not exist yet.
    pub(crate) is_new: bool,
    /// Managed by AWS.
    pub(crate) is_aws_managed: bool,
    /// The key that protects its content.
    pub(crate) key: Key,
    /// What decides the same way has the same text: policy, grants, Block Public Access, tags.
    pub(crate) signature: Arc<str>,
    /// What further data gates need: the bucket of offline features, the archive of a model.
    pub(crate) data: Option<Arc<str>>,
}

/// Where the policies of resources are: kind, operation, member, kind of policy.
const POLICIES: [(&str, &str, &str, PolicyKind); 5] = [
    (
        "AWS::KMS::Key",
        "kms:GetKeyPolicy",
        "Policy",
        PolicyKind::KmsKey,
    ),
    (
        "AWS::S3::Bucket",
        "s3:GetBucketPolicy",
        "Policy",
        PolicyKind::Resource,
    ),
    (
        "AWS::SecretsManager::Secret",
        "secretsmanager:GetResourcePolicy",
        "ResourcePolicy",
        PolicyKind::Resource,
    ),
    (
        "AWS::ECR::Repository",
        "ecr:GetRepositoryPolicy",
        "policyText",
        PolicyKind::Resource,
    ),
    (
        "AWS::SageMaker::ModelPackageGroup",
        "sagemaker:GetModelPackageGroupPolicy",
        "ResourcePolicy",
        PolicyKind::Resource,
    ),
];

/// The targets of a moment and what was missing about them.
#[derive(Debug, Default)]
pub(crate) struct Targets {
    pub(crate) targets: Vec<Target>,
    pub(crate) computes: Vec<Compute>,
    pub(crate) missing: BTreeSet<Missing>,
    pub(crate) parts_left_out: usize,
}

/// Gathers the targets of a moment.
pub(crate) fn gather(world: &World<'_>, state: &State, picture: &Picture) -> Targets {
    let mut gathering = Gathering {
        state,
        found: Targets::default(),
        seen: Map::default(),
    };
    for (estate, _) in &world.estates {
        gathering.estate(estate);
    }
    gathering.identities(picture, state);
    if let Some(inventory) = world.inventory {
        gathering.given(inventory);
    }
    let accounts: BTreeSet<AccountId> = picture.controls.keys().copied().collect();
    gathering.bare_and_new(world, &accounts);
    let mut found = gathering.found;
    found.parts_left_out = parts::add(&mut found.targets, picture);
    found
        .targets
        .sort_by(|a, b| (&a.arn, &a.of_type).cmp(&(&b.arn, &b.of_type)));
    found
}

struct Gathering<'s> {
    state: &'s State,
    found: Targets,
    seen: Map<Arc<str>, ()>,
}

impl Gathering<'_> {
    fn push(&mut self, mut target: Target) {
        if self.seen.insert(Arc::clone(&target.arn), ()).is_none() {
            target.signature = signature(&target);
            self.found.targets.push(target);
        }
    }

    fn estate(&mut self, estate: &Estate) {
        for kind in estate.kinds() {
            let name = kind.name();
            if name.starts_with("AWS::IAM::") {
                continue;
            }
            for resource in estate.resources(name) {
                if let Some(target) = self.target(estate, resource) {
                    self.push(target);
                }
            }
        }
        self.found.computes.extend(compute::of(estate));
    }

    fn target(&mut self, estate: &Estate, resource: &Resource) -> Option<Target> {
        let arn = match (resource.kind, &resource.arn) {
            ("AWS::S3::Bucket", _) => format!("arn:aws:s3:::{}", resource.id),
            ("S3:Object", _) => return None,
            (_, Some(arn)) => arn.clone(),
            (_, None) => return None,
        };
        let of_type = type_of(&arn)?;
        let account = AccountId::parse(&resource.place.account).ok();
        let named = arn.split(':').nth(3).filter(|region| !region.is_empty());
        let region = named
            .map(Into::into)
            .or_else(|| bucket_region(estate, resource));
        let mut target = plain(&arn, resource.kind, of_type, account, region);
        target.tags = tags(estate, resource);
        if let Some((_, operation, member, kind)) =
            POLICIES.iter().find(|(of, ..)| *of == resource.kind)
        {
            target.policy = self.policy(estate, resource, &arn, operation, member, *kind);
        }
        match resource.kind {
            "AWS::KMS::Key" => {
                target.grants = self.grants(estate, resource, &arn);
                let body = estate.body(resource).ok();
                let manager = body.as_ref().and_then(|body| body.get("KeyManager"));
                target.is_aws_managed = manager.and_then(Value::as_str) == Some("AWS");
            }
            "AWS::S3::Bucket" => target.block = self.block(estate, resource, &arn),
            _ => {}
        }
        target.key = keys::of(estate, resource);
        if let Key::Unknown { permission } = &target.key {
            self.found.missing.insert(Missing {
                what: format!("which key encrypts {arn}"),
                permission: permission.clone(),
                limits: format!("reading the content of {arn}"),
            });
        }
        target.data = keys::data_of(estate, resource);
        Some(target)
    }

    fn policy(
        &mut self,
        estate: &Estate,
        resource: &Resource,
        arn: &str,
        operation: &str,
        member: &str,
        kind: PolicyKind,
    ) -> Known<Option<Arc<CompiledPolicy>>> {
        // A secret is named in records by its name, where its ARN ends in random letters.
        let replaced = self.state.policies.get(arn).or_else(|| {
            let name = arn.rsplit_once('-').map(|(name, _)| name)?;
            let is_secret = resource.kind == "AWS::SecretsManager::Secret";
            self.state.policies.get(name).filter(|_| is_secret)
        });
        let from_estate = || match estate.answer(operation, resource) {
            Ok(found) if found.absent.is_some() => Ok(None),
            Ok(found) => match found.body.get(member) {
                Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
                Some(object @ Value::Object(_)) => Ok(Some(object.to_string())),
                // S3 sends the policy itself.
                None if found.body.get("Statement").is_some() => Ok(Some(found.body.to_string())),
                _ => Ok(None),
            },
            Err(gap) => Err((gap.to_string(), permission(operation, &gap))),
        };
        let document = match replaced {
            Some(Replaced::Text(text)) => Ok(Some(text.clone())),
            Some(Replaced::None) => Ok(None),
            Some(Replaced::Unknown(reason)) => Err((reason.clone(), operation.to_owned())),
            None => from_estate(),
        };
        let reason = match document {
            Ok(None) => return Known::Is(None),
            Ok(Some(text)) => match compiled_text(arn, &text, kind) {
                Ok(policy) => return Known::Is(Some(policy)),
                Err(error) => (error, operation.to_owned()),
            },
            Err(reason) => reason,
        };
        self.found.missing.insert(Missing {
            what: format!("the policy of {arn}: {}", reason.0),
            permission: reason.1,
            limits: format!("who else is let at {arn}, and who is denied"),
        });
        Known::Unknown
    }

    fn grants(&mut self, estate: &Estate, resource: &Resource, arn: &str) -> Known<Vec<Grant>> {
        let changes = self.state.grants.get(arn);
        let listed = match estate.answer("kms:ListGrants", resource) {
            Ok(found) => found
                .body
                .get("Grants")
                .cloned()
                .unwrap_or_else(|| json!([])),
            Err(gap) => {
                self.found.missing.insert(Missing {
                    what: format!("the grants of {arn}: {gap}"),
                    permission: permission("kms:ListGrants", &gap),
                    limits: format!("who may use {arn} by a grant"),
                });
                return Known::Unknown;
            }
        };
        let mut grants: Vec<Value> = listed.as_array().cloned().unwrap_or_default();
        if let Some(changes) = changes {
            grants.retain(|one| !changes.removed.contains(text(one, "GrantId")));
            grants.retain(|one| {
                let id = text(one, "GrantId");
                !changes
                    .added
                    .iter()
                    .any(|added| text(added, "GrantId") == id)
            });
            grants.extend(changes.added.iter().cloned());
            if !changes.unknown.is_empty() {
                self.found.missing.insert(Missing {
                    what: format!("grants of {arn} that ended after the first bad event"),
                    permission: "kms:ListGrants before the event".to_owned(),
                    limits: format!("who could use {arn} by a grant"),
                });
                return Known::Unknown;
            }
        }
        let entry = json!({"resource": arn, "grants": grants});
        let mut inventory = Inventory::default();
        match inventory.add_resources(&entry.to_string()) {
            Ok(_) => inventory
                .resources()
                .first()
                .map_or(Known::Unknown, |entry| entry.grants.clone()),
            Err(_) => Known::Unknown,
        }
    }

    fn block(&self, estate: &Estate, resource: &Resource, arn: &str) -> Known<PublicAccessBlock> {
        let own = match self.state.blocks.get(arn) {
            Some(Some(changed)) => Some(changed.clone()),
            Some(None) => None,
            None => match estate.answer("s3:GetPublicAccessBlock", resource) {
                Ok(found) if found.absent.is_some() => Some(json!({})),
                Ok(found) => found.body.get("PublicAccessBlockConfiguration").cloned(),
                Err(_) => None,
            },
        };
        let place = resource.place.global();
        let of_account = match estate.answer_in("s3control:GetPublicAccessBlock", &place) {
            Ok(found) if found.absent.is_some() => Some(json!({})),
            Ok(found) => found.body.get("PublicAccessBlockConfiguration").cloned(),
            Err(_) => None,
        };
        match (own, of_account) {
            (Some(own), Some(of_account)) => Known::Is(flags(&own).union(flags(&of_account))),
            _ => Known::Unknown,
        }
    }

    /// Users, roles, groups and managed policies as resources.
    fn identities(&mut self, picture: &Picture, state: &State) {
        for person in &picture.people {
            let Some(of_type) = type_of(&person.arn) else {
                continue;
            };
            let kind = if person.is_role {
                "AWS::IAM::Role"
            } else {
                "AWS::IAM::User"
            };
            let account = Some(person.identity.account);
            let mut target = plain(&person.arn, kind, of_type, account, None);
            // Its trust policy decides over `sts:AssumeRole` alone, which steps ask.
            let tags = person.identity.tags.iter();
            target.tags = Some(tags.map(|(k, v)| (k.to_string(), v.to_string())).collect());
            target.boundary = Some(match &person.identity.boundary {
                Known::Is(boundary) => {
                    Known::Is(boundary.as_ref().map(|policy| policy.name().into()))
                }
                Known::Unknown => Known::Unknown,
            });
            self.push(target);
        }
        for group in &picture.groups {
            if let Some(of_type) = type_of(&group.arn) {
                let account = Some(group.account);
                self.push(plain(&group.arn, "AWS::IAM::Group", of_type, account, None));
            }
        }
        for details in state.details.values() {
            for policy in crate::picture::elements(details, "Policies") {
                let arn = text(policy, "Arn");
                let account = arn.split(':').nth(4).unwrap_or_default();
                let account = AccountId::parse(account).ok();
                if let (Some(of_type), Some(_)) = (type_of(arn), account) {
                    self.push(plain(
                        arn,
                        "AWS::IAM::ManagedPolicy",
                        of_type,
                        account,
                        None,
                    ));
                }
            }
        }
    }

    /// Resources that a user gives with their policies.
    fn given(&mut self, inventory: &Inventory) {
        for entry in inventory.resources() {
            if entry.arn.contains(['*', '?']) || entry.arn.contains(":role/") {
                continue;
            }
            let Some(of_type) = type_of(&entry.arn) else {
                continue;
            };
            let account = entry.arn.split(':').nth(4).unwrap_or_default();
            let account = entry.account.or_else(|| AccountId::parse(account).ok());
            let region = entry
                .arn
                .split(':')
                .nth(3)
                .filter(|region| !region.is_empty());
            let kind = TYPES.get(of_type).map_or("", |one| one.name);
            let region = region.map(Into::into);
            let mut target = plain(&entry.arn, kind, of_type, account, region);
            target.policy = entry.policy.clone();
            target.grants = entry.grants.clone();
            target.block = entry.public_access_block.clone();
            target.key = Key::Unknown {
                permission: "s3:GetEncryptionConfiguration".to_owned(),
            };
            self.push(target);
        }
    }

    /// Actions without resource, and what does not exist yet, in every account.
    fn bare_and_new(&mut self, world: &World<'_>, accounts: &BTreeSet<AccountId>) {
        let mut regions: BTreeMap<AccountId, BTreeSet<String>> = BTreeMap::new();
        for (estate, _) in &world.estates {
            for place in estate.places() {
                if let (false, Ok(account)) = (place.is_global(), AccountId::parse(&place.account))
                {
                    regions
                        .entry(account)
                        .or_default()
                        .insert(place.region.clone());
                }
            }
        }
        for account in accounts {
            for service in SERVICES {
                let Some(of_type) = bare_type(service) else {
                    continue;
                };
                let mut target = plain("*", "none", of_type, Some(*account), None);
                target.arn = format!("* ({service}, {account})").into();
                self.push(target);
            }
            let fallback = BTreeSet::from(["us-east-1".to_owned()]);
            let own = regions.get(account).unwrap_or(&fallback);
            for (place, one) in TYPES.iter().enumerate() {
                if one.creating.is_empty() {
                    continue;
                }
                for region in own {
                    let arn = example(one, account.as_str(), region);
                    let region = arn.split(':').nth(3).filter(|part| !part.is_empty());
                    let region = region.map(Into::into);
                    let mut target = plain(&arn, "new", place, Some(*account), region);
                    target.arn = arn.replace(crate::actions::UNRELATED, "(new)").into();
                    target.is_new = true;
                    self.push(target);
                }
            }
        }
    }
}

fn plain(
    arn: &str,
    kind: &str,
    of_type: usize,
    account: Option<AccountId>,
    region: Option<Arc<str>>,
) -> Target {
    Target {
        arn: arn.into(),
        decided: arn.into(),
        kind: kind.into(),
        of_type,
        account,
        region,
        policy: Known::Is(None),
        grants: Known::Is(Vec::new()),
        block: Known::Is(PublicAccessBlock::default()),
        tags: None,
        boundary: None,
        is_new: false,
        is_aws_managed: false,
        key: Key::None,
        signature: "".into(),
        data: None,
    }
}

/// A resource of which nothing but its ARN is known to us, and which has no policy of its own.
pub(crate) fn alone(arn: &str) -> Target {
    let mut parts = arn.split(':').skip(3);
    let region = parts.next().filter(|part| !part.is_empty());
    let account = parts.next().and_then(|part| AccountId::parse(part).ok());
    let of_type = type_of(arn).unwrap_or(usize::MAX);
    let mut target = plain(arn, "new", of_type, account, region.map(Into::into));
    target.is_new = true;
    target
}

fn flags(json: &Value) -> PublicAccessBlock {
    let flag = |name: &str| json.get(name).and_then(Value::as_bool).unwrap_or_default();
    PublicAccessBlock {
        block_public_acls: flag("BlockPublicAcls"),
        ignore_public_acls: flag("IgnorePublicAcls"),
        block_public_policy: flag("BlockPublicPolicy"),
        restrict_public_buckets: flag("RestrictPublicBuckets"),
    }
}

fn bucket_region(estate: &Estate, resource: &Resource) -> Option<Arc<str>> {
    if resource.kind != "AWS::S3::Bucket" {
        return None;
    }
    let found = estate.answer("s3:GetBucketLocation", resource).ok()?;
    let region = found.body.get("LocationConstraint").and_then(Value::as_str);
    Some(
        region
            .filter(|region| !region.is_empty())
            .unwrap_or("us-east-1")
            .into(),
    )
}

fn tags(estate: &Estate, resource: &Resource) -> Option<Arc<[(String, String)]>> {
    let operation = match resource.kind {
        kind if kind.starts_with("AWS::SageMaker::") || kind.starts_with("SageMaker:") => {
            "sagemaker:ListTags"
        }
        "AWS::KMS::Key" => "kms:ListResourceTags",
        "AWS::SecretsManager::Secret" => {
            let body = estate.body(resource).ok()?;
            return Some(pairs(&body, "Key", "Value"));
        }
        _ => return None,
    };
    let found: Result<_, Gap> = estate.answer(operation, resource);
    let (key, value) = match operation {
        "kms:ListResourceTags" => ("TagKey", "TagValue"),
        _ => ("Key", "Value"),
    };
    Some(pairs(&found.ok()?.body, key, value))
}

fn pairs(body: &Value, key: &str, value: &str) -> Arc<[(String, String)]> {
    crate::picture::elements(body, "Tags")
        .map(|tag| (text(tag, key).to_owned(), text(tag, value).to_owned()))
        .collect()
}
