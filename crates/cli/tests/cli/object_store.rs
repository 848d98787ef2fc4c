//! `s3://` against a server that speaks S3's protocol, and what is said when a bucket cannot be read.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;

use super::support::{Run, finish, fixtures, rempart, run};

fn put(endpoint: &str, path: &str, body: &[u8]) {
    let host = endpoint.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).unwrap();
    let head = format!(
        "PUT {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAuthorization: AWS4-HMAC-SHA256 Credential=x/20260302/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

fn s3(endpoint: &str, arguments: &[&str]) -> Command {
    let mut command = rempart();
    command
        .args(["hunt", "--format", "jsonl"])
        .args(arguments)
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "us-east-1");
    command
}

fn files_below(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// Lines without the place of the evidence.
fn without_sources(run: &Run) -> Vec<serde_json::Value> {
    let mut lines = run.lines();
    for finding in &mut lines {
        for evidence in finding["evidence"].as_array_mut().unwrap() {
            evidence["source"] = serde_json::Value::Null;
        }
    }
    lines
}

#[test]
fn a_bucket_gives_the_same_findings_as_the_files() {
    let Ok(endpoint) = std::env::var("REMPART_MOTO") else {
        eprintln!("skipped: REMPART_MOTO is not set");
        return;
    };
    let logs = fixtures()
        .join("../../../../examples/incident/AWSLogs")
        .canonicalize()
        .unwrap();
    let bucket = format!("incident-{}", std::process::id());
    put(&endpoint, &format!("/{bucket}"), b"");
    let mut files = Vec::new();
    files_below(&logs, &mut files);
    for file in &files {
        let key = file.strip_prefix(logs.parent().unwrap()).unwrap().display();
        put(
            &endpoint,
            &format!("/{bucket}/{key}"),
            &std::fs::read(file).unwrap(),
        );
    }
    let local = run(&["hunt", "--format", "jsonl", logs.to_str().unwrap()]);
    let remote = finish(s3(&endpoint, &[&format!("s3://{bucket}/AWSLogs")]));
    assert_eq!(remote.code, 1, "{}", remote.err);
    assert_eq!(without_sources(&remote), without_sources(&local));
    let source = remote.lines()[0]["evidence"][0]["source"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        source.starts_with(&format!("s3://{bucket}/AWSLogs/")),
        "{source}"
    );

    let missing = finish(s3(&endpoint, &["s3://no-such-bucket-here/x"]));
    assert_eq!((missing.code, missing.out.as_str()), (2, ""));
    assert!(
        missing
            .err
            .contains("s3://no-such-bucket-here/x: S3 answers NoSuchBucket"),
        "{}",
        missing.err
    );
    let empty = finish(s3(&endpoint, &[&format!("s3://{bucket}/elsewhere/")]));
    assert_eq!(empty.code, 2);
    assert!(empty.err.contains("no file was found"), "{}", empty.err);
}

/// Answers every request alike.
fn server(status: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0u8; 8192];
            let _ = stream.read(&mut request);
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
        }
    });
    address
}

#[test]
fn refused_credentials_are_told_with_advice() {
    let endpoint = server(
        "403 Forbidden",
        "<?xml version=\"1.0\"?><Error><Code>InvalidAccessKeyId</Code><Message>The key is not on record</Message></Error>",
    );
    let refused = finish(s3(&endpoint, &["s3://bucket/prefix"]));
    assert_eq!((refused.code, refused.out.as_str()), (2, ""));
    insta::assert_snapshot!(refused.err, @r"
    warning: s3://bucket/prefix: S3 answers InvalidAccessKeyId: The key is not on record; check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN
    error: nothing to hunt in: no file was found
    hint: give CloudTrail files (.json, .json.gz), a directory of them, s3://bucket/prefix, or - for standard input
    ");
}

#[test]
fn a_bucket_that_cannot_be_read_beside_a_file_is_not_clean() {
    let endpoint = server(
        "403 Forbidden",
        "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
    );
    let part = finish(s3(
        &endpoint,
        &["s3://bucket/", "small.json", "--principal", "nobody"],
    ));
    assert_eq!(part.code, 2, "{}", part.err);
    assert!(part.err.contains("s3:ListBucket"), "{}", part.err);
}

#[test]
fn secrets_are_never_printed() {
    let endpoint = server("403 Forbidden", "");
    let mut command = s3(&endpoint, &["s3://bucket/prefix"]);
    command.env("AWS_SECRET_ACCESS_KEY", "verysecretvalue");
    let refused = finish(command);
    assert_eq!(refused.code, 2);
    assert!(!refused.err.contains("verysecretvalue"));
}
