//! Developer tasks, run as `cargo xtask <task>`.

use clap::Parser;

mod bench;
mod corpus;
mod example;
mod reference;
mod vendor;

#[derive(Debug, Parser)]
enum Task {
    /// Measure speed and memory beside peers
    Bench(bench::Arguments),
    /// Write the benchmark corpus
    Corpus(corpus::Arguments),
    /// Make the synthetic incident of `examples/incident`, or check the committed one
    Example(example::Arguments),
    /// Generate the reference tables of AWS facts, or check the committed ones
    Reference(reference::Arguments),
    /// Compare the chart libraries of the report with the packages that they come from
    Vendor(vendor::Arguments),
}

fn main() -> anyhow::Result<()> {
    match Task::parse() {
        Task::Bench(arguments) => bench::run(&arguments),
        Task::Corpus(arguments) => corpus::run(&arguments),
        Task::Example(arguments) => example::run(&arguments),
        Task::Reference(arguments) => reference::run(&arguments),
        Task::Vendor(arguments) => vendor::run(&arguments),
    }
}
