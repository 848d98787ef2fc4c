//! Requests by hand, with what is to become of them.

use rempart_aws_wire::{Dialect, error, parse, wire_code};
use serde_json::Value;

use crate::double::{Request, lines};

const CASES: &str = include_str!("../data/requests.jsonl");

#[test]
fn cases() {
    for case in lines(CASES) {
        let name = case["name"].as_str().unwrap();
        let expect = &case["expect"];
        Request::read(&case).with(|incoming| match parse(incoming) {
            Ok(call) => {
                assert_eq!(expect["operation"], call.operation.name, "{name}");
                assert_eq!(expect["input"], Value::Object(call.input), "{name}");
            }
            Err(found) => {
                assert_eq!(expect["code"], *found.code, "{name}: {found}");
                if let Some(message) = expect["message"].as_str() {
                    assert_eq!(found.message, message, "{name}");
                }
                let dialect: Dialect = incoming.dialect();
                let answer = error(dialect, &found, "id");
                assert_eq!(expect["status"], answer.status, "{name}: {found}");
                if let Some(code) = expect["wire"].as_str() {
                    assert_eq!(wire_code(dialect, &found), code, "{name}");
                }
                // No text of a value comes back.
                assert!(!found.message.contains("secret"), "{name}: {found}");
            }
        });
    }
}

#[test]
fn long_bodies() {
    let mut request = Request::new("PUT", "/FeatureGroup/fg", "", "");
    request.body = vec![b' '; (4 << 20) + 1];
    let found = request.with(|incoming| parse(incoming).unwrap_err());
    assert_eq!(found.code, "RequestEntityTooLargeException");
}

#[test]
fn long_values_and_many_of_them() {
    let put = |value: &str| {
        let body =
            format!("{{\"Record\":[{{\"FeatureName\":\"a\",\"ValueAsString\":\"{value}\"}}]}}");
        let request = Request::new("PUT", "/FeatureGroup/fg", "", &body);
        request.with(|incoming| parse(incoming).map(|_| ()))
    };
    put(&"é".repeat(358_400)).unwrap();
    let found = put(&"é".repeat(358_401)).unwrap_err();
    assert!(
        found
            .message
            .contains("length less than or equal to 358400"),
        "{found}"
    );
    assert!(!found.message.contains('é'));

    let features = vec!["{}"; 400_000].join(",");
    let request = Request::new(
        "PUT",
        "/FeatureGroup/fg",
        "",
        &format!("{{\"Record\":[{features}]}}"),
    );
    let found = request.with(|incoming| parse(incoming).unwrap_err());
    assert!(
        found
            .message
            .starts_with("400000 validation errors detected: ")
    );
    assert!(found.message.ends_with("; and 399980 more") && found.message.len() < 4_096);
    let features = vec!["{}"; 600_000].join(",");
    let request = Request::new(
        "PUT",
        "/FeatureGroup/fg",
        "",
        &format!("{{\"Record\":[{features}]}}"),
    );
    let found = request.with(|incoming| parse(incoming).unwrap_err());
    assert_eq!(found.message, "more than 500000 values");
}
