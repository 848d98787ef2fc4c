//! Damaged files are said to be damaged, and a torn last batch is dropped.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use rempart_online::{
    Condition, EmbeddedEngine, Engine, EngineError, GroupId, Mutation, Row, RowKey,
};

use crate::embedded::{holding, open, options, scratch};

const GROUP: GroupId = GroupId(4);

fn key(number: u8) -> RowKey {
    RowKey {
        group: GROUP,
        blind: [number; 16],
    }
}

fn sealed(number: u8) -> Bytes {
    let mut random = fastrand::Rng::with_seed(u64::from(number));
    (0..5_000).map(|_| random.u8(1..)).collect()
}

fn put(number: u8) -> Mutation {
    Mutation {
        key: key(number),
        condition: Condition::Always,
        row: Some(Row {
            event_time: 1,
            expires_at: None,
            is_deleted: false,
            sealed: sealed(number),
        }),
        queue: None,
        queue_if_applied: false,
        secret: None,
    }
}

fn journal(folder: &Path) -> PathBuf {
    folder.join("data/0.jnl")
}

fn written(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1
}

/// Writes some batches; gives the journal, and where each batch ends.
fn journal_of(batches: u8) -> (Vec<u8>, Vec<usize>) {
    let folder = scratch();
    let engine = open(folder.path());
    let mut ends = Vec::new();
    for number in 0..batches {
        engine.apply(vec![put(number)]).unwrap();
        ends.push(written(&std::fs::read(journal(folder.path())).unwrap()));
    }
    drop(engine);
    let mut bytes = std::fs::read(journal(folder.path())).unwrap();
    // Most of what was set aside is left out.
    bytes.truncate(ends.last().unwrap() + (64 << 10));
    (bytes, ends)
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Makes directories in which nothing but a journal has rows.
struct Empty(tempfile::TempDir);

impl Empty {
    fn new() -> Self {
        let folder = scratch();
        drop(open(folder.path()));
        std::fs::remove_file(journal(folder.path())).unwrap();
        Self(folder)
    }

    fn with(&self, bytes: &[u8]) -> tempfile::TempDir {
        let folder = scratch();
        copy(self.0.path(), folder.path());
        std::fs::write(journal(folder.path()), bytes).unwrap();
        folder
    }
}

fn rows(engine: &EmbeddedEngine) -> Vec<u8> {
    let rows = engine.scan(GROUP, None, 100).unwrap();
    let numbers = rows.into_iter().map(|(blind, stored)| {
        assert_eq!(stored.row.sealed, sealed(blind[0]));
        blind[0]
    });
    numbers.collect()
}

#[test]
fn a_torn_last_batch_is_dropped_and_no_other() {
    let (whole, ends) = journal_of(4);
    let empty = Empty::new();
    let (start, end) = (ends[2], ends[3]);
    let mut random = fastrand::Rng::with_seed(1);
    for round in 0..60 {
        let mut torn = whole.clone();
        if round % 2 == 0 {
            // The file system had not made it longer.
            torn.truncate(random.usize(start..end));
        } else {
            // Some sectors had not been written.
            let sectors: Vec<usize> = (start.next_multiple_of(512)..end - 512)
                .step_by(512)
                .collect();
            for _ in 0..=random.usize(..sectors.len()) {
                let at = sectors[random.usize(..sectors.len())];
                torn[at..at + 512].fill(0);
            }
        }
        let folder = empty.with(&torn);
        let engine = open(folder.path());
        assert_eq!(rows(&engine), [0, 1, 2], "round {round}");
        engine.apply(vec![put(9)]).unwrap();
        drop(engine);
        assert_eq!(rows(&open(folder.path())), [0, 1, 2, 9]);
    }
}

#[test]
fn a_flipped_bit_in_a_journal_is_damage_and_named() {
    let (whole, ends) = journal_of(4);
    let empty = Empty::new();
    let mut random = fastrand::Rng::with_seed(2);
    let first = ends[0];
    let last = ends[3];
    // Heads of batches, and anywhere.
    let heads = ends[..3].iter().flat_map(|end| *end..*end + 40);
    let end_mark = last - 4..last;
    let places: Vec<usize> = heads
        .chain(end_mark)
        .chain((0..60).map(|_| random.usize(first..last)))
        .collect();
    for at in places {
        let mut damaged = whole.clone();
        damaged[at] ^= 1 << random.u8(..8);
        let folder = empty.with(&damaged);
        match EmbeddedEngine::open(folder.path(), &options()) {
            Err(EngineError::Damaged { path, .. }) => assert_eq!(path, journal(folder.path())),
            // The number of the last batch is under no checksum: a little more of it harms nothing.
            Ok(engine) if (ends[2] + 5..ends[2] + 13).contains(&at) => {
                assert_eq!(rows(&engine), [0, 1, 2, 3]);
            }
            other => panic!("byte {at} of {last}: {other:?}"),
        }
    }
}

#[test]
fn a_damaged_table_gives_no_other_row() {
    let folder = scratch();
    let engine = open(folder.path());
    for number in 0..60 {
        engine.apply(vec![put(number)]).unwrap();
    }
    engine.compact().unwrap();
    drop(engine);
    let tables = holding(folder.path(), &sealed(30)[1_000..1_100]);
    assert_eq!(tables.len(), 1);
    let bytes = std::fs::read(&tables[0]).unwrap();
    let mut random = fastrand::Rng::with_seed(3);
    let mut said = 0;
    for _ in 0..40 {
        let mut damaged = bytes.clone();
        damaged[random.usize(..bytes.len())] ^= 1 << random.u8(..8);
        std::fs::write(&tables[0], damaged).unwrap();
        let engine = match EmbeddedEngine::open(folder.path(), &options()) {
            Ok(engine) => engine,
            Err(EngineError::Damaged { path, .. }) => {
                assert!(path.starts_with(folder.path()));
                said += 1;
                continue;
            }
            Err(other) => panic!("{other:?}"),
        };
        for number in 0..60 {
            match engine.get(&key(number)) {
                Ok(stored) => assert_eq!(stored.unwrap().row.sealed, sealed(number)),
                Err(EngineError::Damaged { path, .. }) => {
                    assert!(tables[0].starts_with(&path), "{path:?}");
                    said += 1;
                }
                Err(other) => panic!("{other:?}"),
            }
        }
    }
    assert!(said > 20, "{said}");
}

#[test]
fn other_directories_are_refused() {
    let folder = scratch();
    std::fs::write(folder.path().join("something"), "else").unwrap();
    let refused = EmbeddedEngine::open(folder.path(), &options());
    assert!(
        matches!(refused, Err(EngineError::Damaged { .. })),
        "{refused:?}"
    );
    let folder = scratch();
    std::fs::write(
        folder.path().join("FORMAT"),
        "rempart online store, format 2\n",
    )
    .unwrap();
    let refused = EmbeddedEngine::open(folder.path(), &options());
    assert!(
        matches!(refused, Err(EngineError::Damaged { .. })),
        "{refused:?}"
    );
    // A crash came before the name was given.
    let folder = scratch();
    std::fs::write(folder.path().join("FORMAT.new"), "remp").unwrap();
    drop(open(folder.path()));
    drop(open(folder.path()));
}

#[test]
fn files_that_were_lost_are_missed() {
    let folder = scratch();
    let engine = open(folder.path());
    engine.apply(vec![put(1)]).unwrap();
    drop(engine);
    let mut lost = vec![journal(folder.path()), folder.path().join("data/version")];
    for entry in std::fs::read_dir(folder.path().join("data/keyspaces")).unwrap() {
        let table = entry.unwrap().path();
        lost.extend([table.join("current"), table]);
    }
    assert!(lost.len() >= 12);
    for path in lost {
        let copied = scratch();
        copy(folder.path(), copied.path());
        let name = copied
            .path()
            .join(path.strip_prefix(folder.path()).unwrap());
        if name.is_dir() {
            std::fs::remove_dir_all(&name).unwrap();
        } else {
            std::fs::remove_file(&name).unwrap();
        }
        let error = EmbeddedEngine::open(copied.path(), &options()).unwrap_err();
        let is_missed =
            matches!(&error, EngineError::Damaged { reason, .. } if reason.contains("missing"));
        assert!(is_missed, "{}: {error}", name.display());
    }
    assert!(open(folder.path()).get(&key(1)).unwrap().is_some());
}
