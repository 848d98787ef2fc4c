//! `rempart policy` as users run it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};

use super::support::{finish, rempart, run};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn path(name: &str) -> String {
    root().join(name).to_string_lossy().into_owned()
}

/// A scenario that is allowed, or not, by its identity policy.
fn scenario(name: &str, effect: &str) -> Value {
    json!({
        "name": name,
        "request": {
            "action": "s3:GetObject",
            "principal": "arn:aws:iam::111122223333:user/alice",
            "resource": "arn:aws:s3:::b/k",
            "resourceAccount": "111122223333",
            "context": {},
        },
        "identityPolicies": [{"Statement": {"Effect": effect, "Action": "*", "Resource": "*"}}],
    })
}

fn written(lines: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("scenarios.jsonl");
    fs::write(&file, lines).unwrap();
    (folder, file.to_string_lossy().into_owned())
}

#[test]
fn a_decision_reads_like_a_sentence() {
    let run = run(&[
        "policy",
        "decide",
        "--scenario",
        &path("examples/policy/train.json"),
    ]);
    assert_eq!(run.code, 0, "{}", run.err);
    insta::assert_snapshot!(run.out, @r"
    A data scientist starts a training job
    Allowed: arn:aws:sts::111122223333:assumed-role/DataScientist/alice may call sagemaker:CreateTrainingJob on arn:aws:sagemaker:eu-west-1:111122223333:training-job/churn-7. Decided by the identity policies.
      Allow by statement 1 of `FullAWSAccess` in serviceControlPolicies at 4:13
      Allow by statement `TrainForOwnTeam` of `DataScientist` in identityPolicies at 4:11

    The answer would be another one if
      - sagemaker:InterContainerTrafficEncryption, now absent, were `false`: ExplicitlyDenied by serviceControlPolicies
      - sagemaker:NetworkIsolation, now absent, were `false`: ExplicitlyDenied by serviceControlPolicies
    ");
}

#[test]
fn the_same_decision_as_json_names_the_keys() {
    let file = path("examples/policy/train.json");
    let run = run(&["policy", "decide", "--scenario", &file, "--format", "jsonl"]);
    let answer = &run.lines()[0];
    assert_eq!(answer["decision"], "Allowed");
    let keys: Vec<&str> = answer["unresolved"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["key"].as_str().unwrap())
        .collect();
    assert_eq!(
        keys,
        [
            "sagemaker:InterContainerTrafficEncryption",
            "sagemaker:NetworkIsolation"
        ]
    );
    assert_eq!(
        answer["unresolved"][0]["changes"][0]["decision"],
        "ExplicitlyDenied"
    );
}

#[test]
fn lines_are_answered_in_order_whatever_the_threads() {
    let lines: String = (0..9_000)
        .map(|number| {
            let effect = if number % 3 == 0 { "Deny" } else { "Allow" };
            format!("{}\n", scenario(&number.to_string(), effect))
        })
        .collect();
    let (_folder, file) = written(&lines);
    let outputs: Vec<String> = ["1", "2", "5"]
        .map(|threads| {
            let run = run(&[
                "policy",
                "decide",
                "--scenarios",
                &file,
                "--threads",
                threads,
            ]);
            assert_eq!(run.code, 0, "{}", run.err);
            run.out
        })
        .to_vec();
    assert!(outputs.iter().all(|output| *output == outputs[0]));
    let names: Vec<Value> = outputs[0]
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["name"].clone())
        .collect();
    let wanted: Vec<Value> = (0..9_000).map(|number| number.to_string().into()).collect();
    assert_eq!(names, wanted);
}

#[test]
fn a_broken_line_is_an_error_record_and_the_rest_goes_on() {
    let good = scenario("good", "Allow").to_string();
    let typo = good.replace("identityPolicies", "identityPolicys");
    let deep = format!("{{\"request\": {}", "[".repeat(100_000));
    let lines = format!("{good}\n{{\"name\": 7}}\n\nnonsense\n{typo}\n{deep}\n{good}");
    let (_folder, file) = written(&lines);
    let run = run(&["policy", "decide", "--scenarios", &file]);
    assert_eq!(run.code, 2);
    let answers = run.lines();
    assert_eq!(answers.len(), 6);
    assert_eq!(answers[0]["decision"], "Allowed");
    assert_eq!(answers[5]["decision"], "Allowed");
    let lines: Vec<&Value> = answers[1..5].iter().map(|answer| &answer["line"]).collect();
    assert_eq!(lines, [2, 4, 5, 6]);
    for answer in &answers[1..5] {
        assert!(
            answer.get("decision").is_none() && answer["error"].is_string(),
            "{answer}"
        );
        assert!(answer["column"].as_u64().unwrap() > 0);
    }
    assert!(run.out.contains("did you mean `identityPolicies`"));
    assert!(run.err.contains("2 scenarios answered") && run.err.contains("4 lines unreadable"));
}

