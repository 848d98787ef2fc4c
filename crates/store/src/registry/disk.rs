//! The file of the registry: one table of groups, one of buried groups, and a few numbers.
//!
//! redb syncs every commit and falls back to the last whole one after a crash. Every value carries its
//! SHA-256, and the number of values is kept, so that an older or other state is not taken for this one.

use std::fs::File;
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use redb::backends::FileBackend;
use redb::{
    Database, DatabaseError, ReadableDatabase, ReadableTable, ReadableTableMetadata, StorageError,
    TableDefinition, WriteTransaction,
};
use rempart_online::GroupId;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{GrantDebt, RegistryError};
use crate::group::Group;

const GROUPS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("groups");
const BURIED: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("buried");
/// By KMS key and group.
const DEBTS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("debts");
const NUMBERS: TableDefinition<'_, &str, u64> = TableDefinition::new("numbers");

/// Version of the file.
const FORMAT: u64 = 1;
const FORMAT_KEY: &str = "format";
const NEXT_ID_KEY: &str = "next-id";
/// Groups, buried ones included.
const COUNT_KEY: &str = "count";
const DIGEST_LENGTH: usize = 32;

/// What the file held when it was opened.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) groups: Vec<Group>,
    pub(super) buried: Vec<Group>,
    pub(super) debts: Vec<GrantDebt>,
}

/// The file.
pub(super) struct Disk {
    path: PathBuf,
    database: Database,
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Disk").field(&self.path).finish()
    }
}

/// A table of groups.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Table {
    Groups,
    Buried,
}

impl Table {
    fn definition(self) -> TableDefinition<'static, u64, &'static [u8]> {
        match self {
            Self::Groups => GROUPS,
            Self::Buried => BURIED,
        }
    }
}

impl Disk {
    pub(super) fn open(path: &Path) -> Result<(Self, Content), RegistryError> {
        // redb gives up with a panic on some kinds of damage.
        catch_unwind(AssertUnwindSafe(|| Self::open_whole(path))).unwrap_or_else(|_| {
            Err(RegistryError::Damaged {
                path: path.into(),
                reason: "its pages do not fit together".into(),
            })
        })
    }

    fn open_whole(path: &Path) -> Result<(Self, Content), RegistryError> {
        let failed = |error: std::io::Error| RegistryError::Failed {
            path: path.into(),
            reason: error.to_string(),
        };
        let from_database = |error: DatabaseError| match error {
            DatabaseError::DatabaseAlreadyOpen => RegistryError::InUse { path: path.into() },
            DatabaseError::Storage(StorageError::Io(error))
                if !matches!(
                    error.kind(),
                    ErrorKind::InvalidData | ErrorKind::UnexpectedEof
                ) =>
            {
                failed(error)
            }
            other => RegistryError::Damaged {
                path: path.into(),
                reason: other.to_string(),
            },
        };
        let file = open_private(path).map_err(failed)?;
        let backend = FileBackend::new(file).map_err(from_database)?;
        // Every page is read: what lies between the values is checked as well.
        let database = Database::builder()
            .set_check_integrity_on_open(true)
            .create_with_backend(backend)
            .map_err(from_database)?;
        let disk = Self {
            path: path.into(),
            database,
        };
        disk.prepare()?;
        let content = disk.read()?;
        Ok((disk, content))
    }

    /// Makes the tables, in a new file; checks the format of an old one.
    fn prepare(&self) -> Result<(), RegistryError> {
        let transaction = self.database.begin_write().map_err(|e| self.failed(&e))?;
        let found = {
            let numbers = self.numbers(&transaction)?;
            let found = numbers.get(FORMAT_KEY).map_err(|e| self.damaged(&e))?;
            found.map(|value| value.value())
        };
        match found {
            Some(FORMAT) => return Ok(()),
            Some(found) => {
                return Err(RegistryError::Format {
                    path: self.path.clone(),
                    found,
                    reads: FORMAT,
                });
            }
            None => {}
        }
        {
            let groups = transaction
                .open_table(GROUPS)
                .map_err(|e| self.damaged(&e))?;
            if !groups.is_empty().map_err(|e| self.damaged(&e))? {
                return Err(self.damaged(&"groups without a format"));
            }
            transaction
                .open_table(BURIED)
                .map_err(|e| self.damaged(&e))?;
            transaction
                .open_table(DEBTS)
                .map_err(|e| self.damaged(&e))?;
            let mut numbers = self.numbers(&transaction)?;
            for (key, value) in [(FORMAT_KEY, FORMAT), (NEXT_ID_KEY, 1), (COUNT_KEY, 0)] {
                numbers.insert(key, value).map_err(|e| self.failed(&e))?;
            }
        }
        transaction.commit().map_err(|e| self.failed(&e))
    }

