//! Files on S3: against a running AWS double, which `./test` starts and names in `REMPART_MOTO`, and
//! against services that do not behave.

#![cfg(feature = "s3")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests"
)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rempart_lake::{
    AskedCredentials, Cell, Column, ColumnKind, FileEncryption, FileKeys, Lake, Location,
    OfflineRow, S3CredentialSource, S3Credentials, S3Service, Scalar, StoredRow, Table,
    TableFormat, file_path,
};
use zeroize::Zeroizing;

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/0d990263-018e-4e65-a703-eff731de951e";
const SECRET: &str = "wJalrXUtnFEMI/SECRET";
const TOKEN: &str = "IQoJb3JpZ2lu/TOKEN";

struct NoKeys;

impl FileKeys for NoKeys {
    fn key(&self, _: &str) -> Result<Zeroizing<[u8; 32]>, String> {
        Err("none".into())
    }
}

fn no_keys() -> Arc<dyn FileKeys> {
    Arc::new(NoKeys)
}

/// The double, or `None` where there is none.
fn double() -> Option<String> {
    let found = std::env::var("REMPART_MOTO").ok();
    if found.is_none() {
        eprintln!("skipped: REMPART_MOTO is not set");
    }
    found
}

/// A request whose signature the double does not check; the whole answer.
fn ask(endpoint: &str, method: &str, path: &str, body: &str) -> String {
    let host = endpoint.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: AWS4-HMAC-SHA256 \
         Credential=AKIDMOTO/20260101/us-east-1/s3/aws4_request\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).to_lowercase()
}

/// A new bucket.
fn bucket(endpoint: &str, name: &str) -> String {
    let bucket = format!("sagemaker-{name}-{}", std::process::id());
    let made = ask(endpoint, "PUT", &format!("/{bucket}"), "");
    assert!(made.starts_with("http/1.1 200"), "{made}");
    bucket
}

fn service(endpoint: &str) -> S3Service {
    S3Service {
        region: None,
        endpoint: Some(endpoint.to_owned()),
        bucket_key: true,
        credentials: Arc::new(S3Credentials {
            access_key_id: "AKIDMOTO".into(),
            secret_access_key: Zeroizing::new(SECRET.into()),
            session_token: Some(Zeroizing::new(TOKEN.into())),
        }),
    }
}

fn lake(endpoint: &str) -> Lake {
    Lake::open(Location::S3(service(endpoint))).unwrap()
}

fn table(place: &str) -> Table {
    let column = |name: &str, scalar| Column {
        name: name.into(),
        kind: ColumnKind::Scalar(scalar),
    };
    Table {
        path: format!("{place}/111122223333/sagemaker/us-east-1/offline-store/g-1/data"),
        columns: vec![
            column("id", Scalar::String),
            column("at", Scalar::Fractional),
        ],
        identifier: "id".into(),
        event_time: "at".into(),
        format: TableFormat::Glue,
    }
}

fn row(id: &str) -> OfflineRow {
    OfflineRow {
        cells: vec![Cell::Text(id.into()), Cell::Float(1.0)],
        event_time: 1_000,
        api_invocation_time: 5,
        is_deleted: false,
    }
}

fn under(key: Option<&str>) -> FileEncryption {
    FileEncryption::ServerSide {
        kms_key: key.map(str::to_owned),
    }
}

