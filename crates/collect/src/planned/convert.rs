//! From the attributes of a resource to members of an answer, guided by the shape of that answer.
//!
//! The shape decides the notation: a block is a list of one where a structure is wanted, a map of tags
//! becomes a list of keys and values, `"true"` a boolean. What fits no shape is reported, not guessed.

use rempart_aws_model::{Member, Shape, ShapeKind};
use serde_json::{Map, Value};

use super::map::{AnswerMap, Segment, Target, Transform, TypeMap};
use super::text::{base64, url_encode};
use super::unknown::{CHOSEN_BY_AWS, contains_unknown, unknown, unknown_reason};

/// Deepest nesting of values that is followed.
const MAX_DEPTH: usize = 64;

/// Attributes that say what a resource is called and where it is, which the map does by `id` and `arn`.
const OWN_NAMES: [&str; 5] = ["id", "arn", "owner_id", "region", "tags"];

/// What happened on the way.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// Attributes for which the answer has no member.
    pub(crate) unread: Vec<String>,
    /// Attributes whose value has the wrong type, with what is wrong.
    pub(crate) wrong: Vec<(String, String)>,
}

/// Converts the attributes of one resource for one answer.
pub(crate) struct Converter<'a> {
    pub(crate) map: &'a AnswerMap,
    pub(crate) ignored: &'a TypeMap,
    pub(crate) notes: &'a mut Notes,
    /// For constants that name the place.
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
}

