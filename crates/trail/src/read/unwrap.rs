//! Records inside other things: messages, search hits, subscription data, rows.

use std::borrow::Cow;

use super::rows::{self, Cell};
use super::{Limits, Place, ReadError, SourceReport, Visitor, packed};
use crate::json::{Json, Key, Kind};
use crate::record::{Field, Record};

/// Members whose value is a wrapped record, as an object or as text, in the order in which they are
/// tried.
const WRAPPERS: [&str; 19] = [
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
    "data",
];

/// Members whose value is a list of wrapped records.
const LISTS: [&str; 7] = [
    "Records",
    "Events",
    "logEvents",
    "Messages",
    "hits",
    "records",
    "QueryResultRows",
];

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
            Kind::Array if is_lake_row(value) => {
                let columns = value.elements().flat_map(Json::entries);
                self.row(columns, place, report, visitor);
            }
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
        if rows::is_record(object.entries().map(|(key, _)| key.bytes())) {
            return self.row(object.entries(), place, report, visitor);
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

    /// A row of a table, as JSON.
    fn row<'a, V: Visitor + ?Sized>(
        self,
        columns: impl Iterator<Item = (Key<'a>, Json<'a>)>,
        place: Place,
        report: &mut SourceReport,
        visitor: &mut V,
    ) {
        let mut text = Vec::new();
        let columns = columns.map(|(key, value)| (key.text(), Cell::Json(value)));
        rows::rebuild(columns, &mut text);
        self.rebuilt(&text, place, report, visitor);
    }

    /// A record that was rebuilt from columns. It is not looked into again.
    pub(super) fn rebuilt<V: Visitor + ?Sized>(
        self,
        text: &[u8],
        place: Place,
        report: &mut SourceReport,
        visitor: &mut V,
    ) {
        let place = here(place, report);
        match Record::parse(text) {
            Ok(record) if record.is_cloudtrail() => self.object(&record, place, report, visitor),
            Ok(_) => {
                let reason = ReadError::Row("no event name".to_owned());
                report.unreadable(place, &reason, text, visitor);
            }
            Err(error) => {
                report.unreadable(place, &ReadError::Json(error.kind), text, visitor);
            }
        }
    }

    pub(super) fn text<V: Visitor + ?Sized>(
        self,
        text: &str,
        place: Place,
        report: &mut SourceReport,
        visitor: &mut V,
    ) {
        let trimmed = text.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '\u{feff}');
        if packed::is_packed(trimmed) {
            return self.packed(trimmed, place, report, visitor);
        }
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

    fn packed<V: Visitor + ?Sized>(
        self,
        text: &str,
        place: Place,
        report: &mut SourceReport,
        visitor: &mut V,
    ) {
        let limit = self.limits.nesting;
        let unpacked = packed::unpack(text, self.limits.record)
            .and_then(|inner| Ok((inner, self.deeper().ok_or(ReadError::Nesting { limit })?)));
        match unpacked {
            Ok((inner, deeper)) => {
                let inner = String::from_utf8_lossy(&inner);
                deeper.text(&inner, place, report, visitor);
            }
            Err(reason) => {
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

/// CloudTrail Lake gives each row as a list of objects with one member each.
fn is_lake_row(list: Json<'_>) -> bool {
    let mut columns = list.elements();
    let begins_with_column = columns
        .next()
        .is_some_and(|first| first.kind() == Kind::Object && first.entries().count() == 1);
    begins_with_column
        && rows::is_record(
            list.elements()
                .flat_map(Json::entries)
                .map(|(key, _)| key.bytes()),
        )
}

/// The value behind the first of [`LISTS`] and [`WRAPPERS`] that the object has.
fn wrapped(object: Json<'_>) -> Option<Json<'_>> {
    let rank = |name: Cow<'_, str>, kind: Kind| match kind {
        Kind::Array => LISTS.iter().position(|list| *list == name),
        Kind::Object | Kind::String => WRAPPERS
            .iter()
            .position(|wrapper| *wrapper == name)
            .map(|place| LISTS.len() + place),
        _ => None,
    };
    object
        .entries()
        .filter_map(|(key, value)| Some((rank(key.text(), value.kind())?, value)))
        .reduce(|best, next| if next.0 <= best.0 { next } else { best })
        .map(|(_, value)| value)
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
