//! Everything that a run accumulates, and the findings that come of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use rempart_findings::Finding;
use rempart_sigma::correlate::{Engine, Incompleteness, Limits, Weigh};
use rempart_sigma::first_seen::{FirstSeen, Novelty, Sighting};
use rempart_sigma::plan::{FirstSeenObservation, Observation, RuleId, RuleRef};
use rempart_trail::accounting::{Accounting, SourceTally};
use rempart_trail::dedup::{Deduplicator, Sighting as Delivery};

use crate::assemble::{self, AsEvent};
use crate::batch::{Batch, Matched};
use crate::event::EventRef;
use crate::facts::Facts;
use crate::rulebook::RuleBook;
use crate::singles::Singles;
use crate::twins::{Fate, Twins};

/// Unreadable pieces that the account lists.
const UNREADABLE_LISTED: usize = 100;

/// Everything that a run accumulates.
#[derive(Debug)]
pub(crate) struct Sink<'a> {
    book: &'a RuleBook,
    sources: &'a [Arc<str>],
    dedup: &'a Deduplicator,
    engine: Engine<EventRef>,
    first_seen: FirstSeen<NewValue>,
    singles: Singles,
    twins: Twins,
    /// Weight of the engine from which records wait no longer for their twins.
    nearly_full: usize,
    tally: Option<SourceTally>,
    pub(crate) accounting: Accounting,
    pub(crate) facts: Facts,
    pub(crate) without_time: u64,
    conflicts: BTreeSet<Box<str>>,
}

/// An event with a value that may be new, and what it means for correlations if it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NewValue {
    event: EventRef,
    pending: Arc<[Observation]>,
}

/// What a run found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) findings: Vec<Finding>,
    pub(crate) incomplete: Vec<String>,
}

impl Eq for NewValue {}

impl PartialOrd for NewValue {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for NewValue {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.event.cmp(&other.event)
    }
}

impl Weigh for NewValue {
    fn weight(&self) -> usize {
        self.event.weight() + self.pending.len() * size_of::<Observation>()
    }
}

impl AsEvent for NewValue {
    fn event(&self) -> &EventRef {
        &self.event
    }
}

impl<'a> Sink<'a> {
    pub(crate) fn new(
        book: &'a RuleBook,
        sources: &'a [Arc<str>],
        dedup: &'a Deduplicator,
        limits: Limits,
    ) -> Self {
        let novelties = book.novelties().iter().map(|novelty| Novelty {
            learning: novelty.learning,
            within: novelty.within,
        });
        Self {
            book,
            sources,
            dedup,
            engine: Engine::new(book.rules.correlations(), limits),
            first_seen: FirstSeen::new(novelties.collect(), limits.state / 4),
            singles: Singles::default(),
            twins: Twins::new(limits.state / 4),
            nearly_full: limits.state / 4 * 3,
            accounting: Accounting::new(UNREADABLE_LISTED),
            tally: None,
            facts: Facts::default(),
            without_time: 0,
            conflicts: BTreeSet::new(),
        }
    }
}

