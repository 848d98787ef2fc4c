//! The walk must not depend on where windows end.

use proptest::prelude::*;

use super::*;

#[derive(Default)]
struct Seen(Vec<(Place, String)>);

impl Visitor for Seen {
    fn record(&mut self, record: &Record<'_>, place: Place) {
        self.0
            .push((place, String::from_utf8_lossy(record.raw()).into_owned()));
    }

    fn unreadable(&mut self, place: Place, reason: &ReadError, _: &[u8]) {
        self.0.push((place, reason.to_string()));
    }

    fn other(&mut self, place: Place, what: &str) {
        self.0.push((place, what.to_owned()));
    }
}

/// Walks `text` through windows that grow by the sizes of `steps`.
fn walk(text: &[u8], steps: &[usize], limits: &Limits) -> Vec<(Place, String)> {
    let mut walker = Walker::new(limits);
    let mut report = SourceReport::default();
    let mut seen = Seen::default();
    let (mut start, mut end) = (0usize, 0usize);
    for step in steps.iter().cycle() {
        end = end.saturating_add(*step).min(text.len());
        let at_end = end == text.len();
        let progress = walker.advance(&text[start..end], at_end, &mut report, &mut seen);
        assert!(progress.consumed <= end - start);
        start += progress.consumed;
        if at_end {
            break;
        }
    }
    seen.0
}

fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => Just(r#"{"eventVersion":"1.11","eventName":"A","eventSource":"s","x":[1,{"y":"\"}\\"}]}"#),
        2 => Just("{\n  \"eventVersion\": \"1.08\",\n  \"eventName\": \"B\",\n  \"eventSource\": \"s\"\n}"),
        2 => Just(","),
        2 => Just("\n"),
        1 => Just(r#"{"Records":["#),
        1 => Just("]}"),
        1 => Just("["),
        1 => Just("]"),
        1 => Just(r#""text""#),
        1 => Just("123456"),
        1 => Just(r#"{"_source":{"eventName":"C","eventSource":"s"}}"#),
        1 => Just(r#"{"a":1,"Records":[]}"#),
        1 => Just(r#"{"eventVersion":"1.11","#),
        1 => Just("2026-03-02T10:00:00.000Z {}"),
        1 => Just("}"),
        1 => Just("nonsense"),
    ];
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn windows_of_any_size_agree(
        text in any_text(),
        steps in prop::collection::vec(1usize..90, 1..8),
        record in prop_oneof![Just(16usize << 20), 90usize..200],
    ) {
        let limits = Limits { record, ..Limits::default() };
        let whole = walk(text.as_bytes(), &[usize::MAX], &limits);
        let stepped = walk(text.as_bytes(), &steps, &limits);
        prop_assert_eq!(whole, stepped);
    }
}
