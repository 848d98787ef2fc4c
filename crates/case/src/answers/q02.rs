//! 2: how was access gained? The entry patterns in their order, the first bad event, the chain.

use std::collections::BTreeSet;

use rempart_locale::Text;
use rempart_trail::record::Field;

use super::draft::Draft;
use crate::material::Event;
use crate::model::{Certainty, LinkKind, Session, SessionKind};
use crate::targets::clipped;
use crate::view::{Deed, View};
use crate::words::names;

/// What became of a pattern.
enum Verdict<'a> {
    Proved(Certainty, Vec<&'a Event>, Text),
    Rejected(&'static str),
    Untestable(&'static str),
}

pub(super) fn answer(draft: &mut Draft<'_, '_>) {
    let view = draft.view;
    if let Some(first) = view.deeds.first() {
        let text = Text::new("q02-first")
            .with("time", first.event.when())
            .with("call", first.event.call())
            .with("who", view.who(first.event))
            .with("address", clipped(&first.event.address));
        draft.say(
            0,
            Certainty::Derived,
            text,
            &[first.event],
            [first.event.principal.to_string()],
        );
    }
    for (number, verdict) in (1_u8..).zip(patterns(view)) {
        let pattern = Text::new(format!("entry-{number}"));
        match verdict {
            Verdict::Proved(certainty, events, how) => {
                let text = Text::new("q02-proved")
                    .with("pattern", pattern)
                    .with("how", how);
                draft.say(1, certainty, text, &events, []);
            }
            Verdict::Rejected(why) => {
                let text = Text::new("q02-rejected")
                    .with("pattern", pattern)
                    .with("why", Text::new(why));
                let ends: Vec<&Event> = view.deeds.iter().map(|deed| deed.event).collect();
                draft.say(5, Certainty::Derived, text, &ends, []);
            }
            Verdict::Untestable(why) => {
                draft.unknown(
                    Text::new("q02-untestable")
                        .with("pattern", pattern)
                        .with("why", Text::new(why)),
                );
            }
        }
    }
    for link in &view.material.links {
        if matches!(
            link.kind,
            LinkKind::SameAddress | LinkKind::SameCall | LinkKind::Passed
        ) {
            continue;
        }
        let text = Text::new("q02-chain")
            .with("time", link.time.as_str())
            .with("what", link.text.clone());
        draft.say_ids(2, link.certainty, text, &link.evidence);
    }
    draft.open(Text::new("unknown-outside"));
    draft.collect("collect-guardduty");
}

fn patterns<'a>(view: &View<'a>) -> [Verdict<'a>; 13] {
    [
        long_term_key(view),
        console(view),
        identity_provider(view),
        off_service(view),
        by_activity(
            view,
            &["lifecycle-script-hostile"],
            "q02-how-script",
            "why-no-script",
        ),
        stronger_compute(view),
        by_activity(
            view,
            &["presign-other", "remote-session"],
            "q02-how-url",
            "why-no-url",
        ),
        opened_trust(view),
        by_record(view, "q02-how-deputy", "why-no-deputy", |view, event| {
            let record = event.record()?;
            let identity = record.get(Field::UserIdentity)?;
            let source = identity.path(&["inScopeOf", "sourceAccount"])?.as_str()?;
            (!view.material.own_accounts.contains(&*source)).then(|| source.into_owned())
        }),
        root(view),
        supply_chain(view),
        foreign_caller(view),
        by_record(view, "q02-how-delegate", "why-no-delegate", |_, event| {
            let record = event.record()?;
            let identity = record.get(Field::UserIdentity)?;
            let delegate = identity.get("invokedByDelegate")?;
            let account = delegate
                .get("accountId")
                .and_then(|account| account.as_str());
            Some(account.map_or_else(String::new, |account| account.into_owned()))
        }),
    ]
}

/// First records of a session that are held to be the intruder's.
fn first_of<'a>(view: &View<'a>, session: &Session) -> Vec<&'a Event> {
    let of_session = view.deeds.iter().filter(|deed| {
        view.session(deed.event)
            .is_some_and(|other| other.id == session.id)
    });
    of_session.map(|deed| deed.event).take(3).collect()
}

/// Sessions into which nothing in scope leads.
fn roots<'a>(view: &View<'a>) -> Vec<&'a Session> {
    let led: BTreeSet<&str> = view
        .material
        .links
        .iter()
        .filter(|link| link.kind != LinkKind::SameAddress)
        .filter(|link| link.from.starts_with('s') && link.from != link.to)
        .map(|link| link.to.as_str())
        .collect();
    let sessions = view.acting_sessions().into_iter();
    sessions
        .filter(|session| !led.contains(session.id.as_str()))
        .collect()
}

