//! `rempart guard replay`.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::support::{Run, fixtures, log_of, record, run};

fn root() -> PathBuf {
    fixtures().join("../../../..")
}

fn replay(policies: &str, trail: &str, more: &[&str]) -> Run {
    let mut arguments = vec!["guard", "replay", "--policies", policies, "--trail", trail];
    arguments.extend(more);
    run(&arguments)
}

fn of_incident(folder: &str, more: &[&str]) -> Run {
    let policies = root().join("guardrails").join(folder);
    let trail = root().join("examples/incident");
    replay(policies.to_str().unwrap(), trail.to_str().unwrap(), more)
}

#[test]
fn corrected_guardrails_on_the_incident() {
    let run = of_incident("corrected", &["--format", "json"]);
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let totals = &report["totals"];
    let count = |name: &str| totals[name].as_u64().unwrap();
    let no_requests: u64 = totals["notRequests"]
        .as_object()
        .unwrap()
        .values()
        .map(|count| count.as_u64().unwrap())
        .sum();
    assert_eq!(count("records"), 24_185);
    assert_eq!(
        count("records"),
        count("duplicates") + no_requests + count("calls")
    );
    let sorted: u64 = [
        "newlyDenied",
        "mayBeDenied",
        "allowed",
        "untouched",
        "deniedAlready",
    ]
    .map(count)
    .iter()
    .sum();
    assert_eq!(count("calls"), sorted);
    assert_eq!(
        (count("newlyDenied"), count("mayBeDenied"), count("allowed")),
        (547, 0, 177)
    );
    let by_statement = report["byStatement"].as_array().unwrap();
    assert!(by_statement.iter().any(|statement| {
        statement["statement"] == "SessionFromElsewhere" && statement["calls"] == 81
    }));
    // The miner of the third week would not have started.
    let findings = report["findings"].as_array().unwrap();
    let miner = findings
        .iter()
        .find(|finding| finding["title"] == "Miner in a script or entry point")
        .unwrap();
    assert_eq!(miner["fate"], "stopped");
    let fate = |fate: &str| {
        findings
            .iter()
            .filter(|finding| finding["fate"] == fate)
            .count()
    };
    assert_eq!(
        (fate("stopped"), fate("stoppedInPart"), fate("mayBeStopped")),
        (24, 15, 0)
    );
}

#[test]
fn threads_do_not_change_the_report() {
    let one = of_incident("playbook", &["--threads", "1", "--no-hunt"]);
    let four = of_incident("playbook", &["--threads", "4", "--no-hunt"]);
    assert_eq!(one.out, four.out);
    assert!(one.out.contains("would newly be denied"), "{}", one.out);
}

fn policy(folder: &std::path::Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    folder.to_str().unwrap().to_owned()
}

#[test]
fn exit_codes_say_what_was_found() {
    let (folder, log) = log_of(&[record(json!({}))]);
    let stop =
        r#"{"Statement": {"Effect": "Deny", "Action": "cloudtrail:StopLogging", "Resource": "*"}}"#;
    let other = r#"{"Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}}"#;
    let stopping = policy(&folder.path().join("a"), "stop.json", stop);
    let clean = policy(&folder.path().join("b"), "other.json", other);
    assert_eq!(replay(&stopping, &log, &["--no-hunt"]).code, 1);
    assert_eq!(replay(&clean, &log, &["--no-hunt"]).code, 0);
    assert_eq!(replay(&clean, "nowhere", &[]).code, 2);
    assert_eq!(replay("nowhere", &log, &[]).code, 2);
}

#[test]
fn a_policy_that_does_not_parse_is_named_and_the_rest_goes_on() {
    let (folder, log) = log_of(&[record(json!({}))]);
    let stop =
        r#"{"Statement": {"Effect": "Deny", "Action": "cloudtrail:StopLogging", "Resource": "*"}}"#;
    policy(folder.path(), "p/stop.json", stop);
    policy(folder.path(), "p/broken.json", "{\n  \"Statement\": 7}");
    let policies = folder.path().join("p");
    let run = replay(policies.to_str().unwrap(), &log, &["--no-hunt"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("broken.json:2:"), "{}", run.err);
    assert!(run.out.contains("1 would newly be denied"), "{}", run.out);
}

#[test]
fn resource_control_policies_are_told_by_folder_or_principal() {
    let read = json!({
        "eventSource": "s3.amazonaws.com", "eventName": "GetObject",
        "requestParameters": {"bucketName": "models", "key": "m.tar.gz"},
        "userIdentity": {"type": "AWSAccount", "accountId": "ANONYMOUS_PRINCIPAL"},
    });
    let (folder, log) = log_of(&[record(read)]);
    let rcp = r#"{"Version": "2012-10-17", "Statement": {"Sid": "OnlyOurs", "Effect": "Deny", "Principal": "*",
        "Action": "s3:*", "Resource": "*", "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalAccount": "111122223333"}}}}"#;
    let policies = policy(&folder.path().join("rcps"), "ours.json", rcp);
    let run = replay(&policies, &log, &["--no-hunt"]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    assert!(run.out.contains("s3:GetObject by anonymous"), "{}", run.out);
}

#[test]
fn policies_in_force_are_compared_with_what_aws_decided() {
    let why = |policy: &str| {
        json!({
            "eventID": format!("denied-for-{policy}"), "errorCode": "AccessDenied",
            "errorMessage": format!("not authorized, with an explicit deny in a {policy} policy"),
            "eventSource": "s3.amazonaws.com", "eventName": "ListBuckets",
        })
    };
    let (folder, log) = log_of(&[
        record(json!({})),
        record(why("service control")),
        record(why("resource-based")),
    ]);
    let stop = r#"{"Statement": {"Sid": "Stop", "Effect": "Deny", "Action": "cloudtrail:StopLogging", "Resource": "*"}}"#;
    let policies = policy(&folder.path().join("p"), "stop.json", stop);
    let run = replay(&policies, &log, &["--no-hunt", "--current", &policies]);
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    for line in [
        "0 calls decided alike",
        "2 decided otherwise",
        "1 denied by AWS alone",
        "allowed by AWS, ExplicitlyDenied here by stop/Stop",
        "denied by AWS, Allowed here (denied-for-service control)",
    ] {
        assert!(run.out.contains(line), "no '{line}' in {}", run.out);
    }
    let run = replay(
        &policies,
        &log,
        &["--no-hunt", "--format", "json", "--current", &policies],
    );
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(
        report["current"],
        json!({"agree": 0, "disagree": 2, "deniedByOthers": 1, "undecided": 0, "notRecorded": 0})
    );
    assert_eq!(report["disagreements"].as_array().unwrap().len(), 2);

    let none = replay(&policies, &log, &["--no-hunt"]);
    assert!(!none.out.contains("decided alike"), "{}", none.out);
    let missing = replay(&policies, &log, &["--current", "nowhere"]);
    assert_eq!((missing.code, missing.out.as_str()), (2, ""));
}

#[test]
fn help_names_every_option() {
    let help = run(&["guard", "replay", "-h"]);
    assert_eq!(help.code, 0);
    for option in [
        "--policies",
        "--current",
        "--trail",
        "--format",
        "--threads",
        "--no-hunt",
        "--rules",
    ] {
        assert!(help.out.contains(option), "{}", help.out);
    }
}
