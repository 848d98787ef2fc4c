//! Conformance cases in `corpus/*.yml`: what a detection must match, miss, or be refused for.
//!
//! A case has `name`, `about` (the rule of the language that it pins), `detection` as YAML text, and
//! `matches` and `misses`, lists of events as JSON text; or `refused`, a part of the message. A case may
//! give `placeholders` and further `documents`.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::collections::BTreeMap;

use rempart_sigma::parse::parse_documents;
use rempart_sigma::yaml::{Node, Yaml, read_document};
use rempart_sigma::{CompileOptions, NothingDerived, RuleSet, Severity};
use rempart_trail::record::Record;

fn text<'a>(case: &'a Node, key: &str) -> Option<&'a str> {
    case.get(key).map(|node| {
        node.scalar()
            .unwrap_or_else(|| panic!("{key} is text: {node:?}"))
    })
}

fn list<'a>(case: &'a Node, key: &str) -> Vec<&'a str> {
    match case.get(key).map(|node| &node.value) {
        None => Vec::new(),
        Some(Yaml::List(items)) => items
            .iter()
            .map(|item| item.scalar().expect("events are JSON text"))
            .collect(),
        Some(other) => panic!("{key} is a list: {other:?}"),
    }
}

fn document(case: &Node) -> String {
    let detection = text(case, "detection").expect("detection");
    let indented: String = detection
        .lines()
        .map(|line| format!("  {line}\n"))
        .collect();
    let others = text(case, "documents")
        .map(|text| format!("---\n{text}"))
        .unwrap_or_default();
    format!(
        "title: case\nid: the-case\nlogsource: {{product: aws, service: cloudtrail}}\ndetection:\n{indented}{others}"
    )
}

fn options(case: &Node) -> CompileOptions<'static> {
    let mut options = CompileOptions::default();
    let mut placeholders = BTreeMap::new();
    for entry in case
        .get("placeholders")
        .map(Node::entries)
        .unwrap_or_default()
    {
        placeholders.insert(
            entry.key.clone(),
            list(case.get("placeholders").unwrap(), &entry.key)
                .into_iter()
                .map(str::to_owned)
                .collect(),
        );
    }
    options.placeholders = placeholders;
    options
}

fn run(case: &Node, file: &str) -> Vec<String> {
    let name = text(case, "name").expect("name");
    let label = format!("{file}: {name}");
    let parsed = parse_documents(&document(case), "case");
    let (rules, diagnostics) = RuleSet::compile(&parsed.documents, &options(case));
    let mut messages: Vec<String> = parsed.errors.iter().map(ToString::to_string).collect();
    messages.extend(
        diagnostics
            .iter()
            .filter(|d| d.severity == Severity::Error)
            .map(ToString::to_string),
    );
    if let Some(refused) = text(case, "refused") {
        if messages.iter().any(|message| message.contains(refused)) {
            return Vec::new();
        }
        return vec![format!(
            "{label}: not refused with '{refused}': {messages:?}"
        )];
    }
    if !messages.is_empty() {
        return vec![format!("{label}: refused: {messages:?}")];
    }
    let mut faults = Vec::new();
    for (key, expected) in [("matches", true), ("misses", false)] {
        for event in list(case, key) {
            let record = Record::parse(event.as_bytes())
                .unwrap_or_else(|error| panic!("{label}: {event}: {error}"));
            let mut scratch = rules.scratch();
            let (mut fast, mut slow) = (Vec::new(), Vec::new());
            rules.evaluate(&record, &NothingDerived, &mut scratch, &mut fast);
            rules.evaluate_every_rule(&record, &NothingDerived, &mut scratch, &mut slow);
            if fast != slow {
                faults.push(format!("{label}: dispatch changes the answer for {event}"));
            }
            if fast.is_empty() == expected {
                faults.push(format!("{label}: {key} fails for {event}"));
            }
        }
    }
    faults
}

#[test]
fn every_case_holds() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");
    let mut faults = Vec::new();
    let mut cases = 0;
    for file in std::fs::read_dir(directory).unwrap().flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        let content = std::fs::read_to_string(file.path()).unwrap();
        let root = read_document(&content, 0)
            .unwrap_or_else(|error| panic!("{name}:{:?}: {error}", error.at))
            .unwrap();
        let Yaml::List(list) = root.value else {
            panic!("{name} is no list");
        };
        for case in &list {
            cases += 1;
            faults.extend(run(case, &name));
        }
    }
    assert!(cases > 100, "{cases} cases");
    assert!(
        faults.is_empty(),
        "{} faults\n{}",
        faults.len(),
        faults.join("\n")
    );
}
