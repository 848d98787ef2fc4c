//! Parquet files to columns and rows.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::encryption::decrypt::{FileDecryptionProperties, KeyRetriever};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::reader::{ChunkReader, Length};

use crate::convert::{self, Conversion};
use crate::schema::{API_INVOCATION_TIME, IS_DELETED, WRITE_TIME};
use crate::storage::Source;
use crate::table::{FileKeys, LakeError, Table};

/// Ends a file whose footer is encrypted.
const ENCRYPTED: &[u8] = b"PARE";
/// Length of a key name that is believed.
const LONGEST_KEY_NAME: usize = 4_096;
/// Rows of a batch.
pub(crate) const BATCH: usize = 8_192;

/// The columns of a file, in batches, as `schema` wants them: in its order, with its types, nulls where
/// the file is older than the column.
pub(crate) struct Scan {
    reader: ParquetRecordBatchReader,
    path: String,
    schema: SchemaRef,
    /// For each field of the schema the place in the reader's batches, and what is done to it.
    columns: Vec<Option<(usize, Conversion)>>,
    failed: bool,
}

/// How files are read.
pub(crate) struct Reading<'a> {
    pub(crate) table: &'a Table,
    pub(crate) path: &'a str,
    pub(crate) keys: &'a Arc<dyn FileKeys>,
    /// Whether a file that is not encrypted is refused.
    pub(crate) encrypted_only: bool,
}

impl Scan {
    pub(crate) fn open(
        source: Source,
        reading: &Reading<'_>,
        schema: SchemaRef,
    ) -> Result<Self, LakeError> {
        let path = reading.path;
        let retriever = Arc::new(Retriever {
            keys: Arc::clone(reading.keys),
            failure: Mutex::new(None),
        });
        let opened = guard(|| open(source, reading, &retriever, &schema));
        let failure = retriever
            .failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(reason) = failure {
            return Err(LakeError::Key {
                path: path.to_owned(),
                reason,
            });
        }
        let (reader, columns) = opened.map_err(|reason| damaged(path, reason))?;
        Ok(Self {
            reader,
            path: path.to_owned(),
            schema,
            columns,
            failed: false,
        })
    }

    fn convert(&self, batch: &RecordBatch) -> Result<RecordBatch, String> {
        let mut arrays = Vec::with_capacity(self.columns.len());
        for (column, field) in self.columns.iter().zip(self.schema.fields()) {
            arrays.push(match column {
                None => arrow_array::new_null_array(field.data_type(), batch.num_rows()),
                Some((place, conversion)) => {
                    let array = batch.columns().get(*place).ok_or("a column is missing")?;
                    convert::apply(*conversion, array, field)?
                }
            });
        }
        let rows = arrow_array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &rows)
            .map_err(|error| error.to_string())
    }
}

impl Iterator for Scan {
    type Item = Result<RecordBatch, LakeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let read = guard(|| match self.reader.next() {
            None => Ok(None),
            Some(batch) => Ok(Some(batch.map_err(ParquetError::from)?)),
        });
        let batch = match read {
            Ok(None) => return None,
            Ok(Some(batch)) => self.convert(&batch),
            Err(reason) => Err(reason),
        };
        Some(batch.map_err(|reason| {
            self.failed = true;
            damaged(&self.path, reason)
        }))
    }
}

type Opened = (ParquetRecordBatchReader, Vec<Option<(usize, Conversion)>>);

fn open(
    source: Source,
    reading: &Reading<'_>,
    retriever: &Arc<Retriever>,
    schema: &SchemaRef,
) -> ParquetResult<Opened> {
    let is_encrypted = ends_encrypted(&source)?;
    if reading.encrypted_only && !is_encrypted {
        return Err(general("not encrypted, which no file here may be"));
    }
    // Types that a writer noted beside Parquet's own are not believed.
    let mut options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    if is_encrypted {
        let retriever: Arc<dyn KeyRetriever> = Arc::<Retriever>::clone(retriever);
        let properties = FileDecryptionProperties::with_key_retriever(retriever)
            .with_aad_prefix(reading.path.as_bytes().to_vec())
            .build()?;
        options = options.with_file_decryption_properties(properties);
    }
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(source, options)?;
    let in_file = Arc::clone(builder.schema());
    let mut roots = Vec::new();
    for field in schema.fields() {
        match in_file.fields().find(field.name()) {
            Some((root, _)) => roots.push(root),
            None if must_be_there(reading.table, field.name()) => {
                return Err(general(&format!("no column {:?}", field.name())));
            }
            None => {}
        }
    }
    roots.sort_unstable();
    let mut columns = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        let Some((root, found)) = in_file.fields().find(field.name()) else {
            columns.push(None);
            continue;
        };
        let place = roots
            .iter()
            .position(|other| *other == root)
            .ok_or_else(|| general("a column is missing"))?;
        let conversion = convert::between(found.data_type(), field.data_type())
            .ok_or_else(|| general(&format!("column {:?} has another type", field.name())))?;
        columns.push(Some((place, conversion)));
    }
    let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
    let reader = builder
        .with_projection(mask)
        .with_batch_size(BATCH)
        .build()?;
    Ok((reader, columns))
}

/// Features may have been added later; what makes a row may not be missing.
fn must_be_there(table: &Table, name: &str) -> bool {
    [
        table.identifier.as_str(),
        &table.event_time,
        API_INVOCATION_TIME,
        WRITE_TIME,
        IS_DELETED,
    ]
    .contains(&name)
}

fn ends_encrypted(source: &Source) -> ParquetResult<bool> {
    let start = source
        .len()
        .checked_sub(ENCRYPTED.len() as u64)
        .ok_or_else(|| general("too short for Parquet"))?;
    Ok(source.get_bytes(start, ENCRYPTED.len())? == ENCRYPTED)
}

/// Runs what decodes bytes of a file. The decoder checks most of what it reads; where it panics instead,
/// the file is damaged and the caller lives on.
fn guard<T>(decode: impl FnOnce() -> ParquetResult<T>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(decode)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the decoder gave up".to_owned()),
    }
}

/// Asks for the key that a file names.
struct Retriever {
    keys: Arc<dyn FileKeys>,
    failure: Mutex<Option<String>>,
}

impl KeyRetriever for Retriever {
    fn retrieve_key(&self, key_metadata: &[u8]) -> ParquetResult<Vec<u8>> {
        let key = match std::str::from_utf8(key_metadata) {
            Ok(name) if name.len() <= LONGEST_KEY_NAME => self.keys.key(name),
            _ => Err("the file names no key".to_owned()),
        };
        key.map(|key| key.to_vec()).map_err(|reason| {
            *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
            general("no key")
        })
    }
}

pub(crate) fn damaged(path: &str, reason: impl Into<String>) -> LakeError {
    LakeError::Damaged {
        path: path.to_owned(),
        reason: reason.into(),
    }
}

fn general(reason: &str) -> ParquetError {
    ParquetError::General(reason.to_owned())
}

/// All columns of a plain file that was given.
pub(crate) fn plain(path: &str, bytes: bytes::Bytes) -> Result<RecordBatch, LakeError> {
    let read = guard(|| {
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(bytes, options)?;
        let schema = Arc::clone(builder.schema());
        let mut batches = Vec::new();
        for batch in builder.build()? {
            batches.push(batch?);
        }
        Ok(arrow_select::concat::concat_batches(&schema, &batches)?)
    });
    read.map_err(|reason| damaged(path, reason))
}
