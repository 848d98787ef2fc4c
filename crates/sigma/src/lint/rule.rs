//! Checks of rules over single events, and of filters.

use std::collections::BTreeSet;

use rempart_aws_model::Region;

use crate::ast::{Detection, FilterRule, FirstSeen, Item, Rule, SelectionBody, Value};
use crate::lint::calls::{self, CallFacts};
use crate::lint::cubes::Node;
use crate::lint::events::{Lookup, NAME, Pair, Pinned};
use crate::lint::nearest::nearest;
use crate::lint::parameters::ParameterFacts;
use crate::lint::report::{Report, did_you_mean, few};
use crate::lint::values::{Test, written};
use crate::lint::view::{View, Walked, is_cloudtrail};
use crate::lint::{LintContext, Severity, data_events, fields, learning, level, logic, vocabulary};
use crate::modifier::Modifier;
use crate::yaml::Position;

/// Checks a rule.
pub(super) fn check(
    rule: &Rule,
    view: &View<'_>,
    lookup: &mut Lookup,
    context: &LintContext<'_>,
    report: &mut Report<'_>,
) {
    let first_seen = rule
        .metadata
        .extension
        .as_ref()
        .and_then(|extension| extension.first_seen.as_ref());
    let observe = first_seen.and_then(|first_seen| first_seen.observe.as_ref());
    logic::unused(&rule.detection, observe.as_slice(), report);
    let Some(alternatives) = &view.alternatives else {
        let message = "the detection has too many alternatives to be checked as a whole";
        report.about(Severity::Note, "too-complex", message);
        return;
    };
    let (cubes, contradictions): (Vec<_>, Vec<_>) = alternatives
        .iter()
        .map(|alternative| (alternative.cube.clone(), alternative.contradiction.clone()))
        .unzip();
    logic::check(&rule.detection, &cubes, &contradictions, report);
    if !is_cloudtrail(&rule.logsource) {
        return;
    }
    check_items(&rule.detection, context, report);
    let mut call_facts = CallFacts::default();
    let mut parameters = ParameterFacts::default();
    let walked = view.scenes(lookup, &mut |scene, lookup| {
        parameters.visit(scene);
        call_facts.visit(scene, lookup);
    });
    about_walk(&walked, first_seen, report);
    call_facts.report(lookup, report);
    parameters.report(report);
    impossible_events(view, &mut parameters, report);
    level::check(rule, view, report);
    data_events::check(rule, view, report);
    if let Some(first_seen) = first_seen {
        learning::check(rule, first_seen, view, context, report);
    }
    success_only(&rule.detection, report);
}

fn about_walk(walked: &Walked<'_>, first_seen: Option<&FirstSeen>, report: &mut Report<'_>) {
    if !walked.complete {
        let message = "the exclusions are too many to be checked all";
        report.about(Severity::Note, "too-complex", message);
    }
    for node in &walked.idle {
        let (what, at) = place_of(*node);
        let message = format!("{what} is excluded from events that never have it");
        let code = "exclusion-without-effect";
        report.add(Severity::Warning, code, at, message, None);
    }
    if let Some(first_seen) = first_seen
        && walked.teaches_nothing
    {
        let message = "no record satisfies 'observe': nothing is ever learnt";
        report.add(Severity::Error, "never-true", first_seen.at, message, None);
    }
}

/// What a part of a detection is called, and where it stands.
fn place_of(node: Node<'_>) -> (&str, Position) {
    match node {
        Node::Condition(_) => ("a part of the condition", Position::default()),
        Node::Selection(selection) => (&selection.name, selection.at),
        Node::Body(body) => {
            let mut first = None;
            each_item(body, &mut |item| {
                first.get_or_insert(item);
            });
            match first {
                Some(item) => (item.field.as_deref().unwrap_or("a keyword"), item.at),
                None => ("an empty part", Position::default()),
            }
        }
    }
}

/// Checks a filter: its fields and selections. What calls it is about, the rules say.
pub(super) fn check_filter(
    filter: &FilterRule,
    context: &LintContext<'_>,
    report: &mut Report<'_>,
) {
    logic::unused(&filter.detection, &[], report);
    if is_cloudtrail(&filter.logsource) {
        check_items(&filter.detection, context, report);
    }
}

fn check_items(detection: &Detection, context: &LintContext<'_>, report: &mut Report<'_>) {
    for selection in &detection.selections {
        each_item(&selection.body, &mut |item| {
            item_alone(item, context, report)
        });
        calls::sources(&selection.body, report);
    }
}

