//! The journal: who did what and why, one entry a line, chained by hashes.
//!
//! A line is canonical JSON (RFC 8785) and a line feed. Its `previous` is the SHA-256 of the line
//! before, line feed included; that of the first is the SHA-256 of `manifest.json`. A chain alone
//! does not show that its end was cut off, so `journal.head` says how many entries and bytes there
//! are and what the last hash is. Signatures are over the canonical text without `signature`.

pub(crate) mod append;
mod text;

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::read::{ReadError, read_file};
use crate::signers::{AllowedSigners, SignatureStatus};
use crate::{Digest, JOURNAL, JOURNAL_HEAD, MANIFEST};
pub(crate) use text::Head;

/// Largest journal that is written or read, in bytes.
pub(crate) const LARGEST_JOURNAL: u64 = 64 << 20;
/// Largest head, in bytes.
pub(crate) const LARGEST_HEAD: u64 = 64 << 10;

/// What was done with a directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When (RFC 3339), by the clock of whoever says so.
    pub at: String,
    /// Who, in their own words.
    pub who: String,
    /// What was done.
    pub what: String,
    /// Why; may be empty.
    pub why: String,
    /// Items, events and other things it is about.
    pub links: Vec<String>,
}

/// An entry as the journal has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// From 1: the number of its line.
    pub number: u64,
    /// What it says.
    #[serde(flatten)]
    pub entry: Entry,
    /// SHA-256 of its line.
    pub sha256: Digest,
    /// Of the entry.
    pub signature: SignatureStatus,
}

/// A journal whose chain holds and ends where its head says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Journal {
    /// In order.
    pub notes: Vec<Note>,
    /// SHA-256 of the last line; of the manifest when there is none.
    pub last: Digest,
    /// Of the head.
    pub signature: SignatureStatus,
}

/// Why a journal is broken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum JournalError {
    /// The head is no head.
    #[error("{JOURNAL_HEAD}: {0}")]
    Head(String),
    /// A line is no entry.
    #[error("{JOURNAL}:{line}: {reason}")]
    Line {
        /// From 1.
        line: u64,
        /// Why.
        reason: String,
    },
    /// There is more than the head names.
    #[error(
        "{JOURNAL}: has bytes behind the entry that {JOURNAL_HEAD} names: writing an entry was interrupted, or they were added (hint: to go on without them, keep a copy of the directory and run `truncate -s {bytes} {JOURNAL}`)"
    )]
    Longer {
        /// Size that the head names.
        bytes: u64,
    },
    /// There is less than the head names.
    #[error("{JOURNAL}: has {found} bytes where {JOURNAL_HEAD} names {named}: its end is missing")]
    Shorter {
        /// Bytes.
        found: u64,
        /// Bytes, in the head.
        named: u64,
    },
    /// Last hash or number of entries differ.
    #[error("{JOURNAL}: its entries are not those that {JOURNAL_HEAD} names")]
    Differs,
}

/// Why notes could not be read.
#[derive(Debug, Error)]
pub enum ReadJournalError {
    /// A file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The journal is broken.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl Journal {
    /// Reads a journal. `manifest` is the SHA-256 of the manifest it belongs to; `allowed` and `now`
    /// as for [`crate::check_signature`].
    pub fn parse(
        manifest: Digest,
        journal: &[u8],
        head: &[u8],
        allowed: Option<&AllowedSigners>,
        now: Option<Timestamp>,
    ) -> Result<Self, JournalError> {
        let (head, signature) = Head::parse(head, allowed, now).map_err(JournalError::Head)?;
        if head.manifest != manifest {
            let reason = "belongs to another manifest".to_owned();
            return Err(JournalError::Head(reason));
        }
        let found = journal.len() as u64;
        if found < head.bytes {
            return Err(JournalError::Shorter {
                found,
                named: head.bytes,
            });
        }
        let named = usize::try_from(head.bytes).unwrap_or(usize::MAX);
        let (within, behind) = journal.split_at_checked(named).unwrap_or((journal, b""));
        let mut last = manifest;
        let mut notes = Vec::new();
        for (number, text) in (1..).zip(within.split_inclusive(|byte| *byte == b'\n')) {
            let parsed = text::parse_line(text, last, allowed, now);
            let (entry, signature) = parsed.map_err(|reason| JournalError::Line {
                line: number,
                reason,
            })?;
            last = Digest::of(text);
            notes.push(Note {
                number,
                entry,
                sha256: last,
                signature,
            });
        }
        if notes.len() as u64 != head.entries || last != head.last {
            return Err(JournalError::Differs);
        }
        if !behind.is_empty() {
            return Err(JournalError::Longer { bytes: head.bytes });
        }
        Ok(Self {
            notes,
            last,
            signature,
        })
    }
}

/// The notes of a directory, when its journal holds together. Whether the directory does is for
/// [`crate::verify`].
pub fn read_notes(
    directory: &Path,
    allowed: Option<&AllowedSigners>,
    now: Option<Timestamp>,
) -> Result<Journal, ReadJournalError> {
    let manifest = read_file(&directory.join(MANIFEST), crate::manifest::LARGEST_MANIFEST)?;
    let journal = read_file(&directory.join(JOURNAL), LARGEST_JOURNAL)?;
    let head = read_file(&directory.join(JOURNAL_HEAD), LARGEST_HEAD)?;
    let manifest = Digest::of(&manifest);
    Ok(Journal::parse(manifest, &journal, &head, allowed, now)?)
}
