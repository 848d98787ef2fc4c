//! A request of a refutation in forms that people can use: a scenario, and the call that makes it.

use rempart_aws_model::{Shape, ShapeKind, action, services};
use rempart_policy::Known;
use rempart_policy::Stack;
use rempart_policy::context::KeyState;
use rempart_prove::{FieldValue, Witness};
use serde_json::{Map, Value, json};

/// A request as scenario and as call.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// The scenario, policies included: `rempart policy decide` answers it.
    pub scenario: Value,
    /// The call of the AWS CLI that makes the request, where the operation's shape is known.
    pub call: Option<String>,
}

impl Example {
    /// The forms of a request.
    pub fn new(name: &str, witness: &Witness, stack: &Stack) -> Self {
        let request = &witness.request;
        let mut context = Map::new();
        for (key, state) in request.context().iter() {
            // What follows from the caller is filled in again when the scenario is read.
            let follows = [
                "aws:principal",
                "aws:resourceaccount",
                "aws:username",
                "kms:calleraccount",
            ];
            if follows.iter().any(|start| key.folded().starts_with(start))
                && key.folded() != "aws:principalorgid"
            {
                continue;
            }
            let value = match state {
                KeyState::Single(value) => Value::from(&**value),
                KeyState::Several(values) => {
                    values.iter().map(|value| Value::from(&**value)).collect()
                }
                KeyState::Null | KeyState::Unknown => Value::Null,
            };
            context.insert(key.as_str().to_owned(), value);
        }
        context.sort_keys();
        let mut asked = Map::new();
        asked.insert("action".to_owned(), request.action().as_str().into());
        asked.insert("principal".to_owned(), principal(witness).into());
        asked.insert("resource".to_owned(), request.resource().into());
        if let rempart_policy::ResourceAccount::Account(account) = request.resource_account() {
            asked.insert("resourceAccount".to_owned(), account.as_str().into());
        }
        asked.insert("context".to_owned(), Value::Object(context));
        let documents = |policies: &rempart_policy::Policies| -> Value {
            policies
                .iter()
                .map(|policy| json!({"name": policy.name(), "document": policy.policy().to_json()}))
                .collect()
        };
        let levels = |levels: &Known<Vec<rempart_policy::Policies>>| -> Value {
            match levels {
                Known::Is(levels) => levels.iter().map(documents).collect(),
                Known::Unknown => "unknown".into(),
            }
        };
        let mut scenario = Map::new();
        scenario.insert("name".to_owned(), name.into());
        scenario.insert("request".to_owned(), Value::Object(asked));
        if let Known::Is(policies) = &stack.identity {
            scenario.insert("identityPolicies".to_owned(), documents(policies));
        }
        if let Known::Is(Some(policy)) = &stack.resource {
            scenario.insert("resourcePolicy".to_owned(), policy.policy().to_json());
        }
        scenario.insert(
            "serviceControlPolicies".to_owned(),
            levels(&stack.service_control),
        );
        scenario.insert(
            "resourceControlPolicies".to_owned(),
            levels(&stack.resource_control),
        );
        scenario.insert("expect".to_owned(), "Allowed".into());
        Self {
            scenario: Value::Object(scenario),
            call: call(witness),
        }
    }
}

fn principal(witness: &Witness) -> String {
    use rempart_policy::Principal;
    match witness.request.principal() {
        Principal::User { arn, .. }
        | Principal::Role { arn, .. }
        | Principal::RoleSession { arn, .. }
        | Principal::FederatedUser { arn, .. }
        | Principal::Root { arn, .. } => arn.to_string(),
        Principal::Service { name } | Principal::Provider { name } => name.to_string(),
        Principal::Anonymous => "anonymous".to_owned(),
    }
}

/// The call, with what the API requires and what the example gives.
pub(crate) fn call(witness: &Witness) -> Option<String> {
    let action = action(witness.request.action().as_str())?;
    let mut of_prefix = services()
        .iter()
        .filter(|service| service.action_prefix() == Some(action.prefix) && service.has_shapes());
    let (service, operation) =
        of_prefix.find_map(|service| Some((service, service.operation(action.name)?)))?;
    let mut input = match operation.input() {
        Some(shape) => required(shape, &mut Vec::new()),
        None => Value::Object(Map::new()),
    };
    for field in &witness.fields {
        if let Some(shape) = operation.input() {
            put(&mut input, shape, &segments(&field.path), field);
        }
    }
    let input = serde_json::to_string(&input).ok()?;
    let quoted = input.replace('\'', "'\\''");
    Some(format!(
        "aws {} {} --cli-input-json '{quoted}'",
        service.id(),
        command_name(action.name)
    ))
}

/// The AWS CLI's name of an operation: `CreateAutoMLJobV2` is `create-auto-ml-job-v2`.
pub(crate) fn command_name(operation: &str) -> String {
    let characters: Vec<char> = operation.chars().collect();
    let mut name = String::new();
    for (place, character) in characters.iter().enumerate() {
        let before = place.checked_sub(1).and_then(|place| characters.get(place));
        let after = characters.get(place + 1);
        let starts_word = character.is_ascii_uppercase()
            && before.is_some_and(|before| {
                !before.is_ascii_uppercase() || after.is_some_and(char::is_ascii_lowercase)
            });
        if starts_word {
            name.push('-');
        }
        name.push(character.to_ascii_lowercase());
    }
    name
}

