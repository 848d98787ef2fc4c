//! Who changed it: from differences of two snapshots to the CloudTrail events behind them.
//!
//! An event is named when it is a write that AWS did not refuse, in the account and Region of the
//! resource, and its parameters, answer or resources hold the resource's ARN or identifier. That it made
//! the very change cannot be read from a log: the events are candidates, in the order of their time.

use std::borrow::Cow;
use std::collections::HashMap;

use aho_corasick::AhoCorasick;
use rempart_estate::{DiffEntry, Difference};
use rempart_trail::dedup::{Deduplicator, Sighting};
use rempart_trail::identity::Identity;
use rempart_trail::read::{Limits, Place, ReadError, Scratch, Visitor, read_source};
use rempart_trail::record::{Field, Record};
use rempart_trail::source::{DiscoverOptions, Input, discover};

/// Most events of one difference.
const MOST_EVENTS: usize = 20;
/// Writes that are remembered, so that a record delivered twice counts once.
const MOST_REMEMBERED: usize = 1 << 20;
/// Any number: records are compared in one run only.
const SEED: u64 = 0;
/// Identifiers that are shorter would be found everywhere.
const SHORTEST: usize = 3;

/// An event that may have made a change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// `eventTime`
    pub time: String,
    /// `eventName`
    pub name: String,
    /// `eventID`
    pub id: String,
    /// ARN of the caller, or who else it was.
    pub principal: String,
    /// Source and number of the record.
    pub place: String,
}

/// Events by the number of the difference.
#[derive(Clone, Debug, Default)]
pub struct Changers {
    events: HashMap<usize, Vec<Event>>,
    /// What could not be read: source and reason.
    pub problems: Vec<(String, String)>,
    /// Differences of which not all events are kept.
    pub truncated: usize,
}

impl Changers {
    /// Reads logs and finds the events behind differences.
    ///
    /// # Errors
    /// The names of the resources are too many to be searched for.
    pub fn read(
        inputs: &[String],
        entries: &[DiffEntry],
    ) -> Result<Self, aho_corasick::BuildError> {
        let names = Names::of(entries)?;
        let inputs: Vec<Input> = inputs.iter().map(|input| Input::parse(input)).collect();
        let discovery = discover(&inputs, &DiscoverOptions::default());
        let mut changers = Self::default();
        for problem in &discovery.problems {
            changers
                .problems
                .push((problem.name.clone(), problem.message.clone()));
        }
        let limits = Limits::default();
        let mut scratch = Scratch::new();
        let dedup = Deduplicator::new(MOST_REMEMBERED, SEED);
        for source in &discovery.sources {
            let mut reader = Reader {
                source: &source.name,
                entries,
                names: &names,
                dedup: &dedup,
                changers: &mut changers,
            };
            let report = read_source(source, &limits, &mut scratch, &mut reader);
            for problem in report.problems {
                let reason = problem.reason.to_string();
                changers.problems.push((source.name.clone(), reason));
            }
        }
        for events in changers.events.values_mut() {
            events.sort();
            if events.len() > MOST_EVENTS {
                // The last ones before the newer snapshot are the likely ones.
                events.drain(..events.len() - MOST_EVENTS);
                changers.truncated += 1;
            }
        }
        Ok(changers)
    }

    /// The events of a difference, in the order of their time.
    pub fn of(&self, number: usize) -> &[Event] {
        self.events.get(&number).map_or(&[], Vec::as_slice)
    }
}

/// Names of resources, and the differences that each belongs to.
struct Names {
    search: AhoCorasick,
    /// Numbers of differences by the number of the pattern.
    numbers: Vec<Vec<usize>>,
}

impl Names {
    fn of(entries: &[DiffEntry]) -> Result<Self, aho_corasick::BuildError> {
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut patterns: Vec<String> = Vec::new();
        let mut numbers: Vec<Vec<usize>> = Vec::new();
        for (number, entry) in entries.iter().enumerate() {
            if matches!(entry.difference, Difference::CannotTell { .. }) {
                continue;
            }
            let resource = &entry.resource;
            let names = resource.arn.iter().chain(Some(&resource.id));
            for name in names.filter(|name| name.len() >= SHORTEST) {
                // A name is a whole text in the record, so that `a` is not found in `ab`.
                let Ok(pattern) = serde_json::to_string(name) else {
                    continue;
                };
                let place = *places.entry(pattern.clone()).or_insert_with(|| {
                    patterns.push(pattern);
                    numbers.push(Vec::new());
                    numbers.len() - 1
                });
                if let Some(known) = numbers.get_mut(place)
                    && !known.contains(&number)
                {
                    known.push(number);
                }
            }
        }
        Ok(Self {
            search: AhoCorasick::new(&patterns)?,
            numbers,
        })
    }
}

struct Reader<'r> {
    source: &'r str,
    entries: &'r [DiffEntry],
    names: &'r Names,
    dedup: &'r Deduplicator,
    changers: &'r mut Changers,
}

impl Reader<'_> {
    /// Whether a record is a write that AWS did not refuse.
    fn is_write(record: &Record<'_>) -> bool {
        record.flag(Field::ReadOnly) != Some(true) && record.text(Field::ErrorCode).is_none()
    }

    fn numbers(&self, record: &Record<'_>) -> Vec<usize> {
        let mut numbers: Vec<usize> = Vec::new();
        for field in [
            Field::RequestParameters,
            Field::ResponseElements,
            Field::Resources,
        ] {
            let Some(value) = record.get(field) else {
                continue;
            };
            for found in self.names.search.find_overlapping_iter(value.raw()) {
                let pattern = found.pattern().as_usize();
                numbers.extend(self.names.numbers.get(pattern).into_iter().flatten());
            }
        }
        numbers.sort_unstable();
        numbers.dedup();
        numbers.retain(|number| self.is_near(*number, record));
        numbers
    }

    /// Whether a record is of the account and Region of a resource.
    fn is_near(&self, number: usize, record: &Record<'_>) -> bool {
        let Some(entry) = self.entries.get(number) else {
            return false;
        };
        let place = &entry.resource.place;
        let account = record.recipient_account();
        let region = record.text(Field::AwsRegion);
        account.is_none_or(|account| account == place.account)
            && (place.is_global() || region.is_none_or(|region| region == place.region))
    }
}

impl Visitor for Reader<'_> {
    fn record(&mut self, record: &Record<'_>, place: Place) {
        if !Self::is_write(record) || self.dedup.sight(record) == Sighting::SameBytes {
            return;
        }
        let numbers = self.numbers(record);
        if numbers.is_empty() {
            return;
        }
        let text = |field| record.text(field).map_or_else(String::new, Cow::into_owned);
        let identity = Identity::of(record);
        let principal = identity
            .arn()
            .or_else(|| identity.invoked_by())
            .or_else(|| identity.principal_id())
            .map_or_else(|| "an unknown caller".to_owned(), Cow::into_owned);
        let event = Event {
            time: text(Field::EventTime),
            name: text(Field::EventName),
            id: text(Field::EventId),
            principal,
            place: format!("{} record {}", self.source, place.index),
        };
        for number in numbers {
            let events = self.changers.events.entry(number).or_default();
            events.push(event.clone());
        }
    }

    fn unreadable(&mut self, _: Place, reason: &ReadError, _: &[u8]) {
        self.changers
            .problems
            .push((self.source.to_owned(), reason.to_string()));
    }

    fn other(&mut self, _: Place, _: &str) {}
}
