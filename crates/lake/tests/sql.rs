//! SQL: what the SageMaker SDK generates gives what its words mean; nothing but reading is run.

#![cfg(feature = "sql")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

use std::sync::Arc;
use std::time::Duration;

use rempart_lake::{
    Cell, Column, ColumnKind, FileEncryption, FileKeys, Lake, LakeError, Location, OfflineRow,
    OutputFormat, Query, QueryOptions, Scalar, Table, TableFormat, file_path, partition,
};
use zeroize::Zeroizing;

const HOUR: i64 = 3_600_000;
const START: i64 = 1_704_067_200_000; // 2024-01-01T00:00:00Z

struct OneKey;

impl FileKeys for OneKey {
    fn key(&self, _: &str) -> Result<Zeroizing<[u8; 32]>, String> {
        Ok(Zeroizing::new([7; 32]))
    }
}

/// A group with mixed case in its names and event times as text, and one with numbers.
fn tables() -> (Table, Table) {
    let column = |name: &str, scalar| Column {
        name: name.into(),
        kind: ColumnKind::Scalar(scalar),
    };
    let base = Table {
        path: "1/sagemaker/r/offline-store/base-1/data".into(),
        columns: vec![
            column("CustomerId", Scalar::String),
            column("EventTime", Scalar::String),
            column("Amount", Scalar::Integral),
        ],
        identifier: "CustomerId".into(),
        event_time: "EventTime".into(),
        format: TableFormat::Glue,
    };
    let other = Table {
        path: "1/sagemaker/r/offline-store/other-1/data".into(),
        columns: vec![
            column("customer_id", Scalar::String),
            column("at", Scalar::Fractional),
            column("score", Scalar::Fractional),
        ],
        identifier: "customer_id".into(),
        event_time: "at".into(),
        format: TableFormat::Glue,
    };
    (base, other)
}

