//! `Search` over feature groups and features.

mod expression;
mod property;

use std::sync::Arc;

use rempart_aws_wire::ServiceError;
use serde_json::{Map, Value, json};

use super::access::{Ask, single};
use super::describe::group_json;
use super::input::{Input, objects, text};
use super::list::{Paging, Place, SortKey, page, page_size, question_of};
use super::metadata::metadata_json;
use super::refusal::invalid;
use super::tags::tags_json;
use super::{Call, Control, account_of};
use crate::group::Group;
use expression::Expression;
use property::{Item, Kind, Property};

impl Control {
    pub(super) fn search(&self, call: &mut Call<'_>) -> Result<Value, ServiceError> {
        let account = account_of(call.caller)?;
        let conditions = visibility(call.input)?;
        let keys = conditions.iter().map(|(key, value)| {
            single(&format!("sagemaker:SearchVisibilityCondition/{key}"), value)
        });
        let ask = Ask::new("sagemaker:Search", "*", keys.collect());
        self.require(call, ask)?;
        let kind = match text(call.input, "Resource") {
            Some("FeatureGroup") => Kind::Group,
            Some("FeatureMetadata") => Kind::Feature,
            _ => {
                return Err(invalid(
                    "Resource must be FeatureGroup or FeatureMetadata; other resources are not \
                     kept here.",
                ));
            }
        };
        let expression = match call
            .input
            .get("SearchExpression")
            .and_then(Value::as_object)
        {
            Some(input) => Expression::read(input, kind)?,
            None => Expression::everything(),
        };
        let sort_by = match text(call.input, "SortBy") {
            Some(name) => Property::sortable(name, kind)?,
            None => Property::LAST_MODIFIED,
        };
        let searched = self.searched(account, call.input);
        let mut found = Vec::new();
        for (group, is_own) in &searched {
            let is_visible = conditions.iter().all(|(key, value)| {
                let key = key.strip_prefix("Tags.").unwrap_or(key);
                group.tags.get(key).is_none_or(|tag| tag == value)
            });
            if !is_visible {
                continue;
            }
            for item in items(group, *is_own, kind) {
                if expression.holds(&item) {
                    found.push((place(&item, &sort_by), json_of(&item)));
                }
            }
        }
        let total = found.len();
        let question = question_of("Search", account, call.input);
        let paging = Paging {
            descending: text(call.input, "SortOrder") != Some("Ascending"),
            size: page_size(call.input),
            question: &question,
            token: text(call.input, "NextToken"),
        };
        let (results, next) = page(&self.tokens, found, &paging)?;
        let mut answer = Map::new();
        answer.insert("Results".to_owned(), results.into());
        if let Some(next) = next {
            answer.insert("NextToken".to_owned(), next.into());
        }
        answer.insert(
            "TotalHits".to_owned(),
            json!({ "Value": total, "Relation": "EqualTo" }),
        );
        Ok(Value::Object(answer))
    }

    /// The groups that are searched, and whether they are the account's own. A share of a group gives no
    /// discoverability; only a shared catalogue does.
    fn searched(&self, account: &str, input: &Input) -> Vec<(Arc<Group>, bool)> {
        let registry = &self.parts.registry;
        if text(input, "CrossAccountFilterOption") != Some("CrossAccount") {
            let own = registry.of_account(account).into_iter();
            return own.map(|group| (group, true)).collect();
        }
        let Some(catalogues) = &self.parts.catalogues else {
            return Vec::new();
        };
        let mut owners = catalogues.shared_with(account);
        owners.sort();
        owners.dedup();
        owners
            .iter()
            .filter(|owner| *owner != account)
            .flat_map(|owner| registry.of_account(owner))
            .map(|group| (group, false))
            .collect()
    }
}

/// `VisibilityConditions`, as keys `Tags.<key>` with values. A result whose tag has another value is left
/// out; one without the tag is not (API reference, `VisibilityConditions`).
fn visibility(input: &Input) -> Result<Vec<(&str, &str)>, ServiceError> {
    let mut conditions: Vec<(&str, &str)> = Vec::new();
    for condition in objects(input, "VisibilityConditions") {
        let key = text(condition, "Key").unwrap_or_default();
        let value = text(condition, "Value").unwrap_or_default();
        if key.strip_prefix("Tags.").is_none_or(str::is_empty) {
            return Err(invalid(
                "The key of a visibility condition has the form Tags.<key>.",
            ));
        }
        if conditions
            .iter()
            .any(|(other, _)| other.eq_ignore_ascii_case(key))
        {
            return Err(invalid("A visibility condition is given more than once."));
        }
        conditions.push((key, value));
    }
    Ok(conditions)
}

fn items(group: &Group, is_own: bool, kind: Kind) -> Vec<Item<'_>> {
    match kind {
        Kind::Group => vec![Item {
            group,
            feature: None,
            is_own,
        }],
        Kind::Feature => {
            let features = group.features.iter().enumerate();
            features
                .map(|feature| Item {
                    group,
                    feature: Some(feature),
                    is_own,
                })
                .collect()
        }
    }
}

fn place(item: &Item<'_>, sort_by: &Property) -> Place {
    Place {
        key: sort_by.sort_key(item).unwrap_or(SortKey::Absent),
        tie: (
            item.group.id.0,
            item.feature.map_or(0, |(position, _)| position),
        ),
    }
}

fn json_of(item: &Item<'_>) -> Value {
    match item.feature {
        Some((_, definition)) => {
            json!({ "FeatureMetadata": metadata_json(item.group, definition) })
        }
        None => {
            let mut group = group_json(item.group, 0, usize::MAX);
            if item.is_own && !item.group.tags.is_empty() {
                group.insert("Tags".to_owned(), tags_json(&item.group.tags));
            }
            json!({ "FeatureGroup": group })
        }
    }
}

/// The catalogue shares of the directory.
impl super::Catalogues for rempart_directory::Live {
    fn shared_with(&self, account: &str) -> Vec<String> {
        let Ok(with) = rempart_aws_model::AccountId::parse(account) else {
            return Vec::new();
        };
        let owners = self.accounts().into_iter();
        owners
            .filter(|owner| self.shares_catalog(*owner, with))
            .map(|owner| owner.as_str().to_owned())
            .collect()
    }
}
