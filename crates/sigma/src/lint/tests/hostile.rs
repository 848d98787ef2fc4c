//! No document panics the linter or keeps it busy.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

/// Lints whatever of the text is a document.
fn lint_text(text: &str) -> Vec<Lint> {
    let documents = parse_documents(text, "x/y.yml").documents;
    let mut found = run(&documents, Profile::Own, None);
    found.extend(run(&documents, Profile::Foreign, None));
    std::hint::black_box(coverage(&documents));
    found
}

fn rule(detection: &str) -> String {
    format!("title: t\nlogsource: {{ product: aws, service: cloudtrail }}\ndetection:\n{detection}")
}

#[test]
fn too_many_alternatives_are_said_to_be_unchecked() {
    let mut detection = String::new();
    for place in 0..20 {
        detection.push_str(&format!(
            "  s{place}:\n    - userAgent: a\n    - userIdentity.arn: b\n"
        ));
    }
    detection.push_str("  condition: all of s*\n");
    let found = lint_text(&rule(&detection));
    assert!(
        found.iter().any(|found| found.code == "too-complex"),
        "{found:#?}"
    );
}

#[test]
fn large_rules_are_linted_in_bounded_time() {
    let names: Vec<String> = (0..20_000)
        .map(|number| format!("Create{number}Thing"))
        .collect();
    let names = names.join(", ");
    let end = names.get(..60_000).and_then(|start| start.rfind(','));
    let some_names = names.get(..end.unwrap_or_default()).unwrap_or_default();
    let many_selections: String = (0..3_000)
        .map(|n| format!("  s{n}: {{ eventName: A{n} }}\n"))
        .collect();
    let texts = [
        rule(&format!(
            "  a:\n    eventSource: s3.amazonaws.com\n    eventName: [{names}]\n  condition: a\n"
        )),
        rule(&format!(
            "  a:\n    eventName: [{names}]\n  condition: not a\n"
        )),
        rule(&format!(
            "  a:\n    eventSource: s3.amazonaws.com\n    eventName: [{some_names}]\n    requestParameters.a: x\n  condition: a\n"
        )),
        rule("  a:\n    eventName|contains: e\n    requestParameters.a.b.c: x\n  condition: a\n"),
        rule(
            "  a:\n    eventSource: '*'\n    eventName: '*'\n    requestParameters.a: x\n  condition: a\n",
        ),
        rule(
            "  a:\n    eventSource|endswith: amazonaws.com\n    requestParameters.a: x\n  condition: a\n",
        ),
        rule(&format!(
            "{many_selections}  condition: {}\n",
            "1 of s* and not 1 of s1* or ".repeat(600) + "s1"
        )),
        rule(&format!(
            "{many_selections}  condition: {}s1\n",
            "not ".repeat(50)
        )),
    ];
    for text in texts {
        let started = Instant::now();
        lint_text(&text);
        let shown = text.chars().take(120).collect::<String>();
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "{shown} took {:?}",
            started.elapsed()
        );
    }
}

#[test]
fn odd_documents_are_linted() {
    for text in [
        "title: t\ncorrelation: { type: temporal, rules: [t, a], timespan: 1s }\n",
        "title: t\nname: t\ncorrelation: { type: event_count, rules: [t], timespan: 1s, condition: { gte: -1 } }\n",
        "title: t\nname: a\ncorrelation: { type: event_count, rules: [b], timespan: 1s, condition: { eq: 1e300 } }\n---\ntitle: u\nname: b\ncorrelation: { type: event_count, rules: [a], timespan: 1s, condition: { lt: 0 } }\n",
        "title: t\nfilter: { rules: [x], a: { eventName: CreateRol }, condition: a }\nlogsource: { product: aws }\n",
        "title: '{'\nid: x\ndate: '-'\ntags: ['attack.', 'attack.t', atlas., '{']\nrempart: { explanation: '{}{{}}', category: '' }\ndetection: { a: { '|all': [x] }, condition: a }\n",
        "title: t\ndetection: { a: { '.': 1, '..': 2, 'requestParameters.': 3, '[]': 4, 'userIdentity..': 5, 'rempart.': 6 }, condition: a }\n",
    ] {
        lint_text(text);
    }
}

proptest! {
    #[test]
    fn arbitrary_documents_do_not_panic(
        fields in prop::collection::vec(
            ("(eventSource|eventName|requestParameters|userIdentity|errorCode|rempart)?[.a-zA-Z\\[\\]0-9]{0,12}", "(\\|(contains|startswith|re|exists|all|neq|cidr|gte|fieldref|base64)){0,2}", "[a-zA-Z.*?\\\\0-9{}$^()\\[-]{0,12}"),
            1..6,
        ),
        condition in "(a|b|not a|not b|1 of them|all of a\\*)( (and|or) (a|b|not b|1 of b\\*)){0,4}",
    ) {
        let mut detection = String::from("  a:\n");
        let half = fields.len() / 2;
        for (place, (field, modifiers, value)) in fields.iter().enumerate() {
            if place == half {
                detection.push_str("    x: y\n  b:\n    - x: y\n");
            }
            let indent = if place < half { "    " } else { "    - " };
            detection.push_str(&format!("{indent}'{field}{modifiers}': '{value}'\n"));
        }
        detection.push_str(&format!("  condition: {condition}\n"));
        lint_text(&rule(&detection));
    }

    #[test]
    fn broken_bases_do_not_panic(base in 0usize..7, from in 0usize..2_000, length in 0usize..40, with in "[ -~\n]{0,8}") {
        let mut text: Vec<char> = bases::ALL[base].chars().collect();
        let from = from.min(text.len());
        let to = (from + length).min(text.len());
        text.splice(from..to, with.chars());
        lint_text(&text.into_iter().collect::<String>());
    }
}
