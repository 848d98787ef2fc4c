//! Logs that attackers wrote: whatever stands in the fields, a case opens or says why not.

#![expect(clippy::indexing_slicing, reason = "helpers of tests")]

mod common;

use common::{opened_in, options};
use proptest::prelude::*;
use rempart_case::{OpenError, text};
use rempart_locale::{Language, locale};
use serde_json::{Value, json};

const FIELDS: [&str; 16] = [
    "eventID",
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
    "userIdentity",
    "recipientAccountId",
    "sharedEventID",
    "resources",
    "additionalEventData",
];

fn hostile() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(json!("<script>alert(1)</script>")),
        Just(json!("\u{1b}[31mred\u{202e}\u{0}")),
        Just(json!("=cmd|'/c calc'!A1")),
        Just(json!("9999-99-99T99:99:99Z")),
        Just(json!("-262143-01-01T00:00:00Z")),
        Just(json!("arn:aws:sts::111122223333:assumed-role/x")),
        Just(json!("account 1 2 3")),
        Just(json!("ASIAEXAMPLE0000000A")),
        Just(json!("x".repeat(5000))),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(
                (
                    prop_oneof![
                        Just("arn".to_owned()),
                        Just("accessKeyId".to_owned()),
                        Just("credentials".to_owned()),
                        Just("roleArn".to_owned()),
                        Just("type".to_owned()),
                        Just("sessionContext".to_owned()),
                        Just("policyDocument".to_owned()),
                        "[a-zA-Z]{1,8}",
                    ],
                    inner,
                ),
                0..4
            )
            .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn usual(number: usize, name: &str) -> Value {
    json!({
        "eventVersion": "1.11",
        "eventID": format!("00000000-0000-4000-8000-{number:012}"),
        "eventTime": format!("2026-05-01T10:{:02}:00Z", number % 60),
        "eventSource": if name == "AssumeRole" { "sts.amazonaws.com" } else { "sagemaker.amazonaws.com" },
        "eventName": name,
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.15",
        "userIdentity": {"type": "IAMUser", "principalId": "AIDAX", "arn": "arn:aws:iam::111122223333:user/eve", "accountId": "111122223333", "accessKeyId": "AKIAEXAMPLE00000008", "userName": "eve"},
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
        "requestParameters": {"modelName": "m", "roleArn": "arn:aws:iam::111122223333:role/R"},
        "responseElements": {"credentials": {"accessKeyId": "ASIAEXAMPLE0000000A"}, "assumedRoleUser": {"arn": "arn:aws:sts::111122223333:assumed-role/R/s"}},
    })
}

fn records() -> impl Strategy<Value = Vec<Value>> {
    let name = prop_oneof![
        Just("AssumeRole"),
        Just("CreateModel"),
        Just("CreatePresignedDomainUrl"),
        Just("StartNotebookInstance"),
        Just("CreateUserProfile"),
        Just("CreateApp"),
    ];
    let change = (0..FIELDS.len(), hostile());
    let one = (name, prop::collection::vec(change, 0..3));
    prop::collection::vec(one, 1..12).prop_map(|all| {
        let numbered = all.into_iter().enumerate();
        numbered
            .map(|(number, (name, changes))| {
                let mut record = usual(number, name);
                for (field, value) in changes {
                    record[FIELDS[field]] = value;
                }
                record
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_case_opens_or_says_why_not(records in records()) {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("log.json"), json!({"Records": records}).to_string()).unwrap();
        match opened_in(directory.path(), &options(&["198.51.100.7"], 1)) {
            Ok(opened) => {
                for language in Language::ALL {
                    let page = text::overview(&opened.case, locale(language));
                    prop_assert!(!page.chars().any(|character| character.is_control() && character != '\n'), "{page:?}");
                    for answer in &opened.case.answers {
                        let page = text::answer(&opened.case, answer, locale(language));
                        prop_assert!(!page.chars().any(|character| character.is_control() && character != '\n'), "{page:?}");
                    }
                }
                let written = serde_json::to_vec(&opened.case).unwrap();
                let read: rempart_case::Case = serde_json::from_slice(&written).unwrap();
                prop_assert_eq!(serde_json::to_vec(&read).unwrap(), written);
            }
            Err(OpenError::SuspectNotFound { .. } | OpenError::NothingRead(_) | OpenError::NothingInPeriod { .. }) => {}
            Err(error) => prop_assert!(false, "{error}"),
        }
    }
}
