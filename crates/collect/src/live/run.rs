//! A collection: accounts, Regions, the snapshot.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt;
use rempart_aws_client::{Call, Class, Client};
use rempart_aws_model::api_operation;
use rempart_estate::{Manifest, Place, SnapshotWriter, WriteError, decode};
use serde_json::{Map, Value, json};

use super::account::AccountRun;
use super::bounds::{Bounds, Requested};
use super::plan::Plan;
use super::progress::Progress;
use super::regions;

/// Accounts that are collected at the same time.
const ACCOUNTS: usize = 4;

/// Credentials of an account.
#[derive(Clone, Debug)]
pub struct Target {
    /// The account, where it is known before; otherwise AWS is asked.
    pub account: Option<String>,
    /// The client with its credentials.
    pub client: Client,
}

/// What is collected.
#[derive(Clone, Debug)]
pub struct Options {
    /// The plan.
    pub plan: Plan,
    /// Regions; the enabled ones of each account when there is none.
    pub regions: Vec<String>,
    /// What is collected only on request.
    pub requested: BTreeSet<Requested>,
    /// Bounds.
    pub bounds: Bounds,
    /// Calls at the same time in one account.
    pub concurrency: usize,
    /// Version of the program, for the record.
    pub tool_version: String,
}

/// What became of a collection.
#[derive(Debug)]
pub struct Collected {
    /// The manifest of the snapshot.
    pub manifest: Manifest,
    /// Accounts that could not be collected at all, with the reason.
    pub failed: BTreeMap<String, String>,
    /// Regions in which AWS stopped accepting the credentials, by account.
    pub stopped: BTreeMap<String, String>,
}

/// A collection failed as a whole.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The snapshot cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// No account could be collected.
    #[error("no account could be collected: {0}")]
    NoAccount(String),
}

/// Collects accounts into a snapshot and seals it. Dropping the future stops the collection; it can be
/// resumed.
///
/// # Errors
/// See [`CollectError`]. What AWS refuses is no error: it is in the snapshot.
pub async fn collect(
    targets: &[Target],
    options: &Options,
    writer: SnapshotWriter,
    progress: &Progress,
) -> Result<Collected, CollectError> {
    let started = now();
    let known = writer.enumerations();
    let mut failed = BTreeMap::new();
    let mut callers = Map::new();
    let mut stopped = BTreeMap::new();
    let shared = &writer;
    let known = &known;
    let mut running = futures_util::stream::iter(targets)
        .map(|target| async move {
            let outcome = one(target, options, shared, known, progress).await;
            (target, outcome)
        })
        .buffer_unordered(ACCOUNTS);
    while let Some((target, outcome)) = running.next().await {
        match outcome {
            Ok(Done { account, caller }) => {
                for (region, error) in target.client.stopped() {
                    let reason = format!("{}: {}", error.code, error.message);
                    stopped.insert(format!("{account}/{region}"), reason);
                }
                callers.insert(account, Value::String(caller));
            }
            Err(Failure::Write(error)) => return Err(error.into()),
            Err(Failure::Account(reason)) => {
                let name = target.account.as_deref().unwrap_or("(own account)");
                failed.insert(name.to_owned(), reason);
            }
        }
    }
    drop(running);
    if callers.is_empty() {
        let reasons: Vec<String> = failed
            .iter()
            .map(|(account, reason)| format!("{account}: {reason}"))
            .collect();
        return Err(CollectError::NoAccount(reasons.join("; ")));
    }
    let run = record(targets, options, started, callers, &failed, &stopped);
    let manifest = writer.seal(run)?;
    Ok(Collected {
        manifest,
        failed,
        stopped,
    })
}

struct Done {
    account: String,
    caller: String,
}

enum Failure {
    Write(WriteError),
    Account(String),
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        Self::Write(error)
    }
}