/// The required members of a structure with values that stand for real ones.
fn required(shape: Shape, open: &mut Vec<&'static str>) -> Value {
    match shape.kind() {
        ShapeKind::Structure => {
            let name = shape.name().unwrap_or_default();
            if open.contains(&name) {
                return Value::Object(Map::new());
            }
            open.push(name);
            let mut object = Map::new();
            for member in shape.members().filter(|member| member.required) {
                let value = match member.shape.kind() {
                    ShapeKind::String => stand_in(member.name).into(),
                    _ => required(member.shape, open),
                };
                object.insert(member.name.to_owned(), value);
            }
            open.pop();
            Value::Object(object)
        }
        ShapeKind::List => shape
            .element()
            .map_or_else(|| json!([]), |element| json!([required(element, open)])),
        ShapeKind::Map => json!({}),
        ShapeKind::Enum => shape.enum_values().next().unwrap_or("example").into(),
        ShapeKind::Integer | ShapeKind::Long => json!(1),
        ShapeKind::Float | ShapeKind::Double => json!(1.0),
        ShapeKind::Boolean => json!(false),
        ShapeKind::Timestamp => json!("2026-01-01T00:00:00Z"),
        ShapeKind::String | ShapeKind::Blob | ShapeKind::Document => "example".into(),
    }
}

fn stand_in(member: &str) -> &'static str {
    match member {
        _ if member.ends_with("RoleArn") || member == "ExecutionRole" => {
            "arn:aws:iam::111122223333:role/SageMakerExecution"
        }
        _ if member.ends_with("S3OutputPath") || member.ends_with("S3Uri") => {
            "s3://amzn-s3-demo-bucket/example"
        }
        "VpcId" => "vpc-0123456789abcdef0",
        _ => "example",
    }
}

/// Names of a path; a list is marked.
fn segments(path: &str) -> Vec<(&str, bool)> {
    path.split('.')
        .map(|name| match name.strip_suffix("[]") {
            Some(name) => (name, true),
            None => (name, false),
        })
        .collect()
}

/// Puts the values of a field at its path. Of a list on the way there, the first element is meant,
/// and one more for each further value.
fn put(target: &mut Value, shape: Shape, path: &[(&str, bool)], field: &FieldValue) {
    let Some(((name, is_list), rest)) = path.split_first() else {
        return;
    };
    let Some(member) = shape.member(name) else {
        return;
    };
    let Value::Object(object) = target else {
        return;
    };
    if rest.is_empty() {
        object.insert((*name).to_owned(), leaf(member.shape, &field.values));
        return;
    }
    let mut inner = member.shape;
    while matches!(inner.kind(), ShapeKind::List | ShapeKind::Map) {
        match inner.element() {
            Some(element) => inner = element,
            None => return,
        }
    }
    let entry = object
        .entry((*name).to_owned())
        .or_insert_with(|| match is_list {
            true => json!([required(inner, &mut Vec::new())]),
            false => required(inner, &mut Vec::new()),
        });
    if let Value::Array(elements) = entry {
        let single = |value: &str| FieldValue {
            values: vec![value.into()],
            ..field.clone()
        };
        for (number, value) in field.values.iter().enumerate() {
            if elements.len() <= number {
                elements.push(required(inner, &mut Vec::new()));
            }
            if let Some(element) = elements.get_mut(number) {
                put(element, inner, rest, &single(value));
            }
        }
    } else {
        put(entry, inner, rest, field);
    }
}

fn leaf(shape: Shape, values: &[Box<str>]) -> Value {
    if shape.kind() == ShapeKind::List {
        let element = shape.element();
        return values
            .iter()
            .map(|value| {
                element.map_or_else(|| Value::from(&**value), |shape| scalar(shape, value))
            })
            .collect();
    }
    values
        .first()
        .map_or(Value::Null, |value| scalar(shape, value))
}

fn scalar(shape: Shape, value: &str) -> Value {
    match shape.kind() {
        ShapeKind::Boolean => json!(value == "true"),
        ShapeKind::Integer | ShapeKind::Long => value
            .parse::<i64>()
            .map_or_else(|_| value.into(), |number| json!(number)),
        ShapeKind::Structure => required(shape, &mut Vec::new()),
        _ => value.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_named_as_the_cli_does() {
        for (operation, command) in [
            ("CreateTrainingJob", "create-training-job"),
            ("CreateAutoMLJobV2", "create-auto-ml-job-v2"),
            (
                "CreatePresignedMlflowAppUrl",
                "create-presigned-mlflow-app-url",
            ),
            ("UpdateMonitoringSchedule", "update-monitoring-schedule"),
        ] {
            assert_eq!(command_name(operation), command);
        }
    }
}
