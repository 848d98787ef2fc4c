//! Whom policies of resources let in.

use std::collections::BTreeSet;
use std::sync::Arc;

use rempart_aws_model::AccountId;
use rempart_policy::document::{BaseOperator, PolicyKind, SetOperator};
use serde_json::Value as Json;

use super::{Answered, Function, text_argument};
use crate::cache::Texts;
use crate::context::Context;
use crate::expression::{ReasonCode, Unknown, Value};
use crate::policies::admission::{self, Inside};
use crate::policies::document::{compile, decoded, kind_of};
use crate::policies::transport;

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "outsiders",
        arity: 2,
        run: |context, arguments| listed(&outsiders(context, arguments)?),
    },
    Function {
        name: "only_known_access",
        arity: 2,
        run: |context, arguments| Ok(Value::Bool(outsiders(context, arguments)?.is_empty())),
    },
    Function {
        name: "open_services",
        arity: 2,
        run: open_services,
    },
    Function {
        name: "trusted_services",
        arity: 1,
        run: trusted_services,
    },
    Function {
        name: "public_policy",
        arity: 1,
        run: public_policy,
    },
    Function {
        name: "denies_insecure_transport",
        arity: 2,
        run: denies_insecure_transport,
    },
];

/// A list of texts as a value.
pub(super) fn listed<'a>(texts: &[String]) -> Answered<'a> {
    Ok(Value::texts(texts.iter().cloned()))
}

/// `outsiders(policy, arn)`: principals outside the known accounts that the policy of the resource
/// admits; `*` is anybody. For a VPC endpoint also `resources of any account`, where one's own people
/// reach those. `only_known_access` says that there is none.
fn outsiders(context: &Context<'_>, arguments: &[Value<'_>]) -> Result<Arc<Vec<String>>, Unknown> {
    about(context, "outsiders", arguments, |text, arn, inside| {
        let policy = compile(arn, text, kind_of(arn))?;
        let mut found = admission::outsiders(&policy, arn, inside)?;
        let is_endpoint = policy.policy().kind == PolicyKind::VpcEndpoint;
        if is_endpoint && found.is_empty() && admission::reaches_others(&policy, arn, inside)? {
            found.push("resources of any account".to_owned());
        }
        Ok(found)
    })
}

/// `open_services(policy, arn)`: services that the policy admits on behalf of any account.
fn open_services<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let found = about(context, "open_services", arguments, |text, arn, inside| {
        let policy = compile(arn, text, kind_of(arn))?;
        admission::open_services(&policy, arn, inside)
    })?;
    listed(&found)
}

/// Asks once for each policy. Resources whose policies differ by their own name alone share an answer.
fn about(
    context: &Context<'_>,
    name: &'static str,
    arguments: &[Value<'_>],
    decide: impl FnOnce(&str, &str, &Inside) -> Result<Vec<String>, Unknown>,
) -> Texts {
    let text = text_argument(arguments, 0)?;
    let arn = text_argument(arguments, 1)?;
    // A policy admits nobody to what it does not name: nothing may be concluded from a wrong name.
    if !arn.starts_with("arn:") {
        let arn: String = arn.chars().take(80).collect();
        return Err(Unknown::new(
            ReasonCode::ModelGap,
            format!("`{arn}` is no ARN"),
        ));
    }
    let (inside, key) = inside(context, arn)?;
    let text = decoded(text);
    let (text, arn) = shared_form(&text, arn);
    let cache = &context.session.cache.policies;
    cache.of((name, vec![text.clone(), arn.clone(), key]), || {
        decide(&text, &arn, &inside).map(Arc::new)
    })
}

/// The accounts, organisation and networks that count as one's own.
fn inside(context: &Context<'_>, arn: &str) -> Result<(Arc<Inside>, String), Unknown> {
    let owner = arn.split(':').nth(4).filter(|account| !account.is_empty());
    let owner = owner.unwrap_or(&context.place.account);
    let account = AccountId::parse(owner).map_err(|error| {
        Unknown::new(
            ReasonCode::ModelGap,
            format!("the account of `{arn}`: {error}"),
        )
    })?;
    let configured: Vec<&str> = match context.params.get("known_accounts") {
        Some(Json::Array(accounts)) => accounts.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    };
    let configured = configured.join(",");
    let key = format!("{owner},{configured}");
    let inside = context
        .session
        .cache
        .inside
        .of((owner.to_owned(), configured.clone()), || {
            let estate = context.session.estate;
            let mut accounts: BTreeSet<String> = estate
                .places()
                .iter()
                .map(|place| place.account.clone())
                .chain(configured.split(',').map(ToOwned::to_owned))
                .chain(
                    estate
                        .resources("AWS::Organizations::Account")
                        .map(|account| account.id.clone()),
                )
                .filter(|account| !account.is_empty())
                .collect();
            accounts.insert(owner.to_owned());
            let mut organisations = estate.resources("AWS::Organizations::Organization");
            let organisation = organisations.find_map(|one| {
                let body = estate.body(one).ok()?;
                Some(body.get("Organization")?.get("Id")?.as_str()?.to_owned())
            });
            let endpoints = estate.resources("AWS::EC2::VPCEndpoint");
            let networks = endpoints.chain(estate.resources("AWS::EC2::VPC"));
            Arc::new(Inside {
                account,
                accounts,
                organisation,
                networks: networks.map(|one| one.id.clone()).collect(),
            })
        });
    Ok((inside, key))
}

/// The policy and ARN with a common name in place of the resource's own, where that changes nothing.
pub(super) fn shared_form(text: &str, arn: &str) -> (String, String) {
    const COMMON: &str = "arn:aws:s3:::rempart-common-name";
    let as_is = || (text.to_owned(), arn.to_owned());
    match arn.strip_prefix("arn:aws:s3:::") {
        Some(bucket) if !bucket.is_empty() => {
            // Only where the bucket's own ARN, whole or with objects below it, is all that is named.
            let mut shared = text.to_owned();
            for end in ["\"", "/"] {
                shared = shared.replace(&format!("{arn}{end}"), &format!("{COMMON}{end}"));
            }
            let rest = shared.replace(COMMON, "");
            if rest.contains(":s3:") || rest.contains("s3:::") || rest.contains(COMMON) {
                return as_is();
            }
            (shared, COMMON.to_owned())
        }
        _ => match kind_of(arn) {
            // Neither names the resource: a trust policy never does, a key policy by `*`.
            PolicyKind::RoleTrust if !text.contains("Resource") => renamed(text, arn),
            PolicyKind::KmsKey => {
                let names_none = compile(arn, text, PolicyKind::KmsKey).is_ok_and(|policy| {
                    let mut statements = policy.policy().statements.iter();
                    statements.all(|statement| {
                        statement.resource.as_ref().is_none_or(|patterns| {
                            !patterns.negated && patterns.values.iter().all(|one| &*one.text == "*")
                        })
                    })
                });
                if names_none {
                    renamed(text, arn)
                } else {
                    as_is()
                }
            }
            _ => as_is(),
        },
    }
}

fn renamed(text: &str, arn: &str) -> (String, String) {
    let arn = match arn.rsplit_once('/') {
        Some((start, _)) => format!(
            "{}/rempart-common-name",
            start.split('/').next().unwrap_or(start)
        ),
        None => arn.to_owned(),
    };
    (text.to_owned(), arn)
}

/// `trusted_services(policy)`: services that the policy names in an Allow statement.
fn trusted_services<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let text = text_argument(arguments, 0)?;
    let cache = &context.session.cache.policies;
    let found = cache.of(("trusted_services", vec![text.to_owned()]), || {
        let policy = compile("the role", text, PolicyKind::RoleTrust)?;
        Ok(Arc::new(admission::services_named(&policy)))
    })?;
    listed(&found)
}

