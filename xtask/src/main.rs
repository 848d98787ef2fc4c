//! Developer tasks, run as `cargo xtask <task>`.

use clap::Parser;

mod reference;

#[derive(Debug, Parser)]
enum Task {
    /// Generate the reference tables of AWS facts, or check the committed ones
    Reference(reference::Arguments),
}

fn main() -> anyhow::Result<()> {
    match Task::parse() {
        Task::Reference(arguments) => reference::run(&arguments),
    }
}
