//! Answers and errors, and what botocore makes of them.

use rempart_aws_wire::model::{self, Operation, operation, service};
use rempart_aws_wire::{
    Answer, Dialect, ServiceError, answer, check_output, empty, error, json, seconds,
};
use serde_json::{Value, json as value};

use crate::botocore::oracle;

const RUNTIME: &str = "sagemaker-featurestore-runtime";

fn the(service: &str, name: &str) -> &'static Operation {
    operation(service, name).unwrap()
}

/// Outputs with a value of every type.
fn outputs() -> Vec<(&'static Operation, Value)> {
    let arn = "arn:aws:sagemaker:eu-west-1:111122223333:feature-group/fg";
    let key = "arn:aws:kms:eu-west-1:111122223333:key/k";
    vec![
        (the(RUNTIME, "GetRecord"), value!({})),
        (
            the(RUNTIME, "GetRecord"),
            value!({"Record": [{"FeatureName": "a", "ValueAsString": "é \"\n\u{1}"},
                {"FeatureName": "v", "ValueAsStringList": ["1", ""]}], "ExpiresAt": "2026-01-01T00:00:00Z"}),
        ),
        (
            the(RUNTIME, "BatchGetRecord"),
            value!({"Records": [], "UnprocessedIdentifiers": [],
                "Errors": [{"FeatureGroupName": "a", "RecordIdentifierValueAsString": "1",
                    "ErrorCode": "AccessForbidden", "ErrorMessage": "no"}]}),
        ),
        (
            the(RUNTIME, "ListRecords"),
            value!({"RecordIdentifiers": ["a"], "NextToken": "t"}),
        ),
        (
            the("sagemaker", "DescribeFeatureGroup"),
            value!({"FeatureGroupArn": arn, "FeatureGroupName": "fg",
                "RecordIdentifierFeatureName": "id", "EventTimeFeatureName": "t",
                "FeatureDefinitions": [{"FeatureName": "id", "FeatureType": "String"}],
                "CreationTime": seconds(1_767_323_045_678), "OnlineStoreTotalSizeBytes": 5_000_000_000_i64,
                "OnlineStoreConfig": {"EnableOnlineStore": true}}),
        ),
        (
            the("sagemaker", "Search"),
            value!({"Results": [{"FeatureGroup": {"FeatureGroupName": "fg", "CreationTime": 1.0}}],
                "TotalHits": {"Value": 1, "Relation": "EqualTo"}}),
        ),
        (
            the("kms", "GenerateDataKey"),
            value!({"CiphertextBlob": "AAEC", "Plaintext": "YQ==", "KeyId": key}),
        ),
        (
            the("kms", "ListKeys"),
            value!({"Keys": [{"KeyId": "k", "KeyArn": key}], "Truncated": false}),
        ),
        (
            the("sts", "GetCallerIdentity"),
            value!({"UserId": "AIDA", "Account": "111122223333", "Arn": "arn:aws:iam::111122223333:user/a"}),
        ),
        (
            the("sts", "AssumeRole"),
            value!({"Credentials": {"AccessKeyId": "ASIAIOSFODNN7EXAMPLE", "SecretAccessKey": "<&>",
                    "SessionToken": "a\"'b", "Expiration": seconds(1_767_323_045_000)},
                "AssumedRoleUser": {"AssumedRoleId": "AROA:s1", "Arn": "arn:aws:sts::111122223333:assumed-role/r/s1"},
                "PackedPolicySize": 3}),
        ),
    ]
}

fn line(operation: &Operation, answer: &Answer) -> String {
    let headers: serde_json::Map<String, Value> = answer
        .headers
        .iter()
        .map(|(name, text)| ((*name).to_owned(), Value::from(text.as_ref())))
        .collect();
    value!({"service": operation.service_id, "operation": operation.name, "status": answer.status,
        "headers": headers, "body": String::from_utf8(answer.body.clone()).unwrap()})
    .to_string()
}

