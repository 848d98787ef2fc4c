//! The JSON scanner against serde_json.

use std::collections::HashSet;

use rempart_trail::json::{Json, JsonErrorKind, Kind};
use rempart_trail::record::{Field, Record};
use serde_json::Value;
use serde_json::value::RawValue;

/// Same verdict and same content as serde_json for text in UTF-8; no panic for other bytes. Records
/// are the objects among the values, and hold the same members.
pub fn json(bytes: &[u8]) {
    let ours = Json::parse(bytes);
    if let Ok(value) = ours {
        record_has_the_same_members(bytes, value);
    } else {
        assert!(Record::parse(bytes).is_err(), "a record that is not JSON");
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        if let Ok(value) = ours {
            walk(value);
        }
        return;
    };
    let theirs = serde_json::from_str::<&RawValue>(text);
    match (&ours, &theirs) {
        (Ok(value), Ok(raw)) => {
            // White space around the value is left out by both.
            assert_eq!(value.raw(), raw.get().as_bytes());
            // What serde_json cannot hold in a tree (deep nesting, halves of surrogate pairs, numbers
            // beyond f64) is walked only.
            match serde_json::from_str::<Value>(text) {
                Ok(tree) => assert_same(*value, &tree),
                Err(_) => walk(*value),
            }
        }
        (Err(error), Ok(_)) => assert_eq!(
            error.kind,
            JsonErrorKind::TooDeep,
            "refused, but JSON: {error}"
        ),
        (Ok(_), Err(error)) => panic!("accepted, but not JSON: {error}"),
        (Err(error), Err(_)) => assert!(error.offset <= bytes.len()),
    }
}

fn record_has_the_same_members(bytes: &[u8], value: Json<'_>) {
    let record = Record::parse(bytes);
    if value.kind() != Kind::Object {
        assert!(record.is_err(), "a record that is no object");
        return;
    }
    let record = record.expect("an object is a record");
    assert_eq!(record.raw(), value.raw());
    for field in Field::ALL {
        assert_eq!(record.get(*field), value.get(field.name()), "{field:?}");
    }
    let _time = record.event_time();
}

fn assert_same(ours: Json<'_>, theirs: &Value) {
    match theirs {
        Value::Null => assert!(ours.is_null()),
        Value::Bool(flag) => assert_eq!(ours.as_bool(), Some(*flag)),
        Value::Number(number) => {
            let digits = ours.number_text().expect("a number");
            assert_eq!(digits.parse().ok(), number.as_f64(), "{digits}");
        }
        Value::String(text) => {
            assert_eq!(ours.as_str().as_deref(), Some(text.as_str()));
            if let Some(plain) = ours.plain_str() {
                assert_eq!(plain, text);
            }
        }
        Value::Array(list) => {
            assert_eq!(ours.kind(), Kind::Array);
            assert_eq!(ours.elements().count(), list.len());
            for (ours, theirs) in ours.elements().zip(list) {
                assert_same(ours, theirs);
            }
        }
        Value::Object(map) => {
            assert_eq!(ours.kind(), Kind::Object);
            let keys: HashSet<_> = ours.entries().map(|(key, _)| key.text()).collect();
            assert_eq!(keys.len(), map.len());
            for (key, theirs) in map {
                assert_same(ours.get(key).expect("the key is there"), theirs);
            }
        }
    }
}

/// Visits everything. Nesting is bounded by the scanner, and the stack holds that bound.
fn walk(value: Json<'_>) {
    let _text = value.scalar_text();
    for element in value.elements() {
        walk(element);
    }
    for (key, member) in value.entries() {
        // A key that is not UTF-8 can be shown, but not be asked for.
        if std::str::from_utf8(key.bytes()).is_ok() {
            let text = key.text();
            assert!(value.get(&text).is_some() && key.is(&text));
        }
        walk(member);
    }
}
