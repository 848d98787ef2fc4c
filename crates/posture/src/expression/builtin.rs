//! The functions and operators that belong to the language itself.

use std::borrow::Cow;
use std::rc::Rc;

use serde_json::Value as Json;

use super::node::{Method, Operation};
use super::unknown::{ReasonCode, Unknown};
use super::value::Value;

/// A number as a double.
pub(super) fn number(value: &Value<'_>) -> Result<f64, Unknown> {
    match value {
        // Beyond 2^53 the order of neighbours is lost; only comparisons with fractions get here.
        Value::Int(whole) => Ok(*whole as f64),
        Value::Double(fraction) => Ok(*fraction),
        other => Err(other.is_not("a number")),
    }
}

pub(super) fn negate<'a>(value: &Value<'a>) -> Result<Value<'a>, Unknown> {
    match value {
        Value::Int(whole) => whole.checked_neg().map(Value::Int).ok_or_else(too_large),
        Value::Double(fraction) => Ok(Value::Double(-fraction)),
        other => Err(other.is_not("a number")),
    }
}

pub(super) fn calculate<'a>(
    operation: Operation,
    left: Value<'a>,
    right: Value<'a>,
) -> Result<Value<'a>, Unknown> {
    match (operation, &left, &right) {
        (Operation::Add, Value::Text(left), Value::Text(right)) => {
            Ok(Value::Text(Cow::Owned(format!("{left}{right}"))))
        }
        (_, Value::Int(left), Value::Int(right)) => {
            let result = match operation {
                Operation::Add => left.checked_add(*right),
                Operation::Subtract => left.checked_sub(*right),
                Operation::Multiply => left.checked_mul(*right),
                Operation::Divide => left.checked_div(*right),
                Operation::Remainder => left.checked_rem(*right),
            };
            result.map(Value::Int).ok_or_else(too_large)
        }
        (Operation::Add, ..) if left.kind() == "a list" && right.kind() == "a list" => {
            let mut joined = Vec::new();
            for element in left.elements()?.into_iter().chain(right.elements()?) {
                joined.push(match element {
                    Ok(element) => element,
                    Err(reason) => Value::Missing(Rc::new(reason)),
                });
            }
            Ok(Value::List(Rc::new(joined)))
        }
        _ => {
            let (left, right) = (number(&left)?, number(&right)?);
            Ok(Value::Double(match operation {
                Operation::Add => left + right,
                Operation::Subtract => left - right,
                Operation::Multiply => left * right,
                Operation::Divide => left / right,
                Operation::Remainder => {
                    return Err(Unknown::new(
                        ReasonCode::Unsupported,
                        "the remainder of numbers with fractions",
                    ));
                }
            }))
        }
    }
}

pub(super) fn method<'a>(
    method: Method,
    target: Value<'a>,
    arguments: &[Value<'a>],
) -> Result<Value<'a>, Unknown> {
    match method {
        Method::Size => size(&target),
        Method::ToText => match target {
            Value::Text(_) => Ok(target),
            Value::Int(whole) => Ok(Value::Text(Cow::Owned(whole.to_string()))),
            Value::Double(fraction) => Ok(Value::Text(Cow::Owned(fraction.to_string()))),
            Value::Bool(value) => Ok(Value::Text(Cow::Owned(value.to_string()))),
            other => Err(other.is_not("text or a number")),
        },
        Method::ToInt => match &target {
            Value::Int(_) => Ok(target),
            Value::Text(text) => text
                .trim()
                .parse()
                .map(Value::Int)
                .map_err(|_| Unknown::new(ReasonCode::ModelGap, "the text is no whole number")),
            other => Err(other.is_not("a whole number or text")),
        },
        Method::ToDouble => match &target {
            Value::Text(text) => text
                .trim()
                .parse()
                .map(Value::Double)
                .map_err(|_| Unknown::new(ReasonCode::ModelGap, "the text is no number")),
            other => number(other).map(Value::Double),
        },
        Method::LowerAscii => Ok(Value::Text(Cow::Owned(
            target.as_text()?.to_ascii_lowercase(),
        ))),
        Method::Contains | Method::StartsWith | Method::EndsWith | Method::Split | Method::Like => {
            let text = target.as_text()?;
            let argument = match arguments {
                [argument] => argument.as_text()?,
                _ => return Err(Unknown::new(ReasonCode::Unsupported, "no argument")),
            };
            Ok(match method {
                Method::Contains => Value::Bool(text.contains(argument)),
                Method::StartsWith => Value::Bool(text.starts_with(argument)),
                Method::EndsWith => Value::Bool(text.ends_with(argument)),
                Method::Split => Value::texts(text.split(argument).map(str::to_owned)),
                _ => Value::Bool(like(text, argument)),
            })
        }
    }
}

fn size<'a>(target: &Value<'_>) -> Result<Value<'a>, Unknown> {
    let size = match target {
        Value::Text(text) => text.chars().count(),
        Value::List(list) => {
            let missing = list.iter().find_map(|element| match element {
                Value::Missing(reason) => Some(reason),
                _ => None,
            });
            match missing {
                Some(reason) => return Err(Unknown::clone(reason)),
                None => list.len(),
            }
        }
        Value::Map(entries) => entries.len(),
        Value::Json(Json::Array(list)) => list.len(),
        Value::Json(Json::Object(object)) => object.len(),
        other => return Err(other.is_not("a list, an object or text")),
    };
    i64::try_from(size).map(Value::Int).map_err(|_| too_large())
}

/// Whether the whole text matches a pattern of `*` and `?`, without regard to ASCII case.
pub(crate) fn like(text: &str, pattern: &str) -> bool {
    let (text, pattern) = (text.as_bytes(), pattern.as_bytes());
    let (mut at, mut place) = (0, 0);
    // Where the last star stands and how far it has eaten.
    let mut star: Option<(usize, usize)> = None;
    while let Some(byte) = text.get(at) {
        match pattern.get(place) {
            Some(b'*') => {
                star = Some((place, at));
                place += 1;
            }
            Some(b'?') => {
                at += 1;
                place += 1;
            }
            Some(wanted) if wanted.eq_ignore_ascii_case(byte) => {
                at += 1;
                place += 1;
            }
            _ => match star {
                Some((before, eaten)) => {
                    star = Some((before, eaten + 1));
                    at = eaten + 1;
                    place = before + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(place).all(|byte| *byte == b'*')
}

fn too_large() -> Unknown {
    Unknown::new(
        ReasonCode::Unsupported,
        "the number is too large, or divided by zero",
    )
}
