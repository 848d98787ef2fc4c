//! The reader of streams against the reader of whole buffers, and both against serde_json.

use proptest::prelude::*;
use rempart_trail::read::{Limits, Scratch, read_source};
use rempart_trail::source::{Location, Source};
use serde_json::Value;

use super::support::{Everything, Item, gzip, record};

/// Limits under which everything passes through a window.
fn streamed() -> Limits {
    Limits {
        inflated_whole: 1,
        record: 1 << 20,
        ..Limits::default()
    }
}

fn texts(all: &Everything) -> Vec<Value> {
    let records = all.items.iter().filter_map(|item| match item {
        Item::Record(raw, _) => serde_json::from_str(raw).ok(),
        _ => None,
    });
    records.collect()
}

/// The straightforward reader: a tree of everything.
fn naive(text: &str) -> Vec<Value> {
    let mut records = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        match value.unwrap() {
            Value::Array(list) => records.extend(list),
            Value::Object(mut object) if object.contains_key("Records") => {
                let Some(Value::Array(list)) = object.remove("Records") else {
                    continue;
                };
                records.extend(list);
            }
            other => records.push(other),
        }
    }
    records
}

fn any_record() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        "[\"\\\\{}\\[\\],:\n é\u{1f600}a]{0,20}".prop_map(Into::into),
    ];
    let tree = leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map("[a-z\"\\\\]{0,5}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    ("[A-Z]{1,3}", tree.clone(), tree, any::<bool>()).prop_map(|(name, one, two, unknown_first)| {
        let mut record = serde_json::Map::new();
        if unknown_first {
            record.insert("unknown".to_owned(), two.clone());
        }
        record.insert("eventVersion".to_owned(), "1.11".into());
        record.insert("eventName".to_owned(), name.into());
        record.insert("eventSource".to_owned(), "s".into());
        record.insert("requestParameters".to_owned(), one);
        record.insert("responseElements".to_owned(), two);
        Value::Object(record)
    })
}

fn file(records: &[Value], form: usize, pretty: bool) -> String {
    let print = |value: &Value| {
        if pretty {
            serde_json::to_string_pretty(value)
        } else {
            serde_json::to_string(value)
        }
        .unwrap()
    };
    match form {
        0 => print(&serde_json::json!({ "Records": records })),
        1 => print(&Value::Array(records.to_vec())),
        2 => records.iter().map(print).collect::<Vec<_>>().join("\n"),
        _ => print(&serde_json::json!({ "first": {"x": [1]}, "Records": records, "last": [{}] })),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn readers_agree(records in prop::collection::vec(any_record(), 0..8), form in 0usize..4, pretty in any::<bool>()) {
        let text = file(&records, form, pretty);
        let whole = Everything::of(text.as_bytes());
        prop_assert_eq!(texts(&whole), naive(&text));
        prop_assert_eq!(texts(&whole), records);
        prop_assert_eq!(whole.report.unreadable, 0);
        let stream = Everything::within(text.as_bytes(), &streamed());
        prop_assert_eq!(&stream.items, &whole.items);
        let zipped = Everything::within(&gzip(text.as_bytes()), &streamed());
        prop_assert_eq!(&zipped.items, &whole.items);
    }

    #[test]
    fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..300), magic in 0usize..4) {
        let prefix: &[u8] = [&b""[..], b"\x1f\x8b\x08\x00", b"\x28\xb5\x2f\xfd", b"{\"Records\":["][magic];
        let _all = Everything::of(&[prefix, &bytes].concat());
    }

    #[test]
    fn nothing_panics_on_text_like_json(text in "[\\[\\]{}\",:0-9a\\\\\n ]{0,200}") {
        let whole = Everything::of(text.as_bytes());
        let stream = Everything::within(text.as_bytes(), &streamed());
        prop_assert_eq!(whole.items, stream.items);
    }
}

#[test]
fn a_large_file_passes_through_the_window() {
    let mut text = String::from("{\"Records\":[");
    let mut noise = 1u128;
    for number in 0..20_000 {
        if number > 0 {
            text.push(',');
        }
        // Digits that do not compress, so that the stored file is large too.
        noise = noise
            .wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645)
            .wrapping_add(1);
        text.push_str(&record(&format!("N{noise:032x}")));
    }
    text.push_str("]}");
    let whole = Everything::of(text.as_bytes());
    assert_eq!(whole.report.records, 20_000);
    let directory = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("plain", text.clone().into_bytes()),
        ("gzip", gzip(text.as_bytes())),
        ("zstd", zstd::encode_all(text.as_bytes(), 1).unwrap()),
    ] {
        let path = directory.path().join(name);
        std::fs::write(&path, &bytes).unwrap();
        let source = Source {
            name: name.to_owned(),
            location: Location::File(path),
            size: None,
        };
        let mut all = Everything::default();
        all.report = read_source(&source, &streamed(), &mut Scratch::new(), &mut all);
        assert_eq!(all.items, whole.items);
        assert_eq!(all.report.stored_bytes, bytes.len() as u64);
        assert_eq!(all.report.inflated_bytes, text.len() as u64);
    }
    let zipped = gzip(text.as_bytes());
    assert!(zipped.len() > 256 << 10);
    let path = directory.path().join("truncated");
    std::fs::write(&path, &zipped[..zipped.len() - 9]).unwrap();
    let source = Source {
        name: "truncated".to_owned(),
        location: Location::File(path),
        size: None,
    };
    let mut all = Everything::default();
    all.report = read_source(&source, &streamed(), &mut Scratch::new(), &mut all);
    assert!(all.report.records > 19_000);
    assert_eq!(all.problems(), [rempart_trail::read::ReadError::Truncated]);
    let stopped = Everything::stopped_within(&[zipped, vec![0; 1 << 20]].concat(), 5, &streamed());
    assert_eq!(stopped.report.records, 5);
    assert!(!stopped.report.complete);
}
