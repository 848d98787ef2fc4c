//! Answers and errors on the wire.

use std::borrow::Cow;

use serde_json::Value;

use crate::error::ServiceError;
use crate::incoming::Dialect;
use crate::model::{Operation, Protocol};

mod codes;
mod text;
mod xml;

pub use codes::{status_of, wire_code};
pub use text::push_json_string;

/// Characters of a message that are sent; the model's bound of the data plane.
const MESSAGE_CHARACTERS: usize = 2_048;

const REQUEST_ID: &str = "x-amzn-RequestId";
const ERROR_TYPE: &str = "x-amzn-ErrorType";
const CONTENT_TYPE: &str = "content-type";

/// What the HTTP layer sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers. Values are visible ASCII and spaces.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// Body.
    pub body: Vec<u8>,
}

/// The answer of an operation with an output under the names of the model: times in seconds with
/// fraction ([`seconds`]), blobs as base64. `Null` stands for no output. What is `null` inside stays
/// out of XML; JSON has it as it is.
///
/// Outputs are checked in debug builds; [`check_output`](crate::check_output) does it always.
pub fn answer(operation: &Operation, output: &Value, request_id: &str) -> Answer {
    if cfg!(debug_assertions) {
        let checked = crate::check::check_output(operation, output);
        debug_assert_eq!(checked, Ok(()), "{operation:?}");
    }
    if operation.service().protocol == Protocol::Query {
        let mut answer = empty(operation, request_id);
        answer.body = xml::success(operation, output, request_id);
        return answer;
    }
    if operation.output.is_none() || output.is_null() {
        return empty(operation, request_id);
    }
    json(operation, output.to_string().into_bytes(), request_id)
}

/// The answer of an operation whose body is written already, in JSON: for what has to be fast.
/// [`push_json_string`] writes texts.
pub fn json(operation: &Operation, body: Vec<u8>, request_id: &str) -> Answer {
    let mut answer = empty(operation, request_id);
    answer.body = body;
    answer
}

/// The answer of an operation without output.
pub fn empty(operation: &Operation, request_id: &str) -> Answer {
    let protocol = operation.service().protocol;
    let mut headers = Vec::with_capacity(2);
    headers.push((REQUEST_ID, visible(request_id)));
    if operation.output.is_some() || protocol != Protocol::RestJson {
        headers.push((CONTENT_TYPE, Cow::Borrowed(content_type(protocol))));
    }
    Answer {
        status: 200,
        headers,
        body: Vec::new(),
    }
}

/// An error in the form of the request's dialect.
pub fn error(dialect: Dialect, error: &ServiceError, request_id: &str) -> Answer {
    let status = status_of(dialect, error);
    let code = wire_code(dialect, error);
    let message: String = error.message.chars().take(MESSAGE_CHARACTERS).collect();
    let body = match dialect.protocol {
        Protocol::Query => xml::failure(dialect, code, &message, status, request_id),
        Protocol::RestJson | Protocol::Json11 => {
            let mut body = Vec::with_capacity(message.len() + code.len() + 32);
            body.push(b'{');
            if dialect.protocol == Protocol::Json11 {
                body.extend_from_slice(b"\"__type\":");
                push_json_string(&mut body, code);
                body.push(b',');
            }
            push_json_string(&mut body, codes::message_member(dialect, code));
            body.push(b':');
            push_json_string(&mut body, &message);
            body.push(b'}');
            body
        }
    };
    let mut headers = vec![
        (REQUEST_ID, visible(request_id)),
        (CONTENT_TYPE, Cow::Borrowed(content_type(dialect.protocol))),
    ];
    if dialect.protocol != Protocol::Query {
        headers.push((ERROR_TYPE, Cow::Owned(code.to_owned())));
    }
    Answer {
        status,
        headers,
        body,
    }
}

/// A time for an output, from milliseconds since 1970.
pub fn seconds(milliseconds: i64) -> Value {
    // Exact for the years that are served: below 2^53 milliseconds.
    #[expect(clippy::cast_precision_loss, reason = "exact below 2^53")]
    let number = milliseconds as f64 / 1_000.0;
    Value::from(number)
}

fn content_type(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Json11 => "application/x-amz-json-1.1",
        Protocol::RestJson => "application/json",
        Protocol::Query => "text/xml",
    }
}

/// The text without what a header must not hold.
fn visible(text: &str) -> Cow<'static, str> {
    let fits = |character: &char| matches!(character, ' '..='~');
    Cow::Owned(text.chars().filter(fits).collect())
}
