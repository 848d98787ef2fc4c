//! Parquet files of offline stores: the documented layout, written once and whole, on local disk or S3,
//! encrypted; and SQL over them with the feature `sql`.
//!
//! What the crate guarantees:
//! - A file appears under its name only when it is whole. Writing the same rows under the same name again
//!   gives the same table, so a flush that was interrupted can be repeated.
//! - On local disk no value is written in plaintext: files are encrypted with keys of their own, and a
//!   file that is not, or that was written under another path, is refused.
//! - On S3 the service encrypts under the key that it is told, and an answer that does not say so is an
//!   error. Objects are not authenticated: see [`S3Service`].
//! - No path leads out of the table that it is said to belong to.
//! - Damaged and hostile files are errors, not panics.
//!
//! This is the only crate that names Arrow, Parquet and DataFusion; none of their types leaves it.

mod as_of;
mod convert;
mod ddl;
mod decode;
mod encode;
mod erase;
mod lake;
mod output;
mod path;
#[cfg(feature = "sql")]
mod query;
mod rows;
mod schema;
mod storage;
mod table;
pub mod time;

pub use as_of::{AsOfOptions, JoinGroup, Joined, Spine};
pub use ddl::{CatalogTable, create_table, default_table_name};
pub use erase::Rewritten;
pub use lake::{Lake, Location, check_format, read_bytes};
pub use output::{MOST_TABLE_ROWS, OutputFormat};
pub use path::{Partition, UNIQUE_LENGTH, check_place, file_path, partition, partition_of_path};
#[cfg(feature = "sql")]
pub use query::{DEFAULT_DATABASE, LONGEST_STATEMENT, Query, QueryOptions, VisitRow};
pub use rows::Rows;
#[cfg(feature = "s3")]
pub use storage::s3::{AskedCredentials, S3CredentialSource, S3Credentials, S3Service};
pub use table::{
    Cell, Column, ColumnKind, FileEncryption, FileKeys, FileVersion, LakeError, OfflineRow, Scalar,
    StoredRow, Table, TableFile, TableFormat, Written,
};
