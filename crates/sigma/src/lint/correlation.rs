//! Checks of correlations.

use crate::ast::CorrelationRule;
use crate::lint::references::{World, field_of_pairs};
use crate::lint::report::Report;
use crate::lint::view::is_cloudtrail;
use crate::lint::{Severity, fields};
use crate::plan::{Comparison, CorrelationKind};

/// Longest window that makes sense, in seconds: memory holds what lies in it.
const LONGEST_TIMESPAN: i64 = 90 * 86_400;

pub(super) fn check(rule: &CorrelationRule, world: &World<'_, '_>, report: &mut Report<'_>) {
    if rule.group_by.is_empty() {
        let message =
            "there is no group-by: events of all accounts and principals are counted together";
        report.add(Severity::Note, "no-group-by", rule.at, message, None);
    }
    if rule.timespan_seconds > LONGEST_TIMESPAN {
        let message = "the timespan is longer than 90 days";
        report.add(Severity::Warning, "long-timespan", rule.at, message, None);
    }
    let is_temporal = matches!(
        rule.kind,
        CorrelationKind::Temporal | CorrelationKind::TemporalOrdered
    );
    if is_temporal && rule.rules.len() == 1 {
        let message = "a sequence of one rule is that rule";
        report.add(Severity::Error, "temporal-of-one", rule.at, message, None);
    }
    let mut seen: Vec<&str> = Vec::new();
    for (reference, at) in &rule.rules {
        // An ordered sequence may ask for the same event twice.
        if seen.contains(&reference.as_str()) && rule.kind != CorrelationKind::TemporalOrdered {
            let message = format!("{reference} is listed twice");
            report.add(Severity::Warning, "repeated-reference", *at, message, None);
        }
        seen.push(reference);
    }
    threshold(rule, report);
    cycle(rule, world, report);
    check_aliases(rule, report);
    check_fields(rule, world, report);
}

fn threshold(rule: &CorrelationRule, report: &mut Report<'_>) {
    let counts = matches!(
        rule.kind,
        CorrelationKind::EventCount | CorrelationKind::ValueCount
    );
    if !counts || rule.condition.is_empty() {
        return;
    }
    let holds = |count: f64| {
        rule.condition
            .iter()
            .all(|(comparison, bound)| comparison.holds(count, *bound))
    };
    // The comparisons change only near their bounds.
    let mut counts: Vec<f64> = vec![1.0];
    for (_, bound) in &rule.condition {
        counts.extend([
            bound.floor() - 1.0,
            bound.floor(),
            bound.floor() + 1.0,
            bound.floor() + 2.0,
        ]);
    }
    counts.retain(|count| *count >= 1.0);
    if !counts.iter().any(|count| holds(*count)) {
        let message = "no count satisfies the condition";
        report.add(Severity::Error, "never-true", rule.at, message, None);
    } else if holds(1.0) {
        let only_upper = rule
            .condition
            .iter()
            .all(|(comparison, _)| matches!(comparison, Comparison::Lt | Comparison::Lte));
        let message = if only_upper {
            "the condition has no lower bound: a single event satisfies it"
        } else {
            "a single event satisfies the condition"
        };
        report.add(
            Severity::Warning,
            "threshold-of-one",
            rule.at,
            message,
            None,
        );
    }
}

fn cycle(rule: &CorrelationRule, world: &World<'_, '_>, report: &mut Report<'_>) {
    let mut open: Vec<usize> = rule
        .rules
        .iter()
        .flat_map(|(reference, _)| world.directory.find(reference).iter().copied())
        .collect();
    let mut seen = std::collections::BTreeSet::new();
    while let Some(place) = open.pop() {
        let Some(document) = world.documents.get(place) else {
            continue;
        };
        let crate::ast::Document::Correlation(inner) = document else {
            continue;
        };
        if std::ptr::eq(inner, rule) {
            let message = "the correlation refers to itself through others";
            report.add(Severity::Error, "reference-cycle", rule.at, message, None);
            return;
        }
        if seen.insert(place) {
            let next = inner.rules.iter();
            open.extend(next.flat_map(|(reference, _)| world.directory.find(reference)));
        }
    }
}

fn check_aliases(rule: &CorrelationRule, report: &mut Report<'_>) {
    for (alias, fields) in &rule.aliases {
        for (name, _) in fields {
            if !rule.rules.iter().any(|(reference, _)| reference == name) {
                let message = format!("alias {alias} is about {name}, which is none of the rules");
                report.add(Severity::Error, "alias-rule", rule.at, message, None);
            }
        }
        let used = rule.group_by.contains(alias) || rule.fields.contains(alias);
        if !used {
            let message = format!("alias {alias} is not used");
            report.add(Severity::Warning, "unused-alias", rule.at, message, None);
        }
    }
}

fn check_fields(rule: &CorrelationRule, world: &World<'_, '_>, report: &mut Report<'_>) {
    for field in rule.group_by.iter().chain(&rule.fields) {
        let alias = rule.aliases.iter().find(|(alias, _)| alias == field);
        for (reference, at) in &rule.rules {
            let actual = match alias {
                None => field.as_str(),
                Some((_, fields)) => match fields.iter().find(|(name, _)| name == reference) {
                    Some((_, actual)) => actual.as_str(),
                    None => {
                        let message = format!("alias {field} says nothing about {reference}");
                        report.add(Severity::Error, "alias-rule", *at, message, None);
                        continue;
                    }
                },
            };
            let Some(rules) = world.rules_behind(reference) else {
                continue;
            };
            // What an inner correlation renames cannot be followed here.
            let is_direct =
                matches!(rules.as_slice(), [only] if only.rule.metadata.is_called(reference));
            if !is_direct || !rules.iter().all(|view| is_cloudtrail(&view.rule.logsource)) {
                continue;
            }
            if let Err(found) = fields::check(actual, world.context.derived_fields) {
                report.add(
                    Severity::Error,
                    found.code,
                    rule.at,
                    found.message,
                    found.hint,
                );
                break;
            }
            let pairs = rules.first().and_then(|view| view.pairs());
            if let Some(reason) = field_of_pairs(actual, pairs.as_ref()) {
                let message = format!("events of {reference} have no {actual}: {reason}");
                report.add(Severity::Error, "unknown-group-field", *at, message, None);
            }
        }
    }
}
