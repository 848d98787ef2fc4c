//! Rows to the bytes of a Parquet file.

use std::sync::Arc;

use arrow_array::builder::{
    ArrayBuilder, BooleanBuilder, Float64Builder, Int64Builder, ListBuilder, StringBuilder,
};
use arrow_array::{ArrayRef, RecordBatch, TimestampMicrosecondArray, TimestampMillisecondArray};
use arrow_schema::{DataType, FieldRef, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::encryption::encrypt::FileEncryptionProperties;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

use crate::schema;
use crate::table::{Cell, FileEncryption, LakeError, OfflineRow, Table};
use crate::time;

/// Level 1: level 3 takes half as long again for a few percent.
const ZSTD_LEVEL: i32 = 1;
/// Rows that are turned into columns at a time.
const ROWS_AT_ONCE: usize = 4_096;
/// Rows of a row group, the unit that readers skip.
const ROWS_OF_GROUP: usize = 131_072;
/// Bytes of the text of one column in one batch: offsets have 31 bits.
const MOST_TEXT: usize = i32::MAX as usize;

/// A file with these rows.
pub(crate) fn rows(
    table: &Table,
    path: &str,
    rows: &[OfflineRow],
    write_time: i64,
    encryption: &FileEncryption,
) -> Result<Vec<u8>, LakeError> {
    let schema = schema::written(table);
    let mut file = FileWriter::new(path, &schema, encryption)?;
    for (number, chunk) in rows.chunks(ROWS_AT_ONCE).enumerate() {
        let first = number * ROWS_AT_ONCE;
        file.write(&batch(table, &schema, chunk, first, write_time)?)?;
    }
    file.finish()
}

/// A file that is made batch by batch.
pub(crate) struct FileWriter<'a> {
    path: &'a str,
    writer: ArrowWriter<Vec<u8>>,
}

impl<'a> FileWriter<'a> {
    pub(crate) fn new(
        path: &'a str,
        schema: &SchemaRef,
        encryption: &FileEncryption,
    ) -> Result<Self, LakeError> {
        let properties =
            properties(path, schema, encryption).map_err(|error| fail(path, &error))?;
        let options = ArrowWriterOptions::new()
            .with_properties(properties)
            .with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(Vec::new(), Arc::clone(schema), options)
            .map_err(|error| fail(path, &error))?;
        Ok(Self { path, writer })
    }

    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), LakeError> {
        self.writer
            .write(batch)
            .map_err(|error| fail(self.path, &error))
    }

    pub(crate) fn finish(self) -> Result<Vec<u8>, LakeError> {
        self.writer
            .into_inner()
            .map_err(|error| fail(self.path, &error))
    }
}

fn properties(
    path: &str,
    schema: &SchemaRef,
    encryption: &FileEncryption,
) -> Result<WriterProperties, ParquetError> {
    let mut builder = WriterProperties::builder()
        .set_created_by("rempart".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
        .set_max_row_group_row_count(Some(ROWS_OF_GROUP));
    for field in schema.fields() {
        // Measured numbers hardly repeat: the dictionary is made and thrown away.
        if *field.data_type() == DataType::Float64 {
            let column = ColumnPath::from(vec![field.name().clone()]);
            builder = builder.set_column_dictionary_enabled(column, false);
        }
    }
    if let FileEncryption::Modular { key, key_name } = encryption {
        // Without keys of columns all of them have the footer's, and the footer is encrypted as well. The
        // path is bound to the file, so that one file cannot stand for another.
        let encryption = FileEncryptionProperties::builder(key.to_vec())
            .with_footer_key_metadata(key_name.clone().into_bytes())
            .with_aad_prefix(path.as_bytes().to_vec())
            .with_aad_prefix_storage(true)
            .build()?;
        builder = builder.with_file_encryption_properties(encryption);
    }
    Ok(builder.build())
}

fn batch(
    table: &Table,
    schema: &SchemaRef,
    rows: &[OfflineRow],
    first: usize,
    write_time: i64,
) -> Result<RecordBatch, LakeError> {
    for (number, row) in rows.iter().enumerate() {
        if row.cells.len() != table.columns.len() {
            return Err(bad_row(first + number, "another number of values"));
        }
    }
    let mut arrays: Vec<ArrayRef> = Vec::with_capacity(table.columns.len() + 3);
    for (position, (column, field)) in table.columns.iter().zip(schema.fields()).enumerate() {
        let cells = rows
            .iter()
            .enumerate()
            .filter_map(|(number, row)| Some((first + number, row.cells.get(position)?)));
        let array = match field.data_type() {
            DataType::Utf8 => text_column(cells),
            DataType::Int64 => integer_column(cells),
            DataType::Float64 => float_column(cells),
            DataType::List(element) => list_column(cells, element),
            _ => Err(first),
        };
        arrays.push(array.map_err(|row| {
            bad_row(
                row,
                &format!("the value of {:?} has another type", column.name),
            )
        })?);
    }
    let unit = schema::written_unit(table.format);
    let called = rows.iter().map(|row| row.api_invocation_time).collect();
    arrays.push(times(called, unit));
    arrays.push(times(vec![write_time; rows.len()], unit));
    let mut deleted = BooleanBuilder::with_capacity(rows.len());
    for row in rows {
        deleted.append_value(row.is_deleted);
    }
    arrays.push(Arc::new(deleted.finish()));
    RecordBatch::try_new(Arc::clone(schema), arrays)
        .map_err(|error| bad_row(first, &error.to_string()))
}

fn text_column<'a>(cells: impl Iterator<Item = (usize, &'a Cell)>) -> Result<ArrayRef, usize> {
    let mut builder = StringBuilder::new();
    let mut bytes = 0_usize;
    for (row, cell) in cells {
        match cell {
            Cell::Null => builder.append_null(),
            Cell::Text(text) => {
                bytes = bytes.saturating_add(text.len());
                if bytes > MOST_TEXT {
                    return Err(row);
                }
                builder.append_value(text);
            }
            _ => return Err(row),
        }
    }
    Ok(Arc::new(builder.finish()))
}

