//! Erasure, and that copies made before it are of no use.

use std::path::Path;
use std::sync::Arc;

use rempart_online::{EmbeddedEngine, EmbeddedOptions, Engine, RowKey};
use serde_json::{Value, json};

use super::world::{Make, World};
use crate::data::row;
use crate::data::{EraseError, Erasure, Operation, Receipt, Settings};

fn sign(bytes: &[u8]) -> Vec<u8> {
    ring::digest::digest(&ring::digest::SHA256, bytes)
        .as_ref()
        .to_vec()
}

fn erase(world: &World, ids: &[&str]) -> Result<Receipt, EraseError> {
    let identifiers: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    world.data.erase(
        &world.caller("admin"),
        &world.connection(),
        &Erasure {
            groups: &["fg".to_owned()],
            identifiers: &identifiers,
            directories: &[],
        },
        &sign,
    )
}

#[test]
fn an_erased_subject_is_nowhere_and_the_others_stay() {
    let world = World::new();
    world.make(Make::default());
    for id in ["x", "y"] {
        world.put(id, 1, &[("a", "flushed")]).unwrap();
    }
    world.offline();
    for id in ["x", "y"] {
        world.put(id, 2, &[("a", "queued")]).unwrap();
    }
    let old_paths: Vec<String> = world.lake.files.lock().unwrap().keys().cloned().collect();
    world.wait(1_000);
    let receipt = erase(&world, &["x"]).unwrap();
    assert!(receipt.is_complete);
    assert_eq!(receipt.signature, sign(&receipt.json));
    let body: Value = serde_json::from_slice(&receipt.json).unwrap();
    let group = &body["groups"][0];
    assert_eq!(group["subjects"][0]["hadKey"], true);
    assert_eq!(group["queueRowsDropped"], 1);
    assert_eq!(group["queueKeysDestroyed"], 1);
    assert_eq!(group["offline"]["rowsRemoved"], 1);
    assert!(group["offline"]["replaced"][0]["destroyedKeySha256"].is_string());
    assert!(!String::from_utf8_lossy(&receipt.json).contains("\"x\""));
    assert_eq!(world.get("x"), None);
    assert_eq!(world.get("y").unwrap()["a"], "queued");
    let rows = world.offline();
    assert_eq!(
        rows.iter().map(|row| &*row.0).collect::<Vec<_>>(),
        ["y", "y"]
    );
    assert!(!world.lake.files.lock().unwrap().contains_key(&old_paths[0]));
    let notes = world.engine.notes("filekey/").unwrap();
    assert!(notes.iter().all(|(name, _)| !name.ends_with(&old_paths[0])));
    let list = json!({"FeatureGroupName": "fg", "IncludeSoftDeletedRecords": true});
    let listed = world
        .call("admin", Operation::ListRecords, list)
        .unwrap()
        .unwrap();
    assert_eq!(listed["RecordIdentifiers"], json!(["y"]));
    // A subject may come back, under a new key.
    world.put("x", 1, &[("a", "new")]).unwrap();
    assert_eq!(world.get("x").unwrap()["a"], "new");
    assert_eq!(world.offline().len(), 3);
}

#[test]
fn a_legal_hold_forbids_it_wholly() {
    let world = World::new();
    world.make(Make::default());
    world.put("x", 1, &[]).unwrap();
    world.put("y", 1, &[]).unwrap();
    let (admin, connection) = (world.caller("admin"), world.connection());
    world
        .data
        .hold(&admin, &connection, "fg", "y", true)
        .unwrap();
    let error = erase(&world, &["x", "y"]).unwrap_err();
    assert!(
        matches!(error, EraseError::Held { subjects: 1, .. }),
        "{error}"
    );
    assert!(world.get("x").is_some() && world.get("y").is_some());
    world
        .data
        .hold(&admin, &connection, "fg", "y", false)
        .unwrap();
    erase(&world, &["x", "y"]).unwrap();
    assert_eq!(world.get("y"), None);
}

#[test]
fn who_may_not_delete_may_not_erase_nor_hold() {
    let world = World::new();
    world.make(Make::default());
    world.put("x", 1, &[]).unwrap();
    let reader = world.caller("reader");
    let refused = world.data.erase(
        &reader,
        &world.connection(),
        &Erasure {
            groups: &["fg".to_owned()],
            identifiers: &["x".to_owned()],
            directories: &[],
        },
        &sign,
    );
    assert!(matches!(refused, Err(EraseError::Refused(_))));
    assert!(
        world
            .data
            .hold(&reader, &world.connection(), "fg", "x", true)
            .is_err()
    );
    assert!(world.get("x").is_some());
}

