//! The values of the evidence that a control reads, for people who want to see why.

use rempart_findings::compliance::Excerpt;
use serde_json::Value as Json;

use crate::control::Control;

/// Most paths of an excerpt.
const MOST_PATHS: usize = 12;
/// Most elements of lists on the way to a value.
const MOST_ELEMENTS: usize = 5;
/// Longest text of a value, in characters.
const LONGEST_TEXT: usize = 200;

/// The values at the paths that the control reads. A member that is missing shows as null.
pub(crate) fn excerpt(control: &Control, evidence: &Json) -> Vec<Excerpt> {
    let mut found: Vec<Excerpt> = Vec::new();
    for (_, expression) in control.expressions() {
        for path in expression.reads() {
            // Paths of other sources are not in this answer, and those that others continue are
            // shown by them.
            if path.source.is_some() || found.iter().any(|known| known.path == path.members) {
                continue;
            }
            if found.len() == MOST_PATHS {
                return found;
            }
            let segments: Vec<&str> = path.members.split('.').collect();
            found.push(Excerpt {
                path: path.members.clone(),
                value: at(evidence, &segments),
            });
        }
    }
    found.sort_by(|left, right| left.path.cmp(&right.path));
    found
}

fn at(json: &Json, segments: &[&str]) -> Json {
    let Some((first, rest)) = segments.split_first() else {
        return shortened(json);
    };
    let name = first.trim_end_matches("[]");
    let member = match json.get(name) {
        Some(member) => member,
        None => return Json::Null,
    };
    if name.len() == first.len() {
        return at(member, rest);
    }
    match member {
        Json::Array(list) => list
            .iter()
            .take(MOST_ELEMENTS)
            .map(|element| at(element, rest))
            .collect(),
        _ => Json::Null,
    }
}

/// A value of bounded size.
fn shortened(json: &Json) -> Json {
    match json {
        Json::String(text) if text.chars().count() > LONGEST_TEXT => {
            let start: String = text.chars().take(LONGEST_TEXT).collect();
            Json::String(format!("{start}…"))
        }
        Json::Array(list) if list.len() > MOST_ELEMENTS => {
            Json::String(format!("{} elements", list.len()))
        }
        Json::Object(_) | Json::Array(_) => {
            let text = json.to_string();
            if text.chars().count() > LONGEST_TEXT {
                let start: String = text.chars().take(LONGEST_TEXT).collect();
                Json::String(format!("{start}…"))
            } else {
                json.clone()
            }
        }
        other => other.clone(),
    }
}
