//! Running the program.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// What a run gave.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    /// The JSON values of the lines on standard output.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let parse = |line: &str| serde_json::from_str(line).unwrap();
        self.out.lines().map(parse).collect()
    }

    /// The titles of the findings in JSON Lines.
    pub(crate) fn titles(&self) -> Vec<String> {
        let title = |finding: &Value| finding["rule_title"].as_str().unwrap().to_owned();
        self.lines().iter().map(title).collect()
    }
}

pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The program in the folder of the fixtures, without settings of whoever runs the tests.
pub(crate) fn rempart() -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("rempart"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") {
            command.env_remove(name);
        }
    }
    command
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .current_dir(fixtures())
        .stdin(Stdio::null());
    command
}

pub(crate) fn finish(mut command: Command) -> Run {
    let output = command.output().unwrap();
    let run = Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    };
    assert!(!run.err.contains("panicked"), "{}", run.err);
    run
}

pub(crate) fn run(arguments: &[&str]) -> Run {
    let mut command = rempart();
    command.args(arguments);
    finish(command)
}

/// A hunt with the rules of the fixtures alone, in JSON Lines.
pub(crate) fn hunt(arguments: &[&str]) -> Run {
    let mut all = vec!["hunt", "--no-builtin-rules", "--rules", "sigma"];
    if !arguments.contains(&"--format") {
        all.extend(["--format", "jsonl"]);
    }
    all.extend(arguments);
    run(&all)
}

/// A management call with the fields that matter, laid over a usual record.
pub(crate) fn record(changes: Value) -> Value {
    let mut record = serde_json::json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser", "principalId": "AIDAEXAMPLE", "accountId": "111122223333",
            "arn": "arn:aws:iam::111122223333:user/alice", "userName": "alice",
        },
        "eventTime": "2026-03-02T10:00:00Z",
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": "StopLogging",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.17.0",
        "requestParameters": { "name": "org-trail" },
        "responseElements": null,
        "eventID": "00000000-0000-4000-8000-0000000000aa",
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
    });
    for (name, value) in changes.as_object().unwrap() {
        record[name] = value.clone();
    }
    record
}

/// Writes a log file of records into a folder of its own.
pub(crate) fn log_of(records: &[Value]) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.json");
    let text = serde_json::json!({ "Records": records }).to_string();
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}
