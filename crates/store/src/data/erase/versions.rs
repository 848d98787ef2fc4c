//! Versions of offline files: a bucket with versioning keeps what was removed and what was written again.
//!
//! Each of them is read. Those that hold a subject are removed for good, with everything in them: other
//! rows of theirs are in the files that replaced them. What cannot be listed, read or removed is in the
//! receipt, and the erasure is not complete.

use std::collections::HashSet;

use rempart_lake::{FileVersion, Table};
use serde::{Deserialize, Serialize};

use super::rewrite::{Reader, Subjects};
use crate::data::Data;
use crate::data::call::Call;
use crate::data::view::View;

/// Versions that are named one by one; of others the number alone is kept.
const MOST_NAMED: usize = 1_000;

/// What was done to versions of offline files.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VersionsReceipt {
    /// Versions that were read.
    searched: usize,
    /// Versions with rows of the subjects that were removed for good.
    removed: usize,
    /// Versions that hold rows of the subjects still, or may hold them.
    left: usize,
    /// The first of them.
    left_versions: Vec<LeftVersion>,
    /// Why nothing is known about versions.
    unknown: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LeftVersion {
    path: String,
    version: String,
    reason: String,
}

impl VersionsReceipt {
    pub(super) fn is_clean(&self) -> bool {
        self.left == 0 && self.unknown.is_none()
    }

    fn leave(&mut self, version: &FileVersion, reason: impl Into<String>) {
        self.left += 1;
        if self.left_versions.len() < MOST_NAMED {
            self.left_versions.push(LeftVersion {
                path: version.path.clone(),
                version: version.version.clone(),
                reason: reason.into(),
            });
        }
    }

    fn list(&mut self, data: &Data, table: &Table) -> Vec<FileVersion> {
        data.lake.earlier_versions(table).unwrap_or_else(|error| {
            self.unknown = Some(format!(
                "unknown: versions of the bucket were not looked at: {error}"
            ));
            Vec::new()
        })
    }
}

impl Data {
    /// Removes the versions of a table's files that hold rows of the subjects, and says what is left.
    pub(super) fn remove_versions(
        &self,
        call: &Call<'_>,
        view: &View,
        table: &Table,
        identifiers: &[String],
    ) -> VersionsReceipt {
        let subjects = Subjects::of(identifiers);
        let mut reader = Reader::new(self, view, call);
        let mut receipt = VersionsReceipt::default();
        let mut removed = HashSet::new();
        for version in receipt.list(self, table) {
            receipt.searched += 1;
            let rows = match reader.read_version(table, &version) {
                Ok(rows) => rows,
                Err(error) => {
                    receipt.leave(&version, error.message);
                    continue;
                }
            };
            if !rows.iter().any(|row| subjects.own(view, row)) {
                continue;
            }
            match self.lake.remove_version(table, &version) {
                Ok(()) => {
                    removed.insert((version.path, version.version));
                }
                Err(error) => receipt.leave(&version, format!("it is there still: {error}")),
            }
        }
        receipt.removed = removed.len();
        if removed.is_empty() {
            return receipt;
        }
        // An answer that it is gone is not all that is known about it.
        for version in receipt.list(self, table) {
            let name = (version.path.clone(), version.version.clone());
            if removed.contains(&name) {
                receipt.removed -= 1;
                receipt.leave(&version, "it is there still, although it was removed");
            }
        }
        receipt
    }
}
