//! Where files are kept: a directory, or a bucket.

use std::fmt::Debug;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

use bytes::Bytes;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::reader::{ChunkReader, Length};

use crate::table::{FileEncryption, FileVersion, LakeError};

pub(crate) mod local;
#[cfg(feature = "s3")]
pub(crate) mod s3;

/// Whole files under paths that were checked. Calls block.
pub(crate) trait Storage: Send + Sync + Debug {
    /// Puts a file under its name, whole or not at all.
    fn put(&self, path: &str, bytes: Bytes, encryption: &FileEncryption) -> Result<(), LakeError>;

    /// Opens a file.
    fn open(&self, path: &str) -> Result<Source, LakeError>;

    /// Paths and sizes of the files below a directory, sorted by path.
    fn list(&self, directory: &str) -> Result<Vec<(String, u64)>, LakeError>;

    /// Removes a file; one that is not there is removed already.
    fn remove(&self, path: &str) -> Result<(), LakeError>;

    /// Removes what interrupted writes left below a directory; how many files.
    fn remove_unfinished(&self, directory: &str) -> Result<u64, LakeError>;

    /// Versions below a directory that are not the newest of their files.
    fn earlier_versions(&self, directory: &str) -> Result<Vec<FileVersion>, LakeError>;

    /// Opens a version of a file.
    fn open_version(&self, version: &FileVersion) -> Result<Source, LakeError>;

    /// Removes a version for good; one that is not there is removed already.
    fn remove_version(&self, version: &FileVersion) -> Result<(), LakeError>;

    /// Whether nothing may be stored here that is not encrypted, and nothing else may be believed.
    fn wants_encryption(&self) -> bool;

    /// The address of a path, as other programs name it.
    fn address(&self, path: &str) -> String;
}

/// An open file.
#[derive(Debug)]
pub(crate) enum Source {
    /// On disk
    File(File, u64),
    /// In memory
    Bytes(Bytes),
}

impl Length for Source {
    fn len(&self) -> u64 {
        match self {
            Self::File(_, length) => *length,
            Self::Bytes(bytes) => bytes.len() as u64,
        }
    }
}

impl ChunkReader for Source {
    type T = Box<dyn Read>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        match self {
            Self::File(file, _) => {
                let mut file = file.try_clone()?;
                file.seek(SeekFrom::Start(start))?;
                Ok(Box::new(BufReader::new(file)))
            }
            Self::Bytes(bytes) => {
                let start = usize::try_from(start).map_err(|_| too_long())?;
                let rest = bytes.get(start..).ok_or_else(too_long)?.to_vec();
                Ok(Box::new(std::io::Cursor::new(rest)))
            }
        }
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        let end = start.checked_add(length as u64).ok_or_else(too_long)?;
        // Also before memory is taken: what a damaged footer says is no reason to take any.
        if end > self.len() {
            return Err(too_long());
        }
        match self {
            Self::File(file, _) => {
                let mut buffer = vec![0; length];
                read_at(file, start, &mut buffer)?;
                Ok(buffer.into())
            }
            Self::Bytes(bytes) => {
                let start = usize::try_from(start).map_err(|_| too_long())?;
                Ok(bytes.slice(start..start + length))
            }
        }
    }
}

#[cfg(unix)]
fn read_at(file: &File, start: u64, buffer: &mut [u8]) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, start)
}

#[cfg(not(unix))]
fn read_at(file: &File, start: u64, buffer: &mut [u8]) -> std::io::Result<()> {
    let mut file = file.try_clone()?;
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(buffer)
}

fn too_long() -> ParquetError {
    ParquetError::EOF("reads behind the end of the file".to_owned())
}

pub(crate) fn storage_error(path: &str, reason: impl ToString) -> LakeError {
    LakeError::Storage {
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}