fn ids(rows: rempart_lake::Rows) -> Vec<String> {
    let rows: Vec<StoredRow> = rows.collect::<Result<_, _>>().unwrap();
    rows.into_iter()
        .map(|stored| match &stored.row.cells[0] {
            Cell::Text(id) => id.clone(),
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn k9_objects_are_encrypted_under_the_key_of_the_group() {
    let Some(endpoint) = double() else { return };
    let lake = lake(&endpoint);
    assert!(!lake.encrypts_files());
    let (one, other) = (bucket(&endpoint, "one"), bucket(&endpoint, "other"));
    let tables = [
        (table(&one), one.clone()),
        (
            table(&format!("{one}/some/prefix")),
            format!("{one}/some/prefix"),
        ),
        (
            table(&format!("{other}/team=x/a b+c&d'é%20")),
            format!("{other}/team%3Dx/a%20b%2Bc%26d%27%C3%A9%2520"),
        ),
    ];
    for (table, place) in &tables {
        for (unique, key) in [("aaaaaaaaaaaaaaaa", Some(KEY)), ("bbbbbbbbbbbbbbbb", None)] {
            let path = file_path(table, 1_000, unique).unwrap();
            let written = lake
                .write(table, &path, &[row(unique)], 9, &under(key))
                .unwrap();
            assert_eq!(written.path, path);
            let below = path.strip_prefix(&table.path).unwrap();
            let address =
                format!("/{place}/111122223333/sagemaker/us-east-1/offline-store/g-1/data{below}");
            let head = ask(&endpoint, "HEAD", &address, "");
            assert!(
                head.contains("x-amz-server-side-encryption: aws:kms"),
                "{head}"
            );
            assert!(
                head.contains("x-amz-server-side-encryption-bucket-key-enabled: true"),
                "{head}"
            );
            assert_eq!(head.contains(KEY), key.is_some(), "{head}");
            assert_eq!(ids(lake.read(table, &path, &no_keys()).unwrap()), [unique]);
        }
    }
    // Each table has its own files and no others.
    for (table, _) in &tables {
        let files = lake.files(table).unwrap();
        assert_eq!(files.len(), 2, "{files:?}");
        assert!(lake.earlier_versions(table).unwrap().is_empty());
        for file in files {
            assert!(file.bytes > 0);
            lake.remove(table, &file.path).unwrap();
            lake.remove(table, &file.path).unwrap();
        }
        assert!(lake.files(table).unwrap().is_empty());
    }
    let (table, _) = &tables[0];
    let missing = file_path(table, 1_000, "cccccccccccccccc").unwrap();
    let error = lake.read(table, &missing, &no_keys()).unwrap_err();
    assert!(error.to_string().contains("s3://"), "{error}");
    assert!(error.to_string().contains(&missing), "{error}");
    assert!(lake.address(table).starts_with(&format!("s3://{one}/1111")));
}

#[test]
fn s12_rows_are_taken_out_of_objects() {
    let Some(endpoint) = double() else { return };
    let lake = lake(&endpoint);
    let table = table(&bucket(&endpoint, "erase"));
    let path = file_path(&table, 1_000, "aaaaaaaaaaaaaaaa").unwrap();
    lake.write(&table, &path, &[row("x"), row("y")], 9, &under(Some(KEY)))
        .unwrap();
    let rewritten = lake
        .rewrite_without(
            &table,
            &path,
            &["x".to_owned()],
            "bbbbbbbbbbbbbbbb",
            &no_keys(),
            &under(Some(KEY)),
        )
        .unwrap()
        .unwrap();
    assert_eq!(rewritten.removed_rows, 1);
    lake.remove(&table, &path).unwrap();
    let files = lake.files(&table).unwrap();
    assert_eq!(files.len(), 1);
    let left = ids(lake.read(&table, &files[0].path, &no_keys()).unwrap());
    assert_eq!(left, ["y"]);
}

#[test]
fn what_a_bucket_keeps_is_found_and_removed() {
    let Some(endpoint) = double() else { return };
    let lake = lake(&endpoint);
    let bucket = bucket(&endpoint, "versions");
    let enabled = ask(
        &endpoint,
        "PUT",
        &format!("/{bucket}?versioning"),
        "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <Status>Enabled</Status></VersioningConfiguration>",
    );
    assert!(enabled.starts_with("http/1.1 200"), "{enabled}");
    let table = table(&format!("{bucket}/a=b c"));
    let path = file_path(&table, 1_000, "aaaaaaaaaaaaaaaa").unwrap();
    for id in ["x", "y"] {
        lake.write(&table, &path, &[row(id)], 9, &under(Some(KEY)))
            .unwrap();
    }
    let versions = lake.earlier_versions(&table).unwrap();
    assert_eq!(versions.len(), 1, "{versions:?}");
    assert_eq!(versions[0].path, path);
    let read = lake.read_version(&table, &versions[0], &no_keys()).unwrap();
    assert_eq!(ids(read), ["x"]);
    lake.remove(&table, &path).unwrap();
    assert!(lake.files(&table).unwrap().is_empty());
    let versions = lake.earlier_versions(&table).unwrap();
    assert_eq!(versions.len(), 2, "{versions:?}");
    for version in &versions {
        lake.remove_version(&table, version).unwrap();
        lake.remove_version(&table, version).unwrap();
        assert!(lake.read_version(&table, version, &no_keys()).is_err());
    }
    assert!(lake.earlier_versions(&table).unwrap().is_empty());
}

#[test]
fn a_missing_bucket_is_named() {
    let Some(endpoint) = double() else { return };
    let lake = lake(&endpoint);
    let table = table("sagemaker-is-not-there");
    let path = file_path(&table, 1_000, "aaaaaaaaaaaaaaaa").unwrap();
    let write = lake
        .write(&table, &path, &[row("x")], 9, &under(Some(KEY)))
        .unwrap_err()
        .to_string();
    assert!(write.contains(&format!("s3://{path}")), "{write}");
    assert!(write.contains("NoSuchBucket"), "{write}");
    for error in [
        lake.files(&table).map(drop).unwrap_err(),
        lake.read(&table, &path, &no_keys()).map(drop).unwrap_err(),
        lake.earlier_versions(&table).map(drop).unwrap_err(),
        lake.remove(&table, &path).unwrap_err(),
    ] {
        let error = error.to_string();
        assert!(error.contains("s3://sagemaker-is-not-there/"), "{error}");
        assert!(error.contains("NoSuchBucket"), "{error}");
    }
    // The reason is the same each time, and carries no credentials.
    let again = lake
        .write(&table, &path, &[row("x")], 9, &under(Some(KEY)))
        .unwrap_err();
    assert_eq!(again.to_string(), write);
}

/// A service that gives answers one after the other, the last of them for good. Gives its address and
/// what it is asked.
fn misbehaving(answers: Vec<String>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, asked) = channel();
    let left = Mutex::new(answers);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let Some(request) = request(&mut stream) else {
                continue;
            };
            if sender.send(request).is_err() {
                return;
            }
            let mut left = left.lock().unwrap();
            let answer = match left.len() {
                1 => left[0].clone(),
                _ => left.remove(0),
            };
            stream.write_all(answer.as_bytes()).ok();
        }
    });
    (address, asked)
}