impl Converter<'_> {
    /// The members of `shape` that the attributes give.
    pub(crate) fn body(&mut self, shape: Option<Shape>, values: &Map<String, Value>) -> Value {
        let mut out = Map::new();
        for (path, value) in &self.map.constants {
            let value = match value.as_str() {
                Some("{account}") => Value::from(self.account),
                Some("{region}") => Value::from(self.region),
                _ => value.clone(),
            };
            put(&mut out, path, value);
        }
        self.structure(&mut out, shape, "", values, 0);
        Value::Object(out)
    }

    fn structure(
        &mut self,
        out: &mut Map<String, Value>,
        shape: Option<Shape>,
        path: &str,
        values: &Map<String, Value>,
        depth: usize,
    ) {
        for (name, value) in values {
            if is_absent(value) {
                continue;
            }
            let attribute = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            match self.map.rules.get(attribute.as_str()) {
                Some(Target::Ignore) => {}
                Some(Target::Melt) => self.melt(out, shape, &attribute, value, depth),
                Some(Target::Path(target, transform)) => {
                    let target_shape = shape_at(shape, target);
                    if let Some(spread) = spread(target, target_shape, value) {
                        for (path, value) in spread {
                            put(out, path, value);
                        }
                        continue;
                    }
                    let converted =
                        self.value(target_shape, &attribute, value, *transform, depth + 1);
                    if let Some(converted) = converted {
                        put(out, target, converted);
                    }
                }
                None if self.ignored.ignored.contains(attribute.as_str())
                    || OWN_NAMES.contains(&attribute.as_str()) => {}
                None if self.map.exact => self.notes.unread.push(attribute),
                None => match shape.and_then(|shape| member_like(shape, name)) {
                    Some(member) => {
                        let converted =
                            self.value(Some(member.shape), &attribute, value, None, depth + 1);
                        if let Some(converted) = converted {
                            merge(out, member.name, converted);
                        }
                    }
                    None => self.notes.unread.push(attribute),
                },
            }
        }
    }

    /// A block whose members stand in the structure of its parent.
    fn melt(
        &mut self,
        out: &mut Map<String, Value>,
        shape: Option<Shape>,
        attribute: &str,
        value: &Value,
        depth: usize,
    ) {
        let inner = match value {
            Value::Array(items) if items.len() <= 1 => items.first().unwrap_or(&Value::Null),
            other => other,
        };
        if let Some(reason) = unknown_reason(inner) {
            let prefix = format!("{attribute}.");
            for (name, target) in &self.map.rules {
                if let (true, Target::Path(path, _)) = (name.starts_with(&prefix), target) {
                    put(out, path, unknown(reason));
                }
            }
            return;
        }
        match inner {
            Value::Object(members) if depth < MAX_DEPTH => {
                self.structure(out, shape, attribute, members, depth + 1);
            }
            Value::Null => {}
            _ => self.wrong(attribute, "a block", value),
        }
    }

    /// A value in the notation of the shape; `None` when nothing is given.
    fn value(
        &mut self,
        shape: Option<Shape>,
        attribute: &str,
        value: &Value,
        transform: Option<Transform>,
        depth: usize,
    ) -> Option<Value> {
        if depth > MAX_DEPTH {
            self.notes
                .wrong
                .push((attribute.to_owned(), "nested too deep".to_owned()));
            return Some(unknown("nested too deep"));
        }
        if unknown_reason(value).is_some() {
            return Some(value.clone());
        }
        if let Some(transform) = transform {
            return match transformed(transform, value) {
                Some(changed) => Some(changed),
                None => {
                    self.wrong(attribute, "a text or boolean", value);
                    Some(unknown("has a type that is not understood"))
                }
            };
        }
        let Some(shape) = shape else {
            return Some(value.clone());
        };
        let converted = match shape.kind() {
            ShapeKind::Structure => return self.one_structure(shape, attribute, value, depth),
            ShapeKind::List => return self.list(shape, attribute, value, depth),
            ShapeKind::Map => return self.map(shape, attribute, value, depth),
            ShapeKind::Document => Some(value.clone()),
            ShapeKind::Boolean => as_boolean(value),
            ShapeKind::Integer | ShapeKind::Long | ShapeKind::Float | ShapeKind::Double => {
                as_number(value)
            }
            ShapeKind::Enum => as_text(&as_enum(shape, value)),
            ShapeKind::String | ShapeKind::Timestamp | ShapeKind::Blob => as_text(value),
        };
        match converted {
            Some(Value::String(text)) if text.is_empty() => None,
            Some(converted) => Some(converted),
            None => {
                self.wrong(attribute, kind_name(shape.kind()), value);
                Some(unknown("has a type that is not understood"))
            }
        }
    }

    fn one_structure(
        &mut self,
        shape: Shape,
        attribute: &str,
        value: &Value,
        depth: usize,
    ) -> Option<Value> {
        let inner = match value {
            Value::Array(items) if items.is_empty() => return None,
            Value::Array(items) if items.len() == 1 => items.first().unwrap_or(&Value::Null),
            other => other,
        };
        if unknown_reason(inner).is_some() {
            return Some(inner.clone());
        }
        match inner {
            // A block without arguments is written as null inside its list.
            Value::Null => Some(Value::Object(Map::new())),
            // A structure without members whose presence is the setting.
            Value::Bool(true) => Some(Value::Object(Map::new())),
            Value::Bool(false) => None,
            Value::Object(members) => {
                let mut out = Map::new();
                self.structure(&mut out, Some(shape), attribute, members, depth);
                Some(Value::Object(out))
            }
            _ => {
                self.wrong(attribute, "one block", value);
                Some(unknown("has a type that is not understood"))
            }
        }
    }

    fn list(
        &mut self,
        shape: Shape,
        attribute: &str,
        value: &Value,
        depth: usize,
    ) -> Option<Value> {
        let element = shape.element();
        let items = match value {
            Value::Array(items) => items.iter().collect(),
            Value::Object(tags) => match element.and_then(pair_members) {
                Some((key, text))
                    if !tags.contains_key(key) && !tags.contains_key(&key.to_lowercase()) =>
                {
                    return Some(pairs(tags, key, text));
                }
                _ => vec![value],
            },
            other => vec![other],
        };
        if items.is_empty() {
            return None;
        }
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            let is_structure =
                element.is_some_and(|element| element.kind() == ShapeKind::Structure);
            if item.is_null() && is_structure {
                out.push(Value::Object(Map::new()));
                continue;
            }
            if let Some(item) = self.value(element, attribute, item, None, depth + 1) {
                out.push(item);
            }
        }
        Some(Value::Array(out))
    }

    fn map(&mut self, shape: Shape, attribute: &str, value: &Value, depth: usize) -> Option<Value> {
        let mut out = Map::new();
        match value {
            Value::Object(members) => {
                for (key, item) in members {
                    if item.is_null() {
                        continue;
                    }
                    let path = format!("{attribute}.{key}");
                    let item = self.value(shape.element(), &path, item, None, depth + 1);
                    // An empty text is a value here, as in an environment variable.
                    let item = item.unwrap_or_else(|| Value::String(String::new()));
                    out.insert(key.clone(), item);
                }
            }
            // Tags as a list of keys and values where the API has a map.
            Value::Array(items) => {
                for item in items {
                    let member = |names: [&str; 2]| names.iter().find_map(|name| item.get(*name));
                    match (member(["Key", "key"]), member(["Value", "value"])) {
                        (Some(Value::String(key)), Some(text)) => {
                            out.insert(key.clone(), text.clone());
                        }
                        _ if unknown_reason(item).is_some() => return Some(item.clone()),
                        _ => self.wrong(attribute, "keys and values", item),
                    }
                }
            }
            _ => {
                self.wrong(attribute, "a map", value);
                return Some(unknown("has a type that is not understood"));
            }
        }
        Some(Value::Object(out))
    }

    fn wrong(&mut self, attribute: &str, wanted: &str, value: &Value) {
        let found = match value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "text",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        self.notes.wrong.push((
            attribute.to_owned(),
            format!("expected {wanted}, found {found}"),
        ));
    }
}

