//! `aws iam get-account-authorization-details`, one page or many.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Identity, InventoryError, ResourceEntry};
use crate::compile::CompiledPolicy;
use crate::document::{Policy, PolicyKind};
use crate::principal::Principal;
use crate::scenario::Raw;
use crate::stack::{Known, Policies};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Details<'a> {
    #[serde(borrow, default)]
    user_detail_list: Vec<Entity<'a>>,
    #[serde(borrow, default)]
    group_detail_list: Vec<Entity<'a>>,
    #[serde(borrow, default)]
    role_detail_list: Vec<Entity<'a>>,
    #[serde(borrow, default)]
    policies: Vec<Managed<'a>>,
}

/// A user, group or role: members that a kind does not have stay empty.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entity<'a> {
    arn: String,
    user_id: Option<String>,
    role_id: Option<String>,
    group_name: Option<String>,
    #[serde(borrow, default)]
    user_policy_list: Vec<Inline<'a>>,
    #[serde(borrow, default)]
    group_policy_list: Vec<Inline<'a>>,
    #[serde(borrow, default)]
    role_policy_list: Vec<Inline<'a>>,
    #[serde(default)]
    group_list: Vec<String>,
    #[serde(default)]
    attached_managed_policies: Vec<Attached>,
    permissions_boundary: Option<Boundary>,
    #[serde(borrow)]
    assume_role_policy_document: Option<&'a RawValue>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inline<'a> {
    policy_name: String,
    #[serde(borrow)]
    policy_document: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attached {
    policy_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Boundary {
    permissions_boundary_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Managed<'a> {
    arn: String,
    #[serde(borrow, default)]
    policy_version_list: Vec<Version<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Version<'a> {
    #[serde(borrow)]
    document: &'a RawValue,
    #[serde(default)]
    is_default_version: bool,
}

/// Adds the users and roles of the text, and the roles as resources with their trust policies.
pub(super) fn read(
    text: &str,
    identities: &mut Vec<Identity>,
    resources: &mut Vec<ResourceEntry>,
) -> Result<Vec<String>, InventoryError> {
    let details: Details = serde_json::from_str(text).map_err(|error| {
        InventoryError::Form(format!(
            "this is no output of get-account-authorization-details: {error}"
        ))
    })?;
    let mut book = Book {
        problems: Vec::new(),
        managed: HashMap::new(),
        boundaries: HashMap::new(),
    };
    for managed in &details.policies {
        book.add(managed);
    }
    let mut groups: HashMap<&str, Known<Policies>> = HashMap::new();
    for group in &details.group_detail_list {
        if let Some(name) = &group.group_name {
            let policies = book.policies(group, &group.group_policy_list);
            groups.insert(name, policies);
        }
    }
    for entity in details
        .user_detail_list
        .iter()
        .chain(&details.role_detail_list)
    {
        let inline: Vec<&Inline> = entity
            .user_policy_list
            .iter()
            .chain(&entity.role_policy_list)
            .collect();
        let own = book.policies(entity, inline);
        let all = entity.group_list.iter().fold(own, |all, group| {
            join(all, groups.get(group.as_str()).unwrap_or(&Known::Unknown))
        });
        let principal = match Principal::parse(&entity.arn) {
            Ok(principal @ (Principal::User { .. } | Principal::Role { .. })) => principal,
            Ok(_) => {
                book.problems
                    .push(format!("`{}` is neither user nor role", entity.arn));
                continue;
            }
            Err(error) => {
                book.problems.push(error.to_string());
                continue;
            }
        };
        let Some(account) = principal.account() else {
            continue;
        };
        let boundary = match &entity.permissions_boundary {
            None => Known::Is(None),
            Some(boundary) => book.boundary(&boundary.permissions_boundary_arn, &entity.arn),
        };
        if let Some(document) = entity.assume_role_policy_document {
            let name = format!("trust policy of {}", entity.arn);
            let policy = match book.compile(&name, document, PolicyKind::RoleTrust) {
                Some(policy) => Known::Is(Some(policy)),
                None => Known::Unknown,
            };
            resources.push(ResourceEntry::new(&entity.arn, policy));
        }
        let unique_id = entity.user_id.as_deref().or(entity.role_id.as_deref());
        identities.push(Identity {
            principal,
            account,
            policies: all,
            boundary,
            unique_id: unique_id.map(Into::into),
            tags: entity
                .tags
                .iter()
                .map(|tag| (tag.key.as_str().into(), tag.value.as_str().into()))
                .collect(),
        });
    }
    Ok(book.problems)
}

type Compiled = Option<Arc<CompiledPolicy>>;

/// The managed policies, compiled once for everybody.
struct Book {
    problems: Vec<String>,
    /// `None` where the document could not be read.
    managed: HashMap<String, Compiled>,
    boundaries: HashMap<String, Compiled>,
}

impl Book {
    fn add(&mut self, managed: &Managed) {
        let version = managed
            .policy_version_list
            .iter()
            .find(|version| version.is_default_version);
        let Some(version) = version else {
            let arn = &managed.arn;
            self.problems
                .push(format!("`{arn}`: no version is marked as the default"));
            return;
        };
        let compiled = self.compile(&managed.arn, version.document, PolicyKind::Identity);
        self.managed.insert(managed.arn.clone(), compiled);
        let boundary = self
            .managed
            .get(&managed.arn)
            .cloned()
            .flatten()
            .map(|policy| {
                let as_boundary = Policy {
                    kind: PolicyKind::PermissionsBoundary,
                    ..policy.policy().clone()
                };
                Arc::new(CompiledPolicy::new(&managed.arn, Arc::new(as_boundary)))
            });
        self.boundaries.insert(managed.arn.clone(), boundary);
    }

    fn compile(&mut self, name: &str, document: &RawValue, kind: PolicyKind) -> Compiled {
        match crate::scenario::document(Raw::of(document), kind) {
            Ok(policy) => Some(Arc::new(CompiledPolicy::new(name, Arc::new(policy)))),
            Err(reason) => {
                self.problems.push(format!("`{name}`: {reason}"));
                None
            }
        }
    }

    /// Inline and attached policies. One that is missing makes the whole unknown.
    fn policies<'i, 'a: 'i>(
        &mut self,
        entity: &Entity,
        inline: impl IntoIterator<Item = &'i Inline<'a>>,
    ) -> Known<Policies> {
        let mut policies = Vec::new();
        let mut is_whole = true;
        for policy in inline {
            match self.compile(
                &policy.policy_name,
                policy.policy_document,
                PolicyKind::Identity,
            ) {
                Some(compiled) => policies.push(compiled),
                None => is_whole = false,
            }
        }
        for attached in &entity.attached_managed_policies {
            match self.managed.get(&attached.policy_arn) {
                Some(Some(compiled)) => policies.push(Arc::clone(compiled)),
                Some(None) => is_whole = false,
                None => {
                    is_whole = false;
                    self.problems.push(format!(
                        "`{}` has `{}` attached, whose document is not in the file",
                        entity.arn, attached.policy_arn
                    ));
                }
            }
        }
        if is_whole {
            Known::Is(policies)
        } else {
            Known::Unknown
        }
    }

    fn boundary(&mut self, arn: &str, owner: &str) -> Known<Compiled> {
        match self.boundaries.get(arn) {
            Some(Some(boundary)) => Known::Is(Some(Arc::clone(boundary))),
            Some(None) => Known::Unknown,
            None => {
                self.problems.push(format!(
                    "`{owner}` has the boundary `{arn}`, whose document is not in the file"
                ));
                Known::Unknown
            }
        }
    }
}

fn join(left: Known<Policies>, right: &Known<Policies>) -> Known<Policies> {
    match (left, right) {
        (Known::Is(mut left), Known::Is(right)) => {
            left.extend(right.iter().cloned());
            Known::Is(left)
        }
        _ => Known::Unknown,
    }
}
