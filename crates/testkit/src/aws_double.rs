//! An AWS on loopback that answers from fixtures, and fails on demand.
//!
//! It answers every operation of `rempart_aws_model::api_operations` in the operation's own protocol:
//! a fixture is JSON under the member names of the API, checked against the service model when it is
//! set and written as JSON or XML when it is asked for. Lists are paged. What has no fixture is
//! answered empty, or with made-up content after [`AwsDouble::sample`].
//!
//! Requests are checked: a signature in the scope of the right service, all required parameters, no
//! unknown ones. What is wrong is refused as AWS refuses it and is in [`AwsDouble::violations`].

mod check;
mod encode;
mod fault;
mod page;
mod reply;
mod route;
mod sample;
mod server;
mod state;
mod xml;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rempart_aws_model::{ApiOperation, api_operation};
use serde_json::{Map, Value};

pub use check::FixtureError;
pub use fault::{Fault, Form, Times};
use state::{Fixture, State};

/// The account of the double.
pub const ACCOUNT: &str = "111122223333";
/// The Region in which made-up resources lie.
pub const REGION: &str = "eu-west-1";

/// The server. It ends when it is dropped.
#[derive(Debug)]
pub struct AwsDouble {
    url: String,
    state: Arc<Mutex<State>>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// A server that cannot be started.
#[derive(Debug, thiserror::Error)]
#[error("the AWS double cannot be started")]
pub struct StartError(#[from] std::io::Error);

impl AwsDouble {
    /// Starts a server on a free port of 127.0.0.1, with a thread of its own.
    ///
    /// # Errors
    /// When there is no port or thread.
    pub fn start() -> Result<Self, StartError> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}", listener.local_addr()?);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let state = Arc::new(Mutex::new(State::default()));
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let shared = Arc::clone(&state);
        let thread = std::thread::Builder::new()
            .name("aws-double".to_owned())
            .spawn(move || runtime.block_on(server::serve(listener, shared, stopped)))?;
        Ok(Self {
            url,
            state,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// The endpoint, for `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer of an operation, whatever its parameters. Lists are paged.
    ///
    /// # Errors
    /// When the body does not fit the model of the operation.
    pub fn set(&self, operation: &str, body: Value) -> Result<(), FixtureError> {
        self.answer(operation, Value::Null, body)
    }

    /// The answer of an operation to requests with these parameters, among others. Of several answers
    /// that fit, the one with the most parameters is given, then the latest.
    ///
    /// # Errors
    /// When the body does not fit the model of the operation, or a parameter is unknown.
    pub fn answer(
        &self,
        operation: &str,
        parameters: Value,
        body: Value,
    ) -> Result<(), FixtureError> {
        let known = known(operation)?;
        check::body(known, &body)?;
        self.add(known, parameters, Fixture::Body(Arc::new(body)))
    }

    /// An error as the answer to requests with these parameters: `NoSuchBucketPolicy` and the like.
    ///
    /// # Errors
    /// When the operation or a parameter is unknown.
    pub fn error(
        &self,
        operation: &str,
        parameters: Value,
        status: u16,
        code: &str,
        message: &str,
    ) -> Result<(), FixtureError> {
        let fixture = Fixture::Error {
            status,
            code: code.to_owned(),
            message: message.to_owned(),
        };
        self.add(known(operation)?, parameters, fixture)
    }

    /// Answers made when they are asked for. They are checked then; one that does not fit the model is
    /// a violation.
    ///
    /// # Errors
    /// When the operation is unknown.
    pub fn answer_with(
        &self,
        operation: &str,
        make: impl Fn(&Map<String, Value>) -> Value + Send + Sync + 'static,
    ) -> Result<(), FixtureError> {
        let fixture = Fixture::Made(Arc::new(make));
        self.add(known(operation)?, Value::Null, fixture)
    }

    fn add(
        &self,
        operation: &'static ApiOperation,
        parameters: Value,
        fixture: Fixture,
    ) -> Result<(), FixtureError> {
        let parameters = check::parameters(operation, parameters)?;
        self.state().add(operation.full_name(), parameters, fixture);
        Ok(())
    }

    /// Operations without fixture answer made-up content from now on: lists of so many resources,
    /// descriptions that repeat what was asked for. Zero goes back to empty answers.
    pub fn sample(&self, resources: usize) {
        self.state().sample = resources;
    }

    /// Items of a page at most, whatever is asked for.
    pub fn page_size(&self, items: usize) {
        self.state().page_size = Some(items.max(1));
    }

    /// How long each answer takes at least.
    pub fn latency(&self, latency: Duration) {
        self.state().latency = latency;
    }

    /// How far the clock of the double is ahead of this machine's, in seconds. Requests that were
    /// signed more than five minutes away from it are refused.
    pub fn clock_ahead(&self, seconds: i64) {
        self.state().clock_ahead = seconds;
    }

    /// Adds a fault to operations whose full name matches a pattern with `*`. The first fault that is
    /// due is the one that happens.
    pub fn fault(&self, pattern: &str, fault: Fault, times: Times) {
        self.state().faults.add(pattern, fault, times);
    }

    /// No faults from now on.
    pub fn heal(&self) {
        self.state().faults.clear();
    }

    /// Forgets what was called.
    pub fn reset_counters(&self) {
        let mut state = self.state();
        state.calls.clear();
        state.violations.clear();
        state.injected.clear();
    }

    /// Requests by operation, refused ones included.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        let state = self.state();
        let calls = state.calls.iter();
        calls
            .map(|(name, count)| ((*name).to_owned(), *count))
            .collect()
    }

    /// Requests in all.
    pub fn call_count(&self) -> u64 {
        self.state().calls.values().sum()
    }

    /// How often each fault happened.
    pub fn injected(&self) -> BTreeMap<&'static str, u64> {
        self.state().injected.clone()
    }

    /// What was wrong with requests, or with answers made when they were asked for.
    pub fn violations(&self) -> Vec<String> {
        self.state().violations.clone()
    }
}

impl Drop for AwsDouble {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The thread may have ended already.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn known(operation: &str) -> Result<&'static ApiOperation, FixtureError> {
    api_operation(operation).ok_or_else(|| FixtureError {
        operation: operation.to_owned(),
        path: String::new(),
        reason: "no operation of the table".to_owned(),
    })
}
