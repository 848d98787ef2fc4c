//! The front end: the shipped pack reads, faults are placed, nothing panics.

#![expect(clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;
use rempart_sigma::ast::Document;
use rempart_sigma::parse::parse_documents;

fn only_error(text: &str) -> String {
    let parsed = parse_documents(text, "t.yml");
    assert_eq!(parsed.errors.len(), 1, "{parsed:?}");
    parsed.errors[0].to_string()
}

#[test]
fn the_shipped_pack_reads() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../rules");
    let mut documents = 0;
    for category in std::fs::read_dir(root)
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().is_dir())
    {
        for file in std::fs::read_dir(category.path()).unwrap().flatten() {
            let path = file.path().display().to_string();
            if !path.ends_with(".yml") || path.ends_with(".test.yml") {
                continue;
            }
            let parsed = parse_documents(&std::fs::read_to_string(&path).unwrap(), &path);
            assert_eq!(parsed.errors, [], "{path}");
            documents += parsed.documents.len();
        }
    }
    assert!(documents > 0);
}

#[test]
fn one_broken_document_does_not_lose_the_others() {
    let good = "title: a\ndetection:\n  s:\n    x: 1\n  condition: s\n";
    let text = format!(
        "{good}---\ntitle: [\n---\n{good}---\ntitle: c\ndetection:\n  s:\n    x|nope: 1\n  condition: s\n"
    );
    let parsed = parse_documents(&text, "f.yml");
    assert_eq!(parsed.documents.len(), 2);
    assert_eq!(parsed.errors.len(), 2);
    assert_eq!(
        parsed.errors[1].to_string(),
        "f.yml:18:5: unknown modifier 'nope' of field 'x'"
    );
}

#[test]
fn faults_are_placed() {
    let rule = |detection: &str| format!("title: t\ndetection:\n{detection}");
    for (text, expected) in [
        ("just text", "t.yml:1:1: a document is a mapping, not text"),
        (
            "title: x",
            "t.yml:1:1: document has neither 'detection', 'correlation' nor 'filter'",
        ),
        ("detection: 1", "t.yml:1:1: title is missing"),
        (&rule("  s: {a: 1}"), "t.yml:3:3: condition is missing"),
        (
            &rule("  s: {a: 1}\n  condition: t"),
            "t.yml:4:14: condition names 't', which is no selection",
        ),
        (
            &rule("  s: {a: 1}\n  condition: 1 of t*"),
            "t.yml:4:14: 't*' matches no selection",
        ),
        (
            &rule("  _s: {a: 1}\n  condition: 1 of them"),
            "t.yml:4:14: 'them' matches no selection",
        ),
        (
            &rule("  s: {}\n  condition: s"),
            "t.yml:3:3: selection is empty",
        ),
        (
            &rule("  s: {a: []}\n  condition: s"),
            "t.yml:3:7: field 'a' has no value",
        ),
        (
            &rule("  s: {a|i: x}\n  condition: s"),
            "t.yml:3:7: modifier 'i' must follow 're'",
        ),
        (
            &rule("  s: {a: {b: 1}}\n  condition: s"),
            "t.yml:3:10: a value cannot be a mapping",
        ),
        (
            &rule("  s: {a: 1, a: 2}\n  condition: s"),
            "t.yml:3:13: key 'a' is repeated",
        ),
        (
            &rule("  s: {a: 1}\n  timeframe: 1m\n  condition: s"),
            "t.yml:4:3: 'timeframe' is not supported: write a correlation rule",
        ),
        (
            &rule("  s: {a: 1}\n  condition: s\nrempart: {emitt: true}"),
            "t.yml:5:11: unknown key 'emitt' in 'rempart'",
        ),
        (
            "title: t\ncorrelation: {type: event_count, rules: a, timespan: 1w, condition: {gt: 1}}",
            "t.yml:2:54: 'timespan' is a number followed by s, m, h or d, for example 90m",
        ),
        (
            "title: t\ncorrelation: {type: value_count, rules: a, timespan: 1h, condition: {gt: 1}}",
            "t.yml:2:14: 'field' is missing in the condition",
        ),
    ] {
        assert_eq!(only_error(text), expected);
    }
}

#[test]
fn collections_of_old_sigma_merge() {
    let text = "action: global\ntitle: g\nlogsource: {product: aws}\n---\ndetection: {s: {a: 1}, condition: s}\n---\naction: repeat\ntitle: r\n---\naction: reset\n---\ntitle: z\ndetection: {s: {a: 2}, condition: s}";
    let parsed = parse_documents(text, "t.yml");
    assert_eq!(parsed.errors, []);
    let seen: Vec<_> = parsed
        .documents
        .iter()
        .map(|document| match document {
            Document::Rule(rule) => (
                rule.metadata.title.as_str(),
                rule.logsource.product.as_deref(),
            ),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(seen, [("g", Some("aws")), ("r", Some("aws")), ("z", None)]);
}

#[test]
fn bombs_are_refused() {
    let mut text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, of) in [
        ('b', 'a'),
        ('c', 'b'),
        ('d', 'c'),
        ('e', 'd'),
        ('f', 'e'),
        ('g', 'f'),
    ] {
        text.push_str(&format!(
            "{name}: &{name} [{}*{of}]\n",
            format!("*{of}, ").repeat(9)
        ));
    }
    assert!(only_error(&text).contains("more than 50000 values"));
    assert!(only_error(&"[".repeat(100_000)).starts_with("t.yml:1:"));
    assert!(only_error(&"- ".repeat(100_000)).starts_with("t.yml:1:"));
    assert!(only_error(&"x".repeat(2 << 20)).contains("longer than"));
}

fn scraps() -> impl Strategy<Value = String> {
    let scrap = prop::sample::select(vec![
        "title: t\n",
        "detection:\n",
        "  s:\n",
        "    a|contains|all: [x, '*']\n",
        "  condition: ",
        "1 of s*",
        "not (s",
        " and ",
        "\n",
        "---\n",
        "&a ",
        "*a",
        "[",
        "]",
        "{",
        "}",
        ": ",
        "- ",
        "|\n",
        "correlation:\n",
        "  type: temporal\n",
        "  rules: [a]\n",
        "  timespan: 9999999999999999999d\n",
        "rempart:\n",
        "  first_seen: {value: x, within: 1d}\n",
        "filter:\n",
        "\t",
        "'",
        "\"",
        "\u{feff}",
        "é",
        "!!str 1",
        "...\n",
        "%YAML 1.2\n",
        "action: repeat\n",
    ]);
    prop::collection::vec(scrap, 0..24).prop_map(|scraps| scraps.concat())
}

proptest! {
    #[test]
    fn arbitrary_text_does_not_panic(text in ".{0,200}") {
        let _ = parse_documents(&text, "t.yml");
    }

    #[test]
    fn scraps_of_rules_do_not_panic(text in scraps()) {
        let _ = parse_documents(&text, "t.yml");
    }
}
