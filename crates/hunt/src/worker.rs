//! One thread's work: read a source, match its records, hand stretches to the sequencer.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rempart_sigma::plan::{FirstSeenObservation, Observation, RuleId};
use rempart_sigma::{DERIVED_PREFIX, Derive, Derived};
use rempart_trail::dedup::{Deduplicator, EventKey};
use rempart_trail::linked::Linked;
use rempart_trail::read::{
    Limits, Place, ReadError, Scratch, SourceReport, Visitor, read_bytes, read_source,
};
use rempart_trail::record::Record;
use rempart_trail::source::Source;

use crate::batch::{Batch, Matched, RECORDS_PER_BATCH};
use crate::derive::{Deriver, KnownAccounts};
use crate::event::{EventMaker, record_time};
use crate::facts::FactCollector;
use crate::filter::RecordFilter;
use crate::guardrails::{GuardrailJudge, Guardrails};
use crate::known_values::KnownValues;
use crate::observe::{Observer, Observers};
use crate::progress::Progress;
use crate::rulebook::RuleBook;
use crate::sequencer::Sequencer;

/// Unreadable pieces that are described per stretch; the rest are counted.
const MOST_DESCRIBED: usize = 20;
/// Bytes that are kept of an unreadable piece.
const RAW_KEPT: usize = 2048;

/// What all workers share.
#[derive(Debug)]
pub(crate) struct Shared<'a, 'book> {
    pub(crate) book: &'a RuleBook,
    pub(crate) filter: &'a RecordFilter,
    pub(crate) accounts: &'a KnownAccounts,
    pub(crate) limits: &'a Limits,
    pub(crate) guardrails: Option<&'a dyn Guardrails>,
    pub(crate) observers: Option<&'a dyn Observers>,
    pub(crate) dedup: &'a Deduplicator,
    pub(crate) sequencer: &'a Sequencer<'book>,
    pub(crate) progress: &'a Progress,
}

/// One thread's tools.
#[derive(Debug)]
pub(crate) struct Worker<'a, 'book> {
    shared: &'a Shared<'a, 'book>,
    matcher: rempart_sigma::Scratch,
    deriver: Deriver<'a>,
    maker: EventMaker,
    guardrails: Option<Box<dyn GuardrailJudge + 'a>>,
    observer: Option<Box<dyn Observer + 'a>>,
    facts: FactCollector,
    known_values: KnownValues,
    source: Arc<str>,
    batch: Batch,
    matched_rules: Vec<RuleId>,
    observations: Vec<Observation>,
    first_seen: Vec<FirstSeenObservation>,
}

impl<'a, 'book> Worker<'a, 'book> {
    pub(crate) fn new(shared: &'a Shared<'a, 'book>) -> Self {
        Self {
            shared,
            matcher: shared.book.rules.scratch(),
            deriver: Deriver::new(shared.accounts),
            maker: EventMaker::default(),
            guardrails: shared.guardrails.map(Guardrails::judge),
            observer: shared.observers.map(Observers::observer),
            facts: FactCollector::default(),
            known_values: KnownValues::default(),
            source: "".into(),
            batch: Batch::default(),
            matched_rules: Vec::new(),
            observations: Vec::new(),
            first_seen: Vec::new(),
        }
    }

    /// Reads one source to its end.
    pub(crate) fn read(
        &mut self,
        number: usize,
        source: &Source,
        name: &Arc<str>,
        scratch: &mut Scratch,
    ) {
        self.source = Arc::clone(name);
        self.batch = Batch {
            source: number,
            ..Batch::default()
        };
        let report = read_source(source, self.shared.limits, scratch, self);
        self.end_source(report);
    }

    /// Reads bytes as the only source.
    pub(crate) fn read_bytes(&mut self, bytes: &[u8], name: &Arc<str>, scratch: &mut Scratch) {
        self.source = Arc::clone(name);
        self.batch = Batch::default();
        let report = read_bytes(bytes, self.shared.limits, scratch, self);
        self.end_source(report);
    }

    /// Everything was read.
    pub(crate) fn finish(self) {
        if let Some(observer) = self.observer {
            observer.finish();
        }
    }

    fn end_source(&mut self, report: SourceReport) {
        let progress = self.shared.progress;
        progress
            .stored_bytes
            .fetch_add(report.stored_bytes, Ordering::Relaxed);
        progress
            .inflated_bytes
            .fetch_add(report.inflated_bytes, Ordering::Relaxed);
        progress.sources_done.fetch_add(1, Ordering::Relaxed);
        self.batch.report = Some(report);
        self.batch.is_last = true;
        self.hand_over();
    }

