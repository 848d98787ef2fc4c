//! A table of the lake as one of DataFusion.

use std::fmt;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::arrow::array::AsArray;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::DFSchema;
use datafusion::error::{DataFusionError, Result as DfResult};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use futures_util::stream;

use crate::ddl::PARTITION_KEYS;
use crate::lake::Lake;
use crate::table::{FileKeys, LakeError, Table, TableFormat};
use crate::{path, schema, time};

/// A registered table.
pub(super) struct LakeTable {
    lake: Lake,
    table: Table,
    keys: Arc<dyn FileKeys>,
    /// Of the files.
    read: SchemaRef,
    /// Of queries: names folded, partitions behind.
    schema: SchemaRef,
}

impl fmt::Debug for LakeTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LakeTable")
            .field("path", &self.table.path)
            .finish_non_exhaustive()
    }
}

impl LakeTable {
    pub(super) fn new(
        lake: &Lake,
        table: &Table,
        keys: &Arc<dyn FileKeys>,
    ) -> Result<Self, LakeError> {
        schema::check(table)?;
        path::check_table(table)?;
        let read = schema::read(table);
        let mut fields: Vec<Field> = Vec::new();
        for field in read.fields() {
            fields.push(
                field
                    .as_ref()
                    .clone()
                    .with_name(field.name().to_lowercase()),
            );
        }
        if table.format == TableFormat::Glue {
            for key in PARTITION_KEYS {
                fields.push(Field::new(key, DataType::Utf8, true));
            }
        }
        for (position, field) in fields.iter().enumerate() {
            if fields
                .iter()
                .skip(position + 1)
                .any(|other| other.name() == field.name())
            {
                return Err(LakeError::Query(format!(
                    "column {:?} is there in another case",
                    field.name()
                )));
            }
        }
        Ok(Self {
            lake: lake.clone(),
            table: table.clone(),
            keys: Arc::clone(keys),
            read,
            schema: Arc::new(Schema::new(fields)),
        })
    }

    /// Files whose partition the filters do not rule out.
    fn files(&self, state: &dyn Session, filters: &[Expr]) -> DfResult<Vec<String>> {
        let files = self.lake.files(&self.table).map_err(external)?;
        let mut paths: Vec<String> = files.into_iter().map(|file| file.path).collect();
        let filters: Vec<&Expr> = filters
            .iter()
            .filter(|filter| is_of_partition(filter))
            .collect();
        if filters.is_empty() || paths.is_empty() {
            return Ok(paths);
        }
        let mut keys: Vec<Vec<String>> = vec![Vec::new(); PARTITION_KEYS.len()];
        for path in &paths {
            for (column, value) in keys.iter_mut().zip(self.partition_values(path)?) {
                column.push(value);
            }
        }
        let fields = PARTITION_KEYS.map(|key| Field::new(key, DataType::Utf8, true));
        let schema = Arc::new(Schema::new(fields.to_vec()));
        let arrays = keys
            .into_iter()
            .map(|column| Arc::new(StringArray::from(column)) as ArrayRef)
            .collect();
        let batch = RecordBatch::try_new(Arc::clone(&schema), arrays)?;
        let known = DFSchema::try_from(schema)?;
        for filter in filters {
            let decide = state.create_physical_expr(filter.clone(), &known)?;
            let decided = decide.evaluate(&batch)?.into_array(batch.num_rows())?;
            let Some(decided) = decided.as_boolean_opt() else {
                continue;
            };
            // Paths are emptied, so that numbers stay what they are.
            for (row, path) in paths.iter_mut().enumerate() {
                if decided.is_null(row) || !decided.value(row) {
                    path.clear();
                }
            }
        }
        paths.retain(|path| !path.is_empty());
        Ok(paths)
    }

    fn partition_values(&self, path: &str) -> DfResult<[String; 4]> {
        let partition = path::partition_of_path(&self.table, path).map_err(external)?;
        let at = time::civil(partition.start());
        Ok([
            format!("{:04}", at.year()),
            format!("{:02}", at.month()),
            format!("{:02}", at.day()),
            format!("{:02}", at.hour()),
        ])
    }
}

/// It asks for nothing but partitions.
fn is_of_partition(filter: &Expr) -> bool {
    let columns = filter.column_refs();
    !columns.is_empty()
        && !filter.is_volatile()
        && columns
            .iter()
            .all(|column| PARTITION_KEYS.contains(&column.name.as_str()))
}