/// Head of a request whose body is read as well.
fn request(stream: &mut TcpStream) -> Option<String> {
    let mut read = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer).ok()?;
        // Gone, or about to speak TLS.
        if count == 0 || buffer[0] == 0x16 {
            return None;
        }
        read.extend_from_slice(&buffer[..count]);
        let Some(end) = read.windows(4).position(|at| at == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&read[..end]).to_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.parse::<usize>().unwrap());
        if read.len() >= end + 4 + length {
            return Some(head);
        }
    }
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

#[test]
fn an_object_that_is_not_encrypted_as_asked_is_an_error_and_removed() {
    let other = KEY.replace("0d99", "1d99");
    for (headers, said) in [
        ("".to_owned(), "does not say that it encrypted"),
        (
            "x-amz-server-side-encryption: AES256\r\n".to_owned(),
            "AES256",
        ),
        (
            format!(
                "x-amz-server-side-encryption: aws:kms\r\n\
                 x-amz-server-side-encryption-aws-kms-key-id: {other}\r\n"
            ),
            other.as_str(),
        ),
    ] {
        let (endpoint, asked) = misbehaving(vec![
            answer("200 OK", &format!("ETag: \"a\"\r\n{headers}"), ""),
            answer("204 No Content", "", ""),
        ]);
        let table = table("some-bucket");
        let path = file_path(&table, 1_000, "aaaaaaaaaaaaaaaa").unwrap();
        let error = lake(&endpoint)
            .write(&table, &path, &[row("x")], 9, &under(Some(KEY)))
            .unwrap_err()
            .to_string();
        assert!(error.contains(said), "{error}");
        assert!(error.contains(&format!("s3://{path}")), "{error}");
        let put = asked.recv().unwrap();
        assert!(put.starts_with("put /some-bucket/1111"), "{put}");
        assert!(
            put.contains(&format!(
                "x-amz-server-side-encryption-aws-kms-key-id: {KEY}"
            )),
            "{put}"
        );
        let delete = asked.recv().unwrap();
        assert!(delete.starts_with("delete /some-bucket/1111"), "{delete}");
    }
}

