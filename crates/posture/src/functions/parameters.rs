//! Allow lists that the user configures.

use serde_json::Value as Json;

use super::{Answered, Function, text_argument};
use crate::context::Context;
use crate::expression::{ReasonCode, Unknown, Value, like};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "allowed",
        arity: 2,
        run: allowed,
    },
    Function {
        name: "allowed_if_set",
        arity: 2,
        run: allowed_if_set,
    },
];

/// `allowed(value, "parameter")`: whether a value matches a pattern of a list. An empty list is not
/// configured, and then nothing can be said.
fn allowed<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let value = text_argument(arguments, 0)?;
    let name = text_argument(arguments, 1)?;
    let patterns = list(context, name)?;
    if patterns.is_empty() {
        return Err(Unknown::new(
            ReasonCode::NotConfigured,
            format!("parameter `{name}` of {} is empty", context.control.id),
        ));
    }
    Ok(Value::Bool(matches_one(value, patterns)?))
}

/// `allowed_if_set(value, "parameter")`: as `allowed`, but true when the list is empty.
fn allowed_if_set<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let value = text_argument(arguments, 0)?;
    let name = text_argument(arguments, 1)?;
    let patterns = list(context, name)?;
    Ok(Value::Bool(
        patterns.is_empty() || matches_one(value, patterns)?,
    ))
}

fn list<'a>(context: &Context<'a>, name: &str) -> Result<&'a [Json], Unknown> {
    match context.params.get(name) {
        Some(Json::Array(patterns)) => Ok(patterns),
        _ => Err(Unknown::new(
            ReasonCode::NotConfigured,
            format!("parameter `{name}` of {} is no list", context.control.id),
        )),
    }
}

fn matches_one(value: &str, patterns: &[Json]) -> Result<bool, Unknown> {
    for pattern in patterns {
        match pattern.as_str() {
            Some(pattern) if like(value, pattern) => return Ok(true),
            Some(_) => {}
            None => {
                return Err(Unknown::new(
                    ReasonCode::NotConfigured,
                    "an element of the parameter is no text",
                ));
            }
        }
    }
    Ok(false)
}
