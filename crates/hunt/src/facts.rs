//! What the logs hold, whatever the rules find in them: the ground for saying what they cannot show.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;
use rempart_trail::record::{Field, Record};

use crate::event::record_time;

/// Facts about the records of a run. Mergeable: the order of merging does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Management records per `eventSource`.
    pub management: BTreeMap<String, u64>,
    /// Data records per `eventSource`.
    pub data: BTreeMap<String, u64>,
    /// Data records of SageMaker per `eventName`.
    pub sagemaker_data: BTreeMap<String, u64>,
    /// Hours (since 1970) with a record, per account and Region.
    pub hours: BTreeMap<(String, String), BTreeSet<i64>>,
    /// Earliest and latest time.
    pub span: Option<(i64, i64)>,
    /// Records without a readable time.
    pub without_time: u64,
    /// Records of calls that only read.
    pub read_only: u64,
    /// Records of calls that change something.
    pub writing: u64,
}

impl Facts {
    /// Adds the facts of another part of the run.
    pub fn merge(&mut self, other: Self) {
        let add = |into: &mut BTreeMap<String, u64>, from: BTreeMap<String, u64>| {
            from.into_iter()
                .for_each(|(name, count)| *into.entry(name).or_default() += count);
        };
        add(&mut self.management, other.management);
        add(&mut self.data, other.data);
        add(&mut self.sagemaker_data, other.sagemaker_data);
        for (place, hours) in other.hours {
            self.hours.entry(place).or_default().extend(hours);
        }
        self.span = match (self.span, other.span) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (one, other) => one.or(other),
        };
        self.without_time += other.without_time;
        self.read_only += other.read_only;
        self.writing += other.writing;
    }

    /// Distinct accounts.
    #[must_use]
    pub fn accounts(&self) -> Vec<String> {
        let accounts: BTreeSet<&String> = self
            .hours
            .keys()
            .map(|(account, _)| account)
            .filter(|name| !name.is_empty())
            .collect();
        accounts.into_iter().cloned().collect()
    }

    /// Distinct Regions.
    #[must_use]
    pub fn regions(&self) -> Vec<String> {
        let regions: BTreeSet<&String> = self
            .hours
            .keys()
            .map(|(_, region)| region)
            .filter(|name| !name.is_empty())
            .collect();
        regions.into_iter().cloned().collect()
    }
}

/// Collects facts on one thread. Runs for every record, so it hashes borrowed bytes and converts to
/// text only at the end.
#[derive(Debug, Default)]
pub struct FactCollector {
    facts: Facts,
    sources: HashMap<Box<[u8]>, [u64; 2]>,
    place: Option<PlaceCache>,
}

/// Records of one file mostly share account, Region and hour.
#[derive(Debug)]
struct PlaceCache {
    account: Box<[u8]>,
    region: Box<[u8]>,
    hour: i64,
}

impl FactCollector {
    /// Takes note of a record.
    pub fn observe(&mut self, record: &Record<'_>) {
        let is_data = raw(record, Field::EventCategory) == b"Data";
        let source = raw(record, Field::EventSource);
        match self.sources.get_mut(source) {
            Some(counts) => count(counts, is_data),
            None => {
                let mut counts = [0, 0];
                count(&mut counts, is_data);
                self.sources.insert(source.into(), counts);
            }
        }
        if is_data && source.starts_with(b"sagemaker") {
            let name = record
                .text(Field::EventName)
                .unwrap_or_default()
                .into_owned();
            *self.facts.sagemaker_data.entry(name).or_default() += 1;
        }
        match record.get(Field::ReadOnly).map(|value| value.raw()) {
            Some(b"true" | b"\"true\"") => self.facts.read_only += 1,
            Some(_) => self.facts.writing += 1,
            None => {}
        }
        self.observe_time_and_place(record);
    }

    /// The facts so far; starts anew.
    pub fn take(&mut self) -> Facts {
        let mut facts = std::mem::take(&mut self.facts);
        for (source, [management, data]) in self.sources.drain() {
            let source = String::from_utf8_lossy(&source).into_owned();
            if management > 0 {
                facts.management.insert(source.clone(), management);
            }
            if data > 0 {
                facts.data.insert(source, data);
            }
        }
        self.place = None;
        facts
    }

    fn observe_time_and_place(&mut self, record: &Record<'_>) {
        let Some(time) = record_time(record) else {
            self.facts.without_time += 1;
            return;
        };
        let (first, last) = self.facts.span.unwrap_or((time, time));
        self.facts.span = Some((first.min(time), last.max(time)));
        let (account, region) = (
            raw(record, Field::RecipientAccountId),
            raw(record, Field::AwsRegion),
        );
        let hour = time.div_euclid(3600);
        let is_same = self.place.as_ref().is_some_and(|place| {
            place.hour == hour && *place.account == *account && *place.region == *region
        });
        if is_same {
            return;
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        self.facts
            .hours
            .entry((text(account), text(region)))
            .or_default()
            .insert(hour);
        self.place = Some(PlaceCache {
            account: account.into(),
            region: region.into(),
            hour,
        });
    }
}

fn count(counts: &mut [u64; 2], is_data: bool) {
    let [management, data] = counts;
    if is_data {
        *data += 1
    } else {
        *management += 1
    }
}

fn raw<'a>(record: &Record<'a>, field: Field) -> &'a [u8] {
    record
        .get(field)
        .and_then(|value| value.string_bytes())
        .unwrap_or_default()
}
