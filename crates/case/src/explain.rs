//! One record in words, in English or French.
//!
//! What the module guarantees:
//! - pure: the record and the language give the answer, nothing else does;
//! - what is absent, null, hidden or left out for its size is said to be so, and is never taken for a
//!   default; a default is named only where a request was recorded;
//! - every string of an [`Explanation`] is safe to print: text of the record passes through
//!   [`rempart_findings::visible`] and is cut to a bounded length;
//! - both languages have the same sections with the same number of lines.

mod agent;
mod denial;
mod fields;
mod lines;
mod next;
mod odd;
mod outcome;
mod scripts;
mod target;
mod text;
mod unknown;
mod what;
mod whence;
mod who;
mod words;

use rempart_locale::{Language, Locale, Text};
use rempart_trail::record::{Field, Record};
use rempart_trail::record_kind::RecordKind;
use serde::Serialize;

use lines::{Lines, safe};

pub use text::text;

/// A record in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The language of all texts.
    pub language: Language,
    /// `eventID`, where the record has one.
    pub event_id: Option<String>,
    /// One sentence: who did what to what, from where, when, with which outcome.
    pub summary: String,
    /// The record by question; a section without lines is left out.
    pub sections: Vec<Section>,
    /// Scripts, entry points and environments in the request.
    pub scripts: Vec<Script>,
    /// What to look at next.
    pub questions: Vec<String>,
    #[serde(skip)]
    titles: Titles,
}

/// Words that the page needs beside what the explanation says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Titles {
    scripts: String,
    decoded: String,
    problems: String,
    questions: String,
}

/// What a record says about one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Section {
    /// Its name for programs: `who`, `what`, `target`, `whence`, `outcome`, `fields`, `conditions`, `odd`,
    /// `unknown`.
    pub id: &'static str,
    /// Its title.
    pub title: String,
    /// Facts.
    pub lines: Vec<Line>,
}

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What the fact is about: words, or a path of the request.
    pub label: String,
    /// The fact.
    pub value: String,
    /// What it means.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Code or settings that a request carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Script {
    /// Path in the request.
    #[serde(rename = "where")]
    pub place: String,
    /// The decoded text, its first lines; none when it cannot be decoded.
    pub decoded: Vec<String>,
    /// Lines that were left out.
    pub left_out: usize,
    /// What the examination concludes, in words.
    pub verdict: String,
    /// `clean`, `suspicious`, `malicious` or `unknown`.
    pub verdict_id: &'static str,
    /// What is wrong with it.
    pub problems: Vec<String>,
    /// SHA-256 of the decoded bytes, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// Writes the lines of a section.
type Writer = fn(&Record<'_>, &mut Lines<'_>);

/// Explains a record.
#[must_use]
pub fn explain(record: &Record<'_>, locale: &Locale) -> Explanation {
    let sections: [(&'static str, Writer); 9] = [
        ("who", who::lines),
        ("what", what::lines),
        ("target", target::lines),
        ("whence", whence::lines),
        ("outcome", outcome::lines),
        ("fields", fields::lines),
        ("conditions", target::conditions),
        ("odd", odd::lines),
        ("unknown", unknown::lines),
    ];
    let sections = sections.into_iter().filter_map(|(id, write)| {
        let mut lines = Lines::new(locale);
        write(record, &mut lines);
        let lines = lines.finish();
        let title = locale.word(&format!("explain-section-{id}"));
        (!lines.is_empty()).then_some(Section { id, title, lines })
    });
    Explanation {
        language: locale.language(),
        event_id: event_id(record),
        summary: locale.say(&summary(record, locale)),
        sections: sections.collect(),
        scripts: scripts::scripts(record, locale),
        questions: next::questions(record)
            .iter()
            .map(|question| locale.say(question))
            .collect(),
        titles: Titles {
            scripts: locale.word("explain-section-scripts"),
            decoded: locale.word("explain-label-decoded"),
            problems: locale.word("explain-label-problems"),
            questions: locale.word("explain-section-next"),
        },
    }
}

fn event_id(record: &Record<'_>) -> Option<String> {
    let id = record
        .text(Field::EventId)
        .or_else(|| record.text(Field::AggregatedEventId))?;
    Some(safe(&id))
}

fn summary(record: &Record<'_>, locale: &Locale) -> Text {
    let time = record.event_time().map_or_else(
        || Text::new("explain-time-unknown"),
        |time| {
            let text = time.to_rfc3339();
            let (date, clock) = text.split_once('T').unwrap_or((&text, ""));
            Text::new("explain-time")
                .with("date", date)
                .with("clock", clock.trim_end_matches('Z'))
        },
    );
    match RecordKind::of(record) {
        RecordKind::Aggregated => return aggregated(record),
        RecordKind::Insight => return insight(record).with("time", time),
        _ => {}
    }
    let (key, target) = match target::main(record) {
        Some(target) => ("explain-summary-on", target),
        None => ("explain-summary", String::new()),
    };
    let text = Text::new(key)
        .with("time", time)
        .with("who", who::phrase(record))
        .with("call", what::phrase(record, locale))
        .with("place", whence::phrase(record))
        .with("outcome", outcome::phrase(record));
    match target.is_empty() {
        true => text,
        false => text.with("target", target),
    }
}

fn aggregated(record: &Record<'_>) -> Text {
    let bound = |name| {
        let window = record.get(Field::TimeWindow)?;
        Some(lines::shown(window.get(name)?))
    };
    let (source, _) = what::names(record);
    Text::new("explain-summary-aggregated")
        .with("service", what::service_name(&source))
        .with("account", account(record))
        .with("from", bound("windowStart").unwrap_or_default())
        .with("to", bound("windowEnd").unwrap_or_default())
}

fn insight(record: &Record<'_>) -> Text {
    let text = |name: &str| {
        let details = record.get(Field::InsightDetails)?;
        Some(details.get(name)?.as_str()?.into_owned())
    };
    let state = match text("state").as_deref() {
        Some("Start") => "explain-insight-start",
        Some("End") => "explain-insight-end",
        _ => "explain-insight-other",
    };
    let source = text("eventSource").unwrap_or_default();
    Text::new("explain-summary-insight")
        .with("name", safe(&text("eventName").unwrap_or_default()))
        .with("service", what::service_name(&source))
        .with("account", account(record))
        .with("state", Text::new(state))
}

fn account(record: &Record<'_>) -> String {
    safe(&record.recipient_account().unwrap_or_default())
}
