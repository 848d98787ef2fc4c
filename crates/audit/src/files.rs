//! Files that appear whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// Why the log could not be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {reason}", path = .path.display())]
pub struct AuditError {
    /// File.
    pub path: PathBuf,
    /// What is wrong.
    pub reason: String,
}

impl AuditError {
    pub(crate) fn new(path: &Path, error: impl ToString) -> Self {
        Self {
            path: path.to_owned(),
            reason: error.to_string(),
        }
    }
}

/// Writes a file under another name, syncs it and gives it its name; readable by its owner alone.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), AuditError> {
    let failed = |error: std::io::Error| AuditError::new(path, error);
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(failed)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&part).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    fs::rename(&part, path).map_err(failed)?;
    sync_folder(folder)
}

pub(crate) fn sync_folder(folder: &Path) -> Result<(), AuditError> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| AuditError::new(folder, error))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    push_hex(&mut text, bytes);
    text
}

pub(crate) fn push_hex(text: &mut String, bytes: &[u8]) {
    let digit = |value: u8| {
        char::from(if value < 10 {
            b'0' + value
        } else {
            b'a' + value - 10
        })
    };
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
}

/// Compresses what it is given and hashes it before; the same for the same bytes.
pub(crate) struct HashedGzip {
    path: PathBuf,
    hash: Sha256,
    gzip: flate2::write::GzEncoder<Vec<u8>>,
}

impl HashedGzip {
    /// `path` is named in errors.
    pub(crate) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            hash: Sha256::new(),
            gzip: flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()),
        }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), AuditError> {
        self.hash.update(bytes);
        let written = self.gzip.write_all(bytes);
        written.map_err(|error| AuditError::new(&self.path, error))
    }

    /// SHA-256 of what was given in hexadecimal, and the gzip member.
    pub(crate) fn finish(self) -> Result<(String, Vec<u8>), AuditError> {
        let compressed = self.gzip.finish();
        let compressed = compressed.map_err(|error| AuditError::new(&self.path, error))?;
        Ok((hex(&self.hash.finalize()), compressed))
    }
}
