//! What the audit log gets of a call.

use std::borrow::Cow;
use std::sync::Arc;

use rempart_audit::{Category, Event, Failure, Resource};
use rempart_aws_wire::ServiceError;
use rempart_directory::{Caller, Connection};
use serde_json::{Map, Value, json};

use super::access::SERVICE;
use super::input::Input;
use super::privacy;
use crate::group::Group;
use crate::registry::GroupArn;

/// CloudTrail leaves out what is longer (CloudTrail User Guide, "Record contents").
const LONGEST_PARAMETERS: usize = 100 * 1024;
/// Texts that people write about data; CloudTrail hides such members of SageMaker, too.
const HIDDEN: [&str; 1] = ["Description"];
const HIDDEN_TEXT: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";
/// Deeper inputs are none of the model's.
const DEEPEST: usize = 16;

/// What becomes known while a call is served.
#[derive(Debug, Default)]
pub(super) struct Trace {
    resources: Vec<Resource>,
    /// Account of the group, where it is another one than the caller's.
    owner: Option<Box<str>>,
    warnings: Vec<String>,
    response: Option<Value>,
}

impl Trace {
    /// The call concerns this ARN, whether or not it exists.
    pub(super) fn concerns(&mut self, arn: &str) {
        let account = GroupArn::parse(arn)
            .map(|arn| arn.account)
            .unwrap_or_default();
        self.resources.push(Resource {
            account: account.into(),
            kind: "AWS::SageMaker::FeatureGroup",
            arn: arn.into(),
        });
    }

    /// The call works on this group.
    pub(super) fn works_on(&mut self, group: &Group, caller: &Caller) {
        let of_caller = caller.account.as_ref().map(|account| account.as_str());
        if of_caller != Some(group.account.as_str()) {
            self.owner = Some(group.account.as_str().into());
        }
    }

    /// Warns when a text looks like personal data. The text itself is not kept.
    pub(super) fn watch(&mut self, place: &str, text: &str) {
        if let Some(kind) = privacy::looks_like(text) {
            self.warn(format!(
                "{place} looks like {kind}; it is stored and logged in the clear"
            ));
        }
    }

    pub(super) fn warn(&mut self, warning: String) {
        if self.warnings.len() < 50 && !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    pub(super) fn answers(&mut self, response: Value) {
        self.response = Some(response);
    }
}

/// The call itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) caller: &'a Caller,
    pub(super) connection: &'a Connection,
    pub(super) operation: &'a str,
    pub(super) input: &'a Input,
    pub(super) region: &'a Arc<str>,
}

/// The events of a call: one for the account of the caller, one for that of the group when it is another.
pub(super) fn events(asked: Asked<'_>, trace: Trace, failure: Option<&ServiceError>) -> Vec<Event> {
    let Asked {
        caller, connection, ..
    } = asked;
    let mut additional = Map::new();
    if !trace.warnings.is_empty() {
        additional.insert("warnings".to_owned(), Value::from(trace.warnings));
    }
    let of_caller = caller.account.as_ref().map(|account| account.as_str());
    let recipient = of_caller.or(trace.owner.as_deref()).unwrap_or_default();
    let event = Event {
        time: connection.time,
        source: SERVICE,
        name: Cow::Owned(asked.operation.to_owned()),
        region: Arc::clone(asked.region),
        user_identity: Arc::clone(&caller.user_identity),
        source_address: connection.source_address.to_string().into(),
        user_agent: Arc::clone(&connection.user_agent),
        tls: connection.tls.clone(),
        parameters: Some(parameters(asked.input)),
        response: match failure {
            None => trace.response,
            Some(_) => None,
        },
        additional: (!additional.is_empty()).then_some(Value::Object(additional)),
        resources: trace.resources,
        read_only: is_read(asked.operation),
        category: Category::Management,
        request_id: Arc::clone(&connection.request_id),
        recipient: recipient.into(),
        failure: failure.map(|error| Failure {
            code: error.code.clone(),
            message: error.message.clone(),
        }),
    };
    match (trace.owner, of_caller) {
        (Some(owner), Some(_)) => {
            let for_owner = Event {
                recipient: owner.into(),
                ..event.clone()
            };
            vec![event, for_owner]
        }
        _ => vec![event],
    }
}

fn is_read(operation: &str) -> bool {
    ["Describe", "List", "Search"]
        .iter()
        .any(|start| operation.starts_with(start))
}

/// The input with names as CloudTrail spells them, without tokens and free texts.
fn parameters(input: &Input) -> Value {
    let parameters = Value::Object(members(input, 0));
    let length = parameters.to_string().len();
    if length <= LONGEST_PARAMETERS {
        return parameters;
    }
    json!({
        "omitted": true,
        "originalSize": length,
        "reason": format!("requestParameters longer than {LONGEST_PARAMETERS} bytes"),
    })
}

fn members(input: &Input, depth: usize) -> Map<String, Value> {
    let mut safe = Map::with_capacity(input.len());
    for (name, value) in input {
        if name == "NextToken" {
            continue;
        }
        let value = if HIDDEN.contains(&name.as_str()) {
            Value::from(HIDDEN_TEXT)
        } else {
            safe_value(value, depth + 1)
        };
        safe.insert(lower_camel(name), value);
    }
    safe
}

fn safe_value(value: &Value, depth: usize) -> Value {
    match value {
        _ if depth > DEEPEST => Value::Null,
        Value::Object(object) => Value::Object(members(object, depth)),
        Value::Array(list) => list
            .iter()
            .map(|item| safe_value(item, depth + 1))
            .collect(),
        other => other.clone(),
    }
}

fn lower_camel(name: &str) -> String {
    let mut letters = name.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}
