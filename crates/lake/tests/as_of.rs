//! Point-in-time joins against a search of all rows.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

use std::sync::Arc;

use proptest::prelude::*;
use rempart_lake::{
    AsOfOptions, Cell, Column, ColumnKind, FileEncryption, FileKeys, JoinGroup, Lake, Location,
    OfflineRow, OutputFormat, Scalar, Spine, StoredRow, Table, TableFormat, file_path, partition,
};
use zeroize::Zeroizing;

const HOUR: i64 = 3_600_000;

struct OneKey;

impl FileKeys for OneKey {
    fn key(&self, _: &str) -> Result<Zeroizing<[u8; 32]>, String> {
        Ok(Zeroizing::new([7; 32]))
    }
}

fn encryption() -> FileEncryption {
    FileEncryption::Modular {
        key: Zeroizing::new([7; 32]),
        key_name: "one".into(),
    }
}

fn table(name: &str, identifier: Scalar, event_time: Scalar) -> Table {
    let column = |name: &str, scalar| Column {
        name: name.into(),
        kind: ColumnKind::Scalar(scalar),
    };
    Table {
        path: format!("1/sagemaker/r/offline-store/{name}-1/data"),
        columns: vec![
            column("id", identifier),
            column("at", event_time),
            column("value", Scalar::Integral),
            Column {
                name: "list".into(),
                kind: ColumnKind::List(Scalar::String),
            },
        ],
        identifier: "id".into(),
        event_time: "at".into(),
        format: TableFormat::Glue,
    }
}

/// Identifier, event time, time of the call, value, deletion, file.
type Given = (u8, i64, i64, i64, bool, u8);

fn given() -> impl Strategy<Value = Vec<Given>> {
    let row = (
        0..6_u8,
        -3..5_i64,
        0..3_i64,
        any::<i64>(),
        prop::bool::weighted(0.2),
        0..3_u8,
    );
    prop::collection::vec(row, 0..60)
}

fn time_text(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis).unwrap().to_string()
}

fn fill(lake: &Lake, table: &Table, given: &[Given]) {
    let kind = |position: usize| table.columns[position].kind;
    for file in 0..3_u8 {
        let rows: Vec<OfflineRow> = given
            .iter()
            .filter(|row| row.5 == file)
            .map(|(id, at, called, value, deleted, _)| {
                // Half hours, so that several times share a file.
                let event_time = at * HOUR / 2;
                OfflineRow {
                    cells: vec![
                        match kind(0) {
                            ColumnKind::Scalar(Scalar::String) => Cell::Text(format!("{id}")),
                            _ => Cell::Integer(i64::from(*id)),
                        },
                        match kind(1) {
                            ColumnKind::Scalar(Scalar::String) => Cell::Text(time_text(event_time)),
                            _ => Cell::Float(event_time as f64 / 1_000.0),
                        },
                        if *deleted { Cell::Null } else { Cell::Integer(*value) },
                        Cell::Texts(vec![value.to_string()]),
                    ],
                    event_time,
                    api_invocation_time: *called,
                    is_deleted: *deleted,
                }
            })
            .collect();
        for (part, rows) in partition(table.format, rows) {
            let unique = format!("{file:016}");
            let path = file_path(table, part.start(), &unique).unwrap();
            // Files of one hour were written at several times; two of them at the same.
            let written = i64::from(file / 2);
            lake.write(table, &path, &rows, written, &encryption()).unwrap();
        }
    }
}

fn all_rows(lake: &Lake, table: &Table, keys: &Arc<dyn FileKeys>) -> Vec<StoredRow> {
    let mut rows = Vec::new();
    for file in lake.files(table).unwrap() {
        for row in lake.read(table, &file.path, keys).unwrap() {
            rows.push(row.unwrap());
        }
    }
    rows
}

