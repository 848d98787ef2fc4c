//! What the data plane needs of the lake.

use std::fmt;
use std::sync::Arc;

use rempart_aws_wire::ServiceError;
use rempart_keys::Requester;
use rempart_lake::{
    FileEncryption, FileKeys, FileVersion, LakeError, OfflineRow, Partition, Table, Written,
};

use super::Data;
use super::file_key;
use super::refusal::internal;
use super::view::{Side, View};
use crate::group::Group;

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

    /// Versions of a table's files that a bucket keeps although they were removed or written again. On
    /// disk there are none.
    ///
    /// # Errors
    /// Storage; then nothing is known about them.
    fn earlier_versions(&self, table: &Table) -> Result<Vec<FileVersion>, LakeError>;

    /// The rows of a version of a file.
    ///
    /// # Errors
    /// As for [`Lake::read`].
    fn read_version(
        &self,
        table: &Table,
        version: &FileVersion,
        encryption: &FileEncryption,
    ) -> Result<Vec<OfflineRow>, LakeError>;

    /// Removes a version for good; one that is not there is removed already.
    ///
    /// # Errors
    /// Storage.
    fn remove_version(&self, table: &Table, version: &FileVersion) -> Result<(), LakeError>;
}

impl Data {
    /// Whether a requester may read the files of a group's offline store, where the object store opens
    /// them: it is asked with the store's own credentials, so the KMS is asked about the requester here,
    /// as S3 would. Files with keys of their own are opened in the requester's name: see
    /// [`Data::file_key`].
    ///
    /// # Errors
    /// As the KMS answers.
    pub fn check_offline_read(
        &self,
        requester: &Requester<'_>,
        group: &Arc<Group>,
    ) -> Result<(), ServiceError> {
        let view = self
            .state(group.id)
            .view(Arc::clone(group), &*self.authorizer)
            .ok_or_else(|| internal("The definitions of the feature group do not read"))?;
        self.may_decrypt_files(requester, &view)
    }

    pub(crate) fn may_decrypt_files(
        &self,
        requester: &Requester<'_>,
        view: &View,
    ) -> Result<(), ServiceError> {
        if self.lake.encrypts_files() {
            return Ok(());
        }
        if !view.has_customer_key(Side::Offline) {
            return file_key::check_owner(requester, &view.group.arn);
        }
        let key =
            file_key::kms_key(view).ok_or_else(|| internal("The offline store has no keys"))?;
        let context = view.encryption_context(Side::Offline);
        self.provider
            .check(requester, "kms:Decrypt", key, context, None)
    }
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

    fn earlier_versions(&self, table: &Table) -> Result<Vec<FileVersion>, LakeError> {
        rempart_lake::Lake::earlier_versions(self, table)
    }

    fn read_version(
        &self,
        table: &Table,
        version: &FileVersion,
        encryption: &FileEncryption,
    ) -> Result<Vec<OfflineRow>, LakeError> {
        let keys: Arc<dyn FileKeys> = Arc::new(encryption.clone());
        let stored = rempart_lake::Lake::read_version(self, table, version, &keys)?;
        stored.map(|stored| Ok(stored?.row)).collect()
    }

    fn remove_version(&self, table: &Table, version: &FileVersion) -> Result<(), LakeError> {
        rempart_lake::Lake::remove_version(self, table, version)
    }
}
