//! S6, S10 and K9: the offline store.

use std::sync::atomic::Ordering;

use rempart_keys::Requester;
use rempart_lake::FileEncryption;

use super::world::{Make, OFFLINE_KEY, World};
use crate::group::{OfflineStatus, StorageType};

#[test]
fn s6_rows_are_flushed_by_age_and_on_demand() {
    let world = World::new();
    world.make(Make::default());
    world.put("x", 1, &[("a", "1")]).unwrap();
    assert_eq!(world.data.tick(world.now()).rows, 0);
    world.wait(59_000);
    assert_eq!(world.data.tick(world.now()).rows, 0);
    world.wait(1_000);
    assert_eq!(world.data.tick(world.now()).rows, 1);
    assert_eq!(world.data.tick(world.now()).rows, 0);
    world.put("y", 1, &[]).unwrap();
    assert_eq!(world.data.flush(world.now(), true).rows, 1);
    assert_eq!(world.lake.rows().len(), 2);
}

#[test]
fn s6_partitions_become_files_of_their_own() {
    let world = World::new();
    world.make(Make::default());
    for hour in 0..3 {
        for id in ["x", "y"] {
            world.put(id, hour * 3_600, &[]).unwrap();
        }
    }
    let report = world.data.flush(world.now(), true);
    assert_eq!((report.rows, report.files), (6, 3));
}

#[test]
fn s6_blocked_with_a_reason_and_active_again_without_loss() {
    let world = World::new();
    world.make(Make::default());
    let status = || world.group().offline_status.clone().unwrap();
    let blocked_by = |part: &str| match status() {
        OfflineStatus::Blocked { reason } => assert!(reason.contains(part), "{reason}"),
        other => panic!("{other:?}"),
    };
    world.put("x", 1, &[]).unwrap();
    *world.lake.broken.lock().unwrap() = Some("no such bucket".to_owned());
    assert_eq!(world.data.flush(world.now(), true).blocked.len(), 1);
    blocked_by("no such bucket");
    *world.lake.broken.lock().unwrap() = None;
    let caller = "arn:aws:sts::111122223333:assumed-role/OfflineStore/sagemaker-featurestore";
    world.kms.deny(OFFLINE_KEY, caller, "kms:GenerateDataKey");
    world.put("y", 1, &[]).unwrap();
    assert_eq!(world.data.flush(world.now(), true).blocked.len(), 1);
    blocked_by("kms:GenerateDataKey");
    world.kms.state.lock().unwrap().denied.clear();
    world.put("z", 1, &[]).unwrap();
    // Not at once again, unless it is asked for.
    world.wait(1_000);
    assert_eq!(world.data.tick(world.now()).rows, 0);
    world.wait(60_000);
    assert_eq!(world.data.tick(world.now()).rows, 3);
    assert_eq!(status(), OfflineStatus::Active);
    let ids: Vec<String> = world.lake.rows().into_iter().map(|row| row.0).collect();
    assert_eq!(ids, ["x", "y", "z"]);
}

#[test]
fn k9_the_role_is_asked_for_each_flush() {
    let world = World::new();
    world.make(Make::default());
    world.put("x", 1, &[]).unwrap();
    world
        .registry
        .update(world.group().id, |group| {
            group.role_arn = Some("arn:aws:iam::111122223333:role/Gone".to_owned());
            Ok::<(), crate::registry::RegistryError>(())
        })
        .unwrap();
    assert_eq!(world.data.flush(world.now(), true).blocked.len(), 1);
    world.lake.is_remote.store(true, Ordering::Relaxed);
    assert_eq!(world.data.flush(world.now(), true).blocked.len(), 1);
    assert!(world.lake.rows().is_empty());
}

#[test]
fn remote_files_are_encrypted_by_the_object_store_under_the_customers_key() {
    let world = World::new();
    world.make(Make::default());
    world.lake.is_remote.store(true, Ordering::Relaxed);
    world.put("x", 1, &[]).unwrap();
    world.offline();
    let files = world.lake.files.lock().unwrap();
    let file = files.values().next().unwrap();
    assert_eq!(
        file.encryption,
        FileEncryption::ServerSide {
            kms_key: Some(OFFLINE_KEY.to_owned())
        }
    );
}

