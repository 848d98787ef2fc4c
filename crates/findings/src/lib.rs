//! The one finding model of Rempart and its writers.
//!
//! Guarantees:
//! - pure: no clock, no randomness, no environment; the same findings give the same bytes;
//! - text that comes from logs never leaves as control codes on a terminal, markup in HTML,
//!   formulas in a spreadsheet or broken JSON, whatever it holds;
//! - every format carries the author, the link and the licence of the rule behind each finding,
//!   which the Detection Rule License asks for.

mod clock;
pub mod compliance;
mod escape;
mod finding;
mod formats;
mod output;
mod report;
mod safe_json;
mod vocabulary;

pub use escape::{unescape_visible, visible};
pub use finding::{Evidence, Finding, RuleRef, finding_id};
pub use formats::navigator::{
    LayerHeader, TechniqueScore, scores_of_findings, scores_of_rules, write_layer,
};
pub use formats::wording::summary_line;
pub use output::{Format, Report, WriteError, WriteOptions, write_report};
pub use report::{CategoryCoverage, Coverage, ProblemLine, RunSummary, Visibility};
pub use vocabulary::{Category, Framework, Outcome, ParseNameError, Severity, Technique};
