//! What became of everything that was read.
//!
//! For each source and in total, `read = kept + duplicate + filtered + unreadable + other`. Nothing
//! is dropped in silence: each sort is counted, and the first unreadable pieces are kept with their
//! places. Tallies can be merged in any order with the same result.

use std::collections::BTreeSet;

use serde::Serialize;
use thiserror::Error;

use crate::read::{Place, ReadError, SourceReport};

/// Bytes of an unreadable piece that are kept to be shown.
const RAW_KEPT: usize = 2048;

/// How many of each sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Everything that was visited.
    pub read: u64,
    /// Records that went on to be used.
    pub kept: u64,
    /// Copies: same id, same bytes.
    pub duplicate: u64,
    /// Records with the id of another one and other bytes. They are kept, and counted in `kept`.
    pub conflicting: u64,
    /// Records that the user asked not to see.
    pub filtered: u64,
    /// Pieces that should be records and cannot be read.
    pub unreadable: u64,
    /// Things that are no CloudTrail records.
    pub other: u64,
}

impl Counts {
    /// Adds what another place counted.
    pub fn add(&mut self, other: &Self) {
        self.read += other.read;
        self.kept += other.kept;
        self.duplicate += other.duplicate;
        self.conflicting += other.conflicting;
        self.filtered += other.filtered;
        self.unreadable += other.unreadable;
        self.other += other.other;
    }

    const fn accounted(&self) -> u64 {
        self.kept + self.duplicate + self.filtered + self.unreadable + self.other
    }
}

/// A piece that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unreadable {
    /// Name of the source.
    pub source: String,
    /// Number of the item in the source.
    pub index: u64,
    /// Bytes from the start of the inflated text.
    pub offset: u64,
    /// Why.
    pub reason: String,
    /// The beginning of the piece; bytes that are not UTF-8 are U+FFFD here.
    pub raw: String,
}

/// The account of one source.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SourceTally {
    /// Name of the source.
    pub name: String,
    /// How many of each sort.
    pub counts: Counts,
    /// Bytes as stored.
    pub stored_bytes: u64,
    /// Bytes of text.
    pub inflated_bytes: u64,
    /// Records with bytes that are not UTF-8.
    pub invalid_utf8: u64,
    /// False when a part of the source was not read.
    pub complete: bool,
    /// What is wrong with the source as a whole, with the offset in its text.
    pub problems: Vec<String>,
    /// The first unreadable pieces; [`Accounting::add`] takes them over.
    #[serde(skip)]
    first_unreadable: Vec<Unreadable>,
    /// Items that the reader says it visited.
    #[serde(skip)]
    visited: u64,
}

impl SourceTally {
    /// An empty account.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    /// A record is used.
    pub fn kept(&mut self) {
        self.counts.read += 1;
        self.counts.kept += 1;
    }

    /// A record is used, though another one has the same id and other bytes.
    pub fn conflicting(&mut self) {
        self.kept();
        self.counts.conflicting += 1;
    }

    /// A record is a copy.
    pub fn duplicate(&mut self) {
        self.counts.read += 1;
        self.counts.duplicate += 1;
    }

    /// A record is not wanted.
    pub fn filtered(&mut self) {
        self.counts.read += 1;
        self.counts.filtered += 1;
    }

    /// Something is no record.
    pub fn other(&mut self) {
        self.counts.read += 1;
        self.counts.other += 1;
    }

    /// A piece cannot be read. The first `keep` of the source are kept to be shown.
    pub fn unreadable(&mut self, place: Place, reason: &ReadError, raw: &[u8], keep: usize) {
        self.counts.read += 1;
        self.counts.unreadable += 1;
        if self.first_unreadable.len() < keep {
            let raw = raw.get(..RAW_KEPT).unwrap_or(raw);
            self.first_unreadable.push(Unreadable {
                source: self.name.clone(),
                index: place.index,
                offset: place.offset,
                reason: reason.to_string(),
                raw: String::from_utf8_lossy(raw).into_owned(),
            });
        }
    }

