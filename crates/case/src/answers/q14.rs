//! 14: what is to be isolated, saved and recovered?

use std::collections::{BTreeMap, BTreeSet};

use rempart_locale::Text;

use super::draft::Draft;
use crate::lives::lives;
use crate::material::Event;
use crate::model::{Certainty, SessionKind};
use crate::targets::{bucket, clipped, short};
use crate::timeline::measures;
use crate::view::{Deed, View};
use crate::words::{names, short_names};

pub(super) fn answer(draft: &mut Draft<'_, '_>) {
    credentials(draft);
    openings(draft);
    live(draft);
    endpoints(draft);
    data(draft);
    logging(draft);
    done(draft);
    draft.open(Text::new("unknown-versioning"));
    draft.collect("collect-object-versions");
    draft.collect("collect-estate");
}

fn session_events<'a>(view: &View<'a>, id: &str) -> Vec<&'a Event> {
    let own = view.deeds.iter().filter(|deed| {
        view.session(deed.event)
            .is_some_and(|session| session.id == id)
    });
    own.map(|deed| deed.event).collect()
}

/// Keys to deactivate, sessions to revoke.
fn credentials(draft: &mut Draft<'_, '_>) {
    let view = draft.view;
    let mut roles: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for session in view.acting_sessions() {
        let events = session_events(view, &session.id);
        match (session.kind, &session.role) {
            (SessionKind::UserKey, _) => {
                let text = Text::new("q14-key")
                    .with("key", clipped(&session.key))
                    .with("who", clipped(&session.label));
                draft.say(
                    0,
                    Certainty::Derived,
                    text,
                    &events,
                    [session.principal.clone()],
                );
            }
            (_, Some(role)) => roles.entry(role).or_default().extend(events),
            _ => {}
        }
    }
    for (role, events) in roles {
        let last = events.last().map(|event| event.when()).unwrap_or_default();
        let text = Text::new("q14-revoke")
            .with("role", short(role))
            .with("time", last);
        draft.say(0, Certainty::Derived, text, &events, [role.to_owned()]);
    }
    for deed in view
        .of(&["create-key", "create-key-other"])
        .filter(|deed| deed.succeeded())
    {
        let response = deed.event.response();
        let key = response.and_then(|response| {
            Some(
                response
                    .path(&["accessKey", "accessKeyId"])?
                    .as_str()?
                    .into_owned(),
            )
        });
        let text = Text::new("q14-created-key")
            .with(
                "key",
                key.map_or_else(|| "?".to_owned(), |key| clipped(&key)),
            )
            .with("who", deed.main.as_deref().map(short).unwrap_or_default());
        draft.say(
            0,
            Certainty::Observed,
            text,
            &[deed.event],
            deed.main.clone(),
        );
    }
}

/// Policies to take back.
fn openings(draft: &mut Draft<'_, '_>) {
    for (key, activities) in [
        ("q14-trust", ["trust-foreign"].as_slice()),
        ("q14-rights", ["rights-admin", "rights"].as_slice()),
        (
            "q14-share",
            ["share-registry-foreign", "key-access-foreign"].as_slice(),
        ),
        ("q14-bucket", ["open-bucket"].as_slice()),
    ] {
        let view = draft.view;
        let deeds: Vec<&Deed<'_>> = view
            .of(activities)
            .filter(|deed| deed.succeeded())
            .collect();
        let subjects: BTreeSet<String> =
            deeds.iter().filter_map(|deed| deed.main.clone()).collect();
        let events: Vec<&Event> = deeds.iter().map(|deed| deed.event).collect();
        let text = Text::new(key).with("what", short_names(subjects.iter().map(String::as_str)));
        draft.say(1, Certainty::Observed, text, &events, subjects);
    }
}

/// What the intruder created and the logs do not show deleted.
fn live(draft: &mut Draft<'_, '_>) {
    let lives = lives(draft.view);
    let mut groups: BTreeMap<&str, (Vec<&Event>, Vec<String>)> = BTreeMap::new();
    for life in lives
        .iter()
        .filter(|life| life.created.is_some() && life.deleted.is_none())
    {
        let key = match life.name.as_str() {
            name if name.contains(":notebook-instance/") => "q14-notebooks",
            name if name.contains("-job/") => "q14-jobs",
            name if name.contains(":model-package/") => "q14-packages",
            _ => "q14-created",
        };
        let (events, names) = groups.entry(key).or_default();
        events.extend(life.created);
        names.push(life.name.clone());
    }
    for (key, (events, names)) in groups {
        let text = Text::new(key)
            .with("what", short_names(names.iter().map(String::as_str)))
            .with("count", names.len());
        draft.say(2, Certainty::Derived, text, &events, names);
    }
    let view = draft.view;
    let touched: Vec<&Deed<'_>> = view
        .deeds
        .iter()
        .filter(|deed| deed.succeeded() && deed.calls("sagemaker", "UpdateNotebookInstance"))
        .collect();
    let names: BTreeSet<String> = touched
        .iter()
        .filter_map(|deed| deed.main.clone())
        .collect();
    let events: Vec<&Event> = touched.iter().map(|deed| deed.event).collect();
    let text = Text::new("q14-notebook-changed")
        .with("what", short_names(names.iter().map(String::as_str)));
    draft.say(2, Certainty::Derived, text, &events, names);
}

