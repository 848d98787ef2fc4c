use base64::Engine;
use rempart_trail::json::JsonErrorKind;
use rempart_trail::read::{Compression, ReadError};

use super::support::{Everything, Item, gzip, quoted, record, trail};

#[track_caller]
fn holds(text: &str, names: &[&str]) -> Everything {
    let all = Everything::of(text.as_bytes());
    assert_eq!(all.names(), names, "{:?}", all.items);
    assert_eq!(all.reasons(), []);
    assert!(all.report.complete && all.report.problems.is_empty());
    let zipped = Everything::of(&gzip(text.as_bytes()));
    assert_eq!(zipped.items, all.items);
    assert_eq!(zipped.report.compression, Compression::Gzip);
    let zstd = Everything::of(&zstd::encode_all(text.as_bytes(), 3).unwrap());
    assert_eq!(zstd.items, all.items);
    assert_eq!(zstd.report.compression, Compression::Zstd);
    all
}

#[test]
fn trail_files() {
    holds(&trail(&["A", "B"]), &["A", "B"]);
    let value: serde_json::Value = serde_json::from_str(&trail(&["A", "B"])).unwrap();
    let pretty = serde_json::to_string_pretty(&value)
        .unwrap()
        .replace('\n', " \r\n");
    holds(&pretty, &["A", "B"]);
    let after_other_members = trail(&["A"]).replacen('{', r#"{"x":1,"y":{"z":[]},"#, 1);
    holds(&after_other_members, &["A"]);
    let before_other_members = format!(
        r#"{}"next":[1,{{}}]}}"#,
        trail(&["A"]).trim_end_matches('}').to_owned() + ","
    );
    holds(&before_other_members, &["A"]);
    let twice = trail(&["A", "B"]).replace("]}}]}", r#"]}}],"Records":[]}"#);
    holds(&twice, &["A", "B"]);
}

#[test]
fn no_records_are_no_error() {
    for text in [r#"{"Records":[]}"#, r#" { "Records" : [ ] } "#, "[]"] {
        holds(text, &[]);
    }
}

#[test]
fn arrays_lines_and_single_records() {
    let (a, b) = (record("A"), record("B"));
    holds(&format!("[{a},{b}]"), &["A", "B"]);
    holds(&format!("{a}\n{b}"), &["A", "B"]);
    holds(&format!("{a}\r\n\r\n{b}\r\n"), &["A", "B"]);
    holds(&format!("{a}{b}"), &["A", "B"]);
    holds(&a, &["A"]);
    let value: serde_json::Value = serde_json::from_str(&a).unwrap();
    let pretty = serde_json::to_string_pretty(&value).unwrap();
    holds(&pretty, &["A"]);
    holds(&format!("{pretty}\n{pretty}\n"), &["A", "A"]);
    holds(
        &format!("{}\n{}\n", trail(&["A"]), trail(&["B", "C"])),
        &["A", "B", "C"],
    );
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    let all = holds(&format!("\u{feff}{}", record("A")), &["A"]);
    let Item::Record(_, place) = &all.items[0] else {
        panic!()
    };
    assert_eq!(place.offset, 3);
    holds(&format!("\u{feff}{}", trail(&["A"])), &["A"]);
}

#[test]
fn offsets_point_at_the_text() {
    let text = format!("  [ {},\n{}]", record("A"), record("B"));
    for item in holds(&text, &["A", "B"]).items {
        let Item::Record(raw, place) = item else {
            panic!()
        };
        assert!(text[place.offset as usize..].starts_with(&raw));
    }
}

#[test]
fn lookup_events() {
    let event = |name: &str| {
        format!(
            r#"{{"EventId":"1","EventName":"{name}","CloudTrailEvent":{}}}"#,
            quoted(&record(name))
        )
    };
    let text = format!(
        r#"{{"Events":[{},{}],"NextToken":"x"}}"#,
        event("A"),
        event("B")
    );
    let all = holds(&text, &["A", "B"]);
    assert!(matches!(&all.items[0], Item::Record(raw, _) if *raw == record("A")));
}

#[test]
fn event_bridge() {
    let envelope = |detail: &str| {
        format!(
            r#"{{"version":"0","detail-type":"AWS API Call via CloudTrail","source":"aws.sagemaker","account":"1","resources":[],"detail":{detail}}}"#
        )
    };
    holds(&envelope(&record("A")), &["A"]);
    holds(
        &format!("[{},{}]", envelope(&record("A")), envelope(&record("B"))),
        &["A", "B"],
    );
    let state_change = r#"{"detail-type":"SageMaker Training Job State Change","source":"aws.sagemaker","detail":{"TrainingJobName":"x"}}"#;
    let all = holds(state_change, &[]);
    assert_eq!(all.others().len(), 1);
}

#[test]
fn log_groups() {
    let events = format!(
        r#""logEvents":[{{"id":"1","timestamp":1,"message":{}}},{{"id":"2","message":"START RequestId"}}]"#,
        quoted(&record("A"))
    );
    let export = format!("{{{events}}}");
    let all = holds(&export, &["A"]);
    assert_eq!(all.others(), ["text that is no CloudTrail record"]);
    let data = format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"1","subscriptionFilters":["f"],{events}}}"#
    );
    holds(&data, &["A"]);
    let packed = base64::engine::general_purpose::STANDARD.encode(gzip(data.as_bytes()));
    holds(&format!(r#"{{"awslogs":{{"data":"{packed}"}}}}"#), &["A"]);
    holds(
        &format!(r#"{{"Records":[{{"kinesis":{{"data":"{packed}"}}}}]}}"#),
        &["A"],
    );
    let line = format!("2026-03-02T10:00:00.000Z {}\n", record("A"));
    holds(&line.repeat(2), &["A", "A"]);
}

#[test]
fn damaged_packed_data_are_unreadable() {
    let packed = base64::engine::general_purpose::STANDARD.encode(gzip(record("A").as_bytes()));
    for data in [&packed[..packed.len() / 2], "H4sI!!!!"] {
        let all = Everything::of(format!(r#"{{"awslogs":{{"data":"{data}"}}}}"#).as_bytes());
        assert!(
            matches!(all.reasons()[..], [ReadError::Packed(_)]),
            "{:?}",
            all.items
        );
    }
}

#[test]
fn wrappers_of_other_systems() {
    let inner = record("A");
    let string = quoted(&inner);
    for text in [
        format!(r#"{{"_index":"i","_source":{inner}}}"#),
        format!(r#"{{"_index":"i","_source":{{"event":{{"original":{string}}}}}}}"#),
        format!(r#"{{"event.original":{string}}}"#),
        format!(r#"{{"preview":false,"result":{{"_raw":{string}}}}}"#),
        format!(r#"{{"Type":"Notification","Message":{string}}}"#),
        format!(r#"{{"Records":[{{"EventSource":"aws:sns","Sns":{{"Message":{string}}}}}]}}"#),
        format!(r#"{{"Records":[{{"messageId":"1","body":{string},"eventSource":"aws:sqs"}}]}}"#),
        format!(r#"{{"Messages":[{{"Body":{string}}}]}}"#),
        format!(r#"{{"hits":{{"total":1,"hits":[{{"_source":{inner}}}]}}}}"#),
        format!(r#"[{{"@timestamp":"x","@message":{string}}}]"#),
        format!(r#"{{"class_uid":6003,"raw_data":{string}}}"#),
        string.clone(),
    ] {
        holds(&text, &["A"]);
    }
}

#[test]
fn things_that_are_no_records_are_counted_by_name() {
    for (text, what) in [
        (
            r#"{"awsAccountId":"1","digestS3Bucket":"b","logFiles":[]}"#,
            "CloudTrail digest file",
        ),
        (
            r#"{"fileVersion":"1.0","configurationItems":[]}"#,
            "AWS Config file",
        ),
        (
            r#"{"s3Bucket":"b","s3ObjectKey":["k"]}"#,
            "CloudTrail delivery notification",
        ),
        (
            r#"{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{}}]}"#,
            "S3 event notification",
        ),
        (r#"{"a":1}"#, "JSON object that is no CloudTrail record"),
        ("", "empty file"),
        (" \n", "empty file"),
        (
            "2 123456789012 eni-1 10.0.0.1 10.0.0.2 1 2 6 1 1 1 1 ACCEPT OK\n",
            "VPC flow log",
        ),
        (
            "Some text for people, with a licence in it.\n",
            "text that is no CloudTrail record",
        ),
    ] {
        let all = holds(text, &[]);
        assert_eq!(all.others(), [what], "{text}");
    }
}

#[test]
fn a_comma_after_the_last_record_is_reported() {
    for text in [
        format!("[{},]", record("A")),
        format!(r#"{{"Records":[{},]}}"#, record("A")),
    ] {
        let all = Everything::of(text.as_bytes());
        assert_eq!(all.names(), ["A"]);
        assert_eq!(
            all.reasons(),
            [ReadError::Json(JsonErrorKind::UnexpectedByte)]
        );
    }
}

#[test]
fn a_broken_line_costs_only_itself() {
    let text = format!(
        "{}\n{{\"a\":\nnonsense\n{}\n[1,\n{}\n",
        record("A"),
        record("B"),
        record("C")
    );
    let all = Everything::of(text.as_bytes());
    assert_eq!(all.names(), ["A", "B", "C"]);
    // The open object, the line without sense, and the list that is never closed.
    assert_eq!(all.reasons().len(), 3, "{:?}", all.items);
    let Item::Unreadable(_, place, raw) = &all.items[1] else {
        panic!()
    };
    assert_eq!(place.offset as usize, record("A").len() + 1);
    assert!(raw.starts_with(b"{\"a\":"));
}

#[test]
fn a_broken_record_in_a_file_costs_only_itself() {
    let broken = record("B").replace("true", "tru");
    let text = format!(
        r#"{{"Records":[{},{broken},{}]}}"#,
        record("A"),
        record("C")
    );
    let all = Everything::of(text.as_bytes());
    assert_eq!(all.names(), ["A", "C"]);
    assert_eq!(
        all.reasons(),
        [ReadError::Json(JsonErrorKind::UnexpectedByte)]
    );
    // A record that was cut in the middle swallows the beginning of its neighbour.
    let cut = &record("B")[..80];
    let text = format!(
        r#"{{"Records":[{},{cut}{},{}]}}"#,
        record("A"),
        record("C"),
        record("D")
    );
    let all = Everything::of(text.as_bytes());
    assert_eq!(all.names(), ["A", "C", "D"]);
    assert_eq!(all.reasons().len(), 1);
}

#[test]
fn a_file_that_stops_early_is_reported() {
    let text = trail(&["A", "B"]);
    for length in 1..text.len() {
        let all = Everything::of(&text.as_bytes()[..length]);
        assert!(all.report.unreadable >= 1, "{length}: {:?}", all.items);
        let whole = usize::from(length > 13 + record("A").len())
            + usize::from(length > 14 + 2 * record("A").len());
        assert!(all.names().len() >= whole.min(2), "{length}");
    }
}

#[test]
fn data_after_the_first_gzip_member_are_read_and_reported() {
    let mut bytes = gzip(trail(&["A"]).as_bytes());
    bytes.extend(gzip(trail(&["B"]).as_bytes()));
    let all = Everything::of(&bytes);
    assert_eq!(all.names(), ["A", "B"]);
    let inflated = trail(&["B"]).len() as u64;
    assert_eq!(all.problems(), [ReadError::FurtherMember { inflated }]);
    assert_eq!(all.report.stored_bytes, bytes.len() as u64);
}

#[test]
fn the_same_member_twice_is_noticed_though_both_end_alike() {
    let bytes = gzip(trail(&["A"]).as_bytes()).repeat(2);
    let all = Everything::of(&bytes);
    assert_eq!(all.names(), ["A", "A"]);
    assert!(matches!(
        all.problems()[..],
        [ReadError::FurtherMember { .. }]
    ));
}

#[test]
fn garbage_that_ends_like_the_member_is_noticed() {
    let member = gzip(trail(&["A"]).as_bytes());
    let mut bytes = member.clone();
    bytes.extend_from_slice(b"appended");
    bytes.extend_from_slice(&member[member.len() - 8..]);
    let all = Everything::of(&bytes);
    assert_eq!(all.names(), ["A"]);
    assert_eq!(all.problems(), [ReadError::TrailingBytes { bytes: 16 }]);
    for trailing in [&b"x"[..], b"\x1f", b"\x1f\x8b\x08", &[0; 512]] {
        let all = Everything::of(&[&member, trailing].concat());
        assert_eq!(all.names(), ["A"]);
        let bytes = trailing.len() as u64;
        assert_eq!(all.problems(), [ReadError::TrailingBytes { bytes }]);
    }
}

#[test]
fn reading_stops_when_the_visitor_has_enough() {
    for text in [
        trail(&["A", "B", "C"]),
        [record("A"), record("B"), record("C")].join("\n"),
    ] {
        let all = Everything::stopped_after(text.as_bytes(), 2);
        assert_eq!(all.names(), ["A", "B"]);
        assert!(!all.report.complete);
    }
}

#[test]
fn envelopes_nest_only_so_deep() {
    let mut text = record("A");
    for _ in 0..6 {
        text = format!(r#"{{"Message":{}}}"#, quoted(&text));
    }
    holds(&text, &["A"]);
    for _ in 0..4 {
        text = format!(r#"{{"Message":{}}}"#, quoted(&text));
    }
    let all = Everything::of(text.as_bytes());
    assert_eq!(all.reasons(), [ReadError::Nesting { limit: 8 }]);
}
