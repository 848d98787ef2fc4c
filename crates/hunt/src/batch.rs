//! What a worker hands to the sequencer: a stretch of one source, in order.

use rempart_sigma::plan::{FirstSeenObservation, Observation, RuleId};
use rempart_trail::dedup::EventKey;
use rempart_trail::linked::Richness;
use rempart_trail::read::{Place, ReadError, SourceReport};

use crate::event::EventRef;
use crate::facts::Facts;

/// Records after which a worker hands over.
pub(crate) const RECORDS_PER_BATCH: usize = 8192;

/// A stretch of one source.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// Number of the source.
    pub(crate) source: usize,
    /// Number of the stretch within the source.
    pub(crate) part: u32,
    /// Whether the source ends here.
    pub(crate) is_last: bool,
    /// Identity and digest of each record that passed the filter.
    pub(crate) keys: Vec<(Option<EventKey<'static>>, u64)>,
    /// Records that a rule wants.
    pub(crate) matches: Vec<Matched>,
    /// Records that the filter left out.
    pub(crate) filtered: u64,
    /// The first unreadable pieces: where, why, and how they begin.
    pub(crate) unreadable: Vec<(Place, ReadError, Box<[u8]>)>,
    /// How many more there were.
    pub(crate) more_unreadable: u64,
    /// Things that are no CloudTrail records.
    pub(crate) other: u64,
    /// Matched records without a time, by their places in [`Batch::keys`].
    pub(crate) without_time: Vec<usize>,
    /// Facts about the records.
    pub(crate) facts: Facts,
    /// The source's report, with the last stretch.
    pub(crate) report: Option<SourceReport>,
}

/// A record that rules want.
#[derive(Debug)]
pub(crate) struct Matched {
    /// Its place in [`Batch::keys`].
    pub(crate) position: usize,
    /// How much it tells beside other records of the same call; only where it may have such.
    pub(crate) richness: Option<Richness>,
    /// What is kept of it.
    pub(crate) event: EventRef,
    /// Rules that it satisfies.
    pub(crate) rules: Vec<RuleId>,
    /// What it means for correlations.
    pub(crate) observations: Vec<Observation>,
    /// What it means for first-seen rules.
    pub(crate) first_seen: Vec<FirstSeenObservation>,
}
