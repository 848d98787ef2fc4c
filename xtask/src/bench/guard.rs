//! `cargo xtask bench guard`: proofs, and guardrails on real traffic.
//!
//! The corpus is that of `bench hunt`: built deterministically, read from a warm page cache.

mod proofs;
mod replay;

use std::fmt::Write as _;
use std::path::PathBuf;

use super::machine::{build, command_text, processor};

/// Arguments of `cargo xtask bench guard`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Inflated bytes of the corpus
    #[arg(long, default_value_t = 1_200_000_000)]
    bytes: u64,
    /// Threads
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Folder of the corpus; made when it is not there
    #[arg(long, default_value = "bench/data/hunt")]
    data: PathBuf,
    /// Leave out z3 and cvc5
    #[arg(long)]
    no_peers: bool,
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
    build(&["--package", "rempart-cli"])?;
    let mut table = Vec::new();
    proofs::measure(!arguments.no_peers, &mut table)?;
    replay::measure(arguments, &mut table)?;
    let report = report(arguments, &table)?;
    print!("{report}");
    let date = command_text("date", &["-u", "+%Y-%m-%d"])?;
    let path = PathBuf::from(format!("bench/results/{date}-guard.md"));
    std::fs::create_dir_all("bench/results")?;
    std::fs::write(&path, report)?;
    eprintln!("wrote {}", path.display());
    Ok(())
}

fn report(arguments: &Arguments, table: &[Measured]) -> anyhow::Result<String> {
    let mut text = String::new();
    let date = command_text("date", &["-u", "+%Y-%m-%d"])?;
    let commit = command_text("git", &["rev-parse", "--short", "HEAD"])?;
    writeln!(text, "# `rempart guard`, {date}\n")?;
    writeln!(
        text,
        "{}, {} threads where not said otherwise, commit {commit}, `cargo xtask bench guard`.\n",
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