async fn one(
    target: &Target,
    options: &Options,
    writer: &SnapshotWriter,
    known: &[rempart_estate::Answer],
    progress: &Progress,
) -> Result<Done, Failure> {
    let home = home_region(&target.client, options);
    let (account, caller) = identity(&target.client, &home)
        .await
        .map_err(Failure::Account)?;
    if let Some(expected) = &target.account
        && *expected != account
    {
        let reason = format!("the credentials are of account {account}");
        return Err(Failure::Account(reason));
    }
    let names = if options.regions.is_empty() {
        let (names, answer) = regions::enabled(&target.client, &account, &home)
            .await
            .map_err(|reason| {
                Failure::Account(format!(
                    "{reason}\nhint: name the Regions with --regions where ec2:DescribeRegions is \
                     not allowed"
                ))
            })?;
        let place = Place::new(account.clone(), home.clone());
        if !writer.is_complete(&place, &answer.operation, &answer.parameters) {
            writer.append(&answer)?;
        }
        names
    } else {
        options.regions.clone()
    };
    let mut places: Vec<Place> = names
        .iter()
        .map(|region| Place::new(account.clone(), region.clone()))
        .collect();
    places.push(Place::new(account.clone(), home.clone()).global());
    let run = AccountRun {
        client: &target.client,
        plan: &options.plan,
        requested: &options.requested,
        bounds: options.bounds,
        concurrency: options.concurrency,
        home: &home,
        writer,
        progress,
    };
    let known = known
        .iter()
        .filter(|answer| answer.account == account)
        .cloned()
        .collect();
    run.run(places, known).await?;
    Ok(Done { account, caller })
}

/// The Region through which services without Regions are asked.
fn home_region(client: &Client, options: &Options) -> String {
    let configured = client.region().map(str::to_owned);
    configured
        .or_else(|| options.regions.first().cloned())
        .unwrap_or_else(|| "us-east-1".to_owned())
}

/// Account and ARN of the caller.
async fn identity(client: &Client, home: &str) -> Result<(String, String), String> {
    let operation = api_operation("sts:GetCallerIdentity").ok_or("sts is unknown")?;
    let reply = client
        .call(&Call::new(operation, home))
        .await
        .map_err(|error| error.to_string())?;
    if reply.class != Class::Ok {
        let error = reply.error.map_or_else(
            || reply.class.as_str().to_owned(),
            |error| format!("{}: {}", error.code, error.message),
        );
        return Err(format!("the credentials are not accepted: {error}"));
    }
    let body = decode(operation.full_name(), &reply.body).map_err(|error| error.to_string())?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    match (text("Account"), text("Arn")) {
        (Some(account), Some(arn)) => Ok((account, arn)),
        _ => Err("sts:GetCallerIdentity does not say the account".to_owned()),
    }
}

/// What `run.json` says.
fn record(
    targets: &[Target],
    options: &Options,
    started: String,
    callers: Map<String, Value>,
    failed: &BTreeMap<String, String>,
    stopped: &BTreeMap<String, String>,
) -> Map<String, Value> {
    let mut counters = Map::new();
    // Clients of one run share their counters.
    for (operation, count) in targets
        .first()
        .map(|one| one.client.counters())
        .into_iter()
        .flatten()
    {
        let entry = json!({
            "calls": count.calls,
            "requests": count.requests,
            "throttled": count.throttled,
            "failed": count.failed,
            "denied": count.denied,
        });
        counters.insert(operation.to_owned(), entry);
    }
    let requested: Vec<&str> = options.requested.iter().map(|one| one.name()).collect();
    let mut run = Map::new();
    for (name, value) in [
        ("tool", json!("rempart")),
        ("version", json!(options.tool_version)),
        ("started", json!(started)),
        ("ended", json!(now())),
        ("callers", Value::Object(callers)),
        ("regions", json!(options.regions)),
        ("requested", json!(requested)),
        ("bounds", options.bounds.to_json()),
        ("failed", json!(failed)),
        ("stopped", json!(stopped)),
        ("operations", Value::Object(counters)),
    ] {
        run.insert(name.to_owned(), value);
    }
    run
}

fn now() -> String {
    jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}
