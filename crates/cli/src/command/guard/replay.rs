//! `rempart guard replay`.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use rempart_guard::replay::{
    FindingFate, Progress, Replay, ReplayOptions, ReplayReport, join_findings, replay, text,
    text_of_findings,
};
use rempart_hunt::progress::Progress as HuntProgress;
use rempart_hunt::run::{HuntOptions, hunt};
use rempart_trail::s3::S3Options;
use rempart_trail::source::{DiscoverOptions, Discovery, Input, discover};
use serde::Serialize;

use super::proposal;
use crate::arguments::{ReplayArguments, ReplayFormat};
use crate::command::{compile, rule_files, s3_problems};
use crate::exit::Exit;
use crate::{output, progress};

/// Problems that are shown one by one; the rest are counted.
const MOST_PROBLEMS: usize = 10;
/// Columns of the table.
const WIDTH: usize = 120;

/// The report with the findings of the same trail.
#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    report: &'a ReplayReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<&'a [FindingFate]>,
}

pub(crate) fn run(arguments: &ReplayArguments) -> anyhow::Result<Exit> {
    let read = proposal::read(&arguments.policies);
    anyhow::ensure!(!read.proposal.is_empty(), "no policy could be read");
    let current = proposal::read(&arguments.current);
    anyhow::ensure!(
        arguments.current.is_empty() || !current.proposal.is_empty(),
        "no policy of --current could be read"
    );
    let failed = read.failed + current.failed;
    let inputs: Vec<Input> = arguments
        .trail
        .iter()
        .map(|path| Input::parse(path))
        .collect();
    let discover_options = DiscoverOptions {
        s3: S3Options::from_env(),
        ..DiscoverOptions::default()
    };
    let mut discovery = discover(&inputs, &discover_options);
    discovery.problems.iter_mut().for_each(s3_problems::clarify);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = arguments.threads.map_or(cores, usize::from);
    let proposed = Replay {
        stack: read.proposal.stack(),
        current: (!current.proposal.is_empty()).then(|| current.proposal.stack()),
        exempt: arguments.exempt_account.clone(),
        organization: arguments.organization.clone(),
    };
    let report = replayed(arguments, &discovery, &proposed, threads);
    tell_problems(&report);
    if !report.has_read_anything() {
        output::error("nothing to replay: no CloudTrail record could be read");
        return Ok(Exit::CouldNot);
    }
    let findings = if arguments.no_hunt {
        None
    } else if inputs.contains(&Input::Stdin) {
        output::warning("standard input can be read once only: findings are not looked for");
        None
    } else {
        Some(hunted(arguments, &discovery, &report, threads)?)
    };
    write(arguments, &report, findings.as_deref())?;
    let totals = &report.totals;
    let is_whole = failed == 0 && report.problems.is_empty() && report.incomplete.is_empty();
    Ok(if failed > 0 {
        Exit::CouldNot
    } else if totals.newly_denied > 0 {
        Exit::Findings
    } else if is_whole {
        Exit::Clean
    } else {
        output::error("nothing would newly be denied, but not all of the input could be examined");
        Exit::CouldNot
    })
}

fn replayed(
    arguments: &ReplayArguments,
    discovery: &Discovery,
    proposed: &Replay,
    threads: usize,
) -> ReplayReport {
    let options = ReplayOptions {
        threads,
        ..ReplayOptions::default()
    };
    let counters = Progress::default();
    progress::shown_as(
        |elapsed| message(&counters, elapsed),
        !arguments.no_progress,
        || replay(discovery, proposed, &options, &counters),
    )
}

fn message(progress: &Progress, elapsed: Duration) -> String {
    let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let (done, all) = (read(&progress.sources_done), read(&progress.sources));
    let records = read(&progress.records);
    let rate = records as f64 / elapsed.as_secs_f64().max(0.001);
    let denied = read(&progress.newly_denied);
    format!(
        "{done} of {all} files, {records} records, {rate:.0} a second, {denied} newly denied so far"
    )
}

/// The findings of the same trail, and which of them would have been stopped.
fn hunted(
    arguments: &ReplayArguments,
    discovery: &Discovery,
    report: &ReplayReport,
    threads: usize,
) -> anyhow::Result<Vec<FindingFate>> {
    let book = compile(&rule_files(&arguments.rules)?)?;
    let options = HuntOptions {
        threads,
        ..HuntOptions::default()
    };
    let counters = HuntProgress::default();
    let found = progress::shown(&counters, !arguments.no_progress, || {
        hunt(discovery, &book, &options, &counters)
    });
    Ok(join_findings(report, &found.findings))
}

fn write(
    arguments: &ReplayArguments,
    report: &ReplayReport,
    findings: Option<&[FindingFate]>,
) -> anyhow::Result<()> {
    let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
    match arguments.format {
        ReplayFormat::Table => {
            stdout.write_all(text(report, WIDTH).as_bytes())?;
            if let Some(findings) = findings {
                stdout.write_all(text_of_findings(findings, WIDTH).as_bytes())?;
            }
        }
        ReplayFormat::Json => {
            serde_json::to_writer(&mut stdout, &Whole { report, findings })?;
            writeln!(stdout)?;
        }
    }
    stdout.flush().context("cannot write to standard output")
}

fn tell_problems(report: &ReplayReport) {
    let problems = &report.problems;
    for problem in problems.iter().take(MOST_PROBLEMS) {
        let place = problem
            .offset
            .map(|offset| format!(" at byte {offset}"))
            .unwrap_or_default();
        output::warning(&format!("{}{place}: {}", problem.source, problem.reason));
    }
    let more = problems.len().saturating_sub(MOST_PROBLEMS) as u64 + report.more_problems;
    if more > 0 {
        output::warning(&format!("{more} further problems"));
    }
}
