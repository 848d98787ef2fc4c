//! `rempart trail explain`.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{log_of, record, rempart, run};

fn event(number: u8, changes: Value) -> Value {
    let mut event = record(json!({
        "eventID": format!("{number:02}000000-0000-4000-8000-0000000000aa"),
        "requestID": format!("{number:02}000000-1111-4000-8000-0000000000aa"),
        "eventTime": format!("2026-03-{number:02}T10:00:00Z"),
    }));
    for (name, value) in changes.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

fn notebook() -> Value {
    event(
        7,
        json!({
            "eventSource": "sagemaker.amazonaws.com", "eventName": "CreateNotebookInstance",
            "requestParameters": {
                "notebookInstanceName": "nb", "instanceType": "ml.t3.medium",
                "roleArn": "arn:aws:iam::111122223333:role/ds", "rootAccess": "Disabled",
            },
        }),
    )
}

#[test]
fn a_file_with_one_record_is_explained_in_both_languages() {
    let (_folder, path) = log_of(&[notebook()]);
    let english = run(&["trail", "explain", &path]);
    assert_eq!(english.code, 0, "{}", english.err);
    assert!(english.out.starts_with(
        "On 2026-03-07 at 10:00:00 UTC, the IAM user alice called CreateNotebookInstance"
    ));
    let words = english.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("AWS takes Enabled, the notebook reaches"));
    assert!(!english.out.contains("users are root"), "{}", english.out);
    let french = run(&["trail", "explain", &path, "--lang", "fr"]);
    assert_eq!(french.code, 0);
    assert!(french.out.contains("créer une instance de notebook"));
    assert!(french.out.contains("Résultat"));
}

#[test]
fn standard_input_and_json() {
    let mut command = rempart();
    command
        .args(["trail", "explain", "-", "--format", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    write!(input, "{}", notebook()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let explanation: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(explanation["language"], "en");
    assert_eq!(explanation["sections"][0]["id"], "who");
    let fields = explanation["sections"].as_array().unwrap();
    let fields = fields.iter().find(|it| it["id"] == "fields").unwrap();
    let root = fields["lines"].as_array().unwrap();
    let root = root.iter().find(|it| it["label"] == "rootAccess").unwrap();
    assert_eq!(root["value"], "Disabled");
}

#[test]
fn an_event_id_is_looked_up_in_trails() {
    let (folder, first) = log_of(&[event(1, json!({})), event(2, json!({}))]);
    let second = folder.path().join("second.json");
    std::fs::write(&second, json!({"Records": [notebook()]}).to_string()).unwrap();
    let folder = folder.path().to_str().unwrap();
    let id = "07000000-0000-4000-8000-0000000000AA";
    let found = run(&["trail", "explain", id, "--trail", folder]);
    assert_eq!(found.code, 0, "{}", found.err);
    assert!(found.out.contains("CreateNotebookInstance"));
    let both = run(&[
        "trail",
        "explain",
        id,
        "--trail",
        &first,
        second.to_str().unwrap(),
        "--threads",
        "2",
    ]);
    assert_eq!(both.out, found.out);
}

#[test]
fn an_event_that_is_not_there_names_the_period_and_what_is_near() {
    let (_folder, path) = log_of(&[event(1, json!({})), event(9, json!({}))]);
    let none = run(&[
        "trail",
        "explain",
        "ffffffff-0000-4000-8000-0000000000aa",
        "--trail",
        &path,
    ]);
    assert_eq!(none.code, 2);
    assert!(none.out.is_empty());
    assert!(
        none.err
            .contains("in 2 records, which cover 2026-03-01T10:00:00Z to 2026-03-09T10:00:00Z"),
        "{}",
        none.err
    );
    assert!(!none.err.contains("near"));
    let near = run(&[
        "trail",
        "explain",
        "01000000-ffff-4000-8000-0000000000aa",
        "--trail",
        &path,
    ]);
    assert_eq!(near.code, 2);
    assert!(
        near.err
            .contains("01000000-0000-4000-8000-0000000000aa (StopLogging"),
        "{}",
        near.err
    );
    assert!(near.err.contains("begins the same"));
    let request = run(&[
        "trail",
        "explain",
        "09000000-1111-4000-8000-0000000000aa",
        "--trail",
        &path,
    ]);
    assert!(
        request.err.contains("its requestID is the same"),
        "{}",
        request.err
    );
}

#[test]
fn what_cannot_be_explained_is_said() {
    let (folder, path) = log_of(&[event(1, json!({})), event(2, json!({}))]);
    let many = run(&["trail", "explain", &path]);
    assert_eq!(many.code, 2);
    assert!(many.err.contains("more than one record"), "{}", many.err);
    let id = run(&["trail", "explain", "01000000-0000-4000-8000-0000000000aa"]);
    assert_eq!(id.code, 2);
    assert!(id.err.contains("--trail"), "{}", id.err);
    let missing = run(&["trail", "explain", "no-such-file.json"]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("no-such-file.json"), "{}", missing.err);
    let broken = folder.path().join("broken.json");
    std::fs::write(&broken, "{\"eventName\": tru").unwrap();
    let broken = run(&["trail", "explain", broken.to_str().unwrap()]);
    assert_eq!(broken.code, 2, "{}", broken.out);
    let whole = folder.path().to_str().unwrap();
    let directory = run(&["trail", "explain", whole]);
    assert_eq!(directory.code, 2);
    assert!(directory.err.contains("directory"), "{}", directory.err);
    let language = run(&["trail", "explain", &path, "--lang", "de"]);
    assert_eq!(language.code, 2);
    assert!(language.err.contains("en, fr"), "{}", language.err);
}

#[test]
fn hostile_text_reaches_no_terminal() {
    let (_folder, path) = log_of(&[event(
        1,
        json!({"userAgent": "\u{1b}]0;owned\u{7}", "requestParameters": {"name": "\u{1b}[2J"}}),
    )]);
    let shown = run(&["trail", "explain", &path, "--lang", "fr"]);
    assert_eq!(shown.code, 0);
    assert!(!shown.out.contains('\u{1b}') && !shown.out.contains('\u{7}'));
    assert!(shown.out.contains("\\u{1b}]0;owned\\u{7}"));
    assert!(
        !shown.out.contains("\\u{a0}"),
        "no-break spaces of French stay spaces"
    );
}
