//! Packing records into log files as CloudTrail delivers them.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::random::Random;
use crate::time::{HOUR, MINUTE, Time};

/// The folder of a record kind under the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Folder {
    /// Management and data events.
    Trail,
    /// Insights events.
    Insight,
    /// Events of VPC endpoints.
    NetworkActivity,
    /// Aggregated data events.
    Aggregated,
}

impl Folder {
    fn name(self) -> &'static str {
        match self {
            Self::Trail => "CloudTrail",
            Self::Insight => "CloudTrail-Insight",
            Self::NetworkActivity => "CloudTrail-NetworkActivity",
            Self::Aggregated => "CloudTrail-Aggregated",
        }
    }
}

/// A finished record with what decides its file.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Time of the event.
    pub time: Time,
    /// Account that receives it.
    pub account: &'static str,
    /// Region of the event.
    pub region: &'static str,
    /// Kind of the record.
    pub folder: Folder,
    /// The record as compact JSON.
    pub json: String,
}

/// A file of a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Path below the root of the data set, with `/`.
    pub path: String,
    /// Content as it is on disk.
    pub bytes: Vec<u8>,
}

/// Why a data set could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A file or folder could not be created.
    #[error("cannot write {path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The content could not be compressed.
    #[error("cannot compress {path}")]
    Compress {
        /// The file.
        path: PathBuf,
    },
}

/// Compresses `bytes` to one gzip member without time or name, at a level from 1 to 12.
///
/// # Errors
/// When the compressor does not accept the level or the output does not fit.
pub fn gzip(path: &Path, bytes: &[u8], level: i32) -> Result<Vec<u8>, WriteError> {
    let failed = || WriteError::Compress {
        path: path.to_owned(),
    };
    let level = libdeflater::CompressionLvl::new(level).map_err(|_| failed())?;
    let mut compressor = libdeflater::Compressor::new(level);
    let mut packed = vec![0; compressor.gzip_compress_bound(bytes.len())];
    let length = compressor
        .gzip_compress(bytes, &mut packed)
        .map_err(|_| failed())?;
    packed.truncate(length);
    Ok(packed)
}

/// Writes files below `root` and makes the folders.
///
/// # Errors
/// When a folder or a file cannot be created.
pub fn write_files(root: &Path, files: &[File]) -> Result<(), WriteError> {
    for file in files {
        let path = root.join(&file.path);
        let failed = |source| WriteError::Io {
            path: path.clone(),
            source,
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        std::fs::write(&path, &file.bytes).map_err(failed)?;
    }
    Ok(())
}

/// Packs entries into the files of an organisation trail: `slots` files per account, region and day,
/// each with records in the disorder of real delivery. `duplicates` per cent of the records are
/// delivered a second time, byte for byte, in a later file.
///
/// # Errors
/// When a file cannot be compressed.
pub fn organisation_trail(
    entries: &[Entry],
    organisation: &str,
    slots: i64,
    duplicates: u64,
    random: &Random,
) -> Result<Vec<File>, WriteError> {
    let slot_seconds = 24 * HOUR / slots.max(1);
    let mut groups: BTreeMap<(Folder, &str, &str, i64), Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        let delay = random.between(2 * MINUTE, 9 * MINUTE);
        let slot = entry.time.plus(delay).0.div_euclid(slot_seconds);
        groups
            .entry((entry.folder, entry.account, entry.region, slot))
            .or_default()
            .push(entry);
        if entry.folder == Folder::Trail && random.chance(duplicates) {
            groups
                .entry((entry.folder, entry.account, entry.region, slot + 1))
                .or_default()
                .push(entry);
        }
    }
    let mut files = Vec::with_capacity(groups.len());
    for ((folder, account, region, slot), mut group) in groups {
        for index in (1..group.len()).rev() {
            let near = index.saturating_sub(random.below(6) as usize);
            group.swap(index, near);
        }
        let delivered = Time((slot + 1) * slot_seconds).plus(-random.between(1, 4) * MINUTE);
        let path = format!(
            "AWSLogs/{organisation}/{account}/{}/{region}/{}/{account}_{}_{region}_{}_{}.json.gz",
            folder.name(),
            delivered.path(),
            folder.name(),
            delivered.compact(),
            random.letters(16),
        );
        let records: Vec<&str> = group.iter().map(|entry| entry.json.as_str()).collect();
        let text = format!("{{\"Records\":[{}]}}", records.join(","));
        let bytes = gzip(Path::new(&path), text.as_bytes(), 9)?;
        files.push(File { path, bytes });
    }
    Ok(files)
}
