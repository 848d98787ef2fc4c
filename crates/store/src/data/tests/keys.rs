//! K1, K2, K6, K7, K10, K12, K14 to K17, as far as they concern the data plane.

use std::time::Duration;

use serde_json::{Value, json};

use super::world::{Make, OFFLINE_KEY, ONLINE_KEY, SERVICE_KEY, START, World, record};
use crate::data::{KeySettings, Operation, Settings, Side};

fn arn(user: &str) -> String {
    format!("arn:aws:iam::111122223333:user/{user}")
}

#[test]
fn k1_without_a_customers_key_callers_need_no_key_permission() {
    let world = World::new();
    world.make(Make {
        customer_keys: false,
        ..Make::default()
    });
    world.kms.deny(SERVICE_KEY, &arn("admin"), "kms:Decrypt");
    world.put("x", 1, &[("a", "1")]).unwrap();
    assert!(world.get("x").is_some());
    assert_eq!(world.offline().len(), 1);
    let state = world.kms.state.lock().unwrap();
    assert!(
        state
            .calls
            .iter()
            .all(|call| call.1 == "sagemaker.amazonaws.com")
    );
    assert!(state.calls.iter().all(|call| call.3 == SERVICE_KEY));
}

#[test]
fn k2_each_store_uses_its_own_key() {
    let world = World::new();
    world.make(Make::default());
    world.put("x", 1, &[]).unwrap();
    world.offline();
    let state = world.kms.state.lock().unwrap();
    let by = |key: &str| -> Vec<(&str, &str)> {
        let of_key = state.calls.iter().filter(|call| call.3 == key);
        of_key
            .map(|call| (call.0.as_str(), call.1.as_str()))
            .collect()
    };
    assert_eq!(by(ONLINE_KEY), [("Decrypt", arn("admin").as_str())]);
    let [(operation, principal)] = by(OFFLINE_KEY)[..] else {
        panic!("{:?}", state.calls);
    };
    assert_eq!(operation, "GenerateDataKey");
    assert!(principal.contains("OfflineStore"));
}

#[test]
fn k6_calls_of_the_kms_go_through_the_services() {
    let world = World::new();
    world.make(Make::default());
    world.put("x", 1, &[]).unwrap();
    world.offline();
    let state = world.kms.state.lock().unwrap();
    for (operation, _, via, key) in &state.calls {
        let expected = match (operation.as_str(), key.as_str()) {
            ("Decrypt", ONLINE_KEY) => Some("sagemaker.eu-west-1.amazonaws.com"),
            ("GenerateDataKey", OFFLINE_KEY) => Some("s3.eu-west-1.amazonaws.com"),
            _ => None,
        };
        assert_eq!(via.as_deref(), expected, "{operation} {key}");
    }
}

#[test]
fn k7_key_and_action_are_both_needed() {
    let world = World::new();
    world.make(Make::default());
    world.put("x", 1, &[]).unwrap();
    let get = json!({"FeatureGroupName": "fg", "RecordIdentifierValueAsString": "x"});
    let error = world
        .call("nobody", Operation::GetRecord, get.clone())
        .unwrap_err();
    assert!(error.message.contains("sagemaker:GetRecord"), "{error}");
    world
        .call("reader", Operation::GetRecord, get.clone())
        .unwrap();
    world.kms.deny(ONLINE_KEY, &arn("reader"), "kms:Decrypt");
    let error = world.call("reader", Operation::GetRecord, get).unwrap_err();
    assert_eq!((&*error.code, error.status), ("AccessForbidden", Some(403)));
    assert!(error.message.contains("kms:Decrypt"), "{error}");
    assert_eq!(
        world.data.key_inaccessible(world.group().id),
        None,
        "a caller's matter"
    );
}

