//! Correlation of matches on event time.
//!
//! An [`Engine`] takes observations (a rule matched an event of some group) in any order and reports
//! the windows in which a correlation holds. Time is the events' own time; the order in which
//! observations arrive changes nothing while the state fits its limit.
//!
//! How windows work (Sigma specification 2.1, Correlation rules, and what it leaves open):
//! - A window slides: it ends at an event and reaches back over `timespan`, both ends included.
//! - Windows that follow each other without a break are reported as one match. An event takes part in
//!   one reported match per correlation and group: after a match the next one starts with fresh events.
//! - `temporal_ordered` needs the steps in order by time, each step a different event. Events with
//!   equal times satisfy the order and mark the match.
//! - `value_count` counts distinct texts; absent and null are not values. `value_avg` and
//!   `value_percentile` of no number hold nothing. The percentile is the nearest rank.
//!
//! Memory: when the state passes its limit, groups are settled up to a watermark (the latest time seen
//! less the allowed lateness) and forgotten; observations that arrive behind it are counted as late.
//! If that does not suffice, the oldest open entries are dropped. Both make the result incomplete, and
//! [`Engine::finish`] says so. Correlations over first-seen rules are not settled early, nor are those
//! that refer to them: what is new is known only when all input was read.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use crate::plan::{
    Carried, Comparison, CorrelationKind, CorrelationPlan, Feed, Group as GroupKey, Observation,
    RuleRef,
};

mod group;
mod measure;
mod ordered;
#[cfg(test)]
mod tests;

use group::{Entry, Episode, Group};

/// A span of time in which a correlation held.
#[derive(Debug, Clone, PartialEq)]
pub struct Match<P> {
    /// Which correlation.
    pub correlation: u32,
    /// In which group.
    pub group: GroupKey,
    /// The events, by time; at most [`Limits::events`] of them.
    pub events: Vec<P>,
    /// How many events there were.
    pub event_count: u64,
    /// Time of the first event.
    pub first: i64,
    /// Time of the last event.
    pub last: i64,
    /// The largest value that the function reached.
    pub value: f64,
    /// Whether steps of a sequence carry equal times.
    pub order_not_provable: bool,
}

/// Bounds of the engine.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Estimated bytes of state.
    pub state: usize,
    /// How much later than the newest event an event may arrive once state had to be settled, seconds.
    pub lateness: i64,
    /// How many events a match lists.
    pub events: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            state: 96 << 20,
            lateness: 24 * 3600,
            events: 1000,
        }
    }
}

/// What did not fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Incompleteness {
    /// How often the state was settled before the end of input.
    pub settled_early: u64,
    /// Observations that arrived behind the watermark and were left out, per correlation.
    pub late: BTreeMap<u32, u64>,
    /// Entries dropped because even settled state did not fit, per correlation.
    pub dropped: BTreeMap<u32, u64>,
}

impl Incompleteness {
    /// Whether nothing was left out.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.late.is_empty() && self.dropped.is_empty()
    }
}

/// Sizes of things that are kept, for the state limit.
pub trait Weigh {
    /// Bytes that keeping one more reference to this costs.
    fn weight(&self) -> usize;
}

/// The state of all correlations.
#[derive(Debug)]
pub struct Engine<P> {
    plans: Vec<CorrelationPlan>,
    kinds: Vec<CorrelationKind>,
    /// Which correlations wait for the end of input.
    wait_for_end: Vec<bool>,
    groups: Vec<HashMap<GroupKey, Group<P>>>,
    limits: Limits,
    weight: usize,
    newest: i64,
    settled_until: i64,
    found: Vec<Match<P>>,
    incompleteness: Incompleteness,
}

impl<P: Clone + Ord + Weigh> Engine<P> {
    /// An engine for correlations in dependency order: a correlation that refers to another comes
    /// after it.
    #[must_use]
    pub fn new(plans: &[CorrelationPlan], limits: Limits) -> Self {
        let groups = plans.iter().map(|_| HashMap::new()).collect();
        Self {
            plans: plans.to_vec(),
            kinds: plans.iter().map(|plan| plan.kind).collect(),
            wait_for_end: wait_for_end(plans),
            groups,
            limits,
            weight: 0,
            newest: i64::MIN,
            settled_until: i64::MIN,
            found: Vec::new(),
            incompleteness: Incompleteness::default(),
        }
    }

    /// Takes what an event at `time` (seconds since 1970) means for one correlation. The order of
    /// payloads breaks ties of time. An unknown correlation is ignored.
    pub fn observe(&mut self, observation: Observation, time: i64, payload: P) {
        self.newest = self.newest.max(time);
        self.insert(observation, time, payload);
        if self.weight > self.limits.state {
            self.make_room();
        }
    }

