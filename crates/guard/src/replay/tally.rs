//! What one thread counts; tallies are added up in any order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::groups::OpenGroups;
use super::report::{Agreement, Disagreement, Totals};
use super::run::ReplayOptions;
use super::stopped::StoppedEvents;

/// Disagreements that are shown.
const MOST_DISAGREEMENTS: usize = 100;

/// Counts of a stretch of the trail.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) totals: Totals,
    pub(super) span: Option<(i64, i64)>,
    pub(super) newly_denied: OpenGroups,
    pub(super) may_be_denied: OpenGroups,
    pub(super) stopped: StoppedEvents,
    pub(super) may_be_stopped: StoppedEvents,
    /// Calls by statement that denies them: policy and `Sid`.
    pub(super) by_statement: BTreeMap<(Arc<str>, Arc<str>), u64>,
    pub(super) agreement: Agreement,
    pub(super) disagreements: BTreeSet<Disagreement>,
}

impl Tally {
    pub(super) fn new(options: &ReplayOptions) -> Self {
        Self {
            totals: Totals::default(),
            span: None,
            newly_denied: OpenGroups::new(options.most_groups),
            may_be_denied: OpenGroups::new(options.most_groups),
            stopped: StoppedEvents::new(options.most_stopped),
            may_be_stopped: StoppedEvents::new(options.most_stopped),
            by_statement: BTreeMap::new(),
            agreement: Agreement::default(),
            disagreements: BTreeSet::new(),
        }
    }

    pub(super) fn saw(&mut self, time: Option<i64>) {
        let Some(time) = time else { return };
        self.span = Some(match self.span {
            Some((first, last)) => (first.min(time), last.max(time)),
            None => (time, time),
        });
    }

    pub(super) fn disagree(&mut self, disagreement: Disagreement) {
        self.disagreements.insert(disagreement);
        if self.disagreements.len() > MOST_DISAGREEMENTS {
            self.disagreements.pop_last();
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.totals.add(&other.totals);
        for time in other
            .span
            .into_iter()
            .flat_map(|(first, last)| [first, last])
        {
            self.saw(Some(time));
        }
        self.newly_denied.merge(other.newly_denied);
        self.may_be_denied.merge(other.may_be_denied);
        self.stopped.merge(other.stopped);
        self.may_be_stopped.merge(other.may_be_stopped);
        for (statement, calls) in other.by_statement {
            *self.by_statement.entry(statement).or_default() += calls;
        }
        self.agreement.add(&other.agreement);
        for disagreement in other.disagreements {
            self.disagree(disagreement);
        }
    }
}