#[test]
fn k10_every_operation_needs_the_callers_decrypt() {
    let world = World::new();
    world.make(Make::default());
    world.put("x", 1, &[]).unwrap();
    let before = world.engine.usage(world.group().id).unwrap();
    world.kms.deny(ONLINE_KEY, &arn("admin"), "kms:Decrypt");
    let group = json!({"FeatureGroupName": "fg"});
    let id = json!({"FeatureGroupName": "fg", "RecordIdentifierValueAsString": "x"});
    let with = |input: &Value, name: &str, value: Value| {
        let mut input = input.clone();
        input[name] = value;
        input
    };
    let values = super::world::values(&[("a", "1")]);
    for (operation, input) in [
        (
            Operation::PutRecord,
            with(&group, "Record", record("x", 9, &[])),
        ),
        (Operation::GetRecord, id.clone()),
        (
            Operation::DeleteRecord,
            with(&id, "EventTime", json!(super::world::at(9))),
        ),
        (Operation::UpdateRecord, with(&id, "Features", values)),
        (Operation::ListRecords, group.clone()),
    ] {
        let error = world.call("admin", operation, input).unwrap_err();
        assert_eq!(error.code, "AccessForbidden", "{operation:?}");
        assert!(error.message.contains("kms:Decrypt"), "{operation:?}");
    }
    let get = json!({"Identifiers": [
        {"FeatureGroupName": "fg", "RecordIdentifiersValueAsString": ["x", "y"]}]});
    let answer = world
        .call("admin", Operation::BatchGetRecord, get)
        .unwrap()
        .unwrap();
    assert_eq!(answer["Errors"].as_array().unwrap().len(), 2, "per item");
    assert_eq!(answer["Errors"][1]["ErrorCode"], "AccessForbidden");
    let write = json!({"Entries": [{"FeatureGroupName": "fg", "Record": record("x", 9, &[])}]});
    let answer = world
        .call("admin", Operation::BatchWriteRecord, write)
        .unwrap()
        .unwrap();
    assert_eq!(answer["Errors"][0]["ErrorCode"], "AccessForbidden");
    assert_eq!(world.engine.usage(world.group().id).unwrap(), before);
}

#[test]
fn k12_a_revoked_grant_stops_service_and_upkeep_and_a_new_one_recovers() {
    let world = World::new();
    let group = world.make(Make::default());
    let ttl = json!({"TtlDuration": {"Unit": "Seconds", "Value": 1}});
    world.put_with("short", 1, &[], ttl).unwrap();
    world.put("x", 1, &[("a", "1")]).unwrap();
    world
        .kms
        .state
        .lock()
        .unwrap()
        .revoked
        .insert(ONLINE_KEY.to_owned());
    world.wait(10_000);
    assert!(world.put("x", 2, &[]).is_err());
    let get = json!({"FeatureGroupName": "fg", "RecordIdentifierValueAsString": "x"});
    let error = world.call("admin", Operation::GetRecord, get).unwrap_err();
    assert_eq!(error.status, Some(403));
    assert!(error.message.contains("cannot be used"), "{error}");
    assert_eq!(world.data.key_inaccessible(group.id), Some(Side::Online));
    assert!(world.data.sweep(&group, world.now()).is_err());
    assert_eq!(
        world.engine.usage(group.id).unwrap().rows,
        2,
        "nothing is lost"
    );
    world.kms.state.lock().unwrap().revoked.clear();
    assert_eq!(world.get("x").unwrap()["a"], "1");
    assert_eq!(world.data.key_inaccessible(group.id), None);
    assert_eq!(world.data.sweep(&group, world.now()).unwrap(), 1);
    let load =
        |counter: &std::sync::atomic::AtomicU64| counter.load(std::sync::atomic::Ordering::Relaxed);
    assert_eq!(load(&world.data.metrics().key_inaccessible_alarms), 1);
    assert_eq!(load(&world.data.metrics().key_recoveries), 1);
}

