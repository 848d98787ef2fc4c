//! Against a server that speaks S3's protocol. With the package `moto[server]` of PyPI:
//!
//! ```text
//! moto_server -H 127.0.0.1 -p 5055 &
//! REMPART_MOTO=http://127.0.0.1:5055 AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x \
//!     cargo test -p rempart-trail --features s3
//! ```

use std::io::{Read, Write};
use std::net::TcpStream;

use rempart_trail::read::{Limits, Scratch, read_source};
use rempart_trail::s3::S3Options;
use rempart_trail::source::{DiscoverOptions, Input, discover};

use super::support::{Everything, gzip, trail};

/// An unsigned request; moto asks for no credentials.
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

fn options(endpoint: &str) -> DiscoverOptions {
    DiscoverOptions {
        s3: S3Options {
            endpoint: Some(endpoint.to_owned()),
            region: Some("us-east-1".to_owned()),
        },
        ..DiscoverOptions::default()
    }
}

#[test]
fn objects_are_listed_fetched_and_read() {
    let Ok(endpoint) = std::env::var("REMPART_MOTO") else {
        eprintln!("skipped: REMPART_MOTO is not set");
        return;
    };
    if std::env::var_os("AWS_ACCESS_KEY_ID").is_none() {
        eprintln!("skipped: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set");
        return;
    }
    let bucket = format!("trail-{}", std::process::id());
    put(&endpoint, &format!("/{bucket}"), b"");
    // More than one page of a listing, and more than the objects that are fetched ahead.
    for number in 0..1100 {
        let body = gzip(trail(&[&format!("N{number}")]).as_bytes());
        put(
            &endpoint,
            &format!("/{bucket}/AWSLogs/{number:04}.json.gz"),
            &body,
        );
    }
    let large: Vec<String> = (0..40_000).map(|number| format!("L{number}")).collect();
    let large: Vec<&str> = large.iter().map(String::as_str).collect();
    let large = trail(&large);
    assert!(large.len() > 8 << 20);
    put(
        &endpoint,
        &format!("/{bucket}/AWSLogs/large%20one.json"),
        large.as_bytes(),
    );
    put(&endpoint, &format!("/{bucket}/AWSLogs/zero"), b"");
    put(&endpoint, &format!("/{bucket}/other/x"), b"{}");

    let discovery = discover(
        &[Input::parse(&format!("s3://{bucket}/AWSLo"))],
        &options(&endpoint),
    );
    assert_eq!(discovery.problems, []);
    assert_eq!(discovery.sources.len(), 1102);
    assert!(discovery.sources.is_sorted_by(|a, b| a.name < b.name));
    for (number, source) in discovery.sources.iter().take(1100).enumerate() {
        let all = Everything::of_source(source);
        assert_eq!(all.names(), [format!("N{number}")], "{}", source.name);
    }
    let small_window = Limits {
        inflated_whole: 1 << 20,
        ..Limits::default()
    };
    let mut all = Everything::default();
    let last = &discovery.sources[1100];
    assert_eq!(last.name, format!("s3://{bucket}/AWSLogs/large one.json"));
    all.report = read_source(last, &small_window, &mut Scratch::new(), &mut all);
    assert_eq!(all.report.records, 40_000);
    assert_eq!(
        Everything::of_source(&discovery.sources[1101]).others(),
        ["empty file"]
    );

    let one = discover(
        &[Input::parse(&format!("s3://{bucket}/other/x"))],
        &options(&endpoint),
    );
    assert_eq!(one.sources.len(), 1);
    let missing = discover(
        &[Input::parse("s3://no-such-bucket-here/x")],
        &options(&endpoint),
    );
    assert!(missing.sources.is_empty());
    assert_eq!(missing.problems.len(), 1, "{:?}", missing.problems);
}