    fn read(&self) -> Result<Content, RegistryError> {
        let transaction = self.database.begin_read().map_err(|e| self.failed(&e))?;
        let numbers = transaction
            .open_table(NUMBERS)
            .map_err(|e| self.damaged(&e))?;
        let number = |key: &str| match numbers.get(key) {
            Ok(Some(value)) => Ok(value.value()),
            Ok(None) => Err(self.damaged(&format!("no `{key}`"))),
            Err(error) => Err(self.damaged(&error)),
        };
        let next_id = number(NEXT_ID_KEY)?;
        let count = number(COUNT_KEY)?;
        let mut content = Content::default();
        for (table, list) in [
            (Table::Groups, &mut content.groups),
            (Table::Buried, &mut content.buried),
        ] {
            let table = transaction
                .open_table(table.definition())
                .map_err(|e| self.damaged(&e))?;
            for entry in table.iter().map_err(|e| self.damaged(&e))? {
                let (id, value) = entry.map_err(|e| self.damaged(&e))?;
                let group = decode(id.value(), value.value()).map_err(|e| self.damaged(&e))?;
                if id.value() >= next_id {
                    return Err(self.damaged(&"a number that was not given yet"));
                }
                list.push(group);
            }
        }
        let found = content.groups.len() + content.buried.len();
        if u64::try_from(found) != Ok(count) {
            return Err(self.damaged(&format!("{found} feature groups instead of {count}")));
        }
        let debts = transaction
            .open_table(DEBTS)
            .map_err(|e| self.damaged(&e))?;
        for entry in debts.iter().map_err(|e| self.damaged(&e))? {
            let (_, value) = entry.map_err(|e| self.damaged(&e))?;
            let debt = serde_json::from_slice(value.value()).map_err(|e| self.damaged(&e))?;
            content.debts.push(debt);
        }
        Ok(content)
    }

    pub(super) fn owe(&self, debt: &GrantDebt) -> Result<(), RegistryError> {
        let value = serde_json::to_vec(debt).map_err(|e| self.failed(&e))?;
        self.change(0, |transaction| {
            let mut table = transaction.open_table(DEBTS).map_err(|e| self.failed(&e))?;
            table
                .insert(debt_key(debt).as_str(), value.as_slice())
                .map_err(|e| self.failed(&e))?;
            Ok(())
        })
    }

    pub(super) fn settle(&self, debt: &GrantDebt) -> Result<(), RegistryError> {
        self.change(0, |transaction| {
            let mut table = transaction.open_table(DEBTS).map_err(|e| self.failed(&e))?;
            table
                .remove(debt_key(debt).as_str())
                .map_err(|e| self.failed(&e))?;
            Ok(())
        })
    }

    /// The number that the next group gets; [`Disk::insert`] uses it up.
    pub(super) fn next_id(&self) -> Result<GroupId, RegistryError> {
        let transaction = self.database.begin_read().map_err(|e| self.failed(&e))?;
        let numbers = transaction
            .open_table(NUMBERS)
            .map_err(|e| self.damaged(&e))?;
        let next = numbers.get(NEXT_ID_KEY).map_err(|e| self.failed(&e))?;
        next.map(|value| GroupId(value.value()))
            .ok_or_else(|| self.damaged(&"no `next-id`"))
    }

    pub(super) fn insert(&self, group: &Group) -> Result<(), RegistryError> {
        let next = group.id.0.checked_add(1);
        let next = next.ok_or_else(|| self.failed(&"no number is left"))?;
        self.change(1, |transaction| {
            self.numbers(transaction)?
                .insert(NEXT_ID_KEY, next)
                .map_err(|e| self.failed(&e))?;
            self.put(transaction, Table::Groups, group)
        })
    }

    pub(super) fn replace(&self, group: &Group) -> Result<(), RegistryError> {
        self.change(0, |transaction| self.put(transaction, Table::Groups, group))
    }

