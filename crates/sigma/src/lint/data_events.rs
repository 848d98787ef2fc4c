//! Rules that need data events must say so: these are off unless a selector asks for them.

use std::collections::{BTreeMap, BTreeSet};

use crate::ast::Rule;
use crate::lint::Severity;
use crate::lint::events::{Pair, Pinned};
use crate::lint::report::{Report, few};
use crate::lint::view::View;

const TABLE: &str = include_str!("../../data/data-events.txt");

/// Resource types that selectors know and of whose calls the table has none.
const OTHER_TYPES: &[&str] = &[
    "AWS::SageMaker::TrainingSession",
    "AWS::SageMaker::Hub",
    "AWS::SageMaker::MlflowApp",
    "AWS::SageMaker::MlflowTrackingServer",
];

pub(super) fn check(rule: &Rule, view: &View<'_>, report: &mut Report<'_>) {
    let table = table();
    let mut needed: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for alternative in view.possible() {
        let Some(pairs) = &alternative.calls.pairs else {
            continue;
        };
        let listed = matches!(alternative.calls.names, Pinned::Listed(_));
        let of_data = |pair: &Pair| type_of(&table, pair);
        // A pattern that also catches data events does not live by them.
        if !listed && !pairs.iter().all(|pair| of_data(pair).is_some()) {
            continue;
        }
        for pair in pairs {
            if let Some(resource_type) = of_data(pair) {
                needed
                    .entry(resource_type)
                    .or_default()
                    .insert(pair.1.to_string());
            }
        }
    }
    let metadata = &rule.metadata;
    let requires = metadata
        .extension
        .as_ref()
        .map(|extension| extension.requires.as_slice())
        .unwrap_or_default();
    let known = |name: &str| {
        OTHER_TYPES.contains(&name) || table.values().any(|resource_type| *resource_type == name)
    };
    for name in requires {
        if !known(name) {
            let message = format!(
                "rempart.requires: {name} is no resource type of data events that is known here"
            );
            report.about(Severity::Warning, "unknown-resource-type", message);
        } else if !needed.contains_key(name.as_str())
            && !OTHER_TYPES.contains(&name.as_str())
            && report.is_own()
        {
            let message = format!("rempart.requires: the rule names no data event of {name}");
            report.about(Severity::Warning, "needless-requirement", message);
        }
    }
    let defined = rule
        .logsource
        .definition
        .as_deref()
        .is_some_and(|text| !text.trim().is_empty());
    if !needed.is_empty() && !defined {
        let types: Vec<&str> = needed.keys().copied().collect();
        let message = format!(
            "the rule needs data events of {}, and its logsource has no 'definition' that says so",
            few(&types, 3)
        );
        report.about(report.strict(), "data-event-definition", message);
    }
    if !report.is_own() {
        return;
    }
    for (resource_type, names) in &needed {
        if !requires.iter().any(|required| required == resource_type) {
            let names: Vec<&String> = names.iter().collect();
            let message = format!(
                "{} are data events of {resource_type}: add it to rempart.requires",
                few(&names, 3)
            );
            report.about(Severity::Error, "data-event-requires", message);
        }
    }
}

/// (source label, event name) → resource type.
type Table = BTreeMap<(&'static str, &'static str), &'static str>;

fn table() -> Table {
    let mut table = Table::new();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split(' ');
        let (Some(source), Some(resource_type)) = (words.next(), words.next()) else {
            continue;
        };
        table.extend(words.map(|name| ((source, name), resource_type)));
    }
    table
}

fn type_of(table: &Table, (source, name): &Pair) -> Option<&'static str> {
    let label = source.strip_suffix(".amazonaws.com").unwrap_or(source);
    table.get(&(label, &**name)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rempart_aws_model::{EventName, event_name};

    #[test]
    fn every_listed_call_exists() {
        let table = table();
        assert!(table.len() > 80);
        for (source, name) in table.keys() {
            let found = event_name(&format!("{source}.amazonaws.com"), name);
            assert!(
                !matches!(
                    found,
                    EventName::Unknown { .. } | EventName::UnknownSource { .. }
                ),
                "{source} {name}"
            );
        }
    }
}