    fn hand_over(&mut self) {
        self.batch.facts = self.facts.take();
        let next = Batch {
            source: self.batch.source,
            part: self.batch.part + 1,
            ..Batch::default()
        };
        let batch = std::mem::replace(&mut self.batch, next);
        let progress = self.shared.progress;
        progress
            .records
            .fetch_add(batch.keys.len() as u64, Ordering::Relaxed);
        progress
            .matches
            .fetch_add(batch.matches.len() as u64, Ordering::Relaxed);
        self.shared.sequencer.submit(batch);
    }

    fn keep(&mut self, record: &Record<'_>, place: Place) {
        let book = self.shared.book;
        self.observations.clear();
        self.first_seen.clear();
        book.rules.observations(
            record,
            &self.deriver,
            &mut self.matcher,
            &self.matched_rules,
            &mut self.observations,
        );
        book.rules.first_seen_observations(
            record,
            &self.deriver,
            &mut self.matcher,
            &mut self.first_seen,
        );
        if !self.first_seen.is_empty()
            && let Some(time) = record_time(record)
        {
            let known = &mut self.known_values;
            self.first_seen
                .retain(|seen| known.may_matter(book, seen, time));
        }
        let has_finding = self
            .matched_rules
            .iter()
            .any(|rule| book.emits_alone(*rule));
        if !has_finding && self.observations.is_empty() && self.first_seen.is_empty() {
            return;
        }
        let mut captured: Vec<(Arc<str>, Box<str>)> = Vec::new();
        for rule in &self.matched_rules {
            for field in book.captured(*rule) {
                if captured.iter().any(|(name, _)| name == field) {
                    continue;
                }
                let values = self.field_texts(record, field);
                if !values.is_empty() {
                    captured.push((Arc::clone(field), shortened(&values)));
                }
            }
        }
        let guardrails = self.guardrails.as_mut();
        let guardrails = guardrails
            .map(|judge| judge.stopping(record))
            .unwrap_or_default();
        let event = self
            .maker
            .make(record, &self.source, place, captured, guardrails);
        let Some(event) = event else {
            let position = self.batch.keys.len().saturating_sub(1);
            self.batch.without_time.push(position);
            return;
        };
        let may_have_twins = event.0.shared_id.is_some();
        self.batch.matches.push(Matched {
            richness: may_have_twins.then(|| Linked::of(record).richness),
            position: self.batch.keys.len().saturating_sub(1),
            event,
            rules: self.matched_rules.clone(),
            observations: std::mem::take(&mut self.observations),
            first_seen: std::mem::take(&mut self.first_seen),
        });
    }
}

impl Worker<'_, '_> {
    fn field_texts(&self, record: &Record<'_>, field: &str) -> Vec<String> {
        if !field.starts_with(DERIVED_PREFIX) {
            return rempart_sigma::lookup(record, field);
        }
        match self.deriver.derive(record, field) {
            Derived::Absent => Vec::new(),
            Derived::Bool(flag) => vec![flag.to_string()],
            Derived::Word(text) => vec![text.to_owned()],
            Derived::Text(text) => vec![text],
            Derived::Number(number) => vec![number.to_string()],
            Derived::List(texts) => texts,
        }
    }
}

impl Visitor for Worker<'_, '_> {
    fn record(&mut self, record: &Record<'_>, place: Place) {
        if !self.shared.filter.admits(record) {
            self.batch.filtered += 1;
            return;
        }
        let digest = self.shared.dedup.digest(record.raw());
        self.batch
            .keys
            .push((EventKey::of(record).map(owned), digest));
        self.facts.observe(record);
        if let Some(observer) = &mut self.observer {
            observer.record(record, &self.source, place);
        }
        self.matched_rules.clear();
        self.shared.book.rules.evaluate(
            record,
            &self.deriver,
            &mut self.matcher,
            &mut self.matched_rules,
        );
        self.keep(record, place);
        if self.batch.keys.len() >= RECORDS_PER_BATCH {
            self.hand_over();
        }
    }

    fn unreadable(&mut self, place: Place, reason: &ReadError, raw: &[u8]) {
        if self.batch.unreadable.len() >= MOST_DESCRIBED {
            self.batch.more_unreadable += 1;
            return;
        }
        let beginning = raw.get(..RAW_KEPT).unwrap_or(raw);
        self.batch
            .unreadable
            .push((place, reason.clone(), beginning.into()));
    }

    fn other(&mut self, _place: Place, _what: &str) {
        self.batch.other += 1;
    }
}

/// A key that outlives the record.
fn owned(key: EventKey<'_>) -> EventKey<'static> {
    match key {
        EventKey::Uuid(uuid) => EventKey::Uuid(uuid),
        EventKey::Text(text) => EventKey::Text(Cow::Owned(text.into_owned())),
    }
}

/// Values joined for an explanation, at most 300 characters.
fn shortened(values: &[String]) -> Box<str> {
    let joined = values.join(", ");
    if joined.chars().count() <= 300 {
        return joined.into();
    }
    let mut text: String = joined.chars().take(299).collect();
    text.push('…');
    text.into()
}
