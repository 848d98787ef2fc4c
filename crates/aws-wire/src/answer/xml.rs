//! Answers of the AWS query protocol.

use serde_json::Value;

use crate::incoming::Dialect;
use crate::model::{Kind, Operation, ShapeId};

/// Levels of a structure that are written; no answer of STS has more.
const MAX_DEPTH: usize = 16;

pub(super) fn success(operation: &Operation, output: &Value, request_id: &str) -> Vec<u8> {
    let mut text = String::with_capacity(512);
    let namespace = operation.service().namespace.unwrap_or_default();
    open(&mut text, operation.name, "Response", namespace);
    if let Some(shape) = operation.output {
        let wrapper = operation.wrapper.unwrap_or("Result");
        element(&mut text, wrapper, output, shape, 0);
    }
    text.push_str("<ResponseMetadata><RequestId>");
    escape(&mut text, request_id);
    text.push_str("</RequestId></ResponseMetadata></");
    text.push_str(operation.name);
    text.push_str("Response>");
    text.into_bytes()
}

pub(super) fn failure(
    dialect: Dialect,
    code: &str,
    message: &str,
    status: u16,
    request_id: &str,
) -> Vec<u8> {
    let mut text = String::with_capacity(512);
    let namespace = dialect.service.and_then(|service| service.namespace);
    open(
        &mut text,
        "Error",
        "Response",
        namespace.unwrap_or_default(),
    );
    text.push_str("<Error><Type>");
    text.push_str(if status < 500 { "Sender" } else { "Receiver" });
    text.push_str("</Type><Code>");
    escape(&mut text, code);
    text.push_str("</Code><Message>");
    escape(&mut text, message);
    text.push_str("</Message></Error><RequestId>");
    escape(&mut text, request_id);
    text.push_str("</RequestId></ErrorResponse>");
    text.into_bytes()
}

fn open(text: &mut String, name: &str, suffix: &str, namespace: &str) {
    text.push('<');
    text.push_str(name);
    text.push_str(suffix);
    text.push_str(" xmlns=\"");
    escape(text, namespace);
    text.push_str("\">");
}

fn element(text: &mut String, name: &str, value: &Value, shape: ShapeId, depth: usize) {
    if value.is_null() || depth > MAX_DEPTH {
        return;
    }
    text.push('<');
    text.push_str(name);
    text.push('>');
    match (&shape.shape().kind, value) {
        (Kind::Structure { members, .. }, Value::Object(map)) => {
            for member in members {
                if let Some(value) = map.get(member.name) {
                    element(text, member.name, value, member.shape, depth + 1);
                }
            }
        }
        (Kind::List { element: shape, .. }, Value::Array(values)) => {
            for value in values {
                element(text, "member", value, *shape, depth + 1);
            }
        }
        (Kind::Timestamp, Value::Number(number)) => {
            escape(text, &instant(number.as_f64().unwrap_or_default()));
        }
        (_, Value::String(value)) => escape(text, value),
        (_, value) => escape(text, &value.to_string()),
    }
    text.push_str("</");
    text.push_str(name);
    text.push('>');
}

/// `2026-01-01T00:00:00Z`, with milliseconds where there are some.
fn instant(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
    let milliseconds = (seconds * 1_000.0).round() as i64;
    jiff::Timestamp::from_millisecond(milliseconds)
        .map(|instant| instant.to_string())
        .unwrap_or_default()
}

/// What XML cannot hold becomes U+FFFD.
fn escape(text: &mut String, value: &str) {
    for character in value.chars() {
        match character {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&apos;"),
            '\r' => text.push_str("&#13;"),
            '\t' | '\n' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'.. => {
                text.push(character);
            }
            _ => text.push('\u{FFFD}'),
        }
    }
}
