//! Guardrails: Deny statements that a request escapes, and those that hit what must stay possible.

use super::conditions::holds_when_absent;
use super::families::{DEFAULTS, DISCRIMINATORS, FAMILIES, WANT_APPROVAL};
use super::view::{View, key_of};
use super::{NULL_AND, OMISSION, PRESENCE_ONLY, Report, SOURCE_IP, UNCOVERED, some_of};
use crate::document::{BaseOperator, ConditionEntry, Family, SetOperator};

pub(crate) fn check(views: &[View], report: &mut Report) {
    for view in views.iter().filter(|view| view.is_deny()) {
        null_and(view, report);
        omissions(view, views, report);
        presence_only(view, views, report);
        source_ip(view, report);
    }
    uncovered(views, report);
}

fn is_null_true(entry: &ConditionEntry) -> bool {
    entry.operator.base == BaseOperator::Null && holds_when_absent(entry)
}

/// Several keys under `Null` are ANDed; authors of such a Deny mean OR.
fn null_and(view: &View, report: &mut Report) {
    let absent: Vec<&ConditionEntry> = view
        .statement
        .conditions
        .iter()
        .filter(|entry| is_null_true(entry))
        .collect();
    let is_discriminator = |entry: &&ConditionEntry| {
        DISCRIMINATORS
            .iter()
            .any(|key| key.eq_ignore_ascii_case(&entry.key.text))
    };
    let [first, second, ..] = absent.as_slice() else {
        return;
    };
    if absent.iter().any(is_discriminator) {
        return;
    }
    let keys: Vec<&str> = absent.iter().map(|entry| &*entry.key.text).collect();
    report.advise(
        NULL_AND,
        view,
        first.key.position,
        format!(
            "the Deny fires only when {} are all absent: a request with `{}` alone passes",
            some_of(&keys, 4),
            second.key.text
        ),
        "give each key a statement of its own",
    );
}

/// A positive test of a key whose absence means the same as the denied value.
fn omissions(view: &View, views: &[View], report: &mut Report) {
    for entry in &view.statement.conditions {
        let operator = entry.operator;
        if holds_when_absent(entry)
            || operator.set != SetOperator::None
            || operator.base == BaseOperator::Null
        {
            continue;
        }
        let known = DEFAULTS
            .iter()
            .find(|default| default.key.eq_ignore_ascii_case(&entry.key.text));
        let denies = |value: &str| {
            entry
                .values
                .iter()
                .any(|given| given.text.eq_ignore_ascii_case(value))
        };
        let is_own_key = !entry.key.text.to_ascii_lowercase().starts_with("aws:");
        let default = match known {
            Some(default) if denies(default.value) => default.value,
            // A boolean that is denied when false is usually false when left out.
            None if is_own_key && operator.base == BaseOperator::Bool && denies("false") => "false",
            _ => continue,
        };
        let Some(key) = key_of(entry) else { continue };
        // An update that leaves a field out changes nothing.
        let mut open: Vec<String> = Vec::new();
        for action in view.actions() {
            let name = format!("{}:{}", action.prefix, action.name);
            let is_closed = views.iter().any(|other| {
                other.is_deny()
                    && other.covers(&name)
                    && other.tests_of(&entry.key.text).any(holds_when_absent)
            });
            if action.carries(key) && !action.name.starts_with("Update") && !is_closed {
                open.push(name);
            }
        }
        let may_be_every_action = view.is_unbounded && !is_own_key;
        if open.is_empty() && !may_be_every_action {
            continue;
        }
        let escaping = if open.is_empty() {
            "every action".to_owned()
        } else {
            some_of(&open, 3)
        };
        let better = match operator.base {
            BaseOperator::Bool => "BoolIfExists, which also holds when the key is absent",
            _ => {
                "the negated operator with the values that are allowed, which also holds when the key is absent"
            }
        };
        report.advise(
            OMISSION,
            view,
            entry.operator_position,
            format!(
                "a request that leaves the field out passes, though `{}` is then `{default}`: {escaping}",
                entry.key.text
            ),
            format!("use {better}"),
        );
    }
}

