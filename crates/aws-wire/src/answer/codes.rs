//! Codes and statuses of errors, by protocol.

use crate::error::ServiceError;
use crate::incoming::Dialect;
use crate::model::Protocol;

/// Status of `AccessDeniedException` where the model has none. **To verify.**
const ACCESS_DENIED_STATUS: u16 = 400;
/// Status of throttling on the data plane, whose model has no such error. **To verify.**
const RUNTIME_THROTTLING_STATUS: u16 = 400;
/// Status of an operation that is not known, in the JSON protocols. **To verify.**
const UNKNOWN_OPERATION_STATUS: u16 = 404;
/// Status of refused signatures on the data plane and STS; JSON 1.1 answers 400. **To verify.**
const SIGNATURE_STATUS: u16 = 403;

/// Codes under which STS, which speaks the older query protocol, sends what other services call
/// otherwise.
const STS_CODES: [(&str, &str); 12] = [
    ("AccessDeniedException", "AccessDenied"),
    ("ExpiredTokenException", "ExpiredToken"),
    ("IncompleteSignatureException", "IncompleteSignature"),
    ("InvalidSignatureException", "SignatureDoesNotMatch"),
    (
        "MalformedPolicyDocumentException",
        "MalformedPolicyDocument",
    ),
    (
        "MissingAuthenticationTokenException",
        "MissingAuthenticationToken",
    ),
    ("RequestEntityTooLargeException", "RequestEntityTooLarge"),
    ("SerializationException", "MalformedQueryString"),
    ("ThrottlingException", "Throttling"),
    ("UnknownOperationException", "InvalidAction"),
    ("UnrecognizedClientException", "InvalidClientTokenId"),
    ("ValidationException", "ValidationError"),
];

/// Codes that say that a signature or its key is refused.
const SIGNATURE_CODES: [&str; 5] = [
    "ExpiredTokenException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
];

/// Codes of faults of the server that are in no model.
const FAULTS: [&str; 4] = [
    "InternalFailure",
    "InternalServerError",
    "InternalServerException",
    "InternalError",
];

/// The code as the client sees it. What is no plain name is an `InternalFailure`.
pub fn wire_code(dialect: Dialect, error: &ServiceError) -> &str {
    let code = error.code.as_ref();
    let plain = !code.is_empty()
        && code.len() <= 128
        && code
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_'));
    if !plain {
        return "InternalFailure";
    }
    if dialect.protocol == Protocol::Query {
        // A shape of the model may have another code on the wire.
        let shapes = dialect.service.map(|service| service.errors.as_slice());
        let mut shapes = shapes.unwrap_or_default().iter();
        if let Some(shape) = shapes.find(|shape| shape.name == code && shape.code != code) {
            return shape.code;
        }
        if let Some((_, sts)) = STS_CODES.iter().find(|(other, _)| *other == code) {
            return sts;
        }
    }
    code
}

/// The HTTP status: that of the error itself, of the model, or of the protocol.
pub fn status_of(dialect: Dialect, error: &ServiceError) -> u16 {
    if let Some(status) = error.status.filter(|status| (400..600).contains(status)) {
        return status;
    }
    let wire = wire_code(dialect, error);
    if let Some(shape) = dialect.service.and_then(|service| service.error(wire)) {
        return shape.status.unwrap_or(if shape.fault { 500 } else { 400 });
    }
    let code = error.code.as_ref();
    match code {
        "AccessDeniedException" if dialect.protocol == Protocol::Json11 => ACCESS_DENIED_STATUS,
        "AccessDeniedException" | "AccessDenied" => 403,
        "ThrottlingException" if dialect.protocol == Protocol::RestJson => {
            RUNTIME_THROTTLING_STATUS
        }
        "UnknownOperationException" if dialect.protocol != Protocol::Query => {
            UNKNOWN_OPERATION_STATUS
        }
        "RequestEntityTooLargeException" => 413,
        "ServiceUnavailable" | "ServiceUnavailableException" => 503,
        code if FAULTS.contains(&code) || wire == "InternalFailure" => 500,
        code if SIGNATURE_CODES.contains(&code) && dialect.protocol != Protocol::Json11 => {
            SIGNATURE_STATUS
        }
        _ => 400,
    }
}

/// The member that holds the message of an error.
pub(super) fn message_member(dialect: Dialect, code: &str) -> &'static str {
    let Some(service) = dialect.service else {
        return "Message";
    };
    match service.error(code).and_then(|shape| shape.message) {
        Some(member) => member,
        None if service.id == "kms" => "message",
        None => "Message",
    }
}
