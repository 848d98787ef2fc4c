//! Writes answers as XML: the reverse of what a reader does with the tables of names on the wire.

use std::fmt::Write as _;

use rempart_aws_model::{ApiOperation, Level, Place, Protocol, Shape, ShapeKind};
use serde_json::{Map, Value};

use super::encode::iso_time;

/// The document of an answer, with the request's identifier where the protocol has it in the body.
pub(super) fn document(
    operation: &'static ApiOperation,
    body: &Map<String, Value>,
    request: &str,
) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let name = operation.name();
    let output = operation.output();
    match operation.protocol() {
        Protocol::Query => {
            let _ = write!(
                out,
                "<{name}Response xmlns=\"https://aws.amazon.com/doc/\">"
            );
            match operation.result_wrapper() {
                Some(wrapper) => element(&mut out, operation, wrapper, output, body),
                None => members(&mut out, operation, output, body),
            }
            let _ = write!(
                out,
                "<ResponseMetadata><RequestId>{request}</RequestId></ResponseMetadata></{name}Response>"
            );
        }
        Protocol::Ec2Query => {
            let _ = write!(out, "<{name}Response><requestId>{request}</requestId>");
            members(&mut out, operation, output, body);
            let _ = write!(out, "</{name}Response>");
        }
        _ => rest(&mut out, operation, output, body),
    }
    out
}

/// A REST answer: its payload is the document, or else its members lie in one named after the shape.
fn rest(
    out: &mut String,
    operation: &'static ApiOperation,
    output: Option<Shape>,
    body: &Map<String, Value>,
) {
    let payload = operation.payload();
    if let (Some(member), Some(output)) = (payload, output) {
        let inner = body.get(member).and_then(Value::as_object);
        let shape = output.member(member).map(|member| member.shape);
        let empty = Map::new();
        element(out, operation, member, shape, inner.unwrap_or(&empty));
        return;
    }
    // GetBucketLocation answers its only member as the document.
    if operation.full_name() == "s3:GetBucketLocation" {
        let text = body.get("LocationConstraint").and_then(Value::as_str);
        let _ = write!(
            out,
            "<LocationConstraint>{}</LocationConstraint>",
            escaped(text.unwrap_or_default())
        );
        return;
    }
    let name = output.and_then(|output| output.name()).unwrap_or("Result");
    element(out, operation, name, output, body);
}

/// A structure as an element, with the members that are attributes.
fn element(
    out: &mut String,
    operation: &'static ApiOperation,
    name: &str,
    shape: Option<Shape>,
    body: &Map<String, Value>,
) {
    let _ = write!(out, "<{name}");
    let mut namespaces = false;
    for (member, value) in body {
        let Some(wire) = wire_of(operation, shape, member) else {
            continue;
        };
        if wire.place == Place::Attribute {
            // `xsi:type` of grantees.
            if wire.name.starts_with("xsi:") && !namespaces {
                namespaces = true;
                out.push_str(" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"");
            }
            let _ = write!(out, " {}=\"{}\"", wire.name, escaped(&text(value, false)));
        }
    }
    out.push('>');
    members(out, operation, shape, body);
    let _ = write!(out, "</{name}>");
}

fn wire_of(
    operation: &'static ApiOperation,
    shape: Option<Shape>,
    member: &str,
) -> Option<rempart_aws_model::Wire> {
    let shape = shape?;
    let known = shape.member(member)?;
    Some(operation.answer_wire(shape.name().unwrap_or_default(), known.name))
}

fn members(
    out: &mut String,
    operation: &'static ApiOperation,
    shape: Option<Shape>,
    body: &Map<String, Value>,
) {
    for (name, value) in body {
        let member = shape.and_then(|shape| shape.member(name));
        let Some(member) = member else {
            // A member that the model does not know.
            let _ = write!(out, "<{name}>{}</{name}>", escaped(&text(value, false)));
            continue;
        };
        let structure = shape.and_then(|shape| shape.name()).unwrap_or_default();
        let wire = operation.answer_wire(structure, member.name);
        if wire.place == Place::Body {
            held(out, operation, wire.name, member.shape, value, &wire.levels);
        }
    }
}

/// A value in its element or elements.
fn held(
    out: &mut String,
    operation: &'static ApiOperation,
    name: &str,
    shape: Shape,
    value: &Value,
    levels: &[Level],
) {
    let inner = shape.element().unwrap_or(shape);
    let rest = levels.get(1..).unwrap_or_default();
    match (levels.first(), value) {
        (Some(Level::FlatList), Value::Array(items)) => {
            for item in items {
                held(out, operation, name, inner, item, rest);
            }
        }
        (Some(Level::List(item_name)), Value::Array(items)) => {
            let _ = write!(out, "<{name}>");
            for item in items {
                held(out, operation, item_name, inner, item, rest);
            }
            let _ = write!(out, "</{name}>");
        }
        (
            Some(Level::Map {
                flattened,
                key,
                value: value_name,
            }),
            Value::Object(entries),
        ) => {
            let entry = if *flattened { name } else { "entry" };
            if !flattened {
                let _ = write!(out, "<{name}>");
            }
            for (entry_key, entry_value) in entries {
                let _ = write!(out, "<{entry}><{key}>{}</{key}>", escaped(entry_key));
                held(out, operation, value_name, inner, entry_value, rest);
                let _ = write!(out, "</{entry}>");
            }
            if !flattened {
                let _ = write!(out, "</{name}>");
            }
        }
        (_, Value::Object(body)) if shape.kind() == ShapeKind::Structure => {
            element(out, operation, name, Some(shape), body);
        }
        _ => {
            let is_time = shape.kind() == ShapeKind::Timestamp;
            let _ = write!(out, "<{name}>{}</{name}>", escaped(&text(value, is_time)));
        }
    }
}

fn text(value: &Value, is_time: bool) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) if is_time => iso_time(number.as_f64().unwrap_or_default()),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            other => out.push(other),
        }
    }
    out
}
