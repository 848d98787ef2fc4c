//! 15: which practices were not followed, and what would have stopped it?

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rempart_locale::Text;

use super::draft::Draft;
use crate::material::Event;
use crate::model::{Certainty, SessionKind};
use crate::timeline::captures_data;
use crate::view::Deed;
use crate::words::{names, short_names};

pub(super) fn answer(draft: &mut Draft<'_, '_>) {
    guardrails(draft);
    credentials(draft);
    for (key, applies) in PRACTICES {
        practice(draft, key, applies);
    }
    if draft
        .view
        .material
        .findings
        .iter()
        .all(|finding| finding.guardrails.is_empty())
    {
        draft.unknown(Text::new("unknown-guardrails"));
    }
    draft.open(Text::new("unknown-controls"));
    draft.collect("collect-posture");
}

/// Guardrails that would have stopped calls, with the calls of the findings that name them.
fn guardrails(draft: &mut Draft<'_, '_>) {
    let view = draft.view;
    let by_id: HashMap<&str, &Event> = view
        .deeds
        .iter()
        .map(|deed| (&*deed.event.id, deed.event))
        .collect();
    let mut calls: BTreeMap<&str, (BTreeMap<&str, &Event>, u64)> = BTreeMap::new();
    for finding in &view.material.findings {
        for guardrail in &finding.guardrails {
            let (events, findings) = calls.entry(guardrail).or_default();
            *findings += 1;
            for id in &finding.event_ids {
                if let Some(event) = by_id.get(id.as_str()) {
                    events.insert(&event.id, event);
                }
            }
        }
    }
    for (guardrail, (events, findings)) in calls {
        let mut events: Vec<&Event> = events.into_values().collect();
        events.sort_by(|left, right| (left.time, &left.id).cmp(&(right.time, &right.id)));
        let text = Text::new("q15-guardrail")
            .with("guardrail", guardrail)
            .with("count", events.len())
            .with("findings", findings);
        draft.say(0, Certainty::Derived, text, &events, [guardrail.to_owned()]);
    }
}

/// Long-term keys, and sessions without a second factor.
fn credentials(draft: &mut Draft<'_, '_>) {
    let view = draft.view;
    for (key, is_it) in [
        (
            "q15-long-term-key",
            (|kind, _| kind == SessionKind::UserKey) as fn(SessionKind, Option<bool>) -> bool,
        ),
        ("q15-no-mfa", |kind, mfa| {
            mfa == Some(false) && kind != SessionKind::Service && kind != SessionKind::Sagemaker
        }),
    ] {
        let sessions: Vec<_> = view
            .acting_sessions()
            .into_iter()
            .filter(|session| is_it(session.kind, session.mfa))
            .collect();
        let ids: BTreeSet<&str> = sessions.iter().map(|session| session.id.as_str()).collect();
        let events: Vec<&Event> = view
            .deeds
            .iter()
            .map(|deed| deed.event)
            .filter(|event| {
                view.session(event)
                    .is_some_and(|session| ids.contains(session.id.as_str()))
            })
            .collect();
        let text = Text::new(key).with("who", names(sessions.iter().map(|session| &session.label)));
        let subjects = sessions.iter().map(|session| session.principal.clone());
        draft.say(
            1,
            Certainty::Observed,
            text,
            &events,
            subjects.collect::<Vec<_>>(),
        );
    }
}

type Applies = fn(&Deed<'_>) -> bool;

/// What the content of calls shows: AWS let them through.
const PRACTICES: [(&str, Applies); 12] = [
    ("q15-other-profile", |deed| deed.is("presign-other")),
    ("q15-admin", |deed| deed.facts.admin),
    ("q15-foreign-trust", |deed| deed.is("trust-foreign")),
    ("q15-create-key", |deed| deed.is("create-key-other")),
    ("q15-public", |deed| {
        deed.facts.public_policy && deed.is("open-bucket")
    }),
    ("q15-foreign-output", |deed| deed.facts.has_foreign_output),
    ("q15-foreign-image", |deed| {
        !deed.facts.foreign_images.is_empty() || !deed.facts.public_images.is_empty()
    }),
    ("q15-no-isolation", |deed| {
        let request = deed.event.request();
        request.is_some_and(|request| {
            let own = request.get("enableNetworkIsolation");
            let own = own.or_else(|| request.path(&["networkConfig", "enableNetworkIsolation"]));
            own.and_then(|flag| flag.as_bool()) == Some(false)
        })
    }),
    ("q15-internet", |deed| {
        deed.event
            .requested(&["directInternetAccess"])
            .is_some_and(|access| access == "Enabled")
    }),
    ("q15-root-access", |deed| {
        deed.event
            .requested(&["rootAccess"])
            .is_some_and(|access| access == "Enabled")
    }),
    ("q15-no-capture", |deed| {
        deed.calls("sagemaker", "CreateEndpointConfig") && !captures_data(deed.event)
    }),
    ("q15-log-control", |deed| {
        ["blind-trail", "blind-detector", "delete-logs"].contains(&deed.activity.name)
            && !deed.event.read_only
    }),
];

fn practice(draft: &mut Draft<'_, '_>, key: &str, applies: Applies) {
    let view = draft.view;
    let deeds: Vec<&Deed<'_>> = view
        .deeds
        .iter()
        .filter(|deed| !deed.event.is_data && deed.succeeded() && applies(deed))
        .collect();
    let events: Vec<&Event> = deeds.iter().map(|deed| deed.event).collect();
    let subjects: BTreeSet<String> = deeds.iter().filter_map(|deed| deed.main.clone()).collect();
    let text = Text::new(key)
        .with("count", deeds.len())
        .with("what", short_names(subjects.iter().map(String::as_str)));
    draft.say(2, Certainty::Observed, text, &events, subjects);
}