#[test]
fn k12_queued_rows_reach_the_files_whatever_becomes_of_the_online_key() {
    let world = World::new();
    let group = world.make(Make::default());
    world.put("x", 1, &[("a", "1")]).unwrap();
    world
        .kms
        .state
        .lock()
        .unwrap()
        .revoked
        .insert(ONLINE_KEY.to_owned());
    world.engine.drop_group(group.id).unwrap();
    world.registry.bury(group.id).unwrap();
    let world = world.restarted();
    assert_eq!(world.offline().len(), 1);
    assert!(world.registry.buried().is_empty(), "nothing is left to do");
}

#[test]
fn k15_disabled_and_doomed_keys_stop_all_at_once_and_recover() {
    let world = World::new();
    world.make(Make::default());
    world.put("x", 1, &[("a", "1")]).unwrap();
    for code in [
        "DisabledException",
        "KMSInvalidStateException",
        "NotFoundException",
    ] {
        world.get("x").unwrap();
        world
            .kms
            .state
            .lock()
            .unwrap()
            .broken
            .insert(ONLINE_KEY.to_owned(), code);
        let get = json!({"FeatureGroupName": "fg", "RecordIdentifierValueAsString": "x"});
        let error = world.call("admin", Operation::GetRecord, get).unwrap_err();
        assert!(error.message.contains(code));
        assert_eq!(
            world.data.oldest_key(world.group().id, world.now()),
            Some(0)
        );
        assert!(world.put("x", 2, &[]).is_err());
        world.kms.state.lock().unwrap().broken.clear();
        let decrypts = world.kms.decrypts();
        assert_eq!(world.get("x").unwrap()["a"], "1");
        assert_eq!(world.kms.decrypts(), decrypts + 1, "the key was forgotten");
    }
}

#[test]
fn k16_each_call_is_on_record_and_the_key_is_used_in_the_callers_name() {
    let world = World::new();
    world.make(Make::default());
    world.put("x", 1, &[]).unwrap();
    let get = json!({"FeatureGroupName": "fg", "RecordIdentifierValueAsString": "x"});
    world.call("reader", Operation::GetRecord, get).unwrap();
    let events = world.sink.events.lock().unwrap();
    let [put, get] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!((&*put.name, put.read_only), ("PutRecord", false));
    assert_eq!((&*get.name, get.read_only), ("GetRecord", true));
    for event in [put, get] {
        assert_eq!(event.category, rempart_audit::Category::Data);
        assert_eq!(event.parameters, Some(json!({"featureGroupName": "fg"})));
        assert_eq!(event.response, None);
        assert_eq!(event.resources[0].kind, "AWS::SageMaker::FeatureGroup");
    }
    let state = world.kms.state.lock().unwrap();
    for user in ["admin", "reader"] {
        let of_user = state.calls.iter().filter(|call| call.1 == arn(user));
        assert_eq!(of_user.count(), 1, "{user}");
    }
}

#[test]
fn k17_ten_thousand_operations_ask_the_kms_once_and_each_new_requester_once() {
    let world = World::new();
    world.make(Make::default());
    world.put("x", 1, &[]).unwrap();
    let before = world.kms.decrypts();
    for at in 0..10_000 {
        if at % 100 == 0 {
            world.wait(1_000);
        }
        world.get("x").unwrap();
    }
    assert_eq!(world.kms.decrypts(), before);
    let get = json!({"FeatureGroupName": "fg", "RecordIdentifierValueAsString": "x"});
    world
        .call("reader", Operation::GetRecord, get.clone())
        .unwrap();
    world.call("reader", Operation::GetRecord, get).unwrap();
    assert_eq!(world.kms.decrypts(), before + 1);
}

