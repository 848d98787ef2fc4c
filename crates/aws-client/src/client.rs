//! The client: one account's credentials, and what a call goes through.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_types::date_time::{DateTime, Format};
use rempart_aws_model::{ApiOperation, Region, partition_endpoints};
use serde_json::Value;

use crate::account::Account;
use crate::answer;
use crate::call::{Call, CallError, Class, Reply, ReplyError};
use crate::counters::{Counters, OperationCounters};
use crate::destination::destination;
use crate::limiter::{Budget, Concurrency, backoff};
use crate::pages::Pages;
use crate::request::prepare;
use crate::role::{Role, RoleProvider};
use crate::settings::Settings;
use crate::sign::signed;
use crate::transport::{self, Failure};

/// Tries to resolve a host that does not exist.
const MOST_RESOLUTIONS: u32 = 3;

/// Calls AWS with the credentials of one account. Clones share everything.
#[derive(Debug, Clone)]
pub struct Client {
    run: Arc<Run>,
    account: Arc<Account>,
}

/// What all accounts of a run share.
#[derive(Debug)]
struct Run {
    settings: Settings,
    concurrency: Concurrency,
    budget: Budget,
    counters: Counters,
    /// What AWS's clock is ahead of ours, in milliseconds.
    skew: AtomicI64,
}

/// What a call does at a timeout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AtTimeout {
    Retry,
    /// Gives the reply back: the caller asks for less.
    Return,
}

/// What one call has tried so far.
#[derive(Debug, Default)]
struct Tried {
    attempts: u32,
    clock: bool,
    credentials: bool,
    region: bool,
}

impl Client {
    /// A client with the credentials of the settings.
    pub fn new(settings: Settings) -> Self {
        let account = Account::new(settings.credentials.clone(), &settings);
        Self {
            account: Arc::new(account),
            run: Arc::new(Run {
                concurrency: Concurrency::new(settings.bounds),
                budget: Budget::new(settings.retries),
                counters: Counters::default(),
                skew: AtomicI64::new(0),
                settings,
            }),
        }
    }

    /// A client with the credentials of a role. They are fetched at the first call and renewed
    /// before they expire. Retry budget, concurrency and counters are shared, rates are not: AWS
    /// throttles by account.
    ///
    /// A role that cannot be assumed shows as [`Class::Credentials`], with AWS's reason in the
    /// message.
    #[must_use]
    pub fn assume(&self, role: Role) -> Self {
        let provider = RoleProvider {
            client: self.clone(),
            role,
        };
        let provider = SharedCredentialsProvider::new(provider);
        Self {
            account: Arc::new(Account::new(provider, &self.run.settings)),
            run: Arc::clone(&self.run),
        }
    }

    /// Region of the settings.
    pub fn region(&self) -> Option<&str> {
        self.run.settings.region.as_deref()
    }

