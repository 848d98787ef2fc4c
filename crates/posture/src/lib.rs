//! Controls over an estate: is every resource configured as it should be?
//!
//! What the crate guarantees:
//! - It is pure: no input or output beyond the estate it is given, no clock (ages are measured
//!   against the time of the evidence), no randomness. The same evidence gives the same verdicts.
//! - A control never passes for lack of evidence. A member that is absent, a value that is known only
//!   after a plan is applied, a call that was refused: each is UNKNOWN with its reason, unless the
//!   control states what AWS means by absence.
//! - Every verdict names the evidence that it was decided on.

mod cache;
pub mod content;
mod context;
mod control;
mod examples;
mod excerpt;
mod expression;
mod functions;
mod lint;
mod mutes;
mod policies;
mod run;
mod session;
mod shape;

pub use control::{
    AREAS, Case, Control, ControlFault, ControlSet, Example, ExampleAnswer, Expected, Scope, read,
};
pub use examples::{ExampleFault, example_answers, judge_example, run_examples};
pub use expression::{
    AbsentRule, AbsentRules, Expression, ExpressionError, ReadPath, Reason, ReasonCode, Unknown,
};
pub use lint::{LintFinding, lint};
pub use mutes::{Mutes, MutesError};
pub use run::{RunOptions, reference, run};
pub use session::{Judgement, Options, Parameters, ParametersError, Session, Subject};
