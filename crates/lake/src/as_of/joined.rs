//! The result of a join.

use std::collections::HashSet;
use std::io::Write;
use std::sync::Arc;

use arrow_array::{BooleanArray, RecordBatch, RecordBatchOptions};
use arrow_schema::{Field, Schema, SchemaRef};
use arrow_select::filter::filter_record_batch;
use arrow_select::interleave::interleave;

use super::history::{NO_ROW, NumberedFile};
use super::{AsOfOptions, JoinGroup, parallel};
use crate::decode::{BATCH, damaged};
use crate::lake::Lake;
use crate::output::{self, OutputFormat};
use crate::rows;
use crate::schema;
use crate::table::{Cell, LakeError};

/// A spine with the features of groups, row by row in its order.
///
/// Columns are those of the spine, then those of each group under `<group>.<feature>`, or `<feature>`
/// where the group has no name. Where a group has no row for a row of the spine its features are null.
#[derive(Debug)]
pub struct Joined {
    spine: RecordBatch,
    sides: Vec<Side>,
    schema: SchemaRef,
}

/// Rows of one group that were chosen, each once.
#[derive(Debug)]
pub(super) struct Side {
    /// With the names of the result.
    fields: Vec<Field>,
    batches: Vec<RecordBatch>,
    /// Chosen rows before each batch.
    starts: Vec<u32>,
    /// For each row of the spine the place among the chosen rows, or [`NO_ROW`].
    places: Vec<u32>,
}

impl Joined {
    pub(super) fn new(spine: RecordBatch, sides: Vec<Side>) -> Self {
        let mut fields: Vec<Field> = spine
            .schema()
            .fields()
            .iter()
            .map(|field| field.as_ref().clone())
            .collect();
        for side in &sides {
            fields.extend(side.fields.iter().cloned());
        }
        Self {
            spine,
            sides,
            schema: Arc::new(Schema::new(fields)),
        }
    }

    /// Rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.spine.num_rows()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Names of the columns.
    #[must_use]
    pub fn column_names(&self) -> Vec<String> {
        let fields = self.schema.fields();
        fields.iter().map(|field| field.name().clone()).collect()
    }

    /// Whether a group, by its position, has a row for a row of the spine.
    #[must_use]
    pub fn found(&self, group: usize, row: usize) -> bool {
        self.sides
            .get(group)
            .and_then(|side| side.places.get(row))
            .is_some_and(|place| *place != NO_ROW)
    }

    /// The rows. Times and booleans of a spine are texts.
    ///
    /// # Errors
    /// Each may fail where text of more than 2 GiB would have to be in one batch.
    pub fn rows(&self) -> impl Iterator<Item = Result<Vec<Cell>, LakeError>> + '_ {
        self.batches().flat_map(|batch| {
            let (rows, batch, error) = match batch {
                Ok(batch) => (batch.num_rows(), Some(batch), None),
                Err(error) => (0, None, Some(Err(error))),
            };
            let cells = (0..rows).filter_map(move |row| {
                let columns = batch.as_ref()?.columns().iter();
                Some(Ok(columns
                    .map(|column| rows::any_cell(column, row))
                    .collect()))
            });
            error.into_iter().chain(cells)
        })
    }

    /// Writes the rows.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn write(&self, format: OutputFormat, out: &mut dyn Write) -> Result<u64, LakeError> {
        let mut writer = output::Writer::new(format, &self.schema, out)?;
        for batch in self.batches() {
            writer.write(&batch?)?;
        }
        writer.finish()
    }

    fn batches(&self) -> impl Iterator<Item = Result<RecordBatch, LakeError>> + '_ {
        (0..self.len())
            .step_by(BATCH)
            .map(|start| self.batch(start, BATCH.min(self.len() - start)))
    }

    fn batch(&self, start: usize, length: usize) -> Result<RecordBatch, LakeError> {
        let mut arrays = self.spine.slice(start, length).columns().to_vec();
        for side in &self.sides {
            let places = side.places.get(start..start + length).unwrap_or_default();
            let places: Vec<(usize, usize)> =
                places.iter().map(|place| side.locate(*place)).collect();
            for (position, field) in side.fields.iter().enumerate() {
                let nothing = arrow_array::new_null_array(field.data_type(), 1);
                let mut parts: Vec<&dyn arrow_array::Array> =
                    Vec::with_capacity(side.batches.len() + 1);
                for batch in &side.batches {
                    parts.extend(batch.columns().get(position).map(AsRef::as_ref));
                }
                parts.push(nothing.as_ref());
                arrays.push(
                    interleave(&parts, &places)
                        .map_err(|error| LakeError::Query(error.to_string()))?,
                );
            }
        }
        let rows = RecordBatchOptions::new().with_row_count(Some(length));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &rows)
            .map_err(|error| LakeError::Query(error.to_string()))
    }
}

