//! Small worlds with the answers that are expected of them: `tests/corpus/*.json`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

mod common;

use std::fs;

use rempart_reach::{Condition, Label, Options, Reach, Row};
use serde_json::Value;

fn cases() -> Vec<(String, Value)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let case: Value =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        cases.push((name, case));
    }
    cases
}

fn list<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn keys(row: &Row) -> Vec<String> {
    row.conditions
        .iter()
        .map(|condition| match condition {
            Condition::Key { key } => key.key.to_string(),
            Condition::Policy { what, .. } => what.clone(),
            Condition::Circumstance { code } => (*code).to_owned(),
        })
        .collect()
}

/// The strongest row about an action or gate on a resource, for an identity that is nothing but itself
/// unless `changed` is asked for.
fn strongest<'r>(reach: &'r Reach, wanted: &Value) -> Option<&'r Row> {
    let matches = |row: &&Row| {
        let identity = &reach.identities[row.identity];
        let changed = wanted
            .get("changed")
            .and_then(Value::as_bool)
            .unwrap_or(false);
        *row.resource == *wanted["resource"].as_str().unwrap()
            && identity.arn == wanted["identity"].as_str().unwrap()
            && identity.changed.is_empty() != changed
            && match wanted.get("gate").and_then(Value::as_str) {
                Some(gate) => row.gate == Some(gate),
                None => {
                    row.gate.is_none()
                        && row
                            .actions
                            .iter()
                            .any(|one| **one == *wanted["action"].as_str().unwrap())
                }
            }
    };
    reach
        .rows
        .iter()
        .filter(matches)
        .max_by_key(|row| row.label)
}

#[test]
fn expected_answers() {
    let mut count = 0;
    let mut wrong = String::new();
    for (name, case) in cases() {
        let reach = common::reach(&case, &Options::default());
        let mut failures: Vec<String> = Vec::new();
        for wanted in list(&case["expect"], "identities") {
            count += 1;
            let arn = wanted["arn"].as_str().unwrap();
            let changed = wanted
                .get("changed")
                .and_then(Value::as_bool)
                .unwrap_or(false);
            let found = reach
                .identities
                .iter()
                .find(|one| one.arn == arn && one.changed.is_empty() != changed);
            let Some(found) = found else {
                failures.push(format!("{arn} is not gained"));
                continue;
            };
            let last = found.how.last().unwrap();
            let kind = serde_json::to_value(last.kind).unwrap();
            let label = serde_json::to_value(found.label).unwrap();
            if wanted.get("label").is_some_and(|wanted| *wanted != label) {
                failures.push(format!("{arn}: label is {label}, {:?}", last.conditions));
            }
            if wanted.get("kind").is_some_and(|wanted| *wanted != kind) {
                failures.push(format!("{arn}: kind is {kind}, {:?}", last.actions));
            }
            for action in list(wanted, "actions") {
                if !last
                    .actions
                    .iter()
                    .any(|one| one == action.as_str().unwrap())
                {
                    failures.push(format!("{arn}: no {action} among {:?}", last.actions));
                }
            }
            for key in list(wanted, "conditions") {
                let text = serde_json::to_string(&last.conditions).unwrap();
                if !text.contains(key.as_str().unwrap()) {
                    failures.push(format!("{arn}: no {key} in {text}"));
                }
            }
            if wanted
                .get("firstAt")
                .is_some_and(|at| *at != found.first_at)
            {
                failures.push(format!("{arn}: first at {}", found.first_at));
            }
        }
        for arn in list(&case["expect"], "notGained") {
            count += 1;
            if let Some(found) = reach.identities.iter().find(|one| *arn == *one.arn) {
                failures.push(format!("{arn} is gained: {:?}", found.how.last()));
            }
        }
        for wanted in list(&case["expect"], "rows") {
            count += 1;
            let Some(row) = strongest(&reach, wanted) else {
                failures.push(format!("no row: {wanted}"));
                continue;
            };
            if row.label.name() != wanted["label"].as_str().unwrap() {
                failures.push(format!(
                    "{wanted}: label is {}, {:?}, {:?}",
                    row.label.name(),
                    row.proofs,
                    keys(row)
                ));
            }
            if let Some(layer) = wanted.get("layer").and_then(Value::as_str)
                && !row.proofs.iter().any(|proof| proof.layer == Some(layer))
            {
                failures.push(format!("{wanted}: {:?}", row.proofs));
            }
            if let Some(decision) = wanted.get("decision").and_then(Value::as_str)
                && !row.proofs.iter().any(|proof| proof.decision == decision)
            {
                failures.push(format!("{wanted}: {:?}", row.proofs));
            }
            if let Some(at) = wanted.get("firstAt").and_then(Value::as_str)
                && *row.first_at != *at
            {
                failures.push(format!("{wanted}: first at {}", row.first_at));
            }
            if let Some(after) = wanted.get("after").and_then(Value::as_str)
                && row.after != Some(after)
            {
                failures.push(format!("{wanted}: after {:?}", row.after));
            }
            for key in list(wanted, "conditions") {
                if !keys(row).iter().any(|one| one == key.as_str().unwrap()) {
                    failures.push(format!("{wanted}: conditions are {:?}", keys(row)));
                }
            }
        }
        for wanted in list(&case["expect"], "unknown") {
            count += 1;
            let text = serde_json::to_string(&reach.unknown).unwrap();
            if !text.contains(wanted.as_str().unwrap()) {
                failures.push(format!("{wanted} is not among {text}"));
            }
        }
        let shown: Vec<String> = reach
            .identities
            .iter()
            .map(|one| format!("{} {:?} {:?}", one.arn, one.changed, one.label))
            .collect();
        if !failures.is_empty() {
            wrong.push_str(&format!("{name}:\n{}\n{shown:#?}\n", failures.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(count > 40, "{count}");
}

/// The same answer whatever the number of threads and the order of input.
#[test]
fn order_and_threads_do_not_matter() {
    for (name, mut case) in cases() {
        let one = common::reach(
            &case,
            &Options {
                threads: 1,
                ..Options::default()
            },
        );
        for list in ["changes", "logged"] {
            if let Some(elements) = case.get_mut(list).and_then(Value::as_array_mut) {
                elements.reverse();
            }
        }
        let other = common::reach(
            &case,
            &Options {
                threads: 4,
                ..Options::default()
            },
        );
        assert_eq!(
            serde_json::to_string(&one).unwrap(),
            serde_json::to_string(&other).unwrap(),
            "{name}"
        );
    }
}

/// A bound on rows keeps the strongest and says what it left out.
#[test]
fn bounds_are_said() {
    for (name, case) in cases() {
        let all = common::reach(&case, &Options::default());
        let few = common::reach(
            &case,
            &Options {
                most_rows: 5,
                ..Options::default()
            },
        );
        assert_eq!(all.summary, few.summary, "{name}");
        if all.rows.len() > few.rows.len() {
            let left: usize = few.left_out.rows.values().sum();
            assert!(left > 0, "{name}");
        }
        // What records show is always there.
        let decided = |reach: &Reach| -> Vec<Label> {
            let rows = reach.rows.iter();
            let rows = rows.filter(|row| row.evidence.is_empty() && *row.resource != *"*");
            rows.map(|row| row.label).collect()
        };
        let (all_labels, kept) = (decided(&all), decided(&few));
        if let Some(weakest) = kept.iter().min() {
            let count = |labels: &[Label]| labels.iter().filter(|one| *one > weakest).count();
            assert_eq!(count(&all_labels), count(&kept), "{name}");
        }
        assert!(few.rows.iter().all(|row| row.label >= Label::NotReachable));
    }
}
