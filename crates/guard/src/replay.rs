//! Replay: what proposed policies would have done to the calls of a trail.

mod agreement;
mod groups;
mod join;
mod proposal;
mod report;
mod run;
mod stopped;
mod tally;
mod text;
pub(crate) mod verdict;
mod worker;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_resources;

pub use groups::{Group, Groups};
pub use join::{Fate, FindingFate, join_findings};
pub use proposal::{Proposal, ProposedPolicy};
pub use report::{Agreement, Disagreement, ReplayReport, StatementCalls, Totals};
pub use run::{Progress, ReplayOptions, replay, replay_bytes};
pub use text::{text, text_of_findings};
pub(crate) use worker::{event_id, shortened};

use rempart_aws_model::AccountId;
use rempart_policy::Stack;

use crate::event_request::Organization;

/// What is replayed.
#[derive(Debug, Clone)]
pub struct Replay {
    /// The proposed policies, in a stack that otherwise allows everything: see [`Proposal::stack`].
    pub stack: Stack,
    /// The service and resource control policies in force, in a stack of the same form, to compare
    /// with AWS's own decisions.
    pub current: Option<Stack>,
    /// Accounts that the policies do not concern: the management account, and accounts outside the
    /// organisation.
    pub exempt: Vec<AccountId>,
    /// The organisation of the callers, where it is known.
    pub organization: Option<Organization>,
}
