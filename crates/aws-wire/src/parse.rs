//! From a request to the input of its operation.

use std::fmt;

use serde_json::{Map, Value};

use crate::check;
use crate::error::ServiceError;
use crate::incoming::{Header, Incoming, media_type};
use crate::model::{Operation, Protocol};
use crate::route::{Route, route};

mod form;
mod json;
mod rest;
mod text;

/// Levels of structures, lists and maps in an input. Search expressions nest without bound in the
/// model.
pub const MAX_DEPTH: usize = 32;
/// Values in an input, structures and lists included.
pub const MAX_VALUES: usize = 500_000;

/// A request for an operation with a checked input. `Debug` does not show the input.
pub struct Call {
    /// The operation.
    pub operation: &'static Operation,
    /// Its input under the names of the model, whatever the protocol. Members that were `null` are left
    /// out.
    pub input: Map<String, Value>,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("operation", self.operation)
            .finish_non_exhaustive()
    }
}

/// Routes a request and reads its input.
///
/// # Errors
/// As [`route`](crate::route()) and [`input`].
pub fn parse(incoming: &Incoming<'_>) -> Result<Call, ServiceError> {
    let route = route(incoming)?;
    let input = input(incoming, &route)?;
    Ok(Call {
        operation: route.operation,
        input,
    })
}

/// Reads the input of a routed request and checks it against the model.
///
/// # Errors
/// - `RequestEntityTooLargeException`: the body is longer than the operation's bound.
/// - `SerializationException`: no JSON, no form, another type than the model's, a member twice, too
///   deep, too many values.
/// - `ValidationException` (`ValidationError` on the data plane and STS): members that the model does
///   not have, required ones missing, constraints not met. Values appear in the message only where they
///   are names, numbers or enumerations.
pub fn input(
    incoming: &Incoming<'_>,
    route: &Route<'_>,
) -> Result<Map<String, Value>, ServiceError> {
    let operation = route.operation;
    if incoming.body.len() > operation.max_body() {
        return Err(too_large(operation));
    }
    let input = match operation.service().protocol {
        Protocol::Json11 => {
            json_content(incoming)?;
            json::body(operation, incoming.body)?
        }
        Protocol::RestJson => rest::input(incoming, route)?,
        Protocol::Query => form::input(incoming, operation)?,
    };
    check::input(operation, &input)?;
    Ok(input)
}

pub(crate) fn too_large(operation: &Operation) -> ServiceError {
    ServiceError::new(
        "RequestEntityTooLargeException",
        format!("the body has more than {} bytes", operation.max_body()),
    )
}

/// A content type that is given says JSON; a content encoding is not read.
fn json_content(incoming: &Incoming<'_>) -> Result<(), ServiceError> {
    let json = match incoming.header("content-type") {
        Header::Absent => true,
        Header::Once(kind) => {
            let kind = media_type(kind);
            [
                "application/x-amz-json-1.1",
                "application/x-amz-json-1.0",
                "application/json",
            ]
            .iter()
            .any(|json| kind.eq_ignore_ascii_case(json))
        }
        Header::Repeated | Header::NotText => false,
    };
    if !json {
        return Err(serialization("the content type is not JSON"));
    }
    plain_content(incoming)
}

fn plain_content(incoming: &Incoming<'_>) -> Result<(), ServiceError> {
    match incoming.header("content-encoding") {
        Header::Absent | Header::Once("" | "identity") => Ok(()),
        _ => Err(serialization("encoded content is not read")),
    }
}

pub(crate) fn serialization(message: impl Into<String>) -> ServiceError {
    ServiceError::new("SerializationException", message)
}
