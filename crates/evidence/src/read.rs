//! Reading files whose size and kind nobody vouches for.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a file could not be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// It is not there.
    #[error("{}: is missing", .0.display())]
    Missing(PathBuf),
    /// A symbolic link, a directory, a device.
    #[error("{}: is not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// Above its limit.
    #[error("{}: has more than {limit} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// In bytes.
        limit: u64,
    },
    /// The system refused.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

/// Opens a regular file, following no link.
pub(crate) fn open_file(path: &Path) -> Result<(File, fs::Metadata), ReadError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => ReadError::Missing(path.to_owned()),
        _ => ReadError::Io {
            path: path.to_owned(),
            error,
        },
    };
    let named = fs::symlink_metadata(path).map_err(failed)?;
    if !named.is_file() {
        return Err(ReadError::NotAFile(path.to_owned()));
    }
    let file = File::open(path).map_err(failed)?;
    let opened = file.metadata().map_err(failed)?;
    // Something else may have taken the name in between.
    if !same_file(&named, &opened) {
        return Err(ReadError::NotAFile(path.to_owned()));
    }
    Ok((file, opened))
}

/// The bytes of a regular file of bounded size.
pub(crate) fn read_file(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    let (file, _) = open_file(path)?;
    read_bounded(&file, path, limit)
}

/// The bytes of an open file of bounded size, from where it stands.
pub(crate) fn read_bounded(file: &File, path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    let read = file.take(limit + 1).read_to_end(&mut bytes);
    read.map_err(|error| ReadError::Io {
        path: path.to_owned(),
        error,
    })?;
    if bytes.len() as u64 > limit {
        return Err(ReadError::TooLarge {
            path: path.to_owned(),
            limit,
        });
    }
    Ok(bytes)
}

#[cfg(unix)]
fn same_file(left: &fs::Metadata, right: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    left.dev() == right.dev() && left.ino() == right.ino()
}

#[cfg(not(unix))]
fn same_file(_: &fs::Metadata, right: &fs::Metadata) -> bool {
    right.is_file()
}