#[test]
fn three_timers_age_idle_and_grace() {
    let settings = |keys: KeySettings| Settings {
        keys,
        ..Settings::default()
    };
    let minute = Duration::from_mins(1);
    // Age.
    let world = World::with_settings(settings(KeySettings {
        longest_age: 2 * minute,
        ..KeySettings::default()
    }));
    world.make(Make::default());
    world.put("x", 1, &[]).unwrap();
    let before = world.kms.decrypts();
    world.wait(119_999);
    world.get("x").unwrap();
    assert_eq!(world.kms.decrypts(), before);
    world.wait(1);
    world.get("x").unwrap();
    assert_eq!(world.kms.decrypts(), before + 1);
    // Idle.
    let world = World::with_settings(settings(KeySettings {
        longest_idle: minute,
        ..KeySettings::default()
    }));
    world.make(Make::default());
    world.put("x", 1, &[]).unwrap();
    let before = world.kms.decrypts();
    for _ in 0..3 {
        world.wait(59_000);
        world.get("x").unwrap();
    }
    assert_eq!(world.kms.decrypts(), before);
    world.wait(60_000);
    world.get("x").unwrap();
    assert_eq!(world.kms.decrypts(), before + 1);
    // Uses.
    let world = World::with_settings(settings(KeySettings {
        most_uses: 3,
        ..KeySettings::default()
    }));
    world.make(Make {
        offline: false,
        ..Make::default()
    });
    for at in 0..9 {
        world.put("x", at, &[]).unwrap();
    }
    assert_eq!(world.kms.decrypts(), 3);
}

#[test]
fn grace_is_for_a_kms_that_does_not_answer_and_never_for_a_refusal() {
    let get = json!({"FeatureGroupName": "fg", "RecordIdentifierValueAsString": "x"});
    for grace in [Duration::ZERO, Duration::from_mins(10)] {
        let world = World::with_settings(Settings {
            keys: KeySettings {
                grace,
                ..KeySettings::default()
            },
            ..Settings::default()
        });
        world.make(Make::default());
        world.put("x", 1, &[]).unwrap();
        world.wait(6 * 60_000);
        world.kms.state.lock().unwrap().is_silent = true;
        let answer = world.call("admin", Operation::GetRecord, get.clone());
        if grace.is_zero() {
            assert_eq!(answer.unwrap_err().status, Some(503));
        } else {
            answer.unwrap();
        }
        world.wait(10 * 60_000);
        let answer = world.call("admin", Operation::GetRecord, get.clone());
        assert_eq!(answer.unwrap_err().status, Some(503), "grace is over");
        world.kms.state.lock().unwrap().is_silent = false;
        world
            .call("admin", Operation::GetRecord, get.clone())
            .unwrap();
        let mut state = world.kms.state.lock().unwrap();
        state
            .broken
            .insert(ONLINE_KEY.to_owned(), "DisabledException");
        drop(state);
        let answer = world.call("admin", Operation::GetRecord, get.clone());
        assert_eq!(
            answer.unwrap_err().status,
            Some(403),
            "no grace for a refusal"
        );
    }
}

#[test]
fn a_new_data_key_is_made_daily_and_old_records_read_on() {
    let world = World::new();
    world.make(Make::default());
    world.put("old", 1, &[("a", "1")]).unwrap();
    world.wait(25 * 3_600_000);
    world.put("x", 1, &[]).unwrap();
    world.data.tick(world.now());
    assert_eq!(
        world.group().online_keys.as_ref().unwrap().data_keys.len(),
        2
    );
    world.put("new", 1, &[("a", "2")]).unwrap();
    let world = world.restarted();
    assert_eq!(world.get("old").unwrap()["a"], "1");
    assert_eq!(world.get("new").unwrap()["a"], "2");
    assert_eq!(START % 1_000, 0);
}

#[test]
fn unused_keys_are_forgotten() {
    let world = World::new();
    let group = world.make(Make::default());
    world.put("x", 1, &[]).unwrap();
    assert!(world.data.oldest_key(group.id, world.now()).is_some());
    world.wait(11 * 60_000);
    world.data.tick(world.now());
    world.wait(11 * 60_000);
    let decrypts = world.kms.decrypts();
    world.data.tick(world.now());
    assert_eq!(world.data.oldest_key(group.id, world.now()), None);
    assert_eq!(
        world.kms.decrypts(),
        decrypts,
        "upkeep of an idle group asks for no key"
    );
}
