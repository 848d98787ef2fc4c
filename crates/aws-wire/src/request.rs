//! Requests as clients write them: the way back from an input to the wire, for tests and tools.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use crate::incoming::Incoming;
use crate::model::{Kind, Operation, Place, ShapeId};

/// What botocore leaves as it is.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
const HEADERS: &[(&str, &[u8])] = &[("content-type", b"application/json")];

/// An unsigned request of a REST-JSON operation. `Debug` shows neither path, query nor body.
pub struct Request {
    method: &'static str,
    path: String,
    query: String,
    body: Vec<u8>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("body", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl Request {
    /// Writes an input under the names of the model. It is not checked: what the model does not have is
    /// sent as well, so that it meets the reader's checks.
    pub fn of(operation: &Operation, input: Map<String, Value>) -> Self {
        let members = match operation.input.map(ShapeId::shape).map(|shape| &shape.kind) {
            Some(Kind::Structure { members, .. }) => members.as_slice(),
            _ => &[],
        };
        let has_body = members.iter().any(|member| member.place == Place::Body);
        let mut path = operation.path.to_owned();
        let mut query = Vec::new();
        let mut body = Map::new();
        for (name, value) in input {
            let member = members.iter().find(|member| member.name == name);
            match member.map(|member| member.place) {
                Some(Place::Path(label)) => {
                    path = path.replace(&format!("{{{label}}}"), &text(&value));
                }
                Some(Place::Query(parameter)) => push(&mut query, parameter, &value),
                None if !has_body => push(&mut query, &name, &value),
                Some(Place::Body) | None => {
                    body.insert(name, value);
                }
            }
        }
        Self {
            method: operation.method,
            path,
            query: query.join("&"),
            body: if has_body {
                Value::Object(body).to_string().into_bytes()
            } else {
                Vec::new()
            },
        }
    }

    /// The request as it is received.
    pub fn incoming(&self) -> Incoming<'_> {
        Incoming {
            method: self.method,
            path: &self.path,
            query: &self.query,
            headers: HEADERS,
            body: &self.body,
        }
    }
}

/// Elements of a list are repeated parameters.
fn push(query: &mut Vec<String>, name: &str, value: &Value) {
    match value {
        Value::Null => {}
        Value::Array(values) => {
            for value in values {
                push(query, name, value);
            }
        }
        value => query.push(format!("{name}={}", text(value))),
    }
}

fn text(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    utf8_percent_encode(&text, ENCODED).to_string()
}
