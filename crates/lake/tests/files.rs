//! Files on disk: what is written is read, nobody else reads it, and damage is noticed.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use rempart_lake::{
    Cell, Column, ColumnKind, FileEncryption, FileKeys, Lake, LakeError, Location, OfflineRow,
    Scalar, StoredRow, Table, TableFormat, check_format, file_path, partition, read_bytes,
};
use zeroize::Zeroizing;

const HOUR: i64 = 3_600_000;

/// Keys by name.
#[derive(Default)]
struct Keys(Mutex<HashMap<String, [u8; 32]>>);

impl Keys {
    fn new_file(&self, number: u8) -> FileEncryption {
        let name = format!("key-{number}");
        let key = [number; 32];
        self.0.lock().unwrap().insert(name.clone(), key);
        FileEncryption::Modular {
            key: Zeroizing::new(key),
            key_name: name,
        }
    }
}

impl FileKeys for Keys {
    fn key(&self, name: &str) -> Result<Zeroizing<[u8; 32]>, String> {
        let keys = self.0.lock().unwrap();
        let key = keys.get(name).ok_or("destroyed")?;
        Ok(Zeroizing::new(*key))
    }
}

fn table(format: TableFormat) -> Table {
    let column = |name: &str, kind| Column {
        name: name.into(),
        kind,
    };
    Table {
        path: "111122223333/sagemaker/eu-west-1/offline-store/orders-1700000000/data".into(),
        columns: vec![
            column("CustomerMarker", ColumnKind::Scalar(Scalar::String)),
            column("at", ColumnKind::Scalar(Scalar::Fractional)),
            column("count", ColumnKind::Scalar(Scalar::Integral)),
            column("name", ColumnKind::Scalar(Scalar::String)),
            column("texts", ColumnKind::List(Scalar::String)),
            column("integers", ColumnKind::List(Scalar::Integral)),
            column("vector", ColumnKind::List(Scalar::Fractional)),
        ],
        identifier: "CustomerMarker".into(),
        event_time: "at".into(),
        format,
    }
}

fn row(id: &str, event_time: i64) -> OfflineRow {
    OfflineRow {
        cells: vec![
            Cell::Text(id.into()),
            Cell::Float(event_time as f64 / 1_000.0),
            Cell::Integer(7),
            Cell::Text("secret-of-the-row".into()),
            Cell::Texts(vec!["secret-element".into(), String::new()]),
            Cell::Null,
            Cell::Floats(vec![0.5, -1.0]),
        ],
        event_time,
        api_invocation_time: event_time + 5,
        is_deleted: false,
    }
}

fn open(directory: &Path) -> Lake {
    Lake::open(Location::Directory(directory.to_owned())).unwrap()
}

