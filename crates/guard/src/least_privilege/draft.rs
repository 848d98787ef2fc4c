//! From what was observed to statements.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rempart_aws_model::{ConditionKeyType, action, condition_key};
use rempart_policy::context::KeyName;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::escape;
use super::generalise::{Generalise, patterns};
use super::observe::{Pairs, Precision, Values};

/// Characters of the values of one condition; longer lists are no use to a reader, and must leave
/// room in the quota.
const MOST_CHARACTERS: usize = 2_000;

/// A condition key whose observed values are demanded.
#[derive(Debug, Clone)]
pub(super) struct ConditionKey {
    pub(super) name: KeyName,
    written: &'static str,
    operator: &'static str,
    is_multivalued: bool,
    /// Somebody asked for it, so that leaving it out is told.
    is_asked: bool,
}

/// Why a condition key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConditionKeyError {
    /// No such key is documented
    #[error("`{0}` is no condition key that AWS documents")]
    Unknown(String),
    /// Its values say nothing about later calls
    #[error("`{0}` holds times: what was observed says nothing about later calls")]
    Times(String),
    /// Its values cannot be compared exactly
    #[error("values of `{0}` cannot be written into a condition")]
    Type(String),
}

/// A condition that was asked for and could not be added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LeftOut {
    /// The condition key.
    pub key: &'static str,
    /// The actions of which some call did not have it, or had it with too many values.
    pub actions: Vec<Box<str>>,
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Condition {
    operator: &'static str,
    key: &'static str,
    values: BTreeSet<Arc<str>>,
    is_multivalued: bool,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) actions: BTreeSet<Box<str>>,
    pub(super) resources: BTreeSet<String>,
    conditions: Vec<Condition>,
}

/// The statements, and what there is to say about them.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) statements: Vec<Statement>,
    /// Actions with the number of calls.
    pub(super) actions: BTreeMap<Box<str>, u64>,
    pub(super) left_out: Vec<LeftOut>,
    pub(super) kept_exact: BTreeSet<String>,
}

/// The keys that were asked for, and the one without which passing a role means any service.
pub(super) fn condition_keys(asked: &[KeyName]) -> Result<Vec<ConditionKey>, ConditionKeyError> {
    let mut keys = vec![ConditionKey {
        name: KeyName::new("iam:PassedToService"),
        written: "iam:PassedToService",
        operator: "StringEquals",
        is_multivalued: false,
        is_asked: false,
    }];
    for name in asked {
        if keys.iter().any(|known| known.name.is_same(name)) {
            continue;
        }
        let Some(key) = condition_key(name.as_str()) else {
            return Err(ConditionKeyError::Unknown(name.as_str().to_owned()));
        };
        // A key with a variable part would be written as its pattern.
        if !key.name.eq_ignore_ascii_case(name.as_str()) {
            return Err(ConditionKeyError::Type(name.as_str().to_owned()));
        }
        let operator = match key.value_type {
            // Comparisons of ARNs know wildcards; equal texts are wanted.
            ConditionKeyType::String | ConditionKeyType::Arn => "StringEquals",
            ConditionKeyType::Bool => "Bool",
            ConditionKeyType::Numeric => "NumericEquals",
            ConditionKeyType::IpAddress => "IpAddress",
            ConditionKeyType::Date => return Err(ConditionKeyError::Times(key.name.to_owned())),
            ConditionKeyType::Binary | ConditionKeyType::Other => {
                return Err(ConditionKeyError::Type(key.name.to_owned()));
            }
        };
        if key.name == "aws:EpochTime" {
            return Err(ConditionKeyError::Times(key.name.to_owned()));
        }
        keys.push(ConditionKey {
            name: name.clone(),
            written: key.name,
            operator,
            is_multivalued: key.multivalued,
            is_asked: true,
        });
    }
    Ok(keys)
}

type Shared = (BTreeSet<String>, Vec<Condition>);

