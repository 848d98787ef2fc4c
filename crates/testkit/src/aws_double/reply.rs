//! From a request to what goes over the wire: checks, faults, fixtures.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rempart_aws_model::{ApiOperation, Protocol, Shape, ShapeKind};
use serde_json::{Map, Value, json};

use super::encode::{Encoded, encode, http_date};
use super::fault::{Fault, Form};
use super::route::{Request, Routed, route};
use super::state::{Fixture, State};
use super::{check, page, sample, xml};

/// How far apart clocks may be, in seconds.
const MOST_SKEW: i64 = 300;

/// What is sent.
#[derive(Debug, Default)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) delay: Duration,
    /// Closes the connection instead of an answer.
    pub(super) reset: bool,
    /// Promises more bytes than it sends.
    pub(super) truncated: bool,
}

pub(super) fn reply(state: &mut State, request: &Request) -> Reply {
    state.requests += 1;
    let id = format!("00000000-0000-4000-8000-{:012x}", state.requests);
    let now = now() + state.clock_ahead;
    let mut reply = answered(state, request, &id, now);
    reply.delay += state.latency;
    reply.headers.push(("x-amzn-requestid".to_owned(), id));
    reply.headers.push(("date".to_owned(), http_date(now)));
    reply
}

fn answered(state: &mut State, request: &Request, id: &str, now: i64) -> Reply {
    let Some(scope) = request.scope() else {
        state.violations.push(format!(
            "{} {} is not signed",
            request.method, request.target
        ));
        return bare(
            403,
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        );
    };
    let Routed {
        operation,
        parameters,
    } = match route(request, scope.service) {
        Ok(routed) => routed,
        Err(reason) => {
            state.violations.push(reason.clone());
            return bare(400, "UnknownOperationException", &reason);
        }
    };
    let name = operation.full_name();
    *state.calls.entry(name).or_default() += 1;
    let error =
        |status, code: &str, message: &str| error(operation, Form::Own, status, code, message, id);
    if scope.service != operation.signing_name() {
        let message = format!(
            "Credential should be scoped to correct service: '{}'",
            operation.signing_name()
        );
        state
            .violations
            .push(format!("{name}: signed for {}", scope.service));
        return error(403, "SignatureDoesNotMatch", &message);
    }
    if let Some(signed) = request.header("x-amz-date").and_then(signed_at)
        && (signed - now).abs() > MOST_SKEW
    {
        *state.injected.entry("clock-skew").or_default() += 1;
        let message = "The difference between the request time and the current time is too large";
        return error(403, "RequestTimeTooSkewed", message);
    }
    if let Some(fault) = unfit(operation, &parameters) {
        state.violations.push(format!("{name}: {fault}"));
        return error(400, "ValidationException", &fault);
    }
    let fault = state.faults.due(name);
    if let Some(fault) = fault {
        *state.injected.entry(fault.name()).or_default() += 1;
    }
    if let Some(reply) = fault.and_then(|fault| failed(operation, fault, id)) {
        return reply;
    }
    let body = match state.fixture(name, &parameters) {
        Some(Fixture::Error {
            status,
            code,
            message,
        }) => return error(status, &code, &message),
        Some(Fixture::Body(body)) => body,
        Some(Fixture::Made(make)) => {
            let body = make(&parameters);
            if let Err(error) = check::body(operation, &body) {
                state.violations.push(error.to_string());
            }
            std::sync::Arc::new(body)
        }
        None => std::sync::Arc::new(sample::body(operation, &parameters, state.sample)),
    };
    let mut body = match page::page(operation, &parameters, &body, state.page_size, fault) {
        Ok(body) => body,
        Err(reason) => {
            state.violations.push(format!("{name}: {reason}"));
            return error(400, "InvalidNextTokenException", &reason);
        }
    };
    match fault {
        Some(Fault::UnknownMember) => {
            if let Some(members) = body.as_object_mut() {
                members.insert("SomethingNew".to_owned(), Value::from("of tomorrow"));
            }
        }
        Some(Fault::UnknownValue) => {
            if let Some(shape) = operation.output() {
                new_values(shape, &mut body, 0);
            }
        }
        _ => {}
    }
    let Encoded {
        mut headers,
        body,
        content_type,
    } = encode(operation, &body, id);
    if !content_type.is_empty() {
        headers.push(("content-type".to_owned(), content_type.to_owned()));
    }
    Reply {
        status: 200,
        headers,
        body,
        delay: match fault {
            Some(Fault::Slow(delay)) => delay,
            _ => Duration::ZERO,
        },
        truncated: fault == Some(Fault::Truncated),
        reset: false,
    }
}

