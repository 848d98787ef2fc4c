//! Keys of KMS: whose they are, and whether they can be used.
//!
//! A reference to a key is a key id, a key ARN, an alias name or an alias ARN. Keys of accounts that
//! were not collected are not resolvable, and nothing is said about them.

use rempart_estate::Resource;
use serde_json::Value as Json;

use super::{Answered, Function, text_argument};
use crate::context::Context;
use crate::expression::{ReasonCode, Unknown, Value};

/// Kind of keys.
pub(super) const KEY: &str = "AWS::KMS::Key";
/// Beginning of the names of aliases of AWS-managed keys; nobody else can make such an alias.
const AWS_ALIAS: &str = "alias/aws/";

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "key_class",
        arity: 1,
        run: key_class,
    },
    Function {
        name: "key_usable",
        arity: 1,
        run: key_usable,
    },
    Function {
        name: "same_key",
        arity: 2,
        run: same_key,
    },
    Function {
        name: "via_services",
        arity: 1,
        run: via_services,
    },
];

/// `key_class(reference)`: `customer` or `aws`.
fn key_class<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let reference = text_argument(arguments, 0)?;
    if is_aws_alias(reference) {
        return Ok(Value::text("aws"));
    }
    let manager = metadata(context, reference, "KeyManager")?;
    match manager {
        "AWS" => Ok(Value::text("aws")),
        "CUSTOMER" => Ok(Value::text("customer")),
        other => Err(Unknown::new(
            ReasonCode::ModelGap,
            format!("a key is managed by `{other}`"),
        )),
    }
}

/// `key_usable(reference)`: whether the key is enabled. AWS keeps its own keys enabled.
fn key_usable<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let reference = text_argument(arguments, 0)?;
    if is_aws_alias(reference) {
        return Ok(Value::Bool(true));
    }
    match metadata(context, reference, "KeyState")? {
        "Enabled" => Ok(Value::Bool(true)),
        // On its way to a state that decides.
        state @ ("Creating" | "Updating") => Err(Unknown::new(
            ReasonCode::NotReady,
            format!("the key is in state {state}"),
        )),
        _ => Ok(Value::Bool(false)),
    }
}

/// `same_key(left, right)`: whether two references mean one key.
fn same_key<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let left = text_argument(arguments, 0)?;
    let right = text_argument(arguments, 1)?;
    if left == right {
        return Ok(Value::Bool(true));
    }
    if is_key_arn(left) && is_key_arn(right) {
        return Ok(Value::Bool(false));
    }
    let left = context.find(KEY, left)?;
    let right = context.find(KEY, right)?;
    let same = left.id == right.id && left.place == right.place;
    Ok(Value::Bool(same))
}

/// `via_services(policy)`: the services that conditions on `kms:ViaService` name in statements that
/// allow, such as `sagemaker.*.amazonaws.com`.
fn via_services<'a>(_: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let text = text_argument(arguments, 0)?;
    let policy: Json = serde_json::from_str(text)
        .map_err(|error| Unknown::new(ReasonCode::ModelGap, format!("no policy: {error}")))?;
    let mut services = Vec::new();
    for statement in one_or_many(policy.get("Statement")) {
        if statement.get("Effect").and_then(Json::as_str) != Some("Allow") {
            continue;
        }
        let operators = statement.get("Condition").and_then(Json::as_object);
        for (operator, keys) in operators.into_iter().flatten() {
            if !names_values(operator) {
                continue;
            }
            for (key, values) in keys.as_object().into_iter().flatten() {
                if key.eq_ignore_ascii_case("kms:ViaService") {
                    let values = one_or_many(Some(values)).into_iter();
                    services.extend(values.filter_map(Json::as_str).map(str::to_owned));
                }
            }
        }
    }
    Ok(Value::texts(services))
}

/// Whether an operator says which values are wanted; `StringNotEquals` and `…IfExists` do not bind.
fn names_values(operator: &str) -> bool {
    let wanted = ["StringEquals", "StringLike", "StringEqualsIgnoreCase"];
    let operator = operator.strip_prefix("ForAnyValue:").unwrap_or(operator);
    wanted
        .iter()
        .any(|known| operator.eq_ignore_ascii_case(known))
}

fn one_or_many(value: Option<&Json>) -> Vec<&Json> {
    match value {
        None => Vec::new(),
        Some(Json::Array(list)) => list.iter().collect(),
        Some(one) => vec![one],
    }
}

/// A text of the description of a key.
fn metadata<'a>(context: &Context<'a>, reference: &str, member: &str) -> Result<&'a str, Unknown> {
    let key: &'a Resource = context.find(KEY, reference)?;
    let body = context.body(key)?;
    let value = body
        .get("KeyMetadata")
        .and_then(|metadata| metadata.get(member));
    let Some(value) = value else {
        return Err(Unknown::new(
            ReasonCode::AbsentField,
            format!("KeyMetadata.{member} is missing"),
        ));
    };
    match Value::of(value)? {
        Value::Text(std::borrow::Cow::Borrowed(text)) => Ok(text),
        other => Err(other.is_not("text")),
    }
}

fn is_aws_alias(reference: &str) -> bool {
    reference.starts_with(AWS_ALIAS)
        || reference.starts_with("arn:") && alias_of_arn(reference).starts_with(AWS_ALIAS)
}

fn alias_of_arn(arn: &str) -> &str {
    arn.splitn(6, ':').nth(5).unwrap_or_default()
}

fn is_key_arn(reference: &str) -> bool {
    reference.starts_with("arn:") && alias_of_arn(reference).starts_with("key/")
}
