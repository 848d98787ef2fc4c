//! The one finding model of Rempart and its writers.
//!
//! Guarantees:
//! - pure: no clock, no randomness, no environment; the same findings give the same bytes;
//! - text that comes from logs never leaves as control codes on a terminal, markup in HTML,
//!   formulas in a spreadsheet or broken JSON, whatever it holds;
//! - every format carries the author, the link and the licence of the rule behind each finding,
//!   which the Detection Rule License asks for.

mod finding;
mod report;
mod vocabulary;

pub use finding::{Evidence, Finding, RuleRef, finding_id};
pub use report::{CategoryCoverage, Coverage, ProblemLine, RunSummary, Visibility};
pub use vocabulary::{Category, Framework, Outcome, ParseNameError, Severity, Technique};
