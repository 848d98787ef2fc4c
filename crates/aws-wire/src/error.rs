//! An error as AWS services answer it.

use std::borrow::Cow;

/// An error with AWS's own code. What it looks like on the wire follows from the protocol of the
/// operation that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ServiceError {
    /// AWS's code: `AccessDeniedException`, `ValidationError`…
    pub code: Cow<'static, str>,
    /// What happened, for people. It holds no secret, no feature value and no record identifier.
    pub message: String,
    /// HTTP status, where it is not the one that the model or the protocol gives the code.
    pub status: Option<u16>,
}

impl ServiceError {
    /// An error with the status that its code has in the model.
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            status: None,
        }
    }

    /// The same error with this HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }
}
