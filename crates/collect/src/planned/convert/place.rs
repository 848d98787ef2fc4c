//! Where values stand in an answer: paths, and members of a shape by a name in another notation.

use rempart_aws_model::{Member, Shape, ShapeKind};
use serde_json::{Map, Value};

use crate::planned::map::Segment;
use crate::planned::unknown::{CHOSEN_BY_AWS, UNKNOWN, unknown_reason};

/// A list of texts where AWS has structures with one member: `Groups[].GroupId`.
pub(super) fn spread<'p>(
    path: &'p [Segment],
    shape: Option<Shape>,
    value: &Value,
) -> Option<Vec<(&'p [Segment], Value)>> {
    let (member, list) = path.split_last()?;
    let is_text = shape.is_some_and(|shape| shape.kind() == ShapeKind::String);
    if !is_text || !list.last().is_some_and(|segment| segment.list) {
        return None;
    }
    match value {
        Value::Array(items) => {
            let structures = items.iter().map(|item| {
                let mut structure = Map::new();
                structure.insert(member.name.to_owned(), item.clone());
                Value::Object(structure)
            });
            Some(vec![(list, Value::Array(structures.collect()))])
        }
        marker if unknown_reason(marker).is_some() => Some(vec![(list, marker.clone())]),
        _ => None,
    }
}

/// Puts a value at a path; structures on the way are made, lists get one element. An unknown value on
/// the way stays.
pub(crate) fn put(out: &mut Map<String, Value>, path: &[Segment], value: Value) {
    let Some((segment, rest)) = path.split_first() else {
        return;
    };
    if rest.is_empty() {
        let value = match value {
            Value::Array(items) => Value::Array(items),
            other if segment.list && unknown_reason(&other).is_none() => Value::Array(vec![other]),
            other => other,
        };
        merge(out, segment.name, value);
        return;
    }
    let slot = out.entry(segment.name.to_owned()).or_insert_with(|| {
        if segment.list {
            Value::Array(Vec::new())
        } else {
            Value::Object(Map::new())
        }
    });
    if unknown_reason(slot).is_some() {
        return;
    }
    if let (true, Value::Array(items)) = (segment.list, &mut *slot) {
        if items.is_empty() {
            items.push(Value::Object(Map::new()));
        }
        if let Some(Value::Object(first)) = items.first_mut() {
            put(first, rest, value);
        }
        return;
    }
    if let Value::Object(inner) = slot {
        put(inner, rest, value);
    }
}

/// Two attributes may fill one structure; lists are joined.
pub(crate) fn merge(out: &mut Map<String, Value>, name: &str, value: Value) {
    match (out.get_mut(name), value) {
        (Some(Value::Object(present)), Value::Object(new))
            if !present.contains_key(UNKNOWN) && !new.contains_key(UNKNOWN) =>
        {
            for (key, value) in new {
                merge(present, &key, value);
            }
        }
        (Some(Value::Array(present)), Value::Array(new)) => present.extend(new),
        // What AWS chooses for a new resource is known where the map says so.
        (Some(_), value) if unknown_reason(&value) == Some(CHOSEN_BY_AWS) => {}
        (_, value) => {
            out.insert(name.to_owned(), value);
        }
    }
}

/// The shape at a path below a structure.
pub(crate) fn shape_at(shape: Option<Shape>, path: &[Segment]) -> Option<Shape> {
    let mut current = shape?;
    let mut segments = path.iter().peekable();
    while let Some(segment) = segments.next() {
        current = current.member(segment.name)?.shape;
        if segment.list && segments.peek().is_some() {
            current = current.element()?;
        }
    }
    Some(current)
}

/// The member with a name in another notation: case and underscores do not count, and a block may be
/// named in the singular where the member is a list.
pub(super) fn member_like(shape: Shape, name: &str) -> Option<Member> {
    let wanted = plain(name);
    let mut plural = None;
    for member in shape.members() {
        let found = plain(member.name);
        if found == wanted {
            return Some(member);
        }
        let is_list = member.shape.kind() == ShapeKind::List;
        if is_list && (found.strip_suffix('s') == Some(&wanted) || is_ies(&found, &wanted)) {
            plural = Some(member);
        }
    }
    plural
}

fn is_ies(plural: &str, singular: &str) -> bool {
    let stem = plural.strip_suffix("ies");
    stem.is_some() && stem == singular.strip_suffix('y')
}

fn plain(name: &str) -> String {
    name.chars()
        .filter(|character| !matches!(character, '_' | '-'))
        .map(|character| character.to_ascii_lowercase())
        .collect()
}
