//! What was delivered, for the digests to come.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::files::{AuditError, write_new};

/// Kept in `state.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    /// Last hash of the segment that was delivered last.
    pub(crate) hash: String,
    /// Number of the segment that was delivered last.
    pub(crate) segment: u64,
    /// Number of the segment that is being delivered, and when that began, in seconds since 1970: doing
    /// it again after a crash gives the same files.
    #[serde(default)]
    pub(crate) delivering: Option<(u64, i64)>,
    /// End of digests that are being written, in seconds since 1970.
    pub(crate) digests_until: Option<i64>,
    /// By account.
    pub(crate) accounts: BTreeMap<String, Chain>,
}

/// The chain of digests of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chain {
    /// Where the next digest begins, in seconds since 1970.
    pub(crate) start: i64,
    /// Files since the last digest.
    pub(crate) files: Vec<Delivered>,
    /// The last digest.
    pub(crate) previous: Option<Previous>,
}

/// A file that was delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Delivered {
    /// When, in seconds since 1970: the digest of that hour names it.
    #[serde(default)]
    pub(crate) at: i64,
    pub(crate) key: String,
    pub(crate) sha256: String,
    pub(crate) oldest: String,
    pub(crate) newest: String,
}

/// A digest that the next one quotes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Previous {
    pub(crate) key: String,
    pub(crate) sha256: String,
    pub(crate) signature: String,
}

impl State {
    pub(crate) fn read(path: &Path) -> Result<Self, AuditError> {
        match std::fs::read(path) {
            Ok(bytes) => {
                serde_json::from_slice(&bytes).map_err(|error| AuditError::new(path, error))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self {
                hash: crate::segment::FIRST.to_owned(),
                ..Self::default()
            }),
            Err(error) => Err(AuditError::new(path, error)),
        }
    }

    pub(crate) fn write(&self, path: &Path) -> Result<(), AuditError> {
        let text = serde_json::to_vec_pretty(self).map_err(|error| AuditError::new(path, error))?;
        write_new(path, &text)
    }
}