/// The latest row of an identifier by looking at all of them; of equal ones the last.
fn naive<'a>(
    rows: &'a [StoredRow],
    id: &str,
    at: i64,
    written_by: Option<i64>,
) -> Option<&'a StoredRow> {
    let is_id = |row: &StoredRow| match &row.row.cells[0] {
        Cell::Text(text) => text == id,
        Cell::Integer(value) => id.parse() == Ok(*value),
        _ => false,
    };
    rows.iter()
        .filter(|row| is_id(row) && row.row.event_time <= at)
        .filter(|row| written_by.is_none_or(|by| row.write_time <= by))
        .max_by_key(|row| {
            let called = row.row.api_invocation_time;
            (row.row.event_time, called, row.write_time)
        })
        .filter(|row| !row.row.is_deleted)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_join_finds_what_a_search_finds(
        first in given(),
        second in given(),
        spine in prop::collection::vec((0..8_u8, 0..8_u8, -4..6_i64), 0..40),
        threads in 1..4_usize,
        written_by in prop::option::of(0..2_i64),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let lake = Lake::open(Location::Directory(directory.path().into())).unwrap();
        let keys: Arc<dyn FileKeys> = Arc::new(OneKey);
        let one = table("one", Scalar::String, Scalar::Fractional);
        let two = table("two", Scalar::Integral, Scalar::String);
        fill(&lake, &one, &first);
        fill(&lake, &two, &second);
        let mut text = "user,item,when,kept\n".to_owned();
        for (user, item, at) in &spine {
            // A number may be written otherwise than it is stored.
            text += &format!("{user},0{item},{},x{at}\n", time_text(at * HOUR / 2));
        }
        let read = Spine::from_csv(text.as_bytes(), "when").unwrap();
        let features = ["value".to_owned(), "list".to_owned()];
        let group = |name, table, spine_column| JoinGroup {
            name,
            table,
            keys: &keys,
            spine_column,
            features: &features,
        };
        let groups = [group("one", &one, "user"), group("two", &two, "item")];
        let options = AsOfOptions { threads, written_by };
        let joined = lake.as_of(&read, &groups, options).unwrap();
        prop_assert_eq!(
            joined.column_names(),
            ["user", "item", "when", "kept", "one.value", "one.list", "two.value", "two.list"]
        );
        let (rows_one, rows_two) = (all_rows(&lake, &one, &keys), all_rows(&lake, &two, &keys));
        let rows: Vec<Vec<Cell>> = joined.rows().collect::<Result<_, _>>().unwrap();
        prop_assert_eq!(rows.len(), spine.len());
        for (number, (row, (user, item, at))) in rows.iter().zip(&spine).enumerate() {
            let at = at * HOUR / 2;
            prop_assert_eq!(&row[0], &Cell::Text(user.to_string()));
            for (group, rows, id) in [(0, &rows_one, user), (1, &rows_two, item)] {
                let expected = naive(rows, &id.to_string(), at, written_by);
                prop_assert_eq!(joined.found(group, number), expected.is_some());
                let cells = &row[4 + group * 2..6 + group * 2];
                match expected {
                    Some(expected) => prop_assert_eq!(cells, &expected.row.cells[2..4]),
                    None => prop_assert_eq!(cells, &[Cell::Null, Cell::Null]),
                }
            }
        }
    }

    #[test]
    fn time_travel_finds_what_a_search_finds(given in given(), at in prop::option::of(-4..6_i64)) {
        let directory = tempfile::tempdir().unwrap();
        let lake = Lake::open(Location::Directory(directory.path().into())).unwrap();
        let keys: Arc<dyn FileKeys> = Arc::new(OneKey);
        let table = table("one", Scalar::Integral, Scalar::String);
        fill(&lake, &table, &given);
        let at = at.map(|at| at * HOUR / 2);
        let latest = lake.latest(&table, &keys, at, AsOfOptions::default()).unwrap();
        let mut found: Vec<Vec<Cell>> = latest.rows().collect::<Result<_, _>>().unwrap();
        let rows = all_rows(&lake, &table, &keys);
        let mut expected: Vec<Vec<Cell>> = (0..6)
            .filter_map(|id| naive(&rows, &id.to_string(), at.unwrap_or(i64::MAX), None))
            .map(|row| row.row.cells.clone())
            .collect();
        let id = |row: &Vec<Cell>| format!("{:?}", row[0]);
        found.sort_by_key(id);
        expected.sort_by_key(id);
        prop_assert_eq!(found, expected);
    }
}

#[test]
fn results_as_text() {
    let directory = tempfile::tempdir().unwrap();
    let lake = Lake::open(Location::Directory(directory.path().into())).unwrap();
    let keys: Arc<dyn FileKeys> = Arc::new(OneKey);
    let table = table("one", Scalar::String, Scalar::Fractional);
    fill(&lake, &table, &[(1, 0, 0, 5, false, 0)]);
    let spine = Spine::from_rows(
        "id",
        &["1".into(), "2,\u{1b}\"".into()],
        &[HOUR, HOUR],
    )
    .unwrap();
    let features = ["value".to_owned(), "list".to_owned()];
    let group = JoinGroup {
        name: "",
        table: &table,
        keys: &keys,
        spine_column: "id",
        features: &features,
    };
    let joined = lake.as_of(&spine, &[group], AsOfOptions::default()).unwrap();
    let text = |format| {
        let mut out = Vec::new();
        assert_eq!(joined.write(format, &mut out).unwrap(), 2);
        String::from_utf8_lossy(&out).into_owned()
    };
    assert_eq!(
        text(OutputFormat::Csv),
        "id,value,list\n1,5,\"[\"\"5\"\"]\"\n\"2,\u{1b}\"\"\",,\n"
    );
    assert_eq!(
        text(OutputFormat::JsonLines),
        "{\"id\":\"1\",\"value\":5,\"list\":[\"5\"]}\n\
         {\"id\":\"2,\\u001b\\\"\",\"value\":null,\"list\":null}\n"
    );
    assert_eq!(
        text(OutputFormat::Table),
        "id    value  list\n1     5      [\"5\"]\n2,\u{fffd}\"         \n"
    );
    let mut parquet = Vec::new();
    joined.write(OutputFormat::Parquet, &mut parquet).unwrap();
    assert!(parquet.starts_with(b"PAR1"));
}

#[test]
fn bad_spines_are_refused() {
    for text in ["id,when\na,never\n", "id,when\na\n", "id\na\n", "id,when\na,\n"] {
        assert!(Spine::from_csv(text.as_bytes(), "when").is_err(), "{text}");
    }
    assert!(Spine::from_parquet(b"PAR1PAR1".to_vec(), "when").is_err());
    assert!(Spine::from_rows("id", &["a".into()], &[]).is_err());
    let plain = include_bytes!("data/plain.parquet").to_vec();
    let spine = Spine::from_parquet(plain.clone(), "write_time").unwrap();
    assert_eq!(spine.len(), 1);
    assert!(Spine::from_parquet(plain, "name").is_err());
}
