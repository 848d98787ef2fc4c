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

#[test]
fn gaps_are_a_report_that_needs_no_input() {
    let table = run(&["guard", "gaps"]);
    assert_eq!((table.code, table.err.as_str()), (0, ""));
    for line in [
        "    19 subnets and security groups     sagemaker:VpcSubnets",
        "  vpc           CreateLabelingJob: network of the automated labelling",
        "remedy: deny sagemaker:CreateLabelingJob except for a named automation role, and watch it",
        "  sagemaker CreateTrainingSession",
    ] {
        assert!(table.out.contains(line), "{line}\n{}", table.out);
    }
    let json = run(&["guard", "gaps", "--format", "json"]);
    let report: Value = serde_json::from_str(&json.out).unwrap();
    let gaps = report["gaps"].as_array().unwrap();
    let gap = gaps
        .iter()
        .find(|gap| gap["operation"] == "CreateWorkforce")
        .unwrap();
    assert_eq!(gap["triage"], "real");
    assert_eq!(gap["neededKeys"], json!(["sagemaker:VpcSubnets"]));
    assert_eq!(
        gap["fields"],
        json!([
            "WorkforceVpcConfig.SecurityGroupIds",
            "WorkforceVpcConfig.Subnets"
        ])
    );
}

const DEPLOY: &str = "arn:aws:iam::444455556666:role/ci-ml-deploy";

fn least_privilege(principal: &str, more: &[&str]) -> Run {
    let trail = root().join("examples/incident");
    let trail = trail.to_str().unwrap();
    let mut arguments = vec!["guard", "least-privilege", "--trail", trail];
    arguments.extend(["--principal", principal]);
    arguments.extend(more);
    run(&arguments)
}

#[test]
fn a_deployment_role_gets_what_it_used_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("deploy.json");
    let out = out.to_str().unwrap();
    let run = least_privilege(DEPLOY, &["--format", "json", "--out", out]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let report: Value = serde_json::from_str(&run.out).unwrap();
    // Every call that went through was decided again with the policy alone.
    assert_eq!(report["totals"]["allowed"], 1_138);
    assert_eq!(report["coveredCalls"], 1_138);
    assert_eq!(report["notCoveredCalls"], 0);
    assert_eq!(report["actions"].as_object().unwrap().len(), 10);
    let policy: Value = serde_json::from_str(&std::fs::read_to_string(out).unwrap()).unwrap();
    assert_eq!(policy, report["policies"][0]["document"]);
    let statements = policy["Statement"].as_array().unwrap();
    assert_eq!(
        statements[0],
        json!({
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": "arn:aws:iam::444455556666:role/service-role/SageMaker-ExecutionRole-Serving",
            "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        })
    );
    assert!(statements.contains(&json!({
        "Effect": "Allow",
        "Action": ["sagemaker:DescribeEndpoint", "sagemaker:InvokeEndpoint"],
        "Resource": "arn:aws:sagemaker:eu-west-1:444455556666:endpoint/fraud-scoring",
    })));
    // The linter finds nothing that AWS would refuse.
    let lint = super::support::run(&["policy", "lint", "--kind", "identity", out]);
    assert_ne!(lint.code, 2, "{}", lint.err);
    // A policy that is made again from the policy's own calls is the same one.
    let again = least_privilege(
        DEPLOY,
        &["--format", "json", "--threads", "1", "--current", out],
    );
    assert_eq!(again.code, 0, "{}{}", again.out, again.err);
    let again: Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(again["policies"], report["policies"]);
    assert_eq!(again["current"]["unused"]["count"], 0);
}

#[test]
fn wider_policies_in_force_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    let wide = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["sagemaker:*", "iam:PassRole", "s3:*Object"], "Resource": "*"}]}"#;
    let current = policy(&folder.path().join("a"), "wide.json", wide);
    let run = least_privilege(DEPLOY, &["--current", &current]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let line = "10 actions are proved to allow no more, 0 allow more, 0 are not known";
    assert!(run.out.contains(line), "{}", run.out);
    assert!(run.out.contains("and not used: "), "{}", run.out);
    let narrow = wide.replace("sagemaker:*", "sagemaker:Describe*");
    let current = policy(&folder.path().join("b"), "narrow.json", &narrow);
    let run = least_privilege(DEPLOY, &["--current", &current]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    let line = "sagemaker:InvokeEndpoint: only the new policy allows: arn:aws:sagemaker:";
    assert!(run.out.contains(line), "{}", run.out);
}

#[test]
fn what_no_policy_can_be_derived_for_is_told() {
    let role = "arn:aws:iam::111122223333:role/service-role/SageMaker-ExecutionRole-Pipeline";
    let run = least_privilege(role, &[]);
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    for line in [
        "      1488 calls went through",
        "      1194 of them are allowed by the policy alone",
        "       294 of them are not covered",
        "       126 logs:CreateLogStream on arn:aws:logs:eu-west-1:*:log-group:*:log-stream:*: the record does not name the whole resource (",
    ] {
        assert!(run.out.contains(line), "{line}\n{}", run.out);
    }
}

#[test]
fn least_privilege_that_cannot_work_says_so() {
    let code = |principal: &str, more: &[&str]| {
        let run = least_privilege(principal, more);
        assert!(!run.err.is_empty());
        run.code
    };
    assert_eq!(code("arn:aws:iam::444455556666:role/nobody", &[]), 2);
    assert_eq!(code("arn:aws:sts::444455556666:assumed-role/a/b", &[]), 2);
    assert_eq!(code(DEPLOY, &["--condition", "aws:CurrentTime"]), 2);
    assert_eq!(code(DEPLOY, &["--current", "nowhere"]), 2);
    assert_eq!(code(DEPLOY, &["--trail", "-"]), 2);
}

/// The figures of the README.
#[test]
fn the_library_on_the_incident() {
    let organization = "o-exampleorgid=111122223333,444455556666";
    let run = of_incident(
        "library",
        &["--format", "json", "--organization", organization],
    );
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let totals = &report["totals"];
    assert_eq!(totals["calls"], 23_067);
    assert_eq!(totals["newlyDenied"], 450);
    assert_eq!(totals["mayBeDenied"], 932);
    let fates = report["findings"].as_array().unwrap();
    let count = |fate: &str| {
        fates
            .iter()
            .filter(|finding| finding["fate"] == fate)
            .count()
    };
    assert_eq!((count("stopped"), count("stoppedInPart")), (52, 21));
}