#[async_trait]
impl TableProvider for LakeTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> DfResult<Vec<TableProviderFilterPushDown>> {
        let has_partitions = self.table.format == TableFormat::Glue;
        Ok(filters
            .iter()
            .map(|filter| match has_partitions && is_of_partition(filter) {
                // Filters stay in the plan: a file that is read for nothing changes no answer.
                true => TableProviderFilterPushDown::Inexact,
                false => TableProviderFilterPushDown::Unsupported,
            })
            .collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let paths = self.files(state, filters)?;
        let projection: Vec<usize> = match projection {
            Some(projection) => projection.clone(),
            None => (0..self.schema.fields().len()).collect(),
        };
        let projected = Arc::new(self.schema.project(&projection)?);
        let threads = state.config().target_partitions().max(1);
        let share = paths.len().div_ceil(threads).max(1);
        let mut parts: Vec<Arc<dyn PartitionStream>> = Vec::new();
        for paths in paths.chunks(share) {
            parts.push(Arc::new(Part {
                lake: self.lake.clone(),
                table: self.table.clone(),
                keys: Arc::clone(&self.keys),
                read: Arc::clone(&self.read),
                projection: projection.clone(),
                schema: Arc::clone(&projected),
                files: paths
                    .iter()
                    .map(|path| Ok((path.clone(), self.partition_values(path)?)))
                    .collect::<DfResult<_>>()?,
            }));
        }
        if parts.is_empty() {
            parts.push(Arc::new(Part {
                lake: self.lake.clone(),
                table: self.table.clone(),
                keys: Arc::clone(&self.keys),
                read: Arc::clone(&self.read),
                projection,
                schema: Arc::clone(&projected),
                files: Vec::new(),
            }));
        }
        let plan = StreamingTableExec::try_new(projected, parts, None, None, false, limit)?;
        Ok(Arc::new(plan))
    }
}

/// Files that one thread reads, one after the other.
struct Part {
    lake: Lake,
    table: Table,
    keys: Arc<dyn FileKeys>,
    read: SchemaRef,
    projection: Vec<usize>,
    schema: SchemaRef,
    files: Vec<(String, [String; 4])>,
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part")
            .field("files", &self.files.len())
            .finish_non_exhaustive()
    }
}

impl PartitionStream for Part {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (lake, table) = (self.lake.clone(), self.table.clone());
        let keys = Arc::clone(&self.keys);
        let (read, schema) = (Arc::clone(&self.read), Arc::clone(&self.schema));
        let projection = self.projection.clone();
        let in_file: Vec<usize> = projection
            .iter()
            .copied()
            .filter(|position| *position < read.fields().len())
            .collect();
        let batches = self
            .files
            .clone()
            .into_iter()
            .flat_map(move |(path, keys_of_path)| {
                // Also a query that only counts reads one column, which tells how many rows there are.
                let names: Vec<&str> = match in_file.as_slice() {
                    [] => vec![table.identifier.as_str()],
                    wanted => wanted
                        .iter()
                        .filter_map(|position| Some(read.fields().get(*position)?.name().as_str()))
                        .collect(),
                };
                let scan = schema::project(&read, &names)
                    .and_then(|wanted| lake.scan(&table, &path, &keys, wanted));
                let (scan, error) = match scan {
                    Ok(scan) => (Some(scan), None),
                    Err(error) => (None, Some(Err(external(error)))),
                };
                let (schema, projection) = (Arc::clone(&schema), projection.clone());
                let features = read.fields().len();
                let batches = scan.into_iter().flatten().map(move |batch| {
                    let batch = batch.map_err(external)?;
                    arrange(&batch, &schema, &projection, features, &keys_of_path)
                });
                error.into_iter().chain(batches)
            });
        Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&self.schema),
            stream::iter(batches),
        ))
    }
}

/// Columns of a file and of its path in the order of the query.
fn arrange(
    batch: &RecordBatch,
    schema: &SchemaRef,
    projection: &[usize],
    features: usize,
    partition: &[String; 4],
) -> DfResult<RecordBatch> {
    let rows = batch.num_rows();
    let mut read = batch.columns().iter();
    let mut arrays: Vec<ArrayRef> = Vec::with_capacity(projection.len());
    for position in projection {
        let array = match position.checked_sub(features) {
            None => read.next().cloned(),
            Some(key) => partition.get(key).map(|value| {
                let values = std::iter::repeat_n(Some(value), rows);
                Arc::new(values.collect::<StringArray>()) as ArrayRef
            }),
        };
        arrays.push(array.ok_or_else(|| DataFusionError::Internal("no such column".to_owned()))?);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(
        Arc::clone(schema),
        arrays,
        &options,
    )?)
}

fn external(error: LakeError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
