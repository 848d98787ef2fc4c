//! What the logs cover, and whether they are whole.

use rempart_locale::Text;
use serde::{Deserialize, Serialize};

/// A kind of log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogKind {
    /// Management events.
    Management,
    /// S3 object events.
    S3Data,
    /// Endpoint invocations.
    EndpointData,
    /// Feature store records.
    FeatureData,
    /// Other data events.
    OtherData,
    /// Network activity events.
    Network,
}

/// Whether a kind of event was recorded in a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CoverageState {
    /// Events are there.
    Covered,
    /// Events are there, and an event says that the trail was narrowed or a part left out.
    Partial,
    /// An event says that recording was stopped.
    Stopped,
    /// There is no event, and nothing says why: not recorded, not delivered, or nothing happened.
    Unknown,
    /// Files are missing, as the digests say.
    Missing,
}

/// What one account and Region have of one kind of log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageRow {
    /// `c1`, `c2` …
    pub id: String,
    /// Account.
    pub account: String,
    /// Region.
    pub region: String,
    /// Kind of log.
    pub kind: LogKind,
    /// Start (RFC 3339) of each stretch and its state; a stretch ends where the next begins.
    pub stretches: Vec<(String, CoverageState)>,
    /// End of the last stretch (RFC 3339).
    pub end: String,
    /// Events in it.
    pub events: u64,
    /// In words, where there is something to say.
    pub notes: Vec<Text>,
    /// Evidence ids (events that stopped or narrowed the log).
    pub evidence: Vec<String>,
}

/// Whether a log file is as CloudTrail delivered it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IntegrityState {
    /// A signed digest names it with this hash.
    Verified,
    /// A digest names it with this hash, but the signature could not be checked.
    HashOnly,
    /// Something is wrong with it.
    Altered,
    /// No digest names it.
    Unreferenced,
    /// There were no digests.
    NotChecked,
}

/// The result of checking digests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntegritySummary {
    /// The weakest state among files that hold evidence.
    pub state: IntegrityState,
    /// In words.
    pub text: Text,
    /// Digest files read.
    pub digests: u64,
    /// Log files by verdict.
    pub verdicts: Vec<(String, u64)>,
    /// Every gap, altered, missing or unreferenced file: object and reason, at most a thousand.
    pub problems: Vec<(String, Text)>,
}
