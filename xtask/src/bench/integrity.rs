//! `cargo xtask bench integrity`: the speed and memory of `rempart trail verify` beside
//! `gzip -dc | sha256sum`, which does the part of the work that takes the time.
//!
//! The logs are those of the hunt's corpus under a chain of signed digests. Everything is read from a
//! warm page cache; each program runs three times and the median counts.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use rempart_testkit::corpus::Corpus;
use rempart_testkit::delivery::{File, write_files};
use rempart_testkit::digest_chain::{DataSet, Plan, log_of_text};
use rempart_testkit::time::{HOUR, MINUTE};

use super::machine::{build, command_text, files_below, processor, timed, warm};

/// Arguments of `cargo xtask bench integrity`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Hours of logs, two files of 8 MB an hour
    #[arg(long, default_value_t = 75)]
    hours: usize,
    /// Threads of rempart, processes of the peer
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Folder of the data; made when it is not there
    #[arg(long, default_value = "bench/data/integrity")]
    data: PathBuf,
}

const RUNS: usize = 3;
const LEVEL: i32 = 6;

struct Measured {
    name: &'static str,
    seconds: f64,
    peak: Option<f64>,
}

/// Runs the benchmark and keeps its table in `bench/results/`.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let plan = Plan {
        hours: arguments.hours,
        ..Plan::default()
    };
    if !arguments.data.is_dir() {
        eprintln!("writing the logs and their digests");
        data(&plan, &arguments.data)?;
    }
    build(&["--package", "rempart-cli"])?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let rempart = target.join("release/rempart");
    let files = files_below(&arguments.data)?;
    warm(&files)?;
    let logs: Vec<&PathBuf> = files
        .iter()
        .filter(|path| path.to_string_lossy().contains("_CloudTrail_"))
        .collect();
    let mut bytes = 0;
    for path in &logs {
        bytes += inflated_size(path)?;
    }

    let status = verify(&rempart, arguments, &plan).status()?;
    ensure!(status.success(), "the data are not verified: {status}");
    let ours = median("rempart trail verify", || {
        timed(&mut verify(&rempart, arguments, &plan))
    })?;
    let list = logs
        .iter()
        .map(|path| path.to_string_lossy())
        .collect::<Vec<_>>()
        .join("\n");
    let listed = tempfile::NamedTempFile::new()?;
    std::fs::write(listed.path(), list)?;
    let peer = median("gzip -dc \\| sha256sum", || {
        let script = format!(
            "xargs -P {} -I FILE sh -c 'gzip -dc \"FILE\" | sha256sum' <\"$0\" >/dev/null",
            arguments.threads
        );
        let mut command = Command::new("sh");
        command.args(["-c", &script]).arg(listed.path());
        // Its memory is that of its children, which is not seen.
        timed(&mut command)
    })?;
    let peer = Measured { peak: None, ..peer };

    let report = report(arguments, bytes, logs.len(), &[ours, peer])?;
    print!("{report}");
    let date = command_text("date", &["-u", "+%Y-%m-%d"])?;
    let path = PathBuf::from(format!("bench/results/{date}-integrity.md"));
    std::fs::create_dir_all("bench/results")?;
    std::fs::write(&path, report)?;
    eprintln!("wrote {}", path.display());
    Ok(())
}

fn data(plan: &Plan, root: &Path) -> anyhow::Result<()> {
    let corpus = Corpus::new();
    let mut logs: Vec<File> = Vec::new();
    for hour in 0..plan.hours as i64 {
        for (number, minute) in [10, 45].into_iter().enumerate() {
            let (text, _) = corpus.text(hour as u64 * 2 + number as u64);
            let delivered = plan.start.plus(hour * HOUR + minute * MINUTE);
            logs.push(log_of_text(plan, delivered, &text, LEVEL)?);
        }
    }
    let digests = plan.digests(&logs)?;
    let set = DataSet { logs, digests };
    write_files(root, &set.files())?;
    std::fs::write(root.join("keys.json"), DataSet::keys())?;
    std::fs::write(root.join("signatures.jsonl"), set.signatures())?;
    Ok(())
}

fn verify(rempart: &Path, arguments: &Arguments, plan: &Plan) -> Command {
    let mut command = Command::new(rempart);
    let end = plan.start.plus(plan.hours as i64 * HOUR);
    command
        .args(["trail", "verify", "--no-progress", "--threads"])
        .arg(arguments.threads.to_string())
        .arg("--keys")
        .arg(arguments.data.join("keys.json"))
        .args(["--from", &plan.start.iso(), "--to", &end.iso()])
        .arg(&arguments.data)
        .stdout(Stdio::null());
    command
}

fn median(
    name: &'static str,
    mut run: impl FnMut() -> anyhow::Result<(f64, f64)>,
) -> anyhow::Result<Measured> {
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let (seconds, peak) = run()?;
        runs.push(Measured {
            name,
            seconds,
            peak: Some(peak),
        });
    }
    runs.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    runs.into_iter().nth(RUNS / 2).context("no run")
}

fn report(
    arguments: &Arguments,
    bytes: u64,
    logs: usize,
    table: &[Measured],
) -> anyhow::Result<String> {
    ensure!(bytes > 0, "no logs");
    let date = command_text("date", &["-u", "+%Y-%m-%d"])?;
    let commit = command_text("git", &["rev-parse", "--short", "HEAD"])?;
    let mut text = String::new();
    writeln!(text, "# `rempart trail verify`, {date}\n")?;
    writeln!(
        text,
        "{}, {} threads, commit {commit}, `cargo xtask bench integrity`: {logs} logs, {:.0} MB of JSON, {} digests. Warm page cache, median of {RUNS} runs.\n",
        processor(),
        arguments.threads,
        bytes as f64 / 1e6,
        arguments.hours,
    )?;
    writeln!(
        text,
        "| program | seconds | MB/s of JSON | peak MB | rempart is |"
    )?;
    writeln!(text, "|---|---|---|---|---|")?;
    let rate = |measured: &Measured| bytes as f64 / 1e6 / measured.seconds.max(1e-9);
    let ours = table.first().map(rate).unwrap_or_default();
    for measured in table {
        let peak = measured
            .peak
            .map_or_else(|| "–".to_owned(), |peak| format!("{peak:.0}"));
        writeln!(
            text,
            "| {} | {:.2} | {:.0} | {peak} | {:.1}× |",
            measured.name,
            measured.seconds,
            rate(measured),
            ours / rate(measured).max(1e-9),
        )?;
    }
    Ok(text)
}

/// The size that gzip states in its last four bytes.
fn inflated_size(path: &Path) -> anyhow::Result<u64> {
    let stored = std::fs::read(path)?;
    let tail = stored.last_chunk::<4>().context("an empty file")?;
    Ok(u64::from(u32::from_le_bytes(*tail)))
}