    /// What happened so far, by operation, over all accounts of the run.
    pub fn counters(&self) -> BTreeMap<&'static str, OperationCounters> {
        self.run.counters.all()
    }

    /// Retries left in the budget of the run.
    pub fn retries_left(&self) -> u32 {
        self.run.budget.left()
    }

    /// Regions of this account in which nothing more is asked, with the error that ended it.
    pub fn stopped(&self) -> BTreeMap<String, ReplyError> {
        let regions = self.account.regions();
        let stopped = regions.stopped.iter();
        stopped
            .map(|(region, (_, error))| (region.clone(), error.clone()))
            .collect()
    }

    /// One call. Errors that AWS answers, and failures on the way, are replies.
    ///
    /// # Errors
    /// When no request can be made of the call: see [`CallError`].
    pub async fn call(&self, call: &Call) -> Result<Reply, CallError> {
        self.send(call, AtTimeout::Retry).await
    }

    /// The pages of a list; one page where the operation does not page.
    pub fn pages(&self, call: &Call) -> Pages {
        Pages::new(self.clone(), call.clone())
    }

    pub(crate) fn most_pages(&self) -> u32 {
        self.run.settings.most_pages
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.run.settings.clock.now()
    }

    pub(crate) async fn send(
        &self,
        call: &Call,
        at_timeout: AtTimeout,
    ) -> Result<Reply, CallError> {
        let name = call.operation.full_name();
        self.run
            .counters
            .count(name, |counters| counters.calls += 1);
        let mut region = self.first_region(call)?;
        let mut tried = Tried::default();
        loop {
            let stopped = self.account.regions().stopped.get(&region).cloned();
            if let Some((class, error)) = stopped {
                let message = format!("{}: {}", error.code, error.message);
                let error = ReplyError::new("Stopped", message);
                return Ok(Reply::none(class, error, &region, self.now()));
            }
            let (mut reply, again) = self
                .attempt(call, &mut region, at_timeout, &mut tried)
                .await?;
            if again {
                continue;
            }
            reply.attempts = tried.attempts;
            self.account.note(&reply);
            if reply.class == Class::Denied {
                self.run
                    .counters
                    .count(name, |counters| counters.denied += 1);
            }
            return Ok(reply);
        }
    }

    /// One request; true when another one is to follow.
    async fn attempt(
        &self,
        call: &Call,
        region: &mut String,
        at_timeout: AtTimeout,
        tried: &mut Tried,
    ) -> Result<(Reply, bool), CallError> {
        let Run { settings, .. } = &*self.run;
        let operation = call.operation;
        let to = destination(operation, region, &call.parameters, &settings.endpoints)?;
        let request = prepare(operation, &call.parameters, &to)?;
        let clock = settings.clock.as_ref();
        self.account.limiter.acquire(region, operation, clock).await;
        // Before the places are taken: credentials of a role need calls of their own.
        let credentials = match self.account.credentials.current(self.now()).await {
            Ok(credentials) => credentials,
            Err(reason) => {
                let error = ReplyError::new("NoCredentials", reason);
                return Ok((self.refused(Class::Credentials, error, region), false));
            }
        };
        let permits = self.run.concurrency.enter(region).await;
        let time = self.aws_time();
        let request = signed(request, operation, &credentials, &to.signing_region, time)?;
        tried.attempts += 1;
        let sent = transport::send(
            &settings.connector,
            request,
            settings.timeouts.attempt,
            settings.largest_answer,
        );
        let outcome = sent.await;
        drop(permits);

        let timed_out = matches!(outcome, Err(Failure::Timeout));
        let mut reply = match outcome {
            Ok(answer) => {
                if let Some(other) = answer::other_region(operation, &answer, region)
                    && !tried.region
                {
                    tried.region = true;
                    self.remember_bucket(call, &other);
                    let reply = answer::reply(operation, answer, region, self.now());
                    *region = other;
                    return Ok((reply, true));
                }
                answer::reply(operation, answer, region, self.now())
            }
            Err(failure) => {
                let works = self.resolver_works(region, tried.attempts);
                answer::failed(failure, works, region, settings)
            }
        };
        self.count(operation, region, reply.class);
        let again = match reply.class {
            Class::Clock if !tried.clock => {
                tried.clock = true;
                self.correct_clock(&reply)
            }
            Class::Credentials if !tried.credentials => {
                tried.credentials = true;
                match self.account.credentials.renewed(&credentials).await {
                    Ok(_) => true,
                    Err(reason) => {
                        if let Some(error) = &mut reply.error {
                            error.message = format!("{} ({reason})", error.message);
                        }
                        false
                    }
                }
            }
            class if class.retried() && !(timed_out && at_timeout == AtTimeout::Return) => {
                // A resolver that keeps saying so will go on saying so.
                let no_such_host = reply.error.as_ref().is_some_and(|e| e.code == "NoSuchHost");
                let again = !(no_such_host && tried.attempts >= MOST_RESOLUTIONS)
                    && self.run.budget.take(tried.attempts, class);
                if again {
                    let wait = backoff(tried.attempts, settings.random.as_ref());
                    clock.sleep(wait).await;
                }
                again
            }
            _ => false,
        };
        Ok((reply, again))
    }

    /// Whether a host that cannot be resolved is known not to exist: other hosts of the region
    /// answer, and it is not the first try.
    fn resolver_works(&self, region: &str, attempts: u32) -> bool {
        attempts > 1 && self.account.regions().accepted.contains(region)
    }

    fn refused(&self, class: Class, error: ReplyError, region: &str) -> Reply {
        Reply::none(class, error, region, self.now())
    }

    fn count(&self, operation: &'static ApiOperation, region: &str, class: Class) {
        let elapsed = self.run.settings.clock.elapsed();
        self.run.counters.count(operation.full_name(), |counters| {
            counters.requests += 1;
            match class {
                Class::Throttled => counters.throttled += 1,
                Class::Transient => counters.failed += 1,
                _ => {}
            }
        });
        match class {
            Class::Throttled => self.account.limiter.throttled(region, operation, elapsed),
            Class::Ok => self.account.limiter.succeeded(region, operation, elapsed),
            _ => {}
        }
    }

    /// AWS's time, as far as known.
    fn aws_time(&self) -> SystemTime {
        let skew = self.run.skew.load(Ordering::Relaxed);
        let size = Duration::from_millis(skew.unsigned_abs());
        let now = self.now();
        let shifted = if skew < 0 {
            now.checked_sub(size)
        } else {
            now.checked_add(size)
        };
        shifted.unwrap_or(now)
    }

    /// Takes AWS's time from the answer; false when it tells none.
    fn correct_clock(&self, reply: &Reply) -> bool {
        let date = reply.date.as_deref();
        let date = date.and_then(|date| DateTime::from_str(date, Format::HttpDate).ok());
        let Some(theirs) = date.and_then(|date| SystemTime::try_from(date).ok()) else {
            return false;
        };
        let ours = self.now();
        let millis = |size: Duration| i64::try_from(size.as_millis()).unwrap_or(i64::MAX);
        let skew = match theirs.duration_since(ours) {
            Ok(ahead) => millis(ahead),
            Err(behind) => -millis(behind.duration()),
        };
        self.run.skew.store(skew, Ordering::Relaxed);
        tracing::warn!(
            milliseconds = skew,
            "this machine's clock differs from AWS's"
        );
        true
    }

    /// The region of the call, or the one in which its bucket was found before.
    fn first_region(&self, call: &Call) -> Result<String, CallError> {
        if let Some(bucket) = bucket_of(call)
            && let Some(region) = self.account.regions().buckets.get(bucket)
        {
            return Ok(region.clone());
        }
        let region = call.region.as_str();
        if region == "global" {
            let home = self.region().unwrap_or_default();
            return Ok(partition_endpoints(home).global_region.to_owned());
        }
        Region::parse(region).map_err(|_| CallError::Region(region.to_owned()))?;
        Ok(region.to_owned())
    }

    fn remember_bucket(&self, call: &Call, region: &str) {
        if let Some(bucket) = bucket_of(call) {
            let mut regions = self.account.regions();
            regions.buckets.insert(bucket.to_owned(), region.to_owned());
        }
    }
}

