//! Event sources and event names: whether they exist, and together.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use rempart_aws_model::{
    EventName, EventSource, action, event_name, event_source, nonexistent_api_hint,
};

use crate::ast::{Item, SelectionBody, Value};
use crate::lint::Severity;
use crate::lint::events::{Lookup, NAME, Pinned, SOURCE, has_source};
use crate::lint::report::{Report, did_you_mean, few};
use crate::lint::values::Test;
use crate::lint::view::Scene;
use crate::yaml::Position;

/// What is known about the names and sources of a rule.
#[derive(Default)]
pub(super) struct CallFacts {
    /// (place, name) → in which sources it was looked for, and whether it is there
    names: BTreeMap<(Position, String), NameFact>,
    /// (place, source) → whether one of the names beside it exists there
    sources: BTreeMap<(Position, String), SourceFact>,
    /// Patterns that were looked at, and whether they match a name
    patterns: BTreeMap<Position, bool>,
}

#[derive(Default)]
struct NameFact {
    exists: bool,
    /// Stands somewhere without a source
    is_alone: bool,
    sources: BTreeSet<String>,
}

#[derive(Default)]
struct SourceFact {
    names: usize,
    found: usize,
}

impl CallFacts {
    pub(super) fn visit(&mut self, scene: &Scene<'_, '_>, lookup: &mut Lookup) {
        let sources = &scene.calls.sources;
        for item in scene.items {
            if item.field.as_deref() == Some(NAME) {
                self.name(item, sources, scene, lookup);
            }
        }
        for item in scene.items {
            if item.field.as_deref() == Some(SOURCE) {
                self.source(item, scene, lookup);
            }
        }
    }

    fn name(&mut self, item: &Item, sources: &Pinned, scene: &Scene<'_, '_>, lookup: &mut Lookup) {
        let Some((names, _)) = Test::new(item).listed() else {
            if let Pinned::Matching(names) = &scene.calls.names
                && !sources_are_open(sources)
            {
                *self.patterns.entry(item.at).or_default() |= !names.is_empty();
            }
            return;
        };
        for name in names {
            let known = lookup.sources(&name);
            let fact = self.names.entry((item.at, name)).or_default();
            fact.exists |= known
                .sources
                .iter()
                .any(|source| has_source(sources, source));
            match sources {
                Pinned::Listed(sources) | Pinned::Matching(sources) => {
                    // An unknown source is a finding of its own.
                    fact.exists |= sources
                        .iter()
                        .any(|source| event_source(&source.to_ascii_lowercase()).is_none());
                    if fact.sources.len() < 50 {
                        fact.sources.extend(sources.iter().take(50).cloned());
                    }
                }
                Pinned::Free => fact.is_alone = true,
            }
        }
    }

    fn source(&mut self, item: &Item, scene: &Scene<'_, '_>, lookup: &mut Lookup) {
        let (Some((listed, _)), Pinned::Listed(names)) =
            (Test::new(item).listed(), &scene.calls.names)
        else {
            return;
        };
        for source in listed {
            let found = names.iter().filter(|name| {
                let known = lookup.sources(name);
                known
                    .sources
                    .iter()
                    .any(|known| known.eq_ignore_ascii_case(&source))
            });
            let found = found.count();
            let fact = self.sources.entry((item.at, source)).or_default();
            fact.names = fact.names.max(names.len());
            fact.found = fact.found.max(found);
        }
    }

    pub(super) fn report(&self, lookup: &mut Lookup, report: &mut Report<'_>) {
        for ((at, name), fact) in &self.names {
            if report.is_full() {
                return;
            }
            if !fact.exists {
                missing_name(*at, name, fact, lookup, report);
                continue;
            }
            let known = lookup.sources(name);
            if *known.name != **name {
                let message = format!("the event is written {}, not {name}", known.name);
                report.add(report.strict(), "event-name-case", *at, message, None);
            }
            if fact.is_alone && fact.sources.is_empty() && known.sources.len() > 1 {
                let message = format!(
                    "{name} occurs in several services and no eventSource is given: {}",
                    few(&known.sources.iter().map(Rc::clone).collect::<Vec<_>>(), 4)
                );
                report.add(report.strict(), "missing-event-source", *at, message, None);
            }
        }
        for (at, matches) in &self.patterns {
            if !matches {
                let message = "the pattern matches no event name of the source";
                report.add(report.strict(), "pattern-without-event", *at, message, None);
            }
        }
        let any_found: BTreeSet<Position> = self
            .sources
            .iter()
            .filter(|(_, fact)| fact.found > 0)
            .map(|((at, _), _)| *at)
            .collect();
        for ((at, source), fact) in &self.sources {
            let is_known = event_source(&source.to_ascii_lowercase()).is_some();
            // Where no source has a name, the names are reported.
            if is_known && fact.names > 0 && fact.found == 0 && any_found.contains(at) {
                let message = format!("{source} records none of the named events");
                report.add(
                    Severity::Warning,
                    "source-without-event",
                    *at,
                    message,
                    None,
                );
            }
        }
    }
}

