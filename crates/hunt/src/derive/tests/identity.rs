//! Fields about who acted and how it ended.

use rempart_sigma::{Derive, Derived};
use rempart_trail::record::Record;
use serde_json::{Value, json};

use super::{OWN, by, check, session};
use crate::derive::{Deriver, KnownAccounts};

#[test]
fn principal() {
    let user =
        json!({"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/bob", "userName": "bob"});
    check(
        "rempart.principal",
        &[
            (by(user), json!("arn:aws:iam::111122223333:user/bob")),
            (
                by(json!({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"})),
                json!("ec2.amazonaws.com"),
            ),
            (by(json!({"onBehalfOf": {"userId": "u-1"}})), json!("u-1")),
            (
                by(json!({"type": "AWSAccount", "accountId": OWN})),
                json!(OWN),
            ),
            (by(json!({"arn": ""})), json!("unknown")),
            (by(json!("root")), json!("unknown")),
            (json!({}), json!("unknown")),
        ],
    );
}

#[test]
fn actor() {
    let person = session(
        "aws-reserved/sso.amazonaws.com/",
        "AWSReservedSSO_Data_0123456789abcdef",
        "eva@example.com",
    );
    let federated = json!({
        "type": "FederatedUser",
        "arn": "arn:aws:sts::111122223333:federated-user/x",
        "sessionContext": {"sessionIssuer": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/bob"}},
    });
    let bare =
        json!({"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/Build/i-0"});
    check(
        "rempart.identity.actor",
        &[
            (
                by(session("team/", "Build", "run-8161")),
                json!("arn:aws:iam::111122223333:role/team/Build"),
            ),
            (
                by(person),
                json!(
                    "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Data_0123456789abcdef/eva@example.com"
                ),
            ),
            (by(federated), json!("arn:aws:iam::111122223333:user/bob")),
            (by(bare), json!("arn:aws:iam::111122223333:role/Build")),
            (
                by(json!({"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/bob"})),
                json!("arn:aws:iam::111122223333:user/bob"),
            ),
            (
                by(json!({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"})),
                json!("ec2.amazonaws.com"),
            ),
            (
                by(json!({"arn": 7, "sessionContext": []})),
                json!("unknown"),
            ),
            (json!({}), json!("unknown")),
        ],
    );
}

#[test]
fn person() {
    let mut console = by(session("", "DataScientist", "alice"));
    console["sessionCredentialFromConsole"] = json!("true");
    let mut not_console = by(session("", "DataScientist", "alice"));
    not_console["sessionCredentialFromConsole"] = json!("false");
    check(
        "rempart.identity.person",
        &[
            (console, json!(true)),
            (not_console, json!(false)),
            (
                by(session("", "AWSReservedSSO_Data_01", "eva")),
                json!(true),
            ),
            // A role of any name may hold the text elsewhere.
            (
                by(session("", "Build", "AWSReservedSSO_Data")),
                json!(false),
            ),
            (by(json!({"type": "IAMUser"})), json!(true)),
            (by(json!({"type": "Root"})), json!(true)),
            (by(json!({"type": "AWSService"})), json!(false)),
            (by(json!({"type": "IdentityCenterUser"})), json!(true)),
            (
                by(json!({"type": "AssumedRole", "onBehalfOf": {"userId": "u"}})),
                json!(true),
            ),
            (
                by(json!({"type": "AssumedRole", "onBehalfOf": null})),
                json!(false),
            ),
            (by(json!([])), json!(false)),
            (json!({}), json!(false)),
        ],
    );
}

#[test]
fn sagemaker_session() {
    let mut other_type = session("", "Build", "SageMaker");
    other_type["type"] = json!("IAMUser");
    check(
        "rempart.identity.sagemaker_session",
        &[
            (by(session("", "Build", "SageMaker")), json!(true)),
            (
                by(session(
                    "service-role/",
                    "AmazonSageMaker-ExecutionRole-1",
                    "x",
                )),
                json!(true),
            ),
            (by(session("", "SAGEMAKER-EXECUTION", "x")), json!(true)),
            (by(session("", "SageMakerAdmin", "x")), json!(false)),
            (by(session("", "Build", "SageMaker-2")), json!(false)),
            (by(other_type), json!(false)),
            (by(json!(["SageMaker"])), json!(false)),
            (json!({}), json!(false)),
        ],
    );
    let escaped = br#"{"userIdentity":{"type":"AssumedRole","principalId":"A:S\u0061geMaker"}}"#;
    let record = Record::parse(escaped).unwrap();
    let accounts = KnownAccounts::default();
    let derived = Deriver::new(&accounts).derive(&record, "rempart.identity.sagemaker_session");
    assert_eq!(derived, Derived::Bool(true));
}

#[test]
fn outcome() {
    let failed = |code: &str| json!({"errorCode": code});
    check(
        "rempart.outcome",
        &[
            (json!({}), json!("success")),
            (json!({"errorCode": null}), json!("success")),
            (failed("AccessDenied"), json!("denied")),
            (failed("Client.UnauthorizedOperation"), json!("denied")),
            (failed("ThrottlingException"), json!("throttled")),
            (failed("ResourceLimitExceeded"), json!("limit")),
            (failed("RequestLimitExceeded"), json!("throttled")),
            (failed("InsufficientCapacityError"), json!("limit")),
            (failed("ValidationException"), json!("failed")),
            (
                json!({"errorCode": "X", "errorMessage": "User is not authorized to perform: y"}),
                json!("denied"),
            ),
            (
                json!({"eventName": "ConsoleLogin", "responseElements": {"ConsoleLogin": "Failure"}}),
                json!("failed"),
            ),
            (
                json!({"eventName": "ConsoleLogin", "responseElements": {"ConsoleLogin": "Success"}}),
                json!("success"),
            ),
        ],
    );
}

#[test]
fn source_kind() {
    let from = |address: &str| json!({"sourceIPAddress": address});
    check(
        "rempart.source.kind",
        &[
            (from("198.51.100.7"), json!("public")),
            (from("2001:db8::1"), json!("public")),
            (from("10.0.0.1"), json!("private")),
            (from("::ffff:10.0.0.1"), json!("private")),
            (from("100.64.0.1"), json!("private")),
            (from("169.254.1.1"), json!("private")),
            (from("fd00::1"), json!("private")),
            (from("sagemaker.amazonaws.com"), json!("service")),
            (from("AWS Internal"), json!("internal")),
            (from("999.1.1.1"), json!("other")),
            (from(""), json!("none")),
            (json!({"sourceIPAddress": 5}), json!("none")),
            (json!({}), json!("none")),
        ],
    );
}

#[test]
fn foreign_caller() {
    check(
        "rempart.foreign.caller",
        &[
            (
                by(json!({"type": "AWSAccount", "accountId": "999988887777"})),
                json!("999988887777"),
            ),
            (
                by(json!({"arn": "arn:aws:sts::999988887777:assumed-role/x/y"})),
                json!("999988887777"),
            ),
            (by(json!({"accountId": OWN})), Value::Null),
            (by(json!({"type": "AWSService"})), Value::Null),
            (by(json!({"accountId": 5, "arn": []})), Value::Null),
            (
                json!({"userIdentity": {"accountId": "999988887777"}}),
                Value::Null,
            ),
        ],
    );
}

#[test]
fn other_user() {
    let act = |target: Value| {
        json!({
            "eventSource": "iam.amazonaws.com",
            "userIdentity": {"type": "IAMUser", "userName": "bob"},
            "requestParameters": target,
        })
    };
    let mut elsewhere = act(json!({"userName": "eva"}));
    elsewhere["eventSource"] = json!("ec2.amazonaws.com");
    check(
        "rempart.target.other_user",
        &[
            (act(json!({"userName": "eva"})), json!(true)),
            (act(json!({"userName": "Bob"})), json!(false)),
            (act(Value::Null), json!(false)),
            (act(json!({"userName": 5})), json!(false)),
            (elsewhere, Value::Null),
            (json!({}), Value::Null),
        ],
    );
}

#[test]
fn other_profile() {
    let presign = |profile: Value| {
        json!({
            "userIdentity": session("", "DataScientist", "alice.smith@example.com"),
            "requestParameters": {"userProfileName": profile},
        })
    };
    check(
        "rempart.presign.other_profile",
        &[
            (presign(json!("alice-smith")), json!(false)),
            (presign(json!("bob")), json!(true)),
            (presign(json!(5)), Value::Null),
            (
                json!({"requestParameters": {"userProfileName": "x"}}),
                Value::Null,
            ),
        ],
    );
}
