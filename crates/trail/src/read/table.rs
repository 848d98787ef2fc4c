//! CSV: results of Athena and CloudTrail Lake, and exports with the record in one column.

use std::borrow::Cow;
use std::cell::Cell as Shared;
use std::io::{self, Read};

use csv::{ByteRecord, ReaderBuilder};

use super::rows::{self, Cell};
use super::unwrap::Unwrapped;
use super::{Limits, Place, ReadError, SourceReport, Visitor};

/// Columns that carry a whole record as text.
const RECORD_COLUMNS: [&[u8]; 6] = [
    b"CloudTrailEvent",
    b"_raw",
    b"event.original",
    b"@message",
    b"message",
    b"raw_data",
];

/// How a table carries records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    delimiter: u8,
    /// The column with the whole record, if there is one.
    record_column: Option<usize>,
}

/// The layout that a header row tells, when the text begins with one.
pub(super) fn layout(head: &[u8]) -> Option<Layout> {
    let line = head.split(|&byte| byte == b'\n').next()?;
    for delimiter in [b',', b'\t', b';'] {
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .delimiter(delimiter)
            .from_reader(line);
        let mut header = ByteRecord::new();
        if !reader.read_byte_record(&mut header).ok()? {
            return None;
        }
        let record_column = header
            .iter()
            .position(|name| RECORD_COLUMNS.contains(&name.trim_ascii()));
        let is_layout = record_column.is_some() || rows::is_record(header.iter());
        if is_layout {
            return Some(Layout {
                delimiter,
                record_column,
            });
        }
    }
    None
}

/// Visits the rows of a table. A row over the record limit ends the table, since where it ends
/// cannot be told from a quote that was never closed.
pub(super) fn visit<R: Read, V: Visitor + ?Sized>(
    reader: R,
    layout: Layout,
    limits: &Limits,
    report: &mut SourceReport,
    visitor: &mut V,
) -> io::Result<()> {
    let row_budget = Shared::new(limits.record);
    let total = Shared::new(0u64);
    let metered = Metered {
        reader,
        row_budget: &row_budget,
        total: &total,
    };
    let mut table = ReaderBuilder::new()
        .delimiter(layout.delimiter)
        .flexible(true)
        .buffer_capacity(1 << 16)
        .from_reader(metered);
    let mut rows = Rows {
        limits,
        layout,
        header: table.byte_headers()?.clone(),
        text: Vec::new(),
    };
    let mut row = ByteRecord::new();
    loop {
        row_budget.set(limits.record);
        let offset = table.position().byte();
        let place = Place {
            index: report.items,
            offset,
        };
        let outcome = table.read_byte_record(&mut row);
        report.inflated_bytes = total.get();
        match outcome {
            Ok(true) => rows.visit(&row, place, report, visitor),
            Ok(false) => return Ok(()),
            Err(_) if row_budget.get() == 0 => {
                let limit = limits.record;
                report.unreadable(place, &ReadError::TooLarge { limit }, b"", visitor);
                report.complete = false;
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
        if visitor.flow().is_break() {
            report.complete = false;
            return Ok(());
        }
    }
}

struct Rows<'l> {
    limits: &'l Limits,
    layout: Layout,
    header: ByteRecord,
    text: Vec<u8>,
}

impl Rows<'_> {
    fn visit<V: Visitor + ?Sized>(
        &mut self,
        row: &ByteRecord,
        place: Place,
        report: &mut SourceReport,
        visitor: &mut V,
    ) {
        if row.len() != self.header.len() {
            let columns = self.header.len();
            let message = format!("{} columns where the header has {columns}", row.len());
            let reason = ReadError::Row(message);
            report.unreadable(place, &reason, row.as_slice(), visitor);
            return;
        }
        let is_invalid = row.iter().any(|cell| std::str::from_utf8(cell).is_err());
        let records_before = report.records;
        self.unwrap(row, place, report, visitor);
        if is_invalid && report.records > records_before {
            report.invalid_utf8 += 1;
        }
    }

    fn unwrap<V: Visitor + ?Sized>(
        &mut self,
        row: &ByteRecord,
        place: Place,
        report: &mut SourceReport,
        visitor: &mut V,
    ) {
        let unwrapped = Unwrapped::new(self.limits);
        if let Some(cell) = self.layout.record_column.and_then(|column| row.get(column)) {
            let text = String::from_utf8_lossy(cell);
            return unwrapped.text(&text, place, report, visitor);
        }
        let columns = self.header.iter().zip(row).map(|(name, cell)| {
            let name = String::from_utf8_lossy(name.trim_ascii());
            (name, Cell::Text(String::from_utf8_lossy(cell)))
        });
        let columns = columns.map(|(name, cell)| (Cow::into_owned(name).into(), cell));
        rows::rebuild(columns, &mut self.text);
        unwrapped.rebuilt(&self.text, place, report, visitor);
    }
}

/// Counts bytes, and fails when a row takes too many.
struct Metered<'s, R> {
    reader: R,
    row_budget: &'s Shared<usize>,
    total: &'s Shared<u64>,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let budget = self.row_budget.get();
        if budget == 0 {
            return Err(io::Error::other("row over the limit"));
        }
        let count = self.reader.read(buffer)?;
        self.row_budget.set(budget.saturating_sub(count));
        self.total.set(self.total.get() + count as u64);
        Ok(count)
    }
}