#[test]
fn outputs_as_botocore_reads_them() {
    let mut lines = Vec::new();
    let outputs = outputs();
    for (operation, output) in &outputs {
        check_output(operation, output).unwrap();
        lines.push(line(operation, &answer(operation, output, "the-id")));
    }
    let nothing = empty(the(RUNTIME, "PutRecord"), "the-id");
    lines.push(line(the(RUNTIME, "PutRecord"), &nothing));
    let Some(read) = oracle(&["answers"], Some(&lines.join("\n"))) else {
        return;
    };
    assert_eq!(read.len(), lines.len());
    for (mut read, (operation, output)) in read.into_iter().zip(outputs) {
        let metadata = read
            .as_object_mut()
            .unwrap()
            .remove("ResponseMetadata")
            .unwrap();
        assert_eq!(metadata["RequestId"], "the-id", "{operation:?}");
        assert_eq!(metadata["HTTPStatusCode"], 200);
        assert_eq!(
            without_fractions(&read),
            without_fractions(&output),
            "{operation:?}"
        );
    }
}

/// `1.0` is `1`.
fn without_fractions(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::from(number.as_f64()),
        Value::Array(values) => values.iter().map(without_fractions).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(name, value)| (name.clone(), without_fractions(value)))
            .collect(),
        value => value.clone(),
    }
}

#[test]
fn forms() {
    let put = empty(the(RUNTIME, "PutRecord"), "id");
    assert_eq!((put.status, put.body.len(), put.headers.len()), (200, 0, 1));
    let written = json(the(RUNTIME, "GetRecord"), b"{}".to_vec(), "id\r\nX: y");
    assert_eq!(written, {
        let mut same = answer(the(RUNTIME, "GetRecord"), &value!({}), "idX: y");
        same.headers[0].1 = "idX: y".into();
        same
    });
    assert_eq!(written.headers[1].1, "application/json");
    let identity = answer(
        the("sts", "GetCallerIdentity"),
        &value!({"Account": "111122223333"}),
        "id",
    );
    assert_eq!(
        String::from_utf8(identity.body).unwrap(),
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <GetCallerIdentityResult><Account>111122223333</Account></GetCallerIdentityResult>\
         <ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
    );
}

#[test]
fn outputs_are_checked() {
    let wrong = |name: &str, output: Value| check_output(the(RUNTIME, name), &output).unwrap_err();
    wrong("GetRecord", value!({"Record": []}));
    wrong("GetRecord", value!({"Records": []}));
    wrong("GetRecord", value!({"ExpiresAt": 1}));
    wrong("BatchGetRecord", value!({"Records": [], "Errors": []}));
    wrong("PutRecord", value!({"a": 1}));
    let text = wrong(
        "GetRecord",
        value!({"Record": [{"FeatureName": "a", "ValueAsString": 77}]}),
    );
    assert!(
        text.contains("record.1.member.valueAsString") && !text.contains("77"),
        "{text}"
    );
    let describe = the("sagemaker", "DescribeFeatureMetadata");
    assert!(check_output(describe, &value!({})).is_err());
}

