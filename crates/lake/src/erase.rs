//! Rows of identifiers, found and taken out.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch};
use arrow_schema::DataType;
use arrow_select::filter::filter_record_batch;

use crate::decode::damaged;
use crate::encode::FileWriter;
use crate::lake::Lake;
use crate::table::{FileEncryption, FileKeys, LakeError, Table, Written};
use crate::{convert, path, rows, schema};

/// A file that had rows of the identifiers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten {
    /// Rows that were left out.
    pub removed_rows: u64,
    /// The file with the others; `None` when there are no others.
    pub written: Option<Written>,
}

impl Lake {
    /// Writes the rows of a file that belong to none of the identifiers into a new file of the same
    /// partition, with their times as they are. `None` when no row belongs to them: then only the
    /// identifiers were read. The old file is there still, for [`Lake::remove`].
    ///
    /// Identifiers are texts as the wire has them; numbers are compared as numbers. `unique` is as for
    /// [`file_path`](crate::file_path).
    ///
    /// # Errors
    /// As for [`Lake::read`] and [`Lake::write`].
    pub fn rewrite_without(
        &self,
        table: &Table,
        file: &str,
        identifiers: &[String],
        unique: &str,
        keys: &Arc<dyn FileKeys>,
        encryption: &FileEncryption,
    ) -> Result<Option<Rewritten>, LakeError> {
        crate::lake::check_format(table.format)?;
        self.check_encryption(file, encryption)?;
        let identifiers = Identifiers::new(identifiers);
        if !self.holds(table, file, &identifiers, keys)? {
            return Ok(None);
        }
        let full = schema::read(table);
        let written = schema::written(table);
        let position = full
            .index_of(&table.identifier)
            .map_err(|_| no_column(file))?;
        let event_time = full
            .index_of(&table.event_time)
            .map_err(|_| no_column(file))?;
        let mut removed_rows = 0;
        let mut kept_rows = 0;
        let mut latest = None;
        let mut kept = Vec::new();
        for batch in self.scan(table, file, keys, full)? {
            let batch = batch?;
            let ids = batch
                .columns()
                .get(position)
                .ok_or_else(|| no_column(file))?;
            let keep: BooleanArray = (0..ids.len())
                .map(|row| Some(!identifiers.holds(ids, row)))
                .collect();
            removed_rows += (keep.len() - keep.true_count()) as u64;
            let batch = filter_record_batch(&batch, &keep)
                .map_err(|error| damaged(file, error.to_string()))?;
            let times = batch
                .columns()
                .get(event_time)
                .ok_or_else(|| no_column(file))?;
            latest = (0..batch.num_rows())
                .filter_map(|row| rows::event_time(times, row))
                .fold(latest, |latest, time| latest.max(Some(time)));
            kept_rows += batch.num_rows();
            kept.push(batch);
        }
        if kept_rows == 0 {
            return Ok(Some(Rewritten {
                removed_rows,
                written: None,
            }));
        }
        let latest = latest.ok_or_else(|| damaged(file, "rows without event time"))?;
        let new = path::file_path(table, latest, unique)?;
        if new == file {
            return Err(crate::storage::storage_error(file, "the name was used"));
        }
        if path::partition_of_path(table, &new)? != path::partition_of_path(table, file)? {
            return Err(damaged(file, "rows of another partition"));
        }
        let mut writer = FileWriter::new(&new, &written, encryption)?;
        for batch in kept {
            let arrays = batch
                .columns()
                .iter()
                .zip(written.fields())
                .map(|(array, field)| convert::to_written(array, field))
                .collect::<Result<Vec<ArrayRef>, String>>()
                .map_err(|reason| damaged(file, reason))?;
            let batch = RecordBatch::try_new(Arc::clone(&written), arrays)
                .map_err(|error| damaged(file, error.to_string()))?;
            writer.write(&batch)?;
        }
        let bytes = writer.finish()?;
        Ok(Some(Rewritten {
            removed_rows,
            written: Some(self.put(&new, kept_rows, bytes, encryption)?),
        }))
    }

    /// The files of a table that hold rows of any of the identifiers. All of them are searched.
    ///
    /// # Errors
    /// As for [`Lake::read`]: a file that cannot be read may hold them.
    pub fn files_with(
        &self,
        table: &Table,
        identifiers: &[String],
        keys: &Arc<dyn FileKeys>,
    ) -> Result<Vec<String>, LakeError> {
        let identifiers = Identifiers::new(identifiers);
        let mut found = Vec::new();
        for file in self.files(table)? {
            if self.holds(table, &file.path, &identifiers, keys)? {
                found.push(file.path);
            }
        }
        Ok(found)
    }

    fn holds(
        &self,
        table: &Table,
        file: &str,
        identifiers: &Identifiers<'_>,
        keys: &Arc<dyn FileKeys>,
    ) -> Result<bool, LakeError> {
        let only = schema::project(&schema::read(table), &[&table.identifier])?;
        for batch in self.scan(table, file, keys, only)? {
            let batch = batch?;
            let ids = batch.columns().first().ok_or_else(|| no_column(file))?;
            if (0..ids.len()).any(|row| identifiers.holds(ids, row)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Identifiers as texts and as the numbers that they may be.
struct Identifiers<'a> {
    texts: HashSet<&'a str>,
    integers: HashSet<i64>,
    floats: HashSet<u64>,
}

impl<'a> Identifiers<'a> {
    fn new(texts: &'a [String]) -> Self {
        Self {
            texts: texts.iter().map(String::as_str).collect(),
            integers: texts.iter().filter_map(|text| text.parse().ok()).collect(),
            floats: texts
                .iter()
                .filter_map(|text| text.parse().ok().map(float_bits))
                .collect(),
        }
    }

    fn holds(&self, ids: &ArrayRef, row: usize) -> bool {
        if ids.is_null(row) {
            return false;
        }
        match ids.data_type() {
            DataType::Utf8 => self.texts.contains(ids.as_string::<i32>().value(row)),
            DataType::Int64 => self
                .integers
                .contains(&ids.as_primitive::<Int64Type>().value(row)),
            DataType::Float64 => self
                .floats
                .contains(&float_bits(ids.as_primitive::<Float64Type>().value(row))),
            _ => false,
        }
    }
}

/// Bits that are the same for equal numbers.
pub(crate) fn float_bits(value: f64) -> u64 {
    if value == 0.0 { 0 } else { value.to_bits() }
}

fn no_column(path: &str) -> LakeError {
    damaged(path, "a column is missing")
}
