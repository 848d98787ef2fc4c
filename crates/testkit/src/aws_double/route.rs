//! From a request to the operation that it calls and its parameters.

use std::collections::HashMap;
use std::sync::OnceLock;

use rempart_aws_model::{ApiOperation, Place, Protocol, ShapeKind, api_operations};
use serde_json::{Map, Value};

/// A request as it came.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: String,
    /// Path and query, percent-encoded.
    pub(super) target: String,
    /// Names in lower case.
    pub(super) headers: HashMap<String, String>,
    pub(super) body: Vec<u8>,
}

/// What a request asks.
#[derive(Debug)]
pub(super) struct Routed {
    pub(super) operation: &'static ApiOperation,
    pub(super) parameters: Map<String, Value>,
}

/// The scope of a signature.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Scope<'r> {
    pub(super) date: &'r str,
    pub(super) region: &'r str,
    pub(super) service: &'r str,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The scope of the signature; `None` when the request is not signed.
    pub(super) fn scope(&self) -> Option<Scope<'_>> {
        let text = self
            .header("authorization")?
            .strip_prefix("AWS4-HMAC-SHA256 ")?;
        let mut parts = text.split(',').map(str::trim);
        let credential = parts.find_map(|part| part.strip_prefix("Credential="))?;
        let is_signed = text.contains("SignedHeaders=") && text.contains("Signature=");
        let mut words = credential.split('/').skip(1);
        let scope = Scope {
            date: words.next()?,
            region: words.next()?,
            service: words.next()?,
        };
        (is_signed && words.next() == Some("aws4_request")).then_some(scope)
    }
}

/// Finds the operation.
pub(super) fn route(request: &Request, service: &str) -> Result<Routed, String> {
    if let Some(target) = request.header("x-amz-target") {
        let operation = by_target(target).ok_or_else(|| format!("no operation {target}"))?;
        let body: Value = serde_json::from_slice(&request.body)
            .map_err(|error| format!("the request of {target} is no JSON: {error}"))?;
        let Value::Object(parameters) = body else {
            return Err(format!("the request of {target} is no object"));
        };
        return Ok(Routed {
            operation,
            parameters,
        });
    }
    let is_form = request
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if is_form {
        return form(request);
    }
    rest(request, service)
}

fn by_target(target: &str) -> Option<&'static ApiOperation> {
    static TARGETS: OnceLock<HashMap<&'static str, &'static ApiOperation>> = OnceLock::new();
    let targets = TARGETS.get_or_init(|| {
        let all = api_operations().iter();
        all.filter_map(|operation| Some((operation.target()?, operation)))
            .collect()
    });
    targets.get(target).copied()
}

fn form(request: &Request) -> Result<Routed, String> {
    let text = String::from_utf8_lossy(&request.body);
    let fields = pairs(&text);
    let field = |name: &str| {
        let found = fields.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.as_str())
    };
    let (action, version) = (field("Action"), field("Version"));
    let is_it = |operation: &&ApiOperation| {
        let form = matches!(operation.protocol(), Protocol::Query | Protocol::Ec2Query);
        form && operation.name() == action && operation.api_version() == version
    };
    let operation = api_operations()
        .iter()
        .find(is_it)
        .ok_or_else(|| format!("no operation {action} of version {version}"))?;
    let mut parameters = Map::new();
    for input in operation.inputs() {
        let wire = input.wire.name;
        let prefix = format!("{wire}.");
        let inner: Vec<&(String, String)> = fields
            .iter()
            .filter(|(key, _)| key.starts_with(&prefix))
            .collect();
        if let Some((_, value)) = fields.iter().find(|(key, _)| key == wire) {
            parameters.insert(input.name.to_owned(), typed(input.shape.kind(), value));
        } else if !inner.is_empty() {
            // Lists of texts are the only composed parameters that anything is told apart by.
            let values = inner.into_iter().map(|(_, value)| value.clone().into());
            parameters.insert(input.name.to_owned(), Value::Array(values.collect()));
        }
    }
    Ok(Routed {
        operation,
        parameters,
    })
}