fn new_addresses(session: &Session) -> Vec<&str> {
    let new = session.addresses.iter().filter(|seen| seen.new);
    new.map(|seen| seen.value.as_str()).collect()
}

fn long_term_key<'a>(view: &View<'a>) -> Verdict<'a> {
    let found = roots(view)
        .into_iter()
        .find(|session| session.kind == SessionKind::UserKey && !new_addresses(session).is_empty());
    let Some(session) = found else {
        return Verdict::Rejected("why-no-key");
    };
    let how = Text::new("q02-how-key")
        .with("key", clipped(&session.key))
        .with("who", clipped(&session.label))
        .with("addresses", names(new_addresses(session)));
    Verdict::Proved(Certainty::Derived, first_of(view, session), how)
}

fn console<'a>(view: &View<'a>) -> Verdict<'a> {
    let sign_ins: Vec<&Event> = view.of(&["sign-in"]).map(|deed| deed.event).collect();
    let Some(first) = sign_ins.first() else {
        return Verdict::Rejected("why-no-sign-in");
    };
    let how = Text::new("q02-how-sign-in")
        .with("who", view.who(first))
        .with("count", sign_ins.len());
    Verdict::Proved(Certainty::Observed, sign_ins, how)
}

fn identity_provider<'a>(view: &View<'a>) -> Verdict<'a> {
    let federated = roots(view).into_iter().find(|session| {
        session.kind == SessionKind::Federated && !new_addresses(session).is_empty()
    });
    if let Some(session) = federated {
        let how = Text::new("q02-how-federated")
            .with("who", clipped(&session.label))
            .with("addresses", names(new_addresses(session)));
        return Verdict::Proved(Certainty::Inferred, first_of(view, session), how);
    }
    Verdict::Rejected("why-no-federation")
}

fn off_service<'a>(view: &View<'a>) -> Verdict<'a> {
    let outside: Vec<&Session> = view
        .acting_sessions()
        .into_iter()
        .filter(|session| {
            let is_marked = session
                .marks
                .iter()
                .any(|mark| mark.text.key == "mark-off-platform");
            session.kind == SessionKind::Sagemaker
                && (is_marked || !new_addresses(session).is_empty())
        })
        .collect();
    if outside.is_empty() {
        return Verdict::Rejected("why-no-off-service");
    }
    let events = outside
        .iter()
        .flat_map(|session| first_of(view, session))
        .collect();
    let labels: Vec<&str> = outside
        .iter()
        .map(|session| session.label.as_str())
        .collect();
    Verdict::Proved(
        Certainty::Derived,
        events,
        Text::new("q02-how-off-service").with("who", names(labels)),
    )
}

fn by_activity<'a>(
    view: &View<'a>,
    activities: &[&str],
    how: &str,
    why_not: &'static str,
) -> Verdict<'a> {
    let deeds: Vec<&Deed<'a>> = view
        .of(activities)
        .filter(|deed| deed.succeeded())
        .collect();
    if deeds.is_empty() {
        return Verdict::Rejected(why_not);
    }
    let subjects = deeds.iter().flat_map(|deed| {
        let profile = deed.event.requested(&["userProfileName"]);
        profile.or_else(|| deed.main.clone())
    });
    let how = Text::new(how).with(
        "what",
        names(
            subjects
                .map(|name| crate::targets::short(&name).to_owned())
                .collect::<Vec<_>>(),
        ),
    );
    Verdict::Proved(
        Certainty::Observed,
        deeds.iter().map(|deed| deed.event).collect(),
        how,
    )
}

/// A role given to compute, whose sessions then acted from the intruder's place.
fn stronger_compute<'a>(view: &View<'a>) -> Verdict<'a> {
    let roles: BTreeSet<String> = view
        .acting_sessions()
        .iter()
        .filter(|session| session.kind == SessionKind::Sagemaker)
        .filter_map(|session| session.role.clone())
        .collect();
    let passing: Vec<&Event> = view
        .deeds
        .iter()
        .filter(|deed| deed.succeeded() && deed.event.name.starts_with("Create"))
        .filter(|deed| {
            let role = deed.event.requested(&["roleArn"]);
            role.is_some_and(|role| {
                roles.contains(&role) && acts_later(view, &role, deed.event.time)
            })
        })
        .map(|deed| deed.event)
        .collect();
    if passing.is_empty() {
        return Verdict::Rejected("why-no-compute");
    }
    Verdict::Proved(
        Certainty::Inferred,
        passing,
        Text::new("q02-how-compute").with("roles", names(roles)),
    )
}