/// Code and dialect → status, code on the wire, member of the message.
#[test]
fn errors() {
    let of = |id: &str| Dialect::of(service(id).unwrap());
    let cases = [
        (
            RUNTIME,
            "ValidationError",
            400,
            "ValidationError",
            "Message",
        ),
        (
            RUNTIME,
            "AccessForbidden",
            403,
            "AccessForbidden",
            "Message",
        ),
        (
            RUNTIME,
            "ResourceNotFound",
            404,
            "ResourceNotFound",
            "Message",
        ),
        (
            RUNTIME,
            "ConflictException",
            409,
            "ConflictException",
            "Message",
        ),
        (
            RUNTIME,
            "InternalFailure",
            500,
            "InternalFailure",
            "Message",
        ),
        (
            RUNTIME,
            "ServiceUnavailable",
            503,
            "ServiceUnavailable",
            "Message",
        ),
        (
            RUNTIME,
            "InvalidSignatureException",
            403,
            "InvalidSignatureException",
            "Message",
        ),
        (RUNTIME, "odd\r\ncode", 500, "InternalFailure", "Message"),
        (
            "sagemaker",
            "ResourceInUse",
            400,
            "ResourceInUse",
            "Message",
        ),
        (
            "sagemaker",
            "AccessDeniedException",
            400,
            "AccessDeniedException",
            "Message",
        ),
        (
            "sagemaker",
            "ThrottlingException",
            400,
            "ThrottlingException",
            "Message",
        ),
        (
            "kms",
            "NotFoundException",
            400,
            "NotFoundException",
            "message",
        ),
        (
            "kms",
            "AccessDeniedException",
            400,
            "AccessDeniedException",
            "message",
        ),
        (
            "kms",
            "KMSInternalException",
            500,
            "KMSInternalException",
            "message",
        ),
        (
            "kms",
            "KeyUnavailableException",
            500,
            "KeyUnavailableException",
            "message",
        ),
        (
            "kms",
            "ExpiredTokenException",
            400,
            "ExpiredTokenException",
            "message",
        ),
        ("sts", "AccessDeniedException", 403, "AccessDenied", ""),
        (
            "sts",
            "MalformedPolicyDocumentException",
            400,
            "MalformedPolicyDocument",
            "",
        ),
        (
            "sts",
            "RegionDisabledException",
            403,
            "RegionDisabledException",
            "",
        ),
        (
            "sts",
            "UnrecognizedClientException",
            403,
            "InvalidClientTokenId",
            "",
        ),
        (
            "sts",
            "InvalidSignatureException",
            403,
            "SignatureDoesNotMatch",
            "",
        ),
        ("sts", "ThrottlingException", 400, "Throttling", ""),
        ("sts", "InternalFailure", 500, "InternalFailure", ""),
    ];
    let mut lines = Vec::new();
    for (id, code, status, wire, member) in cases {
        let found = ServiceError::new(code, "not \"this\" <way>");
        let answer = error(of(id), &found, "the-id");
        assert_eq!(answer.status, status, "{id} {code}");
        let body = String::from_utf8(answer.body.clone()).unwrap();
        if id == "sts" {
            assert!(body.contains(&format!("<Code>{wire}</Code>")), "{body}");
            assert!(body.contains("not &quot;this&quot; &lt;way&gt;"), "{body}");
        } else {
            let body: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(body[member], "not \"this\" <way>");
            let named = answer
                .headers
                .iter()
                .find(|(name, _)| *name == "x-amzn-ErrorType");
            assert_eq!(named.unwrap().1, wire);
            assert_eq!(body.get("__type").is_some(), id != RUNTIME);
        }
        let operation = &service(id).unwrap().operations[0];
        lines.push(line(operation, &answer));
    }
    let Some(read) = oracle(&["answers"], Some(&lines.join("\n"))) else {
        return;
    };
    for (read, (id, code, _, wire, _)) in read.into_iter().zip(cases) {
        assert_eq!(read["Error"]["Code"], wire, "{id} {code}");
        assert_eq!(
            read["Error"]["Message"], "not \"this\" <way>",
            "{id} {code}"
        );
        assert_eq!(
            read["ResponseMetadata"]["RequestId"], "the-id",
            "{id} {code}"
        );
    }
}

#[test]
fn statuses_and_messages_of_their_own() {
    let dialect = Dialect::of(service("kms").unwrap());
    let found = ServiceError::new("AccessDeniedException", "m").with_status(403);
    assert_eq!(error(dialect, &found, "id").status, 403);
    let found = ServiceError::new("AccessDeniedException", "m").with_status(200);
    assert_eq!(error(dialect, &found, "id").status, 400);
    let long = ServiceError::new("X", "é".repeat(5_000));
    let body: Value = serde_json::from_slice(&error(dialect, &long, "id").body).unwrap();
    assert_eq!(body["message"].as_str().unwrap().chars().count(), 2_048);
}

#[test]
fn errors_of_the_model_are_known_by_their_codes() {
    for service in model::services() {
        for operation in &service.operations {
            for name in &operation.errors {
                let shape = service.errors.iter().find(|shape| shape.name == *name);
                assert!(service.error(shape.unwrap().code).is_some());
            }
        }
    }
}
