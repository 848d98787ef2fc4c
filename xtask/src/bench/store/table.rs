//! The table of results.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use super::join::Joined;
use super::load::Load;
use super::shares::Shares;
use super::{Arguments, Reads};
use crate::bench::machine::{command_text, processor};

/// Collects lines, each with its aim.
pub(super) struct Table {
    text: String,
    ours: Option<Ours>,
}

struct Ours {
    p50: f64,
    p99: f64,
    batch: f64,
    saturated: f64,
    rows: f64,
}

impl Table {
    pub(super) fn new(arguments: &Arguments) -> Self {
        let commit = command_text("git", &["rev-parse", "--short", "HEAD"]).unwrap_or_default();
        let threads = std::thread::available_parallelism().map_or(0, usize::from);
        let records = if arguments.records > 0 {
            format!(
                " {} records of {} integer features.",
                arguments.records, arguments.features
            )
        } else {
            String::new()
        };
        let text = format!(
            "# `rempart store`\n\n{}, {threads} threads, {}, commit {}, `cargo xtask bench store{}`.{records} One client on the same machine, closed loop over prepared requests. Ours: signatures, encryption under a customer's key and authorisation on, every write synced before it is answered. Load of the machine at the start: {}.\n\n| what | figure | aim |\n|---|---|---|\n",
            processor(),
            memory(),
            commit.trim(),
            given(),
            load(),
        );
        Self { text, ours: None }
    }

    fn line(&mut self, what: &str, figure: &str, aim: &str) {
        eprintln!("{what}: {figure} {aim}");
        // Writing into a string cannot fail.
        writeln!(self.text, "| {what} | {figure} | {aim} |").ok();
    }

    pub(super) fn started(&mut self, time: Duration) {
        self.line(
            "start of an empty store, first made",
            &format!("{:.2} s", time.as_secs_f64()),
            "",
        );
    }

    pub(super) fn memory(&mut self, what: &str, megabytes: f64) {
        self.line(
            &format!("memory of {what}"),
            &format!("{megabytes:.0} MB"),
            "",
        );
    }

    pub(super) fn kms(&mut self, share: f64) {
        self.line(
            "KMS calls per operation",
            &format!("{:.4} %", share * 100.0),
            &aim(share <= 0.01, "≤ 1 %"),
        );
    }

    pub(super) fn ours(&mut self, reads: &Reads, ingested: &Load) {
        let ours = Ours {
            p50: reads.one.quantile(0.5),
            p99: reads.one.quantile(0.99),
            batch: reads.batch.quantile(0.5),
            saturated: reads.saturated,
            rows: ingested.times.len() as f64 * 25.0 / ingested.wall.as_secs_f64(),
        };
        self.line(
            "GetRecord p50 / p99",
            &format!("{:.3} / {:.3} ms", ours.p50, ours.p99),
            "",
        );
        self.line(
            "BatchGetRecord of 100, p50",
            &format!(
                "{:.2} ms, {} bytes an answer",
                ours.batch,
                reads.batch.bytes / reads.batch.times.len().max(1) as u64
            ),
            "",
        );
        self.line(
            "GetRecord at saturation",
            &format!("{:.0}/s", ours.saturated),
            "",
        );
        self.line(
            "BatchWriteRecord of 25, durable",
            &format!("{:.0} rows/s", ours.rows),
            "",
        );
        self.ours = Some(ours);
    }

    pub(super) fn redis(&mut self, raw: f64, saturated: f64) {
        let ratio = saturated / raw;
        self.line(
            "raw Redis HGETALL",
            &format!("{raw:.0}/s: ours is {ratio:.2}×"),
            &aim(ratio >= 0.35, "≥ 0.35×"),
        );
    }

    pub(super) fn feast(&mut self, online: &str, workers: usize, peer: &Reads, rows: f64) {
        let Some(ours) = &self.ours else { return };
        let (p50, batch) = (peer.one.quantile(0.5), peer.batch.quantile(0.5));
        let lines = [
            (
                "one record, p50",
                format!("{p50:.2} ms: ours is {:.0}× lower", p50 / ours.p50),
                aim(p50 / ours.p50 >= 10.0, "≥ 10×"),
            ),
            (
                "one record, p99",
                format!(
                    "{:.2} ms: ours is {:.0}× lower",
                    peer.one.quantile(0.99),
                    peer.one.quantile(0.99) / ours.p99
                ),
                String::new(),
            ),
            (
                "batch of 100, p50",
                format!("{batch:.1} ms: ours is {:.0}× lower", batch / ours.batch),
                aim(batch / ours.batch >= 15.0, "≥ 15×"),
            ),
            (
                "at saturation",
                format!(
                    "{:.0}/s: ours is {:.0}×",
                    peer.saturated,
                    ours.saturated / peer.saturated
                ),
                if workers == 2 {
                    aim(ours.saturated / peer.saturated >= 20.0, "≥ 20×")
                } else {
                    String::new()
                },
            ),
            (
                "materialize",
                format!("{rows:.0} rows/s: ours is {:.0}×", ours.rows / rows),
                if online == "sqlite" {
                    aim(ours.rows / rows >= 20.0, "≥ 20×")
                } else {
                    String::new()
                },
            ),
        ];
        for (what, figure, aim) in lines {
            self.line(
                &format!("Feast, {online}, {workers} worker(s): {what}"),
                &figure,
                &aim,
            );
        }
    }

