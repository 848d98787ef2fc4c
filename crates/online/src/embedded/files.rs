//! The database and what its errors mean.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use super::encode;
use crate::engine::{EngineError, RowKey, Stored, Usage};

/// Written into `FORMAT` of a directory.
const FORMAT: &str = "rempart online store, format 1\n";

/// Sizes in bytes.
#[derive(Debug, Clone)]
pub struct EmbeddedOptions {
    /// Cache of blocks.
    pub cache: u64,
    /// Part of the disk that must stay free: below it, writes are refused with [`EngineError::Full`].
    pub reserve: u64,
    /// Bytes of a table in memory before it is written out; there are five tables.
    pub memtable: u64,
}

impl Default for EmbeddedOptions {
    fn default() -> Self {
        Self {
            cache: 256 << 20,
            reserve: 256 << 20,
            memtable: 32 << 20,
        }
    }
}

/// The open files.
pub(super) struct Files {
    pub(super) path: PathBuf,
    pub(super) database: Database,
    pub(super) rows: Keyspace,
    pub(super) secrets: Keyspace,
    pub(super) queue: Keyspace,
    pub(super) expiry: Keyspace,
    pub(super) notes: Keyspace,
    pub(super) reserve: u64,
}

impl Files {
    /// Opens a directory, or makes it.
    pub(super) fn open(path: &Path, options: &EmbeddedOptions) -> Result<Self, EngineError> {
        let failed = |error: std::io::Error| EngineError::Failed {
            place: path.display().to_string(),
            reason: error.to_string(),
        };
        fs::create_dir_all(path).map_err(failed)?;
        let format = path.join("FORMAT");
        match fs::read_to_string(&format) {
            Ok(text) if text == FORMAT => {}
            Ok(_) => {
                return Err(EngineError::Damaged {
                    path: format,
                    reason: "it is of another version of this program".to_owned(),
                });
            }
            Err(_) if fs::read_dir(path).map_err(failed)?.next().is_none() => {
                fs::write(&format, FORMAT).map_err(failed)?;
            }
            Err(error) => {
                return Err(EngineError::Damaged {
                    path: format,
                    reason: format!("the directory is not empty and this does not read: {error}"),
                });
            }
        }
        let wrong = |error| mapped(path, error);
        let database = Database::builder(path.join("data"))
            .cache_size(options.cache)
            .manual_journal_persist(true)
            .worker_threads(2)
            .open()
            .map_err(wrong)?;
        let keyspace = |name| {
            let tuned = || {
                KeyspaceCreateOptions::default()
                    .max_memtable_size(options.memtable)
                    .manual_journal_persist(true)
            };
            database.keyspace(name, tuned).map_err(wrong)
        };
        Ok(Self {
            path: path.to_owned(),
            rows: keyspace("rows")?,
            secrets: keyspace("secrets")?,
            queue: keyspace("queue")?,
            expiry: keyspace("expiry")?,
            notes: keyspace("notes")?,
            database,
            reserve: options.reserve,
        })
    }

    /// What an error of the database means.
    pub(super) fn wrong(&self, error: fjall::Error) -> EngineError {
        mapped(&self.path, error)
    }

    pub(super) fn damaged(&self, what: &str) -> EngineError {
        EngineError::Damaged {
            path: self.path.clone(),
            reason: what.to_owned(),
        }
    }

    /// The row of a key.
    pub(super) fn row(&self, key: &RowKey) -> Result<Option<Stored>, EngineError> {
        let found = self.rows.get(encode::row_key(key));
        let Some(bytes) = found.map_err(|error| self.wrong(error))? else {
            return Ok(None);
        };
        let bytes = Bytes::from(bytes);
        let stored = encode::read_stored(&bytes);
        stored
            .map(Some)
            .ok_or_else(|| self.damaged("a row does not read"))
    }

    /// The secret of a key.
    pub(super) fn secret(&self, key: &RowKey) -> Result<Option<Bytes>, EngineError> {
        let found = self.secrets.get(encode::row_key(key));
        Ok(found.map_err(|error| self.wrong(error))?.map(Bytes::from))
    }

    /// Counters of a group.
    pub(super) fn usage(&self, name: &str) -> Result<Usage, EngineError> {
        let found = self.notes.get(name).map_err(|error| self.wrong(error))?;
        match found {
            None => Ok(Usage::default()),
            Some(bytes) => encode::read_usage(&bytes)
                .ok_or_else(|| self.damaged("counters of a group do not read")),
        }
    }

    /// Rewrites all tables, and the journals before them.
    pub(super) fn compact(&self) -> Result<(), EngineError> {
        let all = [
            &self.rows,
            &self.secrets,
            &self.queue,
            &self.expiry,
            &self.notes,
        ];
        // A journal goes once each table that it has entries of is written out. Twice: what the first
        // round wrote into the new journal goes with the second.
        for _ in 0..2 {
            for keyspace in all {
                keyspace
                    .rotate_memtable_and_wait()
                    .map_err(|error| self.wrong(error))?;
            }
        }
        for keyspace in all {
            keyspace
                .major_compact()
                .map_err(|error| self.wrong(error))?;
        }
        self.sync()
    }

    /// Writes what is only in memory into the files.
    fn sync(&self) -> Result<(), EngineError> {
        let synced = self.database.persist(PersistMode::SyncAll);
        synced.map_err(|error| self.wrong(error))
    }

    /// Refuses when the disk is nearly full: a journal that cannot be written ends the database.
    pub(super) fn check_space(&self) -> Result<(), EngineError> {
        let Ok(space) = rustix::fs::statvfs(&self.path) else {
            return Ok(());
        };
        if space.f_bavail.saturating_mul(space.f_frsize) >= self.reserve {
            return Ok(());
        }
        Err(EngineError::Full {
            path: self.path.clone(),
        })
    }
}

fn mapped(path: &Path, error: fjall::Error) -> EngineError {
    use fjall::Error;
    let path = path.to_owned();
    match error {
        Error::Locked => EngineError::InUse { path },
        Error::Io(error) if error.kind() == std::io::ErrorKind::StorageFull => {
            EngineError::Full { path }
        }
        Error::Io(error) => EngineError::Failed {
            place: path.display().to_string(),
            reason: error.to_string(),
        },
        Error::Poisoned => EngineError::Failed {
            place: path.display().to_string(),
            reason: "an earlier write failed, so nothing more is written; start anew once the disk is well"
                .to_owned(),
        },
        Error::Storage(fjall::LsmError::Io(error)) => EngineError::Failed {
            place: path.display().to_string(),
            reason: error.to_string(),
        },
        other => EngineError::Damaged {
            path,
            reason: format!("{other:?}"),
        },
    }
}
