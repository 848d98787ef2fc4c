//! A1, A3 to A6, A8, and what is not told.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::world::{Make, ONLINE_KEY, World, record, values};
use crate::data::{Operation, ReadControl, Settings};

fn get(group: &str) -> Value {
    json!({"FeatureGroupName": group, "RecordIdentifierValueAsString": "x"})
}

#[test]
fn a1_deny_and_allow_by_arn_and_by_tag() {
    let world = World::new();
    world.make(Make {
        tags: BTreeMap::from([("team".to_owned(), "red".to_owned())]),
        ..Make::default()
    });
    world.make(Make {
        name: "other",
        ..Make::default()
    });
    world.put("x", 1, &[]).unwrap();
    world
        .call("tagged", Operation::GetRecord, get("fg"))
        .unwrap();
    world
        .call("tagged", Operation::GetRecord, get("other"))
        .unwrap_err();
    let error = world
        .call("barred", Operation::GetRecord, get("fg"))
        .unwrap_err();
    assert!(
        error
            .message
            .contains("explicit deny in an identity-based policy"),
        "{error}"
    );
    world
        .call("barred", Operation::GetRecord, get("other"))
        .unwrap();
    let events = world.sink.events.lock().unwrap();
    let denied = events.iter().find(|event| {
        event
            .additional
            .as_ref()
            .is_some_and(|more| more.get("decidingStatement").is_some())
    });
    let statement = &denied.unwrap().additional.as_ref().unwrap()["decidingStatement"];
    assert!(statement.as_str().unwrap().contains("NotThis"));
}

#[test]
fn a3_write_control_per_feature() {
    let world = World::new();
    world.make(Make::default());
    world.put("x", 1, &[("a", "1"), ("b", "1")]).unwrap();
    let update = |names: &[&str]| {
        let features: Vec<(&str, &str)> = names.iter().map(|name| (*name, "2")).collect();
        let input = json!({"FeatureGroupName": "fg", "RecordIdentifierValueAsString": "x",
                           "Features": values(&features)});
        world.call("updater", Operation::UpdateRecord, input)
    };
    update(&["a"]).unwrap();
    assert_eq!(update(&["b"]).unwrap_err().code, "AccessForbidden");
    assert_eq!(update(&["a", "b"]).unwrap_err().code, "AccessForbidden");
    let put = json!({"FeatureGroupName": "fg", "Record": record("x", 2, &[("a", "3")])});
    assert_eq!(
        world
            .call("updater", Operation::PutRecord, put)
            .unwrap_err()
            .code,
        "AccessForbidden",
        "a full overwrite does not pass"
    );
    assert_eq!(world.get("x").unwrap()["a"], "2");
}

#[test]
fn batch_write_needs_both_actions_for_each_entry() {
    let world = World::new();
    world.make(Make::default());
    let input = json!({"Entries": [{"FeatureGroupName": "fg", "Record": record("x", 1, &[])}]});
    for (user, is_allowed) in [("putter", false), ("batcher", false), ("admin", true)] {
        let answer = world
            .call(user, Operation::BatchWriteRecord, input.clone())
            .unwrap()
            .unwrap();
        let errors = answer["Errors"].as_array().unwrap();
        assert_eq!(errors.is_empty(), is_allowed, "{user}");
        if let Some(error) = errors.first() {
            assert_eq!(error["ErrorCode"], "AccessForbidden");
        }
    }
}

#[test]
fn a4_a5_a6_other_accounts_need_a_share_and_the_key() {
    let world = World::new();
    let group = world.make(Make {
        name: "shared",
        ..Make::default()
    });
    let unshared = world.make(Make::default());
    let more = json!({"FeatureGroupName": "shared"});
    world.put_with("x", 1, &[("a", "1")], more).unwrap();
    world
        .call("guest", Operation::GetRecord, get(&group.arn))
        .unwrap();
    let error = world
        .call("guest", Operation::GetRecord, get(&unshared.arn))
        .unwrap_err();
    assert!(
        error
            .message
            .ends_with("because no resource-based policy allows the sagemaker:GetRecord action"),
        "{error}"
    );
    let put = json!({"FeatureGroupName": group.arn, "Record": record("x", 2, &[])});
    world.call("guest", Operation::PutRecord, put).unwrap_err();
    world.kms.deny(
        ONLINE_KEY,
        "arn:aws:iam::444455556666:user/guest",
        "kms:Decrypt",
    );
    let error = world
        .call("guest", Operation::GetRecord, get(&group.arn))
        .unwrap_err();
    assert!(error.message.contains("kms:Decrypt"), "{error}");
}

