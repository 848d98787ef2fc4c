//! Shapes of single records.

use rempart_testkit::random::Random;
use rempart_testkit::record::{Actor, Agent, Client, Record, Role, access_key};
use rempart_testkit::time::Time;
use serde_json::{Value, json};

const ROLE: Role = Role {
    account: "111122223333",
    path: "/service-role/",
    name: "SageMaker-ExecutionRole-Test",
};

fn studio() -> Actor {
    let client = Client::private("10.0.0.7", Agent::Cli, "vpce-0a1b2c3d4e5f60718");
    ROLE.session("SageMaker", Time::date(2026, 3, 2), client)
}

fn build(record: Record) -> Value {
    record.build(&Random::new(1)).1
}

#[test]
fn fields_stand_in_the_order_of_real_records() {
    let record = build(
        Record::call(
            &studio(),
            Time::date(2026, 3, 2),
            "sagemaker",
            "StopNotebookInstance",
        )
        .request(json!({ "notebookInstanceName": "n" }))
        .denied(),
    );
    let names: Vec<&str> = record
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        names,
        [
            "eventVersion",
            "userIdentity",
            "eventTime",
            "eventSource",
            "eventName",
            "awsRegion",
            "sourceIPAddress",
            "userAgent",
            "errorCode",
            "errorMessage",
            "requestParameters",
            "responseElements",
            "requestID",
            "eventID",
            "readOnly",
            "eventType",
            "managementEvent",
            "recipientAccountId",
            "vpcEndpointId",
            "vpcEndpointAccountId",
            "eventCategory",
            "tlsDetails",
        ]
    );
    assert_eq!(record["readOnly"], false);
    assert_eq!(record["errorCode"], "AccessDeniedException");
    let message = record["errorMessage"].as_str().unwrap();
    assert!(
        message.contains("not authorized to perform: sagemaker:StopNotebookInstance"),
        "{message}"
    );
    assert!(
        record["userAgent"]
            .as_str()
            .unwrap()
            .ends_with("md/command#sagemaker.stop-notebook-instance")
    );
}

#[test]
fn role_session_shows_role_path_only_in_its_issuer() {
    let identity = studio()
        .source_identity("alice")
        .on_behalf_of("user-1", "store")
        .identity;
    assert_eq!(
        identity["arn"],
        "arn:aws:sts::111122223333:assumed-role/SageMaker-ExecutionRole-Test/SageMaker"
    );
    let context = &identity["sessionContext"];
    assert_eq!(
        context["sessionIssuer"]["arn"],
        "arn:aws:iam::111122223333:role/service-role/SageMaker-ExecutionRole-Test"
    );
    assert_eq!(context["attributes"]["mfaAuthenticated"], "false");
    assert_eq!(context["sourceIdentity"], "alice");
    assert_eq!(identity["onBehalfOf"]["userId"], "user-1");
    assert!(
        identity["principalId"]
            .as_str()
            .unwrap()
            .ends_with(":SageMaker")
    );
}

#[test]
fn every_kind_of_caller_builds() {
    let client = || Client::new("198.51.100.10", Agent::Boto3);
    let callers = [
        (
            Actor::user("111122223333", "bob", &access_key("bob"), client())
                .with_mfa(Time::date(2026, 3, 2)),
            "IAMUser",
        ),
        (Actor::service("111122223333", "sagemaker"), "AWSService"),
        (Actor::root("111122223333", client()), "Root"),
        (
            Actor::other_account("444455556666", "AROAEXAMPLE", client()),
            "AWSAccount",
        ),
        (
            Actor::web_identity("111122223333", "token.example.com", "repo:a/b", client()),
            "WebIdentityUser",
        ),
        (studio().through("s3"), "AssumedRole"),
    ];
    for (actor, kind) in callers {
        let record = build(Record::call(
            &actor,
            Time::date(2026, 3, 2),
            "iam",
            "GetUser",
        ));
        assert_eq!(record["userIdentity"]["type"], kind);
        assert_eq!(record["awsRegion"], "us-east-1");
        assert_eq!(record["readOnly"], true);
        assert_eq!(
            record.get("tlsDetails").is_some(),
            record["sourceIPAddress"]
                .as_str()
                .unwrap()
                .starts_with("198.")
        );
    }
    let event = Actor::service_event("111122223333", "sagemaker");
    assert_eq!(
        event.identity,
        json!({ "accountId": "111122223333", "invokedBy": "sagemaker.amazonaws.com" })
    );
}

#[test]
fn object_call_is_a_data_event_with_both_resources() {
    let random = Random::new(3);
    let record = build(
        Record::call(&studio(), Time::date(2026, 3, 2), "s3", "GetObject").object(
            "bucket",
            "444455556666",
            "a/b",
            (0, 9),
            &random,
        ),
    );
    assert_eq!(record["eventCategory"], "Data");
    assert_eq!(record["managementEvent"], false);
    assert_eq!(record["resources"][0]["ARN"], "arn:aws:s3:::bucket/a/b");
    assert_eq!(record["resources"][1]["accountId"], "444455556666");
    assert_eq!(record["additionalEventData"]["bytesTransferredOut"], 9);
    assert_eq!(record["requestID"].as_str().unwrap().len(), 16);
}
