//! What watches: filters of logs, rules of events, buckets that are to be scanned; and who shares a
//! role.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rempart_aws_model::Arn;
use rempart_estate::Place;
use serde_json::Value as Json;

use super::access::listed;
use super::{Answered, Function, text_argument};
use crate::cache::{RoleUsers, Texts};
use crate::context::{Context, gap};
use crate::expression::{ReasonCode, Unknown, Value};
use crate::policies::event_pattern;
use crate::policies::filter_pattern::{self, FilterPattern};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "filter_detects",
        arity: 2,
        run: filter_detects,
    },
    Function {
        name: "event_matches",
        arity: 2,
        run: event_matches,
    },
    Function {
        name: "ml_buckets",
        arity: 1,
        run: ml_buckets,
    },
    Function {
        name: "macie_covers",
        arity: 2,
        run: macie_covers,
    },
    Function {
        name: "is_log_archive",
        arity: 1,
        run: is_log_archive,
    },
    Function {
        name: "role_users",
        arity: 1,
        run: role_users,
    },
];

/// `filter_detects(pattern, "4.3")`: whether a metric filter notices what the CIS benchmark wants under
/// this number.
fn filter_detects<'a>(_: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let text = text_argument(arguments, 0)?;
    let number = text_argument(arguments, 1)?;
    // CloudWatch Logs accepts no pattern that cannot be read, so one is a form that is not known here.
    let pattern =
        FilterPattern::parse(text).map_err(|error| Unknown::new(ReasonCode::Unsupported, error))?;
    filter_pattern::detects(&pattern, number)
        .map(Value::Bool)
        .ok_or_else(|| {
            Unknown::new(
                ReasonCode::NotConfigured,
                format!("the benchmark has no pattern {number}"),
            )
        })
}

/// `event_matches(pattern, "sagemaker.amazonaws.com/DeleteModel")`: whether a rule matches the event in
/// which CloudTrail reports the call.
fn event_matches<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let pattern = text_argument(arguments, 0)?;
    let call = text_argument(arguments, 1)?;
    let (source, name) = call.split_once('/').ok_or_else(|| {
        Unknown::new(
            ReasonCode::NotConfigured,
            format!("`{call}` has not the form source/name"),
        )
    })?;
    let place = context.place;
    let event = event_pattern::call(source, name, &place.account, &place.region);
    event_pattern::matches(pattern, &event)
        .map(Value::Bool)
        .map_err(|error| Unknown::new(ReasonCode::Unsupported, error))
}

/// Where the buckets are named: kind, and ways to the addresses.
type Sources = &'static [(&'static str, &'static [&'static str])];

const MODELS: Sources = &[(
    "AWS::SageMaker::Model",
    &[
        "PrimaryContainer.ModelDataUrl",
        "PrimaryContainer.ModelDataSource.S3DataSource.S3Uri",
        "PrimaryContainer.AdditionalModelDataSources[].S3DataSource.S3Uri",
        "Containers[].ModelDataUrl",
        "Containers[].ModelDataSource.S3DataSource.S3Uri",
        "Containers[].AdditionalModelDataSources[].S3DataSource.S3Uri",
    ],
)];
const TRAINING: Sources = &[
    (
        "SageMaker:TrainingJob",
        &["InputDataConfig[].DataSource.S3DataSource.S3Uri"],
    ),
    (
        "AWS::SageMaker::FeatureGroup",
        &["OfflineStoreConfig.S3StorageConfig.S3Uri"],
    ),
];

/// `ml_buckets("model" | "training")`: buckets of this place that models are loaded from, or training
/// data is read from.
fn ml_buckets<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let what = text_argument(arguments, 0)?;
    let sources = match what {
        "model" => MODELS,
        "training" => TRAINING,
        _ => {
            return Err(Unknown::new(
                ReasonCode::Unsupported,
                format!("`{what}` buckets: model or training are"),
            ));
        }
    };
    let key = vec![what.to_owned(), context.place.to_string()];
    let found: Texts = context.session.cache.texts.of(("ml_buckets", key), || {
        let mut buckets = BTreeSet::new();
        for (kind, paths) in sources {
            each(context, kind, context.place, &mut |_, body| {
                for path in *paths {
                    texts_at(body, path, &mut |uri| {
                        let bucket = uri
                            .strip_prefix("s3://")
                            .and_then(|rest| rest.split('/').next());
                        if let Some(bucket) = bucket.filter(|bucket| !bucket.is_empty()) {
                            buckets.insert(bucket.to_owned());
                        }
                    })?;
                }
                Ok(())
            })?;
        }
        Ok(Arc::new(buckets.into_iter().collect()))
    });
    listed(&found?)
}

