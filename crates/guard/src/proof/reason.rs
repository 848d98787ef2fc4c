//! Why a forbidden request is allowed, in a line.

use rempart_policy::Stack;
use rempart_policy::document::Effect;
use rempart_prove::{Refutation, Witness};

use crate::property::Forbidden;

pub(super) fn of(
    forbidden: &Forbidden,
    refutation: &Refutation,
    stack: &Stack,
    is_addressed: bool,
) -> String {
    let witness = &refutation.witness;
    let name = forbidden.action.as_str();
    let mut reason = if is_addressed {
        let parts = parts(forbidden, witness);
        match parts.as_slice() {
            [] => format!("{name} is allowed"),
            parts => parts.join("; "),
        }
    } else {
        let is_named = stack.policies().any(|(_, policy)| {
            policy
                .concerning(&forbidden.action)
                .any(|(_, statement)| statement.effect == Effect::Deny)
        });
        let named = if is_named {
            "no statement about it looks at this"
        } else {
            "no statement denies it"
        };
        let parts = parts(forbidden, witness);
        if parts.is_empty() {
            format!("{name}: {named}")
        } else {
            format!("{name}: {named} ({})", parts.join("; "))
        }
    };
    if !refutation.holds_only_if.is_empty() {
        reason.push_str("; it would hold only if, for ");
        reason.push_str(&refutation.holds_only_if.join(", and for "));
    }
    reason
}

/// What of the request makes it forbidden: fields that it omits, values that it gives.
fn parts(forbidden: &Forbidden, witness: &Witness) -> Vec<String> {
    let mut parts = Vec::new();
    let is_wanted = |key: &str| {
        let mut keys = forbidden.keys.iter();
        keys.any(|wanted| wanted.eq_ignore_ascii_case(key))
    };
    for omitted in &witness.omitted {
        if !omitted.key.as_deref().is_none_or(is_wanted) {
            continue;
        }
        parts.push(match omitted.default {
            Some(default) => format!(
                "omit `{}`: it defaults to {default} and the condition key is then absent",
                omitted.path
            ),
            None => format!("omit `{}`: the condition key is then absent", omitted.path),
        });
    }
    for field in &witness.fields {
        if field.key.as_deref().is_none_or(is_wanted) {
            let values = field.values.join(", ");
            parts.push(format!("`{}` {values}", field.path));
        }
    }
    for (name, state) in witness.request.context().iter() {
        let is_field = witness.fields.iter().any(|field| {
            field
                .key
                .as_deref()
                .is_some_and(|key| key.eq_ignore_ascii_case(name.as_str()))
        });
        if is_wanted(name.as_str()) && !is_field {
            let is_filled = witness.omitted.iter().any(|omitted| {
                omitted
                    .key
                    .as_deref()
                    .is_some_and(|key| key.eq_ignore_ascii_case(name.as_str()))
            });
            if !is_filled {
                let values: Vec<&str> = state.values().iter().map(|value| &**value).collect();
                parts.push(format!("{} `{}`", name.as_str(), values.join(", ")));
            }
        }
    }
    parts.sort();
    parts
}
