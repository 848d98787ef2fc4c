//! Records against definitions.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::world::{Make, World};
use crate::data::Operation;
use crate::group::{CollectionType, FeatureDefinition, FeatureType};

fn feature(name: &str, kind: FeatureType, collection: Option<CollectionType>) -> FeatureDefinition {
    FeatureDefinition {
        name: name.to_owned(),
        kind,
        collection,
    }
}

fn world() -> World {
    let world = World::new();
    world.make(Make {
        features: vec![
            feature("id", FeatureType::String, None),
            feature("time", FeatureType::Fractional, None),
            feature("i", FeatureType::Integral, None),
            feature("f", FeatureType::Fractional, None),
            feature("s", FeatureType::String, None),
            feature("list", FeatureType::Integral, Some(CollectionType::List)),
            feature("set", FeatureType::String, Some(CollectionType::Set)),
            feature(
                "vector",
                FeatureType::Fractional,
                Some(CollectionType::Vector { dimension: 3 }),
            ),
        ],
        ..Make::default()
    });
    world
}

fn one(name: &str, value: &Value) -> Value {
    match value {
        Value::Array(_) => json!({"FeatureName": name, "ValueAsStringList": value}),
        _ => json!({"FeatureName": name, "ValueAsString": value}),
    }
}

fn put(world: &World, features: Vec<Value>) -> Result<(), rempart_aws_wire::ServiceError> {
    let input = json!({"FeatureGroupName": "fg", "Record": features});
    world.call("admin", Operation::PutRecord, input).map(|_| ())
}

#[test]
fn values_are_checked_against_their_features() {
    let world = world();
    let large = "x".repeat(crate::data::LARGEST_RECORD);
    for (name, value, is_good) in [
        ("i", json!("12"), true),
        ("i", json!("-9223372036854775808"), true),
        ("i", json!("9223372036854775808"), false),
        ("i", json!("1.0"), false),
        ("i", json!(""), false),
        ("i", json!(7), false),
        ("f", json!("1e-3"), true),
        ("f", json!("NaN"), false),
        ("f", json!("Infinity"), false),
        ("f", json!("-inf"), false),
        ("f", json!("1e999"), false),
        ("s", json!(""), true),
        ("s", json!("é\u{0}\"\\\n"), true),
        ("s", json!(large), false),
        ("s", json!(["a"]), false),
        ("list", json!(["1", "2", "2"]), true),
        ("list", json!([]), true),
        ("list", json!(["1", "x"]), false),
        ("list", json!("1"), false),
        ("set", json!(["a", "b"]), true),
        ("set", json!(["a", "a"]), false),
        ("vector", json!(["1", "2.5", "-3e2"]), true),
        ("vector", json!(["1", "2"]), false),
        ("vector", json!(["1", "2", "NaN"]), false),
        ("nothing", json!("1"), false),
    ] {
        let features = vec![
            one("id", &json!("x")),
            one("time", &json!("1704067200.5")),
            one(name, &value),
        ];
        let result = put(&world, features);
        match &result {
            Ok(()) => assert!(is_good, "{name}"),
            Err(error) => {
                assert!(!is_good, "{name}: {error}");
                // What is no text at all is refused where the request is read.
                let expected = match value {
                    Value::Number(_) => "SerializationException",
                    _ => "ValidationError",
                };
                assert_eq!(error.code, expected);
            }
        }
    }
}

#[test]
fn records_without_what_they_need_are_refused() {
    let world = world();
    let id = one("id", &json!("x"));
    let time = one("time", &json!("1"));
    let long = one("id", &json!("x".repeat(2_049)));
    for features in [
        vec![],
        vec![id.clone()],
        vec![time.clone()],
        vec![id.clone(), one("time", &json!("2024-01-01T00:00:00Z"))],
        vec![id.clone(), one("time", &json!("NaN"))],
        vec![one("id", &json!("")), time.clone()],
        vec![long, time.clone()],
        vec![id.clone(), time.clone(), id.clone()],
        vec![json!({"FeatureName": "id"}), time.clone()],
        vec![
            id,
            time,
            json!({"FeatureName": "s", "ValueAsString": "a", "ValueAsStringList": ["a"]}),
        ],
    ] {
        assert_eq!(put(&world, features).unwrap_err().code, "ValidationError");
    }
    assert_eq!(world.engine.usage(world.group().id).unwrap().rows, 0);
}