fn acts_later(view: &View<'_>, role: &str, time: i64) -> bool {
    view.acting_sessions().iter().any(|session| {
        let first =
            rempart_trail::time::EventTime::parse(&session.first).map_or(0, |first| first.0);
        session.role.as_deref() == Some(role) && first > time
    })
}

fn opened_trust<'a>(view: &View<'a>) -> Verdict<'a> {
    let deeds: Vec<&Event> = view
        .of(&["trust-foreign", "assume-role-foreign"])
        .filter(|deed| deed.succeeded())
        .map(|deed| deed.event)
        .collect();
    if deeds.is_empty() {
        return Verdict::Rejected("why-no-trust");
    }
    let accounts = view
        .deeds
        .iter()
        .filter_map(|deed| deed.facts.foreign_caller.as_deref());
    let accounts: BTreeSet<&str> = accounts.collect();
    Verdict::Proved(
        Certainty::Observed,
        deeds,
        Text::new("q02-how-trust").with("accounts", names(accounts)),
    )
}

fn by_record<'a>(
    view: &View<'a>,
    how: &str,
    why_not: &'static str,
    ask: impl Fn(&View<'a>, &Event) -> Option<String>,
) -> Verdict<'a> {
    let found: Vec<(&Event, String)> = view
        .deeds
        .iter()
        .filter(|deed| !deed.event.is_data)
        .filter_map(|deed| Some((deed.event, ask(view, deed.event)?)))
        .collect();
    if found.is_empty() {
        return Verdict::Rejected(why_not);
    }
    let accounts: BTreeSet<&String> = found.iter().map(|(_, account)| account).collect();
    let how = Text::new(how).with("accounts", names(accounts));
    Verdict::Proved(
        Certainty::Observed,
        found.into_iter().map(|(event, _)| event).collect(),
        how,
    )
}

fn root<'a>(view: &View<'a>) -> Verdict<'a> {
    let is_root = |deed: &&Deed<'a>| {
        let session = view.session(deed.event);
        session.is_some_and(|session| session.kind == SessionKind::Root)
            || deed.calls("sts", "AssumeRoot")
    };
    let events: Vec<&Event> = view
        .deeds
        .iter()
        .filter(is_root)
        .map(|deed| deed.event)
        .collect();
    if events.is_empty() {
        return Verdict::Rejected("why-no-root");
    }
    Verdict::Proved(Certainty::Observed, events, Text::new("q02-how-root"))
}

/// Images and hub content from outside that others brought in before.
fn supply_chain<'a>(view: &View<'a>) -> Verdict<'a> {
    let Some((first, _)) = view.window() else {
        return Verdict::Untestable("why-no-scan");
    };
    let before: Vec<&Deed<'a>> = view
        .around
        .iter()
        .filter(|deed| deed.event.time < first && deed.succeeded())
        .filter(|deed| {
            !deed.facts.foreign_images.is_empty() || !deed.facts.public_images.is_empty()
        })
        .collect();
    if before.is_empty() {
        return Verdict::Untestable("why-no-scan");
    }
    let images = before.iter().flat_map(|deed| {
        deed.facts
            .foreign_images
            .iter()
            .chain(&deed.facts.public_images)
    });
    let how = Text::new("q02-how-supply").with("images", names(images));
    Verdict::Proved(
        Certainty::Inferred,
        before.iter().map(|deed| deed.event).collect(),
        how,
    )
}

fn foreign_caller<'a>(view: &View<'a>) -> Verdict<'a> {
    let calls = view.deeds.iter().filter(|deed| {
        deed.facts.foreign_caller.is_some() && deed.succeeded() && &*deed.event.service != "sts"
    });
    let calls: Vec<&Deed<'a>> = calls.collect();
    if calls.is_empty() {
        return Verdict::Rejected("why-no-share");
    }
    let accounts = calls
        .iter()
        .filter_map(|deed| deed.facts.foreign_caller.as_deref());
    let accounts: BTreeSet<&str> = accounts.collect();
    let how = Text::new("q02-how-share").with("accounts", names(accounts));
    Verdict::Proved(
        Certainty::Observed,
        calls.iter().map(|deed| deed.event).collect(),
        how,
    )
}
