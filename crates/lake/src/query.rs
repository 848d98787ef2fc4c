//! SQL over tables of a lake, in the dialect of Athena as far as the SageMaker SDK uses it.
//!
//! - One statement: `SELECT`, `WITH` or `EXPLAIN` of one. Nothing else is run, and no statement reaches
//!   a file other than those of registered tables.
//! - Names are the same in any case, quoted or not, as in Athena; columns of results are lower case.
//! - Memory is bounded. Nothing is spilled to disk: what would be is plaintext, so a query that needs
//!   more memory fails.
//! - `WITH RECURSIVE` is refused, since it need not end.

use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{MemoryCatalogProvider, MemorySchemaProvider, SchemaProvider, CatalogProvider};
use datafusion::execution::context::SQLOptions;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::ScalarUDF;
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion::sql::parser::Statement as DfStatement;
use datafusion::sql::sqlparser::ast::Statement;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};
use futures_util::StreamExt;

use crate::lake::Lake;
use crate::output::{self, OutputFormat};
use crate::rows;
use crate::table::{Cell, FileKeys, LakeError, Table};

mod functions;
mod provider;

use provider::LakeTable;

/// `Catalog` of tables, folded.
const CATALOG: &str = "awsdatacatalog";
/// `Database` when a query names none.
pub const DEFAULT_DATABASE: &str = "sagemaker_featurestore";
/// Bytes of a statement. The text bounds how deep expressions go, and that how much stack is used.
pub const LONGEST_STATEMENT: usize = 256 * 1024;
/// Operands of one statement: a chain of them is a tree as deep as it is long.
const MOST_TOKENS: usize = 50_000;
/// Operators outside of lists.
const MOST_OPERATORS: usize = 4_000;
/// Stack of the thread that plans, and of those that work.
const STACK: usize = 256 * 1024 * 1024;
/// Batches that wait for the writer.
const WAITING: usize = 2;

/// Bounds of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryOptions {
    /// Bytes that operators may hold. What reads files needs some more.
    pub memory: usize,
    /// Threads; at least one.
    pub threads: usize,
    /// How long a query may take.
    pub timeout: Option<Duration>,
}

impl Default for QueryOptions {
    fn default() -> Self {
        Self {
            memory: 1 << 30,
            threads: 2,
            timeout: None,
        }
    }
}

/// Tables under the names that queries use.
#[derive(Debug, Default)]
pub struct Query {
    tables: Vec<(String, String, Arc<LakeTable>)>,
    options: QueryOptions,
}

impl Query {
    /// Without tables.
    #[must_use]
    pub fn new(options: QueryOptions) -> Self {
        Self {
            tables: Vec::new(),
            options,
        }
    }

    /// Gives a table its names. Its hour partitions are the columns `year`, `month`, `day` and `hour`.
    ///
    /// # Errors
    /// When the names are taken, or columns differ in nothing but case.
    pub fn register(
        &mut self,
        database: &str,
        name: &str,
        lake: &Lake,
        table: &Table,
        keys: &Arc<dyn FileKeys>,
    ) -> Result<(), LakeError> {
        let (database, name) = (database.to_lowercase(), name.to_lowercase());
        let is_taken = |(other, taken, _): &(String, String, _)| *other == database && *taken == name;
        if self.tables.iter().any(is_taken) {
            return Err(refused(&format!("{database}.{name} is registered already")));
        }
        let table = LakeTable::new(lake, table, keys)?;
        self.tables.push((database, name, Arc::new(table)));
        Ok(())
    }

    /// Runs a statement and writes its rows; how many they are.
    ///
    /// # Errors
    /// When it is not one of those that are run, does not plan, needs too much memory or time, or a file
    /// does not read. Rows before the error may have been written.
    pub fn run(
        &self,
        sql: &str,
        format: OutputFormat,
        out: &mut dyn Write,
    ) -> Result<u64, LakeError> {
        let mut out = Some(out);
        let mut writer = None;
        self.each(sql, &mut |schema, batch| {
            if let (None, Some(out)) = (&writer, out.take()) {
                writer = Some(output::Writer::new(format, schema, out)?);
            }
            match (&mut writer, batch) {
                (Some(writer), Some(batch)) => writer.write(batch),
                _ => Ok(()),
            }
        })?;
        writer.map_or(Ok(0), output::Writer::finish)
    }

