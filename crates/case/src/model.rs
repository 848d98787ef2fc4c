//! The case: what `case.json` holds.

mod answer;
mod coverage;
mod session;
mod timeline;

use std::collections::BTreeMap;

use rempart_findings::Severity;
use rempart_locale::Text;
use serde::{Deserialize, Serialize};

pub use answer::{Answer, Certainty, Statement, Status};
pub use coverage::{CoverageRow, CoverageState, IntegrityState, IntegritySummary, LogKind};
pub use session::{Attribution, Link, LinkKind, Mark, PersonCandidate, Seen, Session, SessionKind};
pub use timeline::{Phase, Step};

/// Version of the form of [`Case`] on disk.
pub const FORMAT: u32 = 1;

/// An investigation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Case {
    /// [`FORMAT`].
    pub format: u32,
    /// `case-` and 16 hexadecimal digits that follow from the inputs and the scope.
    pub id: String,
    /// Program and version, for example `rempart 0.1.0`.
    pub tool: String,
    /// What was asked.
    pub scope: Scope,
    /// What was read.
    pub inputs: Inputs,
    /// The summary in figures: first bad event, last activity.
    pub overview: Overview,
    /// Credentials in scope, by first event.
    pub sessions: Vec<Session>,
    /// How they hang together, by time.
    pub links: Vec<Link>,
    /// The timeline in human steps, by time.
    pub steps: Vec<Step>,
    /// The fifteen answers, by number.
    pub answers: Vec<Answer>,
    /// Addresses, keys, agents, domains and so on that identify the intruder.
    pub indicators: Vec<Indicator>,
    /// What the logs cover.
    pub coverage: Vec<CoverageRow>,
    /// Whether the log files are as CloudTrail delivered them.
    pub integrity: IntegritySummary,
    /// Legal periods, when the time of becoming aware was given.
    pub deadlines: Vec<Deadline>,
    /// The evidence that anything above cites, by its id.
    pub evidence: BTreeMap<String, EvidenceItem>,
}

/// What was asked.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Scope {
    /// Suspects as given or proposed.
    pub suspects: Vec<Suspect>,
    /// Start of the period asked for (RFC 3339); nothing given means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// End of it, not included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// When the organisation became aware (RFC 3339): deadlines count from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aware_at: Option<String>,
}

/// A suspect: where the scope starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspect {
    /// As given: an ARN, key, address …
    pub value: String,
    /// What it was taken for: `arn`, `access-key`, `principal-id`, `address`, `user-agent`, `event`,
    /// `resource`, `finding`.
    pub kind: String,
    /// Whether the program proposed it.
    pub proposed: bool,
    /// Why it was proposed; or what it matched.
    pub reasons: Vec<Text>,
    /// Records that it matches directly.
    pub events: u64,
}

/// What was read.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Inputs {
    /// Files and objects.
    pub sources: u64,
    /// Records that were kept.
    pub records: u64,
    /// Copies of records.
    pub duplicates: u64,
    /// Pieces that could not be read.
    pub unreadable: u64,
    /// Inflated bytes.
    pub bytes: u64,
    /// SHA-256 over names and sizes of sources and the digests of records in scope.
    pub digest: String,
    /// First and last time of all records (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_event: Option<String>,
    /// See `first_event`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_event: Option<String>,
    /// Accounts that recorded.
    pub accounts: Vec<String>,
    /// Their Regions.
    pub regions: Vec<String>,
    /// Snapshots of estates: path, time of collection, digest.
    pub estates: Vec<EstateInput>,
    /// Rules that were applied and the digest of their texts.
    pub rules: u64,
    /// See `rules`.
    pub rules_digest: String,
    /// What could not be read, with source, place and reason.
    pub problems: Vec<String>,
}

/// A snapshot that the case used.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EstateInput {
    /// As given.
    pub path: String,
    /// When it was collected (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collected_at: Option<String>,
    /// Digest of its manifest.
    pub digest: String,
}

/// The case in figures.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Overview {
    /// One sentence.
    pub headline: Text,
    /// The gravest severity among the findings in scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// The first event that is held to be the intruder's (RFC 3339) and its evidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_bad: Option<String>,
    /// See `first_bad`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_bad_evidence: Option<String>,
    /// Last activity in scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_activity: Option<String>,
    /// Records in scope.
    pub events: u64,
    /// Of them, calls that were denied or failed.
    pub failed: u64,
    /// Findings in scope.
    pub findings: u64,
    /// Accounts touched.
    pub accounts: Vec<String>,
    /// Regions touched.
    pub regions: Vec<String>,
}

/// Something that identifies the intruder elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Indicator {
    /// `ipv4`, `ipv6`, `access-key`, `user-agent`, `account`, `bucket`, `image`, `domain`, `role`,
    /// `hash`, `tls`.
    pub kind: String,
    /// The value.
    pub value: String,
    /// Why it counts as one.
    pub reason: Text,
    /// How certain.
    pub certainty: Certainty,
    /// First and last time (RFC 3339).
    pub first: String,
    /// See `first`.
    pub last: String,
    /// Events with it in scope.
    pub events: u64,
    /// Records, at most twenty.
    pub evidence: Vec<String>,
}

/// A legal period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// `gdpr-33`, `gdpr-34`, `nis2-early-warning`, …
    pub duty: String,
    /// What is due, whether it applies is the reader's decision.
    pub text: Text,
    /// When (RFC 3339); nothing where the law says 'without undue delay'.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// What of its content the case can fill in: label and content.
    pub content: Vec<(Text, Text)>,
}

/// A piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceItem {
    /// `record`, `policy`, `configuration`, `finding`, `integrity`.
    pub kind: String,
    /// Where it was read: a path, an object, a policy's ARN.
    pub source: String,
    /// Number in the source.
    pub index: u64,
    /// SHA-256 of the raw bytes.
    pub sha256: String,
    /// `eventID`, finding id, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// `eventSource` and `eventName` of a record (`sagemaker:CreateModel`), or a title.
    pub title: String,
    /// Whether the file that holds it is as delivered.
    pub integrity: IntegrityState,
}
