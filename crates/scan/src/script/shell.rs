//! Evaluates the constant part of a shell script, without running anything.
//!
//! Assignments, expansions and well-known filters (`base64 -d`, `rev`, `tr`,
//! …) are computed; everything else is unknown. The outcome is the script
//! with its commands as the shell would see them, the payloads handed to
//! interpreters and written to files, and signs that only data flow shows,
//! such as a download that is later run.

mod arith;
mod assign;
mod builtins;
mod commands;
mod compound;
mod expand;
mod filters;
mod glob;
mod interpreters;
mod network;
mod parse;
mod redirect;
mod state;
mod syntax;
mod words;

/// Whether a URL names a host that set-up scripts commonly use.
pub(super) fn is_known_url(url: &str) -> bool {
    network::is_known_url(url)
}

use super::normalise::{Budget, Report};

/// Normalises a shell script.
pub(super) fn normalise(text: &[u8], budget: &mut Budget) -> Report {
    let program = parse::parse(text, 1, 0);
    let mut shell = state::Shell::new(budget);
    shell.run_program(&program);
    let mut report = shell.finish();
    report.open = program.open;
    report
}