#[test]
fn text_that_is_no_utf8_is_an_error_record() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("s.jsonl");
    fs::write(&file, b"{\"name\": \"\xff\"}\n").unwrap();
    let run = run(&["policy", "decide", "--scenarios", &file.to_string_lossy()]);
    assert_eq!((run.code, run.lines()[0]["line"].as_u64()), (2, Some(1)));
}

#[test]
fn expectations_make_scenarios_tests() {
    let mut right = scenario("right", "Allow");
    right["expect"] = json!({"decision": "Allowed", "decidedBy": "identityPolicies"});
    let mut wrong = scenario("wrong", "Deny");
    wrong["expect"] = "Allowed".into();
    let (_folder, file) = written(&format!("{right}\n"));
    assert_eq!(run(&["policy", "decide", "--scenarios", &file]).code, 0);
    let (_folder, file) = written(&format!("{right}\n{wrong}\n"));
    let run = run(&["policy", "decide", "--scenarios", &file]);
    assert_eq!(run.code, 1);
    assert!(
        run.err
            .contains("`wrong`: expected Allowed, got ExplicitlyDenied"),
        "{}",
        run.err
    );
    assert!(run.err.contains("1 as expected, 1 different"));
}

#[test]
fn what_cannot_be_decided_says_why() {
    let mut open = scenario("open", "Allow");
    open["request"]["resourceAccount"] = Value::Null;
    let (_folder, file) = written(&open.to_string());
    let run = run(&["policy", "decide", "--scenario", &file, "--format", "json"]);
    assert_eq!(run.code, 2);
    let answer = &run.lines()[0];
    assert_eq!(answer["decision"], "Unsupported");
    assert!(
        answer["reason"]
            .as_str()
            .unwrap()
            .contains("give `resourceAccount`")
    );
}

#[test]
fn the_corpus_is_answered_as_expected() {
    let folder = root().join("crates/policy/tests/corpus");
    let mut command = rempart();
    command.args(["policy", "decide", "--scenarios"]);
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "jsonl")
        {
            command.arg(path);
        }
    }
    let run = finish(command);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(
        run.err.contains(" 0 different, 0 lines unreadable"),
        "{}",
        run.err
    );
}