/// Absence is denied, but every value is welcome.
fn presence_only(view: &View, views: &[View], report: &mut Report) {
    for entry in view
        .statement
        .conditions
        .iter()
        .filter(|entry| is_null_true(entry))
    {
        let wants_approval = WANT_APPROVAL
            .iter()
            .any(|key| key.eq_ignore_ascii_case(&entry.key.text));
        let is_valued = views.iter().any(|other| {
            other.is_deny()
                && other
                    .tests_of(&entry.key.text)
                    .any(|test| test.operator.base != BaseOperator::Null)
        });
        if wants_approval && !is_valued {
            report.advise(
                PRESENCE_ONLY,
                view,
                entry.key.position,
                format!(
                    "any value of `{}` passes, one of a foreign account too",
                    entry.key.text
                ),
                "deny the values that are not approved in a further statement",
            );
        }
    }
}

/// `NotIpAddress` holds where the key is absent, which it is through a VPC endpoint; and a service
/// that calls for the principal comes from its own address.
fn source_ip(view: &View, report: &mut Report) {
    let tests = view.statement.conditions.iter().filter(|entry| {
        entry.key.text.eq_ignore_ascii_case("aws:SourceIp")
            && entry.operator.base.family() == Family::Address
            && entry.operator.base.is_negated()
    });
    for entry in tests {
        let mentions = |keys: &[&str]| keys.iter().any(|key| view.tests_of(key).next().is_some());
        let demands_presence = view
            .tests_of("aws:SourceIp")
            .any(|test| test.operator.base == BaseOperator::Null && !holds_when_absent(test));
        let has_endpoint =
            demands_presence || mentions(&["aws:SourceVpce", "aws:SourceVpc", "aws:VpcSourceIp"]);
        let has_service = mentions(&[
            "aws:ViaAWSService",
            "aws:CalledVia",
            "aws:PrincipalIsAWSService",
        ]);
        let mut blocked = Vec::new();
        if !has_endpoint {
            blocked.push("calls through a VPC endpoint, where the key is absent");
        }
        if !has_service {
            blocked.push("calls that a service makes for the principal");
        }
        if !blocked.is_empty() {
            report.advise(
                SOURCE_IP,
                view,
                entry.operator_position,
                format!("the Deny also hits {}", blocked.join(", and ")),
                "test aws:SourceVpce and aws:ViaAWSService in the same statement",
            );
        }
    }
}

/// Actions of a family that no Deny with the same key covers.
fn uncovered(views: &[View], report: &mut Report) {
    for family in FAMILIES {
        for key in family.keys {
            let concerned: Vec<&View> = views
                .iter()
                .filter(|view| view.is_deny() && !view.statement.action.negated)
                .filter(|view| is_about(view, key))
                .collect();
            let is_covered = |action: &&&str| {
                let name = format!("sagemaker:{action}");
                concerned.iter().any(|view| view.covers(&name))
            };
            let covered = family
                .actions
                .iter()
                .filter(|action| is_covered(action))
                .count();
            if covered == 0 || covered == family.actions.len() {
                continue;
            }
            let missing: Vec<String> = family
                .actions
                .iter()
                .filter(|action| !is_covered(action))
                .map(|action| format!("sagemaker:{action}"))
                .collect();
            let first = concerned.iter().find(|view| {
                family
                    .actions
                    .iter()
                    .any(|action| view.covers(&format!("sagemaker:{action}")))
            });
            if let Some(view) = first {
                report.add(
                    UNCOVERED,
                    view,
                    view.statement.action.position,
                    format!(
                        "{} {} and {} not covered",
                        some_of(&missing, 6),
                        family.what,
                        if missing.len() == 1 { "is" } else { "are" }
                    ),
                );
            }
        }
    }
}

/// Whether a statement is about a key. Keys that tell forms of a request apart are often tested
/// beside the one that matters.
fn is_about(view: &View, key: &str) -> bool {
    let is_discriminator = DISCRIMINATORS.contains(&key);
    let conditions = &view.statement.conditions;
    view.tests_of(key).next().is_some()
        && (!is_discriminator
            || conditions
                .iter()
                .all(|entry| entry.key.text.eq_ignore_ascii_case(key)))
}
