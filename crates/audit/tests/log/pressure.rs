//! More events than are taken, and records that are too long.

use std::time::{Duration, Instant};

use rempart_audit::{AuditSettings, Failure, Sink as _};
use rempart_trail::integrity::Outcome;
use serde_json::json;

use super::support::{event, numbers, open, own, records, try_open, verified};

#[test]
fn what_is_not_taken_is_counted_and_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let settings = AuditSettings {
        waiting: 2,
        patience: Duration::ZERO,
        ..AuditSettings::default()
    };
    let log = try_open(folder.path(), settings).unwrap();
    let mut was_unhealthy = false;
    // A queue of two overflows soon; how soon is up to the machine.
    let begun = Instant::now();
    let mut number = 0;
    while log.stats().refused < 3 && begun.elapsed() < Duration::from_secs(20) {
        log.record(event(number, "111122223333"));
        was_unhealthy |= !log.healthy();
        number += 1;
    }
    assert!(was_unhealthy);
    while !log.healthy() && begun.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(log.healthy(), "{:?}", log.stats());
    let stats = log.stats();
    assert_eq!(stats.taken + stats.refused, number);
    drop(log);
    assert_eq!(numbers(folder.path()).len() as u64, stats.taken);
    let told = own(folder.path(), "EventsNotRecorded");
    let told: u64 = told
        .iter()
        .map(|record| {
            record["serviceEventDetails"]["notRecorded"]
                .as_u64()
                .unwrap()
        })
        .sum();
    assert_eq!(told, stats.refused);
    assert_eq!(verified(folder.path()).outcome(), Outcome::Verified);
}

#[test]
fn what_is_too_long_is_cut_or_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path());
    let mut long = event(0, "111122223333");
    long.parameters = Some(json!({"x": "y".repeat(100 << 10)}));
    long.response = Some(json!({"x": "y".repeat(90 << 10)}));
    long.additional = Some(json!({"x": "y".repeat(28 << 10)}));
    // A character that would be cut in two.
    long.user_agent = format!("{}é", "a".repeat(1_023)).into();
    long.failure = Some(Failure {
        code: "ValidationError".into(),
        message: "\u{1b}[31m\"\n".repeat(1_000),
    });
    long.request_id = "r".repeat(2_000).into();
    log.record(long);
    drop(log);
    let mut records = records(folder.path());
    let record = records.pop().unwrap();
    assert_eq!(record["eventName"], "GetRecord");
    assert!(record.get("requestParameters").is_none());
    assert!(record.get("additionalEventData").is_none());
    assert_eq!(
        record["responseElements"]["x"].as_str().unwrap().len(),
        90 << 10
    );
    assert_eq!(record["userAgent"], "a".repeat(1_023));
    assert_eq!(record["requestID"].as_str().unwrap().len(), 1_024);
    assert!(record["errorMessage"].as_str().unwrap().len() <= 1_024);
    assert_eq!(record["errorCode"], "ValidationError");
}

#[test]
fn a_record_has_the_members_of_cloudtrail() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path());
    let mut event = event(7, "111122223333");
    event.time = "2026-03-01T10:20:30.987Z".parse().unwrap();
    event.tls = Some(std::sync::Arc::new(json!({"tlsVersion": "TLSv1.3"})));
    event.resources = vec![
        rempart_audit::Resource {
            account: "111122223333".into(),
            kind: "AWS::SageMaker::FeatureGroup",
            arn: "arn:aws:sagemaker:eu-west-1:111122223333:feature-group/g".into(),
        };
        2
    ];
    log.record(event);
    drop(log);
    let mut record = records(folder.path()).pop().unwrap();
    let id = record["eventID"].take();
    assert_eq!(
        uuid::Uuid::parse_str(id.as_str().unwrap())
            .unwrap()
            .get_version_num(),
        4
    );
    let resource = json!({
        "accountId": "111122223333", "type": "AWS::SageMaker::FeatureGroup",
        "ARN": "arn:aws:sagemaker:eu-west-1:111122223333:feature-group/g",
    });
    assert_eq!(
        record,
        json!({
            "eventVersion": "1.11",
            "userIdentity": {"type": "IAMUser", "userName": "reader"},
            "eventTime": "2026-03-01T10:20:30Z",
            "eventSource": "sagemaker.amazonaws.com",
            "eventName": "GetRecord",
            "awsRegion": "eu-west-1",
            "sourceIPAddress": "192.0.2.7",
            "userAgent": "boto3",
            "requestParameters": {"featureGroupName": "g", "number": 7},
            "responseElements": null,
            "requestID": "request-7",
            "eventID": null,
            "readOnly": true,
            "resources": [resource, resource],
            "eventType": "AwsApiCall",
            "managementEvent": false,
            "eventCategory": "Data",
            "recipientAccountId": "111122223333",
            "tlsDetails": {"tlsVersion": "TLSv1.3"},
        })
    );
}
