use rempart_trail::json::JsonErrorKind;
use rempart_trail::read::{Limits, ReadError};
use rempart_trail::record::{Field, Record};

use super::support::{Everything, Item, gzip, record, trail};

#[test]
fn truncated_gzip_gives_what_is_there() {
    let names: Vec<String> = (0..500).map(|number| format!("N{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let bytes = gzip(trail(&names).as_bytes());
    let all = Everything::of(&bytes[..bytes.len() - 20]);
    assert!(all.names().len() > 100, "{}", all.names().len());
    assert_eq!(all.problems(), [ReadError::Truncated]);
    assert!(!all.report.complete);
    assert!(all.report.unreadable >= 1);
    for length in [1, 2, 5, 10, 18, bytes.len() - 8, bytes.len() - 1] {
        let all = Everything::of(&bytes[..length]);
        assert!(
            all.report.unreadable + all.problems().len() as u64 > 0,
            "{length}"
        );
    }
}

#[test]
fn damaged_gzip_is_reported() {
    let mut bytes = gzip(trail(&["A", "B"]).as_bytes());
    let checksum = bytes.len() - 6;
    bytes[checksum] ^= 1;
    let all = Everything::of(&bytes);
    assert_eq!(all.names(), ["A", "B"]);
    assert!(
        matches!(all.problems()[..], [ReadError::Corrupt(_)]),
        "{:?}",
        all.problems()
    );
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    assert!(!Everything::of(&bytes).report.complete);
}

#[test]
fn truncated_zstd_is_reported() {
    let bytes = zstd::encode_all(trail(&["A"]).as_bytes(), 3).unwrap();
    let all = Everything::of(&bytes[..bytes.len() - 3]);
    assert!(!all.report.complete);
    assert_eq!(all.problems().len(), 1);
}

#[test]
fn a_gzip_bomb_ends_at_the_limit() {
    let mut text = trail(&["A"]).into_bytes();
    text.extend(std::iter::repeat_n(b' ', 20 << 20));
    text.extend(record("B").bytes());
    let bytes = gzip(&text);
    let limits = Limits {
        inflated_whole: 1 << 20,
        inflated_total: 8 << 20,
        ..Limits::default()
    };
    let all = Everything::within(&bytes, &limits);
    assert_eq!(all.names(), ["A"]);
    assert_eq!(
        all.problems(),
        [ReadError::InflatedLimit { limit: 8 << 20 }]
    );
    assert!(!all.report.complete);
    assert!(all.report.inflated_bytes <= 8 << 20);
    let limits = Limits {
        inflated_whole: 1 << 20,
        ratio_from: 4 << 20,
        ..Limits::default()
    };
    let all = Everything::within(&bytes, &limits);
    assert_eq!(all.problems(), [ReadError::RatioLimit { limit: 300 }]);
    assert_eq!(Everything::of(&bytes).names(), ["A", "B"]);
}

#[test]
fn text_of_exactly_the_limit_is_complete() {
    let text = trail(&["A"]);
    let limit = text.len() as u64;
    let limits = Limits {
        inflated_total: limit,
        ..Limits::default()
    };
    assert!(
        Everything::within(&gzip(text.as_bytes()), &limits)
            .report
            .complete
    );
    let limits = Limits {
        inflated_total: limit - 1,
        ..Limits::default()
    };
    let all = Everything::within(&gzip(text.as_bytes()), &limits);
    assert_eq!(
        all.problems(),
        [ReadError::InflatedLimit { limit: limit - 1 }]
    );
}

#[test]
fn deep_json_is_refused_and_passed_over() {
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let deep = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
        let lines = format!("{}\n{{\"a\":{deep}}}\n{}\n", record("A"), record("B"));
        let all = Everything::of(lines.as_bytes());
        assert_eq!(all.names(), ["A", "B"]);
        assert_eq!(all.reasons(), [ReadError::Json(JsonErrorKind::TooDeep)]);
        let file = format!(r#"{{"Records":[{},{deep},{}]}}"#, record("A"), record("B"));
        let all = Everything::of(file.as_bytes());
        assert_eq!(all.names(), ["A", "B"]);
        assert_eq!(all.reasons(), [ReadError::Json(JsonErrorKind::TooDeep)]);
    }
}

#[test]
fn bytes_that_are_not_utf8_are_kept_and_counted() {
    let mut text = trail(&["A", "B", "C"]).into_bytes();
    let place = text.iter().position(|&byte| byte == b'B').unwrap();
    text[place] = 0xff;
    let all = Everything::of(&text);
    assert_eq!(all.names(), ["A", "\u{fffd}", "C"]);
    assert_eq!(all.report.invalid_utf8, 1);
    assert_eq!(Everything::of(&gzip(&text)).report.invalid_utf8, 1);
}

#[test]
fn repeated_keys_are_told() {
    let text = record("A").replacen('{', r#"{"eventName":"First","#, 1);
    let all = Everything::of(text.as_bytes());
    assert_eq!(all.names(), ["A"]);
    let record = Record::parse(text.as_bytes()).unwrap();
    assert!(record.has_repeated_members());
    let names = record
        .json()
        .entries()
        .filter(|(key, _)| key.is("eventName"));
    let names: Vec<_> = names.filter_map(|(_, value)| value.as_str()).collect();
    assert_eq!(names, ["First", "A"]);
}

#[test]
fn a_record_over_the_limit_is_passed_over() {
    let limits = Limits {
        record: 4096,
        ..Limits::default()
    };
    let large = record("Large").replace("1,2.5e3", &format!("\"{}\"", "}]\\\"x".repeat(2000)));
    for text in [
        format!(r#"{{"Records":[{},{large},{}]}}"#, record("A"), record("B")),
        format!("[{},{large},{}]", record("A"), record("B")),
        format!("{}\n{large}\n{}\n", record("A"), record("B")),
    ] {
        for whole in [usize::MAX, 1] {
            let limits = Limits {
                inflated_whole: whole,
                ..limits
            };
            let all = Everything::within(text.as_bytes(), &limits);
            assert_eq!(all.names(), ["A", "B"]);
            assert_eq!(all.reasons(), [ReadError::TooLarge { limit: 4096 }]);
            let Item::Unreadable(_, place, raw) = &all.items[1] else {
                panic!()
            };
            assert!(text[place.offset as usize..].starts_with("{\"eventVersion"));
            assert_eq!(raw.len(), 4096);
        }
    }
}

#[test]
fn a_record_of_100_megabytes_is_passed_over() {
    let filler = "x".repeat(100 << 20);
    let text = format!(
        r#"{{"Records":[{},{{"eventVersion":"1.11","filler":"{filler}"}},{}]}}"#,
        record("A"),
        record("B")
    );
    let all = Everything::of(text.as_bytes());
    assert_eq!(all.names(), ["A", "B"]);
    assert_eq!(all.reasons(), [ReadError::TooLarge { limit: 16 << 20 }]);
}

#[test]
fn fifty_thousand_keys_and_long_numbers_survive() {
    let members: Vec<String> = (0..50_000).map(|n| format!(r#""k{n}":{n}"#)).collect();
    let text = record("A").replace(
        r#""list":["#,
        &format!(r#"{},"list":[9007199254740993,"#, members.join(",")),
    );
    let all = Everything::of(text.as_bytes());
    let Item::Record(raw, _) = &all.items[0] else {
        panic!()
    };
    let record = Record::parse(raw.as_bytes()).unwrap();
    let list = record.json().path(&["requestParameters", "list"]).unwrap();
    assert_eq!(
        list.elements().next().unwrap().number_text(),
        Some("9007199254740993")
    );
    let parameters = record.get(Field::RequestParameters).unwrap();
    assert_eq!(parameters.entries().count(), 50_002);
}

#[test]
fn any_single_byte_is_counted() {
    for byte in 0..=u8::MAX {
        let all = Everything::of(&[byte]);
        assert_eq!(all.report.items, 1, "{byte}");
        let is_blank = byte.is_ascii_whitespace();
        assert_eq!(
            all.report.other,
            u64::from(is_blank),
            "{byte} {:?}",
            all.items
        );
    }
}

#[test]
fn nested_beginnings_do_not_cost_the_square_of_their_number() {
    // Each line opens a list that swallows all following lines.
    let line = format!("[{}\n", " ".repeat(2000));
    let start = std::time::Instant::now();
    let all = Everything::of(line.repeat(10_000).as_bytes());
    assert!(all.report.unreadable > 0);
    assert!(start.elapsed().as_secs() < 60);
}

#[test]
fn major_versions_of_the_future_are_refused_and_shown() {
    for (version, is_read) in [
        (r#""1.9""#, true),
        (r#""1.10""#, true),
        (r#""1.11""#, true),
        (r#""1.999""#, true),
        (r#""1""#, true),
        ("1.08", true),
        (r#""""#, true),
        ("null", true),
        (r#""x""#, true),
        (r#""2.0""#, false),
        (r#""10.1""#, false),
        (r#""3""#, false),
    ] {
        // 1.08 is a number here, which is no JSON.
        let version = if version == "1.08" { "1.8" } else { version };
        let text = record("A").replace(r#""1.11""#, version);
        let all = Everything::of(text.as_bytes());
        assert_eq!(all.report.records, u64::from(is_read), "{version}");
        if !is_read {
            let Item::Unreadable(reason, _, raw) = &all.items[0] else {
                panic!()
            };
            let version = version.trim_matches('"');
            assert_eq!(
                reason.to_string(),
                format!("eventVersion {version} is newer than this reader")
            );
            assert_eq!(raw, text.as_bytes());
        }
    }
}
