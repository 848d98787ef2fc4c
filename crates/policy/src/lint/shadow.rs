//! Statements that another one of the same document makes superfluous or void.

use super::view::View;
use super::{DUPLICATE_SID, OVERRULED, Report, SHADOWED};
use crate::document::{ConditionEntry, Patterns, Statement};
use crate::glob::Glob;

/// Most statements that are compared with each other.
const MOST: usize = 300;

pub(crate) fn check(views: &[View], report: &mut Report) {
    for (place, view) in views.iter().enumerate().take(MOST) {
        duplicate_sid(view, views, report);
        for (other_place, other) in views.iter().enumerate().take(MOST) {
            if place == other_place || !covers(other.statement, view.statement) {
                continue;
            }
            let name = name_of(other);
            if view.is_deny() == other.is_deny() {
                // Of two that cover each other the later one is superfluous.
                let is_mutual = covers(view.statement, other.statement);
                if !is_mutual || place > other_place {
                    report.add(
                        SHADOWED,
                        view,
                        view.statement.position,
                        format!("{name} covers all of it"),
                    );
                    break;
                }
            } else if !view.is_deny() && other.statement.conditions.is_empty() {
                report.add(
                    OVERRULED,
                    view,
                    view.statement.position,
                    format!("{name} denies all of it"),
                );
                break;
            }
        }
    }
}

fn name_of(view: &View) -> String {
    match &view.statement.sid {
        Some(sid) => format!("the statement `{}`", sid.text),
        None => format!("statement {}", view.number + 1),
    }
}

fn duplicate_sid(view: &View, views: &[View], report: &mut Report) {
    let Some(sid) = &view.statement.sid else {
        return;
    };
    let earlier = views.iter().take(view.number).any(|other| {
        other
            .statement
            .sid
            .as_ref()
            .is_some_and(|other| other.text == sid.text && !sid.text.is_empty())
    });
    if earlier {
        report.add(
            DUPLICATE_SID,
            view,
            sid.position,
            format!(
                "the Sid `{}` stands twice: IAM refuses that, some services do not",
                sid.text
            ),
        );
    }
}

/// Whether every request that `inner` matches is matched by `outer`.
fn covers(outer: &Statement, inner: &Statement) -> bool {
    let conditions =
        outer.conditions.is_empty() || same_conditions(&outer.conditions, &inner.conditions);
    conditions
        && same_principal(outer, inner)
        && patterns_cover(&outer.action, &inner.action, true)
        && match (&outer.resource, &inner.resource) {
            (Some(outer), Some(inner)) => patterns_cover(outer, inner, false),
            (None, None) => true,
            _ => false,
        }
}

fn same_principal(outer: &Statement, inner: &Statement) -> bool {
    let plain = |statement: &Statement| {
        statement.principal.as_ref().map(|principal| {
            let entries = principal.entries.iter();
            let texts: Vec<_> = entries
                .map(|(kind, value)| (*kind, value.text.clone()))
                .collect();
            (principal.negated, texts)
        })
    };
    plain(outer) == plain(inner)
}

fn same_conditions(outer: &[ConditionEntry], inner: &[ConditionEntry]) -> bool {
    let plain = |entries: &[ConditionEntry]| -> Vec<_> {
        let entries = entries.iter();
        entries
            .map(|entry| {
                let values: Vec<_> = entry
                    .values
                    .iter()
                    .map(|value| value.text.clone())
                    .collect();
                (entry.operator, entry.key.text.clone(), values)
            })
            .collect()
    };
    plain(outer) == plain(inner)
}

fn patterns_cover(outer: &Patterns, inner: &Patterns, without_case: bool) -> bool {
    if outer.negated || inner.negated {
        let texts = |patterns: &Patterns| -> Vec<_> {
            patterns
                .values
                .iter()
                .map(|value| value.text.clone())
                .collect()
        };
        return outer.negated == inner.negated && texts(outer) == texts(inner);
    }
    let fold = |text: &str| {
        if without_case {
            text.to_ascii_lowercase()
        } else {
            text.to_owned()
        }
    };
    inner.values.iter().all(|value| {
        let text = fold(&value.text);
        outer.values.iter().any(|pattern| {
            let pattern = fold(&pattern.text);
            // A star of the outer pattern takes in what wildcards of the inner one stand for; a
            // question mark would not. Variables are only equal to themselves.
            pattern == text
                || (!pattern.contains('?')
                    && !pattern.contains("${")
                    && Glob::of_resource(&pattern).matches(&text))
        })
    })
}
