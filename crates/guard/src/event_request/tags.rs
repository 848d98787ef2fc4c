//! Tags that a request sets.

use std::sync::Arc;

use rempart_policy::context::KeyState;
use rempart_trail::json::{Json, Kind};
use rempart_trail::record::fields::{MemberState, state_of};

use super::parameters::{Parameters, member};
use super::plan::ActionPlan;

/// What the request says of tags.
enum Tags {
    Known(Vec<(String, Option<String>)>),
    None,
    Unknown,
}

/// `aws:RequestTag/name`; the name is compared without case, as AWS does.
pub(super) fn value(
    name: &str,
    action: &ActionPlan,
    parameters: &Parameters<'_>,
) -> Option<KeyState> {
    match read(action, parameters) {
        Tags::None => None,
        Tags::Unknown => Some(KeyState::Unknown),
        Tags::Known(tags) => {
            let mut of_name = tags
                .into_iter()
                .filter(|(key, _)| key.to_lowercase() == name.to_lowercase());
            let (_, value) = of_name.next()?;
            // Two tags whose names differ in case only: which one counts is not documented.
            if of_name.next().is_some() {
                return Some(KeyState::Unknown);
            }
            Some(match value {
                Some(value) => KeyState::Single(value.into()),
                None => KeyState::Unknown,
            })
        }
    }
}

/// `aws:TagKeys`
pub(super) fn keys(action: &ActionPlan, parameters: &Parameters<'_>) -> Option<KeyState> {
    match read(action, parameters) {
        Tags::None => None,
        Tags::Unknown => Some(KeyState::Unknown),
        Tags::Known(tags) => {
            let keys: Vec<Arc<str>> = tags.iter().map(|(key, _)| key.as_str().into()).collect();
            (!keys.is_empty()).then(|| KeyState::Several(keys.into()))
        }
    }
}

fn read(action: &ActionPlan, parameters: &Parameters<'_>) -> Tags {
    let object = match parameters {
        Parameters::Known(object) => *object,
        Parameters::None if action.is_sagemaker && !action.requires_parameters => {
            return Tags::None;
        }
        _ => return Tags::Unknown,
    };
    if let Some(removed) = member(object, "TagKeys", "tagKeys") {
        return removed_keys(removed);
    }
    let Some(tags) = member(object, "Tags", "tags") else {
        // Other services have other places for tags.
        return if action.is_sagemaker {
            Tags::None
        } else {
            Tags::Unknown
        };
    };
    let mut found = Vec::new();
    match tags.kind() {
        Kind::Array => {
            for tag in tags.elements() {
                let Some(key) = member(tag, "Key", "key").and_then(Json::as_str) else {
                    return Tags::Unknown;
                };
                found.push((
                    key.into_owned(),
                    member(tag, "Value", "value").and_then(text),
                ));
            }
        }
        Kind::Object => {
            for (key, value) in tags.entries() {
                found.push((key.text().into_owned(), text(value)));
            }
        }
        _ => return Tags::Unknown,
    }
    Tags::Known(found)
}

/// Requests that remove tags name their keys only.
fn removed_keys(keys: Json<'_>) -> Tags {
    let names = keys.elements().filter_map(Json::as_str);
    Tags::Known(names.map(|key| (key.into_owned(), None)).collect())
}

fn text(value: Json<'_>) -> Option<String> {
    if matches!(state_of(value), MemberState::Redacted) {
        return None;
    }
    value.as_str().map(|text| text.into_owned())
}