impl Side {
    /// Reads the features of the chosen rows.
    pub(super) fn read(
        lake: &Lake,
        group: &JoinGroup<'_>,
        files: &[NumberedFile],
        chosen: Vec<u32>,
        options: AsOfOptions,
    ) -> Result<Self, LakeError> {
        let table = group.table;
        let names: Vec<&str> = match group.features {
            [] => table.columns.iter().map(|column| column.name.as_str()).collect(),
            features => features.iter().map(String::as_str).collect(),
        };
        if names.iter().collect::<HashSet<_>>().len() != names.len() {
            return Err(LakeError::Query("a feature is named twice".to_owned()));
        }
        let wanted = schema::project(&schema::read(table), &names)?;
        let total = files.last().map_or(0, |file| file.first + file.rows);
        let marks = Marks::new(total, &chosen);
        let parts = parallel::for_each(files.len(), options.threads, |number| {
            let mut batches = Vec::new();
            let Some(file) = files.get(number) else {
                return Ok(batches);
            };
            if !marks.any(file.first, file.rows) {
                return Ok(batches);
            }
            let mut next = file.first;
            for batch in lake.scan(table, &file.path, group.keys, Arc::clone(&wanted))? {
                let batch = batch?;
                let keep: BooleanArray = (0..batch.num_rows() as u32)
                    .map(|row| Some(marks.has(next + row)))
                    .collect();
                next += batch.num_rows() as u32;
                if keep.true_count() > 0 {
                    batches.push(
                        filter_record_batch(&batch, &keep)
                            .map_err(|error| damaged(&file.path, error.to_string()))?,
                    );
                }
            }
            if next != file.first + file.rows {
                return Err(damaged(&file.path, "changed while it was read"));
            }
            Ok(batches)
        })?;
        let batches: Vec<RecordBatch> = parts.into_iter().flatten().collect();
        let mut starts = Vec::with_capacity(batches.len());
        let mut before = 0_u32;
        for batch in &batches {
            starts.push(before);
            before += batch.num_rows() as u32;
        }
        let places = chosen.into_iter().map(|row| marks.rank(row)).collect();
        let fields = wanted
            .fields()
            .iter()
            .map(|field| {
                let name = match group.name {
                    "" => field.name().clone(),
                    group => format!("{group}.{}", field.name()),
                };
                field.as_ref().clone().with_name(name).with_nullable(true)
            })
            .collect();
        Ok(Self {
            fields,
            batches,
            starts,
            places,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Leaves out the rows of the spine that have no row here.
    pub(super) fn drop_missing(&mut self) {
        self.places.retain(|place| *place != NO_ROW);
    }

    /// Batch and row of a place; the row of nulls behind the batches when there is none.
    fn locate(&self, place: u32) -> (usize, usize) {
        let nothing = (self.batches.len(), 0);
        if place == NO_ROW {
            return nothing;
        }
        let after = self.starts.partition_point(|start| *start <= place);
        let Some(batch) = after.checked_sub(1) else {
            return nothing;
        };
        let start = self.starts.get(batch).copied().unwrap_or_default();
        (batch, (place - start) as usize)
    }
}

/// A set of row numbers, and how many of them are below one.
struct Marks {
    bits: Vec<u64>,
    before: Vec<u32>,
}

impl Marks {
    fn new(total: u32, chosen: &[u32]) -> Self {
        let mut bits = vec![0_u64; (total as usize).div_ceil(64)];
        for row in chosen {
            if let Some(word) = bits.get_mut(*row as usize / 64) {
                *word |= 1 << (row % 64);
            }
        }
        let mut count = 0;
        let before = bits
            .iter()
            .map(|word| {
                let before = count;
                count += word.count_ones();
                before
            })
            .collect();
        Self { bits, before }
    }

    fn has(&self, row: u32) -> bool {
        let word = self.bits.get(row as usize / 64).copied();
        word.is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    fn any(&self, first: u32, rows: u32) -> bool {
        (first..first.saturating_add(rows)).any(|row| self.has(row))
    }

    /// The place of a marked row among all of them.
    fn rank(&self, row: u32) -> u32 {
        if !self.has(row) {
            return NO_ROW;
        }
        let word = self.bits.get(row as usize / 64).copied().unwrap_or_default();
        let before = self.before.get(row as usize / 64).copied().unwrap_or_default();
        before + (word & ((1_u64 << (row % 64)) - 1)).count_ones()
    }
}
