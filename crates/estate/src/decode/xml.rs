//! XML answers: a bounded tree, then values by the shapes of the operation.

mod tree;

use rempart_aws_model::{ApiOperation, Level, Place, Protocol};
use rempart_aws_model::{Member, Shape, ShapeKind};
use serde_json::{Map, Number, Value};

use tree::Element;

pub(super) fn decode(api: &'static ApiOperation, body: &[u8]) -> Result<Value, String> {
    let root = tree::read(body)?;
    if root.name == "Error" || root.name == "ErrorResponse" {
        return Err("an error, not an answer".to_owned());
    }
    let Some(output) = api.output() else {
        return Ok(Value::Object(Map::new()));
    };
    if let Some(payload) = api.payload()
        && let Some(member) = output.member(payload)
    {
        let mut members = Map::new();
        members.insert(payload.to_owned(), value(api, member.shape, &root));
        return Ok(Value::Object(members));
    }
    let holder = match api.protocol() {
        Protocol::Query => {
            let wrapper = api.result_wrapper();
            let inside = wrapper.and_then(|wrapper| root.child(wrapper));
            match (inside, wrapper) {
                (Some(inside), _) => inside,
                (None, Some(wrapper)) if root.name != wrapper => {
                    return Err(format!("{} has no {wrapper}", root.name));
                }
                _ => &root,
            }
        }
        _ => &root,
    };
    let mut members = structure(api, output, holder);
    // GetBucketLocation answers its only member as the root.
    if let Some(member) = output.member(&root.name)
        && root.children.is_empty()
        && !root.text.is_empty()
    {
        members.insert(member.name.to_owned(), value(api, member.shape, &root));
    }
    if api.protocol() == Protocol::Ec2Query {
        members.remove("requestId");
    }
    Ok(Value::Object(members))
}

fn structure(api: &'static ApiOperation, shape: Shape, element: &Element) -> Map<String, Value> {
    let name = shape.name().unwrap_or_default();
    let mut members = Map::new();
    let mut known = Vec::new();
    for member in shape.members() {
        let wire = api.answer_wire(name, member.name);
        let found = match wire.place {
            Place::Body => {
                known.push(wire.name);
                body_member(api, &member, element, wire.name, &wire.levels)
            }
            Place::Attribute => element
                .attribute(wire.name)
                .map(|text| scalar(member.shape, text)),
            _ => None,
        };
        if let Some(found) = found {
            members.insert(member.name.to_owned(), found);
        }
    }
    // What the model does not know yet is kept under its own name.
    for child in &element.children {
        if !known.contains(&child.name.as_str()) && !members.contains_key(&child.name) {
            members.insert(child.name.clone(), untyped(child));
        }
    }
    members
}

fn body_member(
    api: &'static ApiOperation,
    member: &Member,
    element: &Element,
    name: &str,
    levels: &[Level],
) -> Option<Value> {
    let repeats = |level: Option<&Level>| {
        matches!(
            level,
            Some(
                Level::FlatList
                    | Level::Map {
                        flattened: true,
                        ..
                    }
            )
        )
    };
    let holders: Vec<_> = element.children_named(name).collect();
    let first = *holders.first()?;
    if repeats(levels.first()) {
        return Some(repeated(api, member.shape, &holders, levels));
    }
    Some(wrapped(api, member.shape, first, levels))
}

/// A list or map without wrapper, from its elements.
fn repeated(
    api: &'static ApiOperation,
    shape: Shape,
    elements: &[&Element],
    levels: &[Level],
) -> Value {
    let inner = shape.element();
    let rest = levels.get(1..).unwrap_or_default();
    let read = |element: &Element| match inner {
        Some(inner) => wrapped(api, inner, element, rest),
        None => untyped(element),
    };
    match levels.first() {
        Some(Level::Map { key, value, .. }) => entries(elements.iter().copied(), key, value, read),
        _ => Value::Array(elements.iter().map(|element| read(element)).collect()),
    }
}

/// A value inside its element.
fn wrapped(api: &'static ApiOperation, shape: Shape, element: &Element, levels: &[Level]) -> Value {
    let inner = shape.element();
    let rest = levels.get(1..).unwrap_or_default();
    let read = |element: &Element| match inner {
        Some(inner) => wrapped(api, inner, element, rest),
        None => untyped(element),
    };
    match levels.first() {
        Some(Level::List(item)) => {
            let items = element.children_named(item);
            Value::Array(items.map(read).collect())
        }
        Some(Level::Map { key, value, .. }) => {
            entries(element.children_named("entry"), key, value, read)
        }
        Some(Level::FlatList) | None => value(api, shape, element),
    }
}

fn entries<'e>(
    elements: impl Iterator<Item = &'e Element>,
    key: &str,
    value: &str,
    read: impl Fn(&Element) -> Value,
) -> Value {
    let mut members = Map::new();
    for element in elements {
        let name = element.child(key).map(|child| child.text.clone());
        let held = element.child(value).map(&read);
        members.insert(name.unwrap_or_default(), held.unwrap_or(Value::Null));
    }
    Value::Object(members)
}

fn value(api: &'static ApiOperation, shape: Shape, element: &Element) -> Value {
    match shape.kind() {
        ShapeKind::Structure => Value::Object(structure(api, shape, element)),
        ShapeKind::List | ShapeKind::Map | ShapeKind::Document => untyped(element),
        _ => scalar(shape, &element.text),
    }
}

/// A scalar; text that is none of its type stays text.
fn scalar(shape: Shape, text: &str) -> Value {
    let typed = match shape.kind() {
        ShapeKind::Integer | ShapeKind::Long => text.trim().parse::<i64>().ok().map(Value::from),
        ShapeKind::Float | ShapeKind::Double => {
            let number = text.trim().parse::<f64>().ok();
            number.and_then(Number::from_f64).map(Value::Number)
        }
        ShapeKind::Boolean => text.trim().parse::<bool>().ok().map(Value::Bool),
        _ => None,
    };
    typed.unwrap_or_else(|| Value::String(text.to_owned()))
}

/// An element without shape: text, or members; several of one name are a list.
fn untyped(element: &Element) -> Value {
    if element.children.is_empty() {
        return Value::String(element.text.clone());
    }
    let mut members: Map<String, Value> = Map::new();
    for child in &element.children {
        let value = untyped(child);
        match members.get_mut(&child.name) {
            Some(Value::Array(elements)) => elements.push(value),
            Some(one) => *one = Value::Array(vec![one.take(), value]),
            None => {
                members.insert(child.name.clone(), value);
            }
        }
    }
    Value::Object(members)
}