#[test]
fn scenarios_come_from_standard_input() {
    let mut command = rempart();
    command
        .args(["policy", "decide", "--scenarios", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let line = format!("{}\n", scenario("one", "Allow"));
    child
        .stdin
        .take()
        .unwrap()
        .write_all(line.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .contains("\"Allowed\"")
    );
}

#[test]
fn text_of_scenarios_reaches_no_terminal_raw() {
    let escape = "\u{1b}]0;owned\u{7}";
    let mut hostile = scenario(escape, "Allow");
    hostile["request"]["context"] = json!({"aws:UserAgent": escape, (escape): "x"});
    hostile["identityPolicies"][0]["Statement"]["Sid"] = "A".into();
    let (_folder, file) = written(&hostile.to_string());
    let run = run(&["policy", "decide", "--scenario", &file]);
    assert!(!run.out.contains('\u{1b}') && !run.err.contains('\u{1b}'));
}

#[test]
fn lint_reports_the_playbook_and_not_its_corrected_forms() {
    let playbook = run(&["policy", "lint", &path("guardrails/playbook")]);
    assert_eq!(playbook.code, 1);
    assert!(
        playbook
            .out
            .contains("9 policies (9 scp): 2 errors, 19 warnings"),
        "{}",
        playbook.out
    );
    let corrected = run(&["policy", "lint", &path("guardrails/corrected")]);
    assert_eq!((corrected.code, corrected.out.lines().count()), (0, 1));
    let missing = run(&["policy", "lint", "no-such-file.json"]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("no-such-file.json"));
}

#[test]
fn lint_speaks_json_and_sarif() {
    let file = path("guardrails/playbook/7-no-root.json");
    let lines = run(&["policy", "lint", &file, "--format", "jsonl"]);
    let lint = &lines.lines()[0];
    assert_eq!(
        (&lint["code"], &lint["line"], &lint["kind"]),
        (&"omission-passes".into(), &13.into(), &"scp".into())
    );
    let sarif = run(&["policy", "lint", &file, "--format", "sarif"]);
    let log: Value = serde_json::from_str(&sarif.out).unwrap();
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(log["runs"][0]["results"][0]["ruleId"], "omission-passes");
    let rules = log["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .unwrap();
    assert!(rules.iter().any(|rule| rule["id"] == "omission-passes"));
}

#[test]
fn lint_refuses_what_aws_refuses_with_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("p.json");
    fs::write(
        &file,
        "{\"Statement\": {\n  \"Effect\": \"Allow\",\n  \"Acton\": \"*\",\n  \"Resource\": \"*\"}}",
    )
    .unwrap();
    let run = run(&["policy", "lint", &file.to_string_lossy()]);
    assert_eq!(run.code, 1);
    assert!(
        run.out
            .contains("p.json:3:3: refused: `Acton` is no element of a statement"),
        "{}",
        run.out
    );
}

#[test]
fn who_can_lists_principals_with_what_they_need() {
    let run = run(&[
        "policy",
        "who-can",
        "s3:GetObject",
        "arn:aws:s3:::fraud-training-data/2026/train.csv",
        "--policies",
        &path("examples/policy/account"),
        "--format",
        "jsonl",
        "--all",
    ]);
    assert_eq!(run.code, 0, "{}", run.err);
    let found: Vec<(String, String)> = run
        .lines()
        .iter()
        .map(|line| {
            let text = |name: &str| line[name].as_str().unwrap().to_owned();
            (text("ability"), text("principal"))
        })
        .collect();
    let account = "arn:aws:iam::111122223333:";
    let wanted = [
        ("can", "role/Admin"),
        ("canIf", "role/DataScientist"),
        ("canIf", "role/Trainer"),
        ("canIf", "user/alice"),
        ("cannot", "role/Auditor"),
        ("cannot", "role/Marketing"),
    ]
    .map(|(ability, name)| (ability.to_owned(), format!("{account}{name}")));
    assert_eq!(found, wanted);
    let alice = &run.lines()[3];
    let keys: Vec<&str> = alice["conditions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|condition| condition["key"].as_str().unwrap())
        .collect();
    assert_eq!(keys, ["aws:SourceVpce", "aws:MultiFactorAuthPresent"]);
}

#[test]
fn who_can_reads_trust_policies_and_says_what_was_not_exported() {
    let details = path("examples/policy/account/authorization-details.json");
    let ask = |action: &str, resource: &str| {
        run(&[
            "policy",
            "who-can",
            action,
            resource,
            "--policies",
            &details,
            "--all",
        ])
    };
    // Only SageMaker is trusted, so not even an administrator can assume the role.
    let trust = ask("sts:AssumeRole", "arn:aws:iam::111122223333:role/Trainer");
    assert_eq!(trust.code, 0, "{}", trust.err);
    assert!(
        trust
            .out
            .lines()
            .all(|line| !line.starts_with("can") || line.starts_with("cannot")),
        "{}",
        trust.out
    );
    assert!(trust.err.contains("no scps/") && !trust.err.contains("no policy of"));
    let bucket = ask("s3:GetObject", "arn:aws:s3:::unlisted/x");
    assert!(
        bucket.err.contains("no policy of arn:aws:s3:::unlisted/x"),
        "{}",
        bucket.err
    );
}

#[test]
fn who_can_names_what_it_could_not_read() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(
        root().join("examples/policy/account/authorization-details.json"),
        folder.path().join("details.json"),
    )
    .unwrap();
    fs::create_dir(folder.path().join("scps")).unwrap();
    fs::write(folder.path().join("scps/broken.json"), "{").unwrap();
    let run = run(&[
        "policy",
        "who-can",
        "sagemaker:CreateModel",
        "arn:aws:sagemaker:eu-west-1:111122223333:model/m",
        "--policies",
        &folder.path().to_string_lossy(),
    ]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("broken.json"), "{}", run.err);
    // An SCP that cannot be read may deny anything: nobody is said to be able.
    assert!(
        !run.out.lines().any(|line| line.starts_with("can ")),
        "{}",
        run.out
    );
}

#[test]
fn diff_says_which_answers_change_and_why() {
    let arguments = |new: &str| {
        run(&[
            "policy",
            "diff",
            &path("guardrails/playbook/4-network-isolation.json"),
            &path(new),
            "--kind",
            "scp",
            "--requests",
            &path("examples/policy/requests.jsonl"),
        ])
    };
    let changed = arguments("guardrails/corrected/4-network-isolation.json");
    assert_eq!(changed.code, 1);
    assert!(
        changed.err.contains("7 requests, 2 answers change"),
        "{}",
        changed.err
    );
    assert!(changed.out.contains("Allowed becomes ExplicitlyDenied"));
    assert!(changed.out.contains("Deny `NotIsolated` of"));
    let same = arguments("guardrails/playbook/4-network-isolation.json");
    assert_eq!((same.code, same.out.as_str()), (0, ""));
}
