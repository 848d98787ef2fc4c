//! Writing a directory.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use thiserror::Error;

use crate::atomic;
use crate::digest::HashingWriter;
use crate::item::{Item, ItemInfo, PathError, check_item_path};
use crate::journal::Head;
use crate::key::{KeyError, MANIFEST_NAMESPACE, SigningKey};
use crate::manifest::{Header, Manifest, ManifestError};
use crate::records::{PACK_TYPE, RECORDS, Record, Spool};
use crate::{Digest, JOURNAL, JOURNAL_HEAD, MANIFEST, MANIFEST_SIGNATURE};

/// Directory of the objects.
pub(crate) const OBJECTS: &str = "objects";

/// A directory that is being written.
///
/// Until [`seal`](Self::seal) it holds `manifest.json.part` and no `manifest.json`. When it is
/// dropped before, it removes what it wrote.
#[derive(Debug)]
pub struct DirectoryWriter {
    root: PathBuf,
    /// `manifest.json.part`: says that the directory is not sealed, and keeps other writers out.
    marker: File,
    items: BTreeMap<String, Item>,
    spool: Option<Spool>,
    made: Made,
}

/// What was made so far, to take it away again.
#[derive(Debug, Default)]
struct Made {
    files: BTreeSet<PathBuf>,
    directories: BTreeSet<PathBuf>,
    sealed: bool,
}

/// What was sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sealed {
    /// See [`Manifest::case_id`].
    pub case_id: String,
    /// Of the bytes of `manifest.json`: who keeps it elsewhere can tell later that nothing changed.
    pub manifest_sha256: Digest,
    /// See [`Manifest::merkle_root`].
    pub merkle_root: Digest,
    /// Number of items.
    pub items: u64,
    /// Bytes of all items.
    pub bytes: u64,
    /// Number of records in packs.
    pub records: u64,
    /// Fingerprint of the signing key.
    pub signer: Option<String>,
}

/// Why something could not be added.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The directory has something in it.
    #[error("{}: exists and is not empty", .0.display())]
    NotEmpty(PathBuf),
    /// Reading or writing failed.
    #[error("{}: {error}", path.display())]
    Io {
        /// What was read or written.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The path or what is said of the item cannot stand in a manifest.
    #[error("item {path:?}: {error}")]
    Item {
        /// Path of the item.
        path: String,
        /// Why.
        error: PathError,
    },
    /// There is one already.
    #[error("item {0:?} was added before")]
    Duplicate(String),
}

