//! Columns to rows.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, TimestampMillisecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;

use crate::decode::{Scan, damaged};
use crate::table::{Cell, LakeError, OfflineRow, StoredRow, Table};
use crate::time;

/// The rows of a file, in its order.
pub struct Rows {
    scan: Scan,
    path: String,
    features: usize,
    event_time: usize,
    batch: Option<RecordBatch>,
    next: usize,
}

impl Rows {
    pub(crate) fn new(table: &Table, path: &str, scan: Scan) -> Result<Self, LakeError> {
        let event_time = table
            .columns
            .iter()
            .position(|column| column.name == table.event_time)
            .ok_or_else(|| damaged(path, "the table has no event time"))?;
        Ok(Self {
            scan,
            path: path.to_owned(),
            features: table.columns.len(),
            event_time,
            batch: None,
            next: 0,
        })
    }

    fn row(&self, batch: &RecordBatch, row: usize) -> Result<StoredRow, &'static str> {
        let columns = batch.columns();
        let (features, added) = columns
            .split_at_checked(self.features)
            .ok_or("a column is missing")?;
        let [called, written, deleted] = added else {
            return Err("a column is missing");
        };
        let event_time = features
            .get(self.event_time)
            .and_then(|array| event_time(array, row))
            .ok_or("a row has no event time")?;
        Ok(StoredRow {
            write_time: millis(written, row).ok_or("a row has no write_time")?,
            row: OfflineRow {
                event_time,
                api_invocation_time: millis(called, row)
                    .ok_or("a row has no api_invocation_time")?,
                is_deleted: boolean(deleted, row).ok_or("a row has no is_deleted")?,
                cells: features.iter().map(|array| cell(array, row)).collect(),
            },
        })
    }
}

impl Iterator for Rows {
    type Item = Result<StoredRow, LakeError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(batch) = &self.batch
                && self.next < batch.num_rows()
            {
                let row = self.row(batch, self.next);
                self.next += 1;
                return Some(row.map_err(|reason| damaged(&self.path, reason)));
            }
            match self.scan.next()? {
                Ok(batch) => {
                    self.batch = Some(batch);
                    self.next = 0;
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// A value of a column of a feature, or of a query; null where it has a type that no cell has.
pub(crate) fn cell(array: &ArrayRef, row: usize) -> Cell {
    if row >= array.len() || array.is_null(row) {
        return Cell::Null;
    }
    match array.data_type() {
        DataType::Utf8 => Cell::Text(array.as_string::<i32>().value(row).to_owned()),
        DataType::Int64 => Cell::Integer(array.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => Cell::Float(array.as_primitive::<Float64Type>().value(row)),
        DataType::List(element) => {
            let values = array.as_list::<i32>().value(row);
            match element.data_type() {
                DataType::Utf8 => Cell::Texts(
                    values
                        .as_string::<i32>()
                        .iter()
                        .map(|text| text.unwrap_or_default().to_owned())
                        .collect(),
                ),
                DataType::Int64 => {
                    Cell::Integers(values.as_primitive::<Int64Type>().values().to_vec())
                }
                DataType::Float64 => {
                    Cell::Floats(values.as_primitive::<Float64Type>().values().to_vec())
                }
                _ => Cell::Null,
            }
        }
        _ => Cell::Null,
    }
}

/// A value of a column of any type: times and booleans are texts.
pub(crate) fn any_cell(array: &ArrayRef, row: usize) -> Cell {
    if let Some(millis) = millis(array, row) {
        return Cell::Text(time::format(millis));
    }
    match boolean(array, row) {
        Some(value) => Cell::Text(value.to_string()),
        None => cell(array, row),
    }
}

/// The event time of a row in milliseconds since 1970.
pub(crate) fn event_time(array: &ArrayRef, row: usize) -> Option<i64> {
    if row >= array.len() || array.is_null(row) {
        return None;
    }
    match array.data_type() {
        DataType::Utf8 => time::parse_text(array.as_string::<i32>().value(row)),
        DataType::Float64 => time::from_seconds(array.as_primitive::<Float64Type>().value(row)),
        _ => None,
    }
}

pub(crate) fn millis(array: &ArrayRef, row: usize) -> Option<i64> {
    let times = array.as_primitive_opt::<TimestampMillisecondType>()?;
    (row < times.len() && times.is_valid(row)).then(|| times.value(row))
}

pub(crate) fn boolean(array: &ArrayRef, row: usize) -> Option<bool> {
    let booleans = array.as_boolean_opt()?;
    (row < booleans.len() && booleans.is_valid(row)).then(|| booleans.value(row))
}