    pub(super) fn many(&mut self, records: usize, time: Duration, peak: f64) {
        self.line(
            &format!("{records} records of 10 features"),
            &format!(
                "{peak:.0} MB of memory, written in {:.0} s",
                time.as_secs_f64()
            ),
            &aim(peak < 1_000.0, "< 1,000 MB"),
        );
    }

    /// The shares of encryption and authorisation. `processor`: seconds of the server's processor for a
    /// GetRecord over HTTP at saturation.
    pub(super) fn shares(&mut self, shares: &Shares, processor: Option<f64>) {
        for (what, nanoseconds) in &shares.parts {
            self.line(
                &format!("{what}, within the process"),
                &format!("{:.2} µs", nanoseconds / 1e3),
                "",
            );
        }
        let decided = shares.authorisation;
        self.line(
            "authorisation of a GetRecord: identity, key policy, grant",
            &format!("{:.2} µs", decided / 1e3),
            &aim(decided <= 5_000.0, "≤ 5 µs"),
        );
        for (what, part, whole) in [
            ("GetRecord", shares.opening, shares.get),
            ("PutRecord to both stores", shares.sealing, shares.put),
        ] {
            self.line(
                &format!("encryption's share of {what}, HTTP and disk aside"),
                &format!("{:.0} %", part / whole * 100.0),
                "",
            );
        }
        if let Some(seconds) = processor {
            // What is bound by the processor answers so many more calls as each costs less of it.
            let share = |nanoseconds: f64| nanoseconds / 1e9 / seconds;
            self.line(
                "encryption's share of the server's processor time for a GetRecord",
                &format!(
                    "{:.1} % of {:.1} µs",
                    share(shares.opening) * 100.0,
                    seconds * 1e6
                ),
                &aim(share(shares.opening) <= 0.1, "≤ 10 %"),
            );
            self.line(
                "authorisation's share of it",
                &format!("{:.1} %", share(decided) * 100.0),
                &aim(share(decided) <= 0.05, "≤ 5 %"),
            );
        }
    }

    /// The point-in-time join, and how its rows came there.
    pub(super) fn joined(&mut self, joined: &Joined) {
        let Joined {
            alone,
            served,
            feast,
            ..
        } = joined;
        self.line(
            "join: rows written to both stores, durable",
            &format!("{:.0} rows/s", joined.written),
            "",
        );
        self.line(
            "join: rows flushed to encrypted files",
            &format!("{:.0} rows/s", joined.flushed),
            "",
        );
        self.line("join: size", &joined.size, "");
        self.line("join: results of both", &joined.comparison, "");
        self.line(
            "Feast, dask: get_historical_features",
            &format!(
                "{:.2} s, whole process {:.2} s, {:.0} MB",
                feast.call, feast.whole, feast.memory
            ),
            "",
        );
        for (who, cost) in [
            ("a process of its own, from start to end", alone),
            ("the command, with the server that joins", served),
        ] {
            let ratio = feast.call / cost.whole;
            self.line(
                &format!("join, {who}"),
                &format!("{:.2} s: {ratio:.1}× faster than Feast's call", cost.whole),
                &aim(ratio >= 5.0, "≥ 5×"),
            );
            let share = cost.memory / feast.memory;
            self.line(
                &format!("join, {who}: peak of memory"),
                &format!("{:.0} MB: {share:.2}× of Feast's", cost.memory),
                &aim(share <= 0.5, "≤ 0.5×"),
            );
        }
    }

    /// Prints the table and keeps it.
    pub(super) fn write(&self) -> anyhow::Result<()> {
        print!("{}", self.text);
        let date = command_text("date", &["-u", "+%F"])?;
        let path = PathBuf::from(format!("bench/results/{}-store.md", date.trim()));
        std::fs::write(&path, &self.text)?;
        eprintln!("wrote {}", path.display());
        Ok(())
    }
}

fn aim(is_met: bool, what: &str) -> String {
    format!("{what}: {}", if is_met { "met" } else { "MISSED" })
}

/// The arguments that were given, so that the result can be had again. Places of files are this machine's.
fn given() -> String {
    let mut text = String::new();
    let mut arguments = std::env::args().skip_while(|argument| argument != "store");
    arguments.next();
    while let Some(argument) = arguments.next() {
        if argument == "--program" || argument == "--data" {
            arguments.next();
        } else if !argument.starts_with("--program=") && !argument.starts_with("--data=") {
            text.push(' ');
            text.push_str(&argument);
        }
    }
    text
}

fn memory() -> String {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kilobytes = text
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.map_or_else(
        || "unknown memory".to_owned(),
        |kilobytes| format!("{:.0} GB of memory", kilobytes * 1024.0 / 1e9),
    )
}

/// Processes that wait to run, over the last minute.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace()
        .next()
        .unwrap_or("unknown")
        .to_owned()
}