fn each_item<'a>(body: &'a SelectionBody, visit: &mut dyn FnMut(&'a Item)) {
    match body {
        SelectionBody::All(parts) | SelectionBody::Any(parts) => {
            for part in parts {
                each_item(part, visit);
            }
        }
        SelectionBody::Item(item) => visit(item),
    }
}

/// What can be said about an item without the rest of the rule.
fn item_alone(item: &Item, context: &LintContext<'_>, report: &mut Report<'_>) {
    let Some(field) = item.field.as_deref() else {
        return;
    };
    let mut named = vec![field.to_owned()];
    if item.modifiers.contains(&Modifier::FieldRef) {
        named.extend(item.values.iter().map(written));
    }
    for field in named {
        if let Err(found) = fields::check(&field, context.derived_fields) {
            report.add(
                Severity::Error,
                found.code,
                item.at,
                found.message,
                found.hint,
            );
        }
    }
    let plain_field = field.replace("[]", "");
    if let Some(words) = vocabulary::values(&plain_field) {
        let found = Test::new(item).values_found(words);
        for (value, found) in item.values.iter().zip(found) {
            if found == Some(false) {
                let value = written(value);
                let message = format!("{field} is never {value}");
                let near = nearest(&value, words.iter().copied());
                let hint = did_you_mean(&near)
                    .unwrap_or_else(|| format!("it is one of {}", few(words, 12)));
                let code = "value-outside-enum";
                report.add(report.strict(), code, item.at, message, Some(hint));
            }
        }
    }
    let compares = item.values.iter().any(|value| *value != Value::Null)
        && !item.modifiers.contains(&Modifier::Exists);
    if compares && fields::is_structure(&plain_field) {
        let message = format!("{field} is a structure, which equals no value");
        let hint = "name one of its members, or search the whole record with keywords";
        let code = "wrong-type";
        report.add(
            report.strict(),
            code,
            item.at,
            message,
            Some(hint.to_owned()),
        );
    }
    if field == "awsRegion"
        && let Some((regions, _)) = Test::new(item).listed()
    {
        for region in regions {
            if !Region::parse(&region).is_ok_and(|region| region.is_known()) {
                let message = format!("{region} is no Region");
                report.add(Severity::Warning, "unknown-region", item.at, message, None);
            }
        }
    }
}

/// Names that are listed, exist, and yet cannot satisfy the rest of any alternative.
fn impossible_events<'a>(
    view: &View<'a>,
    parameters: &mut ParameterFacts<'a>,
    report: &mut Report<'_>,
) {
    let mut named: BTreeSet<Pair> = BTreeSet::new();
    let mut possible: BTreeSet<Pair> = BTreeSet::new();
    let mut places: Vec<&Item> = Vec::new();
    for alternative in view.possible() {
        let (Pinned::Listed(_), Some(pairs)) = (&alternative.calls.names, &alternative.calls.pairs)
        else {
            continue;
        };
        let items = &alternative.cube.positives;
        places.extend(
            items
                .iter()
                .filter(|item| item.field.as_deref() == Some(NAME)),
        );
        for pair in pairs {
            if parameters.is_possible(pair, items) {
                possible.insert(pair.clone());
            }
            named.insert(pair.clone());
        }
    }
    for (source, name) in named.difference(&possible) {
        if report.is_full() {
            return;
        }
        let lists = |item: &&&Item| {
            let listed = Test::new(item).listed();
            listed.is_some_and(|(names, _)| {
                names.iter().any(|known| known.eq_ignore_ascii_case(name))
            })
        };
        let at = places
            .iter()
            .find(lists)
            .map_or(view.rule.metadata.at, |item| item.at);
        let message = format!(
            "{name} of {source} cannot satisfy the rule: it lacks parameters that are asked for"
        );
        report.add(Severity::Warning, "event-never-matches", at, message, None);
    }
}

/// A rule that asks for success does not see attempts.
fn success_only(detection: &Detection, report: &mut Report<'_>) {
    for selection in &detection.selections {
        each_item(&selection.body, &mut |item| {
            let asks = match item.field.as_deref() {
                Some("errorCode") => {
                    item.values == [Value::Null] && item.modifiers.is_empty()
                        || item.values == [Value::Bool(false)]
                            && item.modifiers == [Modifier::Exists]
                }
                Some("rempart.outcome") => item.values == [Value::Text("success".to_owned())],
                _ => false,
            };
            if asks && !report.is_own() {
                let message = "failed calls do not match";
                report.add(Severity::Note, "success-only", item.at, message, None);
            }
        });
    }
}
