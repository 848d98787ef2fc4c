//! `cargo xtask bench posture`: collecting an estate of many resources from the AWS double, and
//! judging it with all controls.
//!
//! The estate is made here, deterministically. The double runs in this process and answers each call
//! after a fixed time, so the time of a collection cannot be less than calls × time / concurrency.

mod estate;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use rempart_testkit::aws_double::{AwsDouble, REGION};

use super::machine::{build, command_text, files_below, processor, timed, warm};

/// Arguments of `cargo xtask bench posture`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Resources of the estate
    #[arg(long, default_value_t = 100_000)]
    resources: usize,
    /// Milliseconds that each call takes
    #[arg(long, default_value_t = 20)]
    latency: u64,
    /// Calls at the same time
    #[arg(long, default_value_t = 32)]
    concurrency: u32,
    /// Threads that judge
    #[arg(long, default_value_t = 2)]
    threads: u32,
    /// Judge the snapshot of an earlier run, collect nothing
    #[arg(long)]
    keep: bool,
    /// Measure the program that is there
    #[arg(long)]
    no_build: bool,
    /// Folder of the snapshot
    #[arg(long, default_value = "bench/data/posture")]
    data: PathBuf,
}

/// One line of the table.
#[derive(Debug)]
struct Measured {
    what: String,
    measured: String,
    aim: &'static str,
    is_met: bool,
    note: String,
}

/// Runs the benchmark and keeps its table in `bench/results/`.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    if !arguments.no_build {
        build(&["--package", "rempart-cli"])?;
    }
    let mut table = Vec::new();
    let snapshot = arguments
        .data
        .join(format!("snapshot-{}", arguments.resources));
    if !arguments.keep {
        collect(arguments, &snapshot, &mut table)?;
    }
    judge(arguments, &snapshot, &mut table)?;
    let report = report(arguments, &table)?;
    print!("{report}");
    if arguments.keep {
        return Ok(());
    }
    let date = command_text("date", &["-u", "+%Y-%m-%d"])?;
    let path = PathBuf::from(format!("bench/results/{date}-posture.md"));
    std::fs::create_dir_all("bench/results")?;
    std::fs::write(&path, report)?;
    eprintln!("wrote {}", path.display());
    Ok(())
}

fn rempart() -> Command {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let mut command = Command::new(target.join("release/rempart"));
    command.stderr(Stdio::null());
    command
}

fn collect(
    arguments: &Arguments,
    snapshot: &PathBuf,
    table: &mut Vec<Measured>,
) -> anyhow::Result<()> {
    if snapshot.exists() {
        std::fs::remove_dir_all(snapshot)?;
    }
    let double = AwsDouble::start()?;
    let resources = estate::fill(&double, arguments.resources)?;
    double.latency(Duration::from_millis(arguments.latency));
    let mut command = rempart();
    command
        .env("AWS_ENDPOINT_URL", double.url())
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "example-secret")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .args([
            "collect",
            "--no-progress",
            "--rate",
            "10000",
            "--regions",
            REGION,
        ])
        .args(["--jobs", "1000000", "--concurrency"])
        .arg(arguments.concurrency.to_string())
        .arg("--out")
        .arg(snapshot);
    let (seconds, peak) = timed(&mut command)?;
    let violations = double.violations();
    ensure!(violations.is_empty(), "{:?}", violations.first());
    let calls = double.call_count();
    let described = double
        .calls()
        .iter()
        .filter(|(name, _)| name.contains(":Describe") || name.contains(":Get"))
        .map(|(_, count)| count)
        .sum::<u64>();
    let least = calls as f64 * arguments.latency as f64 / 1e3 / f64::from(arguments.concurrency);
    let bytes: u64 = files_below(snapshot)?
        .iter()
        .filter_map(|file| Some(std::fs::metadata(file).ok()?.len()))
        .sum();
    table.push(Measured {
        what: format!("collecting {resources} resources, {} ms a call", arguments.latency),
        measured: format!("{seconds:.1} s, {:.2} × the least", seconds / least),
        aim: "≤ 1.3 ×",
        is_met: seconds <= 1.3 * least,
        note: format!(
            "{calls} calls, {described} of them descriptions, {} at a time: {least:.1} s at least; the double runs on the same cores; snapshot {:.0} MB",
            arguments.concurrency,
            bytes as f64 / 1e6
        ),
    });
    table.push(Measured {
        what: "memory of that collection".to_owned(),
        measured: format!("{peak:.0} MB"),
        aim: "≤ 300 MB",
        is_met: peak <= 300.0,
        note: "high-water mark".to_owned(),
    });
    Ok(())
}

fn judge(
    arguments: &Arguments,
    snapshot: &PathBuf,
    table: &mut Vec<Measured>,
) -> anyhow::Result<()> {
    warm(&files_below(snapshot)?)?;
    let results = arguments.data.join("results.jsonl");
    let mut runs = Vec::new();
    for _ in 0..3 {
        let mut command = rempart();
        command
            .args(["posture", "--no-progress", "--format", "jsonl", "--threads"])
            .arg(arguments.threads.to_string())
            .arg("--output")
            .arg(&results)
            .arg(snapshot);
        runs.push(timed(&mut command)?);
    }
    runs.sort_by(|left, right| left.0.total_cmp(&right.0));
    let (seconds, peak) = runs.get(1).copied().context("no run")?;
    let mut counts = std::collections::BTreeMap::<String, u64>::new();
    let mut lines = 0_u64;
    for line in std::io::BufRead::lines(std::io::BufReader::new(std::fs::File::open(&results)?)) {
        let value: serde_json::Value = serde_json::from_str(&line?)?;
        let verdict = value.get("verdict").and_then(serde_json::Value::as_str);
        *counts.entry(verdict.unwrap_or("?").to_owned()).or_default() += 1;
        lines += 1;
    }
    table.push(Measured {
        what: format!(
            "all controls over {} resources, {} threads",
            arguments.resources, arguments.threads
        ),
        measured: format!("{seconds:.2} s"),
        aim: "≤ 3 s",
        is_met: seconds <= 3.0,
        note: format!(
            "{lines} results as JSON Lines ({}); start of the program, opening of the snapshot and check of all hashes included; median of 3",
            counts
                .iter()
                .map(|(verdict, count)| format!("{count} {verdict}"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    });
    table.push(Measured {
        what: "memory of that evaluation".to_owned(),
        measured: format!("{peak:.0} MB"),
        aim: "",
        is_met: true,
        note: "high-water mark".to_owned(),
    });
    Ok(())
}

fn report(arguments: &Arguments, table: &[Measured]) -> anyhow::Result<String> {
    let mut text = String::new();
    let date = command_text("date", &["-u", "+%Y-%m-%d"])?;
    let commit = command_text("git", &["rev-parse", "--short", "HEAD"])?;
    writeln!(text, "# `rempart collect` and `rempart posture`, {date}\n")?;
    writeln!(
        text,
        "{}, {} threads where not said otherwise, commit {commit}, `cargo xtask bench posture`.\n",
        processor(),
        arguments.threads
    )?;
    writeln!(text, "| what | measured | aim | | note |")?;
    writeln!(text, "|---|---|---|---|---|")?;
    for row in table {
        let is_met = match (row.aim, row.is_met) {
            ("", _) => "",
            (_, true) => "met",
            (_, false) => "missed",
        };
        writeln!(
            text,
            "| {} | {} | {} | {is_met} | {} |",
            row.what, row.measured, row.aim, row.note
        )?;
    }
    Ok(text)
}
