//! The timeline in human steps.

use rempart_findings::{Category, Severity, Technique};
use rempart_locale::Text;
use serde::{Deserialize, Serialize};

use super::Certainty;

/// What an intruder does at a step. Ordered as attacks go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Getting in.
    Entry,
    /// Looking around.
    Reconnaissance,
    /// Getting or using other credentials.
    Credentials,
    /// Getting more rights.
    Privilege,
    /// Staying.
    Persistence,
    /// Taking data out.
    Exfiltration,
    /// Changing data or models.
    Tampering,
    /// Hiding.
    Evasion,
    /// Harm: cost, deletion, stop.
    Impact,
    /// What the defenders did.
    Response,
    /// Calls that stand in no phase.
    Other,
}

impl Phase {
    /// All phases in order.
    pub const ALL: [Self; 11] = [
        Self::Entry,
        Self::Reconnaissance,
        Self::Credentials,
        Self::Privilege,
        Self::Persistence,
        Self::Exfiltration,
        Self::Tampering,
        Self::Evasion,
        Self::Impact,
        Self::Response,
        Self::Other,
    ];

    /// The key of its word.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Entry => "phase-entry",
            Self::Reconnaissance => "phase-reconnaissance",
            Self::Credentials => "phase-credentials",
            Self::Privilege => "phase-privilege",
            Self::Persistence => "phase-persistence",
            Self::Exfiltration => "phase-exfiltration",
            Self::Tampering => "phase-tampering",
            Self::Evasion => "phase-evasion",
            Self::Impact => "phase-impact",
            Self::Response => "phase-response",
            Self::Other => "phase-other",
        }
    }
}

/// A step: calls of one credential that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// `t1`, `t2` … by time.
    pub id: String,
    /// First and last event (RFC 3339).
    pub first: String,
    /// See `first`.
    pub last: String,
    /// What was done, in words.
    pub text: Text,
    /// Where in an attack it stands.
    pub phase: Phase,
    /// Threat category of the findings behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// Gravest severity of the findings behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Techniques of ATT&CK and ATLAS.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub techniques: Vec<Technique>,
    /// Id of the [`crate::Session`].
    pub session: String,
    /// Source addresses.
    pub addresses: Vec<String>,
    /// Accounts that recorded.
    pub accounts: Vec<String>,
    /// Regions.
    pub regions: Vec<String>,
    /// Distinct calls (`sagemaker:CreateModel`) with their number.
    pub calls: Vec<(String, u64)>,
    /// ARNs or names of what was touched, at most fifty.
    pub resources: Vec<String>,
    /// Events, and those that were denied or failed.
    pub events: u64,
    /// See `events`.
    pub failed: u64,
    /// How certain it is that this is the intruder.
    pub certainty: Certainty,
    /// Titles of the rules that fired.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// Finding ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<String>,
    /// Guardrails that would have stopped at least one of its calls.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guardrails: Vec<String>,
    /// Evidence ids, at most twenty.
    pub evidence: Vec<String>,
}
