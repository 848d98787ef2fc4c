//! First-seen blocks: whether 'never before' can mean anything.

use crate::ast::{FirstSeen, Rule};
use crate::lint::events::{NAME, SOURCE};
use crate::lint::references::field_of_pairs;
use crate::lint::report::Report;
use crate::lint::view::View;
use crate::lint::{LintContext, Severity, fields};

pub(super) fn check(
    rule: &Rule,
    first_seen: &FirstSeen,
    view: &View<'_>,
    context: &LintContext<'_>,
    report: &mut Report<'_>,
) {
    let at = first_seen.at;
    if first_seen.value.is_empty() {
        let message = "'value' is empty: nothing can be new";
        report.add(Severity::Error, "first-seen-value", at, message, None);
    }
    if first_seen.learning_seconds == 0 {
        let message = "without 'learning' the first event of every group is a finding";
        report.add(report.strict(), "first-seen-learning", at, message, None);
    }
    if first_seen.learning_seconds > 365 * 86_400 {
        let message = "'learning' is longer than a year: no group ever has that much history";
        report.add(Severity::Warning, "first-seen-learning", at, message, None);
    }
    if first_seen.within_seconds > 0 && first_seen.within_seconds >= first_seen.learning_seconds {
        let message = "'within' is not shorter than 'learning'";
        report.add(Severity::Warning, "first-seen-within", at, message, None);
    }
    for field in &first_seen.value {
        if first_seen.group_by.contains(field) {
            let message = format!("{field} is both value and group: it is never new in its group");
            report.add(Severity::Error, "first-seen-group", at, message, None);
        }
    }
    let pairs = view.pairs();
    for field in first_seen.value.iter().chain(&first_seen.group_by) {
        match fields::check(field, context.derived_fields) {
            Err(found) => report.add(Severity::Error, found.code, at, found.message, found.hint),
            Ok(()) => {
                if let Some(message) = field_of_pairs(field, pairs.as_ref()) {
                    report.add(Severity::Error, "unknown-parameter", at, message, None);
                }
            }
        }
    }
    // A name that is always the same is new once, in the whole life of the group.
    let fixed = |field: &String| match field.as_str() {
        NAME | SOURCE => pairs.as_ref().is_some_and(|pairs| pairs.len() == 1),
        _ => false,
    };
    if rule.detection.conditions.len() == 1
        && !first_seen.value.is_empty()
        && first_seen.value.iter().all(fixed)
        && first_seen.group_by.is_empty()
    {
        let message =
            "the value is always the same and there is no group: it is new once and never again";
        report.add(Severity::Warning, "first-seen-value", at, message, None);
    }
}
