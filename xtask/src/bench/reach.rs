//! `cargo xtask bench reach`: the blast radius in an account of many roles and resources.
//!
//! No peer decides exactly, so the figure beside it is the naive product: the same questions one by one
//! through scenarios, timed on a sample and multiplied.

use std::fmt::Write as _;
use std::process::Command;

use anyhow::{Context, ensure};
use serde_json::Value;

use super::machine::{command_text, processor};

/// Arguments of `cargo xtask bench reach`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Roles of the account
    #[arg(long, default_value_t = 1_000)]
    roles: usize,
    /// Resources of the account, roles included
    #[arg(long, default_value_t = 10_000)]
    resources: usize,
    /// Threads
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

/// Most seconds that it may take.
const AIM: f64 = 10.0;

/// Runs the benchmark and keeps its table in `bench/results/`.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let numbers = [arguments.roles, arguments.resources, arguments.threads];
    let output = Command::new(env!("CARGO"))
        .args([
            "run",
            "--release",
            "--locked",
            "--quiet",
            "--package",
            "rempart-reach",
        ])
        .args(["--example", "measure", "--"])
        .args(numbers.map(|number| number.to_string()))
        .output()?;
    ensure!(output.status.success(), "the measurement failed");
    let found: Value = serde_json::from_slice(&output.stdout).context("no figures")?;
    let report = report(&found)?;
    print!("{report}");
    let date = command_text("date", &["-u", "+%Y-%m-%d"])?;
    std::fs::write(format!("bench/results/{date}-reach.md"), report)?;
    Ok(())
}

/// The table.
fn report(found: &Value) -> anyhow::Result<String> {
    let number = |name: &str| found.get(name).and_then(Value::as_f64).unwrap_or_default();
    let date = command_text("date", &["-u", "+%Y-%m-%d"])?;
    let commit = command_text("git", &["rev-parse", "--short", "HEAD"])?;
    let mut text = String::new();
    writeln!(text, "# Blast radius, {date}\n")?;
    writeln!(
        text,
        "{}, {} threads, commit {commit}, `cargo xtask bench reach`. No peer decides such questions exactly; the naive product asks the same engine about every identity, resource and action through scenarios, timed on {} decisions of the same run and multiplied. Of these {} agree.\n",
        processor(),
        number("threads"),
        number("naiveAsked"),
        number("naiveAgreed"),
    )?;
    let seconds = number("seconds");
    let answers =
        number("answers") / number("rows").max(1.0) * (number("rows") + number("rowsLeftOut"));
    let naive = answers * number("naiveMicroseconds") / 1e6;
    let is_met = if seconds < AIM { "met" } else { "missed" };
    writeln!(
        text,
        "| roles | resources | identities gained | rows, in all | seconds | aim | | naive product, seconds | ratio | peak memory |"
    )?;
    writeln!(text, "|---|---|---|---|---|---|---|---|---|---|")?;
    writeln!(
        text,
        "| {} | {} | {} | {} | {seconds:.1} | {AIM:.0} | {is_met} | {naive:.0} (one thread) | {:.0} | {:.0} MiB |",
        number("roles"),
        number("resources"),
        number("identities"),
        number("rows") + number("rowsLeftOut"),
        naive / seconds.max(0.001),
        number("peakMebibytes"),
    )?;
    Ok(text)
}
