//! What the profiles and the configuration decide.

use serde_json::Value as Json;

use super::{Answered, Function, named, text_argument};
use crate::context::Context;
use crate::expression::{ReasonCode, Unknown, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "customer_key",
        arity: 1,
        run: customer_key,
    },
    Function {
        name: "configured",
        arity: 1,
        run: configured,
    },
    Function {
        name: "undecided",
        arity: 1,
        run: undecided,
    },
];

/// `customer_key(reference)`: whether a key is named that is not by its very name one of AWS. The strict
/// profile looks at the key itself: it has to belong to a customer and to be enabled.
fn customer_key<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let reference = text_argument(arguments, 0)?;
    if reference.is_empty() || reference.contains("alias/aws/") {
        return Ok(Value::Bool(false));
    }
    if !context.session.strict() {
        return Ok(Value::Bool(true));
    }
    let class = call(context, "key_class", arguments)?;
    if class.as_text()? != "customer" {
        return Ok(Value::Bool(false));
    }
    call(context, "key_usable", arguments)
}

fn call<'a>(context: &Context<'a>, name: &str, arguments: &[Value<'a>]) -> Answered<'a> {
    match named(name) {
        Some(function) => (function.run)(context, arguments),
        None => Err(Unknown::new(
            ReasonCode::Unsupported,
            format!("no function `{name}`"),
        )),
    }
}

/// `configured("parameter")`: true when a parameter has a value. An empty one decides nothing.
fn configured<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let name = text_argument(arguments, 0)?;
    let empty = match context.params.get(name) {
        None | Some(Json::Null) => true,
        Some(Json::Array(list)) => list.is_empty(),
        Some(Json::Object(entries)) => entries.is_empty(),
        Some(Json::String(text)) => text.is_empty(),
        Some(_) => false,
    };
    match empty {
        false => Ok(Value::Bool(true)),
        true => Err(Unknown::new(
            ReasonCode::NotConfigured,
            format!("parameter `{name}` of {} is empty", context.control.id),
        )),
    }
}

/// `undecided("why")`: the place in a control where the evidence cannot decide.
fn undecided<'a>(_: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    Err(Unknown::new(
        ReasonCode::Unsupported,
        text_argument(arguments, 0)?,
    ))
}
