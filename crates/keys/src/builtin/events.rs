//! What goes on record of a call (CloudTrail's events of KMS): names, contexts and ids, never plaintext,
//! ciphertext or tokens.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use rempart_audit::{Category, Event, Failure, Resource};
use rempart_aws_wire::ServiceError;
use serde_json::{Map, Value, json};

use super::BuiltinKms;
use super::authorise::Cx;
use super::operation::Operation;
use crate::{EncryptionContext, Requester};

/// What a call leaves for its record.
#[derive(Debug, Default)]
pub(super) struct Trace {
    parameters: Map<String, Value>,
    response: Map<String, Value>,
    additional: Map<String, Value>,
    resources: Vec<Resource>,
    /// Layer and statement that decided a denial.
    pub(super) decided: Option<Value>,
}

impl Trace {
    /// Notes a parameter.
    pub(super) fn parameter(&mut self, name: &str, value: impl Into<Value>) {
        self.parameters.insert(name.to_owned(), value.into());
    }

    /// Notes an encryption context, unless it is empty.
    pub(super) fn context(&mut self, name: &str, context: &EncryptionContext) {
        if !context.is_empty() {
            self.parameter(name, json!(context));
        }
    }

    /// Notes a part of the answer.
    pub(super) fn response(&mut self, name: &str, value: impl Into<Value>) {
        self.response.insert(name.to_owned(), value.into());
    }

    /// Notes something else.
    pub(super) fn additional(&mut self, name: &str, value: impl Into<Value>) {
        self.additional.insert(name.to_owned(), value.into());
    }

    pub(super) fn resource(&mut self, account: &str, arn: &str) {
        if self.resources.iter().all(|resource| &*resource.arn != arn) {
            self.resources.push(Resource {
                account: account.into(),
                kind: "AWS::KMS::Key",
                arn: arn.into(),
            });
        }
    }
}

impl BuiltinKms {
    /// Runs a call and puts it on record, whatever comes of it. Where records cannot be kept, nothing is
    /// done.
    pub(super) fn recorded<T>(
        &self,
        requester: &Requester<'_>,
        operation: &'static Operation,
        now: Timestamp,
        run: impl FnOnce(&mut Cx<'_>) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        let mut cx = Cx {
            requester,
            operation,
            now,
            trace: Trace::default(),
        };
        let outcome = if self.sink.healthy() {
            self.settle(now).and_then(|()| run(&mut cx))
        } else {
            let message = "the audit log cannot be written";
            Err(ServiceError::new("DependencyTimeoutException", message).with_status(503))
        };
        let recipient = self.account_of(&cx);
        let event = event(
            requester,
            operation,
            &self.settings.region,
            recipient.as_str(),
            cx.trace,
            outcome.as_ref().err(),
        );
        self.sink.record(event);
        outcome
    }
}

/// The record of a call.
pub(super) fn event(
    requester: &Requester<'_>,
    operation: &'static Operation,
    region: &Arc<str>,
    recipient: &str,
    mut trace: Trace,
    failure: Option<&ServiceError>,
) -> Event {
    let (caller, connection) = (requester.caller, requester.connection);
    if let Some(decided) = trace.decided.take() {
        trace.additional("decidedBy", decided);
    }
    let failure = failure.map(|error| Failure {
        code: short_code(error.code.clone()),
        message: error.message.clone(),
    });
    let filled = |map: Map<String, Value>| (!map.is_empty()).then_some(Value::Object(map));
    let (user_identity, source_address, user_agent) = match requester.via {
        None => (
            Arc::clone(&caller.user_identity),
            connection.source_address.to_string().into(),
            Arc::clone(&connection.user_agent),
        ),
        Some(via) => {
            let service = service_of(via);
            let mut identity = (*caller.user_identity).clone();
            if let Value::Object(members) = &mut identity {
                members.insert("invokedBy".to_owned(), Value::from(&*service));
            }
            (Arc::new(identity), Arc::clone(&service), service)
        }
    };
    Event {
        time: connection.time,
        source: "kms.amazonaws.com",
        name: Cow::Borrowed(operation.name),
        region: Arc::clone(region),
        user_identity,
        source_address,
        user_agent,
        tls: connection.tls.clone().filter(|_| requester.via.is_none()),
        // CloudTrail keeps the parameters of `RetireGrant` out of the record.
        parameters: filled(trace.parameters).filter(|_| operation.name != "RetireGrant"),
        response: filled(trace.response).filter(|_| failure.is_none()),
        additional: filled(trace.additional),
        resources: trace.resources,
        read_only: operation.reads,
        category: Category::Management,
        request_id: Arc::clone(&connection.request_id),
        recipient: recipient.into(),
        failure,
    }
}

/// CloudTrail writes `AccessDenied` where the answer says `AccessDeniedException`.
fn short_code(code: Cow<'static, str>) -> Cow<'static, str> {
    match &*code {
        "AccessDeniedException" => Cow::Borrowed("AccessDenied"),
        _ => code,
    }
}

/// `sagemaker.amazonaws.com` of `sagemaker.eu-west-1.amazonaws.com`.
fn service_of(via: &str) -> Arc<str> {
    let service = via.split('.').next().unwrap_or_default();
    format!("{service}.amazonaws.com").into()
}
