//! Rows as text and files for people and programs.

use std::fmt::Write as _;
use std::io::Write;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, SchemaRef, TimeUnit};

use crate::encode::FileWriter;
use crate::table::{FileEncryption, LakeError};
use crate::time;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputFormat {
    /// With a header; null is an empty field, a list its JSON
    Csv,
    /// An object for each row; null members are there
    JsonLines,
    /// Columns for the eye. At most [`MOST_TABLE_ROWS`] rows; what is left out is said
    Table,
    /// Plain Parquet
    Parquet,
}

/// Rows that are laid out as a table: widths have to be known first.
pub const MOST_TABLE_ROWS: usize = 10_000;
/// Characters of a cell of a table.
const WIDEST: usize = 64;

/// Writes batches of one schema.
pub(crate) struct Writer<'a> {
    schema: SchemaRef,
    rows: u64,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Csv(Box<csv::Writer<&'a mut dyn Write>>),
    JsonLines(&'a mut dyn Write),
    Table(&'a mut dyn Write, Vec<Vec<String>>),
    Parquet(&'a mut dyn Write, Box<FileWriter<'static>>),
}

impl<'a> Writer<'a> {
    pub(crate) fn new(
        format: OutputFormat,
        schema: &SchemaRef,
        out: &'a mut dyn Write,
    ) -> Result<Self, LakeError> {
        let names = || schema.fields().iter().map(|field| field.name().clone());
        let kind = match format {
            OutputFormat::Csv => {
                let mut writer = csv::Writer::from_writer(out);
                writer.write_record(names()).map_err(failed)?;
                Kind::Csv(Box::new(writer))
            }
            OutputFormat::JsonLines => Kind::JsonLines(out),
            OutputFormat::Table => Kind::Table(out, vec![names().map(shown).collect()]),
            OutputFormat::Parquet => {
                let plain = FileEncryption::ServerSide { kms_key: None };
                Kind::Parquet(out, Box::new(FileWriter::new("result", schema, &plain)?))
            }
        };
        Ok(Self {
            schema: Arc::clone(schema),
            rows: 0,
            kind,
        })
    }

    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), LakeError> {
        let rows = batch.num_rows();
        match &mut self.kind {
            Kind::Csv(writer) => {
                let mut text = String::new();
                for row in 0..rows {
                    for array in batch.columns() {
                        text.clear();
                        write_text(array, row, &mut text)?;
                        writer.write_field(&text).map_err(failed)?;
                    }
                    writer.write_record(None::<&[u8]>).map_err(failed)?;
                }
            }
            Kind::JsonLines(out) => {
                let mut line = String::new();
                for row in 0..rows {
                    line.clear();
                    for (array, field) in batch.columns().iter().zip(self.schema.fields()) {
                        line.push(if line.is_empty() { '{' } else { ',' });
                        write_json_text(field.name(), &mut line);
                        line.push(':');
                        write_json(array, row, &mut line)?;
                    }
                    line.push_str(if line.is_empty() { "{}\n" } else { "}\n" });
                    out.write_all(line.as_bytes()).map_err(failed)?;
                }
            }
            Kind::Table(_, lines) => {
                for row in 0..rows.min((MOST_TABLE_ROWS + 1).saturating_sub(lines.len())) {
                    let mut line = Vec::with_capacity(batch.num_columns());
                    for array in batch.columns() {
                        let mut text = String::new();
                        write_text(array, row, &mut text)?;
                        line.push(shown(text));
                    }
                    lines.push(line);
                }
            }
            Kind::Parquet(_, writer) => writer.write(batch)?,
        }
        self.rows += rows as u64;
        Ok(())
    }

    /// Rows that were given.
    pub(crate) fn finish(self) -> Result<u64, LakeError> {
        let rows = self.rows;
        match self.kind {
            Kind::Csv(mut writer) => writer.flush().map_err(failed)?,
            Kind::JsonLines(out) => out.flush().map_err(failed)?,
            Kind::Table(out, lines) => {
                let left_out = rows.saturating_sub(lines.len() as u64 - 1);
                let text = lay_out(&lines, left_out);
                out.write_all(text.as_bytes()).map_err(failed)?;
                out.flush().map_err(failed)?;
            }
            Kind::Parquet(out, writer) => {
                out.write_all(&writer.finish()?).map_err(failed)?;
                out.flush().map_err(failed)?;
            }
        }
        Ok(rows)
    }
}

fn lay_out(lines: &[Vec<String>], left_out: u64) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for line in lines {
        widths.resize(widths.len().max(line.len()), 0);
        for (width, text) in widths.iter_mut().zip(line) {
            *width = (*width).max(text.chars().count());
        }
    }
    let mut text = String::new();
    for line in lines {
        let mut padding = 0;
        for (width, cell) in widths.iter().zip(line) {
            text.extend(std::iter::repeat_n(' ', padding));
            text.push_str(cell);
            padding = 2 + width - cell.chars().count();
        }
        text.push('\n');
    }
    if left_out > 0 {
        let _ = writeln!(text, "… and {left_out} rows more");
    }
    text
}

