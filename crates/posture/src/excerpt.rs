//! The values of the evidence that a control reads, for people who want to see why.
//!
//! Members that may hold secrets or content of users are never shown, whatever they hold: results go
//! into tickets, dashboards and mails.

use rempart_findings::compliance::Excerpt;
use serde_json::{Map, Value as Json};

use crate::control::Control;

/// Most paths of an excerpt.
const MOST_PATHS: usize = 12;
/// Most elements of lists on the way to a value, and most members of objects.
const MOST_ELEMENTS: usize = 5;
/// Longest text of a value, in characters.
const LONGEST_TEXT: usize = 200;
/// Deepest value.
const DEEPEST: usize = 4;
/// What stands in the place of a value that is not shown.
const HIDDEN: &str = "(not shown: it may hold secrets)";

/// Members that are not shown.
const SENSITIVE: [&str; 24] = [
    "Arguments",
    "ContainerArguments",
    "ContainerEntrypoint",
    "Content",
    "CustomAttributes",
    "DefaultValue",
    "Environment",
    "EnvironmentVariables",
    "HyperParameters",
    "InlineShellCommand",
    "OnCreate",
    "OnStart",
    "PipelineDefinition",
    "Script",
    "SecretString",
    "StaticHyperParameters",
    "StudioLifecycleConfigContent",
    "TrainingJobEnvironment",
    "TuningParameters",
    "UserData",
    "Value",
    "events",
    "message",
    "props",
];

/// The paths of the evidence that a control reads. Of two where one continues the other, the longer.
pub(crate) fn paths(control: &Control) -> Vec<String> {
    let mut all: Vec<String> = control
        .expressions()
        .flat_map(|(_, expression)| expression.reads())
        // Paths of other sources are not in this answer.
        .filter(|path| path.source.is_none())
        .map(|path| path.members.clone())
        .collect();
    all.sort();
    all.dedup();
    let continued = |path: &String| {
        all.iter().any(|other| {
            other
                .strip_prefix(path.as_str())
                .is_some_and(|rest| rest.starts_with('.') || rest.starts_with('['))
        })
    };
    let mut paths: Vec<String> = all
        .iter()
        .filter(|path| !continued(path))
        .cloned()
        .collect();
    paths.truncate(MOST_PATHS);
    paths
}

/// The values at the paths. A member that is missing shows as null.
pub(crate) fn excerpt(paths: &[String], evidence: &Json) -> Vec<Excerpt> {
    paths
        .iter()
        .map(|path| Excerpt {
            path: path.clone(),
            value: at(evidence, path),
        })
        .collect()
}

fn at(json: &Json, path: &str) -> Json {
    let (first, rest) = match path.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (path, None),
    };
    let name = first.trim_end_matches("[]");
    let Some(member) = json.get(name) else {
        return Json::Null;
    };
    if SENSITIVE.contains(&name) && !member.is_null() {
        return Json::String(HIDDEN.to_owned());
    }
    let below = |value: &Json| match rest {
        Some(rest) => at(value, rest),
        None => shortened(value, 0),
    };
    if name.len() == first.len() {
        return below(member);
    }
    match member {
        Json::Array(list) => list.iter().take(MOST_ELEMENTS).map(below).collect(),
        _ => Json::Null,
    }
}

/// A value of bounded size, without sensitive members.
fn shortened(json: &Json, depth: usize) -> Json {
    match json {
        Json::String(text) => {
            let mut places = text.char_indices().skip(LONGEST_TEXT);
            match places.next() {
                Some((end, _)) => {
                    let start = text.get(..end).unwrap_or_default();
                    Json::String(format!("{start}…"))
                }
                None => json.clone(),
            }
        }
        Json::Array(list) if list.len() > MOST_ELEMENTS || depth == DEEPEST => {
            Json::String(format!("{} elements", list.len()))
        }
        Json::Array(list) => list
            .iter()
            .map(|element| shortened(element, depth + 1))
            .collect(),
        Json::Object(object) if object.len() > MOST_ELEMENTS * 4 || depth == DEEPEST => {
            Json::String(format!("{} members", object.len()))
        }
        Json::Object(object) => {
            let mut shown = Map::new();
            for (name, value) in object {
                let value = match SENSITIVE.contains(&name.as_str()) {
                    true => Json::String(HIDDEN.to_owned()),
                    false => shortened(value, depth + 1),
                };
                shown.insert(name.clone(), value);
            }
            Json::Object(shown)
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn value(evidence: &Json, path: &str) -> Json {
        excerpt(&[path.to_owned()], evidence)[0].value.clone()
    }

    #[test]
    fn values_at_paths() {
        let evidence = json!({"A": {"B": [{"C": 1}, {}]}, "T": "x".repeat(300),
            "L": [1, 2, 3, 4, 5, 6]});
        assert_eq!(value(&evidence, "A.B[].C"), json!([1, null]));
        assert_eq!(value(&evidence, "A.X.Y"), Json::Null);
        assert_eq!(value(&evidence, "L"), json!("6 elements"));
        let long = value(&evidence, "T");
        assert_eq!(long.as_str().map(|text| text.chars().count()), Some(201));
    }

    #[test]
    fn what_may_hold_secrets_is_not_shown() {
        let evidence = json!({"Environment": {"DB_PASSWORD": "hunter2"},
            "PrimaryContainer": {"Image": "i", "Environment": {"K": "hunter2"}},
            "Containers": [{"Environment": {"K": "hunter2"}}], "OnCreate": [{"Content": "aHVudGVyMg=="}]});
        for path in [
            "Environment",
            "PrimaryContainer",
            "Containers",
            "Containers[].Environment",
            "OnCreate[].Content",
            "PrimaryContainer.Environment.K",
        ] {
            let shown = value(&evidence, path).to_string();
            assert!(
                shown.contains(HIDDEN) && !shown.contains("hunter2"),
                "{path}: {shown}"
            );
        }
    }
}