/// `public_policy(policy)`: whether the policy is public by the rule of S3: some Allow statement is for
/// everybody and not limited to fixed values. For keys, `kms:CallerAccount` limits, too.
fn public_policy<'a>(_: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let text = text_argument(arguments, 0)?;
    let policy = compile("the resource", text, PolicyKind::Resource)?;
    let mut document = policy.policy().clone();
    document.statements.retain(|statement| {
        !statement.conditions.iter().any(|entry| {
            entry.key.text.eq_ignore_ascii_case("kms:CallerAccount")
                && entry.operator.base == BaseOperator::StringEquals
                && entry.operator.set == SetOperator::None
                && !entry.operator.if_exists
                && !entry.values.is_empty()
                && entry
                    .values
                    .iter()
                    .all(|value| AccountId::parse(&value.text).is_ok())
        })
    });
    Ok(Value::Bool(rempart_policy::is_public(&document)))
}

/// `denies_insecure_transport(policy, bucket)`: whether the bucket policy denies every request without
/// TLS.
fn denies_insecure_transport<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let text = text_argument(arguments, 0)?;
    let bucket = text_argument(arguments, 1)?;
    let account = AccountId::parse(&context.place.account)
        .map_err(|error| Unknown::new(ReasonCode::ModelGap, error.to_string()))?;
    let (text, arn) = shared_form(text, &format!("arn:aws:s3:::{bucket}"));
    let cache = &context.session.cache.policies;
    let key = vec![text.clone(), arn.clone(), account.to_string()];
    let denies = cache.of(("denies_insecure_transport", key), || {
        let bucket = arn.strip_prefix("arn:aws:s3:::").unwrap_or(bucket);
        let denies = transport::denies_insecure(&text, bucket, account)?;
        let answer = if denies {
            vec![String::new()]
        } else {
            Vec::new()
        };
        Ok(Arc::new(answer))
    })?;
    Ok(Value::Bool(!denies.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::shared_form;

    #[test]
    fn policies_that_differ_by_their_bucket_alone_are_one() {
        let policy = |resource: &str| format!(r#"{{"Resource":["{resource}","{resource}/*"]}}"#);
        let one = shared_form(&policy("arn:aws:s3:::a"), "arn:aws:s3:::a");
        let two = shared_form(&policy("arn:aws:s3:::bb"), "arn:aws:s3:::bb");
        assert_eq!(one, two);
        // A pattern may match one name and not the other.
        let pattern = policy("arn:aws:s3:::a*");
        let arn = "arn:aws:s3:::a";
        assert_eq!(
            shared_form(&pattern, arn),
            (pattern.clone(), arn.to_owned())
        );
        let longer = policy("arn:aws:s3:::ab");
        assert_eq!(shared_form(&longer, arn), (longer.clone(), arn.to_owned()));
        let spaced = policy("arn:aws:s3:*:*:a");
        assert_eq!(shared_form(&spaced, arn), (spaced.clone(), arn.to_owned()));
    }
}
