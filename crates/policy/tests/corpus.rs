//! The conformance corpus: every line is answered as AWS's documentation says.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rempart_policy::scenario::ScenarioReader;
use rempart_testkit::naive_policy;
use serde_json::Value;

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "jsonl")
        })
        .collect();
    files.sort();
    files
}

/// File, line, text.
fn lines() -> Vec<(String, usize, String)> {
    let mut lines = Vec::new();
    for path in files() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        for (line, number) in fs::read_to_string(&path).unwrap().lines().zip(1..) {
            lines.push((name.clone(), number, line.to_owned()));
        }
    }
    lines
}

#[test]
fn every_case_is_answered_as_expected() {
    let mut reader = ScenarioReader::new();
    let mut differences = Vec::new();
    for (file, number, line) in lines() {
        let answer = reader.answer(&line).unwrap();
        if let Some(difference) = answer.difference {
            let name = answer.name.unwrap_or_default();
            differences.push(format!(
                "{file}:{number}: {name}: {difference}, got {} by {:?}",
                answer.decision, answer.decided_by
            ));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Documents that AWS refuses are left to the parser's own tests.
#[test]
fn the_naive_evaluator_answers_the_same() {
    let mut reader = ScenarioReader::new();
    let mut compared = 0;
    for (file, number, line) in lines() {
        let scenario = reader.read(&line).unwrap();
        if !scenario.refused.is_empty() {
            continue;
        }
        // It reads documents as text, not percent-encoded.
        if line.contains("%7B") {
            continue;
        }
        let answer = scenario.answer(reader.reference());
        let naive = naive_policy::decide(&serde_json::from_str(&line).unwrap());
        assert_eq!(
            (naive.decision, naive.decided_by),
            (answer.decision, answer.decided_by),
            "{file}:{number}"
        );
        compared += 1;
    }
    assert!(compared > 800, "{compared} compared");
}

#[test]
fn every_case_has_a_source_an_expectation_and_a_name_of_its_own() {
    let mut names = BTreeSet::new();
    let lines = lines();
    assert!(lines.len() >= 400, "{} cases", lines.len());
    for (file, number, line) in lines {
        let case: Value = serde_json::from_str(&line).unwrap();
        let text = |name: &str| case.get(name).and_then(Value::as_str).unwrap_or_default();
        assert!(!text("source").is_empty(), "{file}:{number} has no source");
        assert!(
            case.get("expect").is_some(),
            "{file}:{number} expects nothing"
        );
        let name = format!("{file}: {}", text("name"));
        assert!(
            names.insert(name),
            "{file}:{number} has the name of another case"
        );
    }
}
