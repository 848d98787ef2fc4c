//! Runs the corpora of `tests/corpus` against the public interface.

use rempart_aws_model::{EventName, PathCheck, event_name, request_path, response_path};

fn cases(text: &'static str, fields: usize) -> Vec<Vec<&'static str>> {
    let lines = text
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let cases: Vec<Vec<&str>> = lines
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    assert!(cases.len() > 40);
    for case in &cases {
        assert_eq!(case.len(), fields, "{case:?}");
    }
    cases
}

#[test]
fn event_names() {
    let mut failures = Vec::new();
    for case in cases(include_str!("corpus/event-names.txt"), 3) {
        let [source, name, expected] = case.try_into().unwrap();
        let (actual, suggestions) = match event_name(source, name) {
            EventName::Operation(operation) => {
                assert_eq!(operation.name(), name);
                ("operation".to_owned(), Vec::new())
            }
            EventName::Alias { operation } => (format!("alias {}", operation.name()), Vec::new()),
            EventName::NonApi => ("non-api".to_owned(), Vec::new()),
            EventName::Unknown { suggestions } => ("unknown".to_owned(), suggestions),
            EventName::UnknownSource { suggestions } => ("unknown-source".to_owned(), suggestions),
        };
        if actual == expected {
            continue;
        }
        let wanted = expected.strip_prefix(actual.as_str()).map(str::trim);
        if !wanted.is_some_and(|wanted| suggestions.iter().any(|suggestion| suggestion == wanted)) {
            failures.push(format!(
                "{source} {name}: {actual} {suggestions:?}, expected {expected}"
            ));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn paths() {
    let mut failures = Vec::new();
    for case in cases(include_str!("corpus/paths.txt"), 5) {
        let [side, source, name, path, expected] = case.try_into().unwrap();
        let source = format!("{source}.amazonaws.com");
        let outcome = match side {
            "request" => request_path(&source, name, path),
            "response" => response_path(&source, name, path),
            other => panic!("unknown side {other}"),
        };
        let mut words = expected.split(' ');
        let (kind, first, second) = (words.next().unwrap(), words.next(), words.next());
        let agrees = match &outcome {
            PathCheck::Ok(shape) => kind == "ok" && first == Some(format!("{shape:?}").as_str()),
            PathCheck::NoSuchMember { at, suggestions } => {
                kind == "no"
                    && first == Some(at)
                    && second.is_none_or(|name| suggestions.iter().any(|s| s == name))
            }
            PathCheck::NeverRecorded(reason) => kind == "never" && !reason.is_empty(),
            PathCheck::Unchecked(reason) => {
                kind == "unchecked"
                    && first == Some(format!("{reason:?}").as_str())
                    && !reason.reason().is_empty()
            }
        };
        if !agrees {
            failures.push(format!(
                "{source} {name} {path}: {outcome:?}, expected {expected}"
            ));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}