#[test]
fn credentials_are_in_no_error() {
    let body = format!(
        "<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message>\
         <Token-0>{TOKEN}</Token-0><CanonicalRequest>{SECRET}</CanonicalRequest></Error>"
    );
    let (endpoint, _asked) = misbehaving(vec![answer("400 Bad Request", "", &body)]);
    let lake = lake(&endpoint);
    let table = table("some-bucket");
    let path = file_path(&table, 1_000, "aaaaaaaaaaaaaaaa").unwrap();
    let version = rempart_lake::FileVersion {
        path: path.clone(),
        version: "v1".into(),
        bytes: 1,
    };
    let said = [
        lake.write(&table, &path, &[row("x")], 9, &under(Some(KEY)))
            .map(drop)
            .unwrap_err(),
        lake.files(&table).map(drop).unwrap_err(),
        lake.read(&table, &path, &no_keys()).map(drop).unwrap_err(),
        lake.remove(&table, &path).unwrap_err(),
        lake.earlier_versions(&table).map(drop).unwrap_err(),
        lake.remove_version(&table, &version).unwrap_err(),
    ]
    .map(|error| format!("{error} {error:?}"));
    let settings = format!("{lake:?} {:?}", service(&endpoint));
    for text in said.iter().chain([&settings]) {
        assert!(!text.contains(SECRET) && !text.contains(TOKEN), "{text}");
    }
    for error in &said {
        assert!(error.contains("ExpiredToken"), "{error}");
    }
}

/// Gives other credentials each time, and at last none.
#[derive(Debug)]
struct Changing(Mutex<Vec<&'static str>>);

impl S3CredentialSource for Changing {
    fn credentials(&self) -> AskedCredentials<'_> {
        let next = self.0.lock().unwrap().pop();
        Box::pin(async move {
            Ok(S3Credentials {
                access_key_id: next.ok_or("the source is dry")?.to_owned(),
                secret_access_key: Zeroizing::new(SECRET.into()),
                session_token: Some(Zeroizing::new(TOKEN.into())),
            })
        })
    }
}

#[test]
fn credentials_are_asked_for_each_time() {
    let (endpoint, asked) = misbehaving(vec![answer("404 Not Found", "", "")]);
    let lake = Lake::open(Location::S3(S3Service {
        credentials: Arc::new(Changing(Mutex::new(vec![
            "SECRET\r\nx: y",
            "AKID2",
            "AKID1",
        ]))),
        ..service(&endpoint)
    }))
    .unwrap();
    let table = table("some-bucket");
    let path = file_path(&table, 1_000, "aaaaaaaaaaaaaaaa").unwrap();
    for id in ["akid1", "akid2"] {
        lake.remove(&table, &path).unwrap_err();
        let head = asked.recv().unwrap();
        assert!(head.contains(&format!("credential={id}/")), "{head}");
        assert!(
            head.contains(&format!("x-amz-security-token: {TOKEN}").to_lowercase()),
            "{head}"
        );
    }
    for reason in ["no credentials of AWS", "the source is dry"] {
        let error = lake.files(&table).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
        assert!(!error.contains("SECRET"), "{error}");
    }
    assert!(asked.try_recv().is_err());
}

