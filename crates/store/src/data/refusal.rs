//! The errors of the data plane. Texts name features and limits, never values and never identifiers.

use rempart_aws_wire::ServiceError;

/// The code of a denial on the data plane. [to verify]
pub const DENIED: &str = "AccessForbidden";

/// The code when the store's own key cannot be used: disabled, pending deletion, grant gone. The
/// model has no better one, and a retry would not help. [to verify]
pub const KEY_INACCESSIBLE: &str = "AccessForbidden";

/// `ValidationError`
pub(crate) fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ValidationError", message).with_status(400)
}

/// `ResourceNotFound`
pub(crate) fn not_found(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ResourceNotFound", message).with_status(404)
}

/// `ConflictException`
pub(crate) fn conflict(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ConflictException", message).with_status(409)
}

/// `ServiceUnavailable`
pub(crate) fn unavailable(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ServiceUnavailable", message).with_status(503)
}

/// `InternalFailure`
pub(crate) fn internal(message: impl Into<String>) -> ServiceError {
    ServiceError::new("InternalFailure", message).with_status(500)
}

/// `ThrottlingException`
pub(crate) fn throttled() -> ServiceError {
    ServiceError::new("ThrottlingException", "Rate exceeded").with_status(400)
}

/// A refusal of the caller.
pub(crate) fn forbidden(message: impl Into<String>) -> ServiceError {
    ServiceError::new(DENIED, message).with_status(403)
}

/// A group that is not there, for operations whose model has a 404.
pub(crate) fn no_group(name: &str) -> ServiceError {
    not_found(no_group_text(name))
}

/// A group that is not there, for operations whose model has no 404.
pub(crate) fn no_group_as_validation(name: &str) -> ServiceError {
    invalid(no_group_text(name))
}

fn no_group_text(name: &str) -> String {
    let name: String = name.chars().take(150).collect();
    format!("Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name {name}")
}

/// An engine that failed. What it says names files of the server, which is not for callers.
pub(crate) fn engine(error: &rempart_online::EngineError) -> ServiceError {
    match error {
        rempart_online::EngineError::Damaged { .. } => {
            internal("A stored record does not read: its file is damaged")
        }
        rempart_online::EngineError::Full { .. } => {
            unavailable("The online store has no space left; nothing was written")
        }
        _ => unavailable("The online store does not answer"),
    }
}
