//! Cases in `tests/corpus/*.json`: steps in the name of callers, with what KMS answers.
//!
//! A step has `call` and `in` (or `check`, `key`, `context`, `via`), `as` (default `admin a`), `day` (days
//! after the start), `error` or `out` (JSON pointers and values), `save` (names and JSON pointers). `${x}`
//! in texts stands for what was saved, `${b64:x}` for base64 of x.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "helpers of tests"
)]

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::SignedDuration;
use rempart_aws_wire::ServiceError;
use rempart_keys::{EncryptionContext, Provider, Requester};
use serde_json::{Value, json};

use crate::support::{call, connection, named_caller, open, start};

type Saved = BTreeMap<String, String>;

fn filled(value: &Value, saved: &Saved) -> Value {
    match value {
        Value::String(text) => {
            let mut text = text.clone();
            for (name, value) in saved {
                text = text.replace(&format!("${{{name}}}"), value);
            }
            while let Some(at) = text.find("${repeat:") {
                let end = at + text[at..].find('}').unwrap();
                let count: usize = text[at + 9..end].parse().unwrap();
                text.replace_range(at..=end, &"x".repeat(count));
            }
            while let Some(at) = text.find("${b64:") {
                let end = at + text[at..].find('}').unwrap();
                let encoded = BASE64.encode(&text[at + 6..end]);
                text.replace_range(at..=end, &encoded);
            }
            Value::String(text)
        }
        Value::Array(items) => items.iter().map(|item| filled(item, saved)).collect(),
        Value::Object(members) => {
            // A policy is written as JSON in the cases and as a text on the wire.
            if let Some(policy) = members.get("$text") {
                return filled(policy, saved).to_string().into();
            }
            let members = members.iter();
            members
                .map(|(name, value)| (filled(&json!(name), saved), filled(value, saved)))
                .map(|(name, value)| (name.as_str().unwrap().to_owned(), value))
                .collect()
        }
        other => other.clone(),
    }
}

fn run(case: &Value) {
    let name = case["case"].as_str().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let (mut kms, mut sink) = open(directory.path());
    let mut saved = Saved::new();
    let mut secrets: Vec<String> = Vec::new();
    for (number, step) in case["steps"].as_array().unwrap().iter().enumerate() {
        let place = format!("{name}, step {number}: {step}");
        let step = filled(step, &saved);
        if step["reopen"] == true {
            drop(kms);
            (kms, sink) = open(directory.path());
            continue;
        }
        let caller = named_caller(step["as"].as_str().unwrap_or("admin a"));
        let hours = step["day"].as_f64().unwrap_or(0.0) * 24.0;
        let now = start() + SignedDuration::from_secs((hours * 3600.0) as i64);
        sink.0.lock().unwrap().clear();
        let answer: Result<Value, ServiceError> = if let Some(action) = step["check"].as_str() {
            let connection = connection(now);
            let requester = Requester {
                caller: &caller,
                connection: &connection,
                via: step["via"].as_str(),
                tokens: &[],
            };
            let context: EncryptionContext =
                serde_json::from_value(step.get("context").cloned().unwrap_or(json!({}))).unwrap();
            let key = step["key"].as_str().unwrap();
            let answer = kms.check(&requester, action, key, &context, None);
            assert!(
                sink.0.lock().unwrap().is_empty(),
                "{place}: a record of a check"
            );
            answer.map(|()| json!({}))
        } else {
            let operation = step["call"].as_str().unwrap_or_else(|| panic!("{place}"));
            let answer = call(&kms, &caller, operation, &step["in"], now);
            let events = sink.0.lock().unwrap();
            assert_eq!(events.len(), 1, "{place}: one record");
            let event = &events[0];
            assert_eq!(event.name, operation, "{place}");
            let code = event
                .failure
                .as_ref()
                .map(|failure| failure.code.to_string());
            let wanted = answer.as_ref().err().map(|error| error.code.to_string());
            assert_eq!(
                code.map(|code| code.replace("AccessDenied", "AccessDeniedException")),
                wanted,
                "{place}"
            );
            for secret in ["CiphertextBlob", "Plaintext", "GrantToken"] {
                let of_answer = answer.as_ref().ok().and_then(|a| a[secret].as_str());
                for text in [of_answer, step["in"][secret].as_str()]
                    .into_iter()
                    .flatten()
                {
                    secrets.push(text.to_owned());
                }
            }
            let shown = format!("{event:?}");
            for secret in secrets.iter().filter(|secret| secret.len() > 7) {
                assert!(!shown.contains(secret.as_str()), "{place}: {shown}");
            }
            answer
        };
        match (&answer, step["error"].as_str()) {
            (Ok(answer), None) => {
                let none = serde_json::Map::new();
                for (pointer, wanted) in step["out"].as_object().unwrap_or(&none) {
                    let found = answer.pointer(pointer).unwrap_or(&Value::Null);
                    assert_eq!(found, wanted, "{place}: {answer}");
                }
                for (name, pointer) in step["save"].as_object().unwrap_or(&none) {
                    let found = answer.pointer(pointer.as_str().unwrap());
                    let found = found.and_then(Value::as_str).expect("a text to save");
                    saved.insert(name.clone(), found.to_owned());
                }
            }
            (Err(error), Some(code)) => assert_eq!(error.code, code, "{place}: {error}"),
            (answer, _) => panic!("{place}\n{answer:?}"),
        }
    }
}

/// Runs the cases of a file.
pub(crate) fn file(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus")
        .join(name);
    let text = std::fs::read_to_string(&path).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert!(!cases.is_empty());
    cases.iter().for_each(run);
}