    /// Estimated bytes of state.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.weight
    }

    /// Settles everything and returns the matches, ordered by correlation, first time and group.
    #[must_use]
    pub fn finish(mut self) -> (Vec<Match<P>>, Incompleteness) {
        self.settle(i64::MAX);
        self.found.sort_by(|a, b| {
            (a.correlation, a.first, a.last, &a.group, &a.events).cmp(&(
                b.correlation,
                b.first,
                b.last,
                &b.group,
                &b.events,
            ))
        });
        (self.found, self.incompleteness)
    }

    fn insert(&mut self, observation: Observation, time: i64, payload: P) {
        let index = observation.correlation.0;
        if time <= self.settled_until && !self.waits(index as usize) {
            *self.incompleteness.late.entry(index).or_default() += 1;
            return;
        }
        let entry = Entry {
            time,
            slot: observation.slot,
            value: observation.value,
            extra: observation.extra,
            payload,
        };
        self.add(index as usize, observation.group, entry, &[]);
    }

    fn waits(&self, index: usize) -> bool {
        self.wait_for_end.get(index).copied().unwrap_or_default()
    }

    fn add(&mut self, index: usize, key: GroupKey, entry: Entry<P>, behind: &[P]) {
        let Some(groups) = self.groups.get_mut(index) else {
            return;
        };
        self.weight += entry.weight();
        let weight = &mut self.weight;
        let group_weight = key_weight(&key) + group::GROUP_OVERHEAD;
        let group = groups.entry(key).or_insert_with(|| {
            *weight += group_weight;
            Group::new()
        });
        if !behind.is_empty() {
            group.attach(entry.payload.clone(), behind);
        }
        group.push(entry);
    }

    fn make_room(&mut self) {
        self.incompleteness.settled_early += 1;
        let target = self.limits.state / 4 * 3;
        self.settle(self.newest.saturating_sub(self.limits.lateness));
        if self.weight > target {
            self.settle(self.newest.saturating_sub(1));
        }
        if self.weight > target {
            self.drop_oldest(target);
        }
    }

    fn settle(&mut self, until: i64) {
        self.settled_until = self.settled_until.max(until);
        let plans = std::mem::take(&mut self.plans);
        for (index, plan) in plans.iter().enumerate() {
            if until == i64::MAX || !self.waits(index) {
                self.settle_correlation(index, plan, until);
            }
        }
        self.plans = plans;
    }

    fn settle_correlation(&mut self, index: usize, plan: &CorrelationPlan, until: i64) {
        let Some(groups) = self.groups.get_mut(index) else {
            return;
        };
        let mut episodes = Vec::new();
        let mut released = 0;
        groups.retain(|key, group| {
            released += group.settle(plan, until, self.limits.events, &mut |episode| {
                episodes.push((key.clone(), episode));
            });
            if group.is_empty() {
                released += key_weight(key) + group::GROUP_OVERHEAD;
                return false;
            }
            true
        });
        self.weight = self.weight.saturating_sub(released);
        // Hash order must not reach the results, nor the order in which later correlations are fed.
        episodes
            .sort_by(|a, b| (a.1.first, &a.0, &a.1.events).cmp(&(b.1.first, &b.0, &b.1.events)));
        for (key, episode) in episodes {
            for feed in &plan.feeds {
                self.feed(feed, &key, &episode);
            }
            self.found.push(Match {
                correlation: u32::try_from(index).unwrap_or(u32::MAX),
                group: key,
                events: episode.events,
                event_count: episode.event_count,
                first: episode.first,
                last: episode.last,
                value: episode.value,
                order_not_provable: episode.order_not_provable,
            });
        }
    }

    /// Hands a match to a correlation that refers to this one. It stands there at the time of its last
    /// event; since correlations are settled in dependency order, the same pass evaluates it.
    fn feed(&mut self, feed: &Feed, key: &GroupKey, episode: &Episode<P>) {
        let Some(payload) = episode.events.last() else {
            return;
        };
        let carried = |places: &[Carried]| -> GroupKey {
            let place = |place: &Carried| match place {
                Carried::Group(place) => key.get(usize::from(*place)).cloned().flatten(),
                Carried::Extra(place) => episode.extra.get(usize::from(*place)).cloned().flatten(),
            };
            places.iter().map(place).collect()
        };
        let outer = feed.correlation.0 as usize;
        let kind = self.kinds.get(outer).copied();
        let entry = Entry {
            time: episode.last,
            slot: feed.slot,
            value: measure::carried_value(kind, &carried(&feed.value)),
            extra: carried(&feed.extra),
            payload: payload.clone(),
        };
        self.add(outer, carried(&feed.group), entry, &episode.events);
    }

    fn drop_oldest(&mut self, target: usize) {
        let mut oldest_first: Vec<(i64, usize, GroupKey)> = Vec::new();
        for (index, groups) in self.groups.iter().enumerate() {
            oldest_first.extend(
                groups
                    .iter()
                    .map(|(key, group)| (group.newest(), index, key.clone())),
            );
        }
        oldest_first.sort();
        for (_, index, key) in oldest_first {
            if self.weight <= target {
                return;
            }
            let Some(group) = self
                .groups
                .get_mut(index)
                .and_then(|groups| groups.remove(&key))
            else {
                continue;
            };
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            *self.incompleteness.dropped.entry(index).or_default() += group.len() as u64;
            self.weight = self
                .weight
                .saturating_sub(group.weight() + key_weight(&key) + group::GROUP_OVERHEAD);
        }
    }
}

/// Inner correlations stand before outer ones, so one pass suffices.
fn wait_for_end(plans: &[CorrelationPlan]) -> Vec<bool> {
    let mut waits: Vec<bool> = Vec::with_capacity(plans.len());
    for plan in plans {
        let of_slot = |slot: &RuleRef| match slot {
            RuleRef::Rule(_) => false,
            RuleRef::FirstSeen(_) => true,
            RuleRef::Correlation(inner) => waits.get(inner.0 as usize).copied().unwrap_or_default(),
        };
        let waits_too = plan.slots.iter().any(of_slot);
        waits.push(waits_too);
    }
    waits
}

fn key_weight(key: &GroupKey) -> usize {
    key.iter().flatten().map(|text| text.len() + 16).sum()
}

/// Whether a value satisfies every bound; no bound is satisfied by anything above zero.
fn holds(bounds: &[(Comparison, f64)], value: f64) -> bool {
    if bounds.is_empty() {
        return value > 0.0;
    }
    bounds
        .iter()
        .all(|(comparison, bound)| comparison.holds(value, *bound))
}