/// Looks at all resources of a kind in a place.
fn each(
    context: &Context<'_>,
    kind: &str,
    place: &Place,
    look: &mut dyn FnMut(&str, &Json) -> Result<(), Unknown>,
) -> Result<(), Unknown> {
    let estate = context.session.estate;
    for resource in estate.resources_in(kind, place).map_err(gap)? {
        let body = estate.body(resource).map_err(gap)?;
        look(resource.arn.as_deref().unwrap_or(&resource.id), &body)?;
    }
    Ok(())
}

/// Texts at the end of a way of members; `[]` goes through a list. An error where a part of the way is
/// not known.
fn texts_at(json: &Json, path: &str, look: &mut dyn FnMut(&str)) -> Result<(), Unknown> {
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    let (name, is_list) = match name.strip_suffix("[]") {
        Some(name) => (name, true),
        None => (name, false),
    };
    let Some(below) = json.get(name) else {
        return Ok(());
    };
    Value::of(below)?;
    let one = std::slice::from_ref(below);
    let values = if is_list {
        below.as_array().map_or(&[][..], Vec::as_slice)
    } else {
        one
    };
    for value in values {
        Value::of(value)?;
        if rest.is_empty() {
            if let Some(text) = value.as_str() {
                look(text);
            }
        } else {
            texts_at(value, rest, look)?;
        }
    }
    Ok(())
}

/// `macie_covers(definition, bucket)`: whether a discovery job of Macie looks at the bucket.
fn macie_covers<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let definition = arguments.first().map(Value::to_json).transpose()?;
    let bucket = text_argument(arguments, 1)?;
    let definition = definition.unwrap_or_default();
    if let Some(definitions) = definition.get("bucketDefinitions").and_then(Json::as_array) {
        let named = definitions.iter().any(|one| {
            let buckets = one.get("buckets").and_then(Json::as_array);
            let mut buckets = buckets.into_iter().flatten();
            one.get("accountId").and_then(Json::as_str) == Some(&context.place.account)
                && buckets.any(|name| name.as_str() == Some(bucket))
        });
        return Ok(Value::Bool(named));
    }
    let criteria = definition
        .get("bucketCriteria")
        .cloned()
        .unwrap_or_default();
    let all = |name: &str| -> Result<Option<bool>, Unknown> {
        let list = criteria.get(name).and_then(|block| block.get("and"));
        let Some(list) = list
            .and_then(Json::as_array)
            .filter(|list| !list.is_empty())
        else {
            return Ok(None);
        };
        let mut open = None;
        for criterion in list {
            match meets(criterion, bucket, &context.place.account) {
                Ok(true) => {}
                Ok(false) => return Ok(Some(false)),
                Err(unknown) => open = Some(unknown),
            }
        }
        open.map_or(Ok(Some(true)), Err)
    };
    let included = all("includes");
    let excluded = all("excludes");
    match (included, excluded) {
        (Ok(Some(false)), _) | (_, Ok(Some(true))) => Ok(Value::Bool(false)),
        (Ok(_), Ok(_)) => Ok(Value::Bool(true)),
        (Err(unknown), _) | (_, Err(unknown)) => Err(unknown),
    }
}

/// Whether a bucket meets a criterion; only names and accounts are known here.
fn meets(criterion: &Json, bucket: &str, account: &str) -> Result<bool, Unknown> {
    let unknown = || {
        Unknown::new(
            ReasonCode::Unsupported,
            "criteria of Macie other than names and accounts of buckets",
        )
    };
    let simple = criterion.get("simpleCriterion").ok_or_else(unknown)?;
    let text = |name: &str| simple.get(name).and_then(Json::as_str);
    let value = match text("key") {
        Some("S3_BUCKET_NAME") => bucket,
        Some("ACCOUNT_ID") => account,
        _ => return Err(unknown()),
    };
    let values = simple.get("values").and_then(Json::as_array);
    let mut values = values.into_iter().flatten().filter_map(Json::as_str);
    Ok(match text("comparator") {
        Some("EQ") => values.any(|wanted| wanted == value),
        Some("NE") => !values.any(|wanted| wanted == value),
        Some("STARTS_WITH") => values.any(|wanted| value.starts_with(wanted)),
        Some("CONTAINS") => values.any(|wanted| value.contains(wanted)),
        _ => return Err(unknown()),
    })
}

