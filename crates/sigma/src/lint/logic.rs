//! Alternatives that no record satisfies, and those that every record does.

use std::collections::BTreeSet;

use crate::ast::{Detection, Item, Selection, SelectionBody, Value};
use crate::condition::Condition;
use crate::lint::Severity;
use crate::lint::cubes::{Cube, Expander, Node};
use crate::lint::events::Filter;
use crate::lint::fields::{is_always_present, is_single};
use crate::lint::report::{Report, few};
use crate::lint::values::{State, Test};
use crate::modifier::Modifier;
use crate::parse::selected;
use crate::yaml::Position;

/// Why no record satisfies the alternative; `None` when one may.
pub(super) fn contradiction<'a>(cube: &Cube<'a>, expander: &mut Expander<'a>) -> Option<String> {
    let fields: BTreeSet<&str> = cube
        .positives
        .iter()
        .filter_map(|item| item.field.as_deref())
        .collect();
    expander.spend(fields.len().saturating_mul(1 + cube.positives.len()))?;
    for field in fields {
        let filter = Filter::new(field, &cube.positives, &cube.negatives);
        let absent = filter.admits(&State::Absent);
        let must_be_absent = cube
            .positives
            .iter()
            .any(|item| item.field.as_deref() == Some(field) && demands_absence(item));
        if must_be_absent && !absent {
            return Some(format!("{field} would have to be absent and present"));
        }
        if !is_single(field) || absent || filter.admits(&State::Null) {
            continue;
        }
        if filter.listed().is_some_and(|left| left.is_empty()) {
            return Some(format!("no value of {field} passes every test of it"));
        }
    }
    for node in &cube.negatives {
        if implied(*node, cube, expander) == Some(true) {
            return Some(format!(
                "{} is demanded and excluded",
                name_of(*node).unwrap_or("the same")
            ));
        }
    }
    None
}

fn demands_absence(item: &Item) -> bool {
    item.modifiers == [Modifier::Exists] && item.values == [Value::Bool(false)]
}

fn name_of<'a>(node: Node<'a>) -> Option<&'a str> {
    match node {
        Node::Selection(selection) => Some(&selection.name),
        Node::Condition(Condition::Name(name)) => Some(name),
        Node::Body(SelectionBody::Item(item)) => item.field.as_deref(),
        Node::Condition(_) | Node::Body(_) => None,
    }
}

/// Whether every record of the alternative satisfies the part too; `None` when the bound is used up.
fn implied<'a>(node: Node<'a>, cube: &Cube<'a>, expander: &mut Expander<'a>) -> Option<bool> {
    expander.spend(1)?;
    if let Node::Body(SelectionBody::Item(item)) = node {
        expander.spend(cube.positives.len())?;
        return Some(item_implied(item, cube));
    }
    let Some((all, parts)) = expander.parts(node) else {
        return Some(false);
    };
    if parts.is_empty() {
        return Some(false);
    }
    for part in parts {
        if implied(part, cube, expander)? != all {
            return Some(!all);
        }
    }
    Some(all)
}

fn item_implied(item: &Item, cube: &Cube<'_>) -> bool {
    let with_all = item.modifiers.contains(&Modifier::All);
    let negated = item.modifiers.contains(&Modifier::Neq);
    let narrower = |other: &&Item| {
        other.field == item.field
            && other.modifiers == item.modifiers
            && if with_all || negated {
                other.values == item.values
            } else {
                other.values.iter().all(|value| item.values.contains(value))
            }
    };
    if cube.positives.iter().copied().any(|other| narrower(&other)) {
        return true;
    }
    let Some(field) = item.field.as_deref().filter(|field| is_single(field)) else {
        return false;
    };
    let filter = Filter::new(field, &cube.positives, &[]);
    if filter.admits(&State::Absent) || filter.admits(&State::Null) {
        return false;
    }
    let test = Test::new(item);
    filter.listed().is_some_and(|left| {
        !left.is_empty()
            && left
                .into_iter()
                .all(|text| test.accepts(&State::Text(text)) == Some(true))
    })
}