/// Endpoints that were moved, with the configuration before.
fn endpoints(draft: &mut Draft<'_, '_>) {
    let view = draft.view;
    for deed in view
        .of(&["endpoint-change"])
        .filter(|deed| deed.calls("sagemaker", "UpdateEndpoint"))
    {
        let (Some(endpoint), true) = (deed.main.clone(), deed.succeeded()) else {
            continue;
        };
        let before = view.around.iter().rev().find(|other| {
            other.event.time < deed.event.time
                && other.succeeded()
                && ["UpdateEndpoint", "CreateEndpoint"].contains(&&*other.event.name)
                && other.main.as_ref() == Some(&endpoint)
        });
        let config =
            before.and_then(|other| Some((other, other.event.requested(&["endpointConfigName"])?)));
        match config {
            Some((other, config)) => {
                let text = Text::new("q14-endpoint-back")
                    .with("endpoint", short(&endpoint))
                    .with("config", clipped(&config))
                    .with("time", other.event.when());
                draft.say(
                    2,
                    Certainty::Derived,
                    text,
                    &[other.event, deed.event],
                    [endpoint],
                );
            }
            None => {
                let text = Text::new("q14-endpoint").with("endpoint", short(&endpoint));
                draft.say(2, Certainty::Derived, text, &[deed.event], [endpoint]);
            }
        }
    }
}

/// Objects, features, keys and resources to bring back.
fn data(draft: &mut Draft<'_, '_>) {
    let view = draft.view;
    for (key, activity) in [
        ("q14-objects-written", "write-objects"),
        ("q14-objects-deleted", "delete-objects"),
    ] {
        let deeds: Vec<&Deed<'_>> = view
            .deeds
            .iter()
            .filter(|deed| deed.is(activity) && deed.succeeded())
            .collect();
        let buckets = deeds
            .iter()
            .flat_map(|deed| &deed.targets)
            .filter_map(|target| bucket(&target.name));
        let buckets: BTreeSet<&str> = buckets.collect();
        let events: Vec<&Event> = deeds.iter().map(|deed| deed.event).collect();
        let text = Text::new(key)
            .with("buckets", names(&buckets))
            .with("count", deeds.len())
            .with(
                "time",
                events.first().map(|event| event.when()).unwrap_or_default(),
            );
        let subjects = buckets
            .iter()
            .map(|bucket| format!("arn:aws:s3:::{bucket}"));
        draft.say(
            3,
            Certainty::Derived,
            text,
            &events,
            subjects.collect::<Vec<_>>(),
        );
    }
    for (key, activity) in [
        ("q14-features", "write-features"),
        ("q14-keys", "disable-key"),
        ("q14-versioning", "versioning-suspended"),
        ("q14-rebuild", "delete-resource"),
    ] {
        let deeds: Vec<&Deed<'_>> = view
            .deeds
            .iter()
            .filter(|deed| deed.is(activity) && deed.succeeded())
            .collect();
        let targets = deeds.iter().flat_map(|deed| match &deed.main {
            Some(main) => vec![main.clone()],
            None => deed
                .targets
                .iter()
                .map(|target| target.name.clone())
                .collect(),
        });
        let targets: BTreeSet<String> = targets.collect();
        let events: Vec<&Event> = deeds.iter().map(|deed| deed.event).collect();
        let text = Text::new(key)
            .with("what", short_names(targets.iter().map(String::as_str)))
            .with("count", targets.len());
        draft.say(3, Certainty::Derived, text, &events, targets);
    }
}

fn logging(draft: &mut Draft<'_, '_>) {
    let view = draft.view;
    let deeds: Vec<&Deed<'_>> = view
        .of(&[
            "blind-trail",
            "blind-detector",
            "stop-monitoring",
            "delete-logs",
        ])
        .filter(|deed| deed.succeeded() && !deed.event.read_only)
        .collect();
    let events: Vec<&Event> = deeds.iter().map(|deed| deed.event).collect();
    let text =
        Text::new("q14-logging").with("calls", names(events.iter().map(|event| event.call())));
    draft.say(1, Certainty::Derived, text, &events, []);
}

/// What was done already.
fn done(draft: &mut Draft<'_, '_>) {
    let view = draft.view;
    for deed in measures(view) {
        let text = Text::new("q14-done")
            .with("time", deed.event.when())
            .with("who", view.who(deed.event))
            .with("call", deed.event.call())
            .with(
                "what",
                short_names(deed.targets.iter().map(|target| target.name.as_str())),
            );
        draft.say(
            4,
            Certainty::Observed,
            text,
            &[deed.event],
            deed.main.clone(),
        );
    }
}