fn integer_column<'a>(cells: impl Iterator<Item = (usize, &'a Cell)>) -> Result<ArrayRef, usize> {
    let mut builder = Int64Builder::with_capacity(ROWS_AT_ONCE);
    for (row, cell) in cells {
        match cell {
            Cell::Null => builder.append_null(),
            Cell::Integer(value) => builder.append_value(*value),
            _ => return Err(row),
        }
    }
    Ok(Arc::new(builder.finish()))
}

fn float_column<'a>(cells: impl Iterator<Item = (usize, &'a Cell)>) -> Result<ArrayRef, usize> {
    let mut builder = Float64Builder::with_capacity(ROWS_AT_ONCE);
    for (row, cell) in cells {
        match cell {
            Cell::Null => builder.append_null(),
            Cell::Float(value) => builder.append_value(*value),
            _ => return Err(row),
        }
    }
    Ok(Arc::new(builder.finish()))
}

fn list_column<'a>(
    cells: impl Iterator<Item = (usize, &'a Cell)>,
    element: &FieldRef,
) -> Result<ArrayRef, usize> {
    match element.data_type() {
        DataType::Utf8 => {
            let mut bytes = 0_usize;
            list_of(cells, element, StringBuilder::new(), |values, cell| {
                let Cell::Texts(texts) = cell else {
                    return false;
                };
                for text in texts {
                    bytes = bytes.saturating_add(text.len());
                    if bytes > MOST_TEXT {
                        return false;
                    }
                    values.append_value(text);
                }
                true
            })
        }
        DataType::Int64 => list_of(cells, element, Int64Builder::new(), |values, cell| {
            let Cell::Integers(integers) = cell else {
                return false;
            };
            values.append_slice(integers);
            true
        }),
        _ => list_of(cells, element, Float64Builder::new(), |values, cell| {
            let Cell::Floats(floats) = cell else {
                return false;
            };
            values.append_slice(floats);
            true
        }),
    }
}

/// `append` says whether the cell is a list of the right type.
fn list_of<'a, B: ArrayBuilder>(
    cells: impl Iterator<Item = (usize, &'a Cell)>,
    element: &FieldRef,
    values: B,
    mut append: impl FnMut(&mut B, &Cell) -> bool,
) -> Result<ArrayRef, usize> {
    let mut builder = ListBuilder::new(values).with_field(Arc::clone(element));
    for (row, cell) in cells {
        if *cell == Cell::Null {
            builder.append(false);
            continue;
        }
        if !append(builder.values(), cell) {
            return Err(row);
        }
        if builder.values().len() > MOST_TEXT {
            return Err(row);
        }
        builder.append(true);
    }
    Ok(Arc::new(builder.finish()))
}

fn times(millis: Vec<i64>, unit: TimeUnit) -> ArrayRef {
    match unit {
        TimeUnit::Microsecond => {
            let micros: Vec<i64> = millis
                .into_iter()
                .map(|milli| milli.saturating_mul(1_000))
                .collect();
            Arc::new(TimestampMicrosecondArray::from(micros).with_timezone_utc())
        }
        _ => Arc::new(TimestampMillisecondArray::from(millis).with_timezone_utc()),
    }
}

/// Rows belong to the table and the partition, and say themselves when they are from.
pub(crate) fn check_rows(table: &Table, path: &str, rows: &[OfflineRow]) -> Result<(), LakeError> {
    schema::check(table)?;
    let partition = crate::path::partition_of_path(table, path)?;
    let position = |name: &str| table.columns.iter().position(|column| column.name == name);
    let (Some(identifier), Some(event_time)) =
        (position(&table.identifier), position(&table.event_time))
    else {
        return Err(bad_row(0, "the table has no identifier or event time"));
    };
    for (number, row) in rows.iter().enumerate() {
        if crate::path::Partition::of(table.format, row.event_time) != partition {
            return Err(bad_row(number, "its event time is of another partition"));
        }
        if matches!(row.cells.get(identifier), None | Some(Cell::Null)) {
            return Err(bad_row(number, "no identifier"));
        }
        let said = match row.cells.get(event_time) {
            Some(Cell::Text(text)) => time::parse_text(text),
            Some(Cell::Float(seconds)) => time::from_seconds(*seconds),
            _ => None,
        };
        if said != Some(row.event_time) {
            return Err(bad_row(
                number,
                "its event time is not what its feature says",
            ));
        }
    }
    Ok(())
}

fn bad_row(row: usize, reason: &str) -> LakeError {
    LakeError::Row {
        row,
        reason: reason.to_owned(),
    }
}

fn fail(path: &str, error: &ParquetError) -> LakeError {
    LakeError::Storage {
        path: path.to_owned(),
        reason: format!("writing Parquet: {error}"),
    }
}