/// Identifier, hours of event time, milliseconds of the call, value, deletion.
type Given = (&'static str, i64, i64, i64, bool);

const BASE: &[Given] = &[
    ("a", 1, 0, 10, false),
    ("a", 3, 0, 30, false),
    // The same event again, later: only this one counts.
    ("a", 3, 9, 31, false),
    ("b", 2, 0, 20, false),
    ("b", 4, 0, 0, true),
    // Came back after it was deleted.
    ("c", 1, 0, 1, false),
    ("c", 2, 0, 0, true),
    ("c", 5, 0, 50, false),
];
const OTHER: &[Given] = &[
    ("a", 0, 0, 1, false),
    ("a", 2, 0, 2, false),
    ("a", 6, 0, 6, false),
    ("c", 5, 0, 5, false),
];

fn fill(lake: &Lake, table: &Table, given: &[Given]) {
    let is_text = table.columns[1].kind == ColumnKind::Scalar(Scalar::String);
    let rows = given
        .iter()
        .map(|(id, hours, called, value, is_deleted)| {
            let event_time = START + hours * HOUR;
            let at = jiff::Timestamp::from_millisecond(event_time).unwrap();
            let value = match (is_deleted, is_text) {
                (true, _) => Cell::Null,
                (false, true) => Cell::Integer(*value),
                (false, false) => Cell::Float(*value as f64),
            };
            OfflineRow {
                cells: vec![
                    Cell::Text((*id).into()),
                    match is_text {
                        true => Cell::Text(at.to_string()),
                        false => Cell::Float(event_time as f64 / 1_000.0),
                    },
                    value,
                ],
                event_time,
                api_invocation_time: event_time + called,
                is_deleted: *is_deleted,
            }
        })
        .collect();
    let encryption = FileEncryption::Modular {
        key: Zeroizing::new([7; 32]),
        key_name: "one".into(),
    };
    for (part, rows) in partition(table.format, rows) {
        let path = file_path(table, part.start(), "aaaaaaaaaaaaaaaa").unwrap();
        let written = part.start() + 60_000;
        lake.write(table, &path, &rows, written, &encryption).unwrap();
    }
}

fn with_tables(options: QueryOptions) -> (tempfile::TempDir, Query) {
    let directory = tempfile::tempdir().unwrap();
    let lake = Lake::open(Location::Directory(directory.path().into())).unwrap();
    let (base, other) = tables();
    fill(&lake, &base, BASE);
    fill(&lake, &other, OTHER);
    let keys: Arc<dyn FileKeys> = Arc::new(OneKey);
    let mut query = Query::new(options);
    let database = "sagemaker_featurestore";
    query.register(database, "Base_1", &lake, &base, &keys).unwrap();
    query.register(database, "other_1", &lake, &other, &keys).unwrap();
    (directory, query)
}

fn csv(query: &Query, sql: &str) -> Result<String, LakeError> {
    let mut out = Vec::new();
    query.run(sql, OutputFormat::Csv, &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines[1..].sort_unstable();
    lines
}

/// The shape of `DatasetBuilder.to_csv_file` without options.
const SDK_BASE: &str = r#"WITH fg_base AS (WITH table_base AS (
SELECT *
FROM (
SELECT *, row_number() OVER (
PARTITION BY origin_base."CustomerId", origin_base."EventTime"
ORDER BY origin_base."api_invocation_time" DESC, origin_base."write_time" DESC
) AS dedup_row_base
FROM "sagemaker_featurestore"."base_1" origin_base
)
WHERE dedup_row_base = 1
),
deleted_base AS (
SELECT *
FROM (
SELECT *, row_number() OVER (
PARTITION BY origin_base."CustomerId"
ORDER BY origin_base."EventTime" DESC, origin_base."api_invocation_time" DESC, origin_base."write_time" DESC
) AS deleted_row_base
FROM "sagemaker_featurestore"."base_1" origin_base
WHERE is_deleted
)
WHERE deleted_row_base = 1
)
SELECT table_base."CustomerId", table_base."EventTime", table_base."Amount"
FROM (
SELECT table_base."CustomerId", table_base."EventTime", table_base."Amount", table_base."write_time"
FROM table_base
LEFT JOIN deleted_base
ON table_base."CustomerId" = deleted_base."CustomerId"
WHERE deleted_base."CustomerId" IS NULL
UNION ALL
SELECT table_base."CustomerId", table_base."EventTime", table_base."Amount", table_base."write_time"
FROM deleted_base
JOIN table_base
ON table_base."CustomerId" = deleted_base."CustomerId"
AND (
table_base."EventTime" > deleted_base."EventTime"
OR (table_base."EventTime" = deleted_base."EventTime" AND table_base."api_invocation_time" > deleted_base."api_invocation_time")
OR (table_base."EventTime" = deleted_base."EventTime" AND table_base."api_invocation_time" = deleted_base."api_invocation_time" AND table_base."write_time" > deleted_base."write_time")
)
) AS table_base
@WHERE@)@MORE@
SELECT @COLUMNS@
FROM (
SELECT @SELECTED@, row_number() OVER (
PARTITION BY fg_base."CustomerId"
ORDER BY fg_base."EventTime" DESC@ORDER@
) AS row_recent
FROM fg_base@JOIN@
)
@RECENT@"#;

fn sdk(filters: &str, more: &str, joined: &str, recent: &str) -> String {
    let (columns, selected, order) = match more {
        "" => ("CustomerId, EventTime, Amount".to_owned(), String::new(), ""),
        _ => (
            "CustomerId, EventTime, Amount, \"at.1\", \"score.1\"".to_owned(),
            ", fg_0.\"at\" as \"at.1\", fg_0.\"score\" as \"score.1\"".to_owned(),
            ", fg_0.\"at\" DESC",
        ),
    };
    let selected =
        format!("fg_base.CustomerId, fg_base.EventTime, fg_base.Amount{selected}");
    SDK_BASE
        .replace("@WHERE@", filters)
        .replace("@MORE@", more)
        .replace("@COLUMNS@", &columns)
        .replace("@SELECTED@", &selected)
        .replace("@ORDER@", order)
        .replace("@JOIN@", joined)
        .replace("@RECENT@", recent)
}

#[test]
fn the_sdk_drops_duplicates_and_deleted_records() {
    let (_directory, query) = with_tables(QueryOptions::default());
    let text = csv(&query, &sdk("", "", "", "")).unwrap();
    assert_eq!(
        sorted(&text),
        [
            "customerid,eventtime,amount",
            "a,2024-01-01T01:00:00Z,10",
            "a,2024-01-01T03:00:00Z,31",
            "c,2024-01-01T05:00:00Z,50",
        ]
    );
}

