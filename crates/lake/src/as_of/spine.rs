//! Rows that features are wanted for.

use std::io::Read;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, TimestampMillisecondType};
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, StringArray};
use arrow_schema::{DataType, Field, Schema, TimeUnit};

use crate::decode;
use crate::table::LakeError;
use crate::{convert, time};

/// Columns with identifiers, and a time for each row.
#[derive(Debug, Clone)]
pub struct Spine {
    batch: RecordBatch,
    times: Vec<i64>,
}

impl Spine {
    /// From identifiers and times in milliseconds since 1970.
    ///
    /// # Errors
    /// When there are more of one than of the other.
    pub fn from_rows(column: &str, identifiers: &[String], times: &[i64]) -> Result<Self, LakeError> {
        if identifiers.len() != times.len() {
            return bad("as many identifiers as times are wanted");
        }
        let ids: StringArray = identifiers.iter().map(Some).collect();
        let schema = Schema::new(vec![Field::new(column, DataType::Utf8, true)]);
        let batch = RecordBatch::try_new(Arc::new(schema), vec![Arc::new(ids)]);
        Ok(Self {
            batch: batch.map_err(|error| LakeError::Query(error.to_string()))?,
            times: times.to_vec(),
        })
    }

    /// From CSV with a header; an empty field is null. `time_column` has ISO 8601 texts or seconds since 1970.
    ///
    /// # Errors
    /// When the text is no CSV, the column is not there, or a time does not read.
    pub fn from_csv(input: impl Read, time_column: &str) -> Result<Self, LakeError> {
        let mut reader = csv::Reader::from_reader(input);
        let headers = reader.headers().map_err(csv_error)?.clone();
        let mut builders: Vec<StringBuilder> =
            headers.iter().map(|_| StringBuilder::new()).collect();
        let mut bytes = vec![0_usize; builders.len()];
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record).map_err(csv_error)? {
            let columns = builders.iter_mut().zip(&mut bytes);
            for ((builder, bytes), field) in columns.zip(&record) {
                *bytes = bytes.saturating_add(field.len());
                if *bytes > i32::MAX as usize {
                    return bad("a column of the spine has more than 2 GiB of text");
                }
                builder.append_option((!field.is_empty()).then_some(field));
            }
        }
        let fields: Vec<Field> = headers
            .iter()
            .map(|name| Field::new(name, DataType::Utf8, true))
            .collect();
        let arrays = builders
            .into_iter()
            .map(|mut builder| Arc::new(builder.finish()) as ArrayRef)
            .collect();
        Self::new(fields, arrays, time_column)
    }

    /// From the bytes of a Parquet file with numbers, texts, booleans and times.
    ///
    /// # Errors
    /// When the bytes are no such file, the column is not there, or a time does not read.
    pub fn from_parquet(bytes: Vec<u8>, time_column: &str) -> Result<Self, LakeError> {
        let batch = decode::plain("spine", bytes.into())?;
        let mut fields = Vec::new();
        let mut arrays = Vec::new();
        for (array, field) in batch.columns().iter().zip(batch.schema().fields()) {
            let wanted = match field.data_type() {
                DataType::Int32 => DataType::Int64,
                DataType::Float32 => DataType::Float64,
                DataType::Timestamp(_, _) => {
                    DataType::Timestamp(TimeUnit::Millisecond, Some("+00:00".into()))
                }
                kind @ (DataType::Int64
                | DataType::Float64
                | DataType::Utf8
                | DataType::Boolean) => kind.clone(),
                kind => return bad(&format!("column {:?} is of type {kind}", field.name())),
            };
            let field = Field::new(field.name(), wanted, true);
            let Some(conversion) = convert::between(array.data_type(), field.data_type()) else {
                return bad("a column changes its type");
            };
            arrays.push(convert::apply(conversion, array, &field).map_err(LakeError::Query)?);
            fields.push(field);
        }
        Self::new(fields, arrays, time_column)
    }

    /// Rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    fn new(
        fields: Vec<Field>,
        arrays: Vec<ArrayRef>,
        time_column: &str,
    ) -> Result<Self, LakeError> {
        let rows = arrays.first().map_or(0, |array| array.len());
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch =
            RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)
                .map_err(|error| LakeError::Query(error.to_string()))?;
        let Some(column) = batch.column_by_name(time_column) else {
            return bad(&format!("the spine has no column {time_column:?}"));
        };
        let mut times = Vec::with_capacity(rows);
        for row in 0..rows {
            let Some(time) = time_of(column, row) else {
                return bad(&format!("row {row} of the spine has no time in {time_column:?}"));
            };
            times.push(time);
        }
        Ok(Self { batch, times })
    }

    pub(super) fn column(&self, name: &str) -> Result<&ArrayRef, LakeError> {
        match self.batch.column_by_name(name) {
            Some(column) => Ok(column),
            None => bad(&format!("the spine has no column {name:?}")),
        }
    }

    pub(super) fn times(&self) -> &[i64] {
        &self.times
    }

    pub(super) fn batch(&self) -> RecordBatch {
        self.batch.clone()
    }
}

fn time_of(column: &ArrayRef, row: usize) -> Option<i64> {
    if column.is_null(row) {
        return None;
    }
    if let Some(texts) = column.as_string_opt::<i32>() {
        let text = texts.value(row);
        return time::parse_text(text)
            .or_else(|| Some(text.parse::<jiff::Timestamp>().ok()?.as_millisecond()))
            .or_else(|| time::from_seconds(text.parse().ok()?));
    }
    if let Some(times) = column.as_primitive_opt::<TimestampMillisecondType>() {
        return Some(times.value(row));
    }
    if let Some(seconds) = column.as_primitive_opt::<Float64Type>() {
        return time::from_seconds(seconds.value(row));
    }
    let seconds = column.as_primitive_opt::<Int64Type>()?;
    seconds.value(row).checked_mul(1_000)
}

fn csv_error(error: csv::Error) -> LakeError {
    LakeError::Query(format!("the spine does not read: {error}"))
}

fn bad<T>(reason: &str) -> Result<T, LakeError> {
    Err(LakeError::Query(reason.to_owned()))
}
