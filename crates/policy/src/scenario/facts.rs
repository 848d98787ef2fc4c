//! Condition keys, facts and switches of a scenario.

use std::sync::Arc;

use rempart_aws_model::AccountId;

use super::members::{Members, Raw, flag, list, text};
use super::{Fault, unknown};
use crate::context::{Context, KeyName, KeyState};
use crate::json::{self, Node, Value};
use crate::principal::Principal;
use crate::public::PublicAccessBlock;
use crate::reference::Reference;
use crate::request::{PrincipalFacts, ResourceFacts};
use crate::stack::Known;

pub(super) fn account<'a>(raw: Raw<'a>) -> Result<Option<AccountId>, Fault<'a>> {
    let Some(text) = text(raw, "`resourceAccount`")? else {
        return Ok(None);
    };
    AccountId::parse(&text)
        .map(Some)
        .map_err(|error| Fault::new(raw.get(), error.to_string()))
}

/// The condition keys: scalars, `null`, and lists of scalars.
pub(super) fn context<'a>(
    raw: Option<Raw<'a>>,
    unknown_keys: &[String],
    reference: &mut Reference,
) -> Result<Context, Fault<'a>> {
    let mut context = Context::new();
    let piece = raw.map_or("", Raw::get);
    if let Some(raw) = raw {
        let node = json::parse(raw.get()).map_err(|error| {
            Fault::new(
                raw.get(),
                format!("`context` at {}: {}", error.position, error.reason),
            )
        })?;
        let Value::Object(members) = &node.value else {
            return Err(Fault::new(raw.get(), "`context` must be an object"));
        };
        for member in members {
            let facts = reference.key(&member.key);
            let state = state(&member.key, &member.node, facts.is_multivalued)
                .map_err(|reason| Fault::new(raw.get(), reason))?;
            context
                .insert(facts.name, state)
                .map_err(|error| Fault::new(raw.get(), error.to_string()))?;
        }
    }
    for key in unknown_keys {
        context
            .insert(KeyName::new(key), KeyState::Unknown)
            .map_err(|error| {
                Fault::new(piece, format!("{error}: in `context` and in `unknownKeys`"))
            })?;
    }
    Ok(context)
}

fn state(key: &str, node: &Node, is_multivalued: bool) -> Result<KeyState, String> {
    match &node.value {
        Value::Null => Ok(KeyState::Null),
        Value::Array(nodes) if nodes.is_empty() => Ok(KeyState::Null),
        Value::Array(nodes) => {
            let mut values: Vec<Arc<str>> = Vec::with_capacity(nodes.len());
            for node in nodes {
                values.push(scalar(key, node)?);
            }
            match values.as_slice() {
                [value] if !is_multivalued => Ok(KeyState::Single(value.clone())),
                _ => Ok(KeyState::Several(values.into())),
            }
        }
        _ => {
            let value = scalar(key, node)?;
            if is_multivalued {
                return Ok(KeyState::Several([value].into()));
            }
            Ok(KeyState::Single(value))
        }
    }
}

fn scalar(key: &str, node: &Node) -> Result<Arc<str>, String> {
    match &node.value {
        Value::String(text) | Value::Number(text) => Ok((&**text).into()),
        Value::Bool(value) => Ok(if *value { "true" } else { "false" }.into()),
        other => Err(format!(
            "a value of the key `{key}` must be a string, number or boolean, not {}",
            other.kind()
        )),
    }
}

/// The caller with what else is known of it.
pub(super) fn of_principal<'a>(
    raw: Option<Raw<'a>>,
    mut principal: Principal,
    warnings: &mut Vec<String>,
) -> Result<(Principal, PrincipalFacts), Fault<'a>> {
    let known = [
        "isRoot",
        "isServiceLinkedRole",
        "isManagementAccount",
        "principalId",
        "roleArn",
        "issuingUserArn",
    ];
    let mut facts = PrincipalFacts::default();
    let Some(raw) = raw else {
        return Ok((principal, facts));
    };
    let members = Members::read(raw.get(), "`principalFacts`", &known, warnings)?;
    for (name, raw) in members.iter().filter(|(_, raw)| raw.get() != "null") {
        match name {
            "isRoot" => {
                let contradicts = flag(raw, name)? && !matches!(principal, Principal::Root { .. });
                if contradicts {
                    return Err(Fault::new(
                        raw.get(),
                        "`isRoot` is true, but the principal is not the root user of an account",
                    ));
                }
            }
            "isServiceLinkedRole" => facts.is_service_linked_role = flag(raw, name)?,
            "isManagementAccount" => facts.is_management_account = flag(raw, name)?,
            "principalId" => facts.unique_id = text(raw, name)?.map(|id| id.into()),
            "roleArn" => principal = with_role(raw, principal)?,
            "issuingUserArn" => principal = with_issuer(raw, principal)?,
            _ => {}
        }
    }
    Ok((principal, facts))
}

