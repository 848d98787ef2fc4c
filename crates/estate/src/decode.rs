//! Bodies of answers as JSON.

use serde_json::Value;

/// Why a body cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{operation}: {reason}")]
pub struct DecodeError {
    /// The operation.
    pub operation: String,
    /// What is wrong.
    pub reason: String,
}

/// The body as JSON, with the member names of the API.
pub fn decode(operation: &str, body: &[u8]) -> Result<Value, DecodeError> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    serde_json::from_slice(body).map_err(|error| DecodeError {
        operation: operation.to_owned(),
        reason: error.to_string(),
    })
}
