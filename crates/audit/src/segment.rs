//! Segments: records that were not delivered yet, one a line, each bound to the one before.
//!
//! A line is `<SHA-256 of the previous hash, recipient and record> <recipient> <record>`. The first line
//! of a segment is the last hash of the segment before.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::files::{AuditError, hex, sync_folder};

/// The hash before the first record of all.
pub(crate) const FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// How the first line of a segment begins.
const HEAD: &str = "rempart-audit-1 ";

/// The segment that is written.
pub(crate) struct Segment {
    pub(crate) path: PathBuf,
    file: BufWriter<File>,
    pub(crate) hash: String,
    pub(crate) bytes: u64,
    pub(crate) records: u64,
}

impl Segment {
    /// Begins a segment.
    pub(crate) fn begin(path: &Path, hash: &str) -> Result<Self, AuditError> {
        let failed = |error: std::io::Error| AuditError::new(path, error);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = BufWriter::with_capacity(1 << 16, options.open(path).map_err(failed)?);
        writeln!(file, "{HEAD}{hash}").map_err(failed)?;
        let mut segment = Self {
            path: path.to_owned(),
            file,
            hash: hash.to_owned(),
            bytes: 0,
            records: 0,
        };
        segment.sync()?;
        sync_folder(path.parent().unwrap_or(path))?;
        Ok(segment)
    }

    /// Appends a record.
    pub(crate) fn append(&mut self, recipient: &str, record: &[u8]) -> Result<(), AuditError> {
        let hash = next(&self.hash, recipient, record);
        let written = self
            .file
            .write_all(hash.as_bytes())
            .and_then(|()| write!(self.file, " {recipient} "))
            .and_then(|()| self.file.write_all(record))
            .and_then(|()| self.file.write_all(b"\n"));
        written.map_err(|error| AuditError::new(&self.path, error))?;
        self.hash = hash;
        self.bytes += record.len() as u64;
        self.records += 1;
        Ok(())
    }

    /// Hands what is buffered to the system.
    pub(crate) fn flush(&mut self) -> Result<(), AuditError> {
        self.file
            .flush()
            .map_err(|error| AuditError::new(&self.path, error))
    }

    /// Makes what was appended durable.
    pub(crate) fn sync(&mut self) -> Result<(), AuditError> {
        self.flush()?;
        let synced = self.file.get_ref().sync_data();
        synced.map_err(|error| AuditError::new(&self.path, error))
    }
}

/// What a segment holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Content {
    /// Recipients and records.
    pub(crate) records: Vec<(String, Vec<u8>)>,
    /// The hash before the first.
    pub(crate) before: String,
    /// The last hash.
    pub(crate) hash: String,
    /// Bytes of a last line that is not whole: what a crash leaves.
    pub(crate) torn: usize,
}

/// Reads a segment.
///
/// # Errors
/// The disk fails, or a record before the last does not fit its hash.
pub(crate) fn read(path: &Path) -> Result<Content, AuditError> {
    let bytes = std::fs::read(path).map_err(|error| AuditError::new(path, error))?;
    let altered = |line: usize| {
        AuditError::new(
            path,
            format!("line {line} was altered: it does not fit its hash"),
        )
    };
    let mut content = Content::default();
    let mut rest = bytes.as_slice();
    for number in 1.. {
        let Some(end) = memchr::memchr(b'\n', rest) else {
            content.torn = rest.len();
            break;
        };
        let (line, after) = rest.split_at(end);
        rest = after.get(1..).unwrap_or_default();
        if number == 1 {
            let text = std::str::from_utf8(line).unwrap_or_default();
            let hash = text.strip_prefix(HEAD).ok_or_else(|| altered(1))?;
            content.before = hash.to_owned();
            content.hash = hash.to_owned();
            continue;
        }
        let read = line.get(..64).zip(line.get(65..77)).zip(line.get(78..));
        let ((hash, recipient), record) = read.ok_or_else(|| altered(number))?;
        let recipient = std::str::from_utf8(recipient).map_err(|_| altered(number))?;
        let expected = next(&content.hash, recipient, record);
        if expected.as_bytes() != hash {
            return Err(altered(number));
        }
        content.hash = expected;
        content
            .records
            .push((recipient.to_owned(), record.to_vec()));
    }
    Ok(content)
}

fn next(previous: &str, recipient: &str, record: &[u8]) -> String {
    let mut digest = Sha256::new();
    digest.update(previous.as_bytes());
    digest.update(recipient.as_bytes());
    digest.update(record);
    hex(&digest.finalize())
}
