//! Parquet files of offline stores: the documented layout, written once and whole, on local disk or S3,
//! encrypted; and SQL over them with the feature `sql`.
//!
//! What the crate guarantees:
//! - A file appears under its name only when it is whole. Writing the same rows under the same name again
//!   gives the same table, so a flush that was interrupted can be repeated.
//! - On local disk no value is written in plaintext: files are encrypted with keys of their own.
//!
//! This is the only crate that names Arrow, Parquet and DataFusion.

mod table;

pub use table::{
    Cell, Column, ColumnKind, FileEncryption, LakeError, OfflineRow, Scalar, Table, TableFormat,
    Written,
};