/// Labels of a path with their values.
type Labels = Vec<(&'static str, String)>;

fn rest(request: &Request, service: &str) -> Result<Routed, String> {
    let (path, query) = request
        .target
        .split_once('?')
        .unwrap_or((&request.target, ""));
    let query = pairs(query);
    let mut best: Option<(usize, &'static ApiOperation, Labels)> = None;
    for operation in api_operations() {
        let is_rest = matches!(operation.protocol(), Protocol::RestJson | Protocol::RestXml);
        if !is_rest || operation.signing_name() != service || operation.method() != request.method {
            continue;
        }
        let (template, fixed) = operation
            .path()
            .split_once('?')
            .unwrap_or((operation.path(), ""));
        let fixed = pairs(fixed);
        if !fixed.iter().all(|pair| query.contains(pair)) {
            continue;
        }
        let Some(labels) = labels(template, path) else {
            continue;
        };
        // The more is fixed, the better it fits.
        let literal = template
            .split('/')
            .filter(|part| !part.contains('{'))
            .count();
        let weight = fixed.len() * 100 + literal;
        if best.as_ref().is_none_or(|(known, _, _)| weight > *known) {
            best = Some((weight, operation, labels));
        }
    }
    let (_, operation, labels) =
        best.ok_or_else(|| format!("no operation {} {path} of {service}", request.method))?;
    let mut parameters = Map::new();
    let body: Map<String, Value> = match request.body.is_empty() {
        true => Map::new(),
        false => serde_json::from_slice(&request.body).map_err(|error| {
            format!(
                "the request of {} is no JSON: {error}",
                operation.full_name()
            )
        })?,
    };
    for input in operation.inputs() {
        let wire = input.wire.name;
        let value = match input.wire.place {
            Place::Uri => {
                let label = labels.iter().find(|(name, _)| *name == wire);
                label.map(|(_, value)| typed(input.shape.kind(), value))
            }
            Place::QueryString => {
                let mut values = query.iter().filter(|(name, _)| name == wire);
                match input.shape.kind() {
                    ShapeKind::List => {
                        let values: Vec<Value> =
                            values.map(|(_, value)| value.clone().into()).collect();
                        (!values.is_empty()).then_some(Value::Array(values))
                    }
                    kind => values.next().map(|(_, value)| typed(kind, value)),
                }
            }
            Place::Header => request
                .header(&wire.to_lowercase())
                .map(|value| typed(input.shape.kind(), value)),
            Place::Body => body.get(wire).cloned(),
            _ => None,
        };
        if let Some(value) = value {
            parameters.insert(input.name.to_owned(), value);
        }
    }
    Ok(Routed {
        operation,
        parameters,
    })
}

/// The values of the labels of a template, when a path fits it.
fn labels(template: &'static str, path: &str) -> Option<Labels> {
    let mut found = Vec::new();
    let mut parts = path.trim_start_matches('/').split('/');
    let rest = template.trim_start_matches('/').split('/');
    for step in rest {
        let label = step
            .strip_prefix('{')
            .and_then(|step| step.strip_suffix('}'));
        match label {
            None if parts.next()? == step => {}
            None => return None,
            Some(label) => {
                let value = match label.strip_suffix('+') {
                    Some(name) => {
                        let all: Vec<&str> = parts.by_ref().collect();
                        found.push((name, decoded(&all.join("/"))));
                        continue;
                    }
                    None => decoded(parts.next()?),
                };
                if value.is_empty() {
                    return None;
                }
                found.push((label, value));
            }
        }
    }
    parts.next().is_none().then_some(found)
}

fn typed(kind: ShapeKind, text: &str) -> Value {
    let parsed = match kind {
        ShapeKind::Integer | ShapeKind::Long | ShapeKind::Boolean => {
            serde_json::from_str(text).ok()
        }
        _ => None,
    };
    parsed.unwrap_or_else(|| Value::String(text.to_owned()))
}

/// The fields of a query or a form.
fn pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decoded(name), decoded(&value.replace('+', " ")))
        })
        .collect()
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}
