//! Refuses to build when the table of threat categories and the table of operations disagree.

use std::process::ExitCode;

#[path = "build/categories.rs"]
mod categories;

const OPERATIONS: &str = "data/operations.txt";
const CATEGORIES: &str = "data/sagemaker-categories.txt";

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build/categories.rs");
    println!("cargo::rerun-if-changed={OPERATIONS}");
    println!("cargo::rerun-if-changed={CATEGORIES}");
    match (
        std::fs::read_to_string(OPERATIONS),
        std::fs::read_to_string(CATEGORIES),
    ) {
        (Ok(operations), Ok(assigned)) => {
            let faults = categories::faults(&operations, &assigned);
            for fault in &faults {
                println!("cargo::error={CATEGORIES}: {fault}");
            }
            if faults.is_empty() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        (Err(error), _) | (_, Err(error)) => {
            println!("cargo::error=cannot read the tables: {error}");
            ExitCode::FAILURE
        }
    }
}
