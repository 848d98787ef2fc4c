//! Calls of STS as events of the audit log. Secrets and tokens are not in them.

use std::borrow::Cow;
use std::sync::Arc;

use rempart_audit::{Category, Event, Failure, Resource, Sink};
use rempart_aws_wire::ServiceError;
use serde_json::{Map, Value, json};

use crate::caller::{Caller, Connection};
use crate::live::Live;

/// Members of the input of `AssumeRole` that the log may hold, as CloudTrail spells them.
const LOGGED: [(&str, &str); 10] = [
    ("RoleArn", "roleArn"),
    ("RoleSessionName", "roleSessionName"),
    ("DurationSeconds", "durationSeconds"),
    ("Policy", "policy"),
    ("PolicyArns", "policyArns"),
    ("Tags", "tags"),
    ("TransitiveTagKeys", "transitiveTagKeys"),
    ("ExternalId", "externalId"),
    ("SourceIdentity", "sourceIdentity"),
    ("SerialNumber", "serialNumber"),
];

impl Live {
    /// Answers an operation of STS and records it.
    ///
    /// # Errors
    /// As [`Live::sts`].
    pub fn sts_recorded(
        &self,
        sink: &dyn Sink,
        caller: &Caller,
        connection: &Connection,
        operation: &str,
        input: &Map<String, Value>,
    ) -> Result<Value, ServiceError> {
        let answer = self.sts(caller, connection, operation, input);
        sink.record(self.sts_event(caller, connection, operation, input, &answer));
        answer
    }

    /// The event of a call of STS.
    pub fn sts_event(
        &self,
        caller: &Caller,
        connection: &Connection,
        operation: &str,
        input: &Map<String, Value>,
        answer: &Result<Value, ServiceError>,
    ) -> Event {
        let role = input.get("RoleArn").and_then(Value::as_str);
        let account = caller.account.map(|account| account.as_str().to_owned());
        let account = account.unwrap_or_default();
        Event {
            time: connection.time,
            source: "sts.amazonaws.com",
            name: Cow::Owned(operation.chars().take(128).collect()),
            region: self.region(),
            user_identity: Arc::clone(&caller.user_identity),
            source_address: connection.source_address.to_canonical().to_string().into(),
            user_agent: Arc::clone(&connection.user_agent),
            tls: connection.tls.clone(),
            parameters: parameters(operation, input),
            response: answer
                .as_ref()
                .ok()
                .and_then(|answer| response(operation, answer)),
            additional: None,
            resources: role.map(resource).into_iter().collect(),
            // CloudTrail counts it so: no resource is changed.
            read_only: true,
            category: Category::Management,
            request_id: Arc::clone(&connection.request_id),
            recipient: account.into(),
            failure: answer.as_ref().err().map(|error| Failure {
                code: error.code.clone(),
                message: error.message.clone(),
            }),
        }
    }
}

fn parameters(operation: &str, input: &Map<String, Value>) -> Option<Value> {
    if operation != "AssumeRole" {
        return None;
    }
    let mut parameters = Map::new();
    for (name, logged) in LOGGED {
        if let Some(value) = input.get(name) {
            parameters.insert(logged.to_owned(), camel(value));
        }
    }
    if let Some(Value::Array(contexts)) = input.get("ProvidedContexts") {
        let provider = |context: &Value| json!({"providerArn": context.get("ProviderArn")});
        let providers = contexts.iter().map(provider).collect();
        parameters.insert("providedContexts".to_owned(), Value::Array(providers));
    }
    Some(Value::Object(parameters))
}

/// The same with member names as CloudTrail writes them.
fn camel(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(camel).collect(),
        Value::Object(members) => {
            let renamed = members.iter().map(|(name, value)| {
                let mut letters = name.chars();
                let first = letters.next().map(|letter| letter.to_ascii_lowercase());
                (first.into_iter().chain(letters).collect(), value.clone())
            });
            Value::Object(renamed.collect())
        }
        other => other.clone(),
    }
}

fn response(operation: &str, answer: &Value) -> Option<Value> {
    if operation != "AssumeRole" {
        return None;
    }
    let (credentials, user) = (answer.get("Credentials")?, answer.get("AssumedRoleUser")?);
    let mut response = json!({
        "credentials": {
            "accessKeyId": credentials.get("AccessKeyId"),
            "expiration": credentials.get("Expiration"),
        },
        "assumedRoleUser": {
            "assumedRoleId": user.get("AssumedRoleId"),
            "arn": user.get("Arn"),
        },
    });
    if let (Some(source), Some(members)) = (answer.get("SourceIdentity"), response.as_object_mut())
    {
        members.insert("sourceIdentity".to_owned(), source.clone());
    }
    Some(response)
}

fn resource(role: &str) -> Resource {
    let account = role.split(':').nth(4).unwrap_or_default();
    Resource {
        account: account.chars().take(12).collect::<String>().into(),
        kind: "AWS::IAM::Role",
        arn: role.chars().take(2_048).collect::<String>().into(),
    }
}