#[test]
fn the_sdk_restricts_time_and_takes_the_most_recent() {
    let (_directory, query) = with_tables(QueryOptions::default());
    let filters = "WHERE table_base.\"write_time\" <= to_timestamp('2024-01-01 04:30:00', 'yyyy-mm-dd hh24:mi:ss')\n\
         AND from_iso8601_timestamp(table_base.\"EventTime\") >= from_unixtime(1704067200.0)\n\
         AND from_iso8601_timestamp(table_base.\"EventTime\") <= from_unixtime(1704081600.5)";
    let recent = "WHERE row_recent <= 1\nLIMIT 10";
    let text = csv(&query, &sdk(filters, "", "", recent)).unwrap();
    assert_eq!(
        sorted(&text),
        ["customerid,eventtime,amount", "a,2024-01-01T03:00:00Z,31"]
    );
}

#[test]
fn the_sdk_joins_as_of_a_point_in_time() {
    let (_directory, query) = with_tables(QueryOptions::default());
    let more = ",\nfg_0 AS (SELECT table_0.\"customer_id\", table_0.\"at\", table_0.\"score\"\n\
         FROM \"sagemaker_featurestore\".\"other_1\" table_0\nWHERE NOT is_deleted)";
    let joined = "\nLEFT JOIN fg_0\nON fg_base.\"CustomerId\" = fg_0.\"customer_id\"\n\
         AND from_iso8601_timestamp(fg_base.\"EventTime\") >= from_unixtime(fg_0.\"at\")";
    let text = csv(&query, &sdk("", more, joined, "")).unwrap();
    assert_eq!(
        sorted(&text),
        [
            "customerid,eventtime,amount,at.1,score.1",
            "a,2024-01-01T01:00:00Z,10,1704067200.0,1.0",
            "a,2024-01-01T03:00:00Z,31,1704067200.0,1.0",
            "a,2024-01-01T03:00:00Z,31,1704074400.0,2.0",
            "c,2024-01-01T05:00:00Z,50,1704085200.0,5.0",
        ]
    );
    let text = csv(&query, &sdk("", more, joined, "WHERE row_recent <= 1")).unwrap();
    assert_eq!(sorted(&text).len(), 3);
}

#[test]
fn partitions_are_columns_that_rule_files_out() {
    let (directory, query) = with_tables(QueryOptions::default());
    let sql = "SELECT count(*) AS n, max(hour) AS h FROM base_1 WHERE year = '2024' AND hour < '03'";
    assert_eq!(csv(&query, sql).unwrap(), "n,h\n4,02\n");
    assert_eq!(
        csv(&query, "SELECT count(*) AS n FROM \"AwsDataCatalog\".\"Sagemaker_Featurestore\".\"BASE_1\"").unwrap(),
        "n\n8\n"
    );
    // A file that is ruled out is not read: here it could not be.
    let hour = directory
        .path()
        .join("1/sagemaker/r/offline-store/base-1/data/year=2024/month=01/day=01/hour=05");
    for file in std::fs::read_dir(hour).unwrap() {
        std::fs::write(file.unwrap().path(), "damaged").unwrap();
    }
    assert_eq!(csv(&query, sql).unwrap(), "n,h\n4,02\n");
    let error = csv(&query, "SELECT count(*) FROM base_1").unwrap_err();
    assert!(error.to_string().contains("damaged"), "{error}");
}

