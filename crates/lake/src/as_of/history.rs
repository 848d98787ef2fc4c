//! What decides which row of a group is the latest.

use std::sync::Arc;

use super::identifiers::{Identifiers, NONE};
use super::{AsOfOptions, JoinGroup, parallel};
use crate::decode::damaged;
use crate::lake::Lake;
use crate::rows;
use crate::schema::{self, API_INVOCATION_TIME, IS_DELETED, WRITE_TIME};
use crate::table::LakeError;

/// No row was chosen.
pub(super) const NO_ROW: u32 = u32::MAX;
/// Marks rows that are markers of deletions.
const DELETED: u32 = 1 << 31;

/// A row of a group whose identifier is in the spine.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    event_time: i64,
    called: i64,
    written: i64,
    /// Number of the identifier.
    identifier: u32,
    /// Number among all rows of the table, and [`DELETED`].
    row: u32,
}

/// A file and the rows before it.
#[derive(Debug)]
pub(super) struct NumberedFile {
    pub(super) path: String,
    pub(super) first: u32,
    pub(super) rows: u32,
}

/// Entries by identifier, in the order of time.
pub(super) struct History {
    entries: Vec<Entry>,
    /// Where the entries of an identifier begin; one more than there are identifiers.
    starts: Vec<usize>,
    files: Vec<NumberedFile>,
}

impl History {
    pub(super) fn read(
        lake: &Lake,
        group: &JoinGroup<'_>,
        identifiers: &Identifiers,
        options: AsOfOptions,
    ) -> Result<Self, LakeError> {
        let table = group.table;
        let names = [
            table.identifier.as_str(),
            &table.event_time,
            API_INVOCATION_TIME,
            WRITE_TIME,
            IS_DELETED,
        ];
        let wanted = schema::project(&schema::read(table), &names)?;
        let paths = lake.files(table)?;
        let parts = parallel::for_each(paths.len(), options.threads, |number| {
            let Some(file) = paths.get(number) else {
                return Ok((Vec::new(), 0));
            };
            let scan = lake.scan(table, &file.path, group.keys, Arc::clone(&wanted))?;
            entries_of(scan, &file.path, identifiers, options)
        })?;
        let mut files = Vec::with_capacity(parts.len());
        let mut first = 0_u32;
        for (file, (_, rows)) in paths.into_iter().zip(&parts) {
            files.push(NumberedFile {
                path: file.path,
                first,
                rows: *rows,
            });
            first = first
                .checked_add(*rows)
                .filter(|next| *next < DELETED)
                .ok_or_else(|| LakeError::Query("the table has too many rows".to_owned()))?;
        }
        let parts = parts.into_iter().map(|(entries, _)| entries).collect();
        let (entries, starts) = sorted(parts, &files, identifiers.count);
        Ok(Self {
            entries,
            starts,
            files,
        })
    }

    /// For each row of the spine the number of the row that was the latest at its time.
    pub(super) fn choose(&self, identifiers: &Identifiers, times: &[i64]) -> Vec<u32> {
        let choose = |(number, time): (&u32, &i64)| {
            if *number == NONE {
                return NO_ROW;
            }
            let number = *number as usize;
            let bounds = (self.starts.get(number), self.starts.get(number + 1));
            let (Some(start), Some(end)) = bounds else {
                return NO_ROW;
            };
            let entries = self.entries.get(*start..*end).unwrap_or_default();
            let later = entries.partition_point(|entry| entry.event_time <= *time);
            match later.checked_sub(1).and_then(|last| entries.get(last)) {
                Some(entry) if entry.row & DELETED == 0 => entry.row,
                _ => NO_ROW,
            }
        };
        identifiers.numbers.iter().zip(times).map(choose).collect()
    }

    pub(super) fn into_files(self) -> Vec<NumberedFile> {
        self.files
    }
}

fn entries_of(
    scan: crate::decode::Scan,
    path: &str,
    identifiers: &Identifiers,
    options: AsOfOptions,
) -> Result<(Vec<Entry>, u32), LakeError> {
    let mut entries = Vec::new();
    let mut before = 0_u32;
    for batch in scan {
        let batch = batch?;
        let [ids, event_times, called, written, deleted] = batch.columns() else {
            return Err(damaged(path, "a column is missing"));
        };
        let mut incomplete = false;
        identifiers.find(ids, |row, identifier| {
            let known = (
                rows::event_time(event_times, row),
                rows::millis(called, row),
                rows::millis(written, row),
                rows::boolean(deleted, row),
            );
            let (Some(event_time), Some(called), Some(written), Some(deleted)) = known else {
                incomplete = true;
                return;
            };
            if options.written_by.is_some_and(|by| written > by) {
                return;
            }
            let row = before.saturating_add(row as u32) | if deleted { DELETED } else { 0 };
            entries.push(Entry {
                event_time,
                called,
                written,
                identifier,
                row,
            });
        });
        if incomplete {
            return Err(damaged(path, "a row without its times"));
        }
        before = u32::try_from(batch.num_rows())
            .ok()
            .and_then(|rows| before.checked_add(rows))
            .filter(|rows| *rows < DELETED)
            .ok_or_else(|| damaged(path, "too many rows"))?;
    }
    Ok((entries, before))
}

/// Entries by identifier: counted, put in their places, and each identifier's few sorted.
fn sorted(
    parts: Vec<Vec<Entry>>,
    files: &[NumberedFile],
    identifiers: usize,
) -> (Vec<Entry>, Vec<usize>) {
    let mut starts = vec![0_usize; identifiers + 1];
    for entry in parts.iter().flatten() {
        if let Some(count) = starts.get_mut(entry.identifier as usize + 1) {
            *count += 1;
        }
    }
    let mut total = 0;
    for start in &mut starts {
        total += *start;
        *start = total;
    }
    let mut next = starts.clone();
    let mut entries = vec![Entry::default(); total];
    for (part, file) in parts.into_iter().zip(files) {
        for mut entry in part {
            // The bit of deletions stays: there are fewer rows than it is worth.
            entry.row += file.first;
            if let Some(place) = next.get_mut(entry.identifier as usize) {
                if let Some(slot) = entries.get_mut(*place) {
                    *slot = entry;
                }
                *place += 1;
            }
        }
    }
    for bounds in starts.windows(2) {
        let [start, end] = bounds else { continue };
        if let Some(few) = entries.get_mut(*start..*end) {
            few.sort_unstable_by_key(|entry| {
                let row = entry.row & !DELETED;
                (entry.event_time, entry.called, entry.written, row)
            });
        }
    }
    (entries, starts)
}
