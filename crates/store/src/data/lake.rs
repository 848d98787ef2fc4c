//! What the data plane needs of the lake.

use std::fmt;

use rempart_lake::{FileEncryption, LakeError, OfflineRow, Table, Written};

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