fn bucket_of(call: &Call) -> Option<&str> {
    if call.operation.service().id() != "s3" {
        return None;
    }
    call.parameters.get("Bucket").and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use aws_credential_types::Credentials;
    use rempart_aws_model::api_operation;

    use super::*;

    fn client() -> Client {
        let keys = Credentials::new("AKID", "very-secret", None, None, "test");
        Client::new(Settings::with_credentials(keys, "eu-west-1"))
    }

    #[test]
    fn a_missing_host_is_a_missing_service_only_where_others_answer() {
        let client = client();
        let class = |attempts| {
            let works = client.resolver_works("eu-west-1", attempts);
            let failure = Failure::NoSuchName("no such name".to_owned());
            answer::failed(failure, works, "eu-west-1", &client.run.settings).class
        };
        assert_eq!([class(1), class(2), class(3)], [Class::Transient; 3]);
        let error = ReplyError::new("AccessDenied", "");
        client
            .account
            .note(&client.refused(Class::Denied, error, "eu-west-1"));
        assert_eq!([class(1), class(2)], [Class::Transient, Class::NotInRegion]);
    }

    #[test]
    fn secrets_are_not_shown() {
        assert!(!format!("{:?}", client()).contains("very-secret"));
    }

    #[test]
    fn the_region_of_global_calls_is_the_partitions() {
        let client = client();
        let operation = api_operation("iam:ListUsers").expect("in the table");
        let region = |region| client.first_region(&Call::new(operation, region));
        assert_eq!(region("global"), Ok("us-east-1".to_owned()));
        assert!(region("evil.example/").is_err());
    }
}
