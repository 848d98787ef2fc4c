//! ARNs, JSON and base64 in texts.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rempart_aws_model::Arn;
use serde_json::Value as Json;

use super::{Answered, Function, text_argument};
use crate::context::Context;
use crate::expression::{ReasonCode, Unknown, Value};

/// Longest text that is decoded, in bytes.
const LONGEST: usize = 8 << 20;

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "arn_account",
        arity: 1,
        run: |_, arguments| part_of_arn(arguments, |arn| arn.account().to_owned()),
    },
    Function {
        name: "arn_region",
        arity: 1,
        run: |_, arguments| part_of_arn(arguments, |arn| arn.region().to_owned()),
    },
    Function {
        name: "arn_resource",
        arity: 1,
        run: |_, arguments| part_of_arn(arguments, |arn| arn.resource().to_owned()),
    },
    Function {
        name: "parse_json",
        arity: 1,
        run: parse_json,
    },
    Function {
        name: "base64_text",
        arity: 1,
        run: base64_text,
    },
];

/// A part of an ARN. A text that is no ARN decides nothing.
fn part_of_arn<'a>(arguments: &[Value<'a>], part: fn(&Arn) -> String) -> Answered<'a> {
    let text = text_argument(arguments, 0)?;
    match Arn::parse(text) {
        Ok(arn) => Ok(Value::text(part(&arn))),
        Err(_) => Err(Unknown::new(
            ReasonCode::ModelGap,
            format!("`{}` is no ARN", shortened(text)),
        )),
    }
}

/// `parse_json(text)`: the value of a JSON text.
fn parse_json<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let text = text_argument(arguments, 0)?;
    if text.len() > LONGEST {
        return Err(Unknown::new(
            ReasonCode::Unsupported,
            "the JSON is too long",
        ));
    }
    let json: Json = serde_json::from_str(text)
        .map_err(|error| Unknown::new(ReasonCode::ModelGap, format!("no JSON: {error}")))?;
    Value::of(context.arena.keep(json))
}

/// `base64_text(text)`: the text behind base64.
fn base64_text<'a>(_: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let text = text_argument(arguments, 0)?;
    if text.len() > LONGEST {
        return Err(Unknown::new(
            ReasonCode::Unsupported,
            "the base64 is too long",
        ));
    }
    let compact: String = text.split_ascii_whitespace().collect();
    let bytes = STANDARD
        .decode(compact)
        .map_err(|error| Unknown::new(ReasonCode::ModelGap, format!("no base64: {error}")))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Value::text(text)),
        Err(_) => Err(Unknown::new(
            ReasonCode::Unsupported,
            "the base64 holds no UTF-8 text",
        )),
    }
}

/// A text for a message.
fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}
