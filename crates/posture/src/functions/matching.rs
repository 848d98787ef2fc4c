//! Resources by a member of their own answers. An index answers in constant time what a loop over all
//! resources would answer for each of them again.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use rempart_estate::{Estate, Place, Resource};
use serde_json::Value as Json;

use super::{Answered, Function, text_argument};
use crate::context::{Context, gap};
use crate::expression::{Unknown, Value, like};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "resources_with",
        arity: 3,
        run: resources_with,
    },
    Function {
        name: "resources_like",
        arity: 3,
        run: resources_like,
    },
];

/// The resources of a kind in a place by the texts at a path of their answers.
#[derive(Debug)]
pub(crate) struct Matches {
    by_text: HashMap<String, Vec<String>>,
    /// Why the list is not complete.
    missing: Option<Unknown>,
}

impl Matches {
    /// Builds the index.
    pub(crate) fn build(estate: &Estate, kind: &str, path: &str, place: &Place) -> Self {
        let mut by_text: HashMap<String, Vec<String>> = HashMap::new();
        let mut missing: Option<Unknown> = None;
        let mut note = |unknown: Unknown| {
            missing = Some(match missing.take() {
                Some(before) => before.and(unknown),
                None => unknown,
            });
        };
        let resources = estate.resources_in(kind, place).unwrap_or_else(|reason| {
            note(gap(reason));
            // Those that are known nevertheless.
            let known = estate.resources(kind);
            known.filter(|resource| resource.place == *place).collect()
        });
        for resource in resources {
            let found = match estate.own(resource) {
                Ok(found) => found,
                Err(reason) => {
                    note(gap(reason));
                    continue;
                }
            };
            let mut texts = Vec::new();
            if let Err(unknown) = collect(&found.body, path, &mut texts) {
                note(unknown);
            }
            texts.sort();
            texts.dedup();
            for text in texts {
                by_text.entry(text).or_default().push(resource.id.clone());
            }
        }
        Self { by_text, missing }
    }
}

/// `resources_with(kind, path, text)`: the bodies of the resources in this place that have a text at a
/// path; `[]` stands for each element of a list, and a text that is JSON is looked into. What could not
/// be read is an element that may be there or not.
fn resources_with<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let text = text_argument(arguments, 2)?;
    let matches = matches(context, arguments)?;
    let ids = matches.by_text.get(text).into_iter().flatten();
    bodies(context, arguments, ids, matches.missing.as_ref())
}

/// `resources_like(kind, path, pattern)`: the same for texts that match a pattern of `*` and `?`.
fn resources_like<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let pattern = text_argument(arguments, 2)?;
    let matches = matches(context, arguments)?;
    let texts = matches.by_text.iter();
    let mut ids: Vec<&String> = texts
        .filter(|(text, _)| like(text, pattern))
        .flat_map(|(_, ids)| ids)
        .collect();
    ids.sort();
    ids.dedup();
    bodies(context, arguments, ids, matches.missing.as_ref())
}

fn matches(context: &Context<'_>, arguments: &[Value<'_>]) -> Result<Arc<Matches>, Unknown> {
    let kind = text_argument(arguments, 0)?;
    let path = text_argument(arguments, 1)?;
    Ok(context.session.matches(kind, path, context.place))
}

/// The resources of a kind in a place that have a text at a path. An error when there may be more.
pub(super) fn with_text<'a>(
    context: &Context<'a>,
    place: &Place,
    kind: &str,
    path: &str,
    text: &str,
) -> Result<Vec<&'a Resource>, Unknown> {
    let matches = context.session.matches(kind, path, place);
    if let Some(unknown) = &matches.missing {
        return Err(unknown.clone());
    }
    let estate = context.session.estate;
    let ids = matches.by_text.get(text).into_iter().flatten();
    ids.map(|id| estate.find(kind, id, place).map_err(gap))
        .collect()
}

fn bodies<'a, 'i>(
    context: &Context<'a>,
    arguments: &[Value<'a>],
    ids: impl IntoIterator<Item = &'i String>,
    missing: Option<&Unknown>,
) -> Answered<'a> {
    let kind = text_argument(arguments, 0)?;
    let mut bodies = Vec::new();
    for id in ids {
        let resource = context.find(kind, id)?;
        bodies.push(context.body(resource).and_then(Value::of)?);
    }
    if let Some(unknown) = missing {
        bodies.push(Value::Missing(Rc::new(unknown.clone())));
    }
    Ok(Value::List(Rc::new(bodies)))
}

/// The texts at a path.
fn collect(json: &Json, path: &str, texts: &mut Vec<String>) -> Result<(), Unknown> {
    // Markers of unknown values are found here.
    Value::of(json)?;
    if path.is_empty() {
        if let Json::String(text) = json {
            texts.push(text.clone());
        }
        return Ok(());
    }
    if let Some(rest) = path.strip_prefix("[]") {
        let rest = rest.strip_prefix('.').unwrap_or(rest);
        let elements = json.as_array().into_iter().flatten();
        return elements
            .map(|element| collect(element, rest, texts))
            .fold(Ok(()), Result::and);
    }
    let end = path.find(['.', '[']).unwrap_or(path.len());
    let (name, rest) = path.split_at_checked(end).unwrap_or((path, ""));
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    match json {
        Json::Object(object) => match object.get(name) {
            Some(member) => collect(member, rest, texts),
            None => Ok(()),
        },
        Json::String(text) => match serde_json::from_str::<Json>(text) {
            Ok(inner) if inner.is_object() => collect(&inner, path, texts),
            // Text that is no JSON has no members.
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn texts(json: &Json, path: &str) -> Vec<String> {
        let mut texts = Vec::new();
        collect(json, path, &mut texts).unwrap();
        texts
    }

    #[test]
    fn texts_at_paths() {
        let body = json!({"a": "x", "list": [{"b": "y"}, {"b": "z"}, {}], "deep": [{"c": ["p", "q"]}],
            "content": "{\"m\": {\"n\": \"w\"}}", "number": 1});
        assert_eq!(texts(&body, "a"), ["x"]);
        assert_eq!(texts(&body, "list[].b"), ["y", "z"]);
        assert_eq!(texts(&body, "deep[].c[]"), ["p", "q"]);
        assert_eq!(texts(&body, "content.m.n"), ["w"]);
        assert!(texts(&body, "number").is_empty());
        assert!(texts(&body, "a.b").is_empty());
        assert!(texts(&body, "missing.b").is_empty());
    }

    #[test]
    fn an_unknown_value_is_no_absent_one() {
        let mut found = Vec::new();
        let body = json!({"list": [rempart_estate::unknown("later"), "x"]});
        assert!(collect(&body, "list[]", &mut found).is_err());
        assert_eq!(found, ["x"]);
    }
}
