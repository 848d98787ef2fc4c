//! Writes the tables. The formats are described in `crates/aws-model/data/README.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::actions::{Action, Reference, ServiceReference};
use super::models::{DETAILED, Model, Models, Shape};
use super::{ACTIONS_PACKAGE, MODELS_PACKAGE, Pin};

/// The lines of one service in a table.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) fields: Vec<String>,
    pub(crate) lines: Vec<String>,
}

/// Prints a table: header, then sections.
pub(crate) fn table(title: &str, pin: Pin, sections: &[Section]) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "# {title}");
    let _ = writeln!(text, "# source: {}", pin.source());
    let _ = writeln!(text, "# licence: {}", pin.licence);
    let _ = writeln!(text, "# generated: {}", pin.generated);
    for section in sections {
        let _ = writeln!(text, "@{}", section.fields.join("\t"));
        for line in &section.lines {
            let _ = writeln!(text, "{line}");
        }
    }
    text
}

/// Titles of the generated tables, by file name.
pub(crate) const TITLES: [(&str, &str, Pin); 4] = [
    (
        "actions.txt",
        "actions, resource types and condition keys",
        ACTIONS_PACKAGE,
    ),
    (
        "operations.txt",
        "API operations of all services",
        MODELS_PACKAGE,
    ),
    (
        "shapes.txt",
        "request and answer shapes of the detailed services",
        MODELS_PACKAGE,
    ),
    ("regions.txt", "partitions and regions", MODELS_PACKAGE),
];

fn titled(file: &str, sections: &[Section]) -> String {
    TITLES
        .iter()
        .find(|(name, _, _)| *name == file)
        .map(|(_, title, pin)| table(title, *pin, sections))
        .unwrap_or_default()
}

/// `actions.txt`.
pub(crate) fn actions(reference: &Reference) -> String {
    let mut sections = Vec::new();
    for (prefix, service) in &reference.services {
        sections.push(Section {
            fields: vec![prefix.clone(), service.title.clone()],
            lines: service_lines(service),
        });
    }
    // The global keys follow under a name that no service can have.
    let lines = reference
        .global_keys
        .iter()
        .map(|(key, kind)| format!("k{key}\t{kind}"))
        .collect();
    sections.push(Section {
        fields: vec!["*".into(), "global condition keys".into()],
        lines,
    });
    titled("actions.txt", &sections)
}

fn service_lines(service: &ServiceReference) -> Vec<String> {
    let position: BTreeMap<&str, usize> = service
        .keys
        .keys()
        .enumerate()
        .map(|(index, key)| (key.as_str(), index))
        .collect();
    let numbers = |keys: &[String], separator: &str| {
        let numbers: BTreeSet<usize> = keys
            .iter()
            .filter_map(|key| position.get(key.as_str()).copied())
            .collect();
        numbers
            .iter()
            .map(usize::to_string)
            .collect::<Vec<_>>()
            .join(separator)
    };
    let mut lines: Vec<String> = service
        .keys
        .iter()
        .map(|(key, kind)| format!("k{key}\t{kind}"))
        .collect();
    for resource in service.resources.values() {
        let keys = numbers(&resource.condition_keys, ",");
        lines.push(trimmed(format!(
            "r{}\t{}\t{keys}",
            resource.name, resource.arn
        )));
    }
    for action in service.actions.values() {
        let level = level_letter(&action.access_level);
        let resources = action_resources(action, &numbers);
        let keys = numbers(&action.condition_keys, ",");
        let dependent = action.dependent_actions.join(",");
        lines.push(trimmed(format!(
            "a{}\t{level}\t{resources}\t{keys}\t{dependent}",
            action.name
        )));
    }
    lines
}

fn action_resources(action: &Action, numbers: &dyn Fn(&[String], &str) -> String) -> String {
    let mut entries = Vec::new();
    for resource in &action.resource_types {
        let star = if resource.required { "*" } else { "" };
        let mut entry = format!("{}{star}", resource.name);
        if !resource.condition_keys.is_empty() {
            let _ = write!(entry, ":{}", numbers(&resource.condition_keys, "."));
        }
        entries.push(entry);
    }
    entries.join(",")
}

fn trimmed(line: String) -> String {
    line.trim_end_matches('\t').to_owned()
}

/// Letters of the access levels; `T` and `P` are writes as well.
fn level_letter(level: &str) -> char {
    match level {
        "Read" => 'R',
        "List" => 'L',
        "Write" => 'W',
        "Tagging, Write" | "Tagging" => 'T',
        "Permissions management, Write" | "Permissions management" => 'P',
        _ => '?',
    }
}

/// `operations.txt`.
pub(crate) fn operations(
    models: &Models,
    prefixes: &BTreeMap<String, BTreeMap<String, String>>,
) -> String {
    let mut sections = Vec::new();
    for (id, model) in &models.services {
        let metadata = &model.metadata;
        let prefix = action_prefix(id, model, prefixes);
        let levels = prefix.and_then(|prefix| prefixes.get(prefix));
        let lines = model.operations.keys().map(|name| {
            let level = levels.and_then(|levels| levels.get(name));
            let reads = match level.map(String::as_str) {
                Some("Read" | "List") => true,
                Some(_) => false,
                None => reads_by_name(name),
            };
            format!("{}{name}", if reads { 'r' } else { 'w' })
        });
        sections.push(Section {
            fields: vec![
                id.clone(),
                metadata.endpoint_prefix.clone(),
                metadata.signing_name.clone().unwrap_or_else(|| "-".into()),
                prefix.unwrap_or("-").to_owned(),
                metadata.protocol.clone(),
                metadata.service_id.clone(),
            ],
            lines: lines.collect(),
        });
    }
    titled("operations.txt", &sections)
}

