//! From replies to answers of a snapshot.

use jiff::Timestamp;
use rempart_aws_client::{CallError, Class, Reply};
use rempart_aws_model::{ApiOperation, Place as Wire, ShapeKind};
use rempart_estate::{Answer, AnswerError, Outcome, Place};
use serde_json::{Map, Value};

/// The answer that a reply is. `account` is the one that was asked.
pub(super) fn answer(
    operation: &ApiOperation,
    place: &Place,
    parameters: &Map<String, Value>,
    page: u32,
    reply: Reply,
) -> Answer {
    let outcome = outcome(reply.class);
    let body = match headers_as_body(operation, &reply) {
        Some(body) => body,
        None => reply.body.to_vec(),
    };
    Answer {
        account: place.account.clone(),
        region: place.region.clone(),
        operation: operation.full_name().to_owned(),
        parameters: parameters.clone(),
        page,
        outcome,
        status: reply.status,
        error: reply.error.map(|error| AnswerError {
            code: error.code,
            message: error.message,
        }),
        permission: (outcome == Outcome::Denied).then(|| operation.action().to_owned()),
        body,
        at: Timestamp::try_from(reply.at)
            .ok()
            .map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
        request_id: reply.request_id,
        address: None,
    }
}

/// An answer for a call that was not made.
pub(super) fn not_asked(
    operation: &ApiOperation,
    place: &Place,
    parameters: &Map<String, Value>,
    outcome: Outcome,
    code: &str,
    message: String,
) -> Answer {
    Answer {
        account: place.account.clone(),
        region: place.region.clone(),
        operation: operation.full_name().to_owned(),
        parameters: parameters.clone(),
        outcome,
        error: Some(AnswerError {
            code: code.to_owned(),
            message,
        }),
        ..Answer::default()
    }
}

/// The answer for a call that could not be sent.
pub(super) fn not_sent(
    operation: &ApiOperation,
    place: &Place,
    parameters: &Map<String, Value>,
    error: &CallError,
) -> Answer {
    let message = error.to_string();
    not_asked(
        operation,
        place,
        parameters,
        Outcome::Failed,
        "NotSent",
        message,
    )
}

fn outcome(class: Class) -> Outcome {
    match class {
        Class::Ok => Outcome::Ok,
        Class::Absent => Outcome::Absent,
        Class::Gone => Outcome::Gone,
        Class::Denied => Outcome::Denied,
        Class::Throttled => Outcome::Throttled,
        Class::NotInRegion => Outcome::NotInRegion,
        Class::Transient | Class::Clock | Class::Credentials | Class::Invalid => Outcome::Failed,
    }
}

/// The answer of operations that answer in headers alone, such as `HeadObject`, as JSON.
fn headers_as_body(operation: &ApiOperation, reply: &Reply) -> Option<Vec<u8>> {
    if reply.class != Class::Ok || !reply.body.is_empty() || reply.headers.is_empty() {
        return None;
    }
    let output = operation.output()?;
    let structure = output.name()?;
    let mut body = Map::new();
    for member in output.members() {
        let wire = operation.answer_wire(structure, member.name);
        if wire.place != Wire::Header {
            continue;
        }
        let found = reply
            .headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wire.name));
        if let Some((_, value)) = found {
            // Numbers and booleans of headers are JSON already.
            let value = match member.shape.kind() {
                ShapeKind::Integer | ShapeKind::Long | ShapeKind::Boolean => {
                    serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.clone()))
                }
                _ => Value::String(value.clone()),
            };
            body.insert(member.name.to_owned(), value);
        }
    }
    Some(Value::Object(body).to_string().into_bytes())
}
