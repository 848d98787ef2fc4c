//! The planned values of a resource: what is known, what is not, and what it refers to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::configuration::Configuration;
use crate::planned::unknown::{AFTER_APPLY, CHOSEN_BY_AWS, Reference, reference, unknown};

/// Merges `after`, `after_unknown` and the configuration of one resource.
pub(super) struct Merge<'a> {
    pub(super) configuration: &'a Configuration<'a>,
    /// Address of the module instance.
    pub(super) module: &'a str,
    /// Index of the resource instance, as in its address.
    pub(super) index: Option<&'a str>,
    /// Type of a new resource: what its configuration leaves out is absent.
    pub(super) new: Option<&'a str>,
}

/// Attributes that may be left out, by type.
static OPTIONAL: LazyLock<BTreeMap<&str, BTreeSet<&str>>> = LazyLock::new(|| {
    let lines = include_str!("../../../data/terraform-optional.txt").lines();
    let lines = lines.filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once(' '))
        .map(|(type_name, attributes)| (type_name, attributes.split(' ').collect()))
        .collect()
});

/// What the configuration writes where a value stands.
#[derive(Clone, Copy)]
enum Written<'v> {
    /// Cannot be told.
    Unclear,
    Nothing,
    Expression(&'v Value),
}

impl Merge<'_> {
    pub(super) fn values(
        &self,
        after: Map<String, Value>,
        after_unknown: &Value,
        expressions: Option<&Value>,
    ) -> Map<String, Value> {
        let mut values = known(after);
        let Value::Object(unknown) = after_unknown else {
            return values;
        };
        for (name, unknown) in unknown {
            let written = match expressions {
                None => Written::Unclear,
                Some(expressions) => match expressions.get(name) {
                    Some(expression) => Written::Expression(expression),
                    None => Written::Nothing,
                },
            };
            let value = values.remove(name).unwrap_or_default();
            let merged = self.value(name, value, unknown, written);
            if !merged.is_null() {
                values.insert(name.clone(), merged);
            }
        }
        values
    }

    /// The value of the attribute at a dotted path; null when it is not given.
    fn value(&self, path: &str, value: Value, unknown: &Value, written: Written<'_>) -> Value {
        match unknown {
            Value::Bool(true) => self.unknown(path, written),
            Value::Object(members) => {
                let mut values = match value {
                    Value::Object(values) => values,
                    Value::Null if members.is_empty() => return Value::Null,
                    _ => Map::new(),
                };
                for (member, unknown) in members {
                    let inner = match written {
                        Written::Expression(expression) => match expression.get(member) {
                            Some(inner) => Written::Expression(inner),
                            // A map of values: one expression for all of it.
                            None if expression.get("references").is_some() => Written::Unclear,
                            None => Written::Nothing,
                        },
                        other => other,
                    };
                    let value = values.remove(member).unwrap_or_default();
                    let path = format!("{path}.{member}");
                    values.insert(member.clone(), self.value(&path, value, unknown, inner));
                }
                Value::Object(values)
            }
            Value::Array(items) => {
                let mut values = match value {
                    Value::Array(values) => values,
                    Value::Null if items.is_empty() => return Value::Null,
                    _ => Vec::new(),
                };
                if values.len() < items.len() {
                    values.resize(items.len(), Value::Null);
                }
                let count = items
                    .iter()
                    .filter(|item| **item == Value::Bool(true))
                    .count();
                let mut references = match written {
                    Written::Expression(expression) if count > 0 => {
                        self.elements(path, expression, count).into_iter()
                    }
                    _ => Vec::new().into_iter(),
                };
                let length = values.len();
                for (position, (slot, unknown)) in values.iter_mut().zip(items).enumerate() {
                    if *unknown == Value::Bool(true)
                        && let Some(found) = references.next()
                    {
                        *slot = reference(AFTER_APPLY, &found);
                        continue;
                    }
                    let inner = match written {
                        // Blocks that a `dynamic` block makes are not among the expressions.
                        Written::Expression(Value::Array(blocks)) if blocks.len() == length => {
                            blocks
                                .get(position)
                                .map_or(Written::Unclear, Written::Expression)
                        }
                        _ => Written::Unclear,
                    };
                    *slot = self.value(path, std::mem::take(slot), unknown, inner);
                }
                Value::Array(values)
            }
            _ => value,
        }
    }

    fn unknown(&self, path: &str, written: Written<'_>) -> Value {
        let name = last(path);
        let expression = match written {
            Written::Nothing => {
                let optional = self.new.and_then(|type_name| OPTIONAL.get(type_name));
                let may_be_absent = optional.is_some_and(|optional| optional.contains(path));
                return if may_be_absent {
                    Value::Null
                } else {
                    unknown(CHOSEN_BY_AWS)
                };
            }
            Written::Unclear => return unknown(AFTER_APPLY),
            Written::Expression(expression) => expression,
        };
        if !holds_identifiers(name) {
            return unknown(AFTER_APPLY);
        }
        let found = self
            .configuration
            .references(self.module, self.index, name, expression);
        match found {
            Some(found) if is_list(name) && !found.is_empty() => {
                let mut items: Vec<_> = found
                    .iter()
                    .map(|one| reference(AFTER_APPLY, one))
                    .collect();
                // A literal beside the references would not show.
                items.push(unknown("known after apply: there may be more"));
                Value::Array(items)
            }
            Some(found) => match found.as_slice() {
                [one] => reference(AFTER_APPLY, one),
                _ => unknown(AFTER_APPLY),
            },
            None => unknown(AFTER_APPLY),
        }
    }

    /// What the elements of a list refer to, when there is one reference for each unknown element.
    fn elements(&self, path: &str, expression: &Value, count: usize) -> Vec<Reference> {
        let name = last(path);
        if !holds_identifiers(name) {
            return Vec::new();
        }
        let found = self
            .configuration
            .references(self.module, self.index, name, expression);
        found
            .filter(|found| found.len() == count)
            .unwrap_or_default()
    }
}

/// Values without the members that are null: not given.
pub(super) fn known(values: Map<String, Value>) -> Map<String, Value> {
    values
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .collect()
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// Whether an attribute holds identifiers of resources, so that a reference to one is its value.
fn holds_identifiers(name: &str) -> bool {
    const NAMES: [&str; 17] = [
        "role",
        "roles",
        "user",
        "users",
        "group",
        "groups",
        "bucket",
        "subnets",
        "security_groups",
        "kms_key",
        "encryption_key",
        "repository",
        "domain",
        "rule",
        "execution_role",
        "target",
        "alarm_actions",
    ];
    const ENDINGS: [&str; 9] = [
        "_arn",
        "_arns",
        "_id",
        "_ids",
        "_role",
        "_name",
        "_bucket",
        "_identifier",
        "_principal",
    ];
    NAMES.contains(&name)
        || name == "arn"
        || ENDINGS.iter().any(|ending| name.ends_with(ending)) && name != "display_name"
}

fn is_list(name: &str) -> bool {
    name.ends_with("_ids")
        || name.ends_with("_arns")
        || name.ends_with("_actions")
        || ["roles", "users", "groups", "subnets", "security_groups"].contains(&name)
}
