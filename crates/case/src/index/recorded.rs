//! Which kinds of events were recorded where and when.

use std::collections::{BTreeMap, BTreeSet};

use rempart_trail::record::{Field, Record};

use crate::model::LogKind;

/// Hours (since 1970) with a record, per account, Region and kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) hours: BTreeMap<(Box<str>, Box<str>, LogKind), Hours>,
    last: Option<(Box<str>, Box<str>, LogKind, i64)>,
    pending: u64,
}

/// Hours with records, and how many records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hours {
    pub(crate) hours: BTreeSet<i64>,
    pub(crate) events: u64,
}

/// The kind of log to which a record belongs.
pub(crate) fn kind_of_log(record: &Record<'_>) -> LogKind {
    let plain = |field| record.get(field).and_then(|value| value.plain_str());
    match plain(Field::EventCategory) {
        Some("NetworkActivity") => LogKind::Network,
        Some("Data") => match plain(Field::EventSource).unwrap_or_default() {
            "s3.amazonaws.com" => LogKind::S3Data,
            source if source.starts_with("sagemaker") => {
                match plain(Field::EventName).unwrap_or_default() {
                    name if name.starts_with("InvokeEndpoint") => LogKind::EndpointData,
                    name if name.contains("Record") => LogKind::FeatureData,
                    _ => LogKind::OtherData,
                }
            }
            _ => LogKind::OtherData,
        },
        _ => LogKind::Management,
    }
}

impl Recorded {
    /// Takes note of a record. Most records are of the place and hour of the one before.
    pub(crate) fn note(&mut self, record: &Record<'_>, account: &str, time: i64) {
        let region = record
            .get(Field::AwsRegion)
            .and_then(|value| value.plain_str());
        let region = region.unwrap_or_default();
        let kind = kind_of_log(record);
        let hour = time.div_euclid(3600);
        if let Some((known_account, known_region, known_kind, known_hour)) = &self.last
            && (&**known_account, &**known_region, *known_kind, *known_hour)
                == (account, region, kind, hour)
        {
            self.pending += 1;
            return;
        }
        self.settle();
        self.last = Some((account.into(), region.into(), kind, hour));
        self.pending = 1;
    }

    fn settle(&mut self) {
        if let Some((account, region, kind, hour)) = self.last.take() {
            let slot = self.hours.entry((account, region, kind)).or_default();
            slot.hours.insert(hour);
            slot.events += self.pending;
        }
        self.pending = 0;
    }

    pub(crate) fn merge(&mut self, mut other: Self) {
        other.settle();
        self.settle();
        for (place, hours) in other.hours {
            let slot = self.hours.entry(place).or_default();
            slot.hours.extend(hours.hours);
            slot.events += hours.events;
        }
    }
}
