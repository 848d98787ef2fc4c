//! Builds the request of a call from the table of operations.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rempart_aws_model::{ApiOperation, Input, Place, Protocol, ShapeKind};
use serde_json::{Map, Value};

use crate::call::CallError;
use crate::destination::Destination;

mod form;
mod json;
#[cfg(test)]
mod tests;

/// What stays as it is in paths and queries: the unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
/// The same for labels that keep their slashes.
const RESERVED_IN_PATHS: &AsciiSet = &RESERVED.remove(b'/');

/// Parameters by which a reading operation hands out secrets.
const SECRETS: [&str; 2] = ["WithDecryption", "withSecret"];

const USER_AGENT: &str = concat!("rempart/", env!("CARGO_PKG_VERSION"));

/// A request before or after its signature.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Prepared {
    pub(crate) method: &'static str,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// Headers hold the signature and the session token.
impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prepared")
            .field("method", &self.method)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// Builds the request, without signature.
pub(crate) fn prepare(
    operation: &'static ApiOperation,
    parameters: &Map<String, Value>,
    destination: &Destination,
) -> Result<Prepared, CallError> {
    let inputs = given(operation, parameters)?;
    let mut prepared = Prepared {
        method: operation.method(),
        url: destination.base.clone(),
        headers: vec![("user-agent".to_owned(), USER_AGENT.to_owned())],
        body: Vec::new(),
    };
    prepared
        .url
        .push_str(&path(operation, &inputs, destination.bucket_in_host)?);
    headers(operation, &inputs, &mut prepared)?;
    let content_type = match operation.protocol() {
        Protocol::AwsJson10 | Protocol::AwsJson11 => {
            let target = operation.target().unwrap_or_default();
            prepared
                .headers
                .push(("x-amz-target".to_owned(), target.to_owned()));
            prepared.body = json::aws_json(operation, parameters)?;
            Some(match operation.protocol() {
                Protocol::AwsJson10 => "application/x-amz-json-1.0",
                _ => "application/x-amz-json-1.1",
            })
        }
        Protocol::RestJson => json::rest_json(operation, &inputs)?.map(|body| {
            prepared.body = body;
            "application/json"
        }),
        Protocol::RestXml => {
            if let Some((input, _)) = inputs.iter().find(|(input, _)| in_body(input)) {
                return Err(unfit(operation, input.name, "XML bodies are not sent"));
            }
            None
        }
        Protocol::Query | Protocol::Ec2Query => {
            prepared.body = form::body(operation, &inputs)?;
            Some("application/x-www-form-urlencoded; charset=utf-8")
        }
    };
    if let Some(content_type) = content_type {
        prepared
            .headers
            .push(("content-type".to_owned(), content_type.to_owned()));
    }
    Ok(prepared)
}

/// The parameters with their places; nothing unknown, nothing missing.
fn given<'a>(
    operation: &'static ApiOperation,
    parameters: &'a Map<String, Value>,
) -> Result<Vec<(Input, &'a Value)>, CallError> {
    let inputs: Vec<Input> = operation.inputs().collect();
    let value = |name: &str| parameters.get(name).filter(|value| !value.is_null());
    for (name, value) in parameters {
        if SECRETS.contains(&name.as_str()) && *value != Value::Bool(false) {
            return Err(unfit(operation, name, "secrets are never asked for"));
        }
        if !inputs.iter().any(|input| input.name == name) {
            return Err(CallError::UnknownParameter {
                operation: operation.full_name(),
                parameter: name.clone(),
            });
        }
    }
    let mut given = Vec::new();
    for input in inputs {
        match value(input.name) {
            Some(value) => given.push((input, value)),
            None if input.required => {
                return Err(CallError::MissingParameter {
                    operation: operation.full_name(),
                    parameter: input.name.to_owned(),
                });
            }
            None => {}
        }
    }
    Ok(given)
}

