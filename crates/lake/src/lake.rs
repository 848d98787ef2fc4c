//! Files of tables: written, listed, read, removed.

use std::path::PathBuf;
use std::sync::Arc;

use crate::decode::{Reading, Scan};
use crate::rows::Rows;
use crate::storage::{Source, Storage, local::Directory, storage_error};
use crate::table::{
    FileEncryption, FileKeys, FileVersion, LakeError, OfflineRow, Table, TableFile, TableFormat,
    Written,
};
use crate::{encode, path, schema};

/// Where a lake is.
#[derive(Debug, Clone)]
pub enum Location {
    /// A directory of this machine, which is made when it is missing. Files in it are always encrypted.
    Directory(PathBuf),
    /// All buckets of a service: paths of tables begin with the name of their bucket
    #[cfg(feature = "s3")]
    S3(crate::S3Service),
}

/// Files of tables below one root. Calls block.
#[derive(Debug, Clone)]
pub struct Lake {
    pub(crate) storage: Arc<dyn Storage>,
}

impl Lake {
    /// Opens a lake.
    ///
    /// # Errors
    /// When the directory cannot be made, or the settings of the service do not fit together. The service
    /// is not asked yet.
    pub fn open(root: Location) -> Result<Self, LakeError> {
        let storage: Arc<dyn Storage> = match root {
            Location::Directory(directory) => Arc::new(Directory::open(directory)?),
            #[cfg(feature = "s3")]
            Location::S3(service) => Arc::new(crate::storage::s3::Service::open(&service)?),
        };
        Ok(Self { storage })
    }

    /// Whether files have to be encrypted here, each with a key of its own: [`FileEncryption::Modular`].
    #[must_use]
    pub fn encrypts_files(&self) -> bool {
        self.storage.wants_encryption()
    }

    /// The address of a table: `file://` or `s3://`.
    #[must_use]
    pub fn address(&self, table: &Table) -> String {
        self.storage.address(&table.path)
    }

    /// Writes a file, whole or not at all. The same rows under the same path give the same table again.
    ///
    /// `path` is from [`file_path`](crate::file_path), and all rows belong to its partition. `write_time`
    /// is in milliseconds since 1970.
    ///
    /// # Errors
    /// Storage, rows that do not fit the table or the partition, or an encryption that does not do here.
    pub fn write(
        &self,
        table: &Table,
        path: &str,
        rows: &[OfflineRow],
        write_time: i64,
        encryption: &FileEncryption,
    ) -> Result<Written, LakeError> {
        check_format(table.format)?;
        encode::check_rows(table, path, rows)?;
        self.check_encryption(path, encryption)?;
        let bytes = encode::rows(table, path, rows, write_time, encryption)?;
        self.put(path, rows.len(), bytes, encryption)
    }

    /// The files of a table, by path.
    ///
    /// # Errors
    /// Storage.
    pub fn files(&self, table: &Table) -> Result<Vec<TableFile>, LakeError> {
        path::check_table(table)?;
        let files = self.storage.list(&table.path)?;
        Ok(files
            .into_iter()
            .filter(|(path, _)| path::check_file(table, path).is_ok())
            .map(|(path, bytes)| TableFile { path, bytes })
            .collect())
    }

    /// The rows of a file, in its order. Features that the file is older than are null.
    ///
    /// # Errors
    /// Storage, no key or a wrong one, a damaged file, or one whose columns are none of the table.
    pub fn read(
        &self,
        table: &Table,
        path: &str,
        keys: &Arc<dyn FileKeys>,
    ) -> Result<Rows, LakeError> {
        let scan = self.scan(table, path, keys, schema::read(table))?;
        Rows::new(table, path, scan)
    }

    /// Removes a file; one that is not there is removed already.
    ///
    /// # Errors
    /// Storage, or a path that is none of the table.
    pub fn remove(&self, table: &Table, path: &str) -> Result<(), LakeError> {
        path::check_file(table, path)?;
        self.storage.remove(path)
    }

