//! Reading the members of a mapping, each with its place.

use rempart_sigma::yaml::{Node, Position, Yaml};
use serde_json::{Map, Number, Value as Json};

use super::faults::Fault;

/// Checks that a mapping has no other members than these.
pub(super) fn only(node: &Node, what: &str, known: &[&str]) -> Result<(), Fault> {
    if !matches!(node.value, Yaml::Map(_)) {
        return Err(Fault::new(
            node.at,
            format!("{what} is a mapping, not {}", node.kind()),
        ));
    }
    for entry in node.entries() {
        if !known.contains(&entry.key.as_str()) {
            return Err(Fault::new(
                entry.at,
                format!(
                    "`{}` is no member of {what}: {} are",
                    entry.key,
                    known.join(", ")
                ),
            ));
        }
    }
    Ok(())
}

/// A member that must be text.
pub(super) fn required(node: &Node, name: &str) -> Result<String, Fault> {
    match optional(node, name)? {
        Some(text) if !text.trim().is_empty() => Ok(text),
        _ => Err(Fault::new(node.at, format!("`{name}` is missing"))),
    }
}

/// A member that may be text.
pub(super) fn optional(node: &Node, name: &str) -> Result<Option<String>, Fault> {
    let Some(value) = node.get(name) else {
        return Ok(None);
    };
    match value.scalar() {
        Some(text) => Ok(Some(text.trim_end().to_owned())),
        None => Err(Fault::new(
            value.at,
            format!("`{name}` is text, not {}", value.kind()),
        )),
    }
}

/// A member that may be a boolean; false when missing.
pub(super) fn flag(node: &Node, name: &str) -> Result<bool, Fault> {
    match node.get(name).map(|value| (&value.value, value.at)) {
        None => Ok(false),
        Some((Yaml::Bool(value), _)) => Ok(*value),
        Some((_, at)) => Err(Fault::new(at, format!("`{name}` is true or false"))),
    }
}

/// A member that may be a list of texts; empty when missing.
pub(super) fn texts(node: &Node, name: &str) -> Result<Vec<String>, Fault> {
    let Some(value) = node.get(name) else {
        return Ok(Vec::new());
    };
    text_list(value, name)
}

/// A list of texts.
pub(super) fn text_list(value: &Node, name: &str) -> Result<Vec<String>, Fault> {
    let Yaml::List(nodes) = &value.value else {
        return Err(Fault::new(value.at, format!("`{name}` is a list")));
    };
    let mut texts = Vec::new();
    for node in nodes {
        match node.scalar() {
            Some(text) => texts.push(text.to_owned()),
            None => return Err(Fault::new(node.at, format!("`{name}` is a list of texts"))),
        }
    }
    Ok(texts)
}

/// A member that may be a list; empty when missing.
pub(super) fn list<'n>(node: &'n Node, name: &str) -> Result<&'n [Node], Fault> {
    match node.get(name) {
        None => Ok(&[]),
        Some(value) => match &value.value {
            Yaml::List(nodes) => Ok(nodes),
            _ => Err(Fault::new(
                value.at,
                format!("`{name}` is a list, not {}", value.kind()),
            )),
        },
    }
}

/// A member that may be a mapping with any members; empty when missing.
pub(super) fn mapping(node: &Node, name: &str) -> Result<Map<String, Json>, Fault> {
    match node.get(name) {
        None => Ok(Map::new()),
        Some(value) => match json(value)? {
            Json::Object(object) => Ok(object),
            _ => Err(Fault::new(
                value.at,
                format!("`{name}` is a mapping, not {}", value.kind()),
            )),
        },
    }
}

/// A node as JSON; an error has its place and reason.
pub(crate) fn node_json(node: &Node) -> Result<Json, (Position, String)> {
    json(node).map_err(|fault| (fault.at, fault.reason))
}

/// A node as JSON.
pub(super) fn json(node: &Node) -> Result<Json, Fault> {
    Ok(match &node.value {
        Yaml::Null => Json::Null,
        Yaml::Bool(value) => Json::Bool(*value),
        Yaml::Number(text) => Json::Number(number(text, node.at)?),
        Yaml::Text(text) => Json::String(text.clone()),
        Yaml::List(nodes) => Json::Array(nodes.iter().map(json).collect::<Result<_, _>>()?),
        Yaml::Map(entries) => {
            let mut object = Map::new();
            for entry in entries {
                object.insert(entry.key.clone(), json(&entry.value)?);
            }
            Json::Object(object)
        }
    })
}

fn number(text: &str, at: Position) -> Result<Number, Fault> {
    if let Ok(whole) = text.trim_start_matches('+').parse::<i64>() {
        return Ok(Number::from(whole));
    }
    text.parse::<f64>()
        .ok()
        .and_then(Number::from_f64)
        .ok_or_else(|| Fault::new(at, format!("`{text}` is no number that JSON has")))
}
