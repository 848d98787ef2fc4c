//! Creation, deletion and what a crash leaves in between.

use std::sync::Arc;

use rempart_online::{Condition, Engine, Mutation, Row, RowKey};
use rempart_store::registry::RegistryError;
use rempart_store::{Group, GroupStatus};
use serde_json::json;

use crate::world::{ACCOUNT, World, key_arn, offline, online, online_under, refused, with};

fn put(world: &World, group: &Group, queue: bool) -> RowKey {
    let key = RowKey {
        group: group.id,
        blind: [1; 16],
    };
    let row = Row {
        event_time: 1,
        expires_at: None,
        is_deleted: false,
        sealed: b"sealed".as_slice().into(),
    };
    let mutation = Mutation {
        key,
        condition: Condition::Always,
        row: Some(row),
        queue: queue.then(|| b"queued".as_slice().into()),
        queue_if_applied: false,
        secret: None,
    };
    world.engine.apply(vec![mutation]).unwrap();
    key
}

#[test]
fn deletion_drops_rows_frees_the_name_and_gives_another_number() {
    let world = World::ordinary();
    world.create("group");
    let old = world.registry.group(ACCOUNT, "group").unwrap();
    let key = put(&world, &old, false);
    let answer = world
        .call(
            "Admin",
            "DescribeFeatureGroup",
            json!({"FeatureGroupName": "group"}),
        )
        .unwrap();
    assert!(answer["OnlineStoreTotalSizeBytes"].as_u64().unwrap() > 0);
    world
        .call(
            "Admin",
            "DeleteFeatureGroup",
            json!({"FeatureGroupName": "group"}),
        )
        .unwrap();
    assert!(world.engine.get(&key).unwrap().is_none());
    let (code, message) = refused(world.call(
        "Admin",
        "DescribeFeatureGroup",
        json!({"FeatureGroupName": "group"}),
    ));
    assert_eq!(code, "ResourceNotFound");
    assert!(
        message.starts_with(
            "Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name group"
        ),
        "{message}"
    );
    world.create("group");
    let new = world.registry.group(ACCOUNT, "group").unwrap();
    assert!(new.id > old.id);
    assert_ne!(new.online_keys, old.online_keys);
}

#[test]
fn a_deleted_group_is_kept_until_its_queue_is_written() {
    let world = World::ordinary();
    world
        .call(
            "Admin",
            "CreateFeatureGroup",
            with(online("group"), offline(None)),
        )
        .unwrap();
    let group = world.registry.group(ACCOUNT, "group").unwrap();
    put(&world, &group, true);
    world
        .call(
            "Admin",
            "DeleteFeatureGroup",
            json!({"FeatureGroupName": "group"}),
        )
        .unwrap();
    let buried = world.registry.buried();
    assert_eq!(buried.len(), 1);
    assert_eq!(buried[0].id, group.id);
    assert!(buried[0].offline_keys.is_some());
    assert!(world.registry.group(ACCOUNT, "group").is_none());
    assert_eq!(world.engine.usage(group.id).unwrap().queued, 1);
    world.create("group");
    world.registry.forget(group.id).unwrap();
    assert!(world.registry.buried().is_empty());
    assert!(world.registry.group(ACCOUNT, "group").is_some());
}

#[test]
fn deletion_takes_no_arn() {
    let world = World::ordinary();
    world.create("group");
    let arn = crate::world::group_arn("group");
    let (code, _) = refused(world.call(
        "Admin",
        "DeleteFeatureGroup",
        json!({"FeatureGroupName": arn}),
    ));
    assert_eq!(code, "ValidationException");
}

fn set_status(world: &World, name: &str, status: GroupStatus) -> Arc<Group> {
    let group = world.registry.group(ACCOUNT, name).unwrap();
    world
        .registry
        .update(group.id, |group| {
            group.status = status;
            Ok::<_, RegistryError>(())
        })
        .unwrap();
    group
}

#[test]
fn interrupted_work_is_brought_to_an_end() {
    let world = World::ordinary();
    for name in ["created", "creating", "deleting"] {
        world
            .call("Admin", "CreateFeatureGroup", online_under(name, "one"))
            .unwrap();
    }
    set_status(&world, "creating", GroupStatus::Creating);
    let deleting = set_status(&world, "deleting", GroupStatus::Deleting);
    let row = put(&world, &deleting, false);
    world.control.resume(&world.connection()).unwrap();
    let status = |name: &str| {
        let group = world.registry.group(ACCOUNT, name)?;
        Some(group.status)
    };
    assert_eq!(status("created"), Some(GroupStatus::Created));
    assert_eq!(status("creating"), Some(GroupStatus::CreateFailed));
    assert_eq!(status("deleting"), None);
    assert!(world.engine.get(&row).unwrap().is_none());
    assert_eq!(world.kms.grants(&key_arn("one")).len(), 2);
    // What failed can be deleted, and not changed.
    let update = json!({"FeatureGroupName": "creating", "OnlineStoreConfig": {"TtlDuration": {"Unit": "Days", "Value": 1}}});
    assert_eq!(
        refused(world.call("Admin", "UpdateFeatureGroup", update)).0,
        "ValidationException"
    );
    world
        .call(
            "Admin",
            "DeleteFeatureGroup",
            json!({"FeatureGroupName": "creating"}),
        )
        .unwrap();
    assert_eq!(world.kms.grants(&key_arn("one")).len(), 1);
}

#[test]
fn a_group_that_is_being_created_cannot_be_deleted() {
    let world = World::ordinary();
    world.create("group");
    set_status(&world, "group", GroupStatus::Creating);
    let (code, _) = refused(world.call(
        "Admin",
        "DeleteFeatureGroup",
        json!({"FeatureGroupName": "group"}),
    ));
    assert_eq!(code, "ValidationException");
}

#[test]
fn s15_a_created_group_is_found_by_every_reader_at_once() {
    let world = World::ordinary();
    let registry = Arc::clone(&world.registry);
    let (send, receive) = std::sync::mpsc::channel::<String>();
    let reader = std::thread::spawn(move || {
        let mut found = 0;
        for name in receive {
            for _ in 0..200 {
                assert!(registry.group(ACCOUNT, &name).is_some(), "{name}");
            }
            found += 1;
        }
        found
    });
    for number in 0..20 {
        let name = format!("group-{number}");
        world.create(&name);
        send.send(name).unwrap();
    }
    drop(send);
    assert_eq!(reader.join().unwrap(), 20);
}

#[test]
fn of_creations_of_one_name_at_once_one_wins() {
    let world = World::ordinary();
    let made: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let answer =
                        world.call("Admin", "CreateFeatureGroup", online_under("group", "one"));
                    match answer {
                        Ok(_) => 1,
                        Err(error) => {
                            assert_eq!(error.code, "ResourceInUse");
                            0
                        }
                    }
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    assert_eq!(made, 1);
    assert_eq!(world.kms.grants(&key_arn("one")).len(), 1);
    assert!(world.registry.debts().is_empty());
}
