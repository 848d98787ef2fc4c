//! Changes of the policies of buckets, keys, secrets, repositories and model package groups.

use serde_json::{Value, json};

use super::{Applied, Replaced, State, before, document, text};
use crate::model::PolicyChange;

impl State {
    pub(super) fn resource(&mut self, change: &PolicyChange, forward: bool) -> Applied {
        let (account, region) = (&change.account, &change.region);
        let request = &change.request;
        let arn_or = |name: &str, made: &dyn Fn(&str) -> String| {
            let given = text(request, name)?;
            Some(if given.starts_with("arn:") {
                given.to_owned()
            } else {
                made(given)
            })
        };
        let bucket = || text(request, "bucketName").map(|name| format!("arn:aws:s3:::{name}"));
        let key = || {
            arn_or("keyId", &|id| {
                format!("arn:aws:kms:{region}:{account}:key/{id}")
            })
        };
        let secret = || {
            arn_or("secretId", &|id| {
                format!("arn:aws:secretsmanager:{region}:{account}:secret:{id}")
            })
        };
        let repository = || {
            let name = text(request, "repositoryName")?;
            Some(format!("arn:aws:ecr:{region}:{account}:repository/{name}"))
        };
        let group = || {
            arn_or("modelPackageGroupName", &|name| {
                format!("arn:aws:sagemaker:{region}:{account}:model-package-group/{name}")
            })
        };
        let (arn, member) = match &*change.event_name {
            "PutBucketPolicy" => (bucket(), Some("bucketPolicy")),
            "DeleteBucketPolicy" => (bucket(), None),
            "PutBucketPublicAccessBlock" | "DeleteBucketPublicAccessBlock" => {
                return self.block(change, bucket(), forward);
            }
            "PutKeyPolicy" => (key(), Some("policy")),
            "CreateGrant" | "RevokeGrant" | "RetireGrant" => {
                return self.grant(change, key(), forward);
            }
            "PutResourcePolicy" if change.event_source.starts_with("secretsmanager") => {
                (secret(), Some("resourcePolicy"))
            }
            "DeleteResourcePolicy" if change.event_source.starts_with("secretsmanager") => {
                (secret(), None)
            }
            "SetRepositoryPolicy" => (repository(), Some("policyText")),
            "DeleteRepositoryPolicy" => (repository(), None),
            "PutModelPackageGroupPolicy" => (group(), Some("resourcePolicy")),
            "DeleteModelPackageGroupPolicy" => (group(), None),
            _ => return Applied::Ignored,
        };
        let Some(arn) = arn else {
            return Applied::NotUnderstood("the record does not name the resource".to_owned());
        };
        let replaced = match (forward, member) {
            (false, _) => Replaced::Unknown(before(change)),
            (true, None) => Replaced::None,
            (true, Some(member)) => match document(request, member) {
                Some(put) => Replaced::Text(put),
                None => Replaced::Unknown(format!(
                    "the record of {} at {} does not hold the policy",
                    change.event_name, change.time
                )),
            },
        };
        if self.policies.get(&arn) == Some(&replaced) {
            return Applied::Ignored;
        }
        self.policies.insert(arn, replaced);
        self.resources_version += 1;
        self.structure += 1;
        Applied::Done
    }

    fn block(&mut self, change: &PolicyChange, bucket: Option<String>, forward: bool) -> Applied {
        let Some(bucket) = bucket else {
            return Applied::NotUnderstood("the record does not name the bucket".to_owned());
        };
        let put = change.request.get("PublicAccessBlockConfiguration");
        let is_put = change.event_name.starts_with("Put");
        let block = match (forward, is_put, put) {
            (true, true, Some(put)) => Some(put.clone()),
            (true, false, _) => Some(json!({})),
            _ => None,
        };
        self.blocks.insert(bucket, block);
        self.resources_version += 1;
        self.structure += 1;
        Applied::Done
    }

    fn grant(&mut self, change: &PolicyChange, key: Option<String>, forward: bool) -> Applied {
        let id = text(&change.response, "grantId").or_else(|| text(&change.request, "grantId"));
        let (Some(key), Some(id)) = (key, id) else {
            return Applied::NotUnderstood("the record does not name the key and grant".to_owned());
        };
        let is_new = change.event_name == "CreateGrant";
        match text(&change.request, "granteePrincipal").filter(|_| is_new) {
            Some(grantee) => {
                self.grantees.insert(grantee.to_owned());
            }
            // Whose grant it was is not told.
            None => self.structure += 1,
        }
        let changes = self.grants.entry(key).or_default();
        self.resources_version += 1;
        match (is_new, forward) {
            (true, true) => {
                let request = &change.request;
                let mut grant = json!({"GrantId": id,
                    "Operations": request.get("operations").cloned().unwrap_or_else(|| json!([]))});
                let members = [
                    ("granteePrincipal", "GranteePrincipal"),
                    ("granteeServicePrincipal", "GranteeServicePrincipal"),
                    ("retiringPrincipal", "RetiringPrincipal"),
                ];
                if let Some(grant) = grant.as_object_mut() {
                    for (from, to) in members {
                        if let Some(value) = text(request, from) {
                            grant.insert(to.to_owned(), value.into());
                        }
                    }
                    if let Some(constraints) = request.get("constraints") {
                        grant.insert("Constraints".to_owned(), renamed(constraints));
                    }
                }
                changes.removed.remove(id);
                changes.added.push(grant);
            }
            (true, false) => {
                changes.added.retain(|one| text(one, "GrantId") != Some(id));
                changes.removed.insert(id.to_owned());
            }
            (false, true) => {
                changes.added.retain(|one| text(one, "GrantId") != Some(id));
                changes.unknown.remove(id);
                changes.removed.insert(id.to_owned());
            }
            // It was there; the record does not say what it allowed.
            (false, false) => {
                changes.removed.remove(id);
                changes.unknown.insert(id.to_owned());
            }
        }
        Applied::Done
    }
}

/// The constraints of a grant in the spelling of the API.
fn renamed(constraints: &Value) -> Value {
    let names = [
        ("encryptionContextSubset", "EncryptionContextSubset"),
        ("encryptionContextEquals", "EncryptionContextEquals"),
        ("sourceArn", "SourceArn"),
    ];
    let mut renamed = serde_json::Map::new();
    for (from, to) in names {
        if let Some(value) = constraints.get(from) {
            renamed.insert(to.to_owned(), value.clone());
        }
    }
    Value::Object(renamed)
}
