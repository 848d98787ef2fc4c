//! 9: were roles, policies or rights changed or misused?

use std::collections::{BTreeMap, BTreeSet};

use rempart_locale::Text;

use super::draft::Draft;
use crate::material::Event;
use crate::model::{Certainty, Session};
use crate::targets::{clipped, short};
use crate::view::Deed;
use crate::words::names;

/// Steps about rights.
const RIGHTS: [&str; 14] = [
    "rights-admin",
    "trust-foreign",
    "create-key-other",
    "create-user",
    "create-key",
    "trust",
    "rights",
    "rights-removed",
    "create-role",
    "assign-access",
    "weaken-sign-in",
    "leave-guardrails",
    "key-access",
    "key-access-foreign",
];

pub(super) fn answer(draft: &mut Draft<'_, '_>) {
    let mut any = false;
    for (rank, name) in (0_u8..).zip(RIGHTS) {
        any |= draft.say_steps(rank, &[name]);
    }
    documents(draft);
    any |= passed(draft);
    any |= unusual(draft);
    if !any {
        draft.say_none("none-q09");
    }
    if !draft.view.material.has_policies {
        draft.open(Text::new("unknown-effective-rights"));
        draft.collect("collect-policies");
    }
}

/// The new text of each policy, and the one before where the logs hold it.
fn documents(draft: &mut Draft<'_, '_>) {
    let view = draft.view;
    let mut is_before_missing = false;
    for deed in view.deeds.iter().filter(|deed| deed.succeeded()) {
        let Some(document) = document(deed) else {
            continue;
        };
        let Some(what) = deed.main.clone() else {
            continue;
        };
        let text = Text::new("q09-document")
            .with("what", short(&what))
            .with("call", deed.event.call())
            .with("document", clipped(&document));
        draft.say(20, Certainty::Observed, text, &[deed.event], [what.clone()]);
        let policy = deed.event.requested(&["policyName"]);
        let before = view.around.iter().rev().find(|other| {
            other.event.time < deed.event.time
                && other.event.name == deed.event.name
                && other.main.as_ref() == Some(&what)
                && other.event.requested(&["policyName"]) == policy
                && other.succeeded()
        });
        match before.and_then(|other| Some((other, self::document(other)?))) {
            Some((other, text_before)) => {
                let text = Text::new("q09-before")
                    .with("what", short(&what))
                    .with("time", other.event.when())
                    .with("document", clipped(&text_before));
                draft.say(
                    21,
                    Certainty::Observed,
                    text,
                    &[other.event, deed.event],
                    [what],
                );
            }
            None => is_before_missing = true,
        }
    }
    if is_before_missing {
        draft.open(Text::new("unknown-before"));
        draft.collect("collect-config-history");
    }
}

fn document(deed: &Deed<'_>) -> Option<String> {
    let members = [
        "policyDocument",
        "resourcePolicy",
        "policy",
        "policyText",
        "bucketPolicy",
    ];
    let request = deed.event.request()?;
    members.iter().find_map(|member| {
        let value = request.get(member)?;
        let text = match value.as_str() {
            Some(text) => text.into_owned(),
            None => String::from_utf8_lossy(value.raw()).into_owned(),
        };
        (!text.trim().is_empty() && !value.is_null()).then_some(text)
    })
}

/// Roles that the intruder gave to what it created or changed.
fn passed(draft: &mut Draft<'_, '_>) -> bool {
    let view = draft.view;
    let mut roles: BTreeMap<String, (Vec<&Event>, BTreeSet<String>)> = BTreeMap::new();
    for deed in view
        .deeds
        .iter()
        .filter(|deed| deed.succeeded() && &*deed.event.service != "sts")
    {
        for member in ["roleArn", "executionRoleArn", "role", "executionRole"] {
            let role = deed
                .event
                .requested(&[member])
                .filter(|role| role.contains(":role/"));
            if let Some(role) = role {
                let (events, takers) = roles.entry(role).or_default();
                events.push(deed.event);
                takers.extend(deed.main.clone());
            }
        }
    }
    let any = !roles.is_empty();
    for (role, (events, takers)) in roles {
        let text = Text::new("q09-passed")
            .with("role", short(&role))
            .with(
                "what",
                crate::words::short_names(takers.iter().map(String::as_str)),
            )
            .with("count", events.len());
        draft.say(
            18,
            Certainty::Observed,
            text,
            &events,
            std::iter::once(role).chain(takers),
        );
    }
    any
}

/// Actions that the principals had never used before.
fn unusual(draft: &mut Draft<'_, '_>) -> bool {
    let view = draft.view;
    let mut by_base: BTreeMap<&str, BTreeMap<String, Vec<&Event>>> = BTreeMap::new();
    for deed in &view.deeds {
        let Some(base) = view.session(deed.event).map(base) else {
            continue;
        };
        let Some(habits) = view.material.habits.get(base) else {
            continue;
        };
        let call = deed.event.call();
        if !habits.contains(&call) {
            by_base
                .entry(base)
                .or_default()
                .entry(call)
                .or_default()
                .push(deed.event);
        }
    }
    let any = !by_base.is_empty();
    for (base, calls) in by_base {
        let text = Text::new("q09-unusual")
            .with("who", short(base))
            .with("count", calls.len())
            .with("calls", names(calls.keys()));
        let mut events: Vec<&Event> = calls
            .values()
            .filter_map(|events| events.first().copied())
            .collect();
        events.sort_by(|left, right| (left.time, &left.id).cmp(&(right.time, &right.id)));
        draft.say(19, Certainty::Derived, text, &events, [base.to_owned()]);
    }
    any
}

/// The role or user behind a session, as `habits` names it.
fn base(session: &Session) -> &str {
    match &session.role {
        Some(role) if !session.principal.contains("assumed-role/AWSReservedSSO_") => role,
        _ => &session.principal,
    }
}
