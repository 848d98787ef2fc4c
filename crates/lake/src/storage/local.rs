//! A directory of the machine.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::{Source, Storage, storage_error};
use crate::table::{FileEncryption, FileVersion, LakeError};

/// Begins the names of files that are not whole yet.
const UNFINISHED: &str = ".unfinished-";
/// Directories below a table; deeper ones are none of a lake.
const DEEPEST: usize = 32;

#[derive(Debug)]
pub(crate) struct Directory {
    root: PathBuf,
}

impl Directory {
    pub(crate) fn open(root: PathBuf) -> Result<Self, LakeError> {
        fs::create_dir_all(&root).map_err(|error| storage_error(&root.to_string_lossy(), error))?;
        Ok(Self { root })
    }

    /// Writes a file that is not under its name yet.
    fn unfinished(&self, path: &str, bytes: &[u8]) -> Result<(PathBuf, PathBuf), LakeError> {
        let fail = |error: std::io::Error| storage_error(path, error);
        let whole = self.root.join(path);
        let (Some(directory), Some(name)) = (whole.parent(), whole.file_name()) else {
            return Err(storage_error(path, "no file name"));
        };
        self.create_directories(directory).map_err(fail)?;
        let mut unfinished = std::ffi::OsString::from(UNFINISHED);
        unfinished.push(name);
        let unfinished = directory.join(unfinished);
        // Never into something that another program prepared under that name.
        match fs::remove_file(&unfinished) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(fail(error)),
            _ => {}
        }
        let mut file = new_file(&unfinished).map_err(fail)?;
        file.write_all(bytes).map_err(fail)?;
        file.sync_all().map_err(fail)?;
        Ok((unfinished, whole))
    }

    /// Creates what is missing of a directory and makes each entry durable.
    fn create_directories(&self, directory: &Path) -> std::io::Result<()> {
        if directory.is_dir() {
            return Ok(());
        }
        let mut missing = Vec::new();
        let mut next = Some(directory);
        while let Some(path) = next {
            if path.is_dir() || !path.starts_with(&self.root) {
                break;
            }
            missing.push(path);
            next = path.parent();
        }
        for path in missing.into_iter().rev() {
            match fs::create_dir(path) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
                _ => sync_parent(path)?,
            }
        }
        Ok(())
    }
}

impl Storage for Directory {
    fn put(&self, path: &str, bytes: Bytes, _: &FileEncryption) -> Result<(), LakeError> {
        let (unfinished, whole) = self.unfinished(path, &bytes)?;
        fs::rename(&unfinished, &whole).map_err(|error| storage_error(path, error))?;
        sync_parent(&whole).map_err(|error| storage_error(path, error))
    }

    fn open(&self, path: &str) -> Result<Source, LakeError> {
        let file = File::open(self.root.join(path)).map_err(|error| storage_error(path, error))?;
        let metadata = file
            .metadata()
            .map_err(|error| storage_error(path, error))?;
        if !metadata.is_file() {
            return Err(storage_error(path, "not a file"));
        }
        Ok(Source::File(file, metadata.len()))
    }

    fn list(&self, directory: &str) -> Result<Vec<(String, u64)>, LakeError> {
        let mut files = Vec::new();
        walk(&self.root, directory, DEEPEST, &mut |path, name, size| {
            if !name.starts_with(UNFINISHED) {
                files.push((path, size));
            }
            Ok(())
        })?;
        files.sort_unstable();
        Ok(files)
    }

    fn remove(&self, path: &str) -> Result<(), LakeError> {
        let whole = self.root.join(path);
        match fs::remove_file(&whole) {
            Ok(()) => sync_parent(&whole).map_err(|error| storage_error(path, error)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(storage_error(path, error)),
        }
    }

    fn remove_unfinished(&self, directory: &str) -> Result<u64, LakeError> {
        let mut removed = 0;
        walk(&self.root, directory, DEEPEST, &mut |path, name, _| {
            if name.starts_with(UNFINISHED) {
                self.remove(&path)?;
                removed += 1;
            }
            Ok(())
        })?;
        Ok(removed)
    }

    /// A directory keeps none.
    fn earlier_versions(&self, _: &str) -> Result<Vec<FileVersion>, LakeError> {
        Ok(Vec::new())
    }

    fn open_version(&self, version: &FileVersion) -> Result<Source, LakeError> {
        Err(storage_error(&version.path, "no such version"))
    }

    fn remove_version(&self, _: &FileVersion) -> Result<(), LakeError> {
        Ok(())
    }

    fn wants_encryption(&self) -> bool {
        true
    }

    fn address(&self, path: &str) -> String {
        format!("file://{}", self.root.join(path).to_string_lossy())
    }
}

type Visit<'a> = dyn FnMut(String, &str, u64) -> Result<(), LakeError> + 'a;

/// Visits the files below a directory. Links are not followed.
fn walk(
    root: &Path,
    directory: &str,
    depth: usize,
    visit: &mut Visit<'_>,
) -> Result<(), LakeError> {
    let fail = |error: std::io::Error| storage_error(directory, error);
    if depth == 0 {
        return Err(storage_error(directory, "too deep"));
    }
    let entries = match fs::read_dir(root.join(directory)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(fail(error)),
    };
    for entry in entries {
        let entry = entry.map_err(fail)?;
        let kind = entry.file_type().map_err(fail)?;
        // No name of ours is other than UTF-8.
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let path = format!("{directory}/{name}");
        if kind.is_dir() {
            walk(root, &path, depth - 1, visit)?;
        } else if kind.is_file() {
            let size = match entry.metadata() {
                Ok(metadata) => metadata.len(),
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(fail(error)),
            };
            visit(path, &name, size)?;
        }
    }
    Ok(())
}

fn new_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The name of a file lasts only when its directory is written.
fn sync_parent(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        #[cfg(unix)]
        Some(parent) => File::open(parent)?.sync_all(),
        _ => Ok(()),
    }
}
