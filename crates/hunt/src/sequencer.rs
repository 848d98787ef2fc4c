//! Puts the work of all threads back into one order.
//!
//! Whatever thread finishes first, stretches are taken in the order of sources and records. So the
//! same input gives the same findings, the same record of two copies is the one that is cited, and
//! deduplication is exact. A thread that is far ahead waits, which bounds memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use rempart_findings::Finding;
use rempart_sigma::correlate::{Engine, Incompleteness, Limits, Weigh};
use rempart_sigma::first_seen::{FirstSeen, Novelty, Sighting};
use rempart_sigma::plan::{Observation, RuleId, RuleRef};
use rempart_trail::accounting::{Accounting, SourceTally};
use rempart_trail::dedup::{Deduplicator, Sighting as Delivery};

use crate::assemble::{self, AsEvent};
use crate::batch::{Batch, Matched};
use crate::event::EventRef;
use crate::facts::Facts;
use crate::rulebook::RuleBook;
use crate::singles::Singles;

/// Stretches that may wait for earlier ones.
const MOST_WAITING: usize = 64;
/// Shared ids of matched events that are remembered to link the other account's record.
const MOST_TWINS: usize = 400_000;
/// Unreadable pieces that the account lists.
const UNREADABLE_LISTED: usize = 100;

/// Collects stretches from all threads.
#[derive(Debug)]
pub(crate) struct Sequencer<'a> {
    state: Mutex<State<'a>>,
    moved_on: Condvar,
}

#[derive(Debug)]
struct State<'a> {
    next: (usize, u32),
    waiting: BTreeMap<(usize, u32), Batch>,
    sink: Sink<'a>,
}

/// Everything that a run accumulates.
#[derive(Debug)]
pub(crate) struct Sink<'a> {
    book: &'a RuleBook,
    sources: &'a [Arc<str>],
    dedup: &'a Deduplicator,
    engine: Engine<EventRef>,
    first_seen: FirstSeen<NewValue>,
    singles: Singles,
    twins: HashMap<Box<str>, EventRef>,
    twins_forgotten: u64,
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

impl<'a> Sequencer<'a> {
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
        let sink = Sink {
            book,
            sources,
            dedup,
            engine: Engine::new(book.rules.correlations(), limits),
            first_seen: FirstSeen::new(novelties.collect(), limits.state / 4),
            singles: Singles::default(),
            twins: HashMap::new(),
            twins_forgotten: 0,
            accounting: Accounting::new(UNREADABLE_LISTED),
            tally: None,
            facts: Facts::default(),
            without_time: 0,
            conflicts: BTreeSet::new(),
        };
        Self {
            state: Mutex::new(State {
                next: (0, 0),
                waiting: BTreeMap::new(),
                sink,
            }),
            moved_on: Condvar::new(),
        }
    }

    /// Takes a stretch. Blocks while too many later stretches wait; the thread that reads the earliest
    /// unfinished source never blocks.
    pub(crate) fn submit(&self, batch: Batch) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (batch.source, batch.part);
        while place != state.next
            && state.waiting.len() >= MOST_WAITING
            && state.next.0 != batch.source
        {
            state = self
                .moved_on
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.waiting.insert(place, batch);
        let mut has_moved = false;
        loop {
            let next = state.next;
            let Some(batch) = state.waiting.remove(&next) else {
                break;
            };
            state.next = if batch.is_last {
                (next.0 + 1, 0)
            } else {
                (next.0, next.1 + 1)
            };
            state.sink.take(batch);
            has_moved = true;
        }
        drop(state);
        if has_moved {
            self.moved_on.notify_all();
        }
    }

    pub(crate) fn into_sink(self) -> Sink<'a> {
        self.state
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .sink
    }
}

impl Sink<'_> {
    fn take(&mut self, batch: Batch) {
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
        for (position, (key, digest)) in batch.keys.into_iter().enumerate() {
            let delivery = key.map_or(Delivery::First, |key| self.dedup.observe(key, digest));
            match delivery {
                Delivery::First => tally.kept(),
                Delivery::SameBytes => tally.duplicate(),
                Delivery::OtherBytes => tally.conflicting(),
            }
            let Some(matched) = matches.next_if(|matched| matched.position == position) else {
                continue;
            };
            match delivery {
                Delivery::First => self.admit(matched),
                Delivery::SameBytes => {}
                Delivery::OtherBytes => self.admit_conflicting(&matched),
            }
        }
        self.facts.merge(batch.facts);
        self.without_time += batch.without_time;
        match &batch.report {
            Some(report) => {
                tally.close(report);
                self.accounting.add(tally);
            }
            None => self.tally = Some(tally),
        }
    }

    /// Both copies are evidence, but a call counts once: the second copy stays out of windows.
    fn admit_conflicting(&mut self, matched: &Matched) {
        self.conflicts.insert(matched.event.0.id.clone());
        for rule in matched
            .rules
            .iter()
            .filter(|rule| emits_alone(self.book, **rule))
        {
            self.singles.add(*rule, &matched.event);
        }
    }

    fn admit(&mut self, matched: Matched) {
        let event = matched.event;
        let book = self.book;
        let alone = matched
            .rules
            .iter()
            .filter(|rule| emits_alone(book, **rule));
        if let Some(shared) = &event.0.shared_id {
            if let Some(first) = self.twins.get(shared) {
                alone.for_each(|rule| self.singles.add_twin(*rule, first, &event));
                return;
            }
            if self.twins.len() < MOST_TWINS {
                self.twins.insert(shared.clone(), event.clone());
            } else {
                self.twins_forgotten += 1;
            }
        }
        alone.for_each(|rule| self.singles.add(*rule, &event));
        let waits_for = |observation: &Observation| {
            let plan = book
                .rules
                .correlations()
                .get(observation.correlation.0 as usize)?;
            match plan.slots.get(usize::from(observation.slot))? {
                RuleRef::FirstSeen(rule) => Some(*rule),
                RuleRef::Rule(_) | RuleRef::Correlation(_) => None,
            }
        };
        let (pending, ready): (Vec<Observation>, Vec<Observation>) = matched
            .observations
            .into_iter()
            .partition(|observation| waits_for(observation).is_some());
        for observation in ready {
            self.engine
                .observe(observation, event.0.time, event.clone());
        }
        for seen in matched.first_seen {
            let Some(place) = book.novelty_of(seen.rule) else {
                continue;
            };
            let of_rule = pending
                .iter()
                .filter(|observation| waits_for(observation) == Some(seen.rule))
                .cloned();
            let payload = NewValue {
                event: event.clone(),
                pending: of_rule.collect(),
            };
            self.first_seen.observe(Sighting {
                rule: place,
                group: seen.group,
                value: seen.value,
                teaches: seen.teaches,
                alerts: seen.alerts,
                time: event.0.time,
                payload,
            });
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
                "'{title}': history over its memory limit, {count} sightings left out"
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
        if singles.not_listed() > 0 {
            incomplete.push(format!(
                "{} matching events are counted in findings but not listed",
                singles.not_listed()
            ));
        }
        for gathered in singles.finish() {
            findings.extend(assemble::single(self.book, gathered));
        }
        if self.twins_forgotten > 0 {
            incomplete.push(format!(
                "{} events were not linked to their copies in other accounts",
                self.twins_forgotten
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

fn emits_alone(book: &RuleBook, rule: RuleId) -> bool {
    book.novelty_of(rule).is_none() && book.card(rule).is_some_and(|card| card.emits)
}
