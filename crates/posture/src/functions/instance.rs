//! Instances: their types, their number and where they keep data.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::{Map, Value as Json};

use super::{Answered, Function, text_argument};
use crate::context::Context;
use crate::expression::{ReasonCode, Unknown, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "instance_has_local_storage",
        arity: 1,
        run: instance_has_local_storage,
    },
    Function {
        name: "instance_types",
        arity: 1,
        run: instance_types,
    },
    Function {
        name: "instance_count",
        arity: 1,
        run: instance_count,
    },
];

/// Families and whether they have local storage.
static FAMILIES: LazyLock<HashMap<&'static str, bool>> =
    LazyLock::new(|| families(include_str!("../../data/local-storage-instances.txt")));

fn families(table: &'static str) -> HashMap<&'static str, bool> {
    let mut families = HashMap::new();
    for line in table.lines() {
        let (local, names) = match line.split_once(": ") {
            Some(("local", names)) => (true, names),
            Some(("volume", names)) => (false, names),
            _ => continue,
        };
        families.extend(names.split_ascii_whitespace().map(|name| (name, local)));
    }
    families
}

/// `instance_has_local_storage(type)`: whether data lies on local NVMe storage, for which AWS takes no
/// key, instead of a volume.
fn instance_has_local_storage<'a>(_: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let name = text_argument(arguments, 0)?;
    let bare = name.strip_prefix("ml.").unwrap_or(name);
    let family = bare.split('.').next().unwrap_or_default();
    match FAMILIES.get(family) {
        Some(local) => Ok(Value::Bool(*local)),
        None => Err(Unknown::new(
            ReasonCode::ModelGap,
            format!("it is not known whether instances of type `{name}` have local storage"),
        )),
    }
}

/// The lists in which configurations of resources name several kinds of instances.
const LISTS: [&str; 4] = [
    "InstanceGroups",
    "InstanceConfigs",
    "InstancePools",
    "InstancePreferences",
];

/// `instance_types(configuration)`: the types that a configuration of resources, a cluster or a variant
/// names. There is at least one.
fn instance_types<'a>(_: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let configuration = configuration(arguments)?;
    let mut types = Vec::new();
    types.extend(text(configuration, "InstanceType")?);
    for name in LISTS {
        for element in list(configuration, name)? {
            types.extend(text(object(element)?, "InstanceType")?);
        }
    }
    match types.is_empty() {
        false => Ok(Value::texts(types)),
        true => Err(Unknown::new(
            ReasonCode::AbsentField,
            "no instance type is named",
        )),
    }
}

/// `instance_count(configuration)`: how many instances work together: the sum of groups, the largest of
/// alternatives.
fn instance_count<'a>(_: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let configuration = configuration(arguments)?;
    let missing = || {
        Unknown::new(
            ReasonCode::AbsentField,
            "the number of instances is missing",
        )
    };
    let groups = list(configuration, "InstanceGroups")?;
    if !groups.is_empty() {
        let mut total = 0_i64;
        for group in groups {
            let count = number(object(group)?, "InstanceCount")?.ok_or_else(missing)?;
            total = total.saturating_add(count);
        }
        return Ok(Value::Int(total));
    }
    let mut largest = None;
    for alternative in list(configuration, "InstanceConfigs")? {
        let count = number(object(alternative)?, "InstanceCount")?.ok_or_else(missing)?;
        largest = largest.max(Some(count));
    }
    if let Some(largest) = largest {
        return Ok(Value::Int(largest));
    }
    for name in ["InstanceCount", "SelectedInstanceCount"] {
        if let Some(count) = number(configuration, name)? {
            return Ok(Value::Int(count));
        }
    }
    Err(missing())
}

fn configuration<'a>(arguments: &[Value<'a>]) -> Result<&'a Map<String, Json>, Unknown> {
    match arguments.first() {
        Some(Value::Json(json)) => object(json),
        Some(other) => Err(other.is_not("an object")),
        None => Err(Unknown::new(ReasonCode::Unsupported, "no argument")),
    }
}

fn object(json: &Json) -> Result<&Map<String, Json>, Unknown> {
    // A marker of an unknown value is an object as well.
    let value = Value::of(json)?;
    json.as_object().ok_or_else(|| value.is_not("an object"))
}

fn member<'a>(object: &'a Map<String, Json>, name: &str) -> Result<Value<'a>, Unknown> {
    object.get(name).map_or(Ok(Value::Null), Value::of)
}

fn text(object: &Map<String, Json>, name: &str) -> Result<Option<String>, Unknown> {
    match member(object, name)? {
        Value::Null => Ok(None),
        Value::Text(text) if text.is_empty() => Ok(None),
        Value::Text(text) => Ok(Some(text.into_owned())),
        other => Err(other.is_not("text")),
    }
}

fn number(object: &Map<String, Json>, name: &str) -> Result<Option<i64>, Unknown> {
    match member(object, name)? {
        Value::Null => Ok(None),
        Value::Int(number) => Ok(Some(number)),
        other => Err(other.is_not("a whole number")),
    }
}

fn list<'a>(object: &'a Map<String, Json>, name: &str) -> Result<&'a [Json], Unknown> {
    match member(object, name)? {
        Value::Null => Ok(&[]),
        Value::Json(Json::Array(list)) => Ok(list),
        other => Err(other.is_not("a list")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_stands_in_the_table_once() {
        let table = include_str!("../../data/local-storage-instances.txt");
        let lines = table.lines().filter(|line| !line.starts_with('#'));
        let names = lines.flat_map(|line| line.split_ascii_whitespace().skip(1));
        assert_eq!(names.count(), FAMILIES.len());
        assert_eq!(FAMILIES.get("g5"), Some(&true));
        assert_eq!(FAMILIES.get("m5"), Some(&false));
        assert_eq!(FAMILIES.get("g7"), None);
    }
}
