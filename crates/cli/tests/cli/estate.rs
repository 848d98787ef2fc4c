//! `rempart estate`: differences of two snapshots, who made them, and damage.

use std::path::Path;

use rempart_estate::{Answer, Outcome, SnapshotWriter};
use serde_json::{Map, Value, json};

use super::support::{log_of, record, run};

fn answer(operation: &str, parameters: Value, body: &Value) -> Answer {
    Answer {
        account: "111122223333".to_owned(),
        region: "eu-west-1".to_owned(),
        operation: operation.to_owned(),
        parameters: parameters.as_object().cloned().unwrap(),
        status: 200,
        body: body.to_string().into_bytes(),
        at: Some("2026-03-02T12:00:00Z".to_owned()),
        ..Answer::default()
    }
}

/// A snapshot of notebook instances.
fn snapshot(directory: &Path, notebooks: &[(&str, &str)], more: &[Answer]) -> String {
    let arn =
        |name: &str| format!("arn:aws:sagemaker:eu-west-1:111122223333:notebook-instance/{name}");
    let names: Vec<Value> = notebooks
        .iter()
        .map(|(name, _)| json!({"NotebookInstanceName": name, "NotebookInstanceArn": arn(name)}))
        .collect();
    let list = json!({"NotebookInstances": names});
    let writer = SnapshotWriter::create(directory).unwrap();
    writer
        .append(&answer("sagemaker:ListNotebookInstances", json!({}), &list))
        .unwrap();
    for (name, internet) in notebooks {
        let body = json!({
            "NotebookInstanceName": name,
            "NotebookInstanceArn": arn(name),
            "DirectInternetAccess": internet,
            "InstanceType": "ml.t3.medium",
        });
        let parameters = json!({"NotebookInstanceName": name});
        writer
            .append(&answer(
                "sagemaker:DescribeNotebookInstance",
                parameters,
                &body,
            ))
            .unwrap();
    }
    writer.extend(more).unwrap();
    writer.seal(Map::new()).unwrap();
    directory.to_str().unwrap().to_owned()
}

fn two(older: &[(&str, &str)], newer: &[(&str, &str)]) -> (tempfile::TempDir, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let old = snapshot(&folder.path().join("old"), older, &[]);
    let new = snapshot(&folder.path().join("new"), newer, &[]);
    (folder, old, new)
}

#[test]
fn differences_name_the_member_and_both_values() {
    let (_folder, old, new) = two(
        &[("lab", "Disabled"), ("gone", "Disabled")],
        &[("lab", "Enabled"), ("new", "Disabled")],
    );
    let same = run(&["estate", "diff", &old, &old]);
    assert_eq!((same.code, same.out.as_str()), (0, ""), "{}", same.err);
    let differs = run(&["estate", "diff", &old, &new]);
    assert_eq!(differs.code, 1, "{}", differs.err);
    insta::assert_snapshot!(differs.out);
    assert!(differs.err.contains("3 differences"), "{}", differs.err);
    let lines = run(&["estate", "diff", "--format", "jsonl", &old, &new]).lines();
    assert_eq!(lines.len(), 3);
}

#[test]
fn the_trail_names_who_changed_it() {
    let (_folder, old, new) = two(&[("lab", "Disabled")], &[("lab", "Enabled")]);
    let change = record(json!({
        "eventSource": "sagemaker.amazonaws.com",
        "eventName": "UpdateNotebookInstance",
        "eventTime": "2026-03-02T11:00:00Z",
        "requestParameters": {"notebookInstanceName": "lab"},
    }));
    let other = record(json!({
        "eventID": "00000000-0000-4000-8000-0000000000bb",
        "eventSource": "sagemaker.amazonaws.com",
        "eventName": "UpdateNotebookInstance",
        "eventTime": "2026-03-02T11:30:00Z",
        "requestParameters": {"notebookInstanceName": "another"},
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/mallory"},
    }));
    let (_log, path) = log_of(&[change, other]);
    let told = run(&["estate", "diff", &old, &new, "--trail", &path]);
    assert_eq!(told.code, 1, "{}", told.err);
    assert!(told.out.contains("UpdateNotebookInstance"), "{}", told.out);
    assert!(told.out.contains("user/alice"), "{}", told.out);
    assert!(!told.out.contains("mallory"), "{}", told.out);
    let lines = run(&[
        "estate", "diff", &old, &new, "--format", "jsonl", "--trail", &path,
    ])
    .lines();
    assert_eq!(lines[0]["events"][0]["eventName"], "UpdateNotebookInstance");
}

#[test]
fn what_was_refused_is_no_difference_and_no_silence() {
    let folder = tempfile::tempdir().unwrap();
    let old = snapshot(&folder.path().join("old"), &[("lab", "Disabled")], &[]);
    let directory = folder.path().join("new");
    let new = snapshot(
        &directory,
        &[],
        &[Answer {
            outcome: Outcome::Denied,
            status: 403,
            permission: Some("sagemaker:DescribeNotebookInstance".to_owned()),
            ..answer(
                "sagemaker:DescribeNotebookInstance",
                json!({"NotebookInstanceName": "lab"}),
                &json!({}),
            )
        }],
    );
    let untold = run(&["estate", "diff", &old, &new]);
    assert_eq!(untold.code, 2, "{} {}", untold.out, untold.err);
    assert!(untold.out.contains("lab"), "{}", untold.out);
}

#[test]
fn damage_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("snapshot");
    let path = snapshot(&directory, &[("lab", "Disabled")], &[]);
    assert_eq!(run(&["estate", "verify", &path]).code, 0);
    let file = directory.join("111122223333/eu-west-1/sagemaker/DescribeNotebookInstance.jsonl");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("Disabled", "Enabled")).unwrap();
    let damaged = run(&["estate", "verify", &path]);
    assert_eq!(damaged.code, 1, "{}", damaged.err);
    assert!(
        damaged.out.contains("DescribeNotebookInstance.jsonl:1"),
        "{}",
        damaged.out
    );
    let judged = run(&["posture", &path, "--control", "NB-01", "--format", "jsonl"]);
    assert!(!judged.out.contains("PASS"), "{}", judged.out);
}

#[test]
fn the_example_has_something_of_everything() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/estate");
    assert_eq!(run(&["estate", "verify", root]).code, 0);
    let judged = run(&["posture", root, "--no-progress", "--format", "jsonl"]);
    assert_eq!(judged.code, 1, "{}", judged.err);
    let mut areas = std::collections::BTreeMap::<String, [usize; 3]>::new();
    let mut missing = std::collections::BTreeSet::new();
    for result in judged.lines() {
        let of_area = areas
            .entry(result["area"].as_str().unwrap().to_owned())
            .or_default();
        match result["verdict"].as_str().unwrap() {
            "PASS" => of_area[0] += 1,
            "FAIL" => of_area[1] += 1,
            "UNKNOWN" => of_area[2] += 1,
            _ => {}
        }
        missing.extend(result["permission"].as_str().map(str::to_owned));
    }
    assert_eq!(areas.len(), 10);
    for (area, [passed, failed, _]) in &areas {
        assert!(*passed > 0 && *failed > 0, "{area}");
    }
    let missing: Vec<&str> = missing.iter().map(String::as_str).collect();
    assert_eq!(
        missing,
        ["organizations:ListAccounts", "s3:GetBucketPolicy"]
    );
}
