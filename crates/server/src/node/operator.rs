//! Commands of those who run the store. They come from the command line, through a socket in the store's
//! directory while a server runs, or directly when none does. Whoever can read that directory holds the
//! keys of the store; what a command does is still decided and put on record in somebody's name.

mod commands;
mod query;
pub(crate) mod socket;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case")]
pub enum Command {
    /// How the store is
    Status {
        /// As JSON
        json: bool,
    },
    /// Writes queued rows to offline stores now
    Flush {
        /// One group, or all
        group: Option<String>,
    },
    /// Makes the grants of a group anew
    Repair {
        /// Group
        group: String,
        /// In whose name
        principal: Option<String>,
    },
    /// Seals the store key under the newest material of its KMS key, and begins a new data key
    Rotate {
        /// Group
        group: String,
        /// Another KMS key, to change to
        key: Option<String>,
        /// In whose name
        principal: Option<String>,
    },
    /// Compares grants with groups
    Reconcile {
        /// In whose name
        principal: Option<String>,
    },
    /// Erases subjects
    Erase {
        /// Groups
        groups: Vec<String>,
        /// Record identifiers
        identifiers: Vec<String>,
        /// In whose name
        principal: Option<String>,
    },
    /// Places or lifts a legal hold
    Hold {
        /// Group
        group: String,
        /// Record identifier
        identifier: String,
        /// Lift it
        lift: bool,
        /// In whose name
        principal: Option<String>,
    },
    /// The statement that makes the table of a group in Athena
    Ddl {
        /// Group
        group: String,
    },
    /// SQL over offline stores
    Query {
        /// The statement
        sql: String,
        /// How to write rows
        format: RowFormat,
        /// In whose name
        principal: Option<String>,
    },
    /// Point-in-time join
    AsOf {
        /// CSV or Parquet file with the identifier and the time of each row wanted
        spine: PathBuf,
        /// Column of the identifier
        identifier: String,
        /// Column of the time
        time: String,
        /// Groups
        groups: Vec<String>,
        /// How to write rows
        format: RowFormat,
        /// In whose name
        principal: Option<String>,
    },
    /// Delivers audit records and signs digests now
    DeliverAudit,
}

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RowFormat {
    /// Columns for the eye
    Table,
    /// With a header
    Csv,
    /// An object for each row
    Jsonl,
    /// Parquet, not encrypted
    Parquet,
}

impl From<RowFormat> for rempart_lake::OutputFormat {
    fn from(format: RowFormat) -> Self {
        match format {
            RowFormat::Table => Self::Table,
            RowFormat::Csv => Self::Csv,
            RowFormat::Jsonl => Self::JsonLines,
            RowFormat::Parquet => Self::Parquet,
        }
    }
}

/// What became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Exit code: 0 clean, 1 findings.
    pub exit: u8,
}
