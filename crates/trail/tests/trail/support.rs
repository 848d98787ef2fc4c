//! A visitor that keeps everything, and builders of text.

use std::io::Write;
use std::ops::ControlFlow;

use rempart_trail::read::{
    Limits, Place, ReadError, Scratch, SourceReport, Visitor, read_bytes, read_source,
};
use rempart_trail::record::{Field, Record};
use rempart_trail::source::Source;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    Record(String, Place),
    Unreadable(ReadError, Place, Vec<u8>),
    Other(String, Place),
}

#[derive(Debug, Default)]
pub(crate) struct Everything {
    pub(crate) items: Vec<Item>,
    pub(crate) report: SourceReport,
    stop_after: Option<usize>,
}

impl Visitor for Everything {
    fn record(&mut self, record: &Record<'_>, place: Place) {
        let text = String::from_utf8_lossy(record.raw()).into_owned();
        self.items.push(Item::Record(text, place));
    }

    fn unreadable(&mut self, place: Place, reason: &ReadError, raw: &[u8]) {
        self.items
            .push(Item::Unreadable(reason.clone(), place, raw.to_vec()));
    }

    fn other(&mut self, place: Place, what: &str) {
        self.items.push(Item::Other(what.to_owned(), place));
    }

    fn flow(&mut self) -> ControlFlow<()> {
        match self.stop_after {
            Some(count) if self.items.len() >= count => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}

impl Everything {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self::within(bytes, &Limits::default())
    }

    pub(crate) fn within(bytes: &[u8], limits: &Limits) -> Self {
        let mut all = Self::default();
        all.report = read_bytes(bytes, limits, &mut Scratch::new(), &mut all);
        all.checked()
    }

    pub(crate) fn stopped_after(bytes: &[u8], count: usize) -> Self {
        Self::stopped_within(bytes, count, &Limits::default())
    }

    pub(crate) fn stopped_within(bytes: &[u8], count: usize, limits: &Limits) -> Self {
        let mut all = Self {
            stop_after: Some(count),
            ..Self::default()
        };
        all.report = read_bytes(bytes, limits, &mut Scratch::new(), &mut all);
        all.checked()
    }

    pub(crate) fn of_source(source: &Source) -> Self {
        let mut all = Self::default();
        all.report = read_source(source, &Limits::default(), &mut Scratch::new(), &mut all);
        all.checked()
    }

    /// Whatever was read: the sums agree, and items are numbered in order.
    fn checked(self) -> Self {
        let report = &self.report;
        assert_eq!(report.items, self.items.len() as u64);
        let (mut records, mut unreadable, mut other) = (0, 0, 0);
        for (number, item) in self.items.iter().enumerate() {
            let place = match item {
                Item::Record(_, place) => {
                    records += 1;
                    place
                }
                Item::Unreadable(_, place, _) => {
                    unreadable += 1;
                    place
                }
                Item::Other(_, place) => {
                    other += 1;
                    place
                }
            };
            assert_eq!(place.index, number as u64, "{item:?}");
            assert!(place.offset <= report.inflated_bytes, "{item:?}");
        }
        assert_eq!(
            (report.records, report.unreadable, report.other),
            (records, unreadable, other)
        );
        self
    }

    /// Event names of the records, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        self.items
            .iter()
            .filter_map(|item| match item {
                Item::Record(text, _) => {
                    let record = Record::parse(text.as_bytes()).unwrap();
                    Some(
                        record
                            .text(Field::EventName)
                            .unwrap_or_default()
                            .into_owned(),
                    )
                }
                _ => None,
            })
            .collect()
    }

    pub(crate) fn reasons(&self) -> Vec<ReadError> {
        self.items
            .iter()
            .filter_map(|item| match item {
                Item::Unreadable(reason, ..) => Some(reason.clone()),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn others(&self) -> Vec<&str> {
        self.items
            .iter()
            .filter_map(|item| match item {
                Item::Other(what, _) => Some(what.as_str()),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn problems(&self) -> Vec<ReadError> {
        let problems = self.report.problems.iter();
        problems.map(|problem| problem.reason.clone()).collect()
    }
}

/// A record named `name`.
pub(crate) fn record(name: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"Root"}},"eventTime":"2026-03-02T10:00:00Z","eventSource":"sagemaker.amazonaws.com","eventName":"{name}","requestParameters":{{"text":"a \"b\" \\ {{[","list":[1,2.5e3,true,null]}}}}"#
    )
}

/// A trail file with records of these names.
pub(crate) fn trail(names: &[&str]) -> String {
    let records: Vec<String> = names.iter().map(|name| record(name)).collect();
    format!(r#"{{"Records":[{}]}}"#, records.join(","))
}

pub(crate) fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// Text as the content of a JSON string, with quotes.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}
