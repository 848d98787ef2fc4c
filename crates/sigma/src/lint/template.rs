//! Explanations: whether what stands in braces can be filled in.

use std::collections::BTreeSet;

use crate::ast::Document;
use crate::lint::events::Pair;
use crate::lint::references::{World, field_of_pairs};
use crate::lint::report::Report;
use crate::lint::{Severity, fields};

/// Names that are no field paths.
const NAMES: &[&str] = &[
    "principal",
    "source_ip",
    "user_agent",
    "account",
    "region",
    "time",
    "count",
];

pub(super) fn check(document: &Document, world: &World<'_, '_>, report: &mut Report<'_>) {
    let metadata = document.metadata();
    let Some(extension) = &metadata.extension else {
        return;
    };
    let Some(explanation) = &extension.explanation else {
        return;
    };
    let mut pairs: Option<BTreeSet<Pair>> = None;
    for name in placeholders(explanation) {
        let Some(name) = name else {
            let message = "a brace of the explanation is not closed";
            report.about(Severity::Error, "explanation-template", message);
            return;
        };
        if NAMES.contains(&name) {
            if name == "count" && matches!(document, Document::Rule(_)) {
                let message = "{count} has no meaning in a rule over single events";
                report.about(Severity::Warning, "explanation-template", message);
            }
            continue;
        }
        if let Err(found) = fields::check(name, world.context.derived_fields) {
            let message = format!("{{{name}}} in the explanation: {}", found.message);
            report.add(
                Severity::Error,
                "explanation-template",
                metadata.at,
                message,
                found.hint,
            );
            continue;
        }
        let pairs = pairs.get_or_insert_with(|| pairs_of(document, world));
        if let Some(reason) = field_of_pairs(name, Some(pairs)) {
            let message = format!("{{{name}}} in the explanation is never filled in: {reason}");
            report.about(Severity::Warning, "explanation-template", message);
        }
    }
}

/// The calls whose events can explain the finding; empty when that is open.
fn pairs_of(document: &Document, world: &World<'_, '_>) -> BTreeSet<Pair> {
    let metadata = document.metadata();
    let mut pairs = BTreeSet::new();
    let references: Vec<&str> = match document {
        Document::Correlation(rule) => rule.rules.iter().map(|(name, _)| name.as_str()).collect(),
        _ => metadata
            .name
            .as_deref()
            .or(metadata.id.as_deref())
            .into_iter()
            .collect(),
    };
    for reference in references {
        for view in world.rules_behind(reference).unwrap_or_default() {
            match view.pairs() {
                Some(found) => pairs.extend(found),
                None => return BTreeSet::new(),
            }
        }
    }
    pairs
}

/// What stands in braces; `None` for a brace that is not closed.
fn placeholders(text: &str) -> Vec<Option<&str>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('{') {
        match after.split_once('}') {
            Some((name, after)) => {
                found.push(Some(name));
                rest = after;
            }
            None => {
                found.push(None);
                break;
            }
        }
    }
    found
}
