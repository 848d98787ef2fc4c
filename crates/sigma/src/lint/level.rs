//! A level that only the name of a call supports: see the module documentation of [`crate::lint`].

use std::collections::BTreeSet;

use crate::ast::{Level, Rule};
use crate::lint::Severity;
use crate::lint::cubes::Cube;
use crate::lint::events::{NAME, Pair, SOURCE};
use crate::lint::report::{Report, few};
use crate::lint::view::View;

/// Calls that carry a high level by their name alone; see `data/decisive-calls.txt`.
const DECISIVE: &str = include_str!("../../data/decisive-calls.txt");

/// Fields that say which call it was and how it ended, and nothing about who, how or what.
const NAMING: &[&str] = &[
    SOURCE,
    NAME,
    "eventType",
    "eventCategory",
    "managementEvent",
    "readOnly",
    "errorCode",
    "errorMessage",
    "rempart.outcome",
];

pub(super) fn check(rule: &Rule, view: &View<'_>, report: &mut Report<'_>) {
    let metadata = &rule.metadata;
    let severity = match metadata.level {
        Some(Level::High | Level::Critical) => Severity::Warning,
        Some(Level::Medium) => Severity::Note,
        _ => return,
    };
    let is_context = metadata
        .extension
        .as_ref()
        .is_some_and(|extension| extension.first_seen.is_some() || extension.emit == Some(false));
    let names_only = view.possible().next().is_some()
        && view
            .possible()
            .all(|alternative| is_name_only(&alternative.cube));
    if !report.is_own() || is_context || !names_only {
        return;
    }
    let decisive = decisive();
    let others: Vec<String> = view
        .named_pairs()
        .into_iter()
        .filter(|pair| !is_decisive(&decisive, pair))
        .map(|(_, name)| name.to_string())
        .collect();
    if others.is_empty() {
        return;
    }
    let message = format!(
        "level is above low, and nothing but the name of the call is looked at: {}",
        few(&others, 4)
    );
    let hint = "add what makes the call stand out, lower the level, or list the call in data/decisive-calls.txt";
    report.add(
        severity,
        "level-by-name",
        metadata.at,
        message,
        Some(hint.to_owned()),
    );
}

fn is_name_only(cube: &Cube<'_>) -> bool {
    cube.negatives.is_empty()
        && cube.positives.iter().all(|item| {
            item.field
                .as_deref()
                .is_some_and(|field| NAMING.contains(&field))
        })
}

fn decisive() -> BTreeSet<(&'static str, &'static str)> {
    DECISIVE
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
        .collect()
}

fn is_decisive(decisive: &BTreeSet<(&str, &str)>, (source, name): &Pair) -> bool {
    let label = source.strip_suffix(".amazonaws.com").unwrap_or(source);
    decisive.contains(&(label, &**name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rempart_aws_model::{EventName, event_name};

    #[test]
    fn every_decisive_call_exists() {
        let decisive = decisive();
        assert!(decisive.len() > 10);
        for (source, name) in decisive {
            let found = event_name(&format!("{source}.amazonaws.com"), name);
            assert!(
                matches!(found, EventName::Operation(_) | EventName::Alias { .. }),
                "{source} {name}"
            );
        }
    }
}
