//! Measures the lake: `measure write <rows>` and `measure data <directory> <rows>`, then
//! `measure join <directory> <rows>` in a process of its own, whose peak of memory is that of the join.

#![expect(clippy::unwrap_used, reason = "a program of measurements")]

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use rempart_lake::{
    AsOfOptions, Cell, Column, ColumnKind, FileEncryption, FileKeys, JoinGroup, Lake, Location,
    OfflineRow, OutputFormat, Scalar, Spine, Table, TableFormat, file_path,
};
use zeroize::Zeroizing;

const START: i64 = 1_748_736_000_000; // 2025-06-01
const HOUR: i64 = 3_600_000;
const HOURS: i64 = 30 * 24;

struct OneKey;

impl FileKeys for OneKey {
    fn key(&self, _: &str) -> Result<Zeroizing<[u8; 32]>, String> {
        Ok(Zeroizing::new([7; 32]))
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["write", rows] => write(rows.parse().unwrap()),
        ["data", directory, rows] => data(Path::new(directory), rows.parse().unwrap()),
        ["join", directory, rows] => join(Path::new(directory), rows.parse().unwrap()),
        _ => eprintln!("usage: measure write|data|join …"),
    }
}

fn encryption() -> FileEncryption {
    FileEncryption::Modular {
        key: Zeroizing::new([7; 32]),
        key_name: "one".into(),
    }
}

fn column(name: String, scalar: Scalar) -> Column {
    Column {
        name,
        kind: ColumnKind::Scalar(scalar),
    }
}

fn write(count: usize) {
    for columns in [10, 30, 50] {
        let kinds = [Scalar::Integral, Scalar::Fractional, Scalar::String];
        let mut table = Table {
            path: "a/sagemaker/b/offline-store/c-1/data".into(),
            columns: vec![
                column("id".into(), Scalar::String),
                column("at".into(), Scalar::Fractional),
            ],
            identifier: "id".into(),
            event_time: "at".into(),
            format: TableFormat::Glue,
        };
        for number in 2..columns {
            let kind = kinds.get(number % 3).copied().unwrap();
            table.columns.push(column(format!("f{number}"), kind));
        }
        let mut random = fastrand::Rng::with_seed(1);
        let rows: Vec<OfflineRow> = (0..count)
            .map(|number| {
                let event_time = START + random.i64(0..HOUR);
                let mut cells = vec![
                    Cell::Text(format!("entity-{number}")),
                    Cell::Float(event_time as f64 / 1_000.0),
                ];
                for number in 2..columns {
                    cells.push(match number % 3 {
                        0 => Cell::Integer(random.i64(0..1 << 40)),
                        1 => Cell::Float(random.f64()),
                        _ => Cell::Text(format!("value {}", random.u32(0..5_000))),
                    });
                }
                OfflineRow {
                    cells,
                    event_time,
                    api_invocation_time: event_time + 10,
                    is_deleted: false,
                }
            })
            .collect();
        let directory = tempfile::tempdir().unwrap();
        let lake = Lake::open(Location::Directory(directory.path().into())).unwrap();
        let path = file_path(&table, START, "aaaaaaaaaaaaaaaa").unwrap();
        let begun = Instant::now();
        let written = lake
            .write(&table, &path, &rows, START, &encryption())
            .unwrap();
        let seconds = begun.elapsed().as_secs_f64();
        println!(
            "{columns} columns: {:.0} rows/s written, {} MB",
            count as f64 / seconds,
            written.bytes / 1_000_000
        );
        let keys: Arc<dyn FileKeys> = Arc::new(OneKey);
        let begun = Instant::now();
        let read = lake.read(&table, &path, &keys).unwrap().count();
        println!(
            "{columns} columns: {:.0} rows/s read",
            read as f64 / begun.elapsed().as_secs_f64()
        );
    }
}

fn group(number: usize) -> Table {
    let mut columns = vec![
        column("id".into(), Scalar::String),
        column("at".into(), Scalar::Fractional),
    ];
    for feature in 0..5 {
        columns.push(column(format!("g{number}_f{feature}"), Scalar::Integral));
    }
    Table {
        path: format!("a/sagemaker/b/offline-store/group{number}-1/data"),
        columns,
        identifier: "id".into(),
        event_time: "at".into(),
        format: TableFormat::Glue,
    }
}

fn data(directory: &Path, count: usize) {
    let lake = Lake::open(Location::Directory(directory.into())).unwrap();
    let mut random = fastrand::Rng::with_seed(2);
    let entities = count / 10;
    let in_hour = count.div_euclid(HOURS as usize) + 1;
    let begun = Instant::now();
    for number in 0..3 {
        let table = group(number);
        for hour in 0..HOURS {
            let rows: Vec<OfflineRow> = (0..in_hour)
                .map(|_| {
                    let event_time = START + hour * HOUR + random.i64(0..3_600) * 1_000;
                    let mut cells = vec![
                        Cell::Text(format!("entity-{}", random.usize(0..entities))),
                        Cell::Float(event_time as f64 / 1_000.0),
                    ];
                    cells.extend((0..5).map(|_| Cell::Integer(random.i64(0..1 << 20))));
                    OfflineRow {
                        cells,
                        event_time,
                        api_invocation_time: event_time + random.i64(0..500),
                        is_deleted: random.u32(0..100) == 0,
                    }
                })
                .collect();
            let path = file_path(&table, START + hour * HOUR, "aaaaaaaaaaaaaaaa").unwrap();
            lake.write(&table, &path, &rows, START, &encryption())
                .unwrap();
        }
    }
    println!("data: {:.1} s", begun.elapsed().as_secs_f64());
}

fn join(directory: &Path, count: usize) {
    let lake = Lake::open(Location::Directory(directory.into())).unwrap();
    let mut random = fastrand::Rng::with_seed(3);
    let entities = count / 10;
    let ids: Vec<String> = (0..count)
        .map(|_| format!("entity-{}", random.usize(0..entities)))
        .collect();
    let times: Vec<i64> = (0..count)
        .map(|_| START + random.i64(10 * 24..HOURS) * HOUR)
        .collect();
    let spine = Spine::from_rows("id", &ids, &times).unwrap();
    drop((ids, times));
    let keys: Arc<dyn FileKeys> = Arc::new(OneKey);
    let tables: Vec<Table> = (0..3).map(group).collect();
    let features: Vec<Vec<String>> = (0..3)
        .map(|number| (0..5).map(|f| format!("g{number}_f{f}")).collect())
        .collect();
    let groups: Vec<JoinGroup<'_>> = tables
        .iter()
        .zip(&features)
        .map(|(table, features)| JoinGroup {
            name: "",
            table,
            keys: &keys,
            spine_column: "id",
            features,
        })
        .collect();
    let options = AsOfOptions {
        threads: 2,
        ..AsOfOptions::default()
    };
    let begun = Instant::now();
    let joined = lake.as_of(&spine, &groups, options).unwrap();
    let decided = begun.elapsed().as_secs_f64();
    let found = (0..joined.len()).filter(|row| joined.found(0, *row)).count();
    println!("join: {decided:.2} s, {found} of {} found", joined.len());
    let begun = Instant::now();
    joined
        .write(OutputFormat::Csv, &mut std::io::sink())
        .unwrap();
    println!("as CSV: {:.2} s more", begun.elapsed().as_secs_f64());
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    for line in status.lines().filter(|line| line.starts_with("VmHWM")) {
        println!("{line}");
    }
}