/// Path and query.
fn path(
    operation: &'static ApiOperation,
    inputs: &[(Input, &Value)],
    bucket_in_host: bool,
) -> Result<String, CallError> {
    let template = operation.path();
    let (template, fixed) = template.split_once('?').unwrap_or((template, ""));
    let template = match template.strip_prefix("/{Bucket}") {
        Some("") if bucket_in_host => "/",
        Some(rest) if bucket_in_host => rest,
        _ => template,
    };
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, (label, after))) = rest
        .split_once('{')
        .and_then(|(before, after)| Some((before, after.split_once('}')?)))
    {
        let (name, greedy) = match label.strip_suffix('+') {
            Some(name) => (name, true),
            None => (label, false),
        };
        let is_it = |(input, _): &&(Input, &Value)| {
            input.wire.place == Place::Uri && input.wire.name == name
        };
        let (input, value) =
            inputs
                .iter()
                .find(is_it)
                .ok_or_else(|| CallError::MissingParameter {
                    operation: operation.full_name(),
                    parameter: name.to_owned(),
                })?;
        let value = scalar(operation, input.name, value)?;
        // An empty label, or one that walks up, would be another route.
        let walks = matches!(value.as_str(), "." | "..") && operation.service().id() != "s3";
        if value.is_empty() || walks {
            return Err(unfit(operation, input.name, "it cannot be part of a path"));
        }
        text.push_str(before);
        let reserved = if greedy { RESERVED_IN_PATHS } else { RESERVED };
        text.extend(utf8_percent_encode(&value, reserved));
        rest = after;
    }
    text.push_str(rest);
    let query = query(operation, inputs, fixed)?;
    if !query.is_empty() {
        text.push('?');
        text.push_str(&query);
    }
    Ok(text)
}

fn query(
    operation: &'static ApiOperation,
    inputs: &[(Input, &Value)],
    fixed: &str,
) -> Result<String, CallError> {
    let mut parts: Vec<String> = Vec::new();
    if !fixed.is_empty() {
        parts.push(fixed.to_owned());
    }
    let in_query = |(input, _): &&(Input, &Value)| input.wire.place == Place::QueryString;
    for (input, value) in inputs.iter().filter(in_query) {
        let values = match value {
            Value::Array(values) => values.iter().collect(),
            other => vec![*other],
        };
        for value in values {
            let value = scalar(operation, input.name, value)?;
            let name = utf8_percent_encode(input.wire.name, RESERVED);
            let value = utf8_percent_encode(&value, RESERVED);
            parts.push(format!("{name}={value}"));
        }
    }
    Ok(parts.join("&"))
}

fn headers(
    operation: &'static ApiOperation,
    inputs: &[(Input, &Value)],
    prepared: &mut Prepared,
) -> Result<(), CallError> {
    for (input, value) in inputs {
        match input.wire.place {
            Place::Header => {
                let value = scalar(operation, input.name, value)?;
                if !value.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
                    return Err(unfit(operation, input.name, "it cannot be a header"));
                }
                prepared
                    .headers
                    .push((input.wire.name.to_lowercase(), value));
            }
            Place::HeaderPrefix => {
                return Err(unfit(operation, input.name, "maps of headers are not sent"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether a parameter is sent in the body.
fn in_body(input: &Input) -> bool {
    matches!(input.wire.place, Place::Body | Place::Payload)
}

/// The text of a scalar.
fn scalar(
    operation: &'static ApiOperation,
    parameter: &str,
    value: &Value,
) -> Result<String, CallError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(value) => Ok(value.to_string()),
        _ => Err(unfit(
            operation,
            parameter,
            "it must be text, a number or true or false",
        )),
    }
}

/// Whether a JSON value can stand for a shape.
fn fits(kind: ShapeKind, value: &Value) -> bool {
    match kind {
        ShapeKind::Structure | ShapeKind::Map => value.is_object(),
        ShapeKind::List => value.is_array(),
        ShapeKind::Document => true,
        _ => !value.is_object() && !value.is_array(),
    }
}

fn unfit(operation: &'static ApiOperation, parameter: &str, reason: &'static str) -> CallError {
    CallError::UnfitParameter {
        operation: operation.full_name(),
        parameter: parameter.to_owned(),
        reason,
    }
}

fn unknown(operation: &'static ApiOperation, parameter: String) -> CallError {
    CallError::UnknownParameter {
        operation: operation.full_name(),
        parameter,
    }
}
