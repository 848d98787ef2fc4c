//! Writes the tables. The formats are described in `crates/aws-model/data/PROVENANCE.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::actions::{Action, Reference, ServiceReference};
use super::tables::{
    CallFacts, Calls, Definition, Operations, Paging, Regions, ServiceCalls, ServiceShapes, Shapes,
    Wire,
};
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
pub(crate) const TITLES: [(&str, &str, Pin); 5] = [
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
    (
        "api-calls.txt",
        "how the collected operations are called",
        MODELS_PACKAGE,
    ),
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

pub(crate) fn trimmed(line: String) -> String {
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
pub(crate) fn operations(services: &Operations) -> String {
    let mut sections = Vec::new();
    for (id, service) in services {
        let optional = |field: &Option<String>| field.clone().unwrap_or_else(|| "-".into());
        let lines = service
            .operations
            .iter()
            .map(|(name, reads)| format!("{}{name}", if *reads { 'r' } else { 'w' }));
        sections.push(Section {
            fields: vec![
                id.clone(),
                service.endpoint_prefix.clone(),
                optional(&service.signing_name),
                optional(&service.action_prefix),
                service.protocol.clone(),
                service.display_name.clone(),
            ],
            lines: lines.collect(),
        });
    }
    titled("operations.txt", &sections)
}

/// `shapes.txt`.
pub(crate) fn shapes(services: &Shapes) -> String {
    let section = |(id, shapes): (&String, &ServiceShapes)| Section {
        fields: vec![id.clone()],
        lines: shape_lines(shapes),
    };
    titled(
        "shapes.txt",
        &services.iter().map(section).collect::<Vec<_>>(),
    )
}

fn shape_lines(shapes: &ServiceShapes) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, sides) in &shapes.operations {
        let [input, output] = sides.each_ref().map(|side| side.as_deref().unwrap_or("-"));
        lines.push(format!(">{name}\t{input}\t{output}"));
    }
    for (name, definition) in &shapes.definitions {
        match definition {
            Definition::Enumeration(values) => lines.push(format!("%{name}\t{}", values.join("|"))),
            Definition::Structure(members) => {
                let member = |(member, (required, kind)): (&String, &(bool, String))| {
                    format!("{member}{}:{kind}", if *required { "*" } else { "" })
                };
                let members = members.iter().map(member).collect::<Vec<_>>().join(" ");
                lines.push(trimmed(format!("${name}\t{members}")));
            }
        }
    }
    lines
}

/// `regions.txt`.
pub(crate) fn regions(partitions: &Regions) -> String {
    let section = |(partition, regions): &(String, BTreeMap<String, String>)| Section {
        fields: vec![partition.clone()],
        lines: regions
            .iter()
            .map(|(region, place)| format!("{region}\t{place}"))
            .collect(),
    };
    titled(
        "regions.txt",
        &partitions.iter().map(section).collect::<Vec<_>>(),
    )
}

/// `api-calls.txt`.
pub(crate) fn calls(calls: &Calls) -> String {
    let partition = |facts: &super::tables::PartitionFacts| {
        trimmed(format!(
            "p{}\t{}\t{}\t{}",
            facts.name, facts.dns_suffix, facts.global_region, facts.region_prefix
        ))
    };
    let mut sections = vec![Section {
        fields: vec!["*".into()],
        lines: calls.partitions.iter().map(partition).collect(),
    }];
    for (id, service) in &calls.services {
        sections.push(Section {
            fields: vec![id.clone(), service.api_version.clone()],
            lines: call_lines(service),
        });
    }
    titled("api-calls.txt", &sections)
}

fn call_lines(service: &ServiceCalls) -> Vec<String> {
    let mut lines = Vec::new();
    for host in &service.hosts {
        let line = format!("h{}\t{}\t{}", host.place, host.pattern, host.signing_region);
        lines.push(trimmed(line));
    }
    for (name, facts) in &service.operations {
        lines.push(call_line(name, facts));
    }
    let sides = [('<', &service.requests), ('$', &service.answers)];
    for (letter, structures) in sides {
        for (name, members) in structures.iter().filter(|(_, members)| !members.is_empty()) {
            let member = |(member, wire): (&String, &Wire)| {
                let own = wire.to_string();
                // A list or map under its own name needs no name twice.
                match own.strip_prefix(member.as_str()) {
                    Some(form) if form.starts_with(['*', '[', '{', '}']) => {
                        format!("{member}={form}")
                    }
                    _ => format!("{member}={own}"),
                }
            };
            let members = members.iter().map(member).collect::<Vec<_>>().join(" ");
            lines.push(format!("{letter}{name}\t{members}"));
        }
    }
    lines
}

fn call_line(name: &str, facts: &CallFacts) -> String {
    let optional = |field: &Option<String>| field.clone().unwrap_or_else(|| "-".into());
    let paging = |paging: &Paging| {
        let more = [&paging.limit, &paging.page_size, &paging.more].map(optional);
        format!(
            "{} {} {}",
            paging.input_token,
            paging.output_token,
            more.join(" ")
        )
    };
    let fields = [
        format!(">{name}"),
        facts.protocol.clone(),
        facts.method.clone(),
        facts.path.clone(),
        optional(&facts.target),
        optional(&facts.host_prefix),
        optional(&facts.result_wrapper),
        facts.paging.as_ref().map_or_else(|| "-".into(), paging),
    ];
    fields.join("\t")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailing_empty_fields_are_left_out() {
        assert_eq!(trimmed("aName\tW\t\t\t".into()), "aName\tW");
    }

    #[test]
    fn unknown_levels_are_visible() {
        assert_eq!(level_letter("Tagging, Write"), 'T');
        assert_eq!(level_letter("New level"), '?');
    }

    #[test]
    fn tables_open_with_their_provenance() {
        let text = table("a title", MODELS_PACKAGE, &[]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "# a title",
                "# source: PyPI botocore 1.44.5",
                "# licence: Apache-2.0",
                "# generated: 2026-11-22"
            ]
        );
    }
}
