//! The disk is full.

use rempart_online::{
    Applied, Condition, EmbeddedEngine, EmbeddedOptions, Engine, EngineError, GroupId, Mutation,
    Row, RowKey,
};

use crate::disk::Disk;

const REFUSALS: u32 = 6;

fn mutation(number: u32) -> Mutation {
    let mut blind = [1; 16];
    blind[..4].copy_from_slice(&number.to_be_bytes());
    let mut sealed = vec![0; 100_000];
    fastrand::Rng::with_seed(u64::from(number)).fill(&mut sealed);
    Mutation {
        key: RowKey {
            group: GroupId(1),
            blind,
        },
        condition: Condition::Always,
        row: Some(Row {
            event_time: i64::from(number),
            expires_at: None,
            is_deleted: false,
            sealed: sealed.into(),
        }),
        queue: None,
        queue_if_applied: false,
        secret: None,
    }
}

/// Fills a disk, makes room, and writes on; what was acknowledged is there throughout.
fn fills_and_recovers(reserve: u64) {
    let Some(disk) = Disk::new(240) else { return };
    let options = EmbeddedOptions {
        reserve,
        memtable: 8 << 20,
        ..EmbeddedOptions::default()
    };
    let ballast = disk.path().join("ballast");
    std::fs::write(&ballast, vec![1; 70 << 20]).unwrap();
    let folder = disk.path().join("store");
    let engine = EmbeddedEngine::open(&folder, &options).unwrap();
    let mut kept = Vec::new();
    let mut refusals = 0;
    for number in 0..6_000 {
        match engine.apply(vec![mutation(number)]) {
            Ok(applied) => {
                assert_eq!(applied, [Applied::Yes]);
                kept.push(number);
            }
            Err(error) => {
                let is_expected = matches!(error, EngineError::Full { .. })
                    || (reserve == 0 && matches!(error, EngineError::Failed { .. }));
                assert!(is_expected, "{error:?}");
                refusals += 1;
            }
        }
        if refusals == REFUSALS {
            break;
        }
    }
    assert_eq!(refusals, REFUSALS, "{} writes went in", kept.len());
    let check = |engine: &EmbeddedEngine, kept: &[u32]| {
        for number in kept {
            let mutation = mutation(*number);
            let stored = engine.get(&mutation.key).unwrap().map(|stored| stored.row);
            assert_eq!(stored, mutation.row, "{number}");
        }
    };
    check(&engine, &kept);
    std::fs::remove_file(&ballast).unwrap();
    for number in 10_000..10_100 {
        // Without a reserve the first may say what had ended the database.
        if engine.apply(vec![mutation(number)]).is_ok() {
            kept.push(number);
        } else {
            assert!(reserve == 0 && number < 10_002, "{number}");
        }
    }
    check(&engine, &kept);
    drop(engine);
    check(&EmbeddedEngine::open(&folder, &options).unwrap(), &kept);
}

#[test]
fn a_full_disk_is_said_before_it_is_full() {
    fills_and_recovers(64 << 20);
}

#[test]
fn a_disk_that_is_full_in_spite_of_it_loses_nothing() {
    fills_and_recovers(0);
}