#[test]
fn an_erasure_that_cannot_be_finished_says_so_and_can_be_repeated() {
    let world = World::new();
    world.make(Make::default());
    world.put("x", 1, &[]).unwrap();
    world.put("y", 1, &[]).unwrap();
    world.offline();
    world.put("y", 2, &[]).unwrap();
    for writes in 0..2 {
        *world.lake.writes_left.lock().unwrap() = Some(writes);
        let error = erase(&world, &["x"]).unwrap_err();
        assert!(matches!(error, EraseError::Incomplete { .. }), "{error}");
        assert_eq!(world.get("x"), None, "the key is destroyed at once");
    }
    *world.lake.writes_left.lock().unwrap() = None;
    let world = world.restarted();
    let receipt = erase(&world, &["x"]).unwrap();
    assert!(receipt.is_complete);
    let rows = world.offline();
    assert_eq!(rows.iter().map(|row| row.1).collect::<Vec<_>>(), [1, 2]);
    assert!(world.engine.notes("rewrite/").unwrap().is_empty());
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn rows_of_a_copy_made_before_do_not_open_without_the_subjects_key() {
    let directory = tempfile::tempdir().unwrap();
    let (store, backup) = (
        directory.path().join("store"),
        directory.path().join("backup"),
    );
    let open = |path: &Path| EmbeddedEngine::open(path, &EmbeddedOptions::default()).unwrap();
    let mut world = World::with(Settings::default(), Arc::new(open(&store)));
    let group = world.make(Make::default());
    for id in ["subject-x", "subject-y"] {
        world.put(id, 1, &[("a", "1")]).unwrap();
    }
    // The process is stopped while the copy is made, as a backup of files would have it.
    world.engine = Arc::new(rempart_online::MemoryEngine::new());
    world = world.restarted();
    copy(&store, &backup);
    world.engine = Arc::new(open(&store));
    world = world.restarted();
    let receipt = world
        .data
        .erase(
            &world.caller("admin"),
            &world.connection(),
            &Erasure {
                groups: &["fg".to_owned()],
                identifiers: &["subject-x".to_owned()],
                directories: std::slice::from_ref(&store),
            },
            &sign,
        )
        .unwrap();
    let body: Value = serde_json::from_slice(&receipt.json).unwrap();
    assert!(
        body["groups"][0]["residue"]["engineFilesSearched"]
            .as_u64()
            .unwrap()
            > 0
    );

    // The attacker has the backup's rows and queue, and every key that the store still has; of the
    // secrets only those that are left.
    let old = open(&backup);
    let state = world.data.state(group.id);
    let view = state.view(world.group(), &*world.live).unwrap();
    let open_group = crate::data::access::Open {
        view: Arc::clone(&view),
        state,
    };
    let material = world
        .data
        .store_keys(&open_group, &world.connection())
        .unwrap();
    let queue_keys = world.data.queue_keys(&open_group, world.now()).unwrap();
    let mut opened = 0;
    let rows = old.scan(group.id, None, 10).unwrap();
    assert_eq!(rows.len(), 2);
    for (blind, stored) in rows {
        let key = RowKey {
            group: group.id,
            blind,
        };
        let left = world.engine.secret(&key).unwrap();
        let is_erased = material.blind("subject-x") == blind;
        assert_eq!(left.is_none(), is_erased);
        for other in [material.blind("subject-x"), material.blind("subject-y")] {
            let key = RowKey {
                group: group.id,
                blind: other,
            };
            let Some(secret) = world.engine.secret(&key).unwrap() else {
                continue;
            };
            let subject = row::open_subject(&view, &material, other, &secret).unwrap();
            let record = row::open_record(&view, &material, &subject, blind, &stored.row);
            let identifier = row::open_identifier(&view, &material, &subject, blind, &stored.row);
            assert_eq!(record.is_ok(), !is_erased);
            assert_eq!(identifier.is_ok(), !is_erased);
            opened += usize::from(record.is_ok());
        }
    }
    assert_eq!(opened, 1);
    let entries = old.queued(group.id, 10, usize::MAX).unwrap();
    assert_eq!(entries.len(), 2);
    for entry in entries {
        let (head, sealed) = crate::data::queue::head(&entry.sealed).unwrap();
        let opened = crate::data::queue::open_entry(&view, &queue_keys, &head, sealed);
        assert!(opened.is_err(), "the key of that queue is destroyed");
    }
}
