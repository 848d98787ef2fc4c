//! The embedded engine: same answers as memory, one process, erasure.

use std::path::{Path, PathBuf};
use std::sync::Barrier;

use bytes::Bytes;
use proptest::prelude::*;
use rempart_online::{
    Applied, Condition, EmbeddedEngine, EmbeddedOptions, Engine, EngineError, GroupId,
    MemoryEngine, Mutation, Row, RowKey,
};

use crate::steps::{Step, content, step, take};

/// In memory where that can be: syncs of a busy disk take most of the time of these tests.
pub(crate) fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = tempfile::tempdir_in(memory);
    made.or_else(|_| tempfile::tempdir()).unwrap()
}

pub(crate) fn options() -> EmbeddedOptions {
    EmbeddedOptions {
        reserve: 0,
        ..EmbeddedOptions::default()
    }
}

pub(crate) fn open(path: &Path) -> EmbeddedEngine {
    EmbeddedEngine::open(path, &options()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn embedded_does_as_memory_does(steps in proptest::collection::vec(step(), 1..25)) {
        let folder = scratch();
        let memory = MemoryEngine::new();
        let mut engine = open(folder.path());
        for step in &steps {
            prop_assert_eq!(take(&engine, step), take(&memory, step), "{:?}", step);
            if matches!(step, Step::Reopen) {
                drop(engine);
                engine = open(folder.path());
            }
            prop_assert_eq!(content(&engine), content(&memory), "after {:?}", step);
        }
    }
}

fn key(number: u64) -> RowKey {
    let mut blind = [0; 16];
    blind[..8].copy_from_slice(&number.to_be_bytes());
    RowKey {
        group: GroupId(1),
        blind,
    }
}

fn put(key: RowKey, event_time: i64, sealed: &[u8]) -> Mutation {
    Mutation {
        key,
        condition: Condition::NotOlder {
            event_time,
            on_equal: false,
            now: 0,
        },
        row: Some(Row {
            event_time,
            expires_at: None,
            is_deleted: false,
            sealed: Bytes::copy_from_slice(sealed),
        }),
        queue: None,
        queue_if_applied: false,
        secret: None,
    }
}

#[test]
fn a_second_engine_is_refused_the_directory() {
    let folder = scratch();
    let first = open(folder.path());
    let second = EmbeddedEngine::open(folder.path(), &options());
    assert!(
        matches!(second, Err(EngineError::InUse { .. })),
        "{second:?}"
    );
    first.apply(vec![put(key(1), 1, b"one")]).unwrap();
    drop(first);
    assert!(open(folder.path()).get(&key(1)).unwrap().is_some());
}

#[test]
fn of_equal_writes_at_once_one_applies() {
    let folder = scratch();
    let engine = open(folder.path());
    let start = Barrier::new(8);
    for round in 0..20_i64 {
        let applied: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8_u8)
                .map(|thread| {
                    let (engine, start) = (&engine, &start);
                    scope.spawn(move || {
                        start.wait();
                        let mutation = put(key(7), round, &[thread]);
                        engine.apply(vec![mutation]).unwrap() == [Applied::Yes]
                    })
                })
                .collect();
            let applied = threads.into_iter().filter(|_| true);
            applied
                .map(|thread| usize::from(thread.join().unwrap()))
                .sum()
        });
        assert_eq!(applied, 1, "round {round}");
    }
}

#[test]
fn a_sweep_spares_what_was_written_in_the_same_moment() {
    let folder = scratch();
    let engine = open(folder.path());
    let expiring = |event_time, expires_at| {
        let mut mutation = put(key(3), event_time, b"row");
        mutation.row.as_mut().unwrap().expires_at = expires_at;
        mutation
    };
    for round in 0..50_i64 {
        let time = round * 2;
        engine.apply(vec![expiring(time, Some(5))]).unwrap();
        let start = Barrier::new(2);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                start.wait();
                engine.apply(vec![expiring(time + 1, None)]).unwrap();
            });
            start.wait();
            engine.sweep(GroupId(1), 10, 10).unwrap();
        });
        let stored = engine.get(&key(3)).unwrap();
        assert_eq!(stored.map(|stored| stored.row.event_time), Some(time + 1));
    }
    assert_eq!(engine.usage(GroupId(1)).unwrap().rows, 1);
}

#[test]
fn names_of_the_engines_own_notes_are_refused() {
    let folder = scratch();
    let engine = open(folder.path());
    assert!(engine.put_note("\u{1}openings", Some(b"x")).is_err());
    assert_eq!(engine.notes("").unwrap(), []);
}

/// The files that hold some bytes.
pub(crate) fn holding(folder: &Path, marker: &[u8]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut left = vec![folder.to_owned()];
    while let Some(folder) = left.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else if memchr::memmem::find(&std::fs::read(&path).unwrap(), marker).is_some() {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn what_was_forgotten_is_in_no_file_after_compaction() {
    let folder = scratch();
    let engine = open(folder.path());
    let secret = b"the sealed key of one subject, to be forgotten";
    let old = b"a row of the subject, before it was written again";
    let new = b"a row of the subject, as it was when it was forgotten";
    let kept = b"the sealed key of another subject";
    for number in 0..500 {
        engine.apply(vec![put(key(number), 1, &[7; 300])]).unwrap();
    }
    let mut mutation = put(key(600), 1, old);
    mutation.secret = Some(Bytes::from_static(secret));
    engine.apply(vec![mutation]).unwrap();
    // Some of it is in tables, some in the journal alone.
    engine.compact().unwrap();
    engine.apply(vec![put(key(600), 2, new)]).unwrap();
    let mut mutation = put(key(601), 1, b"other");
    mutation.secret = Some(Bytes::from_static(kept));
    engine.apply(vec![mutation]).unwrap();
    assert!(!holding(folder.path(), secret).is_empty());
    assert!(engine.forget(&key(600)).unwrap());
    assert!(!engine.forget(&key(600)).unwrap());
    engine.compact().unwrap();
    for gone in [&secret[..], old, new] {
        assert_eq!(holding(folder.path(), gone), Vec::<PathBuf>::new());
    }
    assert!(!holding(folder.path(), kept).is_empty());
    drop(engine);
    let engine = open(folder.path());
    assert_eq!(engine.secret(&key(600)).unwrap(), None);
    assert_eq!(engine.get(&key(600)).unwrap(), None);
    assert_eq!(
        engine.secret(&key(601)).unwrap().as_deref(),
        Some(&kept[..])
    );
    assert_eq!(engine.usage(GroupId(1)).unwrap().rows, 501);
}
