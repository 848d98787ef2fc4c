//! The client: one account's credentials, and what a call goes through.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_types::date_time::{DateTime, Format};
use rempart_aws_model::{ApiOperation, Place, Protocol, Region, Shape, partition_endpoints};
use serde_json::Value;

use crate::call::{Call, CallError, Class, Reply, ReplyError};
use crate::classify::classify;
use crate::counters::{Counters, OperationCounters};
use crate::credentials::CredentialCache;
use crate::destination::destination;
use crate::error_body::read_error;
use crate::limiter::{Budget, Concurrency, Limiter, backoff};
use crate::pages::Pages;
use crate::request::prepare;
use crate::role::{Role, RoleProvider};
use crate::settings::Settings;
use crate::sign::signed;
use crate::transport::{self, Answer, Failure};
use crate::xml;

/// Refused for these codes, other requests with the same keys may still be accepted.
const MAY_BE_ONE_REQUEST: [&str; 2] = ["SignatureDoesNotMatch", "InvalidSignatureException"];

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

/// What belongs to one account.
#[derive(Debug)]
struct Account {
    credentials: CredentialCache,
    limiter: Limiter,
    regions: Mutex<Regions>,
}

#[derive(Debug, Default)]
struct Regions {
    /// Where AWS accepted our credentials.
    accepted: HashSet<String>,
    /// Where nothing more is asked, and why.
    stopped: HashMap<String, (Class, ReplyError)>,
    /// Buckets that lie in another region than the one asked.
    buckets: HashMap<String, String>,
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
                if let Some(other) = other_region(operation, &answer, region)
                    && !tried.region
                {
                    tried.region = true;
                    self.remember_bucket(call, &other);
                    let reply = self.read(operation, answer, region);
                    *region = other;
                    return Ok((reply, true));
                }
                self.read(operation, answer, region)
            }
            Err(failure) => self.failed(failure, region, tried.attempts),
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
                    && self.run.budget.take(tried.attempts);
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

    /// Makes a reply of an answer.
    fn read(&self, operation: &'static ApiOperation, answer: Answer, region: &str) -> Reply {
        let owned = |name: &str| answer.header(name).map(str::to_owned);
        let mut error = None;
        let class = if (200..300).contains(&answer.status) {
            if plausible(operation, &answer.body) {
                Class::Ok
            } else {
                // A proxy or a portal answered in the place of AWS.
                let message = "the answer is not of the operation's protocol";
                error = Some(ReplyError::new("UnreadableAnswer", message));
                Class::Invalid
            }
        } else {
            let error_type = answer.header("x-amzn-errortype");
            let read = read_error(answer.status, error_type, &answer.body);
            let class = classify(operation, answer.status, &read);
            error = Some(read);
            class
        };
        let request_id = owned("x-amzn-requestid")
            .or_else(|| owned("x-amz-request-id"))
            .or_else(|| owned("x-amz-id-2"));
        Reply {
            class,
            status: answer.status,
            error,
            request_id,
            date: owned("date"),
            headers: modelled_headers(operation, &answer),
            body: answer.body,
            region: region.to_owned(),
            attempts: 0,
            at: self.now(),
        }
    }

    /// Makes a reply of a failure on the way.
    fn failed(&self, failure: Failure, region: &str, attempts: u32) -> Reply {
        let (class, code, message) = match failure {
            Failure::Timeout => {
                let within = self.run.settings.timeouts.attempt;
                let message = format!("no whole answer within {within:?}");
                (Class::Transient, "Timeout", message)
            }
            Failure::Connection(reason) => (Class::Transient, "ConnectionError", reason),
            Failure::Truncated(reason) => (Class::Transient, "TruncatedAnswer", reason),
            Failure::TooLarge => {
                let most = self.run.settings.largest_answer;
                let message = format!("the answer is longer than {most} bytes");
                (Class::Invalid, "AnswerTooLarge", message)
            }
            // A host that does not exist says that the service is not there only where others are:
            // else it is the resolver that fails. The second time rules out a slip.
            Failure::NoSuchName(reason) => {
                let others_answer = self.account.regions().accepted.contains(region);
                let class = if others_answer && attempts > 1 {
                    Class::NotInRegion
                } else {
                    Class::Transient
                };
                (class, "NoSuchHost", reason)
            }
        };
        Reply::none(class, ReplyError::new(code, message), region, self.now())
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

impl Account {
    fn new(provider: SharedCredentialsProvider, settings: &Settings) -> Self {
        Self {
            credentials: CredentialCache::new(provider, settings.timeouts.credentials),
            limiter: Limiter::new(settings.rates),
            regions: Mutex::default(),
        }
    }

    fn regions(&self) -> MutexGuard<'_, Regions> {
        self.regions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Learns from the last reply of a call where calls are accepted and where they are not.
    fn note(&self, reply: &Reply) {
        let mut regions = self.regions();
        match reply.class {
            Class::Ok | Class::Absent | Class::Gone | Class::Denied => {
                regions.accepted.insert(reply.region.clone());
            }
            Class::Clock | Class::Credentials => {
                let Some(error) = &reply.error else { return };
                let one_request = MAY_BE_ONE_REQUEST.contains(&error.code.as_str());
                if one_request && regions.accepted.contains(&reply.region) {
                    return;
                }
                tracing::warn!(
                    region = reply.region,
                    code = error.code,
                    message = error.message,
                    "nothing more is asked in this region"
                );
                let entry = (reply.class, error.clone());
                regions.stopped.insert(reply.region.clone(), entry);
            }
            _ => {}
        }
    }
}

fn bucket_of(call: &Call) -> Option<&str> {
    if call.operation.service().id() != "s3" {
        return None;
    }
    call.parameters.get("Bucket").and_then(Value::as_str)
}

/// The region of a bucket that lies elsewhere, from a redirect or a refused signature.
fn other_region(operation: &ApiOperation, answer: &Answer, region: &str) -> Option<String> {
    let service = operation.service().id();
    if service != "s3" || !matches!(answer.status, 301 | 307 | 400) {
        return None;
    }
    let header = answer.header("x-amz-bucket-region").map(str::to_owned);
    let found = header.or_else(|| xml::text_at(&answer.body, &["Region"]).ok().flatten())?;
    // The region goes into a host name.
    (found != region && Region::parse(&found).is_ok()).then_some(found)
}

/// Headers that the model names as members of the answer.
fn modelled_headers(operation: &ApiOperation, answer: &Answer) -> Vec<(String, String)> {
    let Some(output) = operation.output() else {
        return Vec::new();
    };
    let structure = output.name().unwrap_or_default();
    let mut found = Vec::new();
    for member in output.members() {
        let wire = operation.answer_wire(structure, member.name);
        let name = wire.name.to_lowercase();
        let matches = |header: &str| match wire.place {
            Place::Header => header == name,
            Place::HeaderPrefix => header.starts_with(&name),
            _ => false,
        };
        let of_member = answer.headers.iter().filter(|(header, _)| matches(header));
        found.extend(of_member.cloned());
    }
    found.sort();
    found.dedup();
    found
}

/// Whether a body begins as the protocol demands. An empty one is right where nothing is answered.
fn plausible(operation: &ApiOperation, body: &[u8]) -> bool {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    let Some(first) = first else {
        let nothing = |output: Shape| output.members().next().is_none();
        return operation.method() == "HEAD" || operation.output().is_none_or(nothing);
    };
    let payload_is_text = || {
        let output = operation.output();
        let member = output.and_then(|output| output.member(operation.payload()?));
        member.is_some_and(|member| member.shape.name().is_none())
    };
    match operation.protocol() {
        Protocol::AwsJson10 | Protocol::AwsJson11 | Protocol::RestJson => *first == b'{',
        Protocol::RestXml => *first == b'<' || payload_is_text(),
        Protocol::Query | Protocol::Ec2Query => *first == b'<',
    }
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
            let failure = Failure::NoSuchName("no such name".to_owned());
            client.failed(failure, "eu-west-1", attempts).class
        };
        assert_eq!([class(1), class(2), class(3)], [Class::Transient; 3]);
        let mut reply = client.failed(Failure::Timeout, "eu-west-1", 1);
        reply.class = Class::Denied;
        client.account.note(&reply);
        assert_eq!([class(1), class(2)], [Class::Transient, Class::NotInRegion]);
    }

    #[test]
    fn bodies_by_protocol() {
        let plausible = |name: &str, body: &str| {
            plausible(api_operation(name).expect("in the table"), body.as_bytes())
        };
        assert!(plausible("sagemaker:ListDomains", " {}"));
        assert!(!plausible("sagemaker:ListDomains", "<html>"));
        assert!(!plausible("sagemaker:ListDomains", ""));
        assert!(plausible("s3:GetBucketPolicy", "{}"));
        assert!(!plausible("s3:GetBucketAcl", "{}"));
        assert!(plausible("s3:HeadObject", ""));
        assert!(!plausible("iam:ListUsers", "{}"));
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
