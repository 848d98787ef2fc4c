//! `rempart trail verify`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use rempart_trail::integrity::{
    IntegrityOptions, IntegrityProgress, IntegrityReport, Outcome, PublicKeys, Signatures, verify,
};
use rempart_trail::read::Limits;
use rempart_trail::s3::S3Options;
use rempart_trail::source::{DiscoverOptions, Input, discover};
use rempart_trail::time::EventTime;
use serde::Serialize;

use crate::arguments::{TrailVerifyArguments, VerifyFormat};
use crate::command::s3_problems;
use crate::exit::Exit;
use crate::{output, progress};

mod text;

/// Problems of keys, signatures and files that are shown one by one; the rest are counted.
const MOST_PROBLEMS: usize = 10;

#[derive(Serialize)]
struct Whole<'a> {
    outcome: Outcome,
    sentence: &'a str,
    #[serde(flatten)]
    report: &'a IntegrityReport,
}

pub(crate) fn run(arguments: &TrailVerifyArguments) -> anyhow::Result<Exit> {
    let to = arguments.to;
    if let (Some(from), Some(to)) = (arguments.from, to) {
        anyhow::ensure!(from < to.seconds, "--from must be before --to");
    }
    anyhow::ensure!(
        arguments.paths.iter().all(|path| path != "-"),
        "digests and logs are many files: name a directory instead of standard input"
    );
    let inputs: Vec<Input> = arguments
        .paths
        .iter()
        .map(|path| Input::parse(path))
        .collect();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let options = IntegrityOptions {
        keys: keys(&arguments.keys)?,
        signatures: signatures(&arguments.signatures, &inputs)?,
        from: arguments.from.map(EventTime),
        to: to.map(|to| EventTime(to.seconds)),
        now: to.filter(|to| to.is_now).map(|to| EventTime(to.seconds)),
        events: Vec::new(),
        threads: arguments.threads.map_or(cores, usize::from),
        limits: Limits {
            inflated_total: u64::from(arguments.inflate_limit) << 30,
            ..Limits::default()
        },
    };
    let discover_options = DiscoverOptions {
        s3: S3Options::from_env(),
        ..DiscoverOptions::default()
    };
    let mut discovery = discover(&inputs, &discover_options);
    discovery.problems.iter_mut().for_each(s3_problems::clarify);
    let so_far = IntegrityProgress::default();
    let report = progress::shown_as(
        |elapsed| message(&so_far, elapsed),
        !arguments.no_progress,
        || verify(&discovery, &options, &so_far),
    );
    write(arguments.format, &report)?;
    let outcome = report.outcome();
    if outcome == Outcome::Nothing {
        explain_nothing(arguments, &inputs, &report);
    }
    Ok(match outcome {
        Outcome::Verified => Exit::Clean,
        Outcome::Wrong => Exit::Findings,
        Outcome::Nothing => Exit::CouldNot,
    })
}

pub(crate) fn keys(files: &[PathBuf]) -> anyhow::Result<PublicKeys> {
    let mut text = Vec::new();
    for file in files {
        let shown = file.display();
        let read = std::fs::read(file).with_context(|| format!("cannot read {shown}"))?;
        // Each by itself, so that an error names the file.
        let keys = PublicKeys::parse(&read)
            .map_err(|error| anyhow::anyhow!("{shown} is no list of public keys: {error}"))?;
        for problem in keys.problems {
            output::warning(&format!("{shown}: {problem}"));
        }
        text.extend(read);
    }
    if files.is_empty() {
        return Ok(PublicKeys::default());
    }
    let keys = PublicKeys::parse(&text).map_err(|error| anyhow::anyhow!("{error}"))?;
    anyhow::ensure!(!keys.is_empty(), "none of the public keys can be used");
    Ok(keys)
}

/// Signatures need no trust: the keys check them. So the file in a directory is taken by itself.
pub(crate) fn signatures(files: &[PathBuf], inputs: &[Input]) -> anyhow::Result<Signatures> {
    let beside = inputs.iter().filter_map(|input| match input {
        Input::Path(path) => Some(path.join("signatures.jsonl")),
        _ => None,
    });
    let files: Vec<PathBuf> = if files.is_empty() {
        beside.filter(|path| path.is_file()).collect()
    } else {
        files.to_vec()
    };
    let mut text = Vec::new();
    for file in &files {
        let shown = file.display();
        let read = std::fs::read(file).with_context(|| format!("cannot read {shown}"))?;
        tell(&shown.to_string(), Signatures::parse(&read).problems);
        text.extend(read);
        text.push(b'\n');
    }
    let signatures = Signatures::parse(&text);
    anyhow::ensure!(
        !signatures.is_empty() || signatures.problems.is_empty(),
        "no signature could be read"
    );
    Ok(signatures)
}

fn tell(file: &str, problems: Vec<String>) {
    for problem in problems.iter().take(MOST_PROBLEMS) {
        output::warning(&format!("{file}: {problem}"));
    }
    if let Some(more) = problems
        .len()
        .checked_sub(MOST_PROBLEMS)
        .filter(|it| *it > 0)
    {
        output::warning(&format!("{file}: {more} further lines left out"));
    }
}

pub(crate) fn message(progress: &IntegrityProgress, elapsed: Duration) -> String {
    let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let rate = read(&progress.inflated_bytes) as f64 / 1e6 / elapsed.as_secs_f64().max(0.001);
    format!(
        "{} of {} files, {rate:.0} MB/s",
        read(&progress.files_done),
        read(&progress.files)
    )
}

fn write(format: VerifyFormat, report: &IntegrityReport) -> anyhow::Result<()> {
    let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
    let sentence = text::sentence(report);
    match format {
        VerifyFormat::Table => stdout.write_all(text::of(report).as_bytes())?,
        VerifyFormat::Json => {
            let whole = Whole {
                outcome: report.outcome(),
                sentence: &sentence,
                report,
            };
            serde_json::to_writer_pretty(&mut stdout, &whole)?;
            writeln!(stdout)?;
        }
    }
    stdout.flush().context("cannot write to standard output")?;
    if format == VerifyFormat::Json {
        output::to_stderr(&sentence);
    }
    Ok(())
}

fn explain_nothing(arguments: &TrailVerifyArguments, inputs: &[Input], report: &IntegrityReport) {
    if report.digests.is_empty() && report.outside_period > 0 {
        output::error("nothing to verify: no digest lies in the period");
        return;
    }
    if report.digests.is_empty() {
        output::error("nothing to verify: no digest was found");
        output::hint(
            "digests lie below AWSLogs/<account>/CloudTrail-Digest/ of the trail's bucket, when log \
             file validation is on",
        );
        return;
    }
    output::error("nothing could be verified: no digest has a signature that a key at hand checks");
    if !arguments.keys.is_empty() {
        return;
    }
    let beside = inputs.iter().find_map(|input| match input {
        Input::Path(path) => Some(path.join("keys.json")).filter(|path: &PathBuf| path.is_file()),
        _ => None,
    });
    output::hint(&match beside.as_deref().map(Path::display) {
        Some(file) => format!(
            "whoever can write to the logs can put keys beside them; if you trust {file}, add --keys \
             {file}"
        ),
        None => {
            "save the output of `aws cloudtrail list-public-keys` of each Region for the time of \
                 the logs, and name it with --keys"
                .to_owned()
        }
    });
}
