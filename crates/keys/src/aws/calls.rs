//! Calls from threads that may not wait asynchronously: one thread of its own runs them all.

use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use rempart_aws_client::{Call, CallError, Class, Client, Reply, Settings};
use rempart_aws_model::api_operation;
use rempart_aws_wire::ServiceError;
use serde_json::{Map, Value, json};
use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::GrantRequest;

/// Pages of one list after which something must be wrong.
const MOST_PAGES: usize = 1000;

/// Why the provider cannot start.
#[derive(Debug, thiserror::Error)]
pub enum AwsKmsError {
    /// No thread, or no runtime in it
    #[error("the thread for calls of the KMS cannot be started: {0}")]
    Thread(#[from] std::io::Error),
    /// The server's principal is neither role nor user
    #[error("{0} is the ARN of no role and no user")]
    Principal(String),
}

type Answer = Result<Reply, CallError>;

struct Job {
    call: Call,
    answer: SyncSender<Answer>,
}

/// The way to the thread.
pub(super) struct Calls {
    jobs: UnboundedSender<Job>,
    region: String,
    deadline: Duration,
}

impl std::fmt::Debug for Calls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Calls")
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

impl Calls {
    pub(super) fn start(
        mut client: Settings,
        region: &str,
        deadline: Duration,
    ) -> Result<Self, AwsKmsError> {
        // A server must not run out of retries, and an answer that comes late is none.
        client.retries.attempts_per_call = client.retries.attempts_per_call.min(3);
        client.retries.attempts_at_faults = client.retries.attempts_at_faults.min(2);
        client.retries.budget = u32::MAX;
        client.timeouts.attempt = client.timeouts.attempt.min(deadline);
        client.rates.other = client.rates.other.max(500.0);
        client.rates.ceiling = client.rates.ceiling.max(5000.0);
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (jobs, receiver) = unbounded_channel();
        thread::Builder::new()
            .name("kms-calls".to_owned())
            .spawn(move || runtime.block_on(serve(client, receiver)))?;
        Ok(Self {
            jobs,
            region: region.to_owned(),
            deadline,
        })
    }

    /// One call and its answer.
    pub(super) fn one(
        &self,
        operation: &str,
        parameters: Map<String, Value>,
    ) -> Result<Value, ServiceError> {
        let name = format!("kms:{operation}");
        let operation = api_operation(&name)
            .ok_or_else(|| failed(format!("{name} is not in the table of operations")))?;
        let mut call = Call::new(operation, &self.region);
        call.parameters = parameters;
        let (answer, receiver) = sync_channel(1);
        self.jobs
            .send(Job { call, answer })
            .map_err(|_| failed("the thread for calls of the KMS has ended"))?;
        let reply = match receiver.recv_timeout(self.deadline) {
            Ok(Ok(reply)) => reply,
            Ok(Err(error)) => {
                return Err(ServiceError::new("ValidationException", error.to_string()));
            }
            Err(RecvTimeoutError::Timeout) => return Err(timed_out("no answer in time")),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(failed("the thread for calls of the KMS has ended"));
            }
        };
        answered(&reply)
    }

    /// A list, all pages.
    pub(super) fn all(
        &self,
        operation: &str,
        member: &str,
        parameters: Map<String, Value>,
    ) -> Result<Vec<Value>, ServiceError> {
        let mut items = Vec::new();
        let mut parameters = parameters;
        for _ in 0..MOST_PAGES {
            let mut answer = self.one(operation, parameters.clone())?;
            let Some(Value::Array(page)) = answer.get_mut(member).map(Value::take) else {
                return Err(failed(format!("{operation} answered without {member}")));
            };
            items.extend(page);
            let is_last = answer.get("Truncated") != Some(&Value::Bool(true));
            match answer.get("NextMarker") {
                Some(marker) if !is_last => {
                    parameters.insert("Marker".to_owned(), marker.clone());
                }
                _ if is_last => return Ok(items),
                _ => return Err(failed(format!("{operation} is truncated without a marker"))),
            }
        }
        Err(failed(format!("{operation} does not end")))
    }
}

