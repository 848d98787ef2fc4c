//! The point-in-time join beside Feast's, and what comes before it: rows that are written to both stores
//! and flushed to files.
//!
//! Both get the same rows: this file and `bench/store/feast_peer.py` make them by the same formula. The
//! results are compared, cell by cell.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use super::ours::Server;
use super::table::Table;
use super::{feast, write_records};
use crate::bench::machine::timed;

/// Features of a group.
const FEATURES: usize = 5;
/// Days over which the event times of a group are spread.
const DAYS: u64 = 10;
const DAY: u64 = 86_400_000;
/// Rows between two flushes: one round of a flush.
const ROUND: usize = 100_000;
/// Rows wait for the benchmark's own flush. Asked for every 100,000 rows, so that no queue becomes longer
/// than it would by default.
const SETTINGS: &str = "behaviour: {flushSeconds: 899, flushRows: 10000000}\n";

/// Arguments of the join.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// Groups of the point-in-time join
    #[arg(long, default_value_t = 3)]
    join_groups: usize,
    /// Rows of each of them; 0 leaves the join out
    #[arg(long, default_value_t = 1_000_000)]
    pub(super) join_rows: usize,
    /// Rows of its spine
    #[arg(long, default_value_t = 100_000)]
    join_spine: usize,
    /// How often each program joins, in turn; the medians are compared
    #[arg(long, default_value_t = 3)]
    join_rounds: usize,
}

impl Arguments {
    /// Each has ten rows, more or less.
    fn entities(&self) -> usize {
        (self.join_rows / 10).max(1)
    }
}

/// Seconds and megabytes of one program.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cost {
    /// From the start of the process to its end.
    pub(super) whole: f64,
    /// Of the call alone, where it is known.
    pub(super) call: f64,
    pub(super) memory: f64,
}

/// What was measured.
#[derive(Debug)]
pub(super) struct Joined {
    pub(super) size: String,
    pub(super) written: f64,
    pub(super) flushed: f64,
    /// A process that opens the store, joins and ends.
    pub(super) alone: Cost,
    /// The same command where a server has the store open: the server joins.
    pub(super) served: Cost,
    pub(super) feast: Cost,
    pub(super) comparison: String,
}