#[test]
fn only_reading_is_run() {
    let (directory, query) = with_tables(QueryOptions::default());
    let outside = directory.path().join("outside.csv");
    std::fs::write(&outside, "x\nsecret\n").unwrap();
    let outside = outside.to_string_lossy();
    let before = tree(directory.path());
    for sql in [
        "DROP TABLE base_1".to_owned(),
        "INSERT INTO base_1 VALUES (1)".to_owned(),
        "DELETE FROM base_1".to_owned(),
        "UPDATE base_1 SET amount = 1".to_owned(),
        "CREATE TABLE t AS SELECT 1".to_owned(),
        "CREATE VIEW v AS SELECT 1".to_owned(),
        "SELECT 1 INTO t".to_owned(),
        format!("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '{outside}'"),
        format!("COPY base_1 TO '{outside}'"),
        format!("COPY (SELECT 1) TO '{outside}'"),
        format!("SELECT * FROM '{outside}'"),
        format!("SELECT * FROM \"{outside}\""),
        format!("SELECT * FROM read_csv('{outside}')"),
        "SET datafusion.execution.batch_size = 1".to_owned(),
        "SHOW TABLES".to_owned(),
        "SELECT * FROM information_schema.tables".to_owned(),
        "EXPLAIN INSERT INTO base_1 VALUES (1)".to_owned(),
        "EXPLAIN ANALYZE COPY base_1 TO 'x'".to_owned(),
        "PREPARE p AS SELECT 1".to_owned(),
        "BEGIN".to_owned(),
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT * FROM r".to_owned(),
        "SELECT 1; SELECT 2".to_owned(),
        String::new(),
        ";".to_owned(),
        "SELECT".to_owned(),
        "SELECT * FROM nowhere".to_owned(),
    ] {
        let result = csv(&query, &sql);
        assert!(matches!(result, Err(LakeError::Query(_))), "{sql}: {result:?}");
    }
    assert_eq!(tree(directory.path()), before);
    assert!(csv(&query, "EXPLAIN SELECT * FROM base_1").is_ok());
    assert_eq!(
        csv(&query, "WITH x AS (SELECT 1 AS \"A\") SELECT a FROM x").unwrap(),
        "a\n1\n"
    );
}

fn tree(directory: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            paths.extend(tree(&path));
        }
        paths.push(path);
    }
    paths.sort();
    paths
}

#[test]
fn memory_and_time_are_bounded() {
    let tight = QueryOptions {
        memory: 1 << 20,
        ..QueryOptions::default()
    };
    let (_directory, query) = with_tables(tight);
    let sorts = "SELECT a.value, b.value FROM generate_series(1, 3000) a \
         CROSS JOIN generate_series(1, 3000) b ORDER BY a.value + b.value, b.value";
    let error = csv(&query, sorts).unwrap_err();
    assert!(matches!(error, LakeError::Query(_)), "{error}");
    let short = QueryOptions {
        timeout: Some(Duration::from_millis(200)),
        ..QueryOptions::default()
    };
    let (_directory, query) = with_tables(short);
    let begun = std::time::Instant::now();
    let endless = "SELECT count(*) FROM generate_series(1, 10000000) a \
         CROSS JOIN generate_series(1, 10000000) b";
    assert!(csv(&query, endless).is_err());
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[test]
fn deep_statements_do_not_end_the_process() {
    let (_directory, query) = with_tables(QueryOptions::default());
    let chain = |count| format!("SELECT 1{}", "+1".repeat(count));
    assert!(csv(&query, &chain(500)).is_ok());
    let _ = csv(&query, &chain(3_990));
    assert!(csv(&query, &chain(100_000)).is_err());
    let nested = format!("SELECT {}1{}", "(".repeat(3_000), ")".repeat(3_000));
    let _ = csv(&query, &nested);
    let nots = format!("SELECT {} true", "NOT ".repeat(3_900));
    let _ = csv(&query, &nots);
}

#[test]
fn rows_have_types() {
    let (_directory, query) = with_tables(QueryOptions::default());
    let mut seen = Vec::new();
    query
        .visit(
            "SELECT 'x' AS t, 2 AS i, 0.5 AS f, NULL AS n, write_time, is_deleted \
             FROM base_1 WHERE customerid = 'c' AND amount = 50",
            &mut |names, cells| {
                seen.push((names.to_vec(), cells));
                Ok(())
            },
        )
        .unwrap();
    let names = ["t", "i", "f", "n", "write_time", "is_deleted"].map(str::to_owned);
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].0, names);
    assert_eq!(
        seen[0].1,
        [
            Cell::Text("x".into()),
            Cell::Integer(2),
            Cell::Float(0.5),
            Cell::Null,
            Cell::Text("2024-01-01T05:01:00.000Z".into()),
            Cell::Text("false".into()),
        ]
    );
}
