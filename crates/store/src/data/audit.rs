//! Data events. They hold no value and no identifier; a record is named by the HMAC of its identifier,
//! which whoever knows the identifier and may use the index key can compare.

use std::borrow::Cow;
use std::sync::Arc;

use rempart_audit::{Category, Event, Failure, Resource};
use rempart_aws_wire::ServiceError;
use rempart_directory::{Caller, Connection};
use serde_json::{Map, Value, json};

use super::Operation;
use super::call::Trace;

/// The event of a call.
pub(crate) fn event(
    operation: Operation,
    region: &Arc<str>,
    caller: &Caller,
    connection: &Connection,
    trace: Trace,
    failure: Option<&ServiceError>,
) -> Event {
    named_event(
        operation.name(),
        operation.is_read(),
        region,
        caller,
        connection,
        trace,
        failure,
    )
}

/// The event of a call that is none of AWS's operations.
pub(crate) fn named_event(
    name: &'static str,
    read_only: bool,
    region: &Arc<str>,
    caller: &Caller,
    connection: &Connection,
    trace: Trace,
    failure: Option<&ServiceError>,
) -> Event {
    let mut names: Vec<Value> = trace
        .groups
        .iter()
        .map(|view| Value::from(view.group.name.as_str()))
        .collect();
    names.extend(trace.names.into_iter().map(Value::from));
    let mut parameters = Map::new();
    if names.len() <= 1 {
        if let Some(name) = names.pop() {
            parameters.insert("featureGroupName".to_owned(), name);
        }
    } else {
        parameters.insert("featureGroupNames".to_owned(), Value::from(names));
    }
    let mut additional = Map::new();
    match trace.blinds.as_slice() {
        [] => {}
        [one] => {
            additional.insert("recordIdentifierHmac".to_owned(), hex(one).into());
        }
        many => {
            let many: Vec<Value> = many.iter().map(|blind| hex(blind).into()).collect();
            additional.insert("recordIdentifierHmacs".to_owned(), many.into());
        }
    }
    if let Some(statement) = trace.statement {
        additional.insert("decidingStatement".to_owned(), statement.into());
    }
    if !trace.refused.is_empty() {
        let refused: Vec<Value> = trace
            .refused
            .into_iter()
            .map(|(group, code)| json!({"featureGroupName": group, "errorCode": code}))
            .collect();
        additional.insert("failedEntries".to_owned(), refused.into());
    }
    let recipient = caller
        .account
        .as_ref()
        .map_or("", |account| account.as_str());
    Event {
        time: connection.time,
        source: "sagemaker.amazonaws.com",
        name: Cow::Borrowed(name),
        region: Arc::clone(region),
        user_identity: Arc::clone(&caller.user_identity),
        source_address: connection.source_address.to_string().into(),
        user_agent: Arc::clone(&connection.user_agent),
        tls: connection.tls.clone(),
        parameters: Some(Value::Object(parameters)),
        response: None,
        additional: (!additional.is_empty()).then_some(Value::Object(additional)),
        resources: trace
            .groups
            .iter()
            .map(|view| Resource {
                account: view.group.account.as_str().into(),
                kind: "AWS::SageMaker::FeatureGroup",
                arn: view.group.arn.as_str().into(),
            })
            .collect(),
        read_only,
        category: Category::Data,
        request_id: Arc::clone(&connection.request_id),
        recipient: recipient.into(),
        failure: failure.map(|error| Failure {
            code: error.code.clone(),
            message: error.message.clone(),
        }),
    }
}

/// The ARN of a caller, as CloudTrail has it.
pub(crate) fn arn_of(caller: &Caller) -> String {
    caller
        .user_identity
        .get("arn")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        out.push(digit(byte >> 4));
        out.push(digit(byte & 15));
    }
    out
}