/// Measures, and checks that both programs gave the same.
pub(super) fn run(
    program: &Path,
    python: &Path,
    data: &Path,
    arguments: &Arguments,
    table: &mut Table,
) -> anyhow::Result<()> {
    let folder = std::path::absolute(data)?.join("join-peer");
    let spine = folder.join("spine.parquet");
    std::fs::create_dir_all(&folder)?;
    prepare_feast(python, &folder, &spine, arguments)?;

    let store = data.join("join");
    let mut server = Server::start_with(program, &store, SETTINGS)?;
    let (written, flushed) = fill(&server, arguments)?;
    let files = [folder.join("ours.parquet"), folder.join("feast.parquet")];
    let [our_file, feast_file] = &files;

    let mut served = Vec::new();
    server.forget_peak()?;
    for _ in 0..arguments.join_rounds {
        served.push(join_ours(program, &store, &spine, our_file, arguments)?);
    }
    let mut served = median(&served)?;
    // The command only passes rows on: the memory is the server's, with all that it holds anyway.
    served.memory = server.peak()?;
    server.stop()?;

    let (mut alone, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..arguments.join_rounds {
        alone.push(join_ours(program, &store, &spine, our_file, arguments)?);
        theirs.push(join_feast(python, &folder, &spine, feast_file, arguments)?);
    }
    table.joined(&Joined {
        size: format!(
            "{} rows in {} groups of {FEATURES} features, {} rows of the spine",
            arguments.join_rows * arguments.join_groups,
            arguments.join_groups,
            arguments.join_spine
        ),
        written,
        flushed,
        alone: median(&alone)?,
        served,
        feast: median(&theirs)?,
        comparison: compare(python, our_file, feast_file, arguments)?,
    });
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// Writes all rows and flushes them; gives rows per second of both.
fn fill(server: &Server, arguments: &Arguments) -> anyhow::Result<(f64, f64)> {
    let (mut writing, mut flushing) = (Duration::ZERO, Duration::ZERO);
    for group in 0..arguments.join_groups {
        let name = format!("join{group}");
        server.create(&name, FEATURES, true)?;
        for start in (0..arguments.join_rows).step_by(ROUND) {
            let end = (start + ROUND).min(arguments.join_rows);
            let load = write_records(server, &name, start..end, |row| {
                record(arguments, group, row)
            })?;
            writing += load.wall;
            // All of them wait, so that all are flushed by what is timed.
            let waiting = server.queued(&name)?;
            ensure!(
                waiting == (end - start) as u64,
                "{waiting} rows wait to be flushed"
            );
            let begun = Instant::now();
            server.command(&["flush", "--group", &name])?;
            flushing += begun.elapsed();
            ensure!(server.queued(&name)? == 0, "rows were not flushed");
        }
    }
    let rows = arguments.join_rows * arguments.join_groups;
    let rate = |time: Duration| rows as f64 / time.as_secs_f64();
    Ok((rate(writing), rate(flushing)))
}

/// A row as the API takes it: identifiers are mixed, times rise evenly.
fn record(arguments: &Arguments, group: usize, row: usize) -> Value {
    let seed = (group * arguments.join_rows + row) as u64;
    let entity = number(seed, 1_000) % arguments.entities() as u64;
    let millis = row as u64 * (DAYS * DAY) / arguments.join_rows as u64;
    let mut list = vec![
        json!({"FeatureName": "id", "ValueAsString": format!("entity-{entity}")}),
        json!({"FeatureName": "at", "ValueAsString": moment(millis)}),
    ];
    for feature in 0..FEATURES {
        let value = number(seed, feature as u64).to_string();
        list.push(json!({"FeatureName": format!("f{feature}"), "ValueAsString": value}));
    }
    Value::Array(list)
}

/// 40 bits that follow from both. The peer has the same function.
fn number(record: u64, feature: u64) -> u64 {
    let mut mixed = record
        .wrapping_mul(4096)
        .wrapping_add(feature)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (mixed ^ (mixed >> 31)) >> 24
}

/// A time so many milliseconds after the first of June; there are fewer than thirty days.
fn moment(millis: u64) -> String {
    let (day, rest) = (millis / DAY, millis % DAY);
    let (hour, rest) = (rest / 3_600_000, rest % 3_600_000);
    let (minute, rest) = (rest / 60_000, rest % 60_000);
    let (second, millis) = (rest / 1_000, rest % 1_000);
    let day = day + 1;
    format!("2025-06-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

fn prepare_feast(
    python: &Path,
    folder: &Path,
    spine: &Path,
    arguments: &Arguments,
) -> anyhow::Result<()> {
    feast::peer(
        python,
        &[
            "join-prepare",
            &folder.to_string_lossy(),
            &spine.to_string_lossy(),
            "--groups",
            &arguments.join_groups.to_string(),
            "--rows",
            &arguments.join_rows.to_string(),
            "--entities",
            &arguments.entities().to_string(),
            "--spine",
            &arguments.join_spine.to_string(),
        ],
    )?;
    Ok(())
}

fn join_ours(
    program: &Path,
    store: &Path,
    spine: &Path,
    output: &Path,
    arguments: &Arguments,
) -> anyhow::Result<Cost> {
    let mut command = Command::new(program);
    command.args(["store", "as-of"]).arg(store);
    command.arg("--spine").arg(spine);
    command.args(["--identifier", "id", "--time", "event_timestamp"]);
    for group in 0..arguments.join_groups {
        command.args(["--group", &format!("join{group}")]);
    }
    command
        .args(["--format", "parquet"])
        .stdout(File::create(output)?);
    let (whole, memory) = timed(&mut command)?;
    Ok(Cost {
        whole,
        call: f64::NAN,
        memory,
    })
}

fn join_feast(
    python: &Path,
    folder: &Path,
    spine: &Path,
    output: &Path,
    arguments: &Arguments,
) -> anyhow::Result<Cost> {
    let printed: PathBuf = folder.join("printed");
    let mut command = Command::new(python);
    command
        .args(["bench/store/feast_peer.py", "join"])
        .arg(folder)
        .arg(spine)
        .arg(output)
        .args(["--groups", &arguments.join_groups.to_string()])
        .stdout(File::create(&printed)?);
    let (whole, memory) = timed(&mut command)?;
    let text = std::fs::read_to_string(&printed)?;
    let last = text.lines().rev().find(|line| line.starts_with('{'));
    let answer: Value = serde_json::from_str(last.context("the join of Feast failed")?)?;
    let call = answer.get("seconds").and_then(Value::as_f64);
    Ok(Cost {
        whole,
        call: call.context("no seconds")?,
        memory,
    })
}

/// Says what was compared. Fails when anything differs.
fn compare(
    python: &Path,
    ours: &Path,
    theirs: &Path,
    arguments: &Arguments,
) -> anyhow::Result<String> {
    let answer = feast::peer(
        python,
        &[
            "join-compare",
            &ours.to_string_lossy(),
            &theirs.to_string_lossy(),
            "--groups",
            &arguments.join_groups.to_string(),
        ],
    )?;
    let count = |name: &str| answer.get(name).and_then(Value::as_u64).context("no count");
    let (cells, wrong) = (count("cells")?, count("wrong")?);
    ensure!(
        wrong == 0 && cells > 0,
        "the results differ in {wrong} of {cells} cells"
    );
    Ok(format!(
        "{cells} cells are equal, {} of them null; Feast left out {} rows that have no earlier record",
        count("nulls")?,
        count("dropped")?
    ))
}

/// Of each figure by itself.
fn median(costs: &[Cost]) -> anyhow::Result<Cost> {
    let middle = |figure: fn(&Cost) -> f64| {
        let mut all: Vec<f64> = costs.iter().map(figure).collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied().context("no rounds")
    };
    Ok(Cost {
        whole: middle(|cost| cost.whole)?,
        call: middle(|cost| cost.call)?,
        memory: middle(|cost| cost.memory)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the peer's function gives for the same arguments.
    #[test]
    fn rows_are_those_of_the_peer() {
        assert_eq!(moment(DAYS * DAY - 1), "2025-06-10T23:59:59.999Z");
        assert_eq!(number(0, 0), 0);
        assert_eq!(number(1, 2), 631_867_605_044);
        assert_eq!(number(2_999_999, 1_000), 197_179_829_533);
    }
}