/// A list of texts where AWS has structures with one member: `Groups[].GroupId`.
fn spread<'p>(
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

/// Null, and the empty list that stands for a block that is not there.
fn is_absent(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        _ => false,
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
            if !present.contains_key(super::unknown::UNKNOWN)
                && !new.contains_key(super::unknown::UNKNOWN) =>
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
fn member_like(shape: Shape, name: &str) -> Option<Member> {
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

/// The names of key and value when a structure is a pair of these.
fn pair_members(shape: Shape) -> Option<(&'static str, &'static str)> {
    let mut names = shape.members().map(|member| member.name);
    match (names.next(), names.next(), names.next()) {
        (Some(key @ ("Key" | "key" | "TagKey" | "Name")), Some(value), None) => Some((key, value)),
        _ => None,
    }
}

fn pairs(tags: &Map<String, Value>, key: &str, text: &str) -> Value {
    let pair = |(name, value): (&String, &Value)| {
        let mut pair = Map::new();
        pair.insert(key.to_owned(), Value::String(name.clone()));
        pair.insert(text.to_owned(), value.clone());
        Value::Object(pair)
    };
    Value::Array(tags.iter().map(pair).collect())
}

fn as_boolean(value: &Value) -> Option<Value> {
    match value {
        Value::Bool(_) => Some(value.clone()),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(Value::Bool(true)),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(Value::Bool(false)),
        _ => None,
    }
}

fn as_number(value: &Value) -> Option<Value> {
    match value {
        Value::Number(_) => Some(value.clone()),
        Value::String(text) => serde_json::from_str(text)
            .ok()
            .filter(|number: &Value| number.is_number()),
        _ => None,
    }
}

/// A boolean where AWS has a word for it.
fn as_enum(shape: Shape, value: &Value) -> Value {
    let words: [&str; 6] = match value {
        Value::Bool(true) => ["Enabled", "ENABLED", "enabled", "ENABLE", "True", "true"],
        Value::Bool(false) => [
            "Disabled", "DISABLED", "disabled", "DISABLE", "False", "false",
        ],
        _ => return value.clone(),
    };
    let word = shape
        .enum_values()
        .find(|known| words.iter().any(|word| word == known));
    word.map_or_else(|| value.clone(), |word| Value::String(word.to_owned()))
}

fn as_text(value: &Value) -> Option<Value> {
    match value {
        Value::String(_) => Some(value.clone()),
        Value::Number(number) => Some(Value::String(number.to_string())),
        Value::Bool(flag) => Some(Value::String(flag.to_string())),
        // A policy written out where the API has its text.
        Value::Object(_) if !contains_unknown(value) => Some(Value::String(value.to_string())),
        Value::Object(_) => Some(unknown("a part of the document is unknown")),
        Value::Null | Value::Array(_) => None,
    }
}

pub(crate) fn transformed(transform: Transform, value: &Value) -> Option<Value> {
    let is_on = match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => text.parse::<bool>().ok(),
        _ => None,
    };
    let text = || as_text(value).and_then(|text| text.as_str().map(str::to_owned));
    Some(match transform {
        Transform::Enabled => Value::from(if is_on? { "Enabled" } else { "Disabled" }),
        Transform::EnabledUpper => Value::from(if is_on? { "ENABLED" } else { "DISABLED" }),
        Transform::Not => Value::Bool(!is_on?),
        Transform::Base64 => Value::String(base64(text()?.as_bytes())),
        Transform::UrlEncode => match as_text(value)? {
            Value::String(text) => Value::String(url_encode(&text)),
            other => other,
        },
        Transform::LastPart => {
            let text = text()?;
            Value::from(text.rsplit('/').next().unwrap_or_default())
        }
        Transform::Upper => Value::String(text()?.to_uppercase()),
    })
}

const fn kind_name(kind: ShapeKind) -> &'static str {
    match kind {
        ShapeKind::Boolean => "a boolean",
        ShapeKind::Integer | ShapeKind::Long | ShapeKind::Float | ShapeKind::Double => "a number",
        _ => "text",
    }
}
