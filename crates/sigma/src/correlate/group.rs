//! One group of one correlation: its events by time, and the windows found in them.

use super::measure::Running;
use super::{Weigh, ordered};
use crate::plan::{CorrelationKind, CorrelationPlan, Group as Values, ObservedValue};

/// Bytes that a group costs beside its key and entries.
pub(super) const GROUP_OVERHEAD: usize = 160;

/// An observation inside its group.
#[derive(Debug, Clone)]
pub(super) struct Entry<P> {
    pub(super) time: i64,
    pub(super) slot: u16,
    pub(super) value: ObservedValue,
    pub(super) extra: Values,
    pub(super) payload: P,
}

impl<P: Weigh> Entry<P> {
    pub(super) fn weight(&self) -> usize {
        let value = match &self.value {
            ObservedValue::Absent => 0,
            ObservedValue::Numbers(numbers) => numbers.len() * size_of::<f64>(),
            ObservedValue::Tuples(tuples) => {
                tuples.iter().flatten().map(|text| text.len() + 16).sum()
            }
        };
        let extra: usize = self
            .extra
            .iter()
            .flatten()
            .map(|text| text.len() + 16)
            .sum();
        size_of::<Self>() + value + extra + self.payload.weight()
    }
}

/// A run of windows in which the correlation held.
#[derive(Debug, Clone)]
pub(super) struct Episode<P> {
    pub(super) events: Vec<P>,
    /// Values of the observation that completed the match, for correlations that refer to this one.
    pub(super) extra: Values,
    pub(super) event_count: u64,
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) value: f64,
    pub(super) order_not_provable: bool,
}

#[derive(Debug)]
pub(super) struct Group<P> {
    entries: Vec<Entry<P>>,
    sorted: bool,
    /// Entries before this place were evaluated in an earlier pass; they are kept since a later window
    /// may reach back to them.
    evaluated: usize,
    /// The last window evaluated held, so the next one may continue the match.
    open: Option<Episode<P>>,
    /// Events behind an entry that stands for a whole match of another correlation.
    attached: Vec<(P, Vec<P>)>,
}

