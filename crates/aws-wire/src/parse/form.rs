//! The AWS query protocol: fields of a form, or of the query string of a GET.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{MAX_DEPTH, plain_content, serialization, text};
use crate::check::{camel, validation_code};
use crate::error::ServiceError;
use crate::incoming::Incoming;
use crate::model::{Kind, Member, Operation, ShapeId};
use crate::percent::{decode, decode_form};
use crate::route::{MAX_FIELDS, is_signature_parameter, malformed, not_decoded};

/// Name of the elements of lists.
const ELEMENT: &str = "member";

struct Field<'a> {
    name: Cow<'a, str>,
    value: Cow<'a, str>,
    read: bool,
}

pub(super) fn input(
    incoming: &Incoming<'_>,
    operation: &Operation,
) -> Result<Map<String, Value>, ServiceError> {
    let mut fields = if incoming.has_fields_in_query() {
        if !incoming.body.is_empty() {
            return Err(serialization("a GET has no body"));
        }
        if incoming.query.contains('+') {
            return Err(serialization(
                "a `+` in the query string is ambiguous: write %20 or %2B",
            ));
        }
        fields(incoming.query, decode)?
    } else {
        plain_content(incoming)?;
        let body = std::str::from_utf8(incoming.body).map_err(|_| malformed())?;
        if !incoming
            .query
            .split('&')
            .all(|pair| pair.is_empty() || is_signature_parameter(pair))
        {
            return Err(serialization("the fields belong into the body"));
        }
        fields(body, decode_form)?
    };
    fields.sort_by(|left, right| left.name.cmp(&right.name));
    let twice = fields
        .iter()
        .zip(fields.iter().skip(1))
        .any(|(left, right)| left.name == right.name);
    if twice {
        return Err(serialization("a field is there twice"));
    }
    for field in &mut fields {
        match field.name.as_ref() {
            "Action" => field.read = true,
            "Version" if field.value == operation.service().version => field.read = true,
            "Version" => {
                return Err(crate::route::unknown(
                    "the version of the API is not served",
                ));
            }
            _ => {}
        }
    }
    let mut input = Map::new();
    if let Some(Kind::Structure { members, .. }) =
        operation.input.map(ShapeId::shape).map(|shape| &shape.kind)
    {
        input = structure(&mut fields, "", members, 1)?;
    }
    if fields.iter().any(|field| !field.read) {
        return Err(ServiceError::new(
            validation_code(operation.service()),
            "1 validation error detected: the form has a field that the operation does not know",
        ));
    }
    Ok(input)
}

fn fields<'a>(
    text: &'a str,
    decode: impl Fn(&'a str) -> Result<Cow<'a, str>, crate::percent::DecodeError>,
) -> Result<Vec<Field<'a>>, ServiceError> {
    let mut fields = Vec::new();
    for pair in text.split('&') {
        if pair.is_empty() || is_signature_parameter(pair) {
            continue;
        }
        if fields.len() >= MAX_FIELDS {
            return Err(serialization(format!("more than {MAX_FIELDS} fields")));
        }
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let undecodable = |error| not_decoded("form", error);
        fields.push(Field {
            name: decode(name).map_err(undecodable)?,
            value: decode(value).map_err(undecodable)?,
            read: false,
        });
    }
    Ok(fields)
}

fn structure(
    fields: &mut [Field<'_>],
    prefix: &str,
    members: &'static [Member],
    depth: usize,
) -> Result<Map<String, Value>, ServiceError> {
    let mut map = Map::new();
    for member in members {
        let name = format!("{prefix}{}", member.name);
        if let Some(value) = value(fields, &name, member, member.shape, depth)? {
            map.insert(member.name.to_owned(), value);
        }
    }
    Ok(map)
}

/// The value under a name; `None` when no field belongs to it.
fn value(
    fields: &mut [Field<'_>],
    name: &str,
    member: &Member,
    shape: ShapeId,
    depth: usize,
) -> Result<Option<Value>, ServiceError> {
    if depth > MAX_DEPTH {
        return Err(serialization(format!("more than {MAX_DEPTH} levels")));
    }
    let wrong = || serialization(format!("'{}' has another type", camel(member.name)));
    match &shape.shape().kind {
        Kind::Structure { members, .. } => {
            let prefix = format!("{name}.");
            if !any(fields, &prefix) {
                return Ok(None);
            }
            let map = structure(fields, &prefix, members, depth + 1)?;
            Ok(Some(Value::Object(map)))
        }
        Kind::List { element, .. } => {
            let mut values = Vec::new();
            loop {
                let inner = format!("{name}.{ELEMENT}.{}", values.len() + 1);
                match value(fields, &inner, member, *element, depth + 1)? {
                    Some(value) => values.push(value),
                    None if values.is_empty() => {
                        // An empty list is written as an empty field.
                        return Ok(take(fields, name, "").then(|| Value::Array(Vec::new())));
                    }
                    None => return Ok(Some(Value::Array(values))),
                }
            }
        }
        // No served operation has one in its input; a test of the model would notice it.
        Kind::Map { .. } => Err(wrong()),
        _ => match find(fields, name) {
            Some(field) => {
                field.read = true;
                text::scalar(shape, &field.value)
                    .map(Some)
                    .ok_or_else(wrong)
            }
            None => Ok(None),
        },
    }
}

fn find<'f, 'a>(fields: &'f mut [Field<'a>], name: &str) -> Option<&'f mut Field<'a>> {
    let position = fields
        .binary_search_by(|field| field.name.as_ref().cmp(name))
        .ok()?;
    fields.get_mut(position)
}

/// Marks a field that has this value as read.
fn take(fields: &mut [Field<'_>], name: &str, value: &str) -> bool {
    match find(fields, name) {
        Some(field) if field.value == value => {
            field.read = true;
            true
        }
        _ => false,
    }
}

fn any(fields: &[Field<'_>], prefix: &str) -> bool {
    let position = fields.partition_point(|field| field.name.as_ref() < prefix);
    fields
        .get(position)
        .is_some_and(|field| field.name.starts_with(prefix))
}
