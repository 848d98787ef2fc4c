//! Results that a format for people keeps until the end: grouped, bounded, with what was left out
//! counted.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::{ControlRef, Verdict};
use crate::Severity;

/// Bounds of what is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Rows of one group.
    pub(crate) rows_per_group: usize,
    /// Bytes of all rows.
    pub(crate) bytes: usize,
}

/// Order of groups: failures first, the most severe first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GroupKey {
    pub(crate) verdict: Verdict,
    pub(crate) severity: Reverse<Severity>,
    pub(crate) area: String,
    pub(crate) control: String,
}

/// Results of one control with one verdict.
pub(crate) struct Group<R> {
    pub(crate) control: Arc<ControlRef>,
    pub(crate) rows: Vec<(R, usize)>,
    /// Results that are not among the rows.
    pub(crate) more: u64,
}

impl<R> Group<R> {
    /// All results of the group.
    pub(crate) fn total(&self) -> u64 {
        (self.rows.len() as u64).saturating_add(self.more)
    }

    /// The rows that were kept.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &R> {
        self.rows.iter().map(|(row, _)| row)
    }
}

/// The groups.
pub(crate) struct Held<R> {
    bounds: Bounds,
    bytes: usize,
    pub(crate) groups: BTreeMap<GroupKey, Group<R>>,
}

impl<R> Held<R> {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            bytes: 0,
            groups: BTreeMap::new(),
        }
    }

    /// Keeps a row of so many bytes, made only if there is room in its group. When all rows
    /// together grow too large, rows of the least important groups make way.
    pub(crate) fn keep(
        &mut self,
        verdict: Verdict,
        control: &Arc<ControlRef>,
        row: impl FnOnce() -> (R, usize),
    ) {
        let key = GroupKey {
            verdict,
            severity: Reverse(control.severity),
            area: control.area.clone(),
            control: control.id.clone(),
        };
        let group = self.groups.entry(key).or_insert_with(|| Group {
            control: Arc::clone(control),
            rows: Vec::new(),
            more: 0,
        });
        if group.rows.len() >= self.bounds.rows_per_group || group.more > 0 {
            group.more = group.more.saturating_add(1);
            return;
        }
        let (row, size) = row();
        group.rows.push((row, size));
        self.bytes = self.bytes.saturating_add(size);
        while self.bytes > self.bounds.bytes && self.drop_one() {}
    }

    fn drop_one(&mut self) -> bool {
        for group in self.groups.values_mut().rev() {
            if let Some((_, size)) = group.rows.pop() {
                group.more = group.more.saturating_add(1);
                self.bytes = self.bytes.saturating_sub(size);
                return true;
            }
        }
        false
    }

    /// The groups with a verdict, the most severe first.
    pub(crate) fn of(&self, verdict: Verdict) -> impl Iterator<Item = &Group<R>> {
        self.groups
            .iter()
            .filter(move |(key, _)| key.verdict == verdict)
            .map(|(_, group)| group)
    }

    /// Results with a verdict that have no row.
    pub(crate) fn left_out(&self, verdict: Verdict) -> u64 {
        self.of(verdict)
            .fold(0, |sum, group| sum.saturating_add(group.more))
    }
}
