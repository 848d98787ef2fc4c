//! Errors of the control plane, in AWS's words where they are known.

use rempart_aws_wire::ServiceError;

use crate::registry::RegistryError;

pub(super) const DENIED: &str = "AccessDeniedException";

pub(super) fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ValidationException", message)
}

pub(super) fn internal(message: impl Into<String>) -> ServiceError {
    ServiceError::new("InternalFailure", message).with_status(500)
}

pub(super) fn no_group(name: &str) -> ServiceError {
    ServiceError::new(
        "ResourceNotFound",
        format!(
            "Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name {name}. \
             Choose a different name."
        ),
    )
}

pub(super) fn name_taken(name: &str) -> ServiceError {
    ServiceError::new(
        "ResourceInUse",
        format!(
            "Resource Already Exists: FeatureGroup with name {name} already exists. \
             Choose a different name."
        ),
    )
}

pub(super) fn limit(message: impl Into<String>) -> ServiceError {
    ServiceError::new("ResourceLimitExceeded", message)
}

/// An error of the KMS as an operation of SageMaker answers it: refusals stay refusals, the rest says
/// what is wrong with the key.
pub(super) fn of_key(key: &str, error: &ServiceError) -> ServiceError {
    match &*error.code {
        DENIED => ServiceError::new(DENIED, error.message.clone()),
        "KMSInternalException"
        | "DependencyTimeoutException"
        | "KeyUnavailableException"
        | "InternalFailure"
        | "ServiceUnavailable" => ServiceError::new(
            "ServiceUnavailable",
            format!("{}: {}", error.code, error.message),
        )
        .with_status(503),
        code => invalid(format!(
            "The KMS key {key} cannot be used: {code}: {}",
            error.message
        )),
    }
}

impl From<RegistryError> for ServiceError {
    fn from(error: RegistryError) -> Self {
        match error {
            // Only when it was deleted in between.
            RegistryError::NoGroup => Self::new(
                "ResourceNotFound",
                "Resource Not Found: the FeatureGroup was deleted.",
            ),
            // The path of a file is nothing for clients.
            _ => internal("the registry of feature groups failed"),
        }
    }
}