impl Sink<'_> {
    /// Takes a stretch. Stretches come in the order of sources and records.
    pub(crate) fn take(&mut self, batch: Batch) {
        let name = self.sources.get(batch.source).map_or("", |name| &**name);
        let mut tally = self.tally.take().unwrap_or_else(|| SourceTally::new(name));
        (0..batch.filtered).for_each(|_| tally.filtered());
        (0..batch.other).for_each(|_| tally.other());
        for (place, reason, raw) in &batch.unreadable {
            tally.unreadable(*place, reason, raw, UNREADABLE_LISTED);
        }
        if let Some((place, reason, _)) = batch.unreadable.last() {
            (0..batch.more_unreadable).for_each(|_| tally.unreadable(*place, reason, &[], 0));
        }
        let mut matches = batch.matches.into_iter().peekable();
        let mut without_time = batch.without_time.into_iter().peekable();
        for (position, (key, digest)) in batch.keys.into_iter().enumerate() {
            let delivery = key.map_or(Delivery::First, |key| self.dedup.observe(key, digest));
            match delivery {
                Delivery::First => tally.kept(),
                Delivery::SameBytes => tally.duplicate(),
                Delivery::OtherBytes => tally.conflicting(),
            }
            if without_time.next_if_eq(&position).is_some() && delivery != Delivery::SameBytes {
                self.without_time += 1;
            }
            let Some(matched) = matches.next_if(|matched| matched.position == position) else {
                continue;
            };
            match delivery {
                Delivery::First => self.admit(matched),
                Delivery::SameBytes => {}
                Delivery::OtherBytes => self.admit_conflicting(matched),
            }
        }
        self.facts.merge(batch.facts);
        match &batch.report {
            Some(report) => {
                tally.close(report);
                self.accounting.add(tally);
            }
            None => self.tally = Some(tally),
        }
    }

    /// Both copies are evidence, but a call counts once: the second copy stays out of windows.
    fn admit_conflicting(&mut self, matched: Matched) {
        self.conflicts.insert(matched.event.0.id.clone());
        for rule in self.alone(&matched) {
            self.singles.add(rule, &matched.event);
        }
        self.teach(matched.first_seen, &matched.event);
    }

    fn admit(&mut self, matched: Matched) {
        let Some(shared_id) = matched.event.0.shared_id.clone() else {
            return self.count(vec![matched]);
        };
        match self.twins.take(&shared_id, matched) {
            // What waits until windows are settled would come too late for them.
            Fate::Waits if self.engine.weight() > self.nearly_full => {
                let calls = self.twins.hand_on();
                calls.into_iter().for_each(|copies| self.count(copies));
            }
            Fate::Waits => {}
            Fate::HandOn(calls) => calls.into_iter().for_each(|copies| self.count(copies)),
            Fate::TwinOf(first, matched) => {
                for rule in self.alone(&matched) {
                    self.singles.add_twin(rule, &first, &matched.event);
                }
                self.teach(matched.first_seen, &matched.event);
            }
        }
    }

    /// Counts one call, of which there may be several records, the one that tells most first. What
    /// several of them mean for a rule counts once, by the first that means it.
    fn count(&mut self, copies: Vec<Matched>) {
        let events: Vec<EventRef> = copies.iter().map(|copy| copy.event.clone()).collect();
        let mut raised = BTreeSet::new();
        let mut observed = BTreeSet::new();
        let mut alerted = BTreeSet::new();
        for copy in copies {
            for rule in self.alone(&copy) {
                if !raised.insert(rule) {
                    continue;
                }
                self.singles.add(rule, &copy.event);
                for twin in events.iter().filter(|twin| **twin != copy.event) {
                    self.singles.add_twin(rule, &copy.event, twin);
                }
            }
            let mut observations = copy.observations;
            observations.retain(|of| !observed.contains(&(of.correlation, of.slot)));
            observed.extend(observations.iter().map(|of| (of.correlation, of.slot)));
            let mut first_seen = copy.first_seen;
            for seen in &mut first_seen {
                seen.alerts &= !alerted.contains(&seen.rule);
            }
            let alerting = first_seen.iter().filter(|seen| seen.alerts);
            alerted.extend(alerting.map(|seen| seen.rule));
            self.observe(&copy.event, observations, first_seen);
        }
    }

    fn observe(
        &mut self,
        event: &EventRef,
        observations: Vec<Observation>,
        first_seen: Vec<FirstSeenObservation>,
    ) {
        let mut pending = Vec::new();
        for observation in observations {
            match self.first_seen_slot(&observation) {
                Some(rule) => pending.push((rule, observation)),
                None => self
                    .engine
                    .observe(observation, event.0.time, event.clone()),
            }
        }
        for seen in first_seen {
            let of_rule = pending.iter().filter(|(rule, _)| *rule == seen.rule);
            let pending = of_rule
                .map(|(_, observation)| observation.clone())
                .collect();
            let payload = NewValue {
                event: event.clone(),
                pending,
            };
            self.sight(seen, payload);
        }
    }

    /// Another view of a call that was seen already: values become known, nothing is raised twice.
    fn teach(&mut self, sightings: Vec<FirstSeenObservation>, event: &EventRef) {
        for seen in sightings {
            let payload = NewValue {
                event: event.clone(),
                pending: [].into(),
            };
            self.sight(
                FirstSeenObservation {
                    alerts: false,
                    ..seen
                },
                payload,
            );
        }
    }

    fn sight(&mut self, seen: FirstSeenObservation, payload: NewValue) {
        let Some(rule) = self.book.novelty_of(seen.rule) else {
            return;
        };
        self.first_seen.observe(Sighting {
            rule,
            group: seen.group,
            value: seen.value,
            teaches: seen.teaches,
            alerts: seen.alerts,
            time: payload.event.0.time,
            payload,
        });
    }

    fn alone(&self, matched: &Matched) -> Vec<RuleId> {
        let rules = matched.rules.iter().copied();
        rules.filter(|rule| self.book.emits_alone(*rule)).collect()
    }

    /// The first-seen rule in whose slot an observation stands: it counts only if the value is new.
    fn first_seen_slot(&self, observation: &Observation) -> Option<RuleId> {
        let plans = self.book.rules.correlations();
        let plan = plans.get(observation.correlation.0 as usize)?;
        match plan.slots.get(usize::from(observation.slot))? {
            RuleRef::FirstSeen(rule) => Some(*rule),
            RuleRef::Rule(_) | RuleRef::Correlation(_) => None,
        }
    }

    /// Bytes of the deduplication set, and events that found no room in it.
    pub(crate) fn dedup_state(&self) -> (usize, u64) {
        (self.dedup.memory(), self.dedup.not_remembered())
    }

    /// Ends the run: settles every window and builds the findings.
    pub(crate) fn finish(&mut self) -> Found {
        let mut findings = Vec::new();
        let mut incomplete = Vec::new();
        for copies in self.twins.finish() {
            self.count(copies);
        }
        let limit_free = FirstSeen::new(Vec::new(), 0);
        let (novel, left_out) = std::mem::replace(&mut self.first_seen, limit_free).finish();
        for novel in &novel {
            let Some(rule) = self
                .book
                .novelties()
                .get(novel.rule as usize)
                .map(|novelty| novelty.rule)
            else {
                continue;
            };
            for (event, time) in novel.events.iter().zip(&novel.times) {
                for observation in event.pending.iter() {
                    self.engine
                        .observe(observation.clone(), *time, event.event.clone());
                }
            }
            if self.book.card(rule).is_some_and(|card| card.emits) {
                findings.extend(assemble::novel(self.book, rule, novel));
            }
        }
        for (rule, count) in left_out {
            let rule = self
                .book
                .novelties()
                .get(rule as usize)
                .and_then(|novelty| self.book.card(novelty.rule));
            let title = rule
                .map(|card| card.reference.title.as_str())
                .unwrap_or_default();
            incomplete.push(format!(
                "'{title}': {count} sightings over the limits of its history left out"
            ));
        }
        let engine = std::mem::replace(&mut self.engine, Engine::new(&[], Limits::default()));
        let (matches, incompleteness) = engine.finish();
        incomplete.extend(self.describe(&incompleteness));
        let plans = self.book.rules.correlations();
        let emitted = matches.into_iter().filter(|found| {
            let plan = plans.get(found.correlation as usize);
            plan.is_some_and(|plan| {
                self.book
                    .correlation_card(plan.id)
                    .is_some_and(|card| card.emits)
            })
        });
        for found in assemble::joined(emitted.collect()) {
            findings.extend(assemble::correlated(self.book, found));
        }
        let singles = std::mem::take(&mut self.singles);
        let (gathered, not_listed) = singles.finish();
        if not_listed > 0 {
            incomplete.push(format!(
                "{not_listed} matching events are counted in findings but not listed"
            ));
        }
        for gathered in gathered {
            findings.extend(assemble::single(self.book, gathered));
        }
        if self.twins.not_remembered() > 0 {
            incomplete.push(format!(
                "{} events were not linked to their copies in other accounts",
                self.twins.not_remembered()
            ));
        }
        if !self.conflicts.is_empty() {
            for finding in &mut findings {
                if finding
                    .event_ids
                    .iter()
                    .any(|id| self.conflicts.contains(id.as_str()))
                {
                    finding.notes.push("records with the same eventID and different bytes exist: one may be forged or amended".to_owned());
                }
            }
        }
        findings.sort_by(|a, b| {
            (b.severity, &a.first_time, &a.rule.id, &a.id).cmp(&(
                a.severity,
                &b.first_time,
                &b.rule.id,
                &b.id,
            ))
        });
        Found {
            findings,
            incomplete,
        }
    }

    fn describe(&self, incompleteness: &Incompleteness) -> Vec<String> {
        let plans = self.book.rules.correlations();
        let title = |index: &u32| {
            plans
                .get(*index as usize)
                .map(|plan| plan.info.metadata.title.clone())
                .unwrap_or_default()
        };
        let late = incompleteness.late.iter().map(|(index, count)| {
            format!(
                "'{}': {count} events arrived too late for their window, see --state-limit",
                title(index)
            )
        });
        let dropped = incompleteness.dropped.iter().map(|(index, count)| {
            format!(
                "'{}': {count} events dropped at the memory limit, see --state-limit",
                title(index)
            )
        });
        late.chain(dropped).collect()
    }
}
