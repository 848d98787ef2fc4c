//! Whether log files are those that CloudTrail delivered: chains of signed digests, checked without
//! the network.
//!
//! - A file is `verified` only if a digest names its SHA-256, that digest carries a signature of a
//!   known key, and no digest after it contradicts that.
//! - Where a file lies does not matter. What it is, the digest says; which file that is on disk,
//!   its name or else its content says.
//! - What is absent is looked for: hours without a digest, at either end too, and logs that no digest
//!   names.
//! - Files are inflated once, in parallel, with bounded memory. The report does not depend on the
//!   number of threads.
//!
//! Hashes are of inflated text, since that is what CloudTrail signs: another compression of the same
//! text is the same log. `docs/integrity.md` is the contract.

use std::sync::atomic::AtomicU64;

use crate::read::Limits;
use crate::source::Discovery;
use crate::time::EventTime;

mod chain;
mod document;
mod event;
mod keys;
mod logs;
mod name;
mod parallel;
mod run;
mod scan;
mod signature;
mod signatures;
mod tree;
mod verdict;

pub use document::{DigestDocument, LogEntry};
pub use event::{ChangeKind, LoggingChange};
pub use keys::PublicKeys;
pub use signatures::{Signature, Signatures};
pub use verdict::{
    ChainReport, Counts, FileKind, FileVerdict, Gap, IntegrityProblem, IntegrityReport,
    IntegrityStatus, Outcome, Verdict,
};

/// How [`verify`] goes about it.
#[derive(Debug, Clone)]
pub struct IntegrityOptions {
    /// Keys that are trusted. Without one, nothing is verified; hashes and links are compared.
    pub keys: PublicKeys,
    /// Signatures of digests; the files beside digests count as well, and what later digests quote.
    pub signatures: Signatures,
    /// Start of the period that must be covered. Digests that end before it, and logs delivered before
    /// it, are not judged.
    pub from: Option<EventTime>,
    /// End of the period that must be covered.
    pub to: Option<EventTime>,
    /// The present time, where it matters: digests of the last hour may not be there yet.
    pub now: Option<EventTime>,
    /// Changes of logging that are known from elsewhere, beside those in verified logs.
    pub events: Vec<LoggingChange>,
    /// Threads that read.
    pub threads: usize,
    /// Caps on what is read.
    pub limits: Limits,
}

impl Default for IntegrityOptions {
    fn default() -> Self {
        Self {
            keys: PublicKeys::default(),
            signatures: Signatures::default(),
            from: None,
            to: None,
            now: None,
            events: Vec::new(),
            threads: 1,
            limits: Limits::default(),
        }
    }
}

/// How far a verification is.
#[derive(Debug, Default)]
pub struct IntegrityProgress {
    /// Files to read.
    pub files: AtomicU64,
    /// Files that were read.
    pub files_done: AtomicU64,
    /// Bytes of text that were hashed.
    pub inflated_bytes: AtomicU64,
}

/// Verifies every digest and log among the sources. Never fails: what could not be read has a verdict
/// that says so.
#[must_use]
pub fn verify(
    discovery: &Discovery,
    options: &IntegrityOptions,
    progress: &IntegrityProgress,
) -> IntegrityReport {
    run::verify(discovery, options, progress)
}

/// Lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