#[test]
fn s6_every_row_appears_exactly_once_wherever_a_flush_is_cut_off() {
    // Three files: the power goes out after 0, 1 and 2 of them.
    for writes in 0..3 {
        let mut world = World::new();
        world.make(Make::default());
        for hour in 0..3 {
            for id in ["x", "y"] {
                world.put(id, hour * 3_600, &[]).unwrap();
            }
        }
        *world.lake.writes_left.lock().unwrap() = Some(writes);
        assert_eq!(world.data.flush(world.now(), true).blocked.len(), 1);
        world = world.restarted();
        *world.lake.writes_left.lock().unwrap() = None;
        world.put("later", 1, &[]).unwrap();
        world.wait(1);
        let rows = world.offline();
        assert_eq!(rows.len(), 7, "after {writes} files");
        let files = world.lake.files.lock().unwrap().len();
        assert_eq!(files, 4, "no file is left over");
        assert_eq!(world.engine.usage(world.group().id).unwrap().queued, 0);
        assert!(world.engine.notes("flush/").unwrap().is_empty());
    }
}

#[test]
fn files_have_keys_of_their_own_that_readers_get_by_decrypt() {
    let world = World::new();
    let group = world.make(Make::default());
    world.put("x", 1, &[]).unwrap();
    world.put("x", 7_200, &[]).unwrap();
    world.offline();
    let files = world.lake.files.lock().unwrap().clone();
    let reader = world.caller("admin");
    let connection = world.connection();
    let requester = Requester {
        caller: &reader,
        connection: &connection,
        via: Some("s3.eu-west-1.amazonaws.com"),
        tokens: &[],
    };
    world.registry.bury(group.id).unwrap();
    let mut keys = Vec::new();
    for file in files.values() {
        let FileEncryption::Modular { key, key_name } = &file.encryption else {
            panic!("{file:?}");
        };
        let found = world.data.file_key(&requester, key_name).unwrap().unwrap();
        assert_eq!(found, *key, "also after the group was deleted");
        keys.push((found, key_name.clone()));
    }
    assert_ne!(keys[0], keys[1]);
    for name in ["no", "filekey/", "flush/", "filekey/0000000000000001/no"] {
        assert!(world.data.file_key(&requester, name).unwrap().is_none());
    }
    world.kms.deny(
        OFFLINE_KEY,
        "arn:aws:iam::111122223333:user/admin",
        "kms:Decrypt",
    );
    assert!(world.data.file_key(&requester, &keys[0].1).is_err());
    assert_eq!(group.name, "fg");
}

#[test]
fn s10_in_memory_groups_have_an_offline_store_too() {
    let world = World::new();
    world.make(Make {
        storage: StorageType::InMemory,
        ..Make::default()
    });
    world.put("x", 1, &[]).unwrap();
    assert_eq!(world.offline().len(), 1);
}

#[test]
fn a_queued_row_that_was_tampered_with_stops_the_flush() {
    use rempart_online::{Condition, Mutation, RowKey};
    let world = World::new();
    let group = world.make(Make::default());
    world.put("x", 1, &[]).unwrap();
    let entry = world
        .engine
        .queued(group.id, 1, usize::MAX)
        .unwrap()
        .remove(0);
    let mut forged = entry.sealed.to_vec();
    let last = forged.len() - 1;
    forged[last] ^= 1;
    let mutation = Mutation {
        key: RowKey {
            group: group.id,
            blind: [0; 16],
        },
        condition: Condition::QueueOnly,
        row: None,
        queue: Some(forged.into()),
        queue_if_applied: false,
        secret: None,
    };
    world.engine.apply(vec![mutation]).unwrap();
    let report = world.data.flush(world.now(), true);
    assert!(report.blocked[0].1.contains("tampered"), "{report:?}");
    assert!(world.lake.rows().is_empty());
}