impl<P: Clone + Ord + Weigh> Group<P> {
    pub(super) const fn new() -> Self {
        Self {
            entries: Vec::new(),
            sorted: true,
            evaluated: 0,
            open: None,
            attached: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, entry: Entry<P>) {
        if self
            .entries
            .last()
            .is_some_and(|last| (entry.time, &entry.payload) < (last.time, &last.payload))
        {
            self.sorted = false;
        }
        self.entries.push(entry);
    }

    pub(super) fn attach(&mut self, payload: P, events: &[P]) {
        self.attached.push((payload, events.to_vec()));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.open.is_none()
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn newest(&self) -> i64 {
        self.entries
            .iter()
            .map(|entry| entry.time)
            .max()
            .unwrap_or(i64::MIN)
    }

    pub(super) fn weight(&self) -> usize {
        self.entries.iter().map(Entry::weight).sum()
    }

    /// Evaluates every window that ends at or before `until`, reports the matches that are complete,
    /// and forgets what no later window can reach. Returns the weight that was released.
    pub(super) fn settle(
        &mut self,
        plan: &CorrelationPlan,
        until: i64,
        most_events: usize,
        report: &mut dyn FnMut(Episode<P>),
    ) -> usize {
        let before = self.weight();
        if !self.sorted {
            // Entries that were evaluated are all at or before the last watermark, and those that
            // came later are after it: sorting keeps the evaluated ones in front.
            self.entries
                .sort_by(|a, b| (a.time, &a.payload, a.slot).cmp(&(b.time, &b.payload, b.slot)));
            self.sorted = true;
        }
        let ready = self.entries.partition_point(|entry| entry.time <= until);
        let mut found = Vec::new();
        if plan.kind == CorrelationKind::TemporalOrdered && plan.expression.is_none() {
            self.settle_ordered(plan, ready, &mut found);
        } else {
            self.settle_sliding(plan, ready, most_events, &mut found);
        }
        self.forget(plan, until);
        if until == i64::MAX
            || self
                .open
                .as_ref()
                .is_some_and(|open| until - open.last > plan.timespan_seconds)
        {
            found.extend(self.open.take());
        }
        for mut episode in found {
            self.expand(&mut episode, most_events);
            report(episode);
        }
        if self.entries.is_empty() {
            self.attached.clear();
        }
        before - self.weight()
    }

    fn settle_sliding(
        &mut self,
        plan: &CorrelationPlan,
        ready: usize,
        most_events: usize,
        found: &mut Vec<Episode<P>>,
    ) {
        let mut running = Running::new(plan);
        let mut left = 0;
        // What an open match holds already is spent.
        let mut consumed = if self.open.is_some() {
            self.evaluated
        } else {
            0
        };
        for place in 0..ready {
            let Some(entry) = self.entries.get(place) else {
                break;
            };
            running.add(entry.slot, &entry.value);
            while let Some(oldest) = self.entries.get(left)
                && left < place
                && entry.time - oldest.time > plan.timespan_seconds
            {
                running.remove(oldest.slot, &oldest.value);
                left += 1;
            }
            // Windows at events of the same second end together: only the last of them sees all.
            let ends_here = self
                .entries
                .get(place + 1)
                .is_none_or(|next| next.time != entry.time);
            if place < self.evaluated || !ends_here {
                continue;
            }
            if self
                .open
                .as_ref()
                .is_some_and(|open| entry.time - open.last > plan.timespan_seconds)
            {
                found.extend(self.open.take());
            }
            match (running.satisfied(), self.open.is_some()) {
                (Some(value), true) => {
                    if let Some(open) = &mut self.open {
                        let from = consumed.max(left);
                        open.extend(
                            self.entries.get(from..=place).unwrap_or_default(),
                            most_events,
                            value,
                        );
                    }
                    consumed = place + 1;
                }
                (Some(value), false) => {
                    let window = self.entries.get(left..=place).unwrap_or_default();
                    let mut episode = Episode::starting(entry.time);
                    episode.extend(window, most_events, value);
                    self.open = Some(episode);
                    consumed = place + 1;
                }
                (None, true) => {
                    found.extend(self.open.take());
                    // The reported events are spent: the window starts again behind them.
                    running = Running::new(plan);
                    left = consumed;
                    for later in self.entries.get(consumed..=place).unwrap_or_default() {
                        running.add(later.slot, &later.value);
                    }
                }
                (None, false) => {}
            }
        }
        // Entries of an open match stay, so that its next window can be computed, and are told from
        // unspent ones by `evaluated`; those of a reported one are dropped now.
        if self.open.is_none() && consumed > 0 {
            self.entries.drain(..consumed.min(self.entries.len()));
            self.evaluated = ready.saturating_sub(consumed);
        } else {
            self.evaluated = ready;
        }
    }

    fn settle_ordered(
        &mut self,
        plan: &CorrelationPlan,
        ready: usize,
        found: &mut Vec<Episode<P>>,
    ) {
        let entries = self.entries.get(..ready).unwrap_or_default();
        let spent = ordered::chains(plan, entries, found);
        self.entries.drain(..spent.min(self.entries.len()));
        self.evaluated = 0;
    }

    fn forget(&mut self, plan: &CorrelationPlan, until: i64) {
        if until == i64::MAX {
            self.entries.clear();
            self.evaluated = 0;
            return;
        }
        let horizon = until.saturating_sub(plan.timespan_seconds);
        let old = self.entries.partition_point(|entry| entry.time < horizon);
        self.entries.drain(..old);
        self.evaluated = self.evaluated.saturating_sub(old);
    }

    /// Puts the events of chained matches in the place of the entries that stand for them.
    fn expand(&self, episode: &mut Episode<P>, most_events: usize) {
        if self.attached.is_empty() {
            return;
        }
        let mut events = Vec::new();
        for payload in &episode.events {
            match self
                .attached
                .iter()
                .find(|(stand_in, _)| stand_in == payload)
            {
                Some((_, behind)) => events.extend(behind.iter().cloned()),
                None => events.push(payload.clone()),
            }
        }
        let mut seen = std::collections::BTreeSet::new();
        events.retain(|event| seen.insert(event.clone()));
        let extra = events.len().saturating_sub(episode.events.len()) as u64;
        episode.event_count += extra;
        events.truncate(most_events);
        episode.events = events;
    }
}

impl<P: Clone> Episode<P> {
    pub(super) fn starting(time: i64) -> Self {
        Self {
            events: Vec::new(),
            extra: Values::default(),
            event_count: 0,
            first: time,
            last: time,
            value: f64::NEG_INFINITY,
            order_not_provable: false,
        }
    }

    fn extend(&mut self, entries: &[Entry<P>], most_events: usize, value: f64) {
        for entry in entries {
            self.first = self.first.min(entry.time);
            self.last = self.last.max(entry.time);
            self.event_count += 1;
            if self.events.len() < most_events {
                self.events.push(entry.payload.clone());
            }
        }
        if let Some(last) = entries.last() {
            self.extra = last.extra.clone();
        }
        self.value = self.value.max(value);
    }
}
