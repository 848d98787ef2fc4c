//! Event names: operations, their aliases, and events that are no API calls.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::event_source::{EventSource, event_source, event_sources};
use crate::service::Operation;
use crate::suggest::nearest;
use crate::table;

/// What a pair of `eventSource` and `eventName` stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventName {
    /// The API operation of that name.
    Operation(Operation),
    /// CloudTrail's own name for an API operation, for example `CreateFunction20150331`.
    Alias {
        /// The operation that was called.
        operation: Operation,
    },
    /// A sign-in, console action or service event that no API operation has.
    NonApi,
    /// The source is known, the name is not.
    Unknown {
        /// Near names of the same source, nearest first.
        suggestions: Vec<String>,
    },
    /// No service records under this event source.
    UnknownSource {
        /// Near sources, nearest first.
        suggestions: Vec<String>,
    },
}

impl EventName {
    /// The operation behind the event, whatever it is recorded as.
    pub fn operation(&self) -> Option<Operation> {
        match self {
            Self::Operation(operation) | Self::Alias { operation } => Some(*operation),
            Self::NonApi | Self::Unknown { .. } | Self::UnknownSource { .. } => None,
        }
    }
}

/// Resolves an event name in its source. Names are compared with case, as rules and records are.
pub fn event_name(source: &str, name: &str) -> EventName {
    let Some(known) = event_source(source) else {
        let names = event_sources().map(EventSource::name);
        return EventName::UnknownSource {
            suggestions: owned(nearest(source, names)),
        };
    };
    if let Some(operation) = known.operation(name) {
        return EventName::Operation(operation);
    }
    if let Some(operation) = aliases().operation(known, name) {
        return EventName::Alias { operation };
    }
    if is_other_event(source, name) {
        return EventName::NonApi;
    }
    let others = other_events()
        .iter()
        .filter(|(other, _)| *other == label(source))
        .map(|(_, other)| *other);
    let names = known
        .operations()
        .map(|operation| operation.name())
        .chain(others)
        .chain(aliases().names(label(source)));
    EventName::Unknown {
        suggestions: owned(nearest(name, names)),
    }
}

/// The operation behind an event, without a search for near names.
pub(crate) fn operation_of(source: &str, name: &str) -> Option<Operation> {
    let known = event_source(source)?;
    known
        .operation(name)
        .or_else(|| aliases().operation(known, name))
}

/// The event sources in which an event of this name can occur, as operation, alias or other event.
/// A name without its source is ambiguous when there are several.
pub fn sources_of(name: &str) -> Vec<&'static EventSource> {
    let known = |source: &&EventSource| {
        source.operation(name).is_some()
            || aliases().operation(source, name).is_some()
            || is_other_event(source.name(), name)
    };
    event_sources().filter(known).collect()
}

/// Names other than the API name under which CloudTrail records a call; empty when there are none.
/// A call with aliases may be recorded under one of them only.
pub fn aliases_of(source: &str, api_name: &str) -> Vec<String> {
    let aliases = aliases();
    if let Some(names) = aliases.listed.get(&(label(source), api_name)) {
        return names.iter().map(|name| (*name).to_owned()).collect();
    }
    let is_operation =
        event_source(source).is_some_and(|known| known.operation(api_name).is_some());
    match aliases.suffixes.get(label(source)) {
        Some(suffixes) if is_operation => suffixes
            .iter()
            .map(|suffix| format!("{api_name}{suffix}"))
            .collect(),
        _ => Vec::new(),
    }
}

/// What to use instead of an API name that public guidance names and no service has. Compared
/// without case.
pub fn nonexistent_api_hint(name: &str) -> Option<&'static str> {
    for line in table::lines(table::NONEXISTENT_APIS) {
        let mut fields = line.split('\t').skip(1);
        if let (Some(listed), Some(hint)) = (fields.next(), fields.next())
            // Two entries differ from the true name in case only.
            && (listed == name || (listed.eq_ignore_ascii_case(name) && !is_operation_name(name)))
        {
            return Some(hint);
        }
    }
    None
}

fn is_operation_name(name: &str) -> bool {
    event_source("sagemaker.amazonaws.com").is_some_and(|source| source.operation(name).is_some())
}

#[derive(Debug, Default)]
struct Aliases {
    /// (source label, API name) → recorded names.
    listed: BTreeMap<(&'static str, &'static str), Vec<&'static str>>,
    /// (source label, recorded name) → API name.
    recorded: BTreeMap<(&'static str, &'static str), &'static str>,
    /// Source label → suffixes that every operation may carry.
    suffixes: BTreeMap<&'static str, Vec<&'static str>>,
}

impl Aliases {
    /// The recorded names of a source that are listed one by one.
    fn names(&self, label: &str) -> impl Iterator<Item = &'static str> {
        let listed = self
            .recorded
            .keys()
            .filter(move |(source, _)| *source == label);
        listed.map(|(_, name)| *name)
    }

    fn operation(&self, source: &EventSource, name: &str) -> Option<Operation> {
        let label = label(source.name());
        if let Some(api_name) = self.recorded.get(&(label, name)) {
            return source.operation(api_name);
        }
        let suffixes = self.suffixes.get(label)?;
        suffixes
            .iter()
            .find_map(|suffix| source.operation(name.strip_suffix(suffix)?))
    }
}

fn aliases() -> &'static Aliases {
    static ALIASES: OnceLock<Aliases> = OnceLock::new();
    ALIASES.get_or_init(|| {
        let mut aliases = Aliases::default();
        for line in table::lines(table::EVENT_ALIASES) {
            let mut fields = line.split(' ');
            let (Some(first), Some(second)) = (fields.next(), fields.next()) else {
                continue;
            };
            let names: Vec<&'static str> = fields.collect();
            if first == "@dates" {
                aliases.suffixes.insert(second, names);
                continue;
            }
            for name in &names {
                aliases.recorded.insert((first, name), second);
            }
            aliases.listed.insert((first, second), names);
        }
        aliases
    })
}

fn is_other_event(source: &str, name: &str) -> bool {
    other_events().binary_search(&(label(source), name)).is_ok()
}

/// (source label, name), sorted.
fn other_events() -> &'static [(&'static str, &'static str)] {
    static EVENTS: OnceLock<Vec<(&'static str, &'static str)>> = OnceLock::new();
    EVENTS.get_or_init(|| {
        let mut events = Vec::new();
        for line in table::lines(table::OTHER_EVENTS) {
            let mut fields = line.split(' ');
            if let (Some(source), Some(name)) = (fields.next(), fields.next()) {
                events.push((source, name));
            }
        }
        events.sort_unstable();
        events
    })
}

pub(crate) fn label(source: &str) -> &str {
    source.strip_suffix(".amazonaws.com").unwrap_or(source)
}

fn owned(names: Vec<&str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}
