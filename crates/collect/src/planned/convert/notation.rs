//! Single values in the notation of AWS.

use rempart_aws_model::{Shape, ShapeKind};
use serde_json::{Map, Value};

use crate::planned::map::Transform;
use crate::planned::unknown::{contains_unknown, unknown};

/// The names of key and value when a structure is a pair of these.
pub(super) fn pair_members(shape: Shape) -> Option<(&'static str, &'static str)> {
    let mut names = shape.members().map(|member| member.name);
    match (names.next(), names.next(), names.next()) {
        (Some(key @ ("Key" | "key" | "TagKey" | "Name")), Some(value), None) => Some((key, value)),
        _ => None,
    }
}

pub(super) fn pairs(tags: &Map<String, Value>, key: &str, text: &str) -> Value {
    let pair = |(name, value): (&String, &Value)| {
        let mut pair = Map::new();
        pair.insert(key.to_owned(), Value::String(name.clone()));
        pair.insert(text.to_owned(), value.clone());
        Value::Object(pair)
    };
    Value::Array(tags.iter().map(pair).collect())
}

pub(super) fn as_boolean(value: &Value) -> Option<Value> {
    match value {
        Value::Bool(_) => Some(value.clone()),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(Value::Bool(true)),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(Value::Bool(false)),
        _ => None,
    }
}

pub(super) fn as_number(value: &Value) -> Option<Value> {
    match value {
        Value::Number(_) => Some(value.clone()),
        Value::String(text) => serde_json::from_str(text)
            .ok()
            .filter(|number: &Value| number.is_number()),
        _ => None,
    }
}

/// A boolean where AWS has a word for it.
pub(super) fn as_enum(shape: Shape, value: &Value) -> Value {
    let words: [&str; 6] = match value {
        Value::Bool(true) => ["Enabled", "ENABLED", "enabled", "ENABLE", "True", "true"],
        Value::Bool(false) => [
            "Disabled", "DISABLED", "disabled", "DISABLE", "False", "false",
        ],
        _ => return value.clone(),
    };
    let word = shape
        .enum_values()
        .find(|known| words.iter().any(|word| word == known));
    word.map_or_else(|| value.clone(), |word| Value::String(word.to_owned()))
}

pub(super) fn as_text(value: &Value) -> Option<Value> {
    match value {
        Value::String(_) => Some(value.clone()),
        Value::Number(number) => Some(Value::String(number.to_string())),
        Value::Bool(flag) => Some(Value::String(flag.to_string())),
        // A policy written out where the API has its text.
        Value::Object(_) if !contains_unknown(value) => Some(Value::String(value.to_string())),
        Value::Object(_) => Some(unknown("a part of the document is unknown")),
        Value::Null | Value::Array(_) => None,
    }
}

pub(super) fn transformed(transform: Transform, value: &Value) -> Option<Value> {
    let is_on = match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => text.parse::<bool>().ok(),
        _ => None,
    };
    let text = || as_text(value).and_then(|text| text.as_str().map(str::to_owned));
    Some(match transform {
        Transform::Enabled => Value::from(if is_on? { "Enabled" } else { "Disabled" }),
        Transform::EnabledUpper => Value::from(if is_on? { "ENABLED" } else { "DISABLED" }),
        Transform::Split => {
            let text = text()?;
            let items = text
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty());
            Value::Array(items.map(Value::from).collect())
        }
    })
}

pub(super) const fn kind_name(kind: ShapeKind) -> &'static str {
    match kind {
        ShapeKind::Boolean => "a boolean",
        ShapeKind::Integer | ShapeKind::Long | ShapeKind::Float | ShapeKind::Double => "a number",
        _ => "text",
    }
}
