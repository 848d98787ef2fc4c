//! Resources with their policies.

use std::sync::Arc;

use rempart_aws_model::AccountId;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{InventoryError, ResourceEntry};
use crate::compile::CompiledPolicy;
use crate::document::PolicyKind;
use crate::glob::Glob;
use crate::scenario::Raw;
use crate::stack::Known;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Entry<'a> {
    resource: String,
    account: Option<String>,
    #[serde(borrow)]
    policy: Option<&'a RawValue>,
    #[serde(borrow)]
    grants: Option<&'a RawValue>,
    #[serde(borrow)]
    public_access_block: Option<&'a RawValue>,
}

/// Adds the resources of the text.
pub(super) fn read(
    text: &str,
    resources: &mut Vec<ResourceEntry>,
) -> Result<Vec<String>, InventoryError> {
    let form = |error: serde_json::Error| {
        InventoryError::Form(format!(
            "this is no list of resources with their policies: {error}"
        ))
    };
    let raws: Vec<&RawValue> = if text.trim_start().starts_with('[') {
        serde_json::from_str(text).map_err(form)?
    } else {
        vec![serde_json::from_str(text).map_err(form)?]
    };
    let mut problems = Vec::new();
    for raw in raws {
        let entry: Entry = serde_json::from_str(raw.get()).map_err(form)?;
        let account = match &entry.account {
            Some(text) => Some(
                AccountId::parse(text).map_err(|error| InventoryError::Form(error.to_string()))?,
            ),
            None => None,
        };
        let kind = if entry.resource.contains(":kms:") {
            PolicyKind::KmsKey
        } else if entry.resource.contains(":role/") {
            PolicyKind::RoleTrust
        } else {
            PolicyKind::Resource
        };
        let policy = match entry.policy {
            None => Known::Is(None),
            Some(raw) => match crate::scenario::document(Raw::of(raw), kind) {
                Ok(policy) => Known::Is(Some(Arc::new(CompiledPolicy::new(
                    &entry.resource,
                    Arc::new(policy),
                )))),
                Err(reason) => {
                    problems.push(format!("policy of `{}`: {reason}", entry.resource));
                    Known::Unknown
                }
            },
        };
        let grants = match entry.grants {
            None => Known::Is(Vec::new()),
            Some(raw) => crate::scenario::grants_of(Raw::of(raw)).map_err(InventoryError::Form)?,
        };
        let public_access_block = match entry.public_access_block {
            None => Known::Is(crate::public::PublicAccessBlock::default()),
            Some(raw) => crate::scenario::block_of(Raw::of(raw)).map_err(InventoryError::Form)?,
        };
        resources.push(ResourceEntry {
            pattern: Glob::of_resource(&entry.resource),
            arn: entry.resource.into(),
            account,
            policy,
            grants,
            public_access_block,
        });
    }
    Ok(problems)
}