    /// Runs a statement and hands each row to `visit`, with the names of its columns. Values that no cell
    /// has, as times and booleans, are texts.
    ///
    /// # Errors
    /// As for [`Query::run`], and what `visit` fails with.
    pub fn visit(
        &self,
        sql: &str,
        visit: &mut dyn FnMut(&[String], Vec<Cell>) -> Result<(), LakeError>,
    ) -> Result<(), LakeError> {
        self.each(sql, &mut |schema, batch| {
            let fields = schema.fields().iter();
            let names: Vec<String> = fields.map(|field| field.name().clone()).collect();
            let Some(batch) = batch else { return Ok(()) };
            for row in 0..batch.num_rows() {
                let columns = batch.columns().iter();
                let cells = columns.map(|column| rows::any_cell(column, row));
                visit(&names, cells.collect())?;
            }
            Ok(())
        })
    }

    fn each(&self, sql: &str, visit: &mut Visit<'_>) -> Result<(), LakeError> {
        let statement_text = sql.to_owned();
        let (sender, receiver) = sync_channel(WAITING);
        std::thread::scope(|scope| {
            let worker = std::thread::Builder::new()
                .name("query".to_owned())
                .stack_size(STACK)
                .spawn_scoped(scope, || {
                    let sender = sender;
                    if let Err(error) = self.work(&statement_text, &sender) {
                        let _ = sender.send(Err(error));
                    }
                })
                .map_err(|error| refused(&error.to_string()))?;
            let mut result = Ok(());
            for message in &receiver {
                result = message.and_then(|(schema, batch)| visit(&schema, batch.as_ref()));
                if result.is_err() {
                    break;
                }
            }
            // Whoever still sends notices.
            drop(receiver);
            match worker.join() {
                Ok(()) => result,
                Err(_) => result.and(Err(refused("the query gave up"))),
            }
        })
    }

    fn work(&self, sql: &str, sender: &SyncSender<Message>) -> Result<(), LakeError> {
        let statement = statement(sql)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(self.options.threads.max(1))
            .thread_stack_size(STACK)
            .enable_time()
            .build()
            .map_err(|error| refused(&error.to_string()))?;
        let run = self.stream(statement, sender);
        let result = match self.options.timeout {
            None => runtime.block_on(run),
            Some(limit) => runtime
                .block_on(async { tokio::time::timeout(limit, run).await })
                .unwrap_or_else(|_| Err(refused("the query took too long"))),
        };
        runtime.shutdown_background();
        result
    }

    async fn stream(
        &self,
        statement: Statement,
        sender: &SyncSender<Message>,
    ) -> Result<(), LakeError> {
        let context = self.context()?;
        let statement = DfStatement::Statement(Box::new(statement));
        let plan = context
            .state()
            .statement_to_plan(statement)
            .await
            .map_err(failed)?;
        // Only reading remains, whatever a statement hides in itself.
        SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false)
            .verify_plan(&plan)
            .map_err(failed)?;
        let frame = context.execute_logical_plan(plan).await.map_err(failed)?;
        let mut batches = frame.execute_stream().await.map_err(failed)?;
        let schema = readable(&batches.schema());
        let sent = |message| sender.send(Ok(message)).map_err(|_| refused("nobody reads"));
        sent((Arc::clone(&schema), None))?;
        while let Some(batch) = batches.next().await {
            let batch = cast(&batch.map_err(failed)?, &schema)?;
            sent((Arc::clone(&schema), Some(batch)))?;
        }
        Ok(())
    }

    fn context(&self) -> Result<SessionContext, LakeError> {
        let disk = DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled);
        let runtime = RuntimeEnvBuilder::new()
            .with_disk_manager_builder(disk)
            .with_memory_limit(self.options.memory, 1.0)
            .build_arc()
            .map_err(failed)?;
        let mut config = SessionConfig::new()
            .with_target_partitions(self.options.threads.max(1))
            .with_create_default_catalog_and_schema(false)
            .with_information_schema(false)
            .with_default_catalog_and_schema(CATALOG, DEFAULT_DATABASE);
        config.options_mut().execution.enable_recursive_ctes = false;
        let context = SessionContext::new_with_config_rt(config, runtime);
        let catalog = MemoryCatalogProvider::new();
        catalog
            .register_schema(DEFAULT_DATABASE, Arc::new(MemorySchemaProvider::new()))
            .map_err(failed)?;
        for (database, name, table) in &self.tables {
            let schema = match catalog.schema(database) {
                Some(schema) => schema,
                None => {
                    let schema: Arc<dyn SchemaProvider> = Arc::new(MemorySchemaProvider::new());
                    catalog
                        .register_schema(database, Arc::clone(&schema))
                        .map_err(failed)?;
                    schema
                }
            };
            schema
                .register_table(name.clone(), Arc::<LakeTable>::clone(table))
                .map_err(failed)?;
        }
        context.register_catalog(CATALOG, Arc::new(catalog));
        for function in functions::all() {
            context.register_udf(ScalarUDF::new_from_shared_impl(function));
        }
        Ok(context)
    }
}

