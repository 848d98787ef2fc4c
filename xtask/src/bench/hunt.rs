//! `cargo xtask bench hunt`: the speed and memory of `rempart hunt`, beside its peers, in one run.
//!
//! The corpus is built deterministically. Every program reads the same files from a warm page cache;
//! rempart runs three times and the median counts, the slow peers run once. jq reads a part of the
//! files, since all of them would take minutes; its rate is what is compared.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, ensure};
use rempart_testkit::corpus::{write, write_rules};
use serde_json::Value;

use super::machine::{build, command_text, files_below, processor, timed, warm};

/// Arguments of `cargo xtask bench hunt`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Inflated bytes of the corpus
    #[arg(long, default_value_t = 1_200_000_000)]
    bytes: u64,
    /// Threads of every program
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Folder of the corpus; made when it is not there
    #[arg(long, default_value = "bench/data/hunt")]
    data: PathBuf,
    /// Leave out rsigma and jq
    #[arg(long)]
    no_peers: bool,
}

/// One line of the table.
#[derive(Debug)]
struct Measured {
    name: String,
    seconds: f64,
    megabytes: f64,
    records: f64,
    peak: Option<f64>,
    note: String,
}

const RUNS: usize = 3;
const MANY_RULES: usize = 1000;
/// Every so many files, jq reads one.
const JQ_SHARE: usize = 12;

/// Runs the benchmark and keeps its table in `bench/results/`.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let logs = arguments.data.join("logs");
    let many_rules = arguments.data.join("rules");
    if !logs.is_dir() {
        eprintln!("writing the corpus");
        write(&logs, arguments.bytes, arguments.threads as u64)?;
    }
    write_rules(&many_rules, MANY_RULES)?;
    build(&["--package", "rempart-cli"])?;
    if !arguments.no_peers {
        build(&["--package", "rempart-sigma", "--example", "rsigma_peer"])?;
    }
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let rempart = target.join("release/rempart");
    let files = files_below(&logs)?;
    warm(&files)?;

    let mut table = vec![hunt(
        &rempart,
        arguments,
        &logs,
        &[],
        "rempart, whole pack",
    )?];
    let rules = many_rules.to_string_lossy().into_owned();
    let with_many = ["--rules", rules.as_str()];
    table.push(hunt(
        &rempart,
        arguments,
        &logs,
        &with_many,
        "rempart, whole pack and 1,000 more rules",
    )?);
    if !arguments.no_peers {
        let peer = target.join("release/examples/rsigma_peer");
        table.push(rsigma(&peer, Path::new("rules"), &logs, arguments.threads)?);
        table.push(jq(&files, arguments.threads)?);
    }
    let report = report(arguments, &table)?;
    print!("{report}");
    let date = command_text("date", &["-u", "+%Y-%m-%d"])?;
    let path = PathBuf::from(format!("bench/results/{date}-hunt.md"));
    std::fs::create_dir_all("bench/results")?;
    std::fs::write(&path, report)?;
    eprintln!("wrote {}", path.display());
    Ok(())
}

fn hunt(
    rempart: &Path,
    arguments: &Arguments,
    logs: &Path,
    extra: &[&str],
    name: &str,
) -> anyhow::Result<Measured> {
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let stats = tempfile::NamedTempFile::new()?;
        let mut command = Command::new(rempart);
        command
            .arg("hunt")
            .arg(logs)
            .args(["--format", "jsonl", "--no-progress", "--threads"]);
        command
            .arg(arguments.threads.to_string())
            .arg("--stats")
            .arg(stats.path())
            .args(extra);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let (seconds, peak) = timed(&mut command)?;
        let stats: Value = serde_json::from_slice(&std::fs::read(stats.path())?)
            .context("statistics of rempart")?;
        ensure!(
            stats.pointer("/sums_agree") == Some(&Value::Bool(true)),
            "the sums of {name} do not agree"
        );
        let number = |name: &str| number_at(&stats, &format!("/summary/{name}"));
        let dedup = number_at(&stats, "/deduplication_bytes") / 1e6;
        let findings: f64 = stats
            .pointer("/summary/findings_by_severity")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .filter_map(|(_, count)| count.as_f64())
            .sum();
        runs.push(Measured {
            name: name.to_owned(),
            seconds,
            megabytes: number("bytes_inflated") / 1e6,
            records: number("records_read"),
            peak: Some(peak),
            note: format!(
                "{} rules, {findings} findings; {dedup:.0} MB of the peak is the deduplication set",
                number("rules_loaded")
            ),
        });
    }
    runs.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    runs.into_iter().nth(RUNS / 2).context("no run")
}

