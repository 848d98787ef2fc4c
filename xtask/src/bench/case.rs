//! `cargo xtask bench case`: opening a case beside hunting through the same logs, in one run.
//!
//! `hunt` is the peer: a case reads the logs twice and answers from them, and may take twice as long.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use rempart_testkit::corpus::write;
use serde_json::Value;

use super::machine::{build, command_text, files_below, processor, timed, warm};

/// Arguments of `cargo xtask bench case`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Inflated bytes of the corpus; the default is some ten million records
    #[arg(long, default_value_t = 13_400_000_000)]
    bytes: u64,
    /// Threads of every program
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Folder of the corpus; made when it is not there
    #[arg(long, default_value = "bench/data/case")]
    data: PathBuf,
    /// Runs of each program; the median counts
    #[arg(long, default_value_t = 3)]
    runs: usize,
}

#[derive(Debug)]
struct Measured {
    name: String,
    seconds: f64,
    peak: f64,
    note: String,
}

/// Runs the benchmark and keeps its table in `bench/results/`.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let logs = arguments.data.join("logs");
    if !logs.is_dir() {
        eprintln!("writing the corpus");
        write(&logs, arguments.bytes, arguments.threads as u64)?;
    }
    build(&["--package", "rempart-cli"])?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let rempart = target.join("release/rempart");
    warm(&files_below(&logs)?)?;

    let stats = tempfile::NamedTempFile::new()?;
    let found = tempfile::NamedTempFile::new()?;
    let hunt = measure(
        "rempart hunt",
        arguments.runs,
        |command| {
            command.arg("hunt").arg(&logs).args([
                "--format",
                "jsonl",
                "--no-progress",
                "--threads",
            ]);
            command
                .arg(arguments.threads.to_string())
                .arg("--stats")
                .arg(stats.path());
            command.arg("--output").arg(found.path());
            Ok(())
        },
        &rempart,
    )?;
    let suspect = suspect(found.path())?;
    let directory = tempfile::tempdir()?;
    let mut number = 0;
    let open = |name: &str, suspect: Option<&str>, number: &mut usize| {
        measure(
            name,
            arguments.runs,
            |command| {
                *number += 1;
                let out = directory.path().join(format!("case{number}"));
                command
                    .args(["case", "open", "--no-progress", "--trail"])
                    .arg(&logs)
                    .arg("--threads");
                command
                    .arg(arguments.threads.to_string())
                    .arg("--out")
                    .arg(out);
                if let Some(suspect) = suspect {
                    command.args(["--suspect", suspect]);
                }
                Ok(())
            },
            &rempart,
        )
    };
    let mut named = open(
        "rempart case open, one suspect",
        Some(&suspect),
        &mut number,
    )?;
    named.note = note(&directory.path().join("case1/case.json"), &suspect)?;
    let mut proposed = open("rempart case open, suspects proposed", None, &mut number)?;
    let last = directory.path().join(format!("case{number}/case.json"));
    proposed.note = note(&last, "those that the findings propose")?;

    let stats: Value = serde_json::from_slice(&std::fs::read(stats.path())?)?;
    let records = stats
        .pointer("/summary/records_read")
        .and_then(Value::as_u64)
        .unwrap_or_default();
    let inflated = stats
        .pointer("/summary/bytes_inflated")
        .and_then(Value::as_u64)
        .unwrap_or_default();
    let date = command_text("date", &["-u", "+%Y-%m-%d"])?;
    let commit = command_text("git", &["rev-parse", "--short", "HEAD"])?;
    let mut report = format!(
        "# `rempart case`, {date}\n\n{}, {} threads, commit {commit}, `cargo xtask bench case`. {records} records, {:.1} GB of JSON. Warm page cache; median of {} runs.\n\n| program | seconds | of hunt | aim | peak MB | aim | note |\n|---|---|---|---|---|---|---|\n",
        processor(),
        arguments.threads,
        inflated as f64 / 1e9,
        arguments.runs,
    );
    report.push_str(&format!(
        "| {} | {:.1} | 1.00× | | {:.0} | | |\n",
        hunt.name, hunt.seconds, hunt.peak
    ));
    for measured in [named, proposed] {
        let ratio = measured.seconds / hunt.seconds;
        let verdict = |met: bool| if met { "met" } else { "MISSED" };
        report.push_str(&format!(
            "| {} | {:.1} | {ratio:.2}× | ≤ 2×: {} | {:.0} | ≤ 1,000: {} | {} |\n",
            measured.name,
            measured.seconds,
            verdict(ratio <= 2.0),
            measured.peak,
            verdict(measured.peak <= 1000.0),
            measured.note,
        ));
    }
    print!("{report}");
    let path = PathBuf::from(format!("bench/results/{date}-case.md"));
    std::fs::write(&path, report)?;
    eprintln!("wrote {}", path.display());
    Ok(())
}

fn measure(
    name: &str,
    runs: usize,
    mut prepare: impl FnMut(&mut Command) -> anyhow::Result<()>,
    program: &Path,
) -> anyhow::Result<Measured> {
    let mut measured = Vec::new();
    for _ in 0..runs.max(1) {
        let mut command = Command::new(program);
        prepare(&mut command)?;
        command.stdout(Stdio::null()).stderr(Stdio::null());
        measured.push(timed(&mut command)?);
    }
    let peak = measured.iter().map(|(_, peak)| *peak).fold(0.0, f64::max);
    measured.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (seconds, _) = *measured.get(measured.len() / 2).context("no run")?;
    Ok(Measured {
        name: name.to_owned(),
        seconds,
        peak,
        note: String::new(),
    })
}

/// The principal of the gravest finding.
fn suspect(findings: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(findings)?;
    let findings = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut named =
        findings.filter_map(|finding| Some(finding.get("principal")?.as_str()?.to_owned()));
    let suspect = named.find(|principal| principal.starts_with("arn:"));
    suspect.context("no finding names a principal")
}

fn note(case: &Path, suspect: &str) -> anyhow::Result<String> {
    let case: Value = serde_json::from_slice(&std::fs::read(case)?)?;
    let count = |name: &str| case.get(name).and_then(Value::as_array).map_or(0, Vec::len);
    let events = case
        .pointer("/overview/events")
        .and_then(Value::as_u64)
        .unwrap_or_default();
    ensure!(events > 0, "the case has no event");
    Ok(format!(
        "{suspect}: {events} records in scope, {} credentials, {} steps",
        count("sessions"),
        count("steps"),
    ))
}