/// The answer of a fault that has no content.
fn failed(operation: &'static ApiOperation, fault: Fault, id: &str) -> Option<Reply> {
    let error = |form, status, code: &str, message: &str| {
        Some(error(operation, form, status, code, message, id))
    };
    match fault {
        Fault::Throttled(form) => {
            let code = match operation.service().id() {
                "s3" => "SlowDown",
                "ec2" => "RequestLimitExceeded",
                _ if operation.protocol().answers_xml() => "Throttling",
                _ => "ThrottlingException",
            };
            let status = if operation.service().id() == "s3" {
                503
            } else {
                400
            };
            error(form, status, code, "Rate exceeded")
        }
        Fault::Status(status) => {
            let (code, message) = match status {
                503 => ("ServiceUnavailable", "Service is unable to handle request."),
                _ => ("InternalFailure", "An internal error occurred."),
            };
            error(Form::Own, status, code, message)
        }
        Fault::Denied(form) => {
            let code = match operation.protocol() {
                Protocol::Ec2Query => "UnauthorizedOperation",
                Protocol::Query | Protocol::RestXml => "AccessDenied",
                _ => "AccessDeniedException",
            };
            let status = match operation.protocol() {
                Protocol::AwsJson10 | Protocol::AwsJson11 => 400,
                _ => 403,
            };
            let message = format!(
                "User: arn:aws:sts::{}:assumed-role/reader/session is not authorized to perform: {}",
                super::ACCOUNT,
                operation.action()
            );
            error(form, status, code, &message)
        }
        Fault::ExpiredToken => {
            let code = match operation.protocol().answers_xml() {
                true => "ExpiredToken",
                false => "ExpiredTokenException",
            };
            error(
                Form::Own,
                403,
                code,
                "The security token included in the request is expired",
            )
        }
        Fault::Reset => Some(Reply {
            reset: true,
            ..Reply::default()
        }),
        _ => None,
    }
}

/// An error as the protocol, or a gateway, writes it.
fn error(
    operation: &'static ApiOperation,
    form: Form,
    status: u16,
    code: &str,
    message: &str,
    id: &str,
) -> Reply {
    let is_xml = match form {
        Form::Own => operation.protocol().answers_xml(),
        Form::Json => false,
        Form::Xml => true,
    };
    let mut headers = Vec::new();
    let body = match (is_xml, operation.protocol()) {
        _ if operation.method() == "HEAD" => String::new(),
        (false, Protocol::RestJson) if form == Form::Own => {
            headers.push((
                "x-amzn-errortype".to_owned(),
                format!("{code}:http://internal/"),
            ));
            json!({"message": message}).to_string()
        }
        (false, _) => json!({"__type": code, "message": message}).to_string(),
        (true, protocol) => {
            let (code, message) = (xml::escaped(code), xml::escaped(message));
            let error = format!("<Code>{code}</Code><Message>{message}</Message>");
            match protocol {
                Protocol::Ec2Query => format!(
                    "<Response><Errors><Error>{error}</Error></Errors><RequestID>{id}</RequestID></Response>"
                ),
                Protocol::RestXml => format!("<Error>{error}<RequestId>{id}</RequestId></Error>"),
                _ => format!(
                    "<ErrorResponse><Error><Type>Sender</Type>{error}</Error><RequestId>{id}</RequestId></ErrorResponse>"
                ),
            }
        }
    };
    Reply {
        status,
        headers,
        body: body.into_bytes(),
        ..Reply::default()
    }
}

/// An error before the operation is known.
fn bare(status: u16, code: &str, message: &str) -> Reply {
    Reply {
        status,
        body: json!({"__type": code, "message": message})
            .to_string()
            .into_bytes(),
        ..Reply::default()
    }
}

/// What is wrong with the parameters.
fn unfit(operation: &'static ApiOperation, parameters: &Map<String, Value>) -> Option<String> {
    let mut inputs = Vec::new();
    for input in operation.inputs() {
        let given = parameters.get(input.name);
        let is_empty = given.is_none_or(|value| value.is_null() || value.as_str() == Some(""));
        if input.required && is_empty {
            return Some(format!("the parameter {} is required", input.name));
        }
        inputs.push(input.name);
    }
    let unknown = parameters
        .keys()
        .find(|name| !inputs.contains(&name.as_str()));
    unknown.map(|name| format!("there is no parameter {name}"))
}

/// Replaces the values of enumerations by one that the model does not know.
fn new_values(shape: Shape, value: &mut Value, depth: usize) {
    if depth > 16 {
        return;
    }
    match (shape.kind(), value) {
        (ShapeKind::Enum, value @ Value::String(_)) => *value = Value::from("SomethingNew"),
        (ShapeKind::Structure, Value::Object(members)) => {
            for (name, inner) in members {
                if let Some(member) = shape.member(name) {
                    new_values(member.shape, inner, depth + 1);
                }
            }
        }
        (ShapeKind::List, Value::Array(items)) => {
            for item in items {
                if let Some(element) = shape.element() {
                    new_values(element, item, depth + 1);
                }
            }
        }
        _ => {}
    }
}

/// `20261128T030000Z` as seconds since 1970.
fn signed_at(text: &str) -> Option<i64> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (number(0..4)?, number(4..6)?, number(6..8)?);
    let (hour, minute, second) = (number(9..11)?, number(11..13)?, number(13..15)?);
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let of_era = shifted.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second)
}

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.ok()
        .and_then(|now| i64::try_from(now.as_secs()).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn times_of_signatures() {
        assert_eq!(super::signed_at("20261128T030000Z"), Some(1_795_834_800));
        assert_eq!(super::signed_at("20000229T000000Z"), Some(951_782_400));
        assert_eq!(super::signed_at("soon"), None);
    }
}
