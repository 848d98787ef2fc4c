//! What is written: tables, columns, rows.

use std::fmt;

use zeroize::Zeroizing;

/// SageMaker's feature types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scalar {
    /// UTF-8
    String,
    /// Signed 64-bit
    Integral,
    /// IEEE 754 double
    Fractional,
}

/// Type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnKind {
    /// One value
    Scalar(Scalar),
    /// A list of values: `List`, `Set` and `Vector` collections
    List(Scalar),
}

/// A feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Name of the feature.
    pub name: String,
    /// Its type.
    pub kind: ColumnKind,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// None
    Null,
    /// Of a `String`
    Text(String),
    /// Of an `Integral`
    Integer(i64),
    /// Of a `Fractional`
    Float(f64),
    /// Of a collection of `String`
    Texts(Vec<String>),
    /// Of a collection of `Integral`
    Integers(Vec<i64>),
    /// Of a collection of `Fractional`
    Floats(Vec<f64>),
}

/// A row of the offline store.
#[derive(Debug, Clone, PartialEq)]
pub struct OfflineRow {
    /// Values in the order of the table's columns.
    pub cells: Vec<Cell>,
    /// Event time in milliseconds since 1970; it chooses the partition.
    pub event_time: i64,
    /// Time of the call in milliseconds since 1970.
    pub api_invocation_time: i64,
    /// Whether this is the marker of a deletion.
    pub is_deleted: bool,
}

/// Layout of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TableFormat {
    /// Parquet in Hive partitions by the hour of the event time
    Glue,
    /// Apache Iceberg, partitioned by day. Refused by [`check_format`](crate::check_format): its paths are
    /// known here, its metadata is not written yet
    Iceberg,
}

/// How a file is protected.
#[derive(Clone, PartialEq, Eq)]
pub enum FileEncryption {
    /// Parquet modular encryption with a key of the file's own; footer included
    Modular {
        /// AES-256 key of this file
        key: Zeroizing<[u8; 32]>,
        /// Key metadata in the file: the name under which the key is kept
        key_name: String,
    },
    /// Plain Parquet; the object store encrypts under this KMS key (SSE-KMS), or under its own when `None`
    ServerSide {
        /// ARN of the KMS key
        kms_key: Option<String>,
    },
}

impl fmt::Debug for FileEncryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Modular { key_name, .. } => f
                .debug_struct("Modular")
                .field("key_name", key_name)
                .finish_non_exhaustive(),
            Self::ServerSide { kms_key } => f
                .debug_struct("ServerSide")
                .field("kms_key", kms_key)
                .finish(),
        }
    }
}

/// The offline table of a feature group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Below the root of the lake: `<account>/sagemaker/<region>/offline-store/<group>-<epoch>/data`.
    pub path: String,
    /// Columns in the order of the feature definitions; `api_invocation_time`, `write_time` and
    /// `is_deleted` are added.
    pub columns: Vec<Column>,
    /// Name of the record identifier feature.
    pub identifier: String,
    /// Name of the event-time feature.
    pub event_time: String,
    /// Layout.
    pub format: TableFormat,
}

/// A row as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRow {
    /// What was written.
    pub row: OfflineRow,
    /// When its file was written, in milliseconds since 1970.
    pub write_time: i64,
}

/// A file of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableFile {
    /// Path below the root of the lake.
    pub path: String,
    /// Bytes.
    pub bytes: u64,
}

/// A version of a file that is not its newest: a bucket with versioning keeps what was removed or written
/// again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileVersion {
    /// Path of the file below the root of the lake.
    pub path: String,
    /// The id of the version.
    pub version: String,
    /// Bytes.
    pub bytes: u64,
}

/// Gives the keys of encrypted files.
pub trait FileKeys: Send + Sync {
    /// The key that is kept under a name.
    ///
    /// # Errors
    /// Why there is none; the text is shown.
    fn key(&self, name: &str) -> Result<Zeroizing<[u8; 32]>, String>;
}

/// The key of one file.
impl FileKeys for FileEncryption {
    fn key(&self, name: &str) -> Result<Zeroizing<[u8; 32]>, String> {
        match self {
            Self::Modular { key, key_name } if key_name == name => Ok(key.clone()),
            _ => Err("the file names another key".to_owned()),
        }
    }
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Path below the root of the lake.
    pub path: String,
    /// Rows.
    pub rows: u64,
    /// Bytes.
    pub bytes: u64,
}

/// Why the lake could not do it.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// Disk or object store
    #[error("{path}: {reason}")]
    Storage {
        /// File or object
        path: String,
        /// Why
        reason: String,
    },
    /// A file does not read
    #[error("{path}: damaged: {reason}")]
    Damaged {
        /// File or object
        path: String,
        /// What is wrong
        reason: String,
    },
    /// A row does not fit the table
    #[error("row {row} does not fit the table: {reason}")]
    Row {
        /// Position in what was given
        row: usize,
        /// Why
        reason: String,
    },
    /// The key of a file is not to be had
    #[error("{path}: key: {reason}")]
    Key {
        /// File or object
        path: String,
        /// Why
        reason: String,
    },
    /// What was asked for is not there yet
    #[error("{0} is not supported")]
    Unsupported(&'static str),
    /// The query does not run
    #[error("{0}")]
    Query(String),
}
