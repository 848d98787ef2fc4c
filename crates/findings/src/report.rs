//! Plain data about a whole run: what the logs could show, and the account of what was read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Category, Finding, Severity};

/// How much of a category the logs that were read can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Every kind of event that the rules of the category need was present.
    Full,
    /// Some were present.
    Partial,
    /// None were present: silence in this category means nothing.
    None,
}

impl Visibility {
    /// Name in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Partial => "partial",
            Self::None => "none",
        }
    }
}

/// Visibility of one category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryCoverage {
    /// The category.
    pub category: Category,
    /// How much could be seen.
    pub visible: Visibility,
    /// Why not more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

/// What the logs that were read can and cannot show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// One entry per category.
    pub categories: Vec<CategoryCoverage>,
    /// Limits that concern all categories.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Something in the input that could not be used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemLine {
    /// Where: a path or an object URL.
    pub source: String,
    /// Byte offset in the (decompressed) source, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// What was wrong.
    pub reason: String,
}

/// The account of a run: every record read ends in exactly one of `kept`, `duplicates`,
/// `filtered`, `unreadable` and `not_cloudtrail`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunSummary {
    /// Version of the program.
    pub tool_version: String,
    /// Number of sources (files or objects) read.
    pub sources: u64,
    /// Records read.
    pub records_read: u64,
    /// Records that the rules saw.
    pub kept: u64,
    /// Records dropped as copies of one already seen.
    pub duplicates: u64,
    /// Records with the id of another one and other bytes. They are used, and counted in `kept`.
    pub conflicting_duplicates: u64,
    /// Records that the user's filters (time, account, Region …) left out.
    pub filtered: u64,
    /// Records that could not be parsed.
    pub unreadable: u64,
    /// Records or files of another kind.
    pub not_cloudtrail: u64,
    /// Bytes read, as stored.
    pub bytes_read: u64,
    /// Bytes after decompression.
    pub bytes_inflated: u64,
    /// Time of the earliest record (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_event: Option<String>,
    /// Time of the latest record (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_event: Option<String>,
    /// Accounts seen.
    pub accounts: Vec<String>,
    /// AWS Regions seen.
    pub regions: Vec<String>,
    /// Number of findings per severity.
    pub findings_by_severity: BTreeMap<Severity, u64>,
    /// Number of rules used.
    pub rules_loaded: u64,
    /// Why the answer is not complete; empty when it is.
    pub incomplete: Vec<String>,
    /// Input that could not be used.
    pub problems: Vec<ProblemLine>,
}

impl RunSummary {
    /// Sets the number of findings per severity.
    pub fn count_findings(&mut self, findings: &[Finding]) {
        self.findings_by_severity.clear();
        for finding in findings {
            *self
                .findings_by_severity
                .entry(finding.severity)
                .or_default() += 1;
        }
    }

    /// Number of findings of all severities.
    pub fn findings(&self) -> u64 {
        self.findings_by_severity
            .values()
            .fold(0, |sum, count| sum.saturating_add(*count))
    }
}
