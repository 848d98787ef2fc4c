//! Keys and operators of conditions.

use rempart_aws_model::{ConditionKey, condition_key, nearest, renamed_condition_key};

use super::view::{View, key_of};
use super::{
    ALWAYS_TRUE, FOR_ALL_ABSENT, KEY_NEVER_CARRIED, KEY_PARTLY_CARRIED, NEVER_MATCHES, RENAMED_KEY,
    Report, SET_MISSING, SET_ON_SINGLE, UNKNOWN_KEY, some_of,
};
use crate::document::{BaseOperator, ConditionEntry, SetOperator};

pub(crate) fn check(view: &View, report: &mut Report) {
    for entry in &view.statement.conditions {
        let name = &*entry.key.text;
        if let Some(new) = renamed_condition_key(name) {
            let message = format!(
                "no action carries `{name}` any more: it is absent in every request, so {}",
                consequence(view, entry)
            );
            report.advise(
                RENAMED_KEY,
                view,
                entry.key.position,
                message,
                format!("the key is now `{new}`"),
            );
            continue;
        }
        match key_of(entry) {
            None => unknown_key(view, entry, report),
            Some(key) => {
                carried(view, entry, key, report);
                set_operators(view, entry, key, report);
            }
        }
        for_all_values(view, entry, report);
    }
    contradictions(view, report);
}

/// What a test of an absent key makes of its statement.
fn consequence(view: &View, entry: &ConditionEntry) -> &'static str {
    match (holds_when_absent(entry), view.is_deny()) {
        (true, true) => "the test always holds and denies whoever meets the rest",
        (true, false) => "the test always holds and limits nothing",
        (false, true) => "the Deny never fires",
        (false, false) => "the Allow never applies",
    }
}

/// Whether the test holds for a request that does not carry the key.
pub(crate) fn holds_when_absent(entry: &ConditionEntry) -> bool {
    let operator = entry.operator;
    if operator.base == BaseOperator::Null {
        let mut values = entry.values.iter();
        return values.any(|value| value.text.eq_ignore_ascii_case("true"));
    }
    match operator.set {
        SetOperator::ForAllValues => true,
        SetOperator::ForAnyValue => operator.if_exists,
        SetOperator::None => operator.if_exists || operator.base.is_negated(),
    }
}

fn unknown_key(view: &View, entry: &ConditionEntry, report: &mut Report) {
    let name = &*entry.key.text;
    let prefix = name.split(':').next().unwrap_or_default();
    // Keys of identity providers are named by their users.
    if !prefix.eq_ignore_ascii_case("aws") && rempart_aws_model::action_service(prefix).is_none() {
        return;
    }
    let service = rempart_aws_model::action_service(prefix);
    let of_service = service
        .map(|service| service.condition_keys())
        .unwrap_or_default();
    let known = rempart_aws_model::global_condition_keys()
        .iter()
        .chain(of_service);
    let near = nearest(name, known.map(|key| key.name));
    let hint = near.first().map(|near| format!("`{near}` may be meant"));
    report.put(
        UNKNOWN_KEY,
        Some(view),
        entry.key.position,
        format!(
            "the authorization reference does not know the key `{name}`: it is absent in every request, so {}",
            consequence(view, entry)
        ),
        hint,
    );
}

fn carried(view: &View, entry: &ConditionEntry, key: &ConditionKey, report: &mut Report) {
    if view.is_unbounded || key.is_global() || view.actions().next().is_none() {
        return;
    }
    if !view.actions().any(|action| action.carries(key)) {
        let message = format!(
            "none of the actions carries `{}`: {}",
            entry.key.text,
            consequence(view, entry)
        );
        report.add(KEY_NEVER_CARRIED, view, entry.key.position, message);
        return;
    }
    // A wildcard takes in actions that nobody thought of; a name is written with intent.
    let mut without: Vec<String> = Vec::new();
    for pattern in view.patterns.iter().filter(|pattern| !pattern.has_wildcard) {
        for action in pattern.actions.iter().filter(|action| !action.carries(key)) {
            without.push(format!("{}:{}", action.prefix, action.name));
        }
    }
    if !without.is_empty() {
        let message = format!(
            "{} does not carry `{}`: for it {}",
            some_of(&without, 4),
            entry.key.text,
            consequence(view, entry)
        );
        report.add(KEY_PARTLY_CARRIED, view, entry.key.position, message);
    }
}

