//! The whole pack over whole logs.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

use super::support::{fixtures, run};

fn incident() -> PathBuf {
    fixtures().join("../../../../examples/incident")
}

fn ids(value: &Value) -> BTreeSet<String> {
    let ids = value.as_array().unwrap().iter();
    ids.map(|id| id.as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_step_of_the_incident_is_found_and_little_else() {
    let truth = std::fs::read_to_string(incident().join("truth.json")).unwrap();
    let truth: Value = serde_json::from_str(&truth).unwrap();
    let run = run(&[
        "hunt",
        incident().to_str().unwrap(),
        "--format",
        "jsonl",
        "--min-severity",
        "medium",
    ]);
    assert_eq!(run.code, 1);
    let findings: Vec<BTreeSet<String>> = run
        .lines()
        .iter()
        .map(|finding| ids(&finding["event_ids"]))
        .collect();
    let found: BTreeSet<&String> = findings.iter().flatten().collect();
    let steps = truth["steps"].as_array().unwrap();
    let missed: Vec<&Value> = steps
        .iter()
        .filter(|step| !ids(&step["event_ids"]).iter().any(|id| found.contains(id)))
        .map(|step| &step["title"])
        .collect();
    assert!(missed.is_empty(), "{missed:#?}");

    let intrusion: BTreeSet<String> = steps
        .iter()
        .flat_map(|step| ids(&step["event_ids"]))
        .collect();
    let strangers: Vec<String> = run
        .lines()
        .iter()
        .filter(|finding| ids(&finding["event_ids"]).is_disjoint(&intrusion))
        .map(|finding| {
            format!(
                "{} {}: {}",
                finding["first_time"], finding["rule_title"], finding["explanation"]
            )
        })
        .collect();
    assert!(strangers.len() <= 5, "{strangers:#?}");
}

fn guardrails(finding: &Value) -> Vec<&str> {
    let names = finding["guardrails"].as_array().unwrap().iter();
    names.map(|name| name.as_str().unwrap()).collect()
}

#[test]
fn findings_name_the_guardrails_that_would_have_stopped_them() {
    let incident = incident();
    let path = incident.to_str().unwrap();
    let corrected = incident.join("../../guardrails/corrected");
    let corrected = corrected.to_str().unwrap();
    let of = |more: &[&str]| {
        let mut arguments = vec!["hunt", path, "--format", "jsonl"];
        arguments.extend(more);
        run(&arguments)
    };
    let others = of(&["--guardrails", corrected]);
    let findings = others.lines();
    let titled = |title: &str| {
        let found = findings.iter().find(|found| found["rule_title"] == title);
        guardrails(found.unwrap_or_else(|| panic!("no finding '{title}'")))
    };
    assert_eq!(
        titled("Miner in a script or entry point"),
        [
            "1-vpc-deployment/VpcGroupsMissing",
            "1-vpc-deployment/VpcSubnetsMissing",
            "3-inter-container-encryption/TransitNotEncrypted",
            "4-network-isolation/NotIsolated"
        ]
    );
    assert_eq!(titled("Lifecycle swap"), ["7-no-root/LifecycleNotApproved"]);
    // Nothing in them is about trails, and a call that AWS denied needs no guardrail.
    assert_eq!(titled("CloudTrail trail weakened"), [""; 0]);
    assert_eq!(titled("Many different actions denied"), [""; 0]);

    let shipped = of(&[]);
    let some = |found: &Value| !guardrails(found).is_empty();
    assert!(shipped.lines().iter().any(some));
    // Guardrails change nothing else.
    let mut without = of(&["--no-guardrails"]).lines();
    assert!(!without.iter().any(some));
    for (without, with) in without.iter_mut().zip(&findings) {
        without["guardrails"] = with["guardrails"].clone();
    }
    assert_eq!(without, findings);

    // An account that policies do not concern, such as the management account.
    let account = findings[0]["account"].as_str().unwrap();
    let exempt = of(&["--exempt-account", account]);
    let of_account = |found: &Value| found["accounts"] == serde_json::json!([account]);
    assert!(
        findings
            .iter()
            .any(|found| of_account(found) && some(found))
    );
    let exempt = exempt.lines();
    assert!(!exempt.iter().any(|found| of_account(found) && some(found)));

    let broken = of(&["--guardrails", "nowhere"]);
    assert_eq!((broken.code, broken.out.as_str()), (2, ""));
}

#[test]
fn an_outside_corpus_is_accounted_for() {
    let Ok(corpus) = std::env::var("REMPART_CORPUS") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let stats = folder.path().join("stats.json");
    let run = run(&[
        "hunt",
        &corpus,
        "--format",
        "jsonl",
        "--stats",
        stats.to_str().unwrap(),
    ]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(!run.lines().is_empty());
    let stats: Value = serde_json::from_str(&std::fs::read_to_string(stats).unwrap()).unwrap();
    assert_eq!(stats["sums_agree"], true);
    let total = &stats["accounting"]["total"];
    let count = |name: &str| total[name].as_u64().unwrap();
    assert_eq!(count("kept") + count("duplicate"), 2900, "{total}");
    assert_eq!(count("unreadable"), 0, "{total}");
}
