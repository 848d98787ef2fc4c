//! `rempart case open`.

use std::io::Write;

use anyhow::{Context, ensure};
use rempart_case::{EstateInput, OpenError, OpenOptions, Policies, open, text};
use rempart_estate::Estate;
use rempart_hunt::derive::KnownAccounts;
use rempart_hunt::progress::Progress;
use rempart_hunt::run::{HuntOptions, HuntReport};
use rempart_locale::locale;
use rempart_trail::integrity::{IntegrityOptions, IntegrityProgress, IntegrityReport, verify};
use rempart_trail::s3::S3Options;
use rempart_trail::source::{DiscoverOptions, Discovery, Input, discover};
use rempart_trail::time::EventTime;
use sha2::{Digest, Sha256};

use super::write;
use crate::arguments::CaseOpenArguments;
use crate::command::{compile, hunt_guardrails, policy, rule_files, s3_problems, trail};
use crate::exit::Exit;
use crate::{output, progress};

/// Problems that are shown one by one; the rest are counted.
const MOST_PROBLEMS: usize = 10;

pub(super) fn run(arguments: &CaseOpenArguments) -> anyhow::Result<Exit> {
    if let (Some(from), Some(to)) = (arguments.from, arguments.to) {
        ensure!(from < to, "--from must be before --to");
    }
    let suspects = arguments.suspects()?;
    ensure_empty(arguments)?;
    let key = write::signing_key(arguments.signing_key.as_deref())?;
    let files = rule_files(&arguments.rules)?;
    let book = compile(&files)?;
    let estates = estates(arguments)?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = arguments.threads.map_or(cores, usize::from);
    let guardrails = hunt_guardrails::chosen(&arguments.guardrails, &arguments.exempt_account)?;
    let logs = arguments.logs();
    let inputs: Vec<Input> = logs.iter().map(|path| Input::parse(path)).collect();
    let discover_options = DiscoverOptions {
        s3: S3Options::from_env(),
        ..DiscoverOptions::default()
    };
    let mut discovery = discover(&inputs, &discover_options);
    discovery.problems.iter_mut().for_each(s3_problems::clarify);
    let options = OpenOptions {
        suspects,
        from: arguments.from,
        to: arguments.to,
        aware_at: arguments.aware_at.map(|time| EventTime(time).to_rfc3339()),
        hunt: HuntOptions {
            accounts: KnownAccounts::new(arguments.own_account.iter().cloned()),
            threads,
            guardrails: Some(guardrails),
            ..HuntOptions::default()
        },
        own_accounts: arguments.own_account.clone(),
        estates: estate_inputs(arguments)?,
        rules_digest: digest_of(&files),
        integrity: integrity(arguments, &inputs, &discovery, threads)?,
    };
    let (first, second) = (Progress::default(), Progress::default());
    let inventory = arguments
        .policies
        .as_deref()
        .map(policy::who_can::load)
        .transpose()?;
    let policies = Policies {
        estates: &estates,
        inventory: inventory.as_ref().map(|loaded| &loaded.inventory),
    };
    let opened = progress::shown(&first, !arguments.no_progress, || {
        open(&discovery, &book, policies, &options, &first, &second)
    });
    let opened = match opened {
        Ok(opened) => opened,
        Err(error) => return Ok(explain(&error)),
    };
    for (given, near) in &opened.not_found {
        output::warning(&format!("no record matches `{}`", given.value));
        tell_near(near);
    }
    tell_problems(&opened.hunt);
    let sealed = write::write(arguments, &opened, key.as_ref())?;
    let mut stdout = std::io::stdout().lock();
    let page = text::overview(&opened.case, locale(arguments.lang));
    write!(stdout, "{page}")?;
    let signed = match &sealed.signer {
        Some(signer) => format!("signed by {signer}"),
        None => "not signed: give --signing-key to sign".to_owned(),
    };
    output::to_stderr(&format!(
        "wrote {}: {} files, {} records, manifest {}, {signed}",
        arguments.out.display(),
        sealed.items,
        sealed.records,
        sealed.manifest_sha256,
    ));
    Ok(Exit::Clean)
}

