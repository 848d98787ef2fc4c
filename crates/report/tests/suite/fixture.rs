//! The sample case, and variants of it.

#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "two test programs use parts of it"
)]

use rempart_case::Case;
use rempart_report::ReachTable;
use serde_json::Value;

pub(crate) fn value() -> Value {
    serde_json::from_str(include_str!("../fixtures/case.json")).unwrap()
}

pub(crate) fn case() -> Case {
    serde_json::from_value(value()).unwrap()
}

pub(crate) fn reach_value() -> Value {
    serde_json::from_str(include_str!("../fixtures/reach.json")).unwrap()
}

pub(crate) fn reach() -> ReachTable {
    serde_json::from_value(reach_value()).unwrap()
}

pub(crate) fn empty() -> Case {
    let mut case = case();
    case.scope = rempart_case::Scope::default();
    case.overview = rempart_case::Overview::default();
    case.inputs = rempart_case::Inputs::default();
    case.sessions.clear();
    case.links.clear();
    case.steps.clear();
    case.answers.clear();
    case.indicators.clear();
    case.coverage.clear();
    case.deadlines.clear();
    case.evidence.clear();
    case
}

/// The steps of the sample again and again, a few minutes apart, until there are so many.
pub(crate) fn with_steps(number: usize) -> Case {
    let mut case = case();
    let pattern = case.steps.clone();
    let start: jiff::Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
    let minutes = 14 * 24 * 60;
    case.steps = (0..number)
        .map(|place| {
            let mut step = pattern[place % pattern.len()].clone();
            let offset = i64::try_from(place * minutes * 60 / number).unwrap();
            let first = start + jiff::SignedDuration::from_secs(offset);
            let last = first + jiff::SignedDuration::from_secs(40);
            (step.first, step.last) = (first.to_string(), last.to_string());
            step.id = format!("t{}", place + 1);
            step
        })
        .collect();
    case
}

/// Where texts stand that may be anything: every string of the JSON that the model takes another
/// text for. Vocabularies are no such places.
pub(crate) fn free_texts<T: serde::de::DeserializeOwned>(value: &Value) -> Vec<String> {
    let mut pointers = Vec::new();
    strings(value, String::new(), &mut pointers);
    pointers.retain(|pointer| {
        let mut changed = value.clone();
        *changed.pointer_mut(pointer).unwrap() = Value::from("any text");
        serde_json::from_value::<T>(changed).is_ok()
    });
    pointers
}

fn strings(value: &Value, pointer: String, found: &mut Vec<String>) {
    match value {
        Value::String(_) => found.push(pointer),
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                strings(item, format!("{pointer}/{place}"), found);
            }
        }
        Value::Object(members) => {
            for (name, item) in members {
                strings(item, format!("{pointer}/{name}"), found);
            }
        }
        _ => {}
    }
}

/// The value with the text that `choose` gives at each of the places.
pub(crate) fn filled(
    value: &Value,
    pointers: &[String],
    choose: impl Fn(usize) -> String,
) -> Value {
    let mut changed = value.clone();
    for (place, pointer) in pointers.iter().enumerate() {
        *changed.pointer_mut(pointer).unwrap() = Value::from(choose(place));
    }
    changed
}

/// Texts that try to become script, markup or style; one a line, with JSON escapes.
pub(crate) fn payloads() -> Vec<String> {
    let lines = include_str!("../fixtures/payloads.txt").lines();
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with("# "));
    lines
        .map(|line| serde_json::from_str(&format!("\"{line}\"")).unwrap())
        .collect()
}
