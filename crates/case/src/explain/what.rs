//! What was called.

use rempart_aws_model::{EventName, Operation, event_name, event_source, guarding_actions};
use rempart_locale::{Locale, Text};
use rempart_trail::record::{Field, Record};
use rempart_trail::record_kind::{Category, RecordKind};

use super::lines::{Lines, safe};
use super::words;

/// Source and name of the event; empty where the record has none.
pub(super) fn names(record: &Record<'_>) -> (String, String) {
    let text = |field| record.text(field).unwrap_or_default().into_owned();
    (text(Field::EventSource), text(Field::EventName))
}

/// The source without its domain: `sagemaker`.
pub(super) fn label(source: &str) -> &str {
    source.strip_suffix(".amazonaws.com").unwrap_or(source)
}

pub(super) fn operation(record: &Record<'_>) -> Option<Operation> {
    let (source, name) = names(record);
    event_name(&source, &name).operation()
}

/// The call in a sentence.
pub(super) fn phrase(record: &Record<'_>, locale: &Locale) -> Text {
    let (source, name) = names(record);
    if name.is_empty() {
        return Text::new("explain-call-unnamed");
    }
    let text = |key: &str| {
        Text::new(key)
            .with("name", safe(&name))
            .with("service", service_name(&source))
    };
    match in_words(locale, &source, &name) {
        Some(words) => text("explain-call-in-words").with("words", words),
        None => text("explain-call"),
    }
}

/// The operation in words, under the name of the record or that of the API.
fn in_words(locale: &Locale, source: &str, name: &str) -> Option<Text> {
    let known = event_name(source, name).operation();
    let api_name = known.map_or(name, |operation| operation.name());
    words::operation(locale, label(source), api_name)
        .or_else(|| words::operation(locale, label(source), name))
}

pub(super) fn service_name(source: &str) -> String {
    let service = event_source(source).and_then(|known| known.services().first());
    service.map_or_else(|| safe(source), |service| service.display_name().to_owned())
}

pub(super) fn lines(record: &Record<'_>, lines: &mut Lines<'_>) {
    let (source, name) = names(record);
    if !source.is_empty() {
        let value = Text::new("explain-service")
            .with("name", service_name(&source))
            .with("source", safe(&source));
        let note = event_source(&source)
            .is_none()
            .then(|| Text::new("explain-note-source-unknown"));
        lines.said("service", &value, note);
    }
    if !name.is_empty() {
        lines.fact(
            "operation",
            &name,
            Some(operation_note(lines, &source, &name)),
        );
    }
    kind(record, lines);
    effect(record, lines);
    category(record, lines);
    guards(record, &source, &name, lines);
    let region = record.text(Field::AwsRegion).unwrap_or_default();
    if !region.is_empty() {
        let is_global = region == "us-east-1"
            && ["iam", "sts", "organizations", "cloudfront", "route53"].contains(&label(&source));
        let note = is_global.then(|| Text::new("explain-note-global"));
        lines.fact("region", &region, note);
    }
    let is_call = RecordKind::of(record).is_single_action();
    match record.event_time() {
        Some(time) => {
            let note = is_call.then(|| Text::new("explain-note-time"));
            lines.fact("time", &time.to_rfc3339(), note);
        }
        None if is_call => lines.said("time", &Text::new("explain-not-recorded"), None),
        None => {}
    }
    if let Some(id) = super::event_id(record) {
        lines.named(lines.locale().word("explain-label-event-id"), id, None);
    }
}

fn operation_note(lines: &Lines<'_>, source: &str, name: &str) -> Text {
    let known = event_name(source, name);
    let words = in_words(lines.locale(), source, name);
    match (known, words) {
        (EventName::Alias { operation }, Some(words)) => Text::new("explain-note-alias")
            .with("words", words)
            .with("api", operation.name()),
        (EventName::Alias { operation }, None) => {
            Text::new("explain-note-alias-only").with("api", operation.name())
        }
        (EventName::Unknown { .. }, Some(words)) => {
            Text::new("explain-note-operation-new").with("words", words)
        }
        (EventName::Unknown { .. } | EventName::UnknownSource { .. }, None) => {
            Text::new("explain-note-operation-unknown")
        }
        (_, Some(words)) => words,
        (_, None) => Text::new("explain-note-operation-plain"),
    }
}

fn kind(record: &Record<'_>, lines: &mut Lines<'_>) {
    let key = match RecordKind::of(record) {
        RecordKind::ApiCall => "explain-event-call",
        RecordKind::ServiceEvent => "explain-event-service",
        RecordKind::ConsoleAction => "explain-event-console",
        RecordKind::SignIn => "explain-event-sign-in",
        RecordKind::NetworkActivity => "explain-event-network",
        RecordKind::Insight => "explain-event-insight",
        RecordKind::Aggregated => "explain-event-aggregated",
        RecordKind::Unknown(kind) => {
            let text = Text::new("explain-event-other").with("kind", safe(&kind));
            lines.said("kind", &text, None);
            return;
        }
    };
    lines.said("kind", &Text::new(key), None);
}

/// Whether the call only reads: as the record says, else as the model of the service does.
pub(super) fn is_read(record: &Record<'_>) -> Option<bool> {
    let by_model = || operation(record).map(|operation| operation.read_only());
    record.flag(Field::ReadOnly).or_else(by_model)
}

fn effect(record: &Record<'_>, lines: &mut Lines<'_>) {
    let recorded = record.flag(Field::ReadOnly);
    let by_model = operation(record).map(|operation| operation.read_only());
    let words = |reads| match reads {
        true => Text::new("explain-reads"),
        false => Text::new("explain-writes"),
    };
    let note = match (recorded, by_model) {
        (Some(true), Some(false)) => Some(Text::new("explain-note-reads-yet-writes")),
        (None, Some(_)) => Some(Text::new("explain-note-by-model")),
        _ => None,
    };
    if let Some(reads) = recorded.or(by_model) {
        lines.said("effect", &words(reads), note);
    }
}

fn category(record: &Record<'_>, lines: &mut Lines<'_>) {
    let category = record.category();
    let key = match &category.category {
        Category::Management => "explain-category-management",
        Category::Data => "explain-category-data",
        Category::NetworkActivity => "explain-category-network",
        Category::Insight => "explain-category-insight",
        Category::Aggregated => "explain-category-aggregated",
        Category::Unknown(other) => {
            let text = Text::new("explain-category-other").with("name", safe(other));
            lines.said("category", &text, None);
            return;
        }
    };
    let note = category
        .derived
        .then(|| Text::new("explain-note-category-derived"));
    lines.said("category", &Text::new(key), note);
}

fn guards(record: &Record<'_>, source: &str, name: &str, lines: &mut Lines<'_>) {
    let request = record.get(Field::RequestParameters);
    let has = |parameter: &str| {
        let found = request.and_then(|request| {
            parameter
                .split('.')
                .try_fold(request, |value, name| value.get(name))
        });
        found.is_some_and(|value| !value.is_null())
    };
    let guarding = guarding_actions(source, name);
    let counts = guarding.iter().find(|entry| entry.when.is_none_or(has));
    let Some(entry) = counts else { return };
    let actions: Vec<String> = entry
        .actions
        .iter()
        .map(|action| format!("{}:{}", action.prefix, action.name))
        .collect();
    lines.said(
        "action",
        &Text::new("explain-list").with("items", actions),
        Some(Text::new("explain-note-action")),
    );
}
