//! `cargo xtask corpus`: writes the benchmark corpus, and rules for measurements.

use std::path::PathBuf;
use std::time::Instant;

use rempart_testkit::corpus::{LEVEL, write, write_rules};

/// Arguments of `cargo xtask corpus`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Folder of the corpus
    #[arg(long)]
    out: PathBuf,
    /// Inflated bytes at least
    #[arg(long, default_value_t = 1_200_000_000)]
    bytes: u64,
    /// Threads; the result does not depend on it
    #[arg(long, default_value_t = 2)]
    threads: u64,
    /// Write this many synthetic rules to the folder `rules` beside the logs
    #[arg(long, default_value_t = 0)]
    rules: usize,
}

/// Writes the corpus.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let started = Instant::now();
    let summary = write(
        &arguments.out.join("logs"),
        arguments.bytes,
        arguments.threads,
    )?;
    let seconds = started.elapsed().as_secs_f64();
    let megabytes = summary.inflated as f64 / 1e6;
    eprintln!(
        "wrote {} files, {} records, {megabytes:.0} MB inflated, {:.0} MB on disk (gzip level {LEVEL}, ratio {:.1}) in {seconds:.1} s, {:.0} MB/s",
        summary.files,
        summary.records,
        summary.compressed as f64 / 1e6,
        summary.inflated as f64 / summary.compressed.max(1) as f64,
        megabytes / seconds.max(1e-9),
    );
    if arguments.rules > 0 {
        write_rules(&arguments.out.join("rules"), arguments.rules)?;
        eprintln!("wrote {} rules", arguments.rules);
    }
    Ok(())
}
