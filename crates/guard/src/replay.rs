//! Replay: what proposed policies would have done to the calls of a trail.

mod groups;
mod join;
mod proposal;
mod report;
mod run;
mod stopped;
mod tally;
mod text;
mod verdict;
mod worker;

#[cfg(test)]
mod tests;

pub use groups::{Group, Groups};
pub use join::{Fate, FindingFate, join_findings};
pub use proposal::{Proposal, ProposedPolicy};
pub use report::{Agreement, Disagreement, ReplayReport, StatementCalls, Totals};
pub use run::{Progress, ReplayOptions, replay, replay_bytes};
pub use text::{text, text_of_findings};
pub(crate) use worker::{event_id, shortened};

use rempart_aws_model::AccountId;
use rempart_policy::Stack;

/// What is replayed.
#[derive(Debug, Clone)]
pub struct Replay {
    /// The proposed policies, in a stack that otherwise allows everything: see [`Proposal::stack`].
    pub stack: Stack,
    /// The policies in force, to compare AWS's own decisions with.
    pub current: Option<Stack>,
    /// Accounts that the policies do not concern: the management account, and accounts outside the
    /// organisation.
    pub exempt: Vec<AccountId>,
}
