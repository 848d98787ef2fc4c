//! The keystore's file: an embedded database (`redb`) whose every value is sealed and bound to its
//! place. Each change is one transaction, synced before it counts.

use std::fs::{DirBuilder, OpenOptions};
use std::path::{Path, PathBuf};

use redb::backends::FileBackend;
use redb::{Database, DatabaseError, ReadableDatabase, ReadableTable, TableDefinition};
use ring::rand::SystemRandom;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::envelope::push_field;
use crate::root::{Header, HeaderError, Root, RootKey};

/// Name of the file in its directory.
pub(crate) const FILE: &str = "keys.redb";

const HEADER: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("header");
const HEADER_ROW: &str = "header";

/// What kinds of rows there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    /// Metadata, policy and tags of keys, by key id
    Keys,
    /// Key material, by key id and material id
    Materials,
    /// Grants, by key id and grant id
    Grants,
}

impl Table {
    fn definition(self) -> TableDefinition<'static, &'static str, &'static [u8]> {
        TableDefinition::new(match self {
            Self::Keys => "keys",
            Self::Materials => "materials",
            Self::Grants => "grants",
        })
    }

    fn label(self) -> &'static [u8] {
        match self {
            Self::Keys => b"rempart/keystore/key/1",
            Self::Materials => b"rempart/keystore/material/1",
            Self::Grants => b"rempart/keystore/grant/1",
        }
    }
}

/// Why a keystore cannot be opened or written.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The directory or file cannot be made or read
    #[error("the keystore {path} cannot be used: {reason}")]
    Io {
        /// Path of the file.
        path: String,
        /// What the system says.
        reason: std::io::Error,
    },
    /// Another process has it open
    #[error("the keystore {path} is in use by another process")]
    InUse {
        /// Path of the file.
        path: String,
    },
    /// The root key is not the one of this keystore
    #[error("the keystore {path}: the root key is not the one that it was sealed with")]
    WrongRoot {
        /// Path of the file.
        path: String,
    },
    /// The file is damaged, or was altered
    #[error("the keystore {path} is damaged: {reason}")]
    Damaged {
        /// Path of the file.
        path: String,
        /// What does not fit.
        reason: String,
    },
    /// A change could not be written
    #[error("the keystore {path} cannot be written: {reason}")]
    Write {
        /// Path of the file.
        path: String,
        /// What the database says.
        reason: String,
    },
}

/// A row: its name, and what was sealed.
type Row = (String, Zeroizing<Vec<u8>>);

/// One change of a row.
pub(crate) enum Change {
    /// Puts a row
    Put(Table, String, Zeroizing<Vec<u8>>),
    /// Removes a row
    Remove(Table, String),
}

impl std::fmt::Debug for Change {
    /// Names of rows: what is put may be key material.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Put(table, row, _) => write!(f, "Put({table:?}, {row}, …)"),
            Self::Remove(table, row) => write!(f, "Remove({table:?}, {row})"),
        }
    }
}

impl Change {
    /// A row with a value as JSON.
    pub(crate) fn put<T: Serialize>(table: Table, row: String, value: &T) -> Self {
        // Records are plain structures of texts and numbers: they always have a form in JSON.
        let bytes = serde_json::to_vec(value).unwrap_or_default();
        Self::Put(table, row, Zeroizing::new(bytes))
    }
}

/// A database that panics on damaged pages when it is closed, too.
struct Guarded(Option<Database>);

impl Guarded {
    fn get(&self) -> Result<&Database, String> {
        self.0.as_ref().ok_or_else(|| "it is closed".to_owned())
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let database = self.0.take();
        if unwinding(|| drop(database)).is_none() {
            tracing::error!("the keystore was damaged when it was closed");
        }
    }
}

/// The open file.
pub(crate) struct Storage {
    path: PathBuf,
    database: Guarded,
    root: Root,
    random: SystemRandom,
}

impl std::fmt::Debug for Storage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Storage").field("path", &self.path).finish()
    }
}

impl Storage {
    /// Opens the keystore of a directory, or makes one.
    pub(crate) fn open(directory: &Path, key: &RootKey) -> Result<Self, StorageError> {
        let path = directory.join(FILE);
        unwinding(|| Self::try_open(directory, path.clone(), key)).unwrap_or_else(|| {
            Err(StorageError::Damaged {
                path: path.display().to_string(),
                reason: PANICKED.to_owned(),
            })
        })
    }

    fn try_open(directory: &Path, path: PathBuf, key: &RootKey) -> Result<Self, StorageError> {
        let shown = || path.display().to_string();
        let io = |reason| StorageError::Io {
            path: shown(),
            reason,
        };
        let damaged = |reason: String| StorageError::Damaged {
            path: shown(),
            reason,
        };
        make_private_directory(directory).map_err(io)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let file = options.open(&path).map_err(io)?;
        let opened =
            FileBackend::new(file).and_then(|file| Database::builder().create_with_backend(file));
        let database = match opened {
            Ok(database) => Guarded(Some(database)),
            Err(DatabaseError::DatabaseAlreadyOpen) => {
                return Err(StorageError::InUse { path: shown() });
            }
            Err(DatabaseError::Storage(redb::StorageError::Io(reason)))
                if reason.kind() != std::io::ErrorKind::InvalidData
                    && reason.kind() != std::io::ErrorKind::UnexpectedEof =>
            {
                return Err(io(reason));
            }
            Err(error) => return Err(damaged(error.to_string())),
        };
        let random = SystemRandom::new();
        let stored = database.get().and_then(read_header).map_err(damaged)?;
        let root = match stored {
            Some(header) => header.open(key),
            None => Header::create(key, &random).and_then(|(header, root)| {
                database
                    .get()
                    .and_then(|database| write_header(database, &header))
                    .map_err(|_| HeaderError::Damaged)?;
                Ok(root)
            }),
        }
        .map_err(|error| match error {
            HeaderError::WrongRoot => StorageError::WrongRoot { path: shown() },
            other => damaged(other.to_string()),
        })?;
        Ok(Self {
            path,
            database,
            root,
            random,
        })
    }