    /// The versions of a table's files that a bucket keeps although they were removed or written again.
    /// None on disk.
    ///
    /// # Errors
    /// Storage; then nothing is known about them.
    pub fn earlier_versions(&self, table: &Table) -> Result<Vec<FileVersion>, LakeError> {
        path::check_table(table)?;
        let mut versions = self.storage.earlier_versions(&table.path)?;
        versions.retain(|version| path::check_file(table, &version.path).is_ok());
        Ok(versions)
    }

    /// The rows of a version of a file.
    ///
    /// # Errors
    /// As for [`Lake::read`].
    pub fn read_version(
        &self,
        table: &Table,
        version: &FileVersion,
        keys: &Arc<dyn FileKeys>,
    ) -> Result<Rows, LakeError> {
        path::check_file(table, &version.path)?;
        schema::check(table)?;
        let reading = Reading {
            table,
            path: &version.path,
            keys,
            encrypted_only: self.storage.wants_encryption(),
        };
        let source = self.storage.open_version(version)?;
        let scan = Scan::open(source, &reading, schema::read(table))?;
        Rows::new(table, &version.path, scan)
    }

    /// Removes a version of a file for good; one that is not there is removed already.
    ///
    /// # Errors
    /// Storage, or a path that is none of the table.
    pub fn remove_version(&self, table: &Table, version: &FileVersion) -> Result<(), LakeError> {
        path::check_file(table, &version.path)?;
        self.storage.remove_version(version)
    }

    /// Removes what writes left that were interrupted. Only while nothing is written to the table.
    ///
    /// # Errors
    /// Storage.
    pub fn remove_unfinished(&self, table: &Table) -> Result<u64, LakeError> {
        path::check_table(table)?;
        self.storage.remove_unfinished(&table.path)
    }

    pub(crate) fn scan(
        &self,
        table: &Table,
        path: &str,
        keys: &Arc<dyn FileKeys>,
        schema: arrow_schema::SchemaRef,
    ) -> Result<Scan, LakeError> {
        path::check_file(table, path)?;
        schema::check(table)?;
        let reading = Reading {
            table,
            path,
            keys,
            encrypted_only: self.storage.wants_encryption(),
        };
        Scan::open(self.storage.open(path)?, &reading, schema)
    }

    pub(crate) fn check_encryption(
        &self,
        path: &str,
        encryption: &FileEncryption,
    ) -> Result<(), LakeError> {
        match encryption {
            FileEncryption::Modular { key_name, .. } if key_name.is_empty() => {
                Err(storage_error(path, "a key without a name"))
            }
            FileEncryption::ServerSide { .. } if self.storage.wants_encryption() => Err(
                storage_error(path, "a file on disk is encrypted with a key of its own"),
            ),
            _ => Ok(()),
        }
    }

    pub(crate) fn put(
        &self,
        path: &str,
        rows: usize,
        bytes: Vec<u8>,
        encryption: &FileEncryption,
    ) -> Result<Written, LakeError> {
        let length = bytes.len() as u64;
        self.storage.put(path, bytes.into(), encryption)?;
        Ok(Written {
            path: path.to_owned(),
            rows: rows as u64,
            bytes: length,
        })
    }
}

/// Whether a group may be created with this layout. Files of Iceberg without its metadata would be a
/// table that no reader of Iceberg sees, so there are none.
///
/// # Errors
/// [`LakeError::Unsupported`] for [`TableFormat::Iceberg`].
pub fn check_format(format: TableFormat) -> Result<(), LakeError> {
    match format {
        TableFormat::Glue => Ok(()),
        TableFormat::Iceberg => Err(LakeError::Unsupported("the table format Iceberg")),
    }
}

/// The rows of a file that is in no lake, encrypted or not. `path` is the path that it had.
///
/// # Errors
/// As for [`Lake::read`].
pub fn read_bytes(
    table: &Table,
    path: &str,
    bytes: Vec<u8>,
    keys: &Arc<dyn FileKeys>,
) -> Result<Rows, LakeError> {
    schema::check(table)?;
    let reading = Reading {
        table,
        path,
        keys,
        encrypted_only: false,
    };
    let scan = Scan::open(Source::Bytes(bytes.into()), &reading, schema::read(table))?;
    Rows::new(table, path, scan)
}