#[test]
fn a8_read_control_denies_or_masks() {
    for control in [ReadControl::Deny, ReadControl::Mask] {
        let world = World::with_settings(Settings {
            read_control: control,
            ..Settings::default()
        });
        world.make(Make::default());
        world.put("x", 1, &[("a", "1"), ("b", "2")]).unwrap();
        let read = |names: Option<&[&str]>| {
            let mut input = get("fg");
            if let Some(names) = names {
                input["FeatureNames"] = json!(names);
            }
            world
                .call("partial", Operation::GetRecord, input)
                .map(|answer| {
                    let record = &answer.unwrap()["Record"];
                    let features = record.as_array().unwrap();
                    let names = features
                        .iter()
                        .map(|feature| feature["FeatureName"].as_str().unwrap());
                    names.map(str::to_owned).collect::<Vec<_>>()
                })
        };
        assert_eq!(read(Some(&["a"])).unwrap(), ["a"]);
        assert_eq!(read(Some(&["id", "a"])).unwrap(), ["id", "a"]);
        assert_eq!(read(Some(&["b"])).unwrap_err().code, "AccessForbidden");
        match control {
            ReadControl::Deny => {
                assert_eq!(read(None).unwrap_err().code, "AccessForbidden");
                assert_eq!(read(Some(&["a", "b"])).unwrap_err().code, "AccessForbidden");
            }
            ReadControl::Mask => {
                assert_eq!(read(None).unwrap(), ["id", "a"]);
                assert_eq!(read(Some(&["a", "b"])).unwrap(), ["a"]);
            }
        }
        let batch = json!({"Identifiers": [
            {"FeatureGroupName": "fg", "RecordIdentifiersValueAsString": ["x"]}]});
        let answer = world
            .call("partial", Operation::BatchGetRecord, batch)
            .unwrap()
            .unwrap();
        let errors = answer["Errors"].as_array().unwrap().len();
        assert_eq!(errors, usize::from(control == ReadControl::Deny));
    }
}

#[test]
fn existence_is_not_revealed() {
    let world = World::new();
    world.make(Make::default());
    let text = |group: &str| {
        let error = world
            .call("nobody", Operation::GetRecord, get(group))
            .unwrap_err();
        assert_eq!((&*error.code, error.status), ("AccessForbidden", Some(403)));
        error.message.replace(group, "NAME")
    };
    assert_eq!(text("fg"), text("missing"));
    let error = world
        .call("reader", Operation::GetRecord, get("no"))
        .unwrap_err();
    assert_eq!(
        (&*error.code, error.status),
        ("ResourceNotFound", Some(404))
    );
}

#[test]
fn unknown_names_are_refused_or_ignored_as_the_setting_says() {
    for refuses in [true, false] {
        let world = World::with_settings(Settings {
            refuse_unknown_names: refuses,
            ..Settings::default()
        });
        world.make(Make::default());
        world.put("x", 1, &[("a", "1")]).unwrap();
        let mut input = get("fg");
        input["FeatureNames"] = json!(["a", "no"]);
        assert_eq!(
            world.call("admin", Operation::GetRecord, input).is_err(),
            refuses
        );
    }
}

#[test]
fn nothing_is_served_unseen() {
    let world = World::new();
    world.make(Make::default());
    world
        .sink
        .is_broken
        .store(true, std::sync::atomic::Ordering::Relaxed);
    let error = world.put("x", 1, &[]).unwrap_err();
    assert_eq!(
        (&*error.code, error.status),
        ("ServiceUnavailable", Some(503))
    );
}
