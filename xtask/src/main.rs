//! Developer tasks, run as `cargo xtask <task>`.

use clap::Parser;

#[derive(Debug, Parser)]
enum Task {}

fn main() -> anyhow::Result<()> {
    match Task::parse() {}
}
