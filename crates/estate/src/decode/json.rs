//! JSON answers whose members are not called on the wire as in the API: GuardDuty and others.

use rempart_aws_model::{ApiOperation, Place, Protocol};
use rempart_aws_model::{Shape, ShapeKind};
use serde_json::{Map, Value};

/// Deeper values are kept as they are.
const DEEPEST: usize = 64;

/// Whether names of the operation's answer may differ.
pub(super) fn renames(api: &ApiOperation) -> bool {
    api.protocol() == Protocol::RestJson
}

/// The value under the names of the API.
pub(super) fn rename(api: &'static ApiOperation, value: Value) -> Value {
    match api.output() {
        Some(shape) => walk(api, shape, value, 0),
        None => value,
    }
}

fn walk(api: &'static ApiOperation, shape: Shape, value: Value, depth: usize) -> Value {
    if depth > DEEPEST {
        return value;
    }
    match (shape.kind(), value) {
        (ShapeKind::Structure, Value::Object(members)) => {
            Value::Object(structure(api, shape, members, depth))
        }
        (ShapeKind::List, Value::Array(elements)) => {
            let element = shape.element();
            let renamed = elements.into_iter().map(|value| match element {
                Some(element) => walk(api, element, value, depth + 1),
                None => value,
            });
            Value::Array(renamed.collect())
        }
        (ShapeKind::Map, Value::Object(members)) => {
            let element = shape.element();
            let renamed = members.into_iter().map(|(name, value)| match element {
                Some(element) => (name, walk(api, element, value, depth + 1)),
                None => (name, value),
            });
            Value::Object(renamed.collect())
        }
        (_, value) => value,
    }
}

fn structure(
    api: &'static ApiOperation,
    shape: Shape,
    members: Map<String, Value>,
    depth: usize,
) -> Map<String, Value> {
    let structure = shape.name().unwrap_or_default();
    let known: Vec<_> = shape
        .members()
        .map(|member| (api.answer_wire(structure, member.name), member))
        .filter(|(wire, _)| wire.place == Place::Body)
        .collect();
    let mut renamed = Map::new();
    for (name, value) in members {
        let on_wire = known.iter().find(|(wire, _)| wire.name == name);
        let found = on_wire.or_else(|| known.iter().find(|(_, member)| member.name == name));
        match found {
            Some((_, member)) => {
                let value = walk(api, member.shape, value, depth + 1);
                renamed.insert(member.name.to_owned(), value);
            }
            None => {
                renamed.insert(name, value);
            }
        }
    }
    renamed
}
