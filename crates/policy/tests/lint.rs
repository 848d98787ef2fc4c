//! The linter: every check fires where it should and is silent beside it, the playbook's guardrails
//! show their loopholes, and their corrected forms show nothing.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rempart_policy::document::{Policy, PolicyKind};
use rempart_policy::lint::{CODES, Lint, Options, lint, size};
use serde_json::Value;

fn cases() -> Vec<(usize, Value)> {
    include_str!("data/lint.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .zip(1..)
        .map(|(case, number)| (number, case))
        .collect()
}

fn codes(lints: &[Lint]) -> Vec<&'static str> {
    let codes: BTreeSet<&str> = lints.iter().map(|lint| lint.code).collect();
    codes.into_iter().collect()
}

#[test]
fn cases_show_what_they_say() {
    for (number, case) in cases() {
        let kind = PolicyKind::of_name(case["kind"].as_str().unwrap()).unwrap();
        let text = case["document"].as_str().unwrap();
        let policy =
            Policy::parse(text, kind).unwrap_or_else(|error| panic!("line {number}: {error}"));
        let options = Options {
            size: case["options"]["size"].as_u64().map(|size| size as usize),
            is_execution_role: case["options"]["is_execution_role"] == true,
        };
        let lints = lint(&policy, &options);
        let wanted: Vec<&str> = case["codes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|code| code.as_str().unwrap())
            .collect();
        assert_eq!(codes(&lints), wanted, "line {number}: {lints:#?}\n{text}");
    }
}

#[test]
fn every_check_has_a_case() {
    let listed: BTreeSet<&str> = CODES.iter().map(|(code, ..)| *code).collect();
    assert_eq!(listed.len(), CODES.len(), "a code is listed twice");
    let mut seen = BTreeSet::new();
    for (_, case) in cases() {
        for code in case["codes"].as_array().unwrap() {
            seen.insert(code.as_str().unwrap().to_owned());
        }
    }
    for code in &listed {
        assert!(seen.contains(*code), "no case for {code}");
    }
    for code in &seen {
        assert!(listed.contains(code.as_str()), "no check {code}");
    }
}

fn guardrails(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../guardrails")
        .join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    files.sort();
    assert_eq!(files.len(), 9);
    files
}

fn linted(path: &Path) -> Vec<Lint> {
    let text = fs::read_to_string(path).unwrap();
    let kind = PolicyKind::ServiceControl;
    let options = Options {
        size: Some(size(&text, kind)),
        is_execution_role: false,
    };
    lint(&Policy::parse(&text, kind).unwrap(), &options)
}

/// One entry a guardrail: its loopholes.
const LOOPHOLES: [&[&str]; 9] = [
    // Either key alone passes; any network passes; other actions run in a network, too.
    &["null-and", "presence-only", "uncovered-actions"],
    // The key has a new name; any key passes; other actions have volumes.
    &["presence-only", "renamed-key", "uncovered-actions"],
    &["omission-passes", "uncovered-actions"],
    &["omission-passes", "uncovered-actions"],
    // A set operator on a single value, true when absent, so private access is denied; other URLs.
    &[
        "for-all-values-absent",
        "malformed-value",
        "set-operator-on-single-value",
        "source-ip-blocks-private-access",
        "uncovered-actions",
    ],
    &["omission-passes"],
    &["omission-passes"],
    // The update; the defaults.
    &["uncovered-actions"],
    &["uncovered-actions"],
];

#[test]
fn the_playbook_shows_its_loopholes() {
    for (path, wanted) in guardrails("playbook").iter().zip(LOOPHOLES) {
        let lints = linted(path);
        assert_eq!(codes(&lints), wanted, "{}: {lints:#?}", path.display());
    }
}

#[test]
fn the_corrected_forms_show_nothing() {
    for path in guardrails("corrected") {
        let lints = linted(&path);
        assert!(lints.is_empty(), "{}: {lints:#?}", path.display());
    }
}