#[test]
fn a_lake_serves_and_ends_on_threads_that_run_futures() {
    let (endpoint, asked) = misbehaving(vec![answer("404 Not Found", "", "")]);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let lake = lake(&endpoint);
        lake.files(&table("some-bucket")).unwrap_err();
        drop(lake);
    });
    assert!(asked.recv().unwrap().starts_with("get /some-bucket?"));
}

#[test]
fn a_service_that_cannot_be_reached_is_an_error_soon() {
    // A port that nobody listens on.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let lake = lake(&format!("http://{address}"));
    let table = table("some-bucket");
    let begun = Instant::now();
    let mut said = Vec::new();
    for unique in ["aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"] {
        let path = file_path(&table, 1_000, unique).unwrap();
        let error = lake
            .write(&table, &path, &[row("x")], 9, &under(Some(KEY)))
            .unwrap_err()
            .to_string();
        let (place, reason) = error.split_once(".parquet: ").unwrap();
        assert!(place.starts_with("s3://some-bucket/"), "{error}");
        assert!(reason.contains("refused"), "{error}");
        said.push(begun.elapsed());
    }
    assert!(said[1] < Duration::from_secs(30), "{said:?}");
    // What is known need not be found out again.
    assert!(said[1] - said[0] < Duration::from_millis(100), "{said:?}");
}

#[test]
fn without_leave_nothing_goes_over_http() {
    let (endpoint, asked) = misbehaving(vec![answer("200 OK", "", "")]);
    let lake = lake(&endpoint.replace("http://", "https://"));
    let table = table("some-bucket");
    let path = file_path(&table, 1_000, "aaaaaaaaaaaaaaaa").unwrap();
    lake.write(&table, &path, &[row("x")], 9, &under(Some(KEY)))
        .unwrap_err();
    assert!(asked.try_recv().is_err());
}

#[test]
fn settings_that_lead_elsewhere_are_refused() {
    for endpoint in [
        "",
        "s3.example.com",
        "ftp://s3.example.com",
        "https://user:password@s3.example.com",
        "https://s3.example.com/path",
        "https://s3.example.com?x=y",
        "file:///etc",
    ] {
        let error = Lake::open(Location::S3(service(endpoint))).unwrap_err();
        assert!(!error.to_string().contains("password"), "{error}");
    }
    let region = S3Service {
        region: Some("eu.evil.example/".into()),
        endpoint: None,
        ..service("")
    };
    assert!(Lake::open(Location::S3(region)).is_err());
    let (endpoint, asked) = misbehaving(vec![answer("200 OK", "", "")]);
    let lake = lake(&endpoint);
    for place in [
        "",
        "..",
        "a",
        "A b",
        "bucket?x",
        "bucket#x",
        "b..b",
        "-bucket",
        "user@host",
    ] {
        let table = table(place);
        assert!(lake.files(&table).is_err(), "{place}");
    }
    assert!(asked.try_recv().is_err());
}

#[test]
fn an_endless_list_of_versions_ends() {
    let page = "<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>a</NextKeyMarker>\
                <NextVersionIdMarker>b</NextVersionIdMarker></ListVersionsResult>";
    let (endpoint, _asked) = misbehaving(vec![answer("200 OK", "", page)]);
    let error = lake(&endpoint)
        .earlier_versions(&table("some-bucket"))
        .unwrap_err();
    assert!(error.to_string().contains("does not end"), "{error}");
}
