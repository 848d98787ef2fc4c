//! Replaying a trail with the guardrails that ship, and what naming guardrails costs a hunt.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use rempart_testkit::corpus::write;
use serde_json::Value;

use super::{Arguments, Measured};
use crate::bench::machine::{files_below, timed, warm};

const RUNS: usize = 3;
const LIBRARY: &str = "guardrails/library";
/// A guardrail that concerns nearly every call, as many organisations have it.
const REGIONS: &str = r#"{"Version": "2012-10-17", "Statement": {"Sid": "OtherRegions", "Effect": "Deny",
  "NotAction": ["iam:*", "organizations:*", "route53:*", "cloudfront:*", "support:*", "sts:*"], "Resource": "*",
  "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-central-1", "us-east-1"]},
                "ArnNotLikeIfExists": {"aws:PrincipalArn": "arn:aws:iam::*:role/platform/*"}}}}"#;
/// Events a second that a replay should reach.
const AIM: f64 = 150_000.0;

/// One way to run rempart over the corpus: median seconds, most memory in MB, and the output of the
/// last run.
struct Ran {
    seconds: f64,
    peak: f64,
    output: Vec<u8>,
}

pub(super) fn measure(arguments: &Arguments, table: &mut Vec<Measured>) -> anyhow::Result<()> {
    let logs = arguments.data.join("logs");
    if !logs.is_dir() {
        eprintln!("writing the corpus");
        write(&logs, arguments.bytes, arguments.threads as u64)?;
    }
    warm(&files_below(&logs)?)?;
    let replay = |policies: &str, more: &[&str]| {
        let mut all = vec!["guard", "replay", "--no-hunt", "--format", "json"];
        all.extend(["--policies", policies]);
        all.extend(more);
        all.push("--trail");
        run(arguments, &all, &logs)
    };
    let plain = replay(LIBRARY, &[])?;
    let rate = events(&plain.output)? / plain.seconds.max(1e-9);
    table.push(Measured {
        what: "replay with the shipped guardrails".to_owned(),
        measured: format!("{rate:.0} events/s"),
        aim: "≥ 150,000",
        is_met: rate >= AIM,
        note: note(&plain)?,
    });
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("regions.json");
    std::fs::write(&path, REGIONS)?;
    let of_regions = replay(&path.to_string_lossy(), &[])?;
    let rate = events(&of_regions.output)? / of_regions.seconds.max(1e-9);
    table.push(Measured {
        what: "a guardrail that concerns nearly every call".to_owned(),
        measured: format!("{rate:.0} events/s"),
        aim: "",
        is_met: true,
        note: note(&of_regions)?,
    });
    let compared = replay(LIBRARY, &["--current", LIBRARY])?;
    let rate = events(&compared.output)? / compared.seconds.max(1e-9);
    table.push(Measured {
        what: "the shipped ones, compared with policies in force".to_owned(),
        measured: format!("{rate:.0} events/s"),
        aim: "",
        is_met: true,
        note: note(&compared)?,
    });
    let hunt = |more: &[&str]| {
        let mut all = vec!["hunt", "--format", "jsonl"];
        all.extend(more);
        once(arguments, &all, &logs).map(|(seconds, ..)| seconds)
    };
    // By turns, and the fastest of each: the difference is smaller than what else runs on a machine.
    let (mut with, mut without) = (f64::MAX, f64::MAX);
    for _ in 0..2 * RUNS {
        with = with.min(hunt(&[])?);
        without = without.min(hunt(&["--no-guardrails"])?);
    }
    let cost = 100.0 * (with / without.max(1e-9) - 1.0);
    table.push(Measured {
        what: "naming guardrails in findings of a hunt".to_owned(),
        measured: format!("{cost:+.1} % of its time"),
        aim: "",
        is_met: true,
        note: format!(
            "{with:.2} s against {without:.2} s; best of {} each",
            2 * RUNS
        ),
    });
    Ok(())
}

/// The median of several runs.
fn run(arguments: &Arguments, what: &[&str], logs: &Path) -> anyhow::Result<Ran> {
    let mut runs = Vec::new();
    let mut output = Vec::new();
    for _ in 0..RUNS {
        let (seconds, peak, text) = once(arguments, what, logs)?;
        runs.push((seconds, peak));
        output = text;
    }
    runs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (seconds, _) = runs.get(RUNS / 2).copied().context("no run")?;
    let peak = runs.iter().map(|run| run.1).fold(0.0, f64::max);
    Ok(Ran {
        seconds,
        peak,
        output,
    })
}

/// Seconds, memory in MB, and the output of one run.
fn once(arguments: &Arguments, what: &[&str], logs: &Path) -> anyhow::Result<(f64, f64, Vec<u8>)> {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let threads = arguments.threads.to_string();
    let file = tempfile::NamedTempFile::new()?;
    let mut command = Command::new(target.join("release/rempart"));
    command
        .args(what)
        .arg(logs)
        .args(["--no-progress", "--threads", &threads])
        .stdout(file.reopen()?)
        .stderr(Stdio::null());
    let (seconds, peak) = timed(&mut command)?;
    Ok((seconds, peak, std::fs::read(file.path())?))
}

fn total(output: &[u8], name: &str) -> anyhow::Result<f64> {
    let report: Value = serde_json::from_slice(output).context("the report of the replay")?;
    let count = report.pointer(&format!("/totals/{name}"));
    count.and_then(Value::as_f64).context("a total is missing")
}

fn events(output: &[u8]) -> anyhow::Result<f64> {
    let count = total(output, "records")?;
    ensure!(count > 0.0, "no record was read");
    Ok(count)
}

fn note(ran: &Ran) -> anyhow::Result<String> {
    let of = |name: &str| total(&ran.output, name);
    Ok(format!(
        "{} records in {:.2} s, {} requests decided, {} calls newly denied, {} cannot be told; peak {:.0} MB; median of {RUNS}",
        events(&ran.output)?,
        ran.seconds,
        of("requests")?,
        of("newlyDenied")?,
        of("mayBeDenied")?,
        ran.peak
    ))
}
