//! From the attributes of a resource to members of an answer, guided by the shape of that answer.
//!
//! The shape decides the notation: a block is a list of one where a structure is wanted, a map of tags
//! becomes a list of keys and values, `"true"` a boolean. What fits no shape is reported, not guessed.

mod notation;
mod place;

use rempart_aws_model::{Shape, ShapeKind};
use serde_json::{Map, Value};

use super::map::{AnswerMap, Target, Transform, TypeMap};
use super::unknown::{unknown, unknown_reason};
use notation::{
    as_boolean, as_enum, as_number, as_text, kind_name, pair_members, pairs, transformed,
};
use place::{member_like, spread};

pub(crate) use place::{merge, put, shape_at};

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

/// Null, and the empty list that stands for a block that is not there.
fn is_absent(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}