#[test]
fn errors_and_audit_records_hold_no_value_and_no_identifier() {
    let world = world();
    let secret = "a-secret-value-93";
    let features = vec![
        one("id", &json!(secret)),
        one("time", &json!("1")),
        one("i", &json!(secret)),
    ];
    let error = put(&world, features).unwrap_err();
    assert!(!format!("{error:?}").contains(secret));
    let good = vec![
        one("id", &json!(secret)),
        one("time", &json!("1")),
        one("s", &json!(secret)),
    ];
    put(&world, good).unwrap();
    let read = json!({"FeatureGroupName": "fg", "RecordIdentifierValueAsString": secret});
    world.call("admin", Operation::GetRecord, read).unwrap();
    let events = world.sink.events.lock().unwrap();
    assert_eq!(events.len(), 3);
    assert!(!format!("{events:?}").contains(secret));
    assert!(events[2].additional.as_ref().unwrap()["recordIdentifierHmac"].is_string());
}

#[test]
fn texts_come_back_as_they_were_written() {
    let world = world();
    let features = vec![
        one("id", &json!("a/b \"c\" é")),
        one("time", &json!("1.70406720050E9")),
        one("i", &json!("007")),
        one("f", &json!("1.50")),
        one("list", &json!(["01", "-2"])),
        one("vector", &json!(["1.0", "2", "3e0"])),
    ];
    put(&world, features.clone()).unwrap();
    let read = json!({"FeatureGroupName": "fg", "RecordIdentifierValueAsString": "a/b \"c\" é"});
    let answer = world
        .call("admin", Operation::GetRecord, read)
        .unwrap()
        .unwrap();
    assert_eq!(answer["Record"], json!(features));
}

#[test]
fn a_stored_row_that_was_changed_or_moved_is_never_read() {
    use rempart_online::{Condition, Mutation};
    let world = world();
    for id in ["x", "y"] {
        put(
            &world,
            vec![one("id", &json!(id)), one("time", &json!("1"))],
        )
        .unwrap();
    }
    let group = world.group();
    let rows = world.engine.scan(group.id, None, 10).unwrap();
    let (first, second) = (&rows[0], &rows[1]);
    let read_all = || {
        ["x", "y"].map(|id| {
            let input = json!({"FeatureGroupName": "fg", "RecordIdentifierValueAsString": id});
            world.call("admin", Operation::GetRecord, input)
        })
    };
    let place = |row| Mutation {
        key: rempart_online::RowKey {
            group: group.id,
            blind: first.0,
        },
        condition: Condition::Always,
        row: Some(row),
        queue: None,
        queue_if_applied: false,
        secret: None,
    };
    let good = first.1.row.clone();
    let mut bad = vec![second.1.row.clone()];
    for at in (0..good.sealed.len()).step_by(7) {
        let mut sealed = good.sealed.to_vec();
        sealed[at] ^= 0x40;
        bad.push(rempart_online::Row {
            sealed: sealed.into(),
            ..good.clone()
        });
    }
    bad.push(rempart_online::Row {
        event_time: good.event_time + 1,
        ..good.clone()
    });
    bad.push(rempart_online::Row {
        expires_at: Some(i64::MAX),
        ..good.clone()
    });
    for row in bad {
        world.engine.apply(vec![place(row.clone())]).unwrap();
        let failed = read_all().into_iter().filter(Result::is_err).count();
        // A changed part of the sealed identifier is seen by ListRecords, which opens it.
        let list = json!({"FeatureGroupName": "fg"});
        let list_failed = world.call("admin", Operation::ListRecords, list).is_err();
        assert!(failed == 1 || list_failed);
    }
    world.engine.apply(vec![place(good)]).unwrap();
    assert!(read_all().iter().all(Result::is_ok));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_texts_come_back(texts in proptest::collection::vec(any::<String>(), 1..6), id in "\\PC{1,40}") {
        let world = world();
        let unique: std::collections::BTreeSet<&String> = texts.iter().collect();
        let features = vec![
            one("id", &json!(id)),
            one("time", &json!("1")),
            one("s", &json!(texts[0])),
            one("set", &json!(unique)),
        ];
        put(&world, features.clone()).unwrap();
        let read = json!({"FeatureGroupName": "fg", "RecordIdentifierValueAsString": id});
        let answer = world.call("admin", Operation::GetRecord, read).unwrap().unwrap();
        prop_assert_eq!(&answer["Record"], &json!(features));
    }
}
