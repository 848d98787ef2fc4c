//! The database and what its errors mean.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use super::{journal, whole};
use crate::encode;
use crate::engine::{EngineError, RowKey, Stored, Usage};

/// Bytes after which the database ends a journal.
const JOURNAL: usize = 64 << 20;
/// The note that fills journals. Names given from outside begin otherwise.
const FILLING: &str = "\u{1}filling";
/// A key that no entry has: keys of entries begin with a group, names of notes are longer.
const NO_KEY: [u8; 1] = [0];
/// Rounds of writing out, after which compaction gives up: about a quarter of a minute.
const ROUNDS: u64 = 300;
const POISONED: &str = "an earlier write of the database failed, so it takes no more";
/// Tables in memory that wait to be written out, for each of the five kinds.
const MOST_SEALED: usize = 3;
/// Fresh files of one kind that wait to be merged.
const MOST_FRESH: usize = 26;

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
    /// Held for as long as the files are open.
    _lock: fs::File,
}

impl Files {
    /// Opens a directory, or makes it.
    pub(super) fn open(path: &Path, options: &EmbeddedOptions) -> Result<Self, EngineError> {
        let failed = |error: std::io::Error| EngineError::Failed {
            place: path.display().to_string(),
            reason: error.to_string(),
        };
        fs::create_dir_all(path).map_err(failed)?;
        prepare(path)?;
        let lock = lock(path)?;
        whole::check(path)?;
        journal::check(&path.join("data"))?;
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
        let files = Self {
            path: path.to_owned(),
            rows: keyspace("rows")?,
            secrets: keyspace("secrets")?,
            queue: keyspace("queue")?,
            expiry: keyspace("expiry")?,
            notes: keyspace("notes")?,
            database,
            reserve: options.reserve,
            _lock: lock,
        };
        whole::mark(path)?;
        Ok(files)
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
        let Some(bytes) = found.map_err(|error| mapped(self.rows.path(), error))? else {
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
        let found = found.map_err(|error| mapped(self.secrets.path(), error))?;
        Ok(found.map(Bytes::from))
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

    /// Rewrites all tables and journals.
    pub(super) fn compact(&self) -> Result<(), EngineError> {
        // A journal is ended when it is long, and goes once all that is in it is in tables.
        let journals = self.journals()?;
        let filling = vec![0xFF; 1 << 20];
        for _ in 0..=JOURNAL >> 20 {
            let mut batch = self.database.batch().durability(Some(PersistMode::SyncAll));
            batch.insert(&self.notes, FILLING, &filling[..]);
            batch.commit().map_err(|error| self.wrong(error))?;
        }
        self.write_out_until_gone(&journals)?;
        let tables = self.tables()?;
        for keyspace in self.keyspaces() {
            let compacted = keyspace.major_compact();
            compacted.map_err(|error| self.wrong(error))?;
        }
        // Tables that were merged stay until there is another state of the tables after them.
        self.write_out_until_gone(&tables)
    }

    /// Writes the tables in memory out, until some files are no more.
    fn write_out_until_gone(&self, files: &[PathBuf]) -> Result<(), EngineError> {
        let wrong = |error| self.wrong(error);
        for round in 0..ROUNDS {
            let mut batch = self.database.batch().durability(Some(PersistMode::SyncAll));
            for keyspace in self.keyspaces() {
                // Something to write out that is no entry.
                batch.remove(keyspace, NO_KEY);
            }
            batch.remove(&self.notes, FILLING);
            batch.commit().map_err(wrong)?;
            for keyspace in self.keyspaces() {
                keyspace.rotate_memtable().map_err(wrong)?;
            }
            let is_late = |keyspace: &&Keyspace| keyspace.sealed_memtable_count() > 0;
            while self.keyspaces().iter().any(is_late) {
                self.is_alive()?;
                std::thread::sleep(Duration::from_millis(2));
            }
            if !files.iter().any(|path| path.exists()) {
                return Ok(());
            }
            // Readers hold on to files; so does other compaction.
            std::thread::sleep(Duration::from_millis(round.min(50)));
        }
        Err(EngineError::Failed {
            place: self.path.display().to_string(),
            reason: "files of before the compaction are still in use".to_owned(),
        })
    }

    fn journals(&self) -> Result<Vec<PathBuf>, EngineError> {
        let files = listed(&self.path.join("data"))?;
        let is_journal = |path: &PathBuf| path.extension().is_some_and(|name| name == "jnl");
        Ok(files.into_iter().filter(is_journal).collect())
    }

    fn tables(&self) -> Result<Vec<PathBuf>, EngineError> {
        let mut tables = Vec::new();
        for keyspace in self.keyspaces() {
            tables.extend(listed(&keyspace.path().join("tables"))?);
        }
        Ok(tables)
    }

    /// Fails when the threads of the database have ended.
    fn is_alive(&self) -> Result<(), EngineError> {
        let alive = self.database.persist(PersistMode::Buffer);
        alive.map_err(|error| self.wrong(error))
    }

    fn keyspaces(&self) -> [&Keyspace; 5] {
        [
            &self.rows,
            &self.secrets,
            &self.queue,
            &self.expiry,
            &self.notes,
        ]
    }

    /// Waits until tables in memory are written out, when many are not. The database would wait by itself,
    /// but for ever once its own threads have ended on an error.
    pub(super) fn wait_for_tables(&self) -> Result<(), EngineError> {
        let is_late = |keyspace: &&Keyspace| {
            keyspace.sealed_memtable_count() >= MOST_SEALED
                || keyspace.l0_table_count() >= MOST_FRESH
        };
        while self.keyspaces().iter().any(is_late) {
            self.is_alive()?;
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }

    /// Refuses when the disk is nearly full: a journal that cannot be written ends the database.
    pub(super) fn check_space(&self) -> Result<(), EngineError> {
        check_space(&self.path, self.reserve)
    }
}

/// Refuses when less of the disk is free than there should be.
pub(super) fn check_space(path: &Path, reserve: u64) -> Result<(), EngineError> {
    let Ok(space) = rustix::fs::statvfs(path) else {
        return Ok(());
    };
    if space.f_bavail.saturating_mul(space.f_frsize) >= reserve {
        return Ok(());
    }
    Err(EngineError::Full {
        path: path.to_owned(),
    })
}

/// Whether opening the files anew may end an error of writing: space had run out, or a thread of the
/// database had ended. After a failed sync nobody knows what the disk has.
pub(super) fn may_heal(error: &EngineError) -> bool {
    match error {
        EngineError::Full { .. } => true,
        EngineError::Failed { reason, .. } => reason == POISONED,
        _ => false,
    }
}

fn listed(folder: &Path) -> Result<Vec<PathBuf>, EngineError> {
    let failed = |error: std::io::Error| EngineError::Failed {
        place: folder.display().to_string(),
        reason: error.to_string(),
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        paths.push(entry.map_err(failed)?.path());
    }
    Ok(paths)
}

fn lock(path: &Path) -> Result<fs::File, EngineError> {
    let failed = |error: std::io::Error| EngineError::Failed {
        place: path.display().to_string(),
        reason: error.to_string(),
    };
    let name = path.join("LOCK");
    let mut options = fs::OpenOptions::new();
    let file = options.write(true).create(true).truncate(false).open(name);
    let file = file.map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(EngineError::InUse {
            path: path.to_owned(),
        }),
        Err(fs::TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// Makes a directory ours, or looks whether it is.
fn prepare(path: &Path) -> Result<(), EngineError> {
    let failed = |error: std::io::Error| {
        if error.kind() == std::io::ErrorKind::StorageFull {
            return EngineError::Full {
                path: path.to_owned(),
            };
        }
        EngineError::Failed {
            place: path.display().to_string(),
            reason: error.to_string(),
        }
    };
    let sync = |folder: &Path| fs::File::open(folder).and_then(|file| file.sync_all());
    let format = path.join("FORMAT");
    let damaged = |reason: String| EngineError::Damaged {
        path: format.clone(),
        reason,
    };
    match fs::read_to_string(&format) {
        Ok(text) if text == FORMAT => Ok(()),
        Ok(_) => Err(damaged(
            "it is of another version of this program".to_owned(),
        )),
        Err(error) => {
            for entry in fs::read_dir(path).map_err(failed)? {
                // A crash may have come before the name was given.
                if entry.map_err(failed)?.file_name() != "FORMAT.new" {
                    let reason = "the directory is not empty and this does not read";
                    return Err(damaged(format!("{reason}: {error}")));
                }
            }
            let new = path.join("FORMAT.new");
            let mut file = fs::File::create(&new).map_err(failed)?;
            file.write_all(FORMAT.as_bytes()).map_err(failed)?;
            file.sync_all().map_err(failed)?;
            fs::rename(&new, &format).map_err(failed)?;
            sync(path).map_err(failed)?;
            path.parent()
                .filter(|parent| !parent.as_os_str().is_empty())
                .map_or(Ok(()), sync)
                .map_err(failed)
        }
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
            reason: POISONED.to_owned(),
        },
        Error::Storage(fjall::LsmError::Io(error))
            if error.kind() == std::io::ErrorKind::StorageFull =>
        {
            EngineError::Full { path }
        }
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