    /// All rows of a table, opened.
    pub(crate) fn rows(&self, table: Table) -> Result<Vec<Row>, StorageError> {
        unwinding(|| self.try_rows(table)).unwrap_or_else(|| Err(self.damaged(PANICKED)))
    }

    fn try_rows(&self, table: Table) -> Result<Vec<Row>, StorageError> {
        let database = self.database.get().map_err(|e| self.damaged(e))?;
        let transaction = database.begin_read().map_err(|e| self.damaged(e))?;
        let rows = match transaction.open_table(table.definition()) {
            Ok(rows) => rows,
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
            Err(error) => return Err(self.damaged(error)),
        };
        let mut all = Vec::new();
        for row in rows.iter().map_err(|e| self.damaged(e))? {
            let (name, sealed) = row.map_err(|e| self.damaged(e))?;
            let name = name.value().to_owned();
            let Some(plain) = self.root.open(table.label(), &place(&name), sealed.value()) else {
                return Err(self.damaged(format!("the row {name} does not open")));
            };
            all.push((name, plain));
        }
        Ok(all)
    }

    /// All rows of a table as values.
    pub(crate) fn values<T: DeserializeOwned>(
        &self,
        table: Table,
    ) -> Result<Vec<(String, T)>, StorageError> {
        let rows = self.rows(table)?.into_iter();
        rows.map(|(name, bytes)| match serde_json::from_slice(&bytes) {
            Ok(value) => Ok((name, value)),
            Err(error) => Err(self.damaged(format!("the row {name} cannot be read: {error}"))),
        })
        .collect()
    }

    /// Applies changes together; they are on the disk when this returns.
    pub(crate) fn commit(&self, changes: &[Change]) -> Result<(), StorageError> {
        unwinding(|| self.try_commit(changes))
            .unwrap_or_else(|| Err(PANICKED.to_owned()))
            .map_err(|reason| StorageError::Write {
                path: self.path.display().to_string(),
                reason,
            })
    }

    fn try_commit(&self, changes: &[Change]) -> Result<(), String> {
        let transaction = self.database.get()?.begin_write().map_err(text)?;
        for change in changes {
            match change {
                Change::Put(table, row, value) => {
                    let sealed = self
                        .root
                        .seal(table.label(), &place(row), value, &self.random)
                        .map_err(|_| "the system gives no random bytes".to_owned())?;
                    let mut rows = transaction.open_table(table.definition()).map_err(text)?;
                    rows.insert(row.as_str(), sealed.as_slice()).map_err(text)?;
                }
                Change::Remove(table, row) => {
                    let mut rows = transaction.open_table(table.definition()).map_err(text)?;
                    rows.remove(row.as_str()).map_err(text)?;
                }
            }
        }
        transaction.commit().map_err(text)
    }

    /// The root, to seal what leaves the process.
    pub(crate) fn root(&self) -> &Root {
        &self.root
    }

    pub(crate) fn damaged(&self, reason: impl ToString) -> StorageError {
        StorageError::Damaged {
            path: self.path.display().to_string(),
            reason: reason.to_string(),
        }
    }
}

const PANICKED: &str = "the database does not hold together";

/// The database panics on some damaged pages (`unreachable!`, indices out of bounds). Nothing of ours is
/// half changed then: a transaction that does not commit is not there.
fn unwinding<T>(run: impl FnOnce() -> T) -> Option<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).ok()
}

/// A row is bound to its name: the content of another row does not open there.
fn place(row: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(row.len() + 4);
    push_field(&mut bytes, row.as_bytes());
    bytes
}

fn text(error: impl ToString) -> String {
    error.to_string()
}

fn make_private_directory(directory: &Path) -> std::io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(directory)
}

fn read_header(database: &Database) -> Result<Option<Header>, String> {
    let transaction = database.begin_read().map_err(text)?;
    let rows = match transaction.open_table(HEADER) {
        Ok(rows) => rows,
        Err(redb::TableError::TableDoesNotExist(_)) => {
            let others = transaction.list_tables().map_err(text)?.count();
            return if others == 0 {
                Ok(None)
            } else {
                Err("its header is missing".to_owned())
            };
        }
        Err(error) => return Err(text(error)),
    };
    let Some(row) = rows.get(HEADER_ROW).map_err(text)? else {
        return Err("its header is missing".to_owned());
    };
    serde_json::from_slice(row.value())
        .map(Some)
        .map_err(|_| "its header cannot be read".to_owned())
}

fn write_header(database: &Database, header: &Header) -> Result<(), String> {
    let bytes = serde_json::to_vec(header).map_err(text)?;
    let transaction = database.begin_write().map_err(text)?;
    {
        let mut rows = transaction.open_table(HEADER).map_err(text)?;
        rows.insert(HEADER_ROW, bytes.as_slice()).map_err(text)?;
    }
    transaction.commit().map_err(text)
}
