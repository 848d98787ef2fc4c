//! `rempart collect` against the AWS double, and `rempart posture` on what it collected.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rempart_aws_model::{ApiOperation, api_operation};
use rempart_testkit::aws_double::{ACCOUNT, AwsDouble, Fault, Form, REGION, Times};
use serde_json::{Value, json};

use crate::support::{Run, finish, rempart};

/// A double with an account of its own.
fn double() -> AwsDouble {
    let double = AwsDouble::start().unwrap();
    let caller = json!({
        "Account": ACCOUNT, "UserId": "AROAEXAMPLE:session",
        "Arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/reader/session"),
    });
    double.set("sts:GetCallerIdentity", caller).unwrap();
    double
}

/// A double with some of everything.
fn full() -> AwsDouble {
    let double = double();
    double.sample(2);
    estate(&double);
    double
}

/// What made-up answers cannot know.
fn estate(double: &AwsDouble) {
    let set = |operation: &str, body: Value| double.set(operation, body).unwrap();
    let report = "user,arn,user_creation_time,password_enabled,mfa_active\n<root_account>,arn:aws:iam::111122223333:root,2020-01-01T00:00:00+00:00,not_supported,true\n";
    set(
        "iam:GetCredentialReport",
        json!({"Content": base64(report), "ReportFormat": "text/csv", "GeneratedTime": 1793491200.0}),
    );
    set("sagemaker:Search", json!({"Results": []}));
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

fn collect(double: &AwsDouble, out: &Path, arguments: &[&str]) -> Command {
    let mut command = rempart();
    command
        .env("AWS_ENDPOINT_URL", double.url())
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "example-secret")
        .args(["collect", "--no-progress", "--regions", REGION, "--rate", "2000", "--out"])
        .arg(out)
        .args(arguments);
    command
}

fn collected(double: &AwsDouble, out: &Path, arguments: &[&str]) -> Run {
    let run = finish(collect(double, out, arguments));
    assert!(run.code != 2, "{}", run.err);
    run
}

#[test]
fn everything_is_asked() {
    let double = full();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("snapshot");
    let started = std::time::Instant::now();
    let run = collected(&double, &out, &[]);
    eprintln!("{:?} {} calls\n{}", started.elapsed(), double.call_count(), run.err);
    let called: BTreeSet<String> = double.calls().into_keys().collect();
    let all: Vec<&str> = rempart_aws_model::api_operations().iter().map(ApiOperation::full_name).filter(|n| !called.contains(*n)).collect();
    eprintln!("not called: {all:?}");
    eprintln!("{:#?}", double.violations());
    panic!();
}
