//! Records inside other things: messages, search hits, subscription data, rows.

use std::borrow::Cow;

use super::{Limits, Place, ReadError, SourceReport, Visitor};
use crate::json::{Json, Kind};
use crate::record::{Field, Record};

/// Members whose value is a wrapped record, as an object or as text, in the order in which they are
/// tried.
const WRAPPERS: [&str; 18] = [
    "CloudTrailEvent",
    "detail",
    "_source",
    "event.original",
    "_raw",
    "Sns",
    "Message",
    "body",
    "Body",
    "message",
    "@message",
    "result",
    "raw_data",
    "hits",
    "kinesis",
    "awslogs",
    "event",
    "original",
];

/// Members whose value is a list of wrapped records.
const LISTS: [&str; 5] = ["Records", "Events", "logEvents", "Messages", "hits"];

/// Looks into values that are not plain records.
#[derive(Clone, Copy)]
pub(super) struct Unwrapped<'l> {
    limits: &'l Limits,
    depth: usize,
}

impl<'l> Unwrapped<'l> {
    pub(super) fn new(limits: &'l Limits) -> Self {
        Self { limits, depth: 0 }
    }

    /// Visits whatever `value` holds; always at least one item is counted.
    pub(super) fn value<V: Visitor + ?Sized>(
        self,
        value: Json<'_>,
        place: Place,
        report: &mut SourceReport,
        visitor: &mut V,
    ) {
        match value.kind() {
            Kind::Object => match Record::parse(value.raw()) {
                Ok(record) => self.object(&record, place, report, visitor),
                Err(error) => {
                    let reason = ReadError::Json(error.kind);
                    report.unreadable(here(place, report), &reason, value.raw(), visitor);
                }
            },
            Kind::Array => self.list(value, place, report, visitor),
            Kind::String => {
                let text = value.as_str().unwrap_or_default();
                self.text(&text, place, report, visitor);
            }
            Kind::Null | Kind::Bool | Kind::Number => {
                report.other(here(place, report), "JSON value that is no record", visitor);
            }
        }
    }

    pub(super) fn object<V: Visitor + ?Sized>(
        self,
        record: &Record<'_>,
        place: Place,
        report: &mut SourceReport,
        visitor: &mut V,
    ) {
        let place = here(place, report);
        if record.is_cloudtrail() {
            if let Some(version) = record.newer_version() {
                let reason = ReadError::NewerVersion {
                    version: version.into_owned(),
                };
                report.unreadable(place, &reason, record.raw(), visitor);
                return;
            }
            report.items += 1;
            report.records += 1;
            visitor.record(record, place);
            return;
        }
        let object = record.json();
        if let Some(what) = known_other(object) {
            report.other(place, what, visitor);
            return;
        }
        let Some(inner) = wrapped(object) else {
            report.other(place, "JSON object that is no CloudTrail record", visitor);
            return;
        };
        let Some(deeper) = self.deeper() else {
            let limit = self.limits.nesting;
            report.unreadable(place, &ReadError::Nesting { limit }, record.raw(), visitor);
            return;
        };
        deeper.value(inner, place, report, visitor);
    }

    fn list<V: Visitor + ?Sized>(
        self,
        list: Json<'_>,
        place: Place,
        report: &mut SourceReport,
        visitor: &mut V,
    ) {
        let Some(deeper) = self.deeper() else {
            let limit = self.limits.nesting;
            let reason = ReadError::Nesting { limit };
            report.unreadable(here(place, report), &reason, list.raw(), visitor);
            return;
        };
        let mut is_empty = true;
        for element in list.elements() {
            is_empty = false;
            deeper.value(element, place, report, visitor);
            if visitor.flow().is_break() {
                return;
            }
        }
        if is_empty {
            report.other(here(place, report), "empty list", visitor);
        }
    }

    fn text<V: Visitor + ?Sized>(
        self,
        text: &str,
        place: Place,
        report: &mut SourceReport,
        visitor: &mut V,
    ) {
        let trimmed = text.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '\u{feff}');
        if !trimmed.starts_with(['{', '[']) {
            report.other(
                here(place, report),
                "text that is no CloudTrail record",
                visitor,
            );
            return;
        }
        match Json::parse(trimmed.as_bytes()) {
            Ok(value) => self.value(value, place, report, visitor),
            Err(error) => {
                let reason = ReadError::Json(error.kind);
                report.unreadable(here(place, report), &reason, text.as_bytes(), visitor);
            }
        }
    }

    fn deeper(self) -> Option<Self> {
        let depth = self.depth + 1;
        (depth <= self.limits.nesting).then_some(Self { depth, ..self })
    }
}

impl SourceReport {
    pub(super) fn other<V: Visitor + ?Sized>(&mut self, place: Place, what: &str, visitor: &mut V) {
        self.items += 1;
        self.other += 1;
        visitor.other(place, what);
    }
}

impl<'a> Record<'a> {
    /// Whether the major number of `eventVersion` is 1, or there is none to compare.
    #[inline]
    pub(super) fn is_known_version(&self) -> bool {
        match self.get(Field::EventVersion) {
            Some(version) => version.raw().starts_with(b"\"1.") || self.newer_version().is_none(),
            None => true,
        }
    }

    /// The version, when its major number is 2 or more.
    fn newer_version(&self) -> Option<Cow<'a, str>> {
        let version = self.get(Field::EventVersion)?.scalar_text()?;
        let major = version.split('.').next()?;
        let is_number = !major.is_empty() && major.bytes().all(|byte| byte.is_ascii_digit());
        let is_known = matches!(major.trim_start_matches('0'), "" | "1");
        (is_number && !is_known).then_some(version)
    }
}

/// The place of the next item inside the element at `place`.
fn here(place: Place, report: &SourceReport) -> Place {
    Place {
        index: report.items,
        ..place
    }
}

fn wrapped(object: Json<'_>) -> Option<Json<'_>> {
    for name in LISTS {
        if let Some(list) = object.get(name).filter(|value| value.kind() == Kind::Array) {
            return Some(list);
        }
    }
    for name in WRAPPERS {
        let Some(value) = object.get(name) else {
            continue;
        };
        if matches!(value.kind(), Kind::Object | Kind::String) {
            return Some(value);
        }
    }
    None
}

/// Things that lie beside trail files and are no records.
fn known_other(object: Json<'_>) -> Option<&'static str> {
    let has = |name| object.get(name).is_some();
    if has("digestS3Bucket") && has("logFiles") {
        return Some("CloudTrail digest file");
    }
    if has("configurationItems") && has("fileVersion") {
        return Some("AWS Config file");
    }
    if has("s3Bucket") && has("s3ObjectKey") {
        return Some("CloudTrail delivery notification");
    }
    if has("s3") && has("eventName") {
        return Some("S3 event notification");
    }
    if has("detail-type") && !has("detail") {
        return Some("EventBridge event");
    }
    None
}
