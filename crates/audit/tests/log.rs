//! What is recorded is delivered once, verified by digests, and told apart when somebody changed it.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use rempart_audit::{AuditLog, AuditOptions, Category, Event, SigningKey, Sink as _, undelivered};
use rempart_trail::integrity::{
    IntegrityOptions, IntegrityProgress, IntegrityReport, Outcome, PublicKeys, verify,
};
use rempart_trail::source::{DiscoverOptions, Input, discover};
use serde_json::{Value, json};

const ROOT: [u8; 32] = [5; 32];

fn event(number: u64, recipient: &str) -> Event {
    Event {
        time: Timestamp::now(),
        source: "sagemaker.amazonaws.com",
        name: "GetRecord".into(),
        region: "eu-west-1".into(),
        user_identity: Arc::new(json!({"type": "IAMUser", "userName": "reader"})),
        source_address: "192.0.2.7".into(),
        user_agent: "boto3".into(),
        tls: None,
        parameters: Some(json!({"featureGroupName": "g", "number": number})),
        response: None,
        additional: None,
        resources: Vec::new(),
        read_only: true,
        category: Category::Data,
        request_id: format!("request-{number}").into(),
        recipient: recipient.into(),
        failure: None,
    }
}

fn open(folder: &Path) -> AuditLog {
    let now = Timestamp::now();
    let key = SigningKey::open(&folder.join("signing.key"), &ROOT, now).unwrap();
    let options = AuditOptions {
        path: folder.to_owned(),
        region: "eu-west-1".to_owned(),
    };
    AuditLog::open(&options, key, now).unwrap()
}

fn verified(folder: &Path) -> IntegrityReport {
    let keys = PublicKeys::parse(&std::fs::read(folder.join("public-keys.json")).unwrap()).unwrap();
    assert!(keys.problems.is_empty(), "{:?}", keys.problems);
    let logs = folder.join("AWSLogs").to_string_lossy().into_owned();
    let discovery = discover(&[Input::parse(&logs)], &DiscoverOptions::default());
    let options = IntegrityOptions {
        keys,
        ..IntegrityOptions::default()
    };
    verify(&discovery, &options, &IntegrityProgress::default())
}

/// Numbers of the delivered events of an account, and of those that wait.
fn numbers(folder: &Path) -> Vec<u64> {
    let number = |record: &Value| {
        record
            .pointer("/requestParameters/number")
            .and_then(Value::as_u64)
    };
    let mut found = Vec::new();
    for entry in walk(&folder.join("AWSLogs")) {
        if entry.contains("_CloudTrail_") {
            let file = std::fs::File::open(&entry).unwrap();
            let log: Value = serde_json::from_reader(flate2::read::GzDecoder::new(file)).unwrap();
            let records = log.get("Records").and_then(Value::as_array).unwrap();
            found.extend(records.iter().filter_map(number));
        }
    }
    undelivered(folder, |record| {
        found.extend(number(&serde_json::from_slice(record).unwrap()))
    })
    .unwrap();
    found.sort_unstable();
    found
}

fn walk(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(walk(&path));
        } else {
            found.push(path.to_string_lossy().into_owned());
        }
    }
    found
}

/// A copy of the directory as a crash would leave it.
fn copy(from: &Path, to: &Path) {
    for path in walk(from) {
        let target = to.join(Path::new(&path).strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(path, target).unwrap();
    }
}

#[test]
fn delivered_logs_verify_and_a_change_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path());
    for number in 0..500 {
        log.record(event(
            number,
            if number % 2 == 0 {
                "111122223333"
            } else {
                "444455556666"
            },
        ));
    }
    log.deliver().unwrap();
    for number in 500..600 {
        log.record(event(number, "111122223333"));
    }
    drop(log);
    let report = verified(folder.path());
    assert_eq!(report.outcome(), Outcome::Verified, "{report:?}");
    assert_eq!(numbers(folder.path()), (0..600).collect::<Vec<_>>());

    let log = open(folder.path());
    log.record(event(600, "111122223333"));
    drop(log);
    assert_eq!(verified(folder.path()).outcome(), Outcome::Verified);

    let victim = walk(folder.path())
        .into_iter()
        .find(|path| path.contains("_CloudTrail_"))
        .unwrap();
    std::fs::remove_file(victim).unwrap();
    assert_eq!(verified(folder.path()).outcome(), Outcome::Wrong);
}

#[test]
fn what_a_crash_leaves_is_delivered_once() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path());
    for number in 0..100 {
        log.record(event(number, "111122223333"));
    }
    assert!(log.sync());
    let crashed = tempfile::tempdir().unwrap();
    copy(folder.path(), crashed.path());
    drop(log);
    assert_eq!(numbers(crashed.path()), (0..100).collect::<Vec<_>>());
    // The crash tore the last line.
    let segment = walk(&crashed.path().join("segments")).pop().unwrap();
    let text = std::fs::read(&segment).unwrap();
    std::fs::write(&segment, &text[..text.len() - 20]).unwrap();
    drop(open(crashed.path()));
    assert_eq!(numbers(crashed.path()), (0..99).collect::<Vec<_>>());
    assert_eq!(verified(crashed.path()).outcome(), Outcome::Verified);
}

#[test]
fn a_changed_segment_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path());
    for number in 0..10 {
        log.record(event(number, "111122223333"));
    }
    assert!(log.sync());
    let crashed = tempfile::tempdir().unwrap();
    copy(folder.path(), crashed.path());
    drop(log);
    let segment = walk(&crashed.path().join("segments")).pop().unwrap();
    let text = std::fs::read_to_string(&segment)
        .unwrap()
        .replace("\"number\":4", "\"number\":5");
    std::fs::write(&segment, text).unwrap();
    let now = Timestamp::now();
    let key = SigningKey::open(&crashed.path().join("signing.key"), &ROOT, now).unwrap();
    let options = AuditOptions {
        path: crashed.path().to_owned(),
        region: "eu-west-1".to_owned(),
    };
    let error = AuditLog::open(&options, key, now).unwrap_err();
    assert!(error.reason.contains("line 7 was altered"), "{error}");
}

#[test]
fn the_signing_key_opens_under_its_root_key_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signing.key");
    let now = Timestamp::now();
    let made = SigningKey::open(&path, &ROOT, now).unwrap();
    assert_eq!(
        SigningKey::open(&path, &ROOT, now).unwrap().public_keys(),
        made.public_keys()
    );
    assert!(SigningKey::open(&path, &[6; 32], now).is_err());
}
