//! What the parser takes and what it refuses, where, and that what it prints it reads again.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use rempart_policy::CompiledPolicy;
use rempart_policy::document::{Policy, PolicyKind};
use serde_json::Value;

fn cases() -> Vec<(usize, Value)> {
    include_str!("data/documents.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .zip(1..)
        .map(|(case, number)| (number, case))
        .collect()
}

#[test]
fn documents_are_taken_or_refused_as_aws_does() {
    for (number, case) in cases() {
        let text = |name: &str| case.get(name).and_then(Value::as_str);
        let kind = PolicyKind::of_name(text("kind").unwrap()).unwrap();
        let document = text("document").unwrap();
        match (Policy::parse(document, kind), text("fault")) {
            (Ok(_), None) => {}
            (Ok(_), Some(fault)) => panic!("line {number}: taken, wanted `{fault}`"),
            (Err(error), None) => panic!("line {number}: refused: {error}"),
            (Err(error), Some(fault)) => {
                let named = error
                    .faults
                    .iter()
                    .find(|named| named.reason.contains(fault));
                let Some(named) = named else {
                    panic!("line {number}: wanted `{fault}`: {error}");
                };
                if let Some(at) = text("at") {
                    assert_eq!(named.position.to_string(), at, "line {number}: {error}");
                }
            }
        }
    }
}

#[test]
fn what_is_printed_reads_the_same() {
    let mut printed = 0;
    for (number, case) in cases() {
        let kind = PolicyKind::of_name(case["kind"].as_str().unwrap()).unwrap();
        let Ok(policy) = Policy::parse(case["document"].as_str().unwrap(), kind) else {
            continue;
        };
        let first = policy.to_json();
        let again = Policy::parse(&first.to_string(), kind).unwrap();
        assert_eq!(again.to_json(), first, "line {number}");
        assert_eq!(again.statements.len(), policy.statements.len());
        let compiled = CompiledPolicy::new("p", Arc::new(policy));
        assert_eq!(compiled.policy().to_json(), first);
        printed += 1;
    }
    assert!(printed >= 20);
}

#[test]
fn every_fault_is_named_not_only_the_first() {
    let text = r#"{"Version": "1", "Statement": {"Effect": "No", "Action": "x", "Resource": "y"}}"#;
    let error = Policy::parse(text, PolicyKind::Identity).unwrap_err();
    assert_eq!(error.faults.len(), 4, "{error:?}");
    assert!(error.to_string().ends_with("(and 3 more)"));
}