/// The action prefix under which most operations of the service are actions.
fn action_prefix<'a>(
    id: &'a str,
    model: &'a Model,
    prefixes: &'a BTreeMap<String, BTreeMap<String, String>>,
) -> Option<&'a str> {
    let metadata = &model.metadata;
    let candidates = [
        metadata.signing_name.as_deref(),
        Some(metadata.endpoint_prefix.as_str()),
        Some(id),
    ];
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates.into_iter().flatten() {
        let Some((prefix, actions)) = prefixes.get_key_value(candidate) else {
            continue;
        };
        let known = model
            .operations
            .keys()
            .filter(|name| actions.contains_key(*name))
            .count();
        if known > 0 && best.is_none_or(|(count, _)| known > count) {
            best = Some((known, prefix));
        }
    }
    best.map(|(_, prefix)| prefix)
}

fn reads_by_name(name: &str) -> bool {
    [
        "Get",
        "List",
        "Describe",
        "Search",
        "Head",
        "BatchGet",
        "BatchDescribe",
        "Query",
        "Lookup",
    ]
    .iter()
    .any(|verb| name.starts_with(verb))
}

/// `shapes.txt`: what is reachable from the inputs and outputs of the detailed services.
pub(crate) fn shapes(models: &Models) -> String {
    let mut sections = Vec::new();
    for id in DETAILED {
        if let Some(model) = models.services.get(*id) {
            sections.push(Section {
                fields: vec![(*id).to_owned()],
                lines: shape_lines(model),
            });
        }
    }
    titled("shapes.txt", &sections)
}

fn shape_lines(model: &Model) -> Vec<String> {
    let mut pending: Vec<&str> = Vec::new();
    let mut lines = Vec::new();
    for (name, operation) in &model.operations {
        let side = |reference: &Option<super::models::Reference>| {
            reference
                .as_ref()
                .map_or_else(|| "-".to_owned(), |r| expression(model, &r.shape, 0))
        };
        lines.push(format!(
            ">{name}\t{}\t{}",
            side(&operation.input),
            side(&operation.output)
        ));
        let sides = [&operation.input, &operation.output];
        pending.extend(
            sides
                .into_iter()
                .flatten()
                .map(|reference| reference.shape.as_str()),
        );
    }
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut definitions = BTreeMap::new();
    while let Some(name) = pending.pop() {
        let Some(shape) = model.shapes.get(name) else {
            continue;
        };
        if !seen.insert(name) {
            continue;
        }
        let references = shape
            .members
            .values()
            .chain(&shape.member)
            .chain(&shape.value);
        pending.extend(references.map(|reference| reference.shape.as_str()));
        if shape.kind == "structure" && !shape.document {
            definitions.insert(name, structure_line(model, name, shape));
        } else if !shape.values.is_empty() {
            definitions.insert(name, format!("%{name}\t{}", shape.values.join("|")));
        }
    }
    lines.extend(definitions.into_values());
    lines
}

fn structure_line(model: &Model, name: &str, shape: &Shape) -> String {
    let mut line = format!("${name}");
    for (index, (member, reference)) in shape.members.iter().enumerate() {
        let separator = if index == 0 { '\t' } else { ' ' };
        let star = if shape.required.contains(member) {
            "*"
        } else {
            ""
        };
        let _ = write!(
            line,
            "{separator}{member}{star}:{}",
            expression(model, &reference.shape, 0)
        );
    }
    line
}

/// The type of a member: a letter for a scalar, `$Name`, `%Name`, `[element` or `{value`.
fn expression(model: &Model, name: &str, depth: usize) -> String {
    let Some(shape) = model.shapes.get(name) else {
        return "j".into();
    };
    if shape.document || depth > 16 {
        return "j".into();
    }
    let inner = |reference: &Option<super::models::Reference>| {
        reference
            .as_ref()
            .map_or_else(|| "j".into(), |r| expression(model, &r.shape, depth + 1))
    };
    match shape.kind.as_str() {
        "structure" => format!("${name}"),
        "list" => format!("[{}", inner(&shape.member)),
        "map" => format!("{{{}", inner(&shape.value)),
        "string" | "integer" if !shape.values.is_empty() => format!("%{name}"),
        "string" => "s".into(),
        "integer" => "i".into(),
        "long" => "l".into(),
        "float" => "f".into(),
        "double" => "d".into(),
        "boolean" => "b".into(),
        "timestamp" => "t".into(),
        "blob" => "x".into(),
        _ => "j".into(),
    }
}

/// `regions.txt`.
pub(crate) fn regions(models: &Models) -> String {
    let mut sections = Vec::new();
    for partition in &models.partitions {
        let real = partition
            .regions
            .iter()
            .filter(|(region, _)| !region.ends_with("-global"));
        let lines = real.map(|(region, facts)| format!("{region}\t{}", facts.description));
        sections.push(Section {
            fields: vec![partition.id.clone()],
            lines: lines.collect(),
        });
    }
    titled("regions.txt", &sections)
}
