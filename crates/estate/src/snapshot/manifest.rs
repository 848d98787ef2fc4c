//! The manifest: what a sealed snapshot holds. Two runs over an unchanged account give the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::layout::{AnswerFile, relative_path};
use crate::answer::Outcome;
use crate::estate::Place;

/// Version of the format that this program writes and reads.
pub(crate) const FORMAT: u32 = 1;

/// Summary of a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the format.
    pub format: u32,
    /// Accounts, sorted.
    pub accounts: BTreeSet<String>,
    /// Regions, sorted.
    pub regions: BTreeSet<String>,
    /// The files of answers, sorted by account, region, operation.
    pub operations: Vec<OperationSummary>,
    /// SHA-256 over the digests of all operations.
    pub sha256: String,
}

/// What was asked of an operation in a place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationSummary {
    /// Account.
    pub account: String,
    /// Region, or `global`.
    pub region: String,
    /// Service and operation.
    pub operation: String,
    /// Number of answers.
    pub answers: u64,
    /// Number of answers by outcome.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// SHA-256 over all answers without their times, request identifiers and tokens of pages.
    pub sha256: String,
}

impl Manifest {
    /// Files that should be there and are not.
    pub(super) fn missing(&self, directory: &Path, files: &[AnswerFile]) -> Vec<PathBuf> {
        let there: BTreeSet<_> = files.iter().map(|file| file.path.as_path()).collect();
        let mut missing = Vec::new();
        for summary in &self.operations {
            let path = summary.path(directory);
            if !there.contains(path.as_path()) {
                missing.push(path);
            }
        }
        missing
    }
}

impl OperationSummary {
    pub(super) fn place(&self) -> Place {
        Place::new(self.account.clone(), self.region.clone())
    }

    pub(super) fn path(&self, directory: &Path) -> PathBuf {
        match relative_path(&self.place(), &self.operation) {
            Some(path) => directory.join(path),
            None => directory.join("?"),
        }
    }
}
