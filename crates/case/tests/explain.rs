//! Records in words: a corpus with the expected text in both languages, and records of any form.
//!
//! `REMPART_EXPLAIN_WRITE=1` writes the expected texts anew; read the difference before it is kept.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rempart_case::explain::{Explanation, explain, text};
use rempart_locale::{Language, locale};
use rempart_trail::record::Record;
use serde_json::{Map, Value};

fn corpus() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/explain");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    files.sort();
    files
}

fn explained(bytes: &[u8], language: Language) -> Explanation {
    explain(&Record::parse(bytes).unwrap(), locale(language))
}

#[test]
fn the_corpus_reads_as_expected() {
    let writes = std::env::var_os("REMPART_EXPLAIN_WRITE").is_some();
    let mut different = Vec::new();
    for path in corpus() {
        let bytes = std::fs::read(&path).unwrap();
        for language in Language::ALL {
            let page = text(&explained(&bytes, language));
            let expected = path.with_extension(format!("{language}.txt"));
            if writes {
                std::fs::write(&expected, &page).unwrap();
            } else if std::fs::read_to_string(&expected).unwrap_or_default() != page {
                different.push(expected.display().to_string());
            }
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
fn no_text_is_a_key() {
    for path in corpus() {
        let bytes = std::fs::read(&path).unwrap();
        for language in Language::ALL {
            let page = text(&explained(&bytes, language));
            for word in page.split_whitespace() {
                assert!(!word.starts_with("explain-"), "{}: {word}", path.display());
            }
            assert!(!page.contains("{$"), "{}", path.display());
        }
    }
}

#[test]
fn what_the_request_does_not_hold_is_no_default_when_it_was_not_recorded() {
    let of = |request: Value| {
        let mut record = serde_json::json!({
            "eventVersion": "1.11", "eventTime": "2026-03-02T10:00:00Z",
            "eventSource": "sagemaker.amazonaws.com", "eventName": "CreateTrainingJob",
            "eventType": "AwsApiCall",
        });
        if request != Value::Null {
            record["requestParameters"] = request;
        }
        let explanation = explained(record.to_string().as_bytes(), Language::English);
        let fields = explanation
            .sections
            .into_iter()
            .find(|it| it.id == "fields");
        fields.unwrap().lines
    };
    let isolation = |request| {
        of(request)
            .into_iter()
            .find(|line| line.label == "enableNetworkIsolation")
    };
    let absent = isolation(serde_json::json!({"trainingJobName": "a"})).unwrap();
    assert_eq!(absent.value, "not given");
    assert!(absent.note.unwrap().contains("AWS takes false"));
    let given = isolation(serde_json::json!({"enableNetworkIsolation": true})).unwrap();
    assert_eq!(given.value, "true");
    assert!(!given.note.unwrap().contains("AWS takes"));
    assert!(isolation(Value::Null).is_none());
    assert_eq!(of(Value::Null).len(), 1);
}

#[test]
fn what_a_bound_leaves_out_is_said() {
    let scripts: Vec<_> = (0..20)
        .map(|_| serde_json::json!({"content": "ZWNobyAx"}))
        .collect();
    let mut request = serde_json::json!({"onStart": scripts});
    for number in 0..40 {
        request[format!("member{number}")] = number.into();
    }
    let record = serde_json::json!({
        "eventSource": "sagemaker.amazonaws.com", "requestParameters": request,
        "eventName": "CreateNotebookInstanceLifecycleConfig",
    });
    let page = text(&explained(record.to_string().as_bytes(), Language::English));
    assert!(page.contains("16 more members"), "{page}");
    assert!(
        page.contains("8 more fields with code were not examined"),
        "{page}"
    );
}

#[test]
fn secrets_of_the_request_are_not_repeated() {
    let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzKEYa";
    let record = serde_json::json!({
        "eventSource": "sagemaker.amazonaws.com", "eventName": "CreateModel",
        "requestParameters": {"primaryContainer": {"environment": {
            "AWS_SECRET_ACCESS_KEY": secret, "LEVEL": "info",
        }}},
    });
    let page = text(&explained(record.to_string().as_bytes(), Language::French));
    assert!(!page.contains(secret), "{page}");
    assert!(page.contains("AWS_SECRET_ACCESS_KEY=[…") && page.contains("LEVEL=info"));
}

fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    let [english, french] = Language::ALL.map(|language| explained(bytes, language));
    for explanation in [&english, &french] {
        let json = serde_json::to_value(explanation).unwrap();
        strings(&json, &mut |text| {
            assert!(!text.chars().any(char::is_control), "{text:?}");
        });
        let page = text(explanation);
        prop_assert!(
            !page
                .chars()
                .any(|letter| letter.is_control() && letter != '\n')
        );
    }
    let shape = |explanation: &Explanation| {
        let lines: Vec<_> = explanation
            .sections
            .iter()
            .map(|section| (section.id, section.lines.len()))
            .collect();
        let scripts: Vec<_> = explanation
            .scripts
            .iter()
            .map(|script| (script.problems.len(), script.decoded.len()))
            .collect();
        (lines, scripts, explanation.questions.len())
    };
    prop_assert_eq!(shape(&english), shape(&french));
    Ok(())
}

fn strings(value: &Value, visit: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, visit)),
        Value::Object(members) => members.values().for_each(|item| strings(item, visit)),
        _ => {}
    }
}

#[test]
fn the_corpus_is_safe_in_both_languages() {
    for path in corpus() {
        check(&std::fs::read(&path).unwrap()).unwrap();
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[A-Za-z0-9:/._+= -]{0,40}".prop_map(Value::from),
        Just(Value::from("HIDDEN_DUE_TO_SECURITY_REASONS")),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map(member(), inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Names that the explanation looks for, and any other.
fn member() -> impl Strategy<Value = String> {
    const NAMES: [&str; 26] = [
        "type",
        "arn",
        "ARN",
        "accountId",
        "principalId",
        "userName",
        "accessKeyId",
        "sessionContext",
        "sessionIssuer",
        "attributes",
        "creationDate",
        "mfaAuthenticated",
        "onBehalfOf",
        "roleArn",
        "environment",
        "primaryContainer",
        "containers",
        "onStart",
        "onCreate",
        "content",
        "studioLifecycleConfigContent",
        "credentials",
        "reason",
        "tlsVersion",
        "invokedBy",
        "image",
    ];
    prop_oneof![
        4 => proptest::sample::select(NAMES.to_vec()).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_object_can_be_explained(
        record in proptest::collection::btree_map(any::<String>(), any_json(), 0..6),
    ) {
        let record = Value::Object(record.into_iter().collect::<Map<_, _>>());
        check(record.to_string().as_bytes())?;
    }

    #[test]
    fn any_change_of_a_record_can_be_explained(
        number in any::<prop::sample::Index>(),
        changed in any::<prop::sample::Index>(),
        value in any_json(),
    ) {
        let files = corpus();
        let bytes = std::fs::read(number.get(&files)).unwrap();
        let mut record: Map<String, Value> = serde_json::from_slice(&bytes).unwrap();
        let names: Vec<String> = record.keys().cloned().collect();
        record.insert(changed.get(&names).clone(), value);
        check(Value::Object(record).to_string().as_bytes())?;
    }
}
