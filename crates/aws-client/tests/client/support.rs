//! A clock that never waits, and settings for a scripted server.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rempart_aws_client::{Call, Clock, Credentials, Random, Settings};
use rempart_aws_model::api_operation;

use crate::server::Server;

/// 2026-11-28T03:00:00Z.
pub(crate) const START: u64 = 1_795_834_800;

/// Waiting moves it forward at once.
#[derive(Debug, Default)]
pub(crate) struct TestClock(Mutex<(Duration, Vec<Duration>)>);

/// Always the longest wait.
#[derive(Debug)]
struct Most;

impl TestClock {
    /// The waits so far.
    pub(crate) fn waits(&self) -> Vec<Duration> {
        self.0.lock().expect("a clock").1.clone()
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.0.lock().expect("a clock").0 += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(START) + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        self.0.lock().expect("a clock").0
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let mut state = self.0.lock().expect("a clock");
        state.0 += duration;
        state.1.push(duration);
        Box::pin(tokio::task::yield_now())
    }
}

impl Random for Most {
    fn unit(&self) -> f64 {
        1.0
    }
}

pub(crate) fn settings(server: &Server) -> (Settings, Arc<TestClock>) {
    let clock = Arc::new(TestClock::default());
    let keys = Credentials::new("AKIDFIRST", "first-secret", None, None, "test");
    let mut settings = Settings::with_credentials(keys, "eu-west-1");
    settings.endpoints.all = Some(server.url.clone());
    settings.clock = Arc::<TestClock>::clone(&clock);
    settings.random = Arc::new(Most);
    (settings, clock)
}

pub(crate) fn call(name: &str) -> Call {
    Call::new(api_operation(name).expect("in the table"), "eu-west-1")
}

pub(crate) fn code(reply: &rempart_aws_client::Reply) -> &str {
    reply.error.as_ref().map_or("", |error| error.code.as_str())
}
