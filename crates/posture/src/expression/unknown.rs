//! Why a question could not be decided.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The kind of a reason; the names are part of the output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonCode {
    /// A call was refused; the reason names the IAM action.
    AccessDenied,
    /// A call was throttled beyond the budget.
    Throttled,
    /// A call failed.
    Failed,
    /// Nobody asked AWS for it.
    NotCollected,
    /// AWS has not finished preparing the answer.
    NotReady,
    /// A reference leads to nothing that was collected.
    Unresolvable,
    /// The value is decided only when the plan is applied.
    KnownAfterApply,
    /// The answer does not look as the service model says.
    ModelGap,
    /// A parameter of the control has no value.
    NotConfigured,
    /// A member is missing and the control does not say what AWS means by that.
    AbsentField,
    /// The question is outside what can be decided.
    Unsupported,
    /// The service does not exist in the Region.
    NotInRegion,
    /// Left out by a bound that the user set.
    NotEvaluated,
}

impl ReasonCode {
    /// The name in output and in examples of controls.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessDenied => "access_denied",
            Self::Throttled => "throttled",
            Self::Failed => "failed",
            Self::NotCollected => "not_collected",
            Self::NotReady => "not_ready",
            Self::Unresolvable => "unresolvable",
            Self::KnownAfterApply => "known_after_apply",
            Self::ModelGap => "model_gap",
            Self::NotConfigured => "not_configured",
            Self::AbsentField => "absent_field",
            Self::Unsupported => "unsupported",
            Self::NotInRegion => "not_in_region",
            Self::NotEvaluated => "not_evaluated",
        }
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// One reason.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Reason {
    /// The kind.
    pub code: ReasonCode,
    /// What exactly: a member, an operation, a reference.
    pub detail: String,
    /// The IAM action that would have answered, where one is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
}

/// A value that could not be determined, with one reason or more, sorted and distinct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    reasons: Vec<Reason>,
}

/// Reasons other than missing permissions that are told one by one.
const MOST_TOLD: usize = 4;

impl Unknown {
    /// Not known for one reason.
    pub fn new(code: ReasonCode, detail: impl Into<String>) -> Self {
        Self {
            reasons: vec![Reason {
                code,
                detail: detail.into(),
                permission: None,
            }],
        }
    }

    /// Not known, because a call was refused. `action` is the IAM action that was missing.
    pub fn denied(operation: &str, action: impl Into<String>) -> Self {
        Self {
            reasons: vec![Reason {
                code: ReasonCode::AccessDenied,
                detail: operation.to_owned(),
                permission: Some(action.into()),
            }],
        }
    }

    /// Both reasons.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.reasons.extend(other.reasons);
        self.reasons.sort();
        self.reasons.dedup();
        self
    }

    /// What the reasons say, for people: what is not allowed, and a few of the others.
    pub fn told(&self) -> String {
        let (denied, others): (Vec<&Reason>, Vec<&Reason>) = self
            .reasons
            .iter()
            .partition(|reason| reason.permission.is_some());
        let shown = others.iter().take(MOST_TOLD);
        let details = denied.iter().chain(shown).map(|one| one.detail.as_str());
        let mut text = details.collect::<Vec<_>>().join("; ");
        if let Some(left @ 1..) = others.len().checked_sub(MOST_TOLD) {
            text.push_str(&format!("; and {left} more"));
        }
        text
    }

    /// The reasons, at least one.
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    /// The reasons, at least one.
    pub fn into_reasons(self) -> Vec<Reason> {
        self.reasons
    }
}
