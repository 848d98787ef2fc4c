//! Against a running AWS double, which `./test` starts and names in `REMPART_MOTO`.

#![cfg(feature = "s3")]
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rempart_lake::{
    Cell, Column, ColumnKind, FileEncryption, FileKeys, Lake, Location, OfflineRow, S3Credentials,
    S3Location, Scalar, Table, TableFormat, file_path,
};
use zeroize::Zeroizing;

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/0d990263-018e-4e65-a703-eff731de951e";

struct NoKeys;

impl FileKeys for NoKeys {
    fn key(&self, _: &str) -> Result<Zeroizing<[u8; 32]>, String> {
        Err("none".into())
    }
}

/// A request without a body, unsigned; the whole answer.
fn ask(endpoint: &str, method: &str, path: &str) -> String {
    let host = endpoint.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).to_lowercase()
}

#[test]
fn objects_are_encrypted_under_the_key_of_the_group() {
    let Ok(endpoint) = std::env::var("REMPART_MOTO") else {
        eprintln!("skipped: REMPART_MOTO is not set");
        return;
    };
    let bucket = format!("sagemaker-lake-{}", std::process::id());
    ask(&endpoint, "PUT", &format!("/{bucket}"));
    let lake = Lake::open(Location::S3(S3Location {
        bucket: bucket.clone(),
        prefix: "some/prefix".into(),
        endpoint: Some(endpoint.clone()),
        bucket_key: true,
        credentials: Some(S3Credentials {
            access_key_id: "AKIDMOTO".into(),
            secret_access_key: Zeroizing::new("secret".into()),
            session_token: None,
        }),
        ..S3Location::default()
    }))
    .unwrap();
    let column = |name: &str, scalar| Column {
        name: name.into(),
        kind: ColumnKind::Scalar(scalar),
    };
    let table = Table {
        path: "111122223333/sagemaker/us-east-1/offline-store/g-1/data".into(),
        columns: vec![
            column("id", Scalar::String),
            column("at", Scalar::Fractional),
        ],
        identifier: "id".into(),
        event_time: "at".into(),
        format: TableFormat::Glue,
    };
    let row = OfflineRow {
        cells: vec![Cell::Text("a".into()), Cell::Float(1.0)],
        event_time: 1_000,
        api_invocation_time: 5,
        is_deleted: false,
    };
    let keys: Arc<dyn FileKeys> = Arc::new(NoKeys);
    for (unique, kms_key) in [
        ("aaaaaaaaaaaaaaaa", Some(KEY.to_owned())),
        ("bbbbbbbbbbbbbbbb", None),
    ] {
        let encryption = FileEncryption::ServerSide {
            kms_key: kms_key.clone(),
        };
        let path = file_path(&table, 1_000, unique).unwrap();
        let written = lake
            .write(&table, &path, std::slice::from_ref(&row), 9, &encryption)
            .unwrap();
        let head = ask(
            &endpoint,
            "HEAD",
            &format!("/{bucket}/some/prefix/{}", written.path),
        );
        assert!(
            head.contains("x-amz-server-side-encryption: aws:kms"),
            "{head}"
        );
        assert!(
            head.contains("x-amz-server-side-encryption-bucket-key-enabled: true"),
            "{head}"
        );
        assert_eq!(head.contains(KEY), kms_key.is_some(), "{head}");
        let read: Vec<_> = lake
            .read(&table, &path, &keys)
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(read.len(), 1);
        assert_eq!(read.first().unwrap().row, row);
    }
    let files = lake.files(&table).unwrap();
    assert_eq!(files.len(), 2);
    for file in files {
        lake.remove(&table, &file.path).unwrap();
        lake.remove(&table, &file.path).unwrap();
    }
    assert!(lake.files(&table).unwrap().is_empty());
    let missing = file_path(&table, 1_000, "cccccccccccccccc").unwrap();
    assert!(lake.read(&table, &missing, &keys).is_err());
}
