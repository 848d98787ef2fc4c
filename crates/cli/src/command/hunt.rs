//! `rempart hunt`.

use std::io::Write;

use anyhow::Context;
use rempart_findings::{
    Coverage, Format, Report, Visibility, WriteOptions, summary_line, write_report,
};
use rempart_hunt::derive::KnownAccounts;
use rempart_hunt::filter::RecordFilter;
use rempart_hunt::progress::Progress;
use rempart_hunt::run::{HuntOptions, HuntReport, hunt};
use rempart_sigma::correlate::Limits as StateLimits;
use rempart_trail::accounting::Accounting;
use rempart_trail::read::{Limits, ReadError};
use rempart_trail::s3::S3Options;
use rempart_trail::source::{DiscoverOptions, Discovery, Input, discover};

use super::{compile, hunt_guardrails, rule_files, s3_problems};
use crate::arguments::HuntArguments;
use crate::exit::Exit;
use crate::{output, progress};

/// Problems that are shown one by one; the rest are counted.
const MOST_PROBLEMS: usize = 10;

pub(crate) fn run(arguments: &HuntArguments) -> anyhow::Result<Exit> {
    if let (Some(from), Some(to)) = (arguments.from, arguments.to) {
        anyhow::ensure!(from < to, "--from must be before --to");
    }
    let book = compile(&rule_files(&arguments.rules)?)?;
    let options = HuntOptions {
        guardrails: hunt_guardrails::of(arguments)?,
        ..options(arguments)
    };
    let inputs: Vec<Input> = arguments
        .paths
        .iter()
        .map(|path| Input::parse(path))
        .collect();
    let discover_options = DiscoverOptions {
        s3: S3Options::from_env(),
        ..DiscoverOptions::default()
    };
    let mut discovery = discover(&inputs, &discover_options);
    discovery.problems.iter_mut().for_each(s3_problems::clarify);
    let progress = Progress::default();
    let report = progress::shown(&progress, !arguments.no_progress, || {
        hunt(&discovery, &book, &options, &progress)
    });
    if let Some(path) = &arguments.stats {
        write_stats(path, &report)?;
    }
    if !report.has_read_anything() {
        explain_nothing_read(&discovery, &report);
        return Ok(Exit::CouldNot);
    }
    write(arguments, &report)?;
    tell(arguments, &report);
    Ok(verdict(&discovery, &report))
}

/// Nothing found in a part of the input is no clean result.
fn verdict(discovery: &Discovery, report: &HuntReport) -> Exit {
    if !report.findings.is_empty() {
        return Exit::Findings;
    }
    let summary = &report.summary;
    let is_whole = discovery.problems.is_empty()
        && summary.incomplete.is_empty()
        && are_read(&report.accounting);
    if is_whole {
        return Exit::Clean;
    }
    output::error("no finding, but not all of the input could be examined");
    Exit::CouldNot
}

/// Whether every record of every log was read. Files of another kind, such as images and notes, are no
/// logs; they are reported and nothing more.
fn are_read(accounting: &Accounting) -> bool {
    let unknown = ReadError::UnknownFormat("").to_string();
    let is_log = |name: &str| {
        let mut reasons = accounting
            .unreadable
            .iter()
            .filter(|piece| piece.source == name)
            .map(|piece| &piece.reason);
        reasons.any(|reason| !reason.starts_with(&unknown))
    };
    accounting.sources.iter().all(|source| {
        let counts = &source.counts;
        let is_of_another_kind =
            counts.read == 1 && counts.unreadable == 1 && !is_log(&source.name);
        source.complete
            && source.problems.is_empty()
            && (counts.unreadable == 0 || is_of_another_kind)
    })
}

