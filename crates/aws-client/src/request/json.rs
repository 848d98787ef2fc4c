//! JSON bodies.

use rempart_aws_model::{ApiOperation, Input, Place, Shape, ShapeKind};
use serde_json::{Map, Value};

use super::{fits, in_body, unfit, unknown};
use crate::call::CallError;

/// Values nested deeper are refused.
const DEEPEST: usize = 32;

/// The body of an awsJson request: the parameters as they are.
pub(super) fn aws_json(
    operation: &'static ApiOperation,
    parameters: &Map<String, Value>,
) -> Result<Vec<u8>, CallError> {
    let shape = operation.input();
    let value = match shape {
        Some(shape) => on_the_wire(operation, shape, parameters, "", 0)?,
        None => Value::Object(Map::new()),
    };
    Ok(value.to_string().into_bytes())
}

/// The body of a restJson request; `None` when the operation has none.
pub(super) fn rest_json(
    operation: &'static ApiOperation,
    inputs: &[(Input, &Value)],
) -> Result<Option<Vec<u8>>, CallError> {
    let mut members = Map::new();
    for (input, value) in inputs.iter().filter(|(input, _)| in_body(input)) {
        let value = converted(operation, input.shape, value, input.name, 0)?;
        if input.wire.place == Place::Payload {
            return Ok(Some(value.to_string().into_bytes()));
        }
        members.insert(input.wire.name.to_owned(), value);
    }
    let has_body = operation.inputs().any(|input| in_body(&input));
    Ok(has_body.then(|| Value::Object(members).to_string().into_bytes()))
}

fn on_the_wire(
    operation: &'static ApiOperation,
    shape: Shape,
    members: &Map<String, Value>,
    path: &str,
    depth: usize,
) -> Result<Value, CallError> {
    let structure = shape.name().unwrap_or_default();
    let mut written = Map::new();
    for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
        let path = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        let Some(member) = shape.member(name) else {
            return Err(unknown(operation, path));
        };
        let value = converted(operation, member.shape, value, &path, depth + 1)?;
        let wire = operation.request_wire(structure, member.name);
        written.insert(wire.name.to_owned(), value);
    }
    Ok(Value::Object(written))
}

/// A value with the names of the wire.
fn converted(
    operation: &'static ApiOperation,
    shape: Shape,
    value: &Value,
    path: &str,
    depth: usize,
) -> Result<Value, CallError> {
    if depth > DEEPEST {
        return Err(unfit(operation, path, "it is nested too deeply"));
    }
    if !fits(shape.kind(), value) {
        return Err(unfit(operation, path, "it is of another type"));
    }
    Ok(match (shape.kind(), value) {
        (ShapeKind::Structure, Value::Object(members)) => {
            on_the_wire(operation, shape, members, path, depth)?
        }
        (ShapeKind::List, Value::Array(items)) => {
            let mut written = Vec::new();
            for item in items {
                written.push(match shape.element() {
                    Some(element) => converted(operation, element, item, path, depth + 1)?,
                    None => item.clone(),
                });
            }
            Value::Array(written)
        }
        (ShapeKind::Map, Value::Object(entries)) => {
            let mut written = Map::new();
            for (key, item) in entries {
                let item = match shape.element() {
                    Some(element) => converted(operation, element, item, path, depth + 1)?,
                    None => item.clone(),
                };
                written.insert(key.clone(), item);
            }
            Value::Object(written)
        }
        _ => value.clone(),
    })
}
