//! Writing an entry.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use thiserror::Error;

use super::text::{Head, check, line};
use super::{Entry, Journal, JournalError, LARGEST_HEAD, LARGEST_JOURNAL};
use crate::key::{KeyError, SigningKey};
use crate::manifest::{LARGEST_MANIFEST, Manifest, ManifestError};
use crate::read::{ReadError, open_file, read_bounded, read_file};
use crate::signers::SignatureStatus;
use crate::{Digest, JOURNAL, JOURNAL_HEAD, MANIFEST, atomic};

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Appended {
    /// Entries of the journal now.
    pub entries: u64,
    /// SHA-256 of the new line: who keeps it elsewhere can tell later that nothing was cut off.
    pub last: Digest,
}

/// Why an entry could not be written. The journal is as before.
#[derive(Debug, Error)]
pub enum AppendError {
    /// A file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The directory has no good manifest.
    #[error("{MANIFEST}: {0}")]
    Manifest(#[from] ManifestError),
    /// The journal is broken; nothing is added to it.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The entry lacks something.
    #[error("the entry cannot be written: {0}")]
    Entry(String),
    /// Manifest or journal are signed.
    #[error("the directory is signed, so an entry needs a signing key too")]
    KeyNeeded,
    /// Signing failed.
    #[error("signing key: {0}")]
    Key(#[from] KeyError),
    /// The journal would be larger than can be read.
    #[error("{JOURNAL}: would have more than {LARGEST_JOURNAL} bytes")]
    Full,
    /// Writing failed.
    #[error("{file}: {error}")]
    Write {
        /// Name in the directory.
        file: &'static str,
        /// Why.
        error: io::Error,
    },
}

/// Adds an entry to the journal of a sealed directory.
///
/// Other processes wait: the journal is locked. The chain is checked before, so nothing is ever
/// added to a broken journal. With a key the entry and the new head are signed; a signed directory
/// takes no entry without one, since its head would be unsigned then.
pub fn append_note(
    directory: &Path,
    entry: &Entry,
    key: Option<&SigningKey>,
) -> Result<Appended, AppendError> {
    check(entry).map_err(AppendError::Entry)?;
    let manifest = read_file(&directory.join(MANIFEST), LARGEST_MANIFEST)?;
    let digest = Digest::of(&manifest);
    let manifest = Manifest::parse(&manifest)?;
    let journal_failed = |error| AppendError::Write {
        file: JOURNAL,
        error,
    };
    let path = directory.join(JOURNAL);
    open_file(&path)?;
    let mut file = OpenOptions::new()
        .read(true)
        .append(true)
        .open(&path)
        .map_err(journal_failed)?;
    // Until the file is closed.
    file.lock().map_err(journal_failed)?;
    let bytes = read_bounded(&file, &path, LARGEST_JOURNAL)?;
    let head_path = directory.join(JOURNAL_HEAD);
    let head = read_file(&head_path, LARGEST_HEAD)?;
    let journal = Journal::parse(digest, &bytes, &head, None, None)?;
    let signed = manifest.signer.is_some() || journal.signature != SignatureStatus::Unsigned;
    if signed && key.is_none() {
        return Err(AppendError::KeyNeeded);
    }

    let line = line(entry, journal.last, key)?;
    let before = bytes.len() as u64;
    let size = before + line.len() as u64;
    if size > LARGEST_JOURNAL {
        return Err(AppendError::Full);
    }
    let last = Digest::of(&line);
    let entries = journal.notes.len() as u64 + 1;
    let head = Head::new(digest, entries, size, last).sealed(key)?;
    // First the entry, then the head: when the machine stops in between, the journal is longer than
    // its head says, which is noticed and can be mended without losing an entry.
    let written = file.write_all(&line).and_then(|()| file.sync_all());
    if let Err(error) = written {
        let _ = file.set_len(before);
        return Err(journal_failed(error));
    }
    if let Err(error) = atomic::replace(&head_path, &head) {
        // Unless the new head is in place after all.
        if read_file(&head_path, LARGEST_HEAD).is_ok_and(|found| found != head) {
            let _ = file.set_len(before);
        }
        return Err(AppendError::Write {
            file: JOURNAL_HEAD,
            error,
        });
    }
    Ok(Appended { entries, last })
}