async fn serve(settings: Settings, mut jobs: UnboundedReceiver<Job>) {
    let mut client = Client::new(settings.clone());
    while let Some(job) = jobs.recv().await {
        // A client stops asking for good where credentials or clock are refused. A server goes on.
        if !client.stopped().is_empty() {
            client = Client::new(settings.clone());
        }
        let client = client.clone();
        tokio::spawn(async move {
            let answer = client.call(&job.call).await;
            // Who asked may have given up waiting.
            let _: Result<(), _> = job.answer.send(answer);
        });
    }
}

fn failed(message: impl Into<String>) -> ServiceError {
    ServiceError::new("KMSInternalException", message).with_status(500)
}

fn timed_out(message: impl Into<String>) -> ServiceError {
    ServiceError::new("DependencyTimeoutException", message).with_status(503)
}

/// The answer, or the error in the form in which AWS has it.
fn answered(reply: &Reply) -> Result<Value, ServiceError> {
    if reply.class == Class::Ok {
        if reply.body.is_empty() {
            return Ok(json!({}));
        }
        return serde_json::from_slice(&reply.body)
            .map_err(|_| failed("the answer of the KMS is no JSON"));
    }
    let error = reply.error.as_ref();
    let code = error.map(|error| error.code.clone()).unwrap_or_default();
    let message = error.map(|error| error.message.clone()).unwrap_or_default();
    Err(match reply.class {
        Class::Transient => timed_out(format!("{code}: {message}")),
        Class::Throttled => ServiceError::new("ThrottlingException", message),
        Class::Clock | Class::Credentials | Class::NotInRegion => failed(format!(
            "the KMS does not accept the server: {code}: {message}"
        )),
        _ if code.is_empty() => failed("the KMS answered with an error that cannot be read"),
        _ => ServiceError::new(code, message),
    })
}

pub(super) fn input<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    let members = members.into_iter();
    members
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

pub(super) fn encoded(bytes: &[u8]) -> Value {
    BASE64.encode(bytes).into()
}

pub(super) fn text(answer: &Value, name: &str) -> Result<String, ServiceError> {
    let text = answer.get(name).and_then(Value::as_str);
    text.map(str::to_owned)
        .ok_or_else(|| failed(format!("the KMS answered without {name}")))
}

pub(super) fn blob(answer: &Value, name: &str) -> Result<Vec<u8>, ServiceError> {
    let text = answer.get(name).and_then(Value::as_str);
    text.and_then(|text| BASE64.decode(text).ok())
        .ok_or_else(|| failed(format!("the KMS answered without {name}")))
}

/// The input of `CreateGrant`, without the key.
pub(super) fn grant_input(grant: &GrantRequest) -> Map<String, Value> {
    let mut members = input([("Operations", json!(grant.operations))]);
    for (name, value) in [
        ("Name", &grant.name),
        ("GranteePrincipal", &grant.grantee),
        ("GranteeServicePrincipal", &grant.grantee_service),
        ("RetiringPrincipal", &grant.retiring),
        ("RetiringServicePrincipal", &grant.retiring_service),
    ] {
        if let Some(value) = value {
            members.insert(name.to_owned(), json!(value));
        }
    }
    let mut constraints = Map::new();
    for (name, pairs) in [
        ("EncryptionContextSubset", &grant.context_subset),
        ("EncryptionContextEquals", &grant.context_equals),
    ] {
        if !pairs.is_empty() {
            constraints.insert(name.to_owned(), json!(pairs));
        }
    }
    if let Some(source) = &grant.source_arn {
        constraints.insert("SourceArn".to_owned(), json!(source));
    }
    if !constraints.is_empty() {
        members.insert("Constraints".to_owned(), constraints.into());
    }
    members
}
