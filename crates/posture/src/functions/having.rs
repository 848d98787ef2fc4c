//! Resources by the value of one of their members, from an index.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use rempart_estate::{Place, Resource, unknown_reason};
use serde_json::Value as Json;

use super::{Answered, Function, text_argument};
use crate::context::{Context, gap};
use crate::expression::{ReasonCode, Unknown, Value};

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "resources_with",
    arity: 3,
    run: resources_with,
}];

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
/// value. `[]` in the member means all elements of a list. Resources of which the member is not known
/// are elements that are not known.
fn resources_with<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let kind = text_argument(arguments, 0)?;
    let member = text_argument(arguments, 1)?;
    let value = text_argument(arguments, 2)?;
    let with = with_member(context, context.place, kind, member, value)?;
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
            for id in here.by_value.get(value).into_iter().flatten() {
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
    let path: Vec<&str> = member.split('.').collect();
    for resource in context.session.estate.resources(kind) {
        let here = index.places.entry(resource.place.clone()).or_default();
        match context.session.estate.body(resource) {
            Err(missing) => here.note(gap(missing)),
            Ok(body) => {
                let mut texts = Vec::new();
                if let Err(unknown) = texts_at(&body, &path, &mut texts) {
                    here.note(unknown);
                }
                texts.sort_unstable();
                texts.dedup();
                for text in texts {
                    here.by_value.entry(text).or_default().push(resource.id.clone());
                }
            }
        }
    }
    let index = Arc::new(index);
    built.insert(key, Arc::clone(&index));
    index
}

/// The texts at a path; the others stay when one is not known.
fn texts_at(value: &Json, path: &[&str], texts: &mut Vec<String>) -> Result<(), Unknown> {
    if let Some(reason) = unknown_reason(value) {
        return Err(Unknown::new(ReasonCode::KnownAfterApply, reason));
    }
    let Some((first, rest)) = path.split_first() else {
        if let Json::String(text) = value {
            texts.push(text.clone());
        }
        return Ok(());
    };
    let name = first.trim_end_matches("[]");
    let Some(member) = value.get(name) else {
        return Ok(());
    };
    if first.len() == name.len() {
        return texts_at(member, rest, texts);
    }
    if let Some(reason) = unknown_reason(member) {
        return Err(Unknown::new(ReasonCode::KnownAfterApply, reason));
    }
    let mut whole = Ok(());
    for element in member.as_array().into_iter().flatten() {
        whole = whole.and(texts_at(element, rest, texts));
    }
    whole
}