/// Statements for the pairs.
pub(super) fn draft(pairs: &Pairs, keys: &[ConditionKey], how: Generalise) -> Draft {
    let mut draft = Draft::default();
    let mut left_out: BTreeMap<&'static str, Vec<Box<str>>> = BTreeMap::new();
    // Actions by what they share: resources and conditions.
    let mut merged: BTreeMap<Shared, BTreeSet<Box<str>>> = BTreeMap::new();
    for (name, resources, calls, values) in by_action(pairs) {
        draft.actions.insert(name.into(), calls);
        let made = patterns(action(name), resources.into_iter(), how);
        draft.kept_exact.extend(made.kept_exact);
        if made.patterns.is_empty() {
            continue;
        }
        let mut conditions = Vec::new();
        for (key, values) in keys.iter().zip(values) {
            match condition(key, values) {
                Some(condition) => conditions.push(condition),
                None if key.is_asked => {
                    left_out.entry(key.written).or_default().push(name.into());
                }
                None => {}
            }
        }
        merged
            .entry((made.patterns, conditions))
            .or_default()
            .insert(name.into());
    }
    let statements = merged.into_iter();
    draft.statements = statements
        .map(|((resources, conditions), actions)| Statement {
            actions,
            resources,
            conditions,
        })
        .collect();
    draft
        .statements
        .sort_by(|one, other| one.actions.cmp(&other.actions));
    draft.left_out = left_out
        .into_iter()
        .map(|(key, actions)| LeftOut { key, actions })
        .collect();
    draft
}

type OfAction<'a> = (&'a str, Vec<(&'a str, Precision)>, u64, Vec<Values>);

/// The pairs of each action together; their order puts the same actions side by side.
fn by_action(pairs: &Pairs) -> Vec<OfAction<'_>> {
    let mut all: Vec<OfAction<'_>> = Vec::new();
    for (pair, seen) in &pairs.of {
        let name = pair.action.as_str();
        let resource = (&*pair.resource, pair.precision);
        match all.last_mut() {
            Some((last, resources, calls, values)) if *last == name => {
                resources.push(resource);
                *calls += seen.calls;
                for (ours, theirs) in values.iter_mut().zip(&seen.values) {
                    ours.merge(theirs.clone());
                }
            }
            _ => all.push((name, vec![resource], seen.calls, seen.values.clone())),
        }
    }
    all
}

fn condition(key: &ConditionKey, values: Values) -> Option<Condition> {
    let Values::All(values) = values else {
        return None;
    };
    let characters: usize = values.iter().map(|value| value.len()).sum();
    let is_writable = values.iter().all(|value| escape::is_writable(value));
    (is_writable && characters <= MOST_CHARACTERS).then_some(Condition {
        operator: key.operator,
        key: key.written,
        values,
        is_multivalued: key.is_multivalued,
    })
}

impl Statement {
    /// The statement for one of its actions alone, cut after every `most` resources.
    pub(super) fn pieces_for(&self, action: &str, most: usize) -> Vec<Self> {
        let resources: Vec<&String> = self.resources.iter().collect();
        let pieces = resources.chunks(most.max(1));
        pieces
            .map(|resources| Self {
                actions: BTreeSet::from([action.into()]),
                resources: resources
                    .iter()
                    .map(|resource| (*resource).clone())
                    .collect(),
                conditions: self.conditions.clone(),
            })
            .collect()
    }

    /// The statement in the policy language.
    pub(super) fn to_json(&self) -> Value {
        let mut statement = Map::new();
        statement.insert("Effect".to_owned(), "Allow".into());
        statement.insert(
            "Action".to_owned(),
            list(self.actions.iter().map(|action| (**action).to_owned())),
        );
        statement.insert("Resource".to_owned(), list(self.resources.iter().cloned()));
        let mut block: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
        for condition in &self.conditions {
            let values = condition.values.iter();
            let values = list(values.map(|value| escape::exact(value)));
            let operator = if condition.is_multivalued {
                // A request without the key would satisfy the comparison of all its values.
                block
                    .entry("Null".to_owned())
                    .or_default()
                    .insert(condition.key.to_owned(), json!("false"));
                format!("ForAllValues:{}", condition.operator)
            } else {
                condition.operator.to_owned()
            };
            block
                .entry(operator)
                .or_default()
                .insert(condition.key.to_owned(), values);
        }
        if !block.is_empty() {
            let block = block
                .into_iter()
                .map(|(operator, keys)| (operator, Value::Object(keys)));
            statement.insert("Condition".to_owned(), Value::Object(block.collect()));
        }
        Value::Object(statement)
    }
}

/// A single value without a list.
fn list(values: impl Iterator<Item = String>) -> Value {
    let mut values: Vec<Value> = values.map(Value::from).collect();
    if values.len() == 1
        && let Some(single) = values.pop()
    {
        return single;
    }
    Value::Array(values)
}