    /// Takes over what the reader reports once the source is done.
    pub fn close(&mut self, report: &SourceReport) {
        self.stored_bytes = report.stored_bytes;
        self.inflated_bytes = report.inflated_bytes;
        self.invalid_utf8 = report.invalid_utf8;
        self.complete = report.complete;
        self.visited = report.items;
        self.problems = report
            .problems
            .iter()
            .map(|problem| format!("{} (at byte {})", problem.reason, problem.offset))
            .collect();
    }
}

/// The account of a whole run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Accounting {
    /// How many of each sort.
    pub total: Counts,
    /// Sources of which a part was not read.
    pub incomplete_sources: u64,
    /// Bytes as stored.
    pub stored_bytes: u64,
    /// Bytes of text.
    pub inflated_bytes: u64,
    /// Records with bytes that are not UTF-8.
    pub invalid_utf8: u64,
    /// Every source; sorted by name once accounts were merged.
    pub sources: Vec<SourceTally>,
    /// The first unreadable pieces by source and place, at most as many as were asked for.
    pub unreadable: BTreeSet<Unreadable>,
    #[serde(skip)]
    keep_unreadable: usize,
}

/// Why an account does not add up. It always means a defect of the program.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AccountingError {
    /// The sorts of a source do not sum up to what was read
    #[error("{source_name}: {read} items were read and {accounted} accounted for")]
    Source {
        /// Name of the source
        source_name: String,
        /// Items that the reader visited
        read: u64,
        /// Items that the tally holds
        accounted: u64,
    },
    /// The sources do not sum up to the total
    #[error("the sources do not sum up to the total")]
    Total,
}

impl Accounting {
    /// An empty account that keeps the first `keep_unreadable` unreadable pieces.
    #[must_use]
    pub const fn new(keep_unreadable: usize) -> Self {
        Self {
            total: Counts {
                read: 0,
                kept: 0,
                duplicate: 0,
                conflicting: 0,
                filtered: 0,
                unreadable: 0,
                other: 0,
            },
            incomplete_sources: 0,
            stored_bytes: 0,
            inflated_bytes: 0,
            invalid_utf8: 0,
            sources: Vec::new(),
            unreadable: BTreeSet::new(),
            keep_unreadable,
        }
    }

    /// Unreadable pieces that are kept: give it to [`SourceTally::unreadable`].
    #[must_use]
    pub const fn keep_unreadable(&self) -> usize {
        self.keep_unreadable
    }

    /// Adds a source that is done.
    pub fn add(&mut self, mut source: SourceTally) {
        self.total.add(&source.counts);
        self.incomplete_sources += u64::from(!source.complete);
        self.stored_bytes += source.stored_bytes;
        self.inflated_bytes += source.inflated_bytes;
        self.invalid_utf8 += source.invalid_utf8;
        self.unreadable.extend(source.first_unreadable.drain(..));
        self.shorten();
        self.sources.push(source);
    }

    /// Adds what another thread accounted for.
    pub fn merge(&mut self, other: Self) {
        self.total.add(&other.total);
        self.incomplete_sources += other.incomplete_sources;
        self.stored_bytes += other.stored_bytes;
        self.inflated_bytes += other.inflated_bytes;
        self.invalid_utf8 += other.invalid_utf8;
        self.sources.extend(other.sources);
        self.sources
            .sort_by(|left, right| left.name.cmp(&right.name));
        self.unreadable.extend(other.unreadable);
        self.shorten();
    }

    /// Whether everything was read and understood.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.total.unreadable == 0
            && self.incomplete_sources == 0
            && self.sources.iter().all(|source| source.problems.is_empty())
    }

    /// Checks that all sums agree.
    ///
    /// # Errors
    /// The first sum that does not.
    pub fn check(&self) -> Result<(), AccountingError> {
        let mut sum = Counts::default();
        for source in &self.sources {
            let accounted = source.counts.accounted();
            if source.counts.read != accounted || source.visited != accounted {
                return Err(AccountingError::Source {
                    source_name: source.name.clone(),
                    read: source.visited,
                    accounted,
                });
            }
            sum.add(&source.counts);
        }
        if sum != self.total {
            return Err(AccountingError::Total);
        }
        Ok(())
    }

    /// The smallest pieces stay, so that the order of merging does not matter.
    fn shorten(&mut self) {
        while self.unreadable.len() > self.keep_unreadable {
            self.unreadable.pop_last();
        }
    }
}
