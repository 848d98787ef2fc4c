//! What botocore sends is read as it was meant, and its signature holds.

use std::process::Command;

use jiff::Timestamp;
use rempart_aws_wire::sign::{KeyCache, Scope, verify};
use rempart_aws_wire::{parse, records, route};
use serde_json::Value;

use crate::double::{ACCESS_KEY, Request, lines, lookup};

const COMMITTED: &str = include_str!("../data/botocore-requests.jsonl");

pub(crate) fn committed() -> Vec<Value> {
    lines(COMMITTED)
}

pub(crate) fn now() -> Timestamp {
    "2026-01-02T03:04:05Z".parse().unwrap()
}

fn check(line: &Value) {
    let request = Request::read(line);
    let (service, operation) = (line["service"].as_str(), line["operation"].as_str());
    request.with(|incoming| {
        let call = parse(incoming).unwrap_or_else(|error| panic!("{error}\n{line}"));
        assert_eq!(Some(call.operation.name), operation);
        assert_eq!(Some(call.operation.service_id), service);
        assert_eq!(Value::Object(call.input), line["params"], "{line}");
        let keys = KeyCache::new(16);
        let scope = Scope {
            region: "eu-west-1",
            services: &[call.operation.service().signing_name],
        };
        for _ in 0..2 {
            let verified = verify(incoming, &scope, &lookup, &keys, now())
                .unwrap_or_else(|error| panic!("{error}\n{line}"));
            assert_eq!(verified.access_key, ACCESS_KEY);
            assert_eq!(verified.token.as_deref(), line["token"].as_str());
            assert_eq!(verified.signed_at, now());
        }
        if call.operation.service_id == "sagemaker-featurestore-runtime" {
            records::parse(incoming, &route(incoming).unwrap()).unwrap();
        }
    });
}

#[test]
fn committed_requests() {
    let lines = committed();
    assert!(lines.len() > 60);
    for line in &lines {
        check(line);
    }
}

#[test]
fn every_operation_is_among_them() {
    let lines = committed();
    for service in rempart_aws_wire::model::services() {
        for operation in &service.operations {
            let named = lines
                .iter()
                .any(|line| line["service"] == service.id && line["operation"] == operation.name);
            assert!(named, "{operation:?}");
        }
    }
}

/// Runs where `REMPART_PYTHON` names an interpreter that has botocore.
pub(crate) fn oracle(arguments: &[&str], input: Option<&str>) -> Option<Vec<Value>> {
    let Some(python) = std::env::var_os("REMPART_PYTHON") else {
        eprintln!("skipped: REMPART_PYTHON is not set");
        return None;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/wire.py");
    let mut child = Command::new(python)
        .arg(script)
        .args(arguments)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.unwrap_or_default().to_owned();
    let writer = std::thread::spawn(move || {
        std::io::Write::write_all(&mut stdin, input.as_bytes()).unwrap();
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    Some(lines(&String::from_utf8(output.stdout).unwrap()))
}

#[test]
fn random_requests() {
    let Some(lines) = oracle(&["random", "7", "600"], None) else {
        return;
    };
    assert_eq!(lines.len(), 600);
    for line in &lines {
        check(line);
    }
}

#[test]
fn committed_requests_are_those_of_botocore() {
    if let Some(lines) = oracle(&["requests"], None) {
        assert_eq!(lines, committed());
    }
}