fn all(lake: &Lake, table: &Table, path: &str, keys: &Arc<dyn FileKeys>) -> Vec<StoredRow> {
    lake.read(table, path, keys)
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

fn cell(kind: ColumnKind) -> BoxedStrategy<Cell> {
    let floats = || prop::num::f64::NORMAL | prop::num::f64::ZERO;
    let cell = match kind {
        ColumnKind::Scalar(Scalar::String) => ".{0,20}".prop_map(Cell::Text).boxed(),
        ColumnKind::Scalar(Scalar::Integral) => any::<i64>().prop_map(Cell::Integer).boxed(),
        ColumnKind::Scalar(Scalar::Fractional) => floats().prop_map(Cell::Float).boxed(),
        ColumnKind::List(Scalar::String) => prop::collection::vec(".{0,5}", 0..4)
            .prop_map(Cell::Texts)
            .boxed(),
        ColumnKind::List(Scalar::Integral) => prop::collection::vec(any::<i64>(), 0..4)
            .prop_map(Cell::Integers)
            .boxed(),
        ColumnKind::List(Scalar::Fractional) => prop::collection::vec(floats(), 0..4)
            .prop_map(Cell::Floats)
            .boxed(),
    };
    prop_oneof![1 => Just(Cell::Null), 4 => cell].boxed()
}

prop_compose! {
    fn any_row()(
        cells in table(TableFormat::Glue)
            .columns
            .iter()
            .map(|column| cell(column.kind))
            .collect::<Vec<_>>(),
        id in ".{0,12}",
        event_time in -(10 * HOUR)..(10 * HOUR),
        api_invocation_time in any::<i32>(),
        is_deleted in any::<bool>(),
    ) -> OfflineRow {
        let mut cells = cells;
        cells[0] = Cell::Text(id);
        cells[1] = Cell::Float(event_time as f64 / 1_000.0);
        OfflineRow {
            cells,
            event_time,
            api_invocation_time: i64::from(api_invocation_time),
            is_deleted,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn what_is_written_is_read(
        rows in prop::collection::vec(any_row(), 1..40),
    ) {
        let table = table(TableFormat::Glue);
        let directory = tempfile::tempdir().unwrap();
        let lake = open(directory.path());
        let keys = Arc::new(Keys::default());
        let mut number = 0;
        let mut expected = Vec::new();
        for (part, rows) in partition(table.format, rows) {
            number += 1;
            prop_assert!(rows.iter().all(|row| row.event_time >= part.start()));
            let latest = rows.iter().map(|row| row.event_time).max().unwrap();
            let path = file_path(&table, latest, &format!("{number:016}")).unwrap();
            let written = lake
                .write(&table, &path, &rows, 77, &keys.new_file(number))
                .unwrap();
            prop_assert_eq!(written.rows, rows.len() as u64);
            expected.push((path, written.bytes, rows));
        }
        expected.sort_by(|left, right| left.0.cmp(&right.0));
        let keys: Arc<dyn FileKeys> = keys;
        let files = lake.files(&table).unwrap();
        prop_assert_eq!(files.len(), expected.len());
        for (file, (path, bytes, rows)) in files.iter().zip(expected) {
            prop_assert_eq!((&file.path, file.bytes), (&path, bytes));
            let read = all(&lake, &table, &file.path, &keys);
            prop_assert!(read.iter().all(|row| row.write_time == 77));
            let read: Vec<OfflineRow> = read.into_iter().map(|row| row.row).collect();
            prop_assert_eq!(read, rows);
        }
    }

    #[test]
    fn damage_is_noticed(place in any::<prop::sample::Index>(), bit in 0..8_u8, cut in any::<bool>()) {
        let (directory, lake, table, keys, path) = one_file();
        let keys: Arc<dyn FileKeys> = keys;
        let whole = directory.path().join(&path);
        let mut bytes = std::fs::read(&whole).unwrap();
        let place = place.index(bytes.len());
        if cut {
            bytes.truncate(place);
        } else {
            bytes[place] ^= 1 << bit;
        }
        std::fs::write(&whole, bytes).unwrap();
        let read = lake
            .read(&table, &path, &keys)
            .and_then(|rows| rows.collect::<Result<Vec<_>, _>>());
        match read {
            Err(_) => {}
            // The prefix in the file is for others: we bind a file to the path where it is.
            Ok(rows) => prop_assert_eq!(rows, expected_rows()),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn hostile_plain_files_are_errors_or_rows(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let mut bytes = include_bytes!("data/plain.parquet").to_vec();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Some(cut) = cut {
            bytes.drain(..cut.index(bytes.len()));
        }
        let keys: Arc<dyn FileKeys> = Arc::new(Keys::default());
        match read_bytes(&table(TableFormat::Glue), "x", bytes, &keys) {
            Ok(rows) => {
                let _ = rows.take(100).map(|row| row.is_ok()).filter(|read| *read).count();
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}

#[test]
fn a_plain_file_of_another_writer_reads() {
    let keys: Arc<dyn FileKeys> = Arc::new(Keys::default());
    let bytes = include_bytes!("data/plain.parquet").to_vec();
    let rows: Vec<StoredRow> = read_bytes(&table(TableFormat::Glue), "x", bytes, &keys)
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].row.event_time, rows[0].write_time), (1_000_000, 2));
    assert_eq!(rows[0].row.cells[0], Cell::Text("a".into()));
    assert_eq!(rows[0].row.cells[6], Cell::Null);
}

#[test]
fn iceberg_is_refused_as_long_as_it_has_no_metadata() {
    let table = table(TableFormat::Iceberg);
    let directory = tempfile::tempdir().unwrap();
    let path = file_path(&table, 1_000_000, "aaaaaaaaaaaaaaaa").unwrap();
    let result = open(directory.path()).write(
        &table,
        &path,
        &[row("a", 1_000_000)],
        1,
        &Keys::default().new_file(1),
    );
    assert!(matches!(result, Err(LakeError::Unsupported(_))));
    assert!(check_format(TableFormat::Iceberg).is_err());
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

fn expected_rows() -> Vec<StoredRow> {
    (0..50)
        .map(|number| StoredRow {
            row: row(&format!("customer-{number}"), 1_000_000 + number),
            write_time: 99,
        })
        .collect()
}

fn one_file() -> (tempfile::TempDir, Lake, Table, Arc<Keys>, String) {
    let table = table(TableFormat::Glue);
    let directory = tempfile::tempdir().unwrap();
    let lake = open(directory.path());
    let keys = Arc::new(Keys::default());
    let rows: Vec<OfflineRow> = expected_rows().into_iter().map(|row| row.row).collect();
    let path = file_path(&table, 1_000_049, "aaaaaaaaaaaaaaaa").unwrap();
    lake.write(&table, &path, &rows, 99, &keys.new_file(1))
        .unwrap();
    (directory, lake, table, keys, path)
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[test]
fn no_plaintext_on_disk() {
    let (directory, _lake, _table, _keys, path) = one_file();
    let bytes = std::fs::read(directory.path().join(path)).unwrap();
    for text in [
        "secret",
        "customer-",
        "CustomerMarker",
        "vector",
        "is_deleted",
    ] {
        assert!(!contains(&bytes, text), "{text}");
    }
    assert!(contains(&bytes, "key-1"));
    assert!(bytes.ends_with(b"PARE"));
}

#[test]
fn plain_files_are_neither_written_nor_believed_on_disk() {
    let (directory, lake, table, keys, path) = one_file();
    let plain = FileEncryption::ServerSide { kms_key: None };
    assert!(
        lake.write(&table, &path, &[row("a", 1_000_000)], 1, &plain)
            .is_err()
    );
    let keys: Arc<dyn FileKeys> = keys;
    std::fs::write(
        directory.path().join(&path),
        include_bytes!("data/plain.parquet"),
    )
    .unwrap();
    let error = lake.read(&table, &path, &keys).unwrap_err();
    assert!(error.to_string().contains("not encrypted"), "{error}");
}

#[test]
fn one_file_does_not_stand_for_another() {
    let (directory, lake, table, keys, path) = one_file();
    let other = file_path(&table, 1_000_049, "bbbbbbbbbbbbbbbb").unwrap();
    std::fs::copy(directory.path().join(&path), directory.path().join(&other)).unwrap();
    let keys: Arc<dyn FileKeys> = keys;
    assert!(matches!(
        lake.read(&table, &other, &keys),
        Err(LakeError::Damaged { .. })
    ));
    assert_eq!(all(&lake, &table, &path, &keys), expected_rows());
}

#[test]
fn without_its_key_a_file_does_not_read() {
    let (_directory, lake, table, keys, path) = one_file();
    keys.0.lock().unwrap().clear();
    let none: Arc<dyn FileKeys> = keys;
    let error = lake.read(&table, &path, &none).unwrap_err();
    assert!(matches!(&error, LakeError::Key { reason, .. } if reason == "destroyed"));
    let wrong: Arc<dyn FileKeys> = Arc::new(FileEncryption::Modular {
        key: Zeroizing::new([9; 32]),
        key_name: "key-1".into(),
    });
    assert!(matches!(
        lake.read(&table, &path, &wrong),
        Err(LakeError::Damaged { .. })
    ));
}

#[test]
fn a_flush_may_be_repeated() {
    let (directory, lake, table, keys, path) = one_file();
    let name = directory.path().join(&path);
    let unfinished = name.with_file_name(format!(
        ".unfinished-{}",
        name.file_name().unwrap().to_string_lossy()
    ));
    std::fs::write(&unfinished, "half").unwrap();
    let rows: Vec<OfflineRow> = expected_rows().into_iter().map(|row| row.row).collect();
    lake.write(&table, &path, &rows, 99, &keys.new_file(1))
        .unwrap();
    let keys: Arc<dyn FileKeys> = keys;
    assert_eq!(all(&lake, &table, &path, &keys), expected_rows());
    assert_eq!(lake.files(&table).unwrap().len(), 1);
    std::fs::write(&unfinished, "half").unwrap();
    assert_eq!(lake.files(&table).unwrap().len(), 1);
    assert_eq!(lake.remove_unfinished(&table).unwrap(), 1);
    assert!(!unfinished.exists());
    lake.remove(&table, &path).unwrap();
    lake.remove(&table, &path).unwrap();
    assert!(lake.files(&table).unwrap().is_empty());
}

#[test]
fn older_files_have_nulls_in_newer_columns() {
    let (_directory, lake, mut table, keys, path) = one_file();
    table.columns.push(Column {
        name: "later".into(),
        kind: ColumnKind::Scalar(Scalar::Integral),
    });
    let keys: Arc<dyn FileKeys> = keys;
    let rows = all(&lake, &table, &path, &keys);
    assert_eq!(rows.len(), 50);
    assert!(rows.iter().all(|row| row.row.cells[7] == Cell::Null));
    table.columns[2].kind = ColumnKind::Scalar(Scalar::Fractional);
    assert!(lake.read(&table, &path, &keys).is_err());
}

#[test]
fn rows_that_do_not_fit_are_refused() {
    let (_directory, lake, table, keys, path) = one_file();
    let encryption = keys.new_file(2);
    let refused = |change: &dyn Fn(&mut OfflineRow)| {
        let mut bad = row("b", 1_000_001);
        change(&mut bad);
        let rows = [row("a", 1_000_000), bad];
        let error = lake
            .write(&table, &path, &rows, 1, &encryption)
            .unwrap_err();
        assert!(
            matches!(error, LakeError::Row { row: 1 | 0, .. }),
            "{error}"
        );
    };
    refused(&|row| row.cells[0] = Cell::Null);
    refused(&|row| row.cells[2] = Cell::Text("7".into()));
    refused(&|row| row.cells[4] = Cell::Integers(vec![1]));
    refused(&|row| row.cells[1] = Cell::Float(1.0));
    refused(&|row| row.event_time += HOUR);
    refused(&|row| {
        row.cells.pop();
    });
    let keys: Arc<dyn FileKeys> = keys;
    assert_eq!(all(&lake, &table, &path, &keys), expected_rows());
}

#[test]
fn s12_erasure_takes_out_rows_and_leaves_the_others_as_they_are() {
    let (directory, lake, table, keys, path) = one_file();
    let encryption = keys.new_file(2);
    let keys: Arc<dyn FileKeys> = keys;
    let gone = ["customer-49".to_owned(), "customer-3".to_owned()];
    assert_eq!(
        lake.files_with(&table, &gone, &keys).unwrap(),
        std::slice::from_ref(&path)
    );
    let nobody = ["customer".to_owned()];
    let unique = "cccccccccccccccc";
    assert_eq!(
        lake.rewrite_without(&table, &path, &nobody, unique, &keys, &encryption)
            .unwrap(),
        None
    );
    let rewritten = lake
        .rewrite_without(&table, &path, &gone, unique, &keys, &encryption)
        .unwrap()
        .unwrap();
    assert_eq!(rewritten.removed_rows, 2);
    let written = rewritten.written.unwrap();
    // The latest event time of what is left.
    assert_eq!(written.path, file_path(&table, 1_000_048, unique).unwrap());
    lake.remove(&table, &path).unwrap();
    let mut expected = expected_rows();
    expected.retain(|row| !matches!(&row.row.cells[0], Cell::Text(id) if gone.contains(id)));
    assert_eq!(all(&lake, &table, &written.path, &keys), expected);
    assert!(lake.files_with(&table, &gone, &keys).unwrap().is_empty());
    assert!(!directory.path().join(&path).exists());
    let rest: Vec<String> = (0..50).map(|number| format!("customer-{number}")).collect();
    let nothing = lake
        .rewrite_without(
            &table,
            &written.path,
            &rest,
            "dddddddddddddddd",
            &keys,
            &encryption,
        )
        .unwrap()
        .unwrap();
    assert_eq!((nothing.removed_rows, nothing.written), (48, None));
}

#[test]
fn a_link_does_not_lead_out_of_the_lake() {
    let (directory, lake, table, _keys, path) = one_file();
    let outside = tempfile::tempdir().unwrap();
    let hour = directory.path().join(&path);
    let linked = hour.parent().unwrap().parent().unwrap().join("hour=05");
    std::os::unix::fs::symlink(outside.path(), linked).unwrap();
    std::fs::write(outside.path().join("x.parquet"), "x").unwrap();
    assert_eq!(lake.files(&table).unwrap().len(), 1);
}
