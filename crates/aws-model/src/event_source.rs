//! Event sources: the names under which CloudTrail files the calls of services.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::service::{Operation, Service, service, services};
use crate::table;

/// A value of `eventSource` with the services whose calls it holds.
#[derive(Debug)]
pub struct EventSource {
    name: String,
    services: Vec<&'static Service>,
    spelling: ParameterSpelling,
}

/// How CloudTrail writes the members of requests and answers of an event source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ParameterSpelling {
    /// API name with the first letter lowered, the rest unchanged: `RoleArn` → `roleArn`.
    FirstLowered,
    /// First letter lowered or as in the API; both are seen.
    FirstLetterFree,
    /// Lists are wrapped (`groupSet.items[].groupId`) and some members renamed: paths that do not
    /// match the API are not decidable.
    Wrapped,
    /// The service has names of its own (`bucketName`, header names): paths that do not match the
    /// API are not decidable.
    Own,
}

/// The event source with this name, for example `sagemaker.amazonaws.com`.
pub fn event_source(name: &str) -> Option<&'static EventSource> {
    index().get(name)
}

/// All known event sources, sorted by name.
pub fn event_sources() -> impl Iterator<Item = &'static EventSource> {
    index().values()
}

impl EventSource {
    /// The name, for example `monitoring.amazonaws.com`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Services whose calls are recorded here, control plane first; empty for sources that record
    /// no API calls, for example `signin.amazonaws.com`.
    pub fn services(&self) -> &[&'static Service] {
        &self.services
    }

    /// How members are written in records of this source.
    pub fn spelling(&self) -> ParameterSpelling {
        self.spelling
    }

    /// The operation with exactly this API name, in the first service that has it.
    pub fn operation(&self, name: &str) -> Option<Operation> {
        self.services
            .iter()
            .find_map(|service| service.operation(name))
    }

    /// All operations of all services of this source.
    pub fn operations(&self) -> impl Iterator<Item = Operation> {
        self.services
            .iter()
            .flat_map(|service| service.operations())
    }
}

fn index() -> &'static BTreeMap<String, EventSource> {
    static INDEX: OnceLock<BTreeMap<String, EventSource>> = OnceLock::new();
    INDEX.get_or_init(read_index)
}

fn read_index() -> BTreeMap<String, EventSource> {
    let mut sources: BTreeMap<String, EventSource> = BTreeMap::new();
    let mut spellings = Vec::new();
    let mut placed = Vec::new();
    for line in table::lines(table::EVENT_SOURCES) {
        let mut fields = line.split_whitespace();
        let (Some(label), Some(listed)) = (fields.next(), fields.next()) else {
            continue;
        };
        spellings.push((label, fields.next().unwrap_or_default()));
        let source = entry(&mut sources, label);
        if listed == "=" {
            continue;
        }
        for found in listed.split(',').filter_map(service) {
            source.services.push(found);
            placed.push(found.id());
        }
    }
    for found in services() {
        if !placed.contains(&found.id()) {
            let label = found
                .signing_name()
                .unwrap_or(found.endpoint_prefix())
                .to_ascii_lowercase();
            entry(&mut sources, &label).services.push(found);
        }
    }
    for source in sources.values_mut() {
        source.spelling = default_spelling(&source.services);
        // The service that the source is named after is its control plane.
        let label = source.name.trim_end_matches(SUFFIX);
        source
            .services
            .sort_by_key(|service| (service.id() != label, service.id()));
    }
    for (label, spelling) in spellings {
        let spelling = match spelling {
            "first-lowered" => ParameterSpelling::FirstLowered,
            "first-letter-free" => ParameterSpelling::FirstLetterFree,
            "wrapped" => ParameterSpelling::Wrapped,
            "own" => ParameterSpelling::Own,
            _ => continue,
        };
        entry(&mut sources, label).spelling = spelling;
    }
    sources
}

const SUFFIX: &str = ".amazonaws.com";

fn entry<'a>(sources: &'a mut BTreeMap<String, EventSource>, label: &str) -> &'a mut EventSource {
    let name = format!("{label}{SUFFIX}");
    sources.entry(name.clone()).or_insert_with(|| EventSource {
        name,
        services: Vec::new(),
        spelling: ParameterSpelling::FirstLowered,
    })
}

/// The JSON and query protocols are recorded with the first letter lowered without exception seen;
/// REST services are not so uniform.
fn default_spelling(services: &[&'static Service]) -> ParameterSpelling {
    if services.iter().any(|service| service.protocol() == "ec2") {
        return ParameterSpelling::Wrapped;
    }
    if services
        .iter()
        .any(|service| service.protocol().starts_with("rest"))
    {
        return ParameterSpelling::FirstLetterFree;
    }
    ParameterSpelling::FirstLowered
}