/// Reports what the alternatives say about the detection as a whole.
pub(super) fn check<'a>(
    detection: &'a Detection,
    cubes: &[Cube<'a>],
    contradictions: &[Option<String>],
    report: &mut Report<'_>,
) {
    let at = detection
        .conditions
        .first()
        .map_or(Position::default(), |(_, at)| *at);
    let possible: Vec<&Cube<'a>> = cubes
        .iter()
        .zip(contradictions)
        .filter(|(_, contradiction)| contradiction.is_none())
        .map(|(cube, _)| cube)
        .collect();
    if possible.is_empty() {
        let reasons: BTreeSet<&str> = contradictions
            .iter()
            .flatten()
            .map(String::as_str)
            .collect();
        let reasons: Vec<&str> = reasons.into_iter().collect();
        let message = format!("no record satisfies the condition: {}", few(&reasons, 2));
        report.add(Severity::Error, "never-true", at, message, None);
        return;
    }
    unreachable(cubes, &possible, report);
    let everything = possible.iter().any(|cube| {
        cube.negatives.is_empty() && cube.positives.iter().all(|item| is_certain(item))
    });
    let tautology = detection
        .conditions
        .iter()
        .any(|(condition, _)| has_complements(condition));
    if everything || tautology {
        let message = "the condition is true for every record";
        report.add(Severity::Error, "always-true", at, message, None);
    } else if possible.iter().any(|cube| cube.positives.is_empty()) {
        let message =
            "an alternative of the condition only excludes: it selects every other record";
        report.add(Severity::Warning, "only-excludes", at, message, None);
    }
}

fn unreachable(cubes: &[Cube<'_>], possible: &[&Cube<'_>], report: &mut Report<'_>) {
    let mut reached: Vec<*const Selection> = possible
        .iter()
        .flat_map(|cube| {
            cube.selections
                .iter()
                .map(|found| std::ptr::from_ref(*found))
        })
        .collect();
    reached.sort_unstable();
    reached.dedup();
    let mut reported: Vec<&str> = Vec::new();
    for selection in cubes
        .iter()
        .flat_map(|cube| cube.selections.iter().copied())
    {
        if reached
            .binary_search(&std::ptr::from_ref(selection))
            .is_err()
            && !reported.contains(&selection.name.as_str())
            && !report.is_full()
        {
            reported.push(&selection.name);
            let message = format!(
                "selection '{}' contradicts what stands beside it in the condition",
                selection.name
            );
            let code = "unreachable-selection";
            report.add(Severity::Warning, code, selection.at, message, None);
        }
    }
}

fn is_certain(item: &Item) -> bool {
    item.field.as_deref().is_some_and(is_always_present) && Test::new(item).accepts_everything()
}

/// Whether a part and its negation stand side by side under 'or'.
fn has_complements(condition: &Condition) -> bool {
    match condition {
        Condition::Or(parts) => {
            let negated: Vec<&Condition> = parts
                .iter()
                .filter_map(|part| match part {
                    Condition::Not(inner) => Some(&**inner),
                    _ => None,
                })
                .collect();
            // Conditions are short texts: this is bounded by the parser.
            negated.iter().take(50).any(|inner| parts.contains(inner))
        }
        _ => false,
    }
}

/// Reports selections that no condition uses.
pub(super) fn unused(detection: &Detection, others: &[&Condition], report: &mut Report<'_>) {
    let mut used: BTreeSet<&str> = BTreeSet::new();
    let conditions = detection.conditions.iter().map(|(condition, _)| condition);
    for condition in conditions.chain(others.iter().copied()) {
        uses(condition, &detection.selections, &mut used);
    }
    for selection in &detection.selections {
        if !used.contains(selection.name.as_str()) {
            let message = format!("no condition uses selection '{}'", selection.name);
            report.add(
                Severity::Warning,
                "unused-selection",
                selection.at,
                message,
                None,
            );
        }
    }
}

fn uses<'a>(condition: &'a Condition, selections: &'a [Selection], used: &mut BTreeSet<&'a str>) {
    match condition {
        Condition::Name(name) => {
            used.insert(name);
        }
        Condition::And(parts) | Condition::Or(parts) => {
            for part in parts {
                uses(part, selections, used);
            }
        }
        Condition::Not(part) => uses(part, selections, used),
        Condition::Of { pattern, .. } => {
            used.extend(selected(pattern.as_deref(), selections).map(|found| found.name.as_str()));
        }
    }
}