fn set_operators(view: &View, entry: &ConditionEntry, key: &ConditionKey, report: &mut Report) {
    let operator = entry.operator;
    if operator.base == BaseOperator::Null {
        return;
    }
    match (operator.set, key.multivalued) {
        (SetOperator::None, true) => report.advise(
            SET_MISSING,
            view,
            entry.operator_position,
            format!(
                "`{}` may have several values, for which {operator} is not defined",
                entry.key.text
            ),
            format!("use ForAnyValue:{operator} or ForAllValues:{operator}"),
        ),
        (SetOperator::ForAllValues | SetOperator::ForAnyValue, false) => {
            let single = crate::document::Operator {
                set: SetOperator::None,
                ..operator
            };
            let why = if operator.set == SetOperator::ForAllValues {
                "; ForAllValues also holds when it is absent"
            } else {
                ""
            };
            report.advise(
                SET_ON_SINGLE,
                view,
                entry.operator_position,
                format!(
                    "`{}` has one value, and {operator} is for sets{why}",
                    entry.key.text
                ),
                format!("use {single}"),
            );
        }
        _ => {}
    }
}

/// `ForAllValues` holds on nothing at all, unless presence is asked for as well.
fn for_all_values(view: &View, entry: &ConditionEntry, report: &mut Report) {
    if entry.operator.set != SetOperator::ForAllValues {
        return;
    }
    let demands_presence = view
        .tests_of(&entry.key.text)
        .any(|other| other.operator.base == BaseOperator::Null && !holds_when_absent(other));
    if demands_presence {
        return;
    }
    // Tag keys are the documented exception: no tags, nothing to limit.
    let is_harmless = !view.is_deny() && entry.key.text.eq_ignore_ascii_case("aws:TagKeys");
    if is_harmless {
        return;
    }
    let effect = if view.is_deny() {
        "the Deny also fires for requests without the key"
    } else {
        "the Allow also applies to requests without the key"
    };
    report.advise(
        FOR_ALL_ABSENT,
        view,
        entry.operator_position,
        format!(
            "{} on `{}` holds when the key is absent: {effect}",
            entry.operator, entry.key.text
        ),
        format!(
            "add \"Null\": {{\"{}\": \"false\"}}, or use another operator",
            entry.key.text
        ),
    );
}

/// Tests of one key that no state of it meets, and tests that every state meets.
fn contradictions(view: &View, report: &mut Report) {
    let entries = &view.statement.conditions;
    for (place, entry) in entries.iter().enumerate() {
        if entry.operator.base == BaseOperator::Null {
            let has = |wanted: &str| {
                entry
                    .values
                    .iter()
                    .any(|value| value.text.eq_ignore_ascii_case(wanted))
            };
            if has("true") && has("false") {
                report.add(
                    ALWAYS_TRUE,
                    view,
                    entry.key.position,
                    format!(
                        "`{}` is either absent or present: the test says nothing",
                        entry.key.text
                    ),
                );
            } else if has("true") {
                let other = entries.iter().find(|other| {
                    other.key.text.eq_ignore_ascii_case(&entry.key.text)
                        && !holds_when_absent(other)
                });
                if let Some(other) = other {
                    report.add(
                        NEVER_MATCHES,
                        view,
                        entry.key.position,
                        format!(
                            "`{}` cannot be absent and meet {} at once: the statement never matches",
                            entry.key.text, other.operator
                        ),
                    );
                }
            }
        }
        if entry.operator.base == BaseOperator::StringEquals
            && entry.operator.set == SetOperator::None
            && !entry.operator.if_exists
        {
            let excluded = entries.iter().enumerate().find(|(other_place, other)| {
                *other_place != place
                    && other.key.text.eq_ignore_ascii_case(&entry.key.text)
                    && other.operator.base == BaseOperator::StringNotEquals
                    && entry.values.iter().all(|value| {
                        other
                            .values
                            .iter()
                            .any(|excluded| excluded.text == value.text)
                    })
            });
            if excluded.is_some() && condition_key(&entry.key.text).is_some() {
                report.add(
                    NEVER_MATCHES,
                    view,
                    entry.key.position,
                    format!(
                        "the values of `{}` are asked for and excluded: the statement never matches",
                        entry.key.text
                    ),
                );
            }
        }
    }
}