fn sources_are_open(sources: &Pinned) -> bool {
    match sources {
        Pinned::Free => true,
        Pinned::Listed(sources) | Pinned::Matching(sources) => sources
            .iter()
            .all(|source| event_source(&source.to_ascii_lowercase()).is_none()),
    }
}

fn missing_name(
    at: Position,
    name: &str,
    fact: &NameFact,
    lookup: &mut Lookup,
    report: &mut Report<'_>,
) {
    if let Some(hint) = nonexistent_api_hint(name) {
        let message = format!("{name} is no API call, so nothing ever records it");
        let code = "nonexistent-api";
        report.add(Severity::Error, code, at, message, Some(hint.to_owned()));
        return;
    }
    let elsewhere = lookup.sources(name);
    let sources: Vec<&String> = fact.sources.iter().collect();
    if !elsewhere.sources.is_empty() && !sources.is_empty() {
        let message = format!("{} does not record {name}", few(&sources, 3));
        let hint = format!("{name} is recorded by {}", few(&elsewhere.sources, 3));
        report.add(Severity::Error, "event-pair", at, message, Some(hint));
        return;
    }
    if let Some(source) = sources.iter().find(|source| is_permission(source, name)) {
        let message =
            format!("{name} is a permission of {source}, not an operation of its public API");
        let hint =
            "calls that only the console makes are recorded under such names, others are not";
        let code = "permission-only-event";
        report.add(Severity::Note, code, at, message, Some(hint.to_owned()));
        return;
    }
    let mut near: Vec<String> = Vec::new();
    for source in sources.iter().take(3) {
        if let EventName::Unknown { suggestions } = event_name(&source.to_ascii_lowercase(), name) {
            near.extend(suggestions);
        }
    }
    let place = if sources.is_empty() {
        "any service".to_owned()
    } else {
        few(&sources, 3)
    };
    let message = format!("{name} is no event of {place}");
    let hint = did_you_mean(&near);
    report.add(Severity::Error, "unknown-operation", at, message, hint);
}

/// Whether a permission of one of the source's services has the name.
fn is_permission(source: &str, name: &str) -> bool {
    let found = event_source(&source.to_ascii_lowercase());
    let services = found.map(EventSource::services).unwrap_or_default();
    services
        .iter()
        .filter_map(|service| service.action_prefix())
        .any(|prefix| action(&format!("{prefix}:{name}")).is_some())
}

/// Reports event sources that do not exist, wherever they stand.
pub(super) fn sources(body: &SelectionBody, report: &mut Report<'_>) {
    match body {
        SelectionBody::All(parts) | SelectionBody::Any(parts) => {
            for part in parts {
                sources(part, report);
            }
        }
        SelectionBody::Item(item) if item.field.as_deref() == Some(SOURCE) => {
            let Some((listed, _)) = Test::new(item).listed() else {
                let text = |value: &Value| matches!(value, Value::Text(_));
                let known = rempart_aws_model::event_sources().map(|source| source.name());
                let known: Vec<&str> = known.collect();
                let found = Test::new(item).values_found(&known);
                for (value, found) in item.values.iter().zip(found) {
                    if text(value) && found == Some(false) {
                        let value = crate::lint::values::written(value);
                        let message = format!("no event source is like {value}");
                        report.add(
                            Severity::Error,
                            "unknown-event-source",
                            item.at,
                            message,
                            None,
                        );
                    }
                }
                return;
            };
            for source in listed {
                if report.is_full() {
                    return;
                }
                if let EventName::UnknownSource { suggestions } =
                    event_name(&source.to_ascii_lowercase(), "")
                {
                    let message = format!("no service records as {source}");
                    let hint = did_you_mean(&suggestions);
                    report.add(
                        Severity::Error,
                        "unknown-event-source",
                        item.at,
                        message,
                        hint,
                    );
                }
            }
        }
        SelectionBody::Item(_) => {}
    }
}