/// Files of an earlier case are never mixed with those of a new one.
fn ensure_empty(arguments: &CaseOpenArguments) -> anyhow::Result<()> {
    let out = &arguments.out;
    let shown = out.display();
    if !out.exists() {
        return Ok(());
    }
    let mut entries = std::fs::read_dir(out).with_context(|| format!("cannot read {shown}"))?;
    ensure!(entries.next().is_none(), "{shown} exists and is not empty");
    Ok(())
}

fn estates(arguments: &CaseOpenArguments) -> anyhow::Result<Vec<Estate>> {
    let opened = arguments.estate.iter().map(|path| {
        Estate::open(path).with_context(|| format!("cannot open the snapshot {}", path.display()))
    });
    opened.collect()
}

fn digest_of(files: &[rempart_hunt::pack::RuleFile]) -> String {
    let mut digest = Sha256::new();
    for file in files {
        digest.update(file.origin.as_bytes());
        digest.update([0]);
        digest.update(file.text.as_bytes());
        digest.update([0]);
    }
    digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn explain(error: &OpenError) -> Exit {
    output::error(&error.to_string());
    match error {
        OpenError::SuspectNotFound { near, period, .. } => {
            tell_near(near);
            tell_period(period.as_ref());
        }
        OpenError::NothingInPeriod { period, .. } => tell_period(period.as_ref()),
        OpenError::NothingSuspicious(report) => {
            let findings = report.findings.len();
            output::hint(&format!(
                "{findings} findings; see `rempart hunt`, and name a suspect with --suspect"
            ));
        }
        OpenError::NothingRead(report) => {
            for problem in report.summary.problems.iter().take(MOST_PROBLEMS) {
                output::warning(&format!("{}: {}", problem.source, problem.reason));
            }
            output::hint("give CloudTrail files, or a directory or bucket that holds them");
        }
        OpenError::Stdin => {}
    }
    Exit::CouldNot
}

fn tell_near(near: &[String]) {
    if !near.is_empty() {
        output::hint(&format!("near it: {}", near.join(", ")));
    }
}

fn tell_period(period: Option<&(String, String)>) {
    if let Some((first, last)) = period {
        output::hint(&format!("the logs reach from {first} to {last}"));
    }
}

fn tell_problems(report: &HuntReport) {
    let problems = &report.summary.problems;
    for problem in problems.iter().take(MOST_PROBLEMS) {
        let place = problem
            .offset
            .map(|offset| format!(": byte {offset}"))
            .unwrap_or_default();
        output::warning(&format!("{}{place}: {}", problem.source, problem.reason));
    }
    if problems.len() > MOST_PROBLEMS {
        output::warning(&format!(
            "{} more problems are in case.json",
            problems.len() - MOST_PROBLEMS
        ));
    }
}

/// Digests are checked where there are some: it reads the logs once more.
fn integrity(
    arguments: &CaseOpenArguments,
    inputs: &[Input],
    discovery: &Discovery,
    threads: usize,
) -> anyhow::Result<Option<IntegrityReport>> {
    let mut names = discovery.sources.iter().map(|source| source.name.as_str());
    if !names.any(|name| name.contains("CloudTrail-Digest")) {
        return Ok(None);
    }
    let options = IntegrityOptions {
        keys: trail::verify::keys(&arguments.keys)?,
        signatures: trail::verify::signatures(&arguments.signatures, inputs)?,
        threads,
        ..IntegrityOptions::default()
    };
    let so_far = IntegrityProgress::default();
    let message = |elapsed| trail::verify::message(&so_far, elapsed);
    let report = progress::shown_as(message, !arguments.no_progress, || {
        verify(discovery, &options, &so_far)
    });
    Ok(Some(report))
}

/// What the case keeps of a snapshot: the digest of its manifest.
fn estate_inputs(arguments: &CaseOpenArguments) -> anyhow::Result<Vec<EstateInput>> {
    let mut inputs = Vec::new();
    for path in &arguments.estate {
        let manifest = path.join("manifest.json");
        let bytes = std::fs::read(&manifest)
            .with_context(|| format!("cannot read {}", manifest.display()))?;
        let digest = Sha256::digest(&bytes);
        inputs.push(EstateInput {
            path: path.display().to_string(),
            collected_at: None,
            digest: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        });
    }
    Ok(inputs)
}
