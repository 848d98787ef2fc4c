//! Copies of a store that is not open, every byte bound by a manifest.
//!
//! Everything in a store is sealed under the root key, and so is its copy; the root key itself is left
//! out. A copy holds the keys of subjects: an erasure does not reach it, so old copies are to be removed.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Component, Path, PathBuf};

use ring::digest::{Context, SHA256};
use ring::hmac;
use serde::{Deserialize, Serialize};

use super::open::{derived, write_private};
use super::{Node, NodeError, NodeOptions};
use crate::settings::OnlineSettings;

/// The file that says what a copy holds. It is written last.
const MANIFEST: &str = "backup.json";
/// What is no part of a copy: the root key, and what belongs to a process.
const LEFT_OUT: [&str; 3] = ["root.key", "control.sock", MANIFEST];

#[derive(Serialize, Deserialize)]
struct Manifest {
    version: u32,
    files: Vec<Entry>,
    /// HMAC-SHA256 of the entries under a key that follows from the root key.
    mac: String,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    path: String,
    bytes: u64,
    sha256: String,
}

/// What was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// Files.
    pub files: usize,
    /// Bytes.
    pub bytes: u64,
}

impl Node {
    /// Copies a store into a new directory. The store must not be open elsewhere; queued rows are flushed
    /// and audit records delivered first. What is in Redis or S3 is no part of it: `without_rows` says that
    /// its operator knows.
    ///
    /// # Errors
    /// The store is in use or does not open, its rows are in Redis and nobody said `without_rows`, the
    /// target is there, or a disk fails.
    pub fn backup(
        options: &NodeOptions,
        target: &Path,
        without_rows: bool,
    ) -> Result<Copied, NodeError> {
        if matches!(options.settings.online, OnlineSettings::Redis(_)) && !without_rows {
            return Err(NodeError::failed(
                "backup",
                "rows and the keys of subjects are in Redis, without which offline rows do not open either: \
                 copy Redis at the same time (BGSAVE), and say --without-rows",
            ));
        }
        // Opened and closed once: what a crash left is brought to an end, and the root key is the right one.
        let (node, _) = Self::open(options)?;
        drop(node.begin()?);
        drop(node);
        let key = mac_key(options)?;
        let source = &options.path;
        let mut paths = Vec::new();
        walk(source, source, &mut paths)?;
        new_directory(target)?;
        let mut files = Vec::with_capacity(paths.len());
        for path in paths {
            files.push(copy(source, target, &path)?);
        }
        let mac = mac(&key, &files)?;
        let copied = total(&files);
        let manifest = Manifest {
            version: 1,
            files,
            mac,
        };
        let text = serde_json::to_vec_pretty(&manifest)
            .map_err(|error| NodeError::failed(MANIFEST, error))?;
        write_private(&target.join(MANIFEST), &text)?;
        Ok(copied)
    }

    /// Makes a store out of a copy, after every byte of the copy was checked. `options` name the new
    /// directory and the root key of the store that was copied.
    ///
    /// # Errors
    /// The copy was altered or is not whole, the root key is another, the directory is there, or a disk
    /// fails.
    pub fn restore(copy_of: &Path, options: &NodeOptions) -> Result<Copied, NodeError> {
        let place = copy_of.join(MANIFEST);
        let failed = |reason: &str| NodeError::failed(place.display(), reason);
        let text = fs::read(&place).map_err(|error| {
            NodeError::failed(place.display(), format!("no whole copy: {error}"))
        })?;
        let manifest: Manifest =
            serde_json::from_slice(&text).map_err(|error| failed(&error.to_string()))?;
        if manifest.version != 1 {
            return Err(failed("it is of another version of this program"));
        }
        let salted = NodeOptions {
            path: copy_of.to_owned(),
            ..options.clone()
        };
        let key = mac_key(&salted)?;
        let expected = mac(&key, &manifest.files)?;
        // Whoever can write the copy learns nothing from how long this takes.
        if expected != manifest.mac {
            return Err(failed(
                "it was altered, or the copy is under another root key",
            ));
        }
        let mut there = Vec::new();
        walk(copy_of, copy_of, &mut there)?;
        let named: Vec<PathBuf> = manifest
            .files
            .iter()
            .map(|file| file.path.as_str().into())
            .collect();
        if let Some(extra) = there.iter().find(|path| !named.contains(path)) {
            return Err(NodeError::failed(
                extra.display(),
                "it is no part of the copy",
            ));
        }
        new_directory(&options.path)?;
        for file in &manifest.files {
            let copied = copy(copy_of, &options.path, Path::new(&file.path))?;
            if copied != *file {
                return Err(NodeError::failed(
                    &file.path,
                    "it was altered since the copy was made",
                ));
            }
        }
        Ok(total(&manifest.files))
    }
}

fn total(files: &[Entry]) -> Copied {
    Copied {
        files: files.len(),
        bytes: files.iter().map(|file| file.bytes).sum(),
    }
}

fn mac_key(options: &NodeOptions) -> Result<hmac::Key, NodeError> {
    let root = options.root.bytes(&options.path)?;
    let key = derived(&root, b"manifests of backups")
        .ok_or_else(|| NodeError::failed("root key", "no key could be derived"))?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, key.as_slice()))
}

fn mac(key: &hmac::Key, files: &[Entry]) -> Result<String, NodeError> {
    let text = serde_json::to_vec(files).map_err(|error| NodeError::failed(MANIFEST, error))?;
    Ok(hex(hmac::sign(key, &text).as_ref()))
}

fn new_directory(path: &Path) -> Result<(), NodeError> {
    use std::os::unix::fs::DirBuilderExt as _;
    let made = fs::DirBuilder::new().mode(0o700).create(path);
    made.map_err(|error| NodeError::failed(path.display(), error))
}

/// Files below a directory, relative to it, in the order of their names.
fn walk(root: &Path, folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), NodeError> {
    let failed = |error: std::io::Error| NodeError::failed(folder.display(), error);
    let mut entries = fs::read_dir(folder)
        .map_err(failed)?
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type().map_err(failed)?;
        let path = entry.path();
        let Ok(relative) = path.strip_prefix(root) else {
            continue;
        };
        if kind.is_dir() {
            walk(root, &path, found)?;
        } else if kind.is_file() && !LEFT_OUT.iter().any(|name| relative == Path::new(name)) {
            found.push(relative.to_owned());
        }
    }
    Ok(())
}

/// Copies a file durably; gives what was read.
fn copy(from: &Path, to: &Path, path: &Path) -> Result<Entry, NodeError> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let is_below = path
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    let text = path.to_str().filter(|_| is_below);
    let text =
        text.ok_or_else(|| NodeError::failed(path.display(), "no name of a file of a store"))?;
    let failed = |error: std::io::Error| NodeError::failed(path.display(), error);
    let target = to.join(path);
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut source = File::open(from.join(path)).map_err(failed)?;
    let mut options = fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&target)
        .map_err(failed)?;
    let mut digest = Context::new(&SHA256);
    let mut buffer = vec![0; 1 << 20];
    let mut bytes = 0;
    loop {
        let read = source.read(&mut buffer).map_err(failed)?;
        let Some(part) = buffer.get(..read).filter(|part| !part.is_empty()) else {
            break;
        };
        digest.update(part);
        file.write_all(part).map_err(failed)?;
        bytes += part.len() as u64;
    }
    file.sync_all().map_err(failed)?;
    Ok(Entry {
        path: text.to_owned(),
        bytes,
        sha256: hex(digest.finish().as_ref()),
    })
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
