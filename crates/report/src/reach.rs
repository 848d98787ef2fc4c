//! What the credentials of a case could do: the table that the report shows.

use rempart_locale::Text;
use serde::{Deserialize, Serialize};

/// What could be reached with the credentials in scope.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReachTable {
    /// One row for an identity and a resource, in the order in which they are shown.
    pub rows: Vec<ReachRow>,
    /// What could not be decided, and why.
    pub unknown: Vec<Text>,
}

/// What one identity could do to one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReachRow {
    /// ARN of the user or role.
    pub identity: String,
    /// ARN or name of the resource.
    pub resource: String,
    /// Sort of resource: `s3-bucket`, `sagemaker-model` …
    pub kind: String,
    /// `reached`, `attempted-denied`, `reachable`, `reachable-if`, `not-reachable`, `unknown`: the
    /// message is `reach-label-<label>`.
    pub label: String,
    /// Actions, such as `s3:GetObject`.
    pub actions: Vec<String>,
    /// Under which conditions, for `reachable-if`.
    pub conditions: Vec<Text>,
    /// The steps that lead there, or the statement that denies.
    pub proof: Vec<Text>,
    /// Since when (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_at: Option<String>,
    /// Ids of the case's evidence.
    pub evidence: Vec<String>,
}