    pub(super) fn bury(&self, group: &Group) -> Result<(), RegistryError> {
        self.change(0, |transaction| {
            self.remove(transaction, Table::Groups, group.id)?;
            self.put(transaction, Table::Buried, group)
        })
    }

    pub(super) fn forget(&self, id: GroupId) -> Result<(), RegistryError> {
        self.change(-1, |transaction| {
            self.remove(transaction, Table::Groups, id)?;
            self.remove(transaction, Table::Buried, id)
        })
    }

    /// One transaction that changes the number of groups by `step`. It is on disk when this returns.
    fn change(
        &self,
        step: i64,
        work: impl FnOnce(&WriteTransaction) -> Result<(), RegistryError>,
    ) -> Result<(), RegistryError> {
        let transaction = self.database.begin_write().map_err(|e| self.failed(&e))?;
        work(&transaction)?;
        if step != 0 {
            let mut numbers = self.numbers(&transaction)?;
            let count = numbers.get(COUNT_KEY).map_err(|e| self.failed(&e))?;
            let count = count.map_or(0, |value| value.value());
            numbers
                .insert(COUNT_KEY, count.saturating_add_signed(step))
                .map_err(|e| self.failed(&e))?;
        }
        transaction.commit().map_err(|e| self.failed(&e))
    }

    fn put(
        &self,
        transaction: &WriteTransaction,
        table: Table,
        group: &Group,
    ) -> Result<(), RegistryError> {
        let value = encode(group).map_err(|e| self.failed(&e))?;
        let mut table = transaction
            .open_table(table.definition())
            .map_err(|e| self.failed(&e))?;
        table
            .insert(group.id.0, value.as_slice())
            .map_err(|e| self.failed(&e))?;
        Ok(())
    }

    fn remove(
        &self,
        transaction: &WriteTransaction,
        table: Table,
        id: GroupId,
    ) -> Result<(), RegistryError> {
        let mut table = transaction
            .open_table(table.definition())
            .map_err(|e| self.failed(&e))?;
        table.remove(id.0).map_err(|e| self.failed(&e))?;
        Ok(())
    }

    fn numbers<'a>(
        &self,
        transaction: &'a WriteTransaction,
    ) -> Result<redb::Table<'a, &'static str, u64>, RegistryError> {
        transaction.open_table(NUMBERS).map_err(|e| self.failed(&e))
    }

    fn failed(&self, error: &dyn std::fmt::Display) -> RegistryError {
        RegistryError::Failed {
            path: self.path.clone(),
            reason: error.to_string(),
        }
    }

    fn damaged(&self, error: &dyn std::fmt::Display) -> RegistryError {
        RegistryError::Damaged {
            path: self.path.clone(),
            reason: error.to_string(),
        }
    }
}

fn debt_key(debt: &GrantDebt) -> String {
    format!(
        "{} {} {}",
        debt.group_arn,
        debt.created.as_millisecond(),
        debt.kms_key
    )
}

/// Opens or makes the file, for its owner alone, so that its name survives a power loss.
fn open_private(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    if let Some(parent) = path.parent().filter(|parent| parent.is_dir()) {
        File::open(parent)?.sync_all()?;
    }
    Ok(file)
}

/// SHA-256 of number and JSON, then the JSON.
fn encode(group: &Group) -> Result<Vec<u8>, serde_json::Error> {
    let json = serde_json::to_vec(group)?;
    let mut value = Vec::with_capacity(DIGEST_LENGTH + json.len());
    value.extend_from_slice(&digest(group.id.0, &json));
    value.extend_from_slice(&json);
    Ok(value)
}

fn decode(id: u64, value: &[u8]) -> Result<Group, String> {
    let (expected, json) = value
        .split_at_checked(DIGEST_LENGTH)
        .ok_or("a feature group is cut off")?;
    if digest(id, json) != expected {
        return Err(format!("the checksum of feature group {id} is wrong"));
    }
    let mut reader = serde_json::Deserializer::from_slice(json);
    let group = Group::deserialize(&mut reader).map_err(|error| error.to_string())?;
    if group.id.0 != id {
        return Err(format!("feature group {id} has another number inside"));
    }
    Ok(group)
}

fn digest(id: u64, json: &[u8]) -> [u8; DIGEST_LENGTH] {
    let mut hasher = Sha256::new();
    hasher.update(id.to_be_bytes());
    hasher.update(json);
    hasher.finalize().into()
}
