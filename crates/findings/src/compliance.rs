//! Verdicts of controls over resources, and their writers.
//!
//! Guarantees:
//! - UNKNOWN is never written as PASS, and never without its reason and the permission it needs;
//! - results stream: formats of one record a result hold none of them, the others hold a bounded
//!   number and say how many they left out;
//! - what is said of the text of findings holds here too: none of it acts in a terminal, a browser,
//!   a spreadsheet or a parser.

mod finding;
mod formats;
mod held;
mod result;
mod summary;
mod tally;
mod wording;
mod writer;

pub use finding::NotAFailure;
pub use formats::table::write_summary;
pub use result::{
    Address, CheckEvidence, CheckResult, ControlRef, Excerpt, Mute, Reason, Remediation, Resource,
    Verdict, check_id,
};
pub use summary::{CheckHeader, CheckProblem, CheckSummary, MuteEntry, SEED_REQUIREMENTS};
pub use tally::{
    AreaTally, ControlTally, RequirementStatus, RequirementTally, VerdictCounts, weight,
};
pub use wording::summary_line;
pub use writer::{
    AsffOptions, ComplianceFormat, ComplianceOptions, ResultWriter, compliance_writer,
};
