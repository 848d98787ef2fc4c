//! What a replay found.

use std::collections::BTreeMap;
use std::sync::Arc;

use rempart_findings::ProblemLine;
use serde::Serialize;

use super::groups::Groups;
use super::stopped::StoppedEvents;
use crate::event_request::Reason;

/// The run in numbers. Every record is a copy, no request, or a call; every call is one of
/// `untouched`, `allowed`, `newly_denied`, `may_be_denied` and `denied_already`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Records read.
    pub records: u64,
    /// Copies of records that were read before.
    pub duplicates: u64,
    /// Records that stand for no request, by reason.
    pub not_requests: BTreeMap<Reason, u64>,
    /// Calls.
    pub calls: u64,
    /// Requests that were decided; a call may need several.
    pub requests: u64,
    /// Calls for whose actions the proposal says nothing.
    pub untouched: u64,
    /// Calls that the proposal looks at and allows.
    pub allowed: u64,
    /// Calls that AWS did not deny and the proposal would.
    pub newly_denied: u64,
    /// Calls of which the record does not tell whether the proposal would deny them.
    pub may_be_denied: u64,
    /// Calls that AWS denied.
    pub denied_already: u64,
    /// Of the calls that AWS did not deny, those that failed for another reason.
    pub failed_otherwise: u64,
    /// Of the calls that were looked at, those of which this is the copy of the resource's owner.
    /// Where the caller's account is in the trail as well, they count twice.
    pub recorded_by_owner: u64,
}

impl Totals {
    pub(super) fn add(&mut self, other: &Self) {
        self.records += other.records;
        self.duplicates += other.duplicates;
        for (reason, count) in &other.not_requests {
            *self.not_requests.entry(*reason).or_default() += count;
        }
        self.calls += other.calls;
        self.requests += other.requests;
        self.untouched += other.untouched;
        self.allowed += other.allowed;
        self.newly_denied += other.newly_denied;
        self.may_be_denied += other.may_be_denied;
        self.denied_already += other.denied_already;
        self.failed_otherwise += other.failed_otherwise;
        self.recorded_by_owner += other.recorded_by_owner;
    }
}

/// How the policies in force, as they are known, agree with AWS's own decisions. Every call is one of
/// these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Agreement {
    /// Calls decided as AWS decided them.
    pub agree: u64,
    /// Calls decided otherwise.
    pub disagree: u64,
    /// Calls that AWS denied and these policies do not, where nothing says that AWS did so for a
    /// policy of their kind: others deny as well, which are not known here.
    pub denied_by_others: u64,
    /// Calls that cannot be decided from what is known.
    pub undecided: u64,
    /// Calls that failed otherwise: AWS's decision is not recorded.
    pub not_recorded: u64,
}

impl Agreement {
    pub(super) fn add(&mut self, other: &Self) {
        self.agree += other.agree;
        self.disagree += other.disagree;
        self.denied_by_others += other.denied_by_others;
        self.undecided += other.undecided;
        self.not_recorded += other.not_recorded;
    }
}

/// A call that the policies in force decide otherwise than AWS did.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Disagreement {
    /// Time of the event.
    pub time: Option<String>,
    /// Id of the event.
    pub event_id: String,
    /// The caller.
    pub principal: String,
    /// The action.
    pub action: String,
    /// Whether AWS allowed the call.
    pub allowed_by_aws: bool,
    /// The decision of the policies as they are known.
    pub decision: &'static str,
    /// The statements behind that decision, as `policy/Sid`.
    pub by: Vec<Arc<str>>,
}

/// Calls that one statement denies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatementCalls {
    /// Name of the policy.
    pub policy: Arc<str>,
    /// `Sid` of the statement, else its number.
    pub statement: Arc<str>,
    /// Calls that it would newly deny, alone or together with others.
    pub calls: u64,
}

/// What a replay found.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplayReport {
    /// The run in numbers.
    pub totals: Totals,
    /// Time of the first event.
    pub first_event: Option<String>,
    /// Time of the last event.
    pub last_event: Option<String>,
    /// Sources that were found.
    pub sources: u64,
    /// Newly denied calls by statement, most first.
    pub by_statement: Vec<StatementCalls>,
    /// Newly denied calls. A call stands in the group of every statement that denies it.
    pub newly_denied: Groups,
    /// Calls of which it cannot be told, with what is not known.
    pub may_be_denied: Groups,
    /// Agreement of the policies in force with AWS, where they were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<Agreement>,
    /// The first calls, by time, on which they disagree.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub disagreements: Vec<Disagreement>,
    /// What is missing from this report.
    pub incomplete: Vec<String>,
    /// What could not be read.
    pub problems: Vec<ProblemLine>,
    /// Further problems that are not listed.
    pub more_problems: u64,
    #[serde(skip)]
    pub(super) stopped: StoppedEvents,
    #[serde(skip)]
    pub(super) may_be_stopped: StoppedEvents,
}

impl ReplayReport {
    /// The statements (`policy/Sid`) that would have stopped an event; `None` when it would not
    /// have been stopped, or is not in the trail.
    #[must_use]
    pub fn stopped(&self, event_id: &str) -> Option<&[Arc<str>]> {
        self.stopped.of(event_id)
    }

    /// The statements that may have stopped an event, as far as its record tells.
    #[must_use]
    pub fn may_be_stopped(&self, event_id: &str) -> Option<&[Arc<str>]> {
        self.may_be_stopped.of(event_id)
    }

    /// Whether both know every event; otherwise some were left out for want of room.
    #[must_use]
    pub fn knows_every_event(&self) -> bool {
        self.stopped.is_whole() && self.may_be_stopped.is_whole()
    }

    /// Whether any record could be read.
    #[must_use]
    pub fn has_read_anything(&self) -> bool {
        self.totals.records > 0
    }
}