/// `is_log_archive(bucket)`: whether the bucket belongs to the account in `log_archive_account`.
fn is_log_archive<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let bucket = text_argument(arguments, 0)?;
    let wanted = context
        .params
        .get("log_archive_account")
        .and_then(Json::as_str);
    let wanted = wanted
        .filter(|account| !account.is_empty())
        .ok_or_else(|| {
            Unknown::new(
                ReasonCode::NotConfigured,
                format!(
                    "parameter `log_archive_account` of {} is empty",
                    context.control.id
                ),
            )
        })?;
    let found = context.find("AWS::S3::Bucket", bucket)?;
    Ok(Value::Bool(found.place.account == wanted))
}

/// Kinds with an execution role, and where it is named. Jobs are left out: one that has ended uses no
/// role any more.
const WITH_ROLES: &[(&str, &[&str])] = &[
    ("AWS::SageMaker::NotebookInstance", &["RoleArn"]),
    (
        "AWS::SageMaker::Domain",
        &[
            "DefaultUserSettings.ExecutionRole",
            "DefaultSpaceSettings.ExecutionRole",
        ],
    ),
    (
        "AWS::SageMaker::UserProfile",
        &["UserSettings.ExecutionRole"],
    ),
    ("AWS::SageMaker::Model", &["ExecutionRoleArn"]),
    ("AWS::SageMaker::EndpointConfig", &["ExecutionRoleArn"]),
    ("AWS::SageMaker::Pipeline", &["RoleArn"]),
    ("AWS::SageMaker::FeatureGroup", &["RoleArn"]),
];

/// `role_users(role)`: ARNs of the SageMaker resources of the account that have the role.
fn role_users<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let role = text_argument(arguments, 0)?;
    let account = Arn::parse(role)
        .map(|arn| arn.account().to_owned())
        .map_err(|_| {
            Unknown::new(
                ReasonCode::ModelGap,
                format!("`{role}` is no ARN of a role"),
            )
        })?;
    let place = Place::new(account.clone(), &*context.place.region).global();
    let cache = &context.session.cache;
    let users = cache.users.of(account, || {
        let mut users: RoleUsers = BTreeMap::new();
        for (kind, paths) in WITH_ROLES {
            each(context, kind, &place, &mut |arn, body| {
                for path in *paths {
                    texts_at(body, path, &mut |role| {
                        users
                            .entry(role.to_owned())
                            .or_default()
                            .insert((arn.to_owned(), *kind));
                    })?;
                }
                Ok(())
            })?;
        }
        Ok(Arc::new(users))
    })?;
    let found = users.get(role).into_iter().flatten();
    // The resources become evidence of the verdict; of very many, some are enough.
    for (arn, kind) in found.clone().take(MOST_EVIDENCE) {
        context.body(context.find(kind, arn)?)?;
    }
    Ok(Value::texts(found.map(|(arn, _)| arn.clone())))
}

/// Most resources of a role that are named as evidence.
const MOST_EVIDENCE: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_are_found_along_the_way() {
        let body = json!({"A": [{"B": "x"}, {"B": 1}, {"B": "y"}], "C": "z"});
        let mut found = Vec::new();
        for path in ["A[].B", "C", "D.E", "A.B"] {
            texts_at(&body, path, &mut |text| found.push(text.to_owned())).unwrap();
        }
        assert_eq!(found, ["x", "y", "z"]);
        let later = json!({"A": [{"B": rempart_estate::unknown("later")}], "C": rempart_estate::unknown("later")});
        for path in ["A[].B", "C", "C.D"] {
            assert!(texts_at(&later, path, &mut |_| {}).is_err(), "{path}");
        }
    }

    #[test]
    fn criteria_by_name_are_decided_and_others_not() {
        let criterion = |key: &str, comparator: &str, value: &str| {
            json!({"simpleCriterion":
            {"key": key, "comparator": comparator, "values": [value]}})
        };
        let cases = [
            ("S3_BUCKET_NAME", "EQ", "data", Some(true)),
            ("S3_BUCKET_NAME", "NE", "data", Some(false)),
            ("S3_BUCKET_NAME", "STARTS_WITH", "da", Some(true)),
            ("S3_BUCKET_NAME", "CONTAINS", "x", Some(false)),
            ("ACCOUNT_ID", "EQ", "111122223333", Some(true)),
            ("S3_BUCKET_SHARED_ACCESS", "EQ", "EXTERNAL", None),
            ("S3_BUCKET_NAME", "LIKE", "data", None),
        ];
        for (key, comparator, value, expected) in cases {
            let found = meets(&criterion(key, comparator, value), "data", "111122223333").ok();
            assert_eq!(found, expected, "{key} {comparator} {value}");
        }
        assert!(meets(&json!({"tagCriterion": {}}), "data", "111122223333").is_err());
    }
}