/// A cell for the eye: nothing in it moves the cursor.
fn shown(text: String) -> String {
    let mut shown = String::with_capacity(text.len().min(WIDEST));
    for (position, c) in text.chars().enumerate() {
        if position == WIDEST - 1 {
            shown.push('…');
            break;
        }
        // Also characters that turn the direction of a line.
        let is_safe = !c.is_control() && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        shown.push(if is_safe { c } else { '\u{fffd}' });
    }
    shown
}

/// The text of a value; nothing for null.
fn write_text(array: &ArrayRef, row: usize, out: &mut String) -> Result<(), LakeError> {
    if array.is_null(row) {
        return Ok(());
    }
    match array.data_type() {
        DataType::Utf8 => out.push_str(array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => out.push_str(array.as_string::<i64>().value(row)),
        DataType::Utf8View => out.push_str(array.as_string_view().value(row)),
        _ => match instant(array, row) {
            Some(text) => out.push_str(&text),
            None => write_json(array, row, out)?,
        },
    }
    Ok(())
}

fn write_json(array: &ArrayRef, row: usize, out: &mut String) -> Result<(), LakeError> {
    macro_rules! integer {
        ($kind:ty) => {{
            let _ = write!(out, "{}", array.as_primitive::<$kind>().value(row));
        }};
    }
    if array.is_null(row) {
        out.push_str("null");
        return Ok(());
    }
    match array.data_type() {
        DataType::Null => out.push_str("null"),
        DataType::Boolean => {
            out.push_str(if array.as_boolean().value(row) { "true" } else { "false" });
        }
        DataType::Int8 => integer!(Int8Type),
        DataType::Int16 => integer!(Int16Type),
        DataType::Int32 => integer!(Int32Type),
        DataType::Int64 => integer!(Int64Type),
        DataType::UInt8 => integer!(UInt8Type),
        DataType::UInt16 => integer!(UInt16Type),
        DataType::UInt32 => integer!(UInt32Type),
        DataType::UInt64 => integer!(UInt64Type),
        DataType::Float32 => {
            write_float(f64::from(array.as_primitive::<Float32Type>().value(row)), out);
        }
        DataType::Float64 => write_float(array.as_primitive::<Float64Type>().value(row), out),
        DataType::Utf8 => write_json_text(array.as_string::<i32>().value(row), out),
        DataType::LargeUtf8 => write_json_text(array.as_string::<i64>().value(row), out),
        DataType::Utf8View => write_json_text(array.as_string_view().value(row), out),
        DataType::List(_) => {
            let values = array.as_list::<i32>().value(row);
            out.push('[');
            for element in 0..values.len() {
                if element > 0 {
                    out.push(',');
                }
                write_json(&values, element, out)?;
            }
            out.push(']');
        }
        kind => match instant(array, row) {
            Some(text) => write_json_text(&text, out),
            None => {
                return Err(LakeError::Query(format!(
                    "a column of type {kind} cannot be written; cast it to varchar"
                )));
            }
        },
    }
    Ok(())
}

/// ISO 8601 in UTC.
fn instant(array: &ArrayRef, row: usize) -> Option<String> {
    let DataType::Timestamp(unit, _) = array.data_type() else {
        return None;
    };
    let millis = match unit {
        TimeUnit::Second => array
            .as_primitive::<TimestampSecondType>()
            .value(row)
            .saturating_mul(1_000),
        TimeUnit::Millisecond => array.as_primitive::<TimestampMillisecondType>().value(row),
        TimeUnit::Microsecond => array
            .as_primitive::<TimestampMicrosecondType>()
            .value(row)
            .div_euclid(1_000),
        TimeUnit::Nanosecond => array
            .as_primitive::<TimestampNanosecondType>()
            .value(row)
            .div_euclid(1_000_000),
    };
    Some(time::format(millis))
}

/// JSON has no NaN and no infinities: they are texts there.
fn write_float(value: f64, out: &mut String) {
    let _ = if value.is_finite() {
        write!(out, "{value:?}")
    } else {
        write!(out, "\"{value}\"")
    };
}

fn write_json_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

fn failed(error: impl std::fmt::Display) -> LakeError {
    LakeError::Storage {
        path: "output".to_owned(),
        reason: error.to_string(),
    }
}
