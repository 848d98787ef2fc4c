//! The table of results.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use super::Reads;
use super::load::Load;
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
    pub(super) fn new(records: usize, features: usize) -> Self {
        let commit = command_text("git", &["rev-parse", "--short", "HEAD"]).unwrap_or_default();
        let text = format!(
            "# `rempart store`\n\n{}, 2 threads, commit {}, `cargo xtask bench store`. {records} records of {features} integer features; one client on the same machine, closed loop over prepared requests. Ours: signatures, encryption under a customer's key and authorisation on, every write synced before it is answered.\n\n| what | figure | aim |\n|---|---|---|\n",
            processor(),
            commit.trim(),
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
