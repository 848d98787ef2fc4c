//! What the data plane needs of the lake.

use std::fmt;
use std::sync::Arc;

use rempart_lake::{FileEncryption, FileKeys, LakeError, OfflineRow, Partition, Table, Written};

/// Writes and reads the files of offline stores. Calls block.
pub trait Lake: Send + Sync + fmt::Debug {
    /// Whether files are encrypted here, each with a key of its own, and not by the object store.
    fn encrypts_files(&self) -> bool;

    /// The path below the root of the lake of a file that holds rows of one partition: `event_time` is
    /// their latest, `unique` 16 letters and digits.
    ///
    /// # Errors
    /// The table leads nowhere.
    fn file_path(&self, table: &Table, event_time: i64, unique: &str) -> Result<String, LakeError>;

    /// The partition of an event time; rows of one file have the same.
    fn partition(&self, table: &Table, event_time: i64) -> i64;

    /// Writes a file, whole or not at all. The same rows under the same path give the same table.
    ///
    /// # Errors
    /// Storage, or rows that do not fit the table.
    fn write(
        &self,
        table: &Table,
        path: &str,
        rows: &[OfflineRow],
        write_time: i64,
        encryption: &FileEncryption,
    ) -> Result<Written, LakeError>;

    /// The files of a table.
    ///
    /// # Errors
    /// Storage.
    fn files(&self, table: &Table) -> Result<Vec<String>, LakeError>;

    /// The rows of a file and its `write_time`.
    ///
    /// # Errors
    /// Storage, a wrong key, or a damaged file.
    fn read(
        &self,
        table: &Table,
        path: &str,
        encryption: &FileEncryption,
    ) -> Result<(Vec<OfflineRow>, i64), LakeError>;

    /// Removes a file; one that is not there is removed already.
    ///
    /// # Errors
    /// Storage.
    fn remove(&self, table: &Table, path: &str) -> Result<(), LakeError>;
}

/// A lake as it is. Tables of several buckets share its root, each below the name of its bucket.
impl Lake for rempart_lake::Lake {
    fn encrypts_files(&self) -> bool {
        rempart_lake::Lake::encrypts_files(self)
    }

    fn file_path(&self, table: &Table, event_time: i64, unique: &str) -> Result<String, LakeError> {
        rempart_lake::file_path(table, event_time, unique)
    }

    fn partition(&self, table: &Table, event_time: i64) -> i64 {
        Partition::of(table.format, event_time).start()
    }

    fn write(
        &self,
        table: &Table,
        path: &str,
        rows: &[OfflineRow],
        write_time: i64,
        encryption: &FileEncryption,
    ) -> Result<Written, LakeError> {
        rempart_lake::Lake::write(self, table, path, rows, write_time, encryption)
    }

    fn files(&self, table: &Table) -> Result<Vec<String>, LakeError> {
        let files = rempart_lake::Lake::files(self, table)?;
        Ok(files.into_iter().map(|file| file.path).collect())
    }

    fn read(
        &self,
        table: &Table,
        path: &str,
        encryption: &FileEncryption,
    ) -> Result<(Vec<OfflineRow>, i64), LakeError> {
        let keys: Arc<dyn FileKeys> = Arc::new(encryption.clone());
        let mut rows = Vec::new();
        let mut write_time = 0;
        for stored in rempart_lake::Lake::read(self, table, path, &keys)? {
            let stored = stored?;
            write_time = stored.write_time;
            rows.push(stored.row);
        }
        Ok((rows, write_time))
    }

    fn remove(&self, table: &Table, path: &str) -> Result<(), LakeError> {
        rempart_lake::Lake::remove(self, table, path)
    }
}
