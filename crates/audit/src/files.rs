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
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// A gzip member of these bytes; the same for the same bytes.
pub(crate) fn gzip(path: &Path, bytes: &[u8]) -> Result<Vec<u8>, AuditError> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let written = writer.write_all(bytes).and_then(|()| writer.finish());
    written.map_err(|error| AuditError::new(path, error))
}