fn rsigma(peer: &Path, rules: &Path, logs: &Path, threads: usize) -> anyhow::Result<Measured> {
    let output = Command::new(peer)
        .arg(rules)
        .arg(logs)
        .arg(threads.to_string())
        .output()
        .context("rsigma_peer")?;
    let line: Value = serde_json::from_slice(&output.stdout).context("output of rsigma_peer")?;
    let number = |name: &str| number_at(&line, &format!("/{name}"));
    Ok(Measured {
        name: "rsigma 0.23, same single-event rules".to_owned(),
        seconds: number("seconds"),
        megabytes: number("bytes") / 1e6,
        records: number("records"),
        peak: None,
        note: format!(
            "{} rules without correlations and derived fields, {} matches",
            number("rules"),
            number("matches")
        ),
    })
}

/// One question, which every hunter asks: which training jobs were created?
fn jq(files: &[PathBuf], threads: usize) -> anyhow::Result<Measured> {
    let chosen: Vec<&PathBuf> = files.iter().step_by(JQ_SHARE).collect();
    let question = ".Records[] | select(.eventSource == \"sagemaker.amazonaws.com\" and .eventName == \"CreateTrainingJob\") | .eventID";
    let list = chosen
        .iter()
        .map(|path| path.to_string_lossy())
        .collect::<Vec<_>>()
        .join("\n");
    let mut bytes = 0;
    for path in &chosen {
        bytes += inflated_size(path)?;
    }
    let started = Instant::now();
    let script = format!(
        "xargs -P {threads} -I FILE sh -c 'gzip -dc \"FILE\" | jq -c '\"'\"'{question}'\"'\"' > /dev/null'"
    );
    let mut child = Command::new("sh")
        .arg("-c")
        .arg(&script)
        .stdin(Stdio::piped())
        .spawn()
        .context("jq")?;
    {
        use std::io::Write;
        child
            .stdin
            .take()
            .context("standard input of xargs")?
            .write_all(list.as_bytes())?;
    }
    ensure!(child.wait()?.success(), "jq failed");
    let seconds = started.elapsed().as_secs_f64();
    Ok(Measured {
        name: "jq, one question".to_owned(),
        seconds,
        megabytes: bytes as f64 / 1e6,
        records: 0.0,
        peak: None,
        note: format!("{} of {} files", chosen.len(), files.len()),
    })
}

fn report(arguments: &Arguments, table: &[Measured]) -> anyhow::Result<String> {
    let mut text = String::new();
    let date = command_text("date", &["-u", "+%Y-%m-%d"])?;
    let processor = processor();
    let commit = command_text("git", &["rev-parse", "--short", "HEAD"])?;
    writeln!(text, "# `rempart hunt`, {date}\n")?;
    writeln!(
        text,
        "{processor}, {} threads, commit {commit}, `cargo xtask bench hunt`. Warm page cache; median of {RUNS} runs for rempart.\n",
        arguments.threads
    )?;
    writeln!(
        text,
        "| program | seconds | MB/s of JSON | records/s | peak MB | rempart is | note |"
    )?;
    writeln!(text, "|---|---|---|---|---|---|---|")?;
    let rate = |measured: &Measured| measured.megabytes / measured.seconds.max(1e-9);
    let ours = table.first().map(rate).unwrap_or_default();
    for measured in table {
        let records = if measured.records > 0.0 {
            format!("{:.0}", measured.records / measured.seconds.max(1e-9))
        } else {
            "–".to_owned()
        };
        let peak = measured
            .peak
            .map_or_else(|| "–".to_owned(), |peak| format!("{peak:.0}"));
        let ratio = ours / rate(measured).max(1e-9);
        writeln!(
            text,
            "| {} | {:.2} | {:.0} | {records} | {peak} | {ratio:.1}× | {} |",
            measured.name,
            measured.seconds,
            rate(measured),
            measured.note
        )?;
    }
    Ok(text)
}

/// The size that gzip states in its last four bytes.
fn inflated_size(path: &Path) -> anyhow::Result<u64> {
    let stored = std::fs::read(path)?;
    let tail = stored
        .last_chunk::<4>()
        .context("an empty file in the corpus")?;
    Ok(u64::from(u32::from_le_bytes(*tail)))
}

fn number_at(value: &Value, pointer: &str) -> f64 {
    value
        .pointer(pointer)
        .and_then(Value::as_f64)
        .unwrap_or_default()
}