type Message = Result<(SchemaRef, Option<RecordBatch>), LakeError>;
type Visit<'a> = dyn FnMut(&SchemaRef, Option<&RecordBatch>) -> Result<(), LakeError> + 'a;

/// The one statement of a text, when it is one that only reads. Names in quotes are folded.
fn statement(sql: &str) -> Result<Statement, LakeError> {
    if sql.len() > LONGEST_STATEMENT {
        return Err(refused("the statement is too long"));
    }
    let dialect = GenericDialect {};
    let mut tokens = Tokenizer::new(&dialect, sql)
        .tokenize_with_location()
        .map_err(|error| refused(&error.to_string()))?;
    let mut operators = 0;
    for token in &mut tokens {
        match &mut token.token {
            Token::Word(word) => {
                if word.quote_style.is_some() {
                    word.value = word.value.to_lowercase();
                }
                let is_chain = ["AND", "OR", "NOT", "UNION", "INTERSECT", "EXCEPT", "JOIN", "LIKE", "IS", "AT"]
                    .iter()
                    .any(|keyword| word.value.eq_ignore_ascii_case(keyword));
                operators += usize::from(is_chain);
            }
            Token::Whitespace(_) | Token::Comma | Token::Period | Token::EOF => {}
            Token::Number(..) | Token::SingleQuotedString(_) | Token::RParen => {}
            _ => operators += 1,
        }
    }
    if tokens.len() > MOST_TOKENS || operators > MOST_OPERATORS {
        return Err(refused("the statement is too long"));
    }
    let mut statements = Parser::new(&dialect)
        .with_tokens_with_locations(tokens)
        .parse_statements()
        .map_err(|error| refused(&error.to_string()))?;
    let (Some(statement), true) = (statements.pop(), statements.is_empty()) else {
        return Err(refused("one statement is wanted"));
    };
    let only_reads = match &statement {
        Statement::Query(_) => true,
        Statement::Explain { statement, .. } => matches!(**statement, Statement::Query(_)),
        _ => false,
    };
    if !only_reads {
        return Err(refused("only SELECT, WITH and EXPLAIN of them are run"));
    }
    Ok(statement)
}

/// Types that the writers know; others become texts.
fn readable(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| {
        let kind = match field.data_type() {
            DataType::Boolean
            | DataType::Int64
            | DataType::Float64
            | DataType::Utf8
            | DataType::Null => field.data_type().clone(),
            DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::UInt8
            | DataType::UInt16
            | DataType::UInt32 => DataType::Int64,
            DataType::Float32 => DataType::Float64,
            DataType::List(element)
                if matches!(
                    element.data_type(),
                    DataType::Int64 | DataType::Float64 | DataType::Utf8
                ) =>
            {
                field.data_type().clone()
            }
            DataType::Timestamp(_, _) => DataType::Timestamp(
                arrow_schema::TimeUnit::Millisecond,
                Some("+00:00".into()),
            ),
            _ => DataType::Utf8,
        };
        Field::new(field.name(), kind, true)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn cast(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, LakeError> {
    let mut arrays = Vec::with_capacity(batch.num_columns());
    for (array, field) in batch.columns().iter().zip(schema.fields()) {
        let array = datafusion::arrow::compute::cast(array, field.data_type());
        arrays.push(array.map_err(|error| refused(&error.to_string()))?);
    }
    let rows = arrow_array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), arrays, &rows)
        .map_err(|error| refused(&error.to_string()))
}

fn failed(error: datafusion::error::DataFusionError) -> LakeError {
    let mut text = error.strip_backtrace();
    if let Some(end) = text.find("\nThis issue was likely caused by a bug") {
        text.truncate(end);
    }
    LakeError::Query(text)
}

fn refused(reason: &str) -> LakeError {
    LakeError::Query(reason.to_owned())
}
