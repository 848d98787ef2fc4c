//! Holds the tables against recorded trails, when the environment variable `REMPART_CORPUS` names a
//! directory with gzipped trail files. Skips quietly without it.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use rempart_aws_model::{EventName, PathCheck, event_name, request_path, response_path};
use serde_json::Value;

/// Share of distinct names that may be unknown: the tables are newer or older than any recording.
const TOLERATED: f64 = 0.01;

#[test]
fn recorded_names_and_paths_are_known() {
    let Some(root) = std::env::var_os("REMPART_CORPUS").map(PathBuf::from) else {
        return;
    };
    let mut names = BTreeMap::new();
    let mut paths = BTreeMap::new();
    for file in trail_files(&root) {
        for record in records(&file) {
            let text = |key: &str| {
                record
                    .get(key)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned()
            };
            let (source, name) = (text("eventSource"), text("eventName"));
            let known = event_name(&source, &name);
            let unknown = matches!(
                known,
                EventName::Unknown { .. } | EventName::UnknownSource { .. }
            );
            names.insert((source.clone(), name.clone()), !unknown);
            for (side, key) in [
                ("request", "requestParameters"),
                ("response", "responseElements"),
            ] {
                let mut leaves = Vec::new();
                collect(
                    record.get(key).unwrap_or(&Value::Null),
                    String::new(),
                    &mut leaves,
                );
                for path in leaves {
                    let outcome = match side {
                        "request" => request_path(&source, &name, &path),
                        _ => response_path(&source, &name, &path),
                    };
                    let wrong = matches!(
                        outcome,
                        PathCheck::NoSuchMember { .. } | PathCheck::NeverRecorded(_)
                    );
                    paths.insert(format!("{side} {source} {name} {path}"), !wrong);
                }
            }
        }
    }
    report(
        "names",
        names
            .iter()
            .map(|((source, name), known)| (format!("{source} {name}"), *known)),
    );
    report("paths", paths.into_iter());
}

fn report(what: &str, results: impl Iterator<Item = (String, bool)>) {
    let results: Vec<(String, bool)> = results.collect();
    let unknown: Vec<&String> = results
        .iter()
        .filter(|(_, known)| !known)
        .map(|(text, _)| text)
        .collect();
    println!(
        "{what}: {} of {} unknown: {unknown:#?}",
        unknown.len(),
        results.len()
    );
    assert!(
        unknown.len() as f64 <= TOLERATED * results.len() as f64,
        "too many unknown {what}: {unknown:#?}"
    );
}

fn collect(value: &Value, path: String, leaves: &mut Vec<String>) {
    let below = |key: &str| {
        if path.is_empty() {
            key.to_owned()
        } else {
            format!("{path}.{key}")
        }
    };
    match value {
        Value::Object(members) => members
            .iter()
            .for_each(|(key, value)| collect(value, below(key), leaves)),
        Value::Array(elements) => elements
            .iter()
            .for_each(|value| collect(value, path.clone(), leaves)),
        Value::Null if path.is_empty() => {}
        _ => leaves.push(path),
    }
}

fn records(file: &Path) -> Vec<Value> {
    let mut text = String::new();
    let opened = std::fs::File::open(file).unwrap();
    flate2::read::MultiGzDecoder::new(opened)
        .read_to_string(&mut text)
        .unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    document
        .get("Records")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default()
}

fn trail_files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut pending = vec![directory.to_path_buf()];
    while let Some(directory) = pending.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if path.to_string_lossy().ends_with(".json.gz") {
                files.push(path);
            }
        }
    }
    files
}
