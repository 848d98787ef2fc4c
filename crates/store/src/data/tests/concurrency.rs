//! Many calls on one key at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use super::world::{Make, World, record};
use crate::data::{Erasure, Operation};

#[test]
fn updates_of_one_record_are_all_applied() {
    let world = Arc::new(World::new());
    world.make(Make {
        features: super::world::features(&["id", "time", "a", "b", "c", "d"]),
        ..Make::default()
    });
    world.put("x", 1, &[]).unwrap();
    std::thread::scope(|scope| {
        for name in ["a", "b", "c", "d"] {
            let world = &world;
            scope.spawn(move || {
                for round in 0..50 {
                    world
                        .update("x", &[(name, &round.to_string())], json!({}))
                        .unwrap();
                }
            });
        }
    });
    let read = world.get("x").unwrap();
    for name in ["a", "b", "c", "d"] {
        assert_eq!(read[name], "49");
    }
    assert_eq!(world.offline().len(), 201);
}

#[test]
fn puts_deletes_updates_and_erasures_of_one_key_leave_a_store_that_reads() {
    let world = World::new();
    world.make(Make::default());
    let acknowledged = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for thread in 0..4_i64 {
            let (world, acknowledged) = (&world, &acknowledged);
            scope.spawn(move || {
                for round in 0..60_i64 {
                    let time = round * 4 + thread;
                    let outcome = match (thread, round % 3) {
                        (3, _) => world.put("x", time, &[("a", "3")]),
                        (_, 0) => world.put("x", time, &[("a", "1")]),
                        (_, 1) => world.delete("x", time, "SoftDelete"),
                        _ => match world.update("x", &[("a", "2")], json!({})) {
                            Err(error) if error.code == "ResourceNotFound" => continue,
                            other => other,
                        },
                    };
                    outcome.unwrap();
                    acknowledged.fetch_add(1, Ordering::Relaxed);
                    let get =
                        json!({"FeatureGroupName": "fg", "RecordIdentifierValueAsString": "x"});
                    world.call("admin", Operation::GetRecord, get).unwrap();
                }
            });
        }
    });
    assert_eq!(world.offline().len(), acknowledged.load(Ordering::Relaxed));
    world.put("x", 10_000, &[("a", "last")]).unwrap();
    assert_eq!(world.get("x").unwrap()["a"], "last");
}

#[test]
fn an_acknowledged_write_is_never_sealed_under_a_destroyed_key() {
    let world = World::new();
    world.make(Make::default());
    std::thread::scope(|scope| {
        let world = &world;
        scope.spawn(move || {
            for _ in 0..20 {
                world
                    .data
                    .erase(
                        &world.caller("admin"),
                        &world.connection(),
                        &Erasure {
                            groups: &["fg".to_owned()],
                            identifiers: &["x".to_owned()],
                            directories: &[],
                        },
                        &|bytes| bytes.to_vec(),
                    )
                    .unwrap();
            }
        });
        for thread in 0..2_i64 {
            scope.spawn(move || {
                for round in 0..100_i64 {
                    world.put("x", round * 2 + thread, &[("a", "1")]).unwrap();
                    let input = json!({"Entries": [
                        {"FeatureGroupName": "fg", "Record": record("x", round, &[])},
                        {"FeatureGroupName": "fg", "Record": record("y", round, &[])},
                        {"FeatureGroupName": "fg", "Record": record("y", round + 1, &[])}]});
                    let answer = world
                        .call("admin", Operation::BatchWriteRecord, input)
                        .unwrap()
                        .unwrap();
                    assert_eq!(answer["Errors"], json!([]));
                    let get =
                        json!({"FeatureGroupName": "fg", "RecordIdentifierValueAsString": "x"});
                    world.call("admin", Operation::GetRecord, get).unwrap();
                }
            });
        }
    });
    world.put("x", 10_000, &[("a", "last")]).unwrap();
    assert_eq!(world.get("x").unwrap()["a"], "last");
    let rows = world.offline();
    let of_y = rows.iter().filter(|row| row.0 == "y").count();
    assert_eq!(of_y, 400, "rows of others are all there, once");
}
