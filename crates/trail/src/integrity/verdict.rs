//! What verification says: verdicts of files and of periods, and the report.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::source::Problem;

/// What is known about a file, or about a period of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Signed by CloudTrail, or named by such a digest, and every byte of its text agrees.
    Verified,
    /// The text is not the one that the digest names, or cannot be inflated.
    Altered,
    /// A digest names it and it is not there.
    Missing,
    /// A log of an hour for which there is no digest that can be used.
    Uncovered,
    /// A log that no digest names yet, delivered less than an hour before the end of what is known.
    UnreferencedPending,
    /// A log that no digest names although the digest of its hour is there.
    UnreferencedSuspicious,
    /// A digest whose signature, link or content is wrong, or a log that only such a digest names.
    DigestInvalid,
    /// A period without the digests that must exist.
    DigestMissing,
    /// Digests are missing after the newest one.
    TailMissing,
    /// Digests are missing before the oldest one, or nothing shows why the chain begins there.
    HeadTruncated,
    /// A period without digests, explained by an event that switched logging off.
    LoggingOff,
    /// The signature cannot be checked, because no key of that fingerprint is at hand.
    UnknownKey,
    /// Bytes follow the first gzip member.
    TrailingData,
    /// It cannot be decided: no signature at hand, unreadable, over a limit, outside the period.
    NotVerifiable,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 14] = [
        Self::Verified,
        Self::Altered,
        Self::Missing,
        Self::Uncovered,
        Self::UnreferencedPending,
        Self::UnreferencedSuspicious,
        Self::DigestInvalid,
        Self::DigestMissing,
        Self::TailMissing,
        Self::HeadTruncated,
        Self::LoggingOff,
        Self::UnknownKey,
        Self::TrailingData,
        Self::NotVerifiable,
    ];

    /// The name, as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Altered => "altered",
            Self::Missing => "missing",
            Self::Uncovered => "uncovered",
            Self::UnreferencedPending => "unreferenced-pending",
            Self::UnreferencedSuspicious => "unreferenced-suspicious",
            Self::DigestInvalid => "digest-invalid",
            Self::DigestMissing => "digest-missing",
            Self::TailMissing => "tail-missing",
            Self::HeadTruncated => "head-truncated",
            Self::LoggingOff => "logging-off",
            Self::UnknownKey => "unknown-key",
            Self::TrailingData => "trailing-data",
            Self::NotVerifiable => "not-verifiable",
        }
    }

    /// Whether nothing is wrong as far as could be seen: either it is proved, or it could not be
    /// looked at.
    const fn is_undecided(self) -> bool {
        matches!(self, Self::UnknownKey | Self::NotVerifiable)
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// The verdict of the source of a piece of evidence.
pub type IntegrityStatus = Verdict;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// A digest
    Digest,
    /// A file of records
    Log,
}

/// The verdict of one file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FileVerdict {
    /// Name of the source; `s3://bucket/key` of a file that is not there.
    pub source: String,
    /// What it is.
    pub kind: FileKind,
    /// What is known about it.
    pub verdict: Verdict,
    /// Why, in English; empty when verified.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// `s3://bucket/key` under which CloudTrail delivered it, where a digest says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// `s3://bucket/key` of the digest that names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// SHA-256 of the inflated text, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// How many of each verdict.
pub type Counts = BTreeMap<Verdict, u64>;

/// A period of a chain for which digests are not there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Gap {
    /// Start, RFC 3339; absent when it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// End, RFC 3339.
    pub to: String,
    /// Hours without a digest, rounded up; 0 when not known.
    pub hours: u64,
    /// `digest-missing`, `digest-invalid`, `tail-missing`, `head-truncated` or `logging-off`.
    pub verdict: Verdict,
    /// Why, in English.
    pub reason: String,
}

/// The digests of one account, Region and trail, standard or backfill.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ChainReport {
    /// Account whose logs they cover.
    pub account: String,
    /// Region whose logs they cover.
    pub region: String,
    /// Name of the trail.
    pub trail: String,
    /// Home Region of the trail.
    pub home_region: String,
    /// Whether these are the digests of late files.
    pub backfill: bool,
    /// Start of the oldest digest that is not invalid, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// End of the newest digest that is not invalid, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Digests by verdict.
    pub digests: Counts,
    /// Logs that these digests name, by verdict.
    pub logs: Counts,
    /// Periods without digests.
    pub gaps: Vec<Gap>,
}

/// What a verification comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every file in the period is verified, and every gap is explained.
    Verified,
    /// Something is wrong, or not everything could be verified.
    Wrong,
    /// There was nothing that could be verified.
    Nothing,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct IntegrityReport {
    /// Chains by account, Region and trail.
    pub chains: Vec<ChainReport>,
    /// Every digest and log in the period, by name.
    pub files: Vec<FileVerdict>,
    /// Digests by verdict, each once.
    pub digests: Counts,
    /// Logs by verdict.
    pub logs: Counts,
    /// Hours without a digest by verdict.
    pub gap_hours: Counts,
    /// What could not be looked at, and what is odd about keys and signatures.
    pub problems: Vec<IntegrityProblem>,
    /// What a reader should know to understand the verdicts.
    pub notes: Vec<String>,
    /// Public keys at hand.
    pub keys: u64,
    /// Files that are neither digests nor hold records.
    pub other_files: u64,
    /// Digests and logs outside the period.
    pub outside_period: u64,
    /// Bytes as stored.
    pub stored_bytes: u64,
    /// Bytes of text.
    pub inflated_bytes: u64,
}

/// Something that could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct IntegrityProblem {
    /// What it concerns.
    pub source: String,
    /// What is wrong.
    pub message: String,
}

impl IntegrityReport {
    /// The verdict of a source, by its name. Sources that were not judged are `not-verifiable`.
    #[must_use]
    pub fn status_of(&self, source: &str) -> IntegrityStatus {
        let first = self
            .files
            .partition_point(|file| file.source.as_str() < source);
        let of_source = self.files.iter().skip(first);
        of_source
            .take_while(|file| file.source == source)
            .map(|file| file.verdict)
            .max()
            .unwrap_or(Verdict::NotVerifiable)
    }

    /// What it all comes to.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        if self.digests.values().sum::<u64>() == 0 {
            return Outcome::Nothing;
        }
        let gaps = self.chains.iter().flat_map(|chain| &chain.gaps);
        let is_whole = gaps.clone().all(|gap| gap.verdict == Verdict::LoggingOff);
        let found: Vec<Verdict> = self
            .digests
            .iter()
            .chain(&self.logs)
            .filter(|(_, count)| **count > 0)
            .map(|(verdict, _)| *verdict)
            .collect();
        if is_whole && self.problems.is_empty() && found.iter().all(|&it| it == Verdict::Verified) {
            return Outcome::Verified;
        }
        if is_whole && found.iter().all(|verdict| verdict.is_undecided()) {
            return Outcome::Nothing;
        }
        Outcome::Wrong
    }
}

impl From<&Problem> for IntegrityProblem {
    fn from(problem: &Problem) -> Self {
        Self {
            source: problem.name.clone(),
            message: problem.message.clone(),
        }
    }
}
