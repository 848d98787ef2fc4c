//! Helpers.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use rempart_audit::{
    AuditError, AuditLog, AuditOptions, AuditSettings, Category, Event, SigningKey, undelivered,
};
use rempart_trail::integrity::{
    IntegrityOptions, IntegrityProgress, IntegrityReport, PublicKeys, verify,
};
use rempart_trail::source::{DiscoverOptions, Input, discover};
use serde_json::{Value, json};

pub(crate) const ROOT: [u8; 32] = [5; 32];

pub(crate) fn event(number: u64, recipient: &str) -> Event {
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

pub(crate) fn key(folder: &Path) -> SigningKey {
    SigningKey::open(&folder.join("signing.key"), &ROOT, Timestamp::now()).unwrap()
}

pub(crate) fn try_open(folder: &Path, settings: AuditSettings) -> Result<AuditLog, AuditError> {
    let options = AuditOptions {
        path: folder.to_owned(),
        region: "eu-west-1".to_owned(),
    };
    AuditLog::open_with(&options, settings, key(folder), Timestamp::now())
}

pub(crate) fn open(folder: &Path) -> AuditLog {
    try_open(folder, AuditSettings::default()).unwrap()
}

pub(crate) fn verified(folder: &Path) -> IntegrityReport {
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

/// The delivered records, and those that wait, of all accounts.
pub(crate) fn records(folder: &Path) -> Vec<Value> {
    let mut found = Vec::new();
    for entry in walk(&folder.join("AWSLogs")) {
        if entry.contains("_CloudTrail_") {
            let file = std::fs::File::open(&entry).unwrap();
            let mut log: Value =
                serde_json::from_reader(flate2::read::GzDecoder::new(file)).unwrap();
            found.append(
                log.get_mut("Records")
                    .and_then(Value::as_array_mut)
                    .unwrap(),
            );
        }
    }
    undelivered(folder, |record| {
        found.push(serde_json::from_slice(record).unwrap())
    })
    .unwrap();
    found
}

/// Numbers of the events, sorted.
pub(crate) fn numbers(folder: &Path) -> Vec<u64> {
    let number = |record: &Value| record.pointer("/requestParameters/number")?.as_u64();
    let mut found: Vec<u64> = records(folder).iter().filter_map(number).collect();
    found.sort_unstable();
    found
}

/// The records that the log wrote of itself under a name.
pub(crate) fn own(folder: &Path, name: &str) -> Vec<Value> {
    let mut found = records(folder);
    found.retain(|record| record.get("eventName").and_then(Value::as_str) == Some(name));
    found
}

pub(crate) fn walk(folder: &Path) -> Vec<String> {
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
pub(crate) fn copy(from: &Path, to: &Path) {
    for path in walk(from) {
        let target = to.join(Path::new(&path).strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(path, target).unwrap();
    }
}
