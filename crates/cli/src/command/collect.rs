//! `rempart collect`.

mod planned;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use rempart_aws_client::{Call, Class, Client, Role, Settings};
use rempart_aws_model::api_operation;
use rempart_collect::live::{
    Bounds, Collected, Options, Plan, Progress, Target, collect, reader_policy,
};
use rempart_estate::{Outcome, SnapshotWriter, decode};

use crate::arguments::CollectArguments;
use crate::exit::Exit;
use crate::{output, progress};

/// Missing permissions that are shown one by one; the rest are counted.
const MOST_SHOWN: usize = 20;

pub(crate) fn run(arguments: &CollectArguments) -> anyhow::Result<Exit> {
    let plan = plan(arguments)?;
    let requested: BTreeSet<_> = arguments.requested.iter().copied().collect();
    if arguments.print_policy {
        return print_policy(&plan, &requested);
    }
    let Some(out) = &arguments.out else {
        anyhow::bail!("--out DIR is needed");
    };
    if arguments.terraform_plan.is_some() || arguments.cloudformation.is_some() {
        return planned::run(arguments, out);
    }
    let writer = match arguments.resume {
        true => SnapshotWriter::resume(out),
        false => SnapshotWriter::create(out),
    };
    let writer = writer.with_context(|| "cannot write the snapshot".to_owned())?;
    if arguments.resume {
        let count = writer.complete_count();
        output::to_stderr(&format!("{count} calls are answered already"));
    }
    let options = Options {
        plan,
        regions: arguments.regions.clone(),
        requested,
        bounds: Bounds {
            jobs: arguments.jobs,
            // Times of jobs are far below 2^53.
            since: arguments.since.map(|since| since as f64),
            ..Bounds::default()
        },
        concurrency: usize::from(arguments.concurrency),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let counters = Progress::default();
    let message = |elapsed: Duration| {
        format!(
            "{} of {} calls, {} denied, {} failed, {:.1} MB, {} s",
            counters.done(),
            counters.calls(),
            counters.denied(),
            counters.failed(),
            counters.bytes() as f64 / 1e6,
            elapsed.as_secs()
        )
    };
    let work = || {
        runtime.block_on(async {
            let targets = targets(arguments).await?;
            tokio::select! {
                collected = collect(&targets, &options, writer, &counters) => {
                    collected.map(Some).map_err(anyhow::Error::from)
                }
                _ = tokio::signal::ctrl_c() => Ok(None),
            }
        })
    };
    match progress::shown_as(message, !arguments.no_progress, work)? {
        Some(collected) => Ok(tell(out, &collected)),
        None => {
            output::error("interrupted; what was answered is kept");
            output::hint("the same command with --resume goes on");
            Ok(Exit::CouldNot)
        }
    }
}

fn plan(arguments: &CollectArguments) -> anyhow::Result<Plan> {
    let plan = Plan::built_in()?;
    let known = plan.services();
    for service in &arguments.services {
        let names: Vec<&str> = known.iter().copied().collect();
        anyhow::ensure!(
            known.contains(service.as_str()),
            "`{service}` is no service that is collected\nhint: {} are",
            names.join(", ")
        );
    }
    Ok(plan.of_services(&arguments.services))
}

fn print_policy(
    plan: &Plan,
    requested: &BTreeSet<rempart_collect::live::Requested>,
) -> anyhow::Result<Exit> {
    let parts = reader_policy(plan, requested);
    let mut stdout = std::io::stdout().lock();
    for part in &parts {
        let text = serde_json::to_string_pretty(&part.document)?;
        writeln!(stdout, "{text}")?;
    }
    if parts.len() > 1 {
        let message = format!(
            "{} policies, since a managed policy has at most 6,144 characters: attach all of them",
            parts.len()
        );
        output::hint(&message);
    }
    Ok(Exit::Clean)
}

/// The accounts with their credentials.
async fn targets(arguments: &CollectArguments) -> anyhow::Result<Vec<Target>> {
    let region = arguments.regions.first().map(String::as_str);
    let mut settings = Settings::from_environment(arguments.profile.as_deref(), None).await?;
    if settings.region.is_none() {
        settings.region = region.map(str::to_owned);
    }
    settings.bounds.requests = usize::from(arguments.concurrency);
    settings.bounds.requests_per_region = usize::from(arguments.concurrency);
    settings.rates.ceiling = f64::from(arguments.rate);
    // Who allows more than the default wants it from the start.
    if arguments.rate > 20 {
        settings.rates.sagemaker = f64::from(arguments.rate);
        settings.rates.other = f64::from(arguments.rate);
        settings.rates.search = f64::from(arguments.rate);
        settings.rates.search_ceiling = f64::from(arguments.rate);
    }
    let client = Client::new(settings);
    let Some(role) = &arguments.role else {
        return Ok(vec![Target {
            account: None,
            client,
        }]);
    };
    let mut accounts = arguments.accounts.clone();
    if accounts.iter().any(|account| account == "organization") {
        accounts.retain(|account| account != "organization");
        accounts.extend(organization(&client).await?);
    }
    anyhow::ensure!(
        !accounts.is_empty(),
        "--role needs --accounts ID,… or --accounts organization"
    );
    let mut targets = Vec::new();
    for account in accounts {
        let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        anyhow::ensure!(
            is_account,
            "`{account}` is no account: 12 digits are needed"
        );
        let session = format!("rempart-collect-{}", std::process::id());
        let arn = format!("arn:aws:iam::{account}:role/{role}");
        let mut assumed = Role::new(&arn, &session);
        assumed.external_id.clone_from(&arguments.external_id);
        targets.push(Target {
            account: Some(account),
            client: client.assume(assumed),
        });
    }
    Ok(targets)
}

/// The active accounts of the caller's organisation.
async fn organization(client: &Client) -> anyhow::Result<Vec<String>> {
    let operation = api_operation("organizations:ListAccounts").context("unknown operation")?;
    let region = client.region().unwrap_or("us-east-1").to_owned();
    let mut pages = client.pages(&Call::new(operation, &region));
    let mut accounts = Vec::new();
    while let Some(page) = pages.next().await? {
        if page.reply.class != Class::Ok {
            let reason = page.reply.error.map_or_else(
                || page.reply.class.as_str().to_owned(),
                |error| format!("{}: {}", error.code, error.message),
            );
            anyhow::bail!("cannot list the accounts of the organisation: {reason}");
        }
        let body = decode(operation.full_name(), &page.reply.body)?;
        let listed = body.get("Accounts").and_then(serde_json::Value::as_array);
        for account in listed.into_iter().flatten() {
            let text = |name: &str| account.get(name).and_then(serde_json::Value::as_str);
            let is_active = text("Status").is_none_or(|status| status == "ACTIVE");
            if let (true, Some(id)) = (is_active, text("Id")) {
                accounts.push(id.to_owned());
            }
        }
    }
    Ok(accounts)
}

/// Says what was collected and what was not.
fn tell(out: &Path, collected: &Collected) -> Exit {
    let mut answers = 0_u64;
    let mut by_outcome: Vec<(Outcome, u64)> = Outcome::ALL.map(|outcome| (outcome, 0)).to_vec();
    let mut denied: BTreeSet<String> = BTreeSet::new();
    for operation in &collected.manifest.operations {
        answers = answers.saturating_add(operation.answers);
        for (outcome, total) in &mut by_outcome {
            let count = operation.outcomes.get(outcome).copied().unwrap_or_default();
            *total = total.saturating_add(count);
            if *outcome == Outcome::Denied && count > 0 {
                let known = api_operation(&operation.operation);
                denied.insert(known.map_or_else(
                    || operation.operation.clone(),
                    |known| known.action().to_owned(),
                ));
            }
        }
    }
    let counts: Vec<String> = by_outcome
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(outcome, count)| format!("{count} {outcome}"))
        .collect();
    let accounts: Vec<&str> = collected
        .manifest
        .accounts
        .iter()
        .map(String::as_str)
        .collect();
    output::to_stderr(&format!(
        "{}: {answers} answers ({}) of {}",
        out.display(),
        counts.join(", "),
        accounts.join(", ")
    ));
    for (account, reason) in &collected.failed {
        output::error(&format!("account {account} was not collected: {reason}"));
    }
    for (place, reason) in &collected.stopped {
        output::warning(&format!("{place}: nothing more was asked: {reason}"));
    }
    if !denied.is_empty() {
        let shown: Vec<&str> = denied.iter().take(MOST_SHOWN).map(String::as_str).collect();
        let more = denied.len().saturating_sub(shown.len());
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        output::warning(&format!("no permission for {}{more}", shown.join(", ")));
        output::hint("`rempart collect --print-policy` prints the policy that a collection needs");
    }
    let missing = |wanted: &[Outcome]| {
        by_outcome
            .iter()
            .any(|(outcome, count)| wanted.contains(outcome) && *count > 0)
    };
    let holes = missing(&[Outcome::Denied, Outcome::Failed, Outcome::Throttled]);
    if holes || !collected.failed.is_empty() {
        Exit::Findings
    } else {
        Exit::Clean
    }
}
