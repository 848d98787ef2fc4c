//! `cargo xtask bench policy`: decisions, scenarios, compilation and whole accounts, beside
//! iam-simulate (npm, run as a program of its own) and Cedar (crates.io), in one run.
//!
//! All input is made here, deterministically. Peers answer the same requests; where they model the
//! same language, their answers are compared.

mod account;
mod documents;
mod peers;
mod requests;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, ensure};
use rempart_policy::scenario::{Scenario, ScenarioReader};

use super::machine::{build, command_text, processor, timed};

/// Arguments of `cargo xtask bench policy`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Lines of the file of scenarios
    #[arg(long, default_value_t = 300_000)]
    lines: usize,
    /// Folder of the data; made when it is not there
    #[arg(long, default_value = "bench/data/policy")]
    data: PathBuf,
    /// Leave out iam-simulate and Cedar
    #[arg(long)]
    no_peers: bool,
}

/// One line of the table.
#[derive(Debug)]
struct Measured {
    what: &'static str,
    measured: String,
    aim: &'static str,
    is_met: bool,
    note: String,
}

const RUNS: usize = 5;

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    std::fs::create_dir_all(&arguments.data)?;
    build(&["--package", "rempart-cli"])?;
    let scenarios = requests::scenarios();
    let mut table = Vec::new();
    let nanoseconds = decisions(&scenarios, &mut table)?;
    lines(arguments, &scenarios, &mut table)?;
    documents::measure(&mut table)?;
    account::measure(&mut table)?;
    if !arguments.no_peers {
        peers::iam_simulate(&arguments.data, &scenarios, nanoseconds, &mut table)?;
        peers::cedar(nanoseconds, &mut table)?;
    }
    let report = report(&table)?;
    print!("{report}");
    let date = command_text("date", &["-u", "+%Y-%m-%d"])?;
    let path = PathBuf::from(format!("bench/results/{date}-policy.md"));
    std::fs::create_dir_all("bench/results")?;
    std::fs::write(&path, report)?;
    eprintln!("wrote {}", path.display());
    Ok(())
}

/// Decisions with everything compiled, on one thread. Returns nanoseconds for each.
fn decisions(texts: &[String], table: &mut Vec<Measured>) -> anyhow::Result<f64> {
    let mut reader = ScenarioReader::new();
    let scenarios: Vec<Scenario> = texts
        .iter()
        .map(|text| reader.read(text))
        .collect::<Result<_, _>>()?;
    let rounds = 2_000_000 / scenarios.len();
    let mut best = f64::MAX;
    let mut allowed = 0_usize;
    for _ in 0..RUNS {
        let started = Instant::now();
        allowed = 0;
        for _ in 0..rounds {
            for scenario in &scenarios {
                let outcome = scenario
                    .stack
                    .decide(std::hint::black_box(&scenario.request));
                allowed += usize::from(outcome.decision == rempart_policy::Decision::Allowed);
            }
        }
        let each = started.elapsed().as_secs_f64() * 1e9 / (rounds * scenarios.len()) as f64;
        best = best.min(each);
    }
    table.push(Measured {
        what: "one decision, one core, eleven policies",
        measured: format!("{:.3} µs", best / 1000.0),
        aim: "≤ 2 µs",
        is_met: best <= 2000.0,
        note: format!(
            "{} requests in turn, {:.0} % allowed; best of {RUNS}",
            scenarios.len(),
            100.0 * allowed as f64 / (rounds * scenarios.len()) as f64
        ),
    });
    Ok(best)
}

/// `rempart policy decide --scenarios` from file to file, on two threads.
fn lines(arguments: &Arguments, texts: &[String], table: &mut Vec<Measured>) -> anyhow::Result<()> {
    let path = arguments.data.join("scenarios.jsonl");
    let mut text = String::new();
    for (line, number) in texts.iter().cycle().take(arguments.lines).zip(0..) {
        // Names and resources differ, so no two lines ask the same.
        let line = line.replacen("\"name\":\"", &format!("\"name\":\"{number} "), 1);
        text.push_str(&line.replacen("/churn\"", &format!("/churn-{number}\""), 1));
        text.push('\n');
    }
    std::fs::write(&path, &text)?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    // From a warm page cache, as the other measurements.
    std::fs::read(&path)?;
    let mut runs = Vec::new();
    let answers = arguments.data.join("answers.jsonl");
    for _ in 0..3 {
        let mut command = Command::new(target.join("release/rempart"));
        command
            .args(["policy", "decide", "--threads", "2", "--scenarios"])
            .arg(&path)
            .stdout(std::fs::File::create(&answers)?)
            .stderr(std::process::Stdio::null());
        runs.push(timed(&mut command)?);
    }
    let answered = std::fs::read_to_string(&answers)?.lines().count();
    ensure!(answered == arguments.lines, "{answered} answers");
    runs.sort_by(|left, right| left.0.total_cmp(&right.0));
    let (seconds, peak) = runs.get(1).copied().context("no run")?;
    let rate = arguments.lines as f64 / seconds;
    table.push(Measured {
        what: "scenarios end to end, two cores",
        measured: format!("{rate:.0} per second"),
        aim: "≥ 100,000",
        is_met: rate >= 100_000.0,
        note: format!(
            "{} lines of {} bytes ({:.0} MB/s), answers with statements and unresolved keys; peak {peak:.0} MB; median of 3",
            arguments.lines,
            text.len() / arguments.lines.max(1),
            text.len() as f64 / 1e6 / seconds
        ),
    });
    Ok(())
}

fn report(table: &[Measured]) -> anyhow::Result<String> {
    let mut text = String::new();
    let date = command_text("date", &["-u", "+%Y-%m-%d"])?;
    let commit = command_text("git", &["rev-parse", "--short", "HEAD"])?;
    writeln!(text, "# `rempart policy`, {date}\n")?;
    writeln!(
        text,
        "{}, 2 threads where not said otherwise, commit {commit}, `cargo xtask bench policy`.\n",
        processor()
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
