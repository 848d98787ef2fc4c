//! REST-JSON: path, query string and body together.

use serde_json::{Map, Value};

use super::{json, json_content, plain_content, serialization, text};
use crate::check::{camel, validation_code};
use crate::error::ServiceError;
use crate::incoming::Incoming;
use crate::model::{Kind, Member, Operation, Place, ShapeId};
use crate::percent::decode;
use crate::route::{MAX_FIELDS, Route, is_signature_parameter, not_decoded};

pub(super) fn input(
    incoming: &Incoming<'_>,
    route: &Route<'_>,
) -> Result<Map<String, Value>, ServiceError> {
    let operation = route.operation;
    let members = members(operation);
    let mut input = if members.iter().any(|member| member.place == Place::Body) {
        json_content(incoming)?;
        json::body(operation, incoming.body)?
    } else if incoming.body.is_empty() {
        plain_content(incoming)?;
        Map::new()
    } else {
        return Err(serialization("the operation has no body"));
    };
    for member in members {
        if let (Place::Path(_), Some(label)) = (member.place, &route.label) {
            let value = text::scalar(member.shape, label).ok_or_else(|| wrong(member))?;
            input.insert(member.name.to_owned(), value);
        }
    }
    query(incoming.query, operation, members, &mut input)?;
    Ok(input)
}

fn query(
    query: &str,
    operation: &Operation,
    members: &[Member],
    input: &mut Map<String, Value>,
) -> Result<(), ServiceError> {
    if query.contains('+') {
        return Err(serialization(
            "a `+` in the query string is ambiguous: write %20 or %2B",
        ));
    }
    for (position, pair) in query.split('&').enumerate() {
        if position >= MAX_FIELDS {
            return Err(serialization(format!("more than {MAX_FIELDS} parameters")));
        }
        if pair.is_empty() || is_signature_parameter(pair) {
            continue;
        }
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let undecodable = |error| not_decoded("query string", error);
        let name = decode(name).map_err(undecodable)?;
        let member = members
            .iter()
            .find(|member| matches!(member.place, Place::Query(query) if query == name));
        let Some(member) = member else {
            return Err(ServiceError::new(
                validation_code(operation.service()),
                "1 validation error detected: the query string has a parameter that the operation does not know",
            ));
        };
        let value = decode(value).map_err(undecodable)?;
        add(input, member, &value)?;
    }
    Ok(())
}

/// Elements of a list are repeated parameters; what is no list comes once.
fn add(input: &mut Map<String, Value>, member: &Member, text: &str) -> Result<(), ServiceError> {
    let shape = match member.shape.shape().kind {
        Kind::List { element, .. } => element,
        _ => member.shape,
    };
    let value = text::scalar(shape, text).ok_or_else(|| wrong(member))?;
    match (input.get_mut(member.name), shape == member.shape) {
        (Some(Value::Array(values)), false) => values.push(value),
        (None, false) => {
            input.insert(member.name.to_owned(), Value::Array(vec![value]));
        }
        (None, true) => {
            input.insert(member.name.to_owned(), value);
        }
        (Some(_), _) => {
            return Err(serialization(format!(
                "'{}' is there twice",
                camel(member.name)
            )));
        }
    }
    Ok(())
}

fn wrong(member: &Member) -> ServiceError {
    serialization(format!("'{}' has another type", camel(member.name)))
}

fn members(operation: &Operation) -> &'static [Member] {
    match operation.input.map(ShapeId::shape).map(|shape| &shape.kind) {
        Some(Kind::Structure { members, .. }) => members,
        _ => &[],
    }
}
