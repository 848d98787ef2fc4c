//! Resources by the value of one of their members, from an index.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use rempart_estate::{Place, Resource};
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

/// Indexes by kind and member.
#[derive(Default)]
pub(super) struct Members {
    built: Mutex<HashMap<(String, String), Arc<Index>>>,
}

/// Resources of one kind by the texts at one member, in each place.
#[derive(Default)]
struct Index {
    places: HashMap<Place, InPlace>,
}

#[derive(Default)]
struct InPlace {
    /// Identifiers by the text at the member.
    by_value: HashMap<String, Vec<String>>,
    /// Resources of which the member is not known.
    missing: Vec<Unknown>,
}

impl InPlace {
    fn note(&mut self, unknown: Unknown) {
        if !self.missing.contains(&unknown) {
            self.missing.push(unknown);
        }
    }
}

/// What was found.
pub(super) struct With<'a> {
    /// Resources whose member has the value.
    pub(super) found: Vec<&'a Resource>,
    /// Why it is not known of others.
    pub(super) missing: Vec<Unknown>,
}

/// `resources_with(kind, member, value)`: the bodies of the resources of this place whose member has a
/// value. `[]` in the member means all elements of a list, and a text that is JSON is looked into.
/// Resources of which the member is not known
/// are elements that are not known.
fn resources_with<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let value = text_argument(arguments, 2)?;
    bodies(context, arguments, Wanted::Text(value))
}

/// `resources_like(kind, member, pattern)`: the same for texts that match a pattern of `*` and `?`.
fn resources_like<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let pattern = text_argument(arguments, 2)?;
    bodies(context, arguments, Wanted::Pattern(pattern))
}

/// Which texts are wanted at a member.
#[derive(Clone, Copy)]
enum Wanted<'w> {
    Text(&'w str),
    Pattern(&'w str),
}

impl InPlace {
    fn identifiers(&self, wanted: Wanted<'_>) -> Vec<&String> {
        match wanted {
            Wanted::Text(text) => self.by_value.get(text).into_iter().flatten().collect(),
            Wanted::Pattern(pattern) => {
                let texts = self.by_value.iter();
                let mut found: Vec<&String> = texts
                    .filter(|(text, _)| like(text, pattern))
                    .flat_map(|(_, identifiers)| identifiers)
                    .collect();
                found.sort_unstable();
                found.dedup();
                found
            }
        }
    }
}

fn bodies<'a>(context: &Context<'a>, arguments: &[Value<'a>], wanted: Wanted<'_>) -> Answered<'a> {
    let kind = text_argument(arguments, 0)?;
    let member = text_argument(arguments, 1)?;
    let with = with_text(context, context.place, kind, member, wanted)?;
    let mut bodies = Vec::with_capacity(with.found.len() + with.missing.len());
    for resource in with.found {
        bodies.push(match context.body(resource).and_then(Value::of) {
            Ok(body) => body,
            Err(unknown) => Value::Missing(Rc::new(unknown)),
        });
    }
    for unknown in with.missing {
        bodies.push(Value::Missing(Rc::new(unknown)));
    }
    Ok(Value::List(Rc::new(bodies)))
}

/// Resources of a kind in a place whose member has a value.
pub(super) fn with_member<'a>(
    context: &Context<'a>,
    place: &Place,
    kind: &str,
    member: &str,
    value: &str,
) -> Result<With<'a>, Unknown> {
    with_text(context, place, kind, member, Wanted::Text(value))
}

fn with_text<'a>(
    context: &Context<'a>,
    place: &Place,
    kind: &str,
    member: &str,
    wanted: Wanted<'_>,
) -> Result<With<'a>, Unknown> {
    let estate = context.session.estate;
    if let Some(missing) = estate.listing(kind, place) {
        return Err(gap(missing));
    }
    let index = index(context, kind, member);
    let mut with = With {
        found: Vec::new(),
        missing: Vec::new(),
    };
    let global = place.global();
    for place in [place, &global] {
        if let Some(here) = index.places.get(place) {
            for id in here.identifiers(wanted) {
                with.found.push(estate.find(kind, id, place).map_err(gap)?);
            }
            with.missing.extend(here.missing.iter().cloned());
        }
        if place.is_global() {
            break;
        }
    }
    Ok(with)
}

fn index(context: &Context<'_>, kind: &str, member: &str) -> Arc<Index> {
    let indexes = &context.session.indexes.members;
    let key = (kind.to_owned(), member.to_owned());
    // A thread that panicked left a whole index or none.
    let mut built = indexes.built.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(index) = built.get(&key) {
        return Arc::clone(index);
    }
    let mut index = Index::default();
    for resource in context.session.estate.resources(kind) {
        let here = index.places.entry(resource.place.clone()).or_default();
        match context.session.estate.body(resource) {
            Err(missing) => here.note(gap(missing)),
            Ok(body) => {
                let mut texts = Vec::new();
                if let Err(unknown) = collect(&body, member, &mut texts) {
                    here.note(unknown);
                }
                texts.sort_unstable();
                texts.dedup();
                for text in texts {
                    here.by_value
                        .entry(text)
                        .or_default()
                        .push(resource.id.clone());
                }
            }
        }
    }
    let index = Arc::new(index);
    built.insert(key, Arc::clone(&index));
    index
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
