//! Bodies of answers as JSON, under the member names of the API.

mod document;
mod json;
mod partial;
mod xml;

use rempart_aws_model::{ApiOperation, ShapeKind, api_operation};
use serde_json::{Map, Value};

pub use document::{policy_document, policy_text};
pub(crate) use partial::Heads;

/// Largest body that is read.
pub(crate) const LARGEST_BODY: usize = 64 << 20;

/// Why a body cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{operation}: {reason}")]
pub struct DecodeError {
    /// The operation.
    pub operation: String,
    /// What is wrong.
    pub reason: String,
}

/// The body as JSON, with the member names of the API. XML answers and JSON answers whose names on
/// the wire differ are read with the tables of `aws-model`; a body that is JSON is taken for one
/// whatever the protocol. Members that the tables do not know are kept under their own name.
pub fn decode(operation: &str, body: &[u8]) -> Result<Value, DecodeError> {
    read(operation, body, None)
}

/// As [`decode`], but members that are none of `heads` may be left out.
pub(crate) fn decode_heads(
    operation: &str,
    body: &[u8],
    heads: &Heads,
) -> Result<Value, DecodeError> {
    read(operation, body, Some(heads))
}

fn read(operation: &str, body: &[u8], heads: Option<&Heads>) -> Result<Value, DecodeError> {
    let failed = |reason: String| DecodeError {
        operation: operation.to_owned(),
        reason,
    };
    if body.len() > LARGEST_BODY {
        return Err(failed(format!("larger than {LARGEST_BODY} bytes")));
    }
    let api = api_operation(operation);
    let Some(first) = body.iter().find(|byte| !byte.is_ascii_whitespace()) else {
        return Ok(Value::Object(Map::new()));
    };
    if let Some(member) = api.and_then(text_payload) {
        return text_body(body, member).map_err(failed);
    }
    if *first == b'<' {
        let api = api.filter(|api| api.protocol().answers_xml());
        return match api {
            Some(api) => xml::decode(api, body).map_err(failed),
            None => Err(failed("XML of an operation that answers none".to_owned())),
        };
    }
    let renames = api.filter(|api| json::renames(api));
    let value = match (heads, renames) {
        (Some(heads), None) => partial::decode(body, heads),
        _ => serde_json::from_slice(body),
    };
    let value = value.map_err(|error| failed(error.to_string()))?;
    Ok(match renames {
        Some(api) => json::rename(api, value),
        None => value,
    })
}

/// The member that is the whole body as text.
fn text_payload(api: &'static ApiOperation) -> Option<&'static str> {
    let member = api.payload()?;
    let shape = api.output()?.member(member)?.shape;
    (shape.kind() == ShapeKind::String).then_some(member)
}

fn text_body(body: &[u8], member: &str) -> Result<Value, String> {
    let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
    if let Ok(Value::Object(members)) = serde_json::from_str(text)
        && members.get(member).is_some_and(Value::is_string)
    {
        // Decoded already: planned and written by hand.
        return Ok(Value::Object(members));
    }
    let mut members = Map::new();
    members.insert(member.to_owned(), Value::String(text.to_owned()));
    Ok(Value::Object(members))
}
