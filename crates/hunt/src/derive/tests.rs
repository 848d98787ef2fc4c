//! Every derived field over records that say something, nothing, and nonsense.

use rempart_sigma::{Derive, Derived};
use rempart_trail::record::Record;
use serde_json::{Value, json};

use super::{Deriver, FIELDS, KnownAccounts};

mod content;
mod identity;
mod request;

const OWN: &str = "111122223333";

fn derive_with(accounts: &KnownAccounts, record: &Value, field: &str) -> Value {
    let text = record.to_string();
    let record = Record::parse(text.as_bytes()).unwrap();
    match Deriver::new(accounts).derive(&record, field) {
        Derived::Absent => Value::Null,
        Derived::Bool(flag) => json!(flag),
        Derived::Text(text) => json!(text),
        Derived::Word(text) => json!(text),
        Derived::Number(number) => json!(number),
        Derived::List(texts) => json!(texts),
    }
}

fn derive(record: &Value, field: &str) -> Value {
    derive_with(&KnownAccounts::default(), record, field)
}

/// A record with this request.
fn asking(request: Value) -> Value {
    call("sagemaker.amazonaws.com", "CreateTrainingJob", request)
}

fn call(source: &str, name: &str, request: Value) -> Value {
    json!({
        "eventSource": source,
        "eventName": name,
        "recipientAccountId": OWN,
        "requestParameters": request,
    })
}

fn by(identity: Value) -> Value {
    json!({"userIdentity": identity, "recipientAccountId": OWN})
}

/// A session of a role, as CloudTrail records it.
fn session(role_path: &str, role: &str, name: &str) -> Value {
    json!({
        "type": "AssumedRole",
        "principalId": format!("AROAEXAMPLE:{name}"),
        "arn": format!("arn:aws:sts::{OWN}:assumed-role/{role}/{name}"),
        "accountId": OWN,
        "sessionContext": {"sessionIssuer": {
            "type": "Role",
            "arn": format!("arn:aws:iam::{OWN}:role/{role_path}{role}"),
        }},
    })
}

#[track_caller]
fn check(field: &str, cases: &[(Value, Value)]) {
    assert!(FIELDS.contains(&field), "{field} is listed");
    for (record, expected) in cases {
        assert_eq!(derive(record, field), *expected, "{field} of {record}");
    }
}

/// As [`check`], for records that differ in their request alone.
#[track_caller]
fn check_requests(field: &str, cases: &[(Value, Value)]) {
    let cases: Vec<_> = cases
        .iter()
        .map(|(request, expected)| (asking(request.clone()), expected.clone()))
        .collect();
    check(field, &cases);
}

#[test]
fn every_field_is_answered_or_absent() {
    // A name that `FIELDS` does not list is absent, and so is one without the prefix.
    let record = asking(json!({"modelName": "m"}));
    assert_eq!(derive(&record, "rempart.nothing"), Value::Null);
    assert_eq!(derive(&record, "resource.name"), Value::Null);
    let mut sorted = FIELDS.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), FIELDS.len(), "listed once");
}

/// Nesting, sizes and types that no real record has must end, and say nothing that is not there.
#[test]
fn hostile_records() {
    let deep = |levels: usize| {
        format!(
            "{}\"arn:aws:iam::999988887777:role/x\"{}",
            "{\"image\":[".repeat(levels),
            "]}".repeat(levels)
        )
    };
    let wide = format!("[{}]", vec!["{\"Statement\":[]}"; 5_000].join(","));
    let texts = [
        format!("{{\"recipientAccountId\":\"{OWN}\",\"requestParameters\":{}}}", deep(20)),
        format!("{{\"recipientAccountId\":\"{OWN}\",\"requestParameters\":{}}}", deep(60)),
        format!("{{\"requestParameters\":{wide},\"userIdentity\":{wide},\"resources\":{wide}}}"),
        "{\"userIdentity\":[],\"requestParameters\":\"\\ud83d\\ude00\",\"eventName\":7,\"errorCode\":{}}".to_owned(),
        "{\"requestParameters\":{\"policy\":\"%7BStatement%ZZ%\"},\"eventSource\":null}".to_owned(),
        "{}".to_owned(),
    ];
    let accounts = KnownAccounts::default();
    let deriver = Deriver::new(&accounts);
    for text in &texts {
        let Ok(record) = Record::parse(text.as_bytes()) else {
            continue;
        };
        for field in FIELDS {
            let _ = deriver.derive(&record, field);
        }
    }
    let [shallow, too_deep, ..] = &texts;
    let roles = |text: &str| {
        Record::parse(text.as_bytes())
            .map(|record| deriver.derive(&record, "rempart.foreign.roles"))
            .unwrap_or_default()
    };
    let found = vec!["arn:aws:iam::999988887777:role/x".to_owned()];
    assert_eq!(roles(shallow), Derived::List(found));
    assert_eq!(roles(too_deep), Derived::Absent, "deeper than is looked");
}