fn with_role<'a>(raw: Raw<'a>, principal: Principal) -> Result<Principal, Fault<'a>> {
    let arn = text(raw, "`roleArn`")?.unwrap_or_default();
    match (principal, Principal::parse(&arn)) {
        (
            Principal::RoleSession {
                arn,
                account,
                role_name,
                ..
            },
            Ok(Principal::Role {
                arn: role,
                account: of_role,
            }),
        ) if account == of_role && role.rsplit('/').next() == Some(&*role_name) => {
            Ok(Principal::RoleSession {
                arn,
                account,
                role_name,
                role_arn: Some(role),
            })
        }
        _ => Err(Fault::new(
            raw.get(),
            "`roleArn` must be the ARN of the role of which the principal is a session",
        )),
    }
}

fn with_issuer<'a>(raw: Raw<'a>, principal: Principal) -> Result<Principal, Fault<'a>> {
    let issuer = text(raw, "`issuingUserArn`")?.unwrap_or_default();
    match (principal, Principal::parse(&issuer)) {
        (
            Principal::FederatedUser { arn, account, .. },
            Ok(Principal::User {
                arn: user,
                account: of_user,
            }),
        ) if account == of_user => Ok(Principal::FederatedUser {
            arn,
            account,
            issuing_user: Some(user),
        }),
        _ => Err(Fault::new(
            raw.get(),
            "`issuingUserArn` must be the ARN of a user, and the principal a session that it made",
        )),
    }
}

pub(super) fn of_resource<'a>(
    raw: Raw<'a>,
    warnings: &mut Vec<String>,
) -> Result<ResourceFacts, Fault<'a>> {
    let known = ["isManagementAccount", "keyManager"];
    let members = Members::read(raw.get(), "`resourceFacts`", &known, warnings)?;
    let mut facts = ResourceFacts::default();
    if let Some(raw) = members.get("isManagementAccount") {
        facts.is_management_account = flag(raw, "isManagementAccount")?;
    }
    if let Some(raw) = members.get("keyManager") {
        facts.is_aws_managed_key = match text(raw, "`keyManager`")?.as_deref() {
            Some("AWS") => true,
            Some("CUSTOMER") | None => false,
            Some(_) => return Err(Fault::new(raw.get(), "`keyManager` is AWS or CUSTOMER")),
        };
    }
    Ok(facts)
}

pub(super) fn public_access_block<'a>(raw: Raw<'a>) -> Result<Known<PublicAccessBlock>, Fault<'a>> {
    if let Some(unknown) = unknown(raw) {
        return Ok(unknown);
    }
    let single = [raw];
    let several;
    let blocks: &[Raw] = if raw.get().starts_with('[') {
        several = list(raw, "`publicAccessBlock`")?;
        &several
    } else {
        &single
    };
    let mut all = PublicAccessBlock::default();
    for block in blocks {
        // `get-public-access-block` wraps the four flags once more.
        let outer = Members::any(block.get(), "`publicAccessBlock`")?;
        let block = outer
            .get("PublicAccessBlockConfiguration")
            .unwrap_or(*block);
        let members = Members::any(block.get(), "`publicAccessBlock`")?;
        let mut one = PublicAccessBlock::default();
        for (name, raw) in members.iter() {
            let switch = match name {
                "BlockPublicAcls" => &mut one.block_public_acls,
                "IgnorePublicAcls" => &mut one.ignore_public_acls,
                "BlockPublicPolicy" => &mut one.block_public_policy,
                "RestrictPublicBuckets" => &mut one.restrict_public_buckets,
                other => {
                    return Err(Fault::new(
                        raw.get(),
                        format!("Block Public Access has no switch `{other}`"),
                    ));
                }
            };
            *switch = flag(raw, name)?;
        }
        all = all.union(one);
    }
    Ok(Known::Is(all))
}