fn options(arguments: &HuntArguments) -> HuntOptions {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    HuntOptions {
        filter: RecordFilter {
            from: arguments.from,
            to: arguments.to,
            accounts: arguments.account.clone(),
            regions: arguments.region.clone(),
            principals: arguments.principal.clone(),
        },
        accounts: KnownAccounts::new(arguments.own_account.iter().cloned()),
        limits: Limits {
            record: (arguments.record_limit as usize) << 20,
            inflated_total: u64::from(arguments.inflate_limit) << 30,
            ..Limits::default()
        },
        state: StateLimits {
            state: (arguments.state_limit as usize) << 20,
            ..StateLimits::default()
        },
        threads: arguments.threads.map_or(cores, usize::from),
        min_severity: arguments.min_severity,
        ..HuntOptions::default()
    }
}

fn write(arguments: &HuntArguments, report: &HuntReport) -> anyhow::Result<()> {
    let whole = Report {
        findings: &report.findings,
        coverage: Some(&report.coverage),
        summary: Some(&report.summary),
    };
    let generated_at = Some(jiff::Timestamp::now().to_string());
    let color = arguments.output.is_none() && output::stdout_has_color();
    let write_options = WriteOptions {
        color,
        verbose: arguments.verbose,
        generated_at,
        ..WriteOptions::default()
    };
    match &arguments.output {
        Some(path) => output::write_file(path, |file| {
            Ok(write_report(
                arguments.format,
                &whole,
                &write_options,
                file,
            )?)
        }),
        None => {
            let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
            write_report(arguments.format, &whole, &write_options, &mut stdout)?;
            stdout.flush().context("cannot write to standard output")
        }
    }
}

/// What a person should know when the data went elsewhere: the sums, and what could not be seen.
fn tell(arguments: &HuntArguments, report: &HuntReport) {
    let table_was_shown = arguments.format == Format::Table && arguments.output.is_none();
    if !table_was_shown {
        output::to_stderr(&summary_line(&report.summary));
        tell_coverage(&report.coverage);
        let problems = &report.summary.problems;
        for problem in problems.iter().take(MOST_PROBLEMS) {
            let place = problem
                .offset
                .map(|offset| format!(" at byte {offset}"))
                .unwrap_or_default();
            output::warning(&format!("{}{place}: {}", problem.source, problem.reason));
        }
        if problems.len() > MOST_PROBLEMS {
            output::warning(&format!(
                "{} further problems; --stats FILE lists them",
                problems.len() - MOST_PROBLEMS
            ));
        }
        for reason in &report.summary.incomplete {
            output::warning(&format!("not complete: {reason}"));
        }
    }
    if report.below_min_severity > 0 {
        output::to_stderr(&format!(
            "{} findings below --min-severity are not shown",
            report.below_min_severity
        ));
    }
}

fn tell_coverage(coverage: &Coverage) {
    for category in coverage
        .categories
        .iter()
        .filter(|category| category.visible != Visibility::Full)
    {
        let extent = if category.visible == Visibility::None {
            "cannot show"
        } else {
            "show only in part"
        };
        output::to_stderr(&format!(
            "these logs {extent}: {} ({})",
            category.category.name(),
            category.reasons.join("; ")
        ));
    }
    for note in &coverage.notes {
        output::to_stderr(&format!("note: {note}"));
    }
}

fn explain_nothing_read(discovery: &Discovery, report: &HuntReport) {
    for problem in report.summary.problems.iter().take(MOST_PROBLEMS) {
        output::warning(&format!("{}: {}", problem.source, problem.reason));
    }
    let seen = if discovery.sources.is_empty() {
        "no file was found"
    } else {
        "no CloudTrail record could be read"
    };
    output::error(&format!("nothing to hunt in: {seen}"));
    output::hint(
        "give CloudTrail files (.json, .json.gz), a directory of them, s3://bucket/prefix, or - for standard input",
    );
}

fn write_stats(path: &std::path::Path, report: &HuntReport) -> anyhow::Result<()> {
    let stats = serde_json::json!({
        "summary": report.summary,
        "coverage": report.coverage,
        "accounting": report.accounting,
        "sums_agree": report.accounting.check().is_ok(),
        "deduplication_bytes": report.dedup_bytes,
    });
    output::write_file(path, |file| {
        serde_json::to_writer_pretty(&mut *file, &stats)?;
        Ok(writeln!(file)?)
    })
}
