//! What is not known, and why.

use serde::{Deserialize, Serialize};

/// Why the estate cannot tell.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, thiserror::Error,
)]
#[serde(rename_all = "snake_case", tag = "gap")]
#[non_exhaustive]
pub enum Gap {
    /// AWS refused the call.
    #[error("access denied: {action} is not allowed")]
    AccessDenied {
        /// IAM action that is needed.
        action: String,
    },
    /// Throttled until the retries were used up.
    #[error("{operation} was throttled")]
    Throttled {
        /// The operation.
        operation: String,
    },
    /// The call or the reading of its answer went wrong.
    #[error("{operation} failed: {reason}")]
    Failed {
        /// The operation.
        operation: String,
        /// What went wrong.
        reason: String,
    },
    /// Nobody asked.
    #[error("{operation} was not collected")]
    NotCollected {
        /// The operation that would tell.
        operation: String,
    },
    /// AWS has not finished the report.
    #[error("{operation} has no result yet: {code}")]
    NotReady {
        /// The operation.
        operation: String,
        /// What AWS said.
        code: String,
    },
    /// The reference leads to nothing that was collected.
    #[error("{reference:?} leads to nothing that was collected")]
    Unresolvable {
        /// The reference.
        reference: String,
    },
    /// The value is decided when the plan is applied.
    #[error("{path} is known after apply")]
    KnownAfterApply {
        /// Path of the value.
        path: String,
    },
    /// The service does not exist in the region.
    #[error("{service} does not exist in the region")]
    NotInRegion {
        /// The service.
        service: String,
    },
    /// Left out by a bound that the user set.
    #[error("{operation} was left out by a bound")]
    NotEvaluated {
        /// The operation.
        operation: String,
    },
}

impl Gap {
    /// Code of the reason, as in reports.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AccessDenied { .. } => "access_denied",
            Self::Throttled { .. } => "throttled",
            Self::Failed { .. } => "failed",
            Self::NotCollected { .. } => "not_collected",
            Self::NotReady { .. } => "not_ready",
            Self::Unresolvable { .. } => "unresolvable",
            Self::KnownAfterApply { .. } => "known_after_apply",
            Self::NotInRegion { .. } => "not_in_region",
            Self::NotEvaluated { .. } => "not_evaluated",
        }
    }
}