/// Why a directory could not be sealed. It is removed then.
#[derive(Debug, Error)]
pub enum SealError {
    /// Writing failed.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The items or the header do not hold together.
    #[error("manifest: {0}")]
    Manifest(#[from] ManifestError),
    /// Signing failed.
    #[error("signing key: {0}")]
    Key(#[from] KeyError),
}

impl DirectoryWriter {
    /// Begins a directory. It must not exist, or be empty.
    pub fn create(root: &Path) -> Result<Self, WriteError> {
        let mut made = Made::default();
        let failed = |error| WriteError::Io {
            path: root.to_owned(),
            error,
        };
        match fs::create_dir(root) {
            Ok(()) => {
                made.directories.insert(root.to_owned());
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if fs::read_dir(root).map_err(failed)?.next().is_some() {
                    return Err(WriteError::NotEmpty(root.to_owned()));
                }
            }
            Err(error) => return Err(failed(error)),
        }
        let manifest = root.join(MANIFEST);
        let marker = atomic::begin(&manifest).map_err(failed)?;
        made.files.insert(atomic::unfinished(&manifest));
        Ok(Self {
            root: root.to_owned(),
            marker,
            items: BTreeMap::new(),
            spool: None,
            made,
        })
    }

    /// Adds a file under a path of its own ([`check_item_path`]; not below `objects` or `records`).
    pub fn add_file(
        &mut self,
        path: &str,
        bytes: impl Read,
        info: ItemInfo,
    ) -> Result<Digest, WriteError> {
        let first = path.split('/').next().unwrap_or_default();
        if [OBJECTS, RECORDS]
            .iter()
            .any(|own| first.eq_ignore_ascii_case(own))
        {
            return Err(WriteError::Item {
                path: path.to_owned(),
                error: PathError::Reserved,
            });
        }
        self.add_item(path, info, |file| {
            let mut bytes = bytes;
            io::copy(&mut bytes, file).map(|_| ())
        })
    }

    /// Adds raw evidence under its digest, `objects/<2 digits>/<62 digits>`, and returns that path.
    ///
    /// The same bytes a second time are one object with the sources of both.
    pub fn add_object(
        &mut self,
        bytes: impl Read,
        mut info: ItemInfo,
    ) -> Result<String, WriteError> {
        let temporary = self.root.join(OBJECTS);
        let part = atomic::unfinished(&temporary);
        let failed = |error| WriteError::Io {
            path: part.clone(),
            error,
        };
        self.made.files.insert(part.clone());
        let file = atomic::begin(&temporary).map_err(failed)?;
        let mut hashing = HashingWriter::new(BufWriter::with_capacity(256 << 10, file));
        let mut bytes = bytes;
        io::copy(&mut bytes, &mut hashing).map_err(failed)?;
        hashing.flush().map_err(failed)?;
        let (file, sha256, size) = hashing.finish();
        file.get_ref().sync_all().map_err(failed)?;

        let digits = sha256.to_string();
        let (first, rest) = digits.split_at_checked(2).unwrap_or((&digits, ""));
        let path = format!("{OBJECTS}/{first}/{rest}");
        let wrong = |error| WriteError::Item {
            path: path.clone(),
            error,
        };
        if let Some(known) = self.items.get_mut(&path) {
            known.info.merge(&info).map_err(wrong)?;
            fs::remove_file(&part).map_err(failed)?;
            return Ok(path);
        }
        info.settle().map_err(wrong)?;
        let target = self.root.join(&path);
        self.make_parents(&path)?;
        fs::rename(&part, &target).map_err(failed)?;
        self.made.files.insert(target);
        let item = Item {
            path: path.clone(),
            size,
            sha256,
            info,
        };
        self.items.insert(path.clone(), item);
        Ok(path)
    }

    /// Adds a record to the packs and returns its digest. The same record of the same place twice is
    /// one.
    pub fn add_record(&mut self, record: &Record<'_>) -> Result<Digest, WriteError> {
        let part = atomic::unfinished(&self.root.join(RECORDS));
        let failed = |error| WriteError::Io {
            path: part.clone(),
            error,
        };
        let spool = match &mut self.spool {
            Some(spool) => spool,
            None => {
                let file = OpenOptions::new()
                    .read(true)
                    .write(true)
                    .create_new(true)
                    .open(&part)
                    .map_err(failed)?;
                self.made.files.insert(part.clone());
                self.spool.insert(Spool::new(file))
            }
        };
        spool.add(record).map_err(failed)
    }

    /// Writes the manifest and, with a key, its signature. The directory is complete after that.
    pub fn seal(mut self, header: Header, key: Option<&SigningKey>) -> Result<Sealed, SealError> {
        let records = self.write_packs()?;
        let items: Vec<Item> = std::mem::take(&mut self.items).into_values().collect();
        let manifest = Manifest::new(header, items, key.map(SigningKey::fingerprint))?;
        let bytes = manifest.to_bytes()?;
        let manifest_sha256 = Digest::of(&bytes);
        if let Some(key) = key {
            let signature = key.sign(MANIFEST_NAMESPACE, &bytes)?;
            self.write_own(MANIFEST_SIGNATURE, signature.as_bytes())?;
        }
        let head = Head::first(manifest_sha256);
        self.write_own(JOURNAL, b"")?;
        self.write_own(JOURNAL_HEAD, &head.sealed(key)?)?;

        for directory in &self.made.directories {
            atomic::sync_directory(directory).map_err(|error| self.failed(directory, error))?;
        }
        let path = self.root.join(MANIFEST);
        let finished = self
            .marker
            .write_all(&bytes)
            .and_then(|()| atomic::finish(&self.marker, &path));
        finished.map_err(|error| self.failed(&path, error))?;
        // It has its name now: what is there is whole, whatever the next call says.
        self.made.sealed = true;
        atomic::sync_directory(&self.root).map_err(|error| self.failed(&path, error))?;
        Ok(Sealed {
            case_id: manifest.case_id,
            manifest_sha256,
            merkle_root: manifest.merkle_root,
            items: manifest.items.len() as u64,
            bytes: manifest.items.iter().map(|item| item.size).sum(),
            records,
            signer: manifest.signer,
        })
    }

    fn write_packs(&mut self) -> Result<u64, WriteError> {
        let Some(spool) = self.spool.take() else {
            return Ok(0);
        };
        let part = atomic::unfinished(&self.root.join(RECORDS));
        let failed = |error| WriteError::Io {
            path: part.clone(),
            error,
        };
        let mut packs = spool.finish().map_err(failed)?;
        let info = ItemInfo {
            media_type: Some(PACK_TYPE.to_owned()),
            ..ItemInfo::default()
        };
        for prefix in packs.prefixes() {
            let path = format!("{RECORDS}/{prefix:02x}.jsonl");
            self.add_item(&path, info.clone(), |file| packs.write(prefix, file))?;
        }
        fs::remove_file(&part).map_err(failed)?;
        Ok(packs.records())
    }

    fn add_item(
        &mut self,
        path: &str,
        mut info: ItemInfo,
        write: impl FnOnce(&mut HashingWriter<BufWriter<File>>) -> io::Result<()>,
    ) -> Result<Digest, WriteError> {
        let wrong = |error| WriteError::Item {
            path: path.to_owned(),
            error,
        };
        check_item_path(path).map_err(wrong)?;
        info.settle().map_err(wrong)?;
        let target = self.root.join(path);
        let taken = self.items.contains_key(path) || self.made.directories.contains(&target);
        if taken {
            return Err(WriteError::Duplicate(path.to_owned()));
        }
        self.make_parents(path)?;
        let (sha256, size) = self
            .write_whole(&target, write)
            .map_err(|error| self.failed(&target, error))?;
        let item = Item {
            path: path.to_owned(),
            size,
            sha256,
            info,
        };
        self.items.insert(item.path.clone(), item);
        Ok(sha256)
    }

    fn write_own(&mut self, name: &str, bytes: &[u8]) -> Result<(), WriteError> {
        let path = self.root.join(name);
        let written = self.write_whole(&path, |file| file.write_all(bytes));
        written
            .map(|_| ())
            .map_err(|error| self.failed(&path, error))
    }

    fn write_whole(
        &mut self,
        path: &Path,
        write: impl FnOnce(&mut HashingWriter<BufWriter<File>>) -> io::Result<()>,
    ) -> io::Result<(Digest, u64)> {
        let file = atomic::begin(path)?;
        self.made.files.insert(atomic::unfinished(path));
        let mut hashing = HashingWriter::new(BufWriter::with_capacity(256 << 10, file));
        write(&mut hashing)?;
        hashing.flush()?;
        let (file, sha256, size) = hashing.finish();
        atomic::finish(file.get_ref(), path)?;
        self.made.files.insert(path.to_owned());
        Ok((sha256, size))
    }

    fn make_parents(&mut self, path: &str) -> Result<(), WriteError> {
        for (end, _) in path.match_indices('/') {
            let directory = self.root.join(path.get(..end).unwrap_or_default());
            if self.made.directories.contains(&directory) {
                continue;
            }
            fs::create_dir(&directory).map_err(|error| self.failed(&directory, error))?;
            self.made.directories.insert(directory);
        }
        Ok(())
    }

    fn failed(&self, path: &Path, error: io::Error) -> WriteError {
        WriteError::Io {
            path: path.to_owned(),
            error,
        }
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        if self.sealed {
            return;
        }
        // Whatever cannot be removed stays without a manifest, which says that it is not whole.
        for file in &self.files {
            let _ = fs::remove_file(file);
        }
        for directory in self.directories.iter().rev() {
            let _ = fs::remove_dir(directory);
        }
    }
}
