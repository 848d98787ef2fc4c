//! 6: which resources were created or changed?

use rempart_locale::Text;

use super::draft::Draft;
use crate::lives::{Life, lives};
use crate::material::Event;
use crate::model::Certainty;
use crate::targets::short;
use crate::words::names;

pub(super) fn answer(draft: &mut Draft<'_, '_>) {
    let lives = lives(draft.view);
    if lives.is_empty() {
        draft.say_none("none-q06");
    }
    for life in &lives {
        say(draft, life);
    }
    if !draft.view.material.has_policies {
        draft.unknown(Text::new("unknown-alive-now"));
        draft.collect("collect-estate");
    }
}

fn say(draft: &mut Draft<'_, '_>, life: &Life<'_>) {
    let calls = names(life.events().iter().map(|event| event.call()));
    let kind = kind(&life.name);
    let named = |key: &str| {
        Text::new(key)
            .with("what", short(&life.name))
            .with("kind", kind.as_str())
    };
    let (rank, text) = match (life.created, life.deleted) {
        (Some(created), None) => (0, named("q06-alive").with("time", created.when())),
        (Some(created), Some(deleted)) => {
            let text = named("q06-gone")
                .with("time", created.when())
                .with("deleted", deleted.when())
                .with("who", draft.view.who(deleted));
            (2, text)
        }
        (None, None) => (1, named("q06-changed").with("calls", calls)),
        (None, Some(deleted)) => {
            let text = named("q06-deleted")
                .with("deleted", deleted.when())
                .with("who", draft.view.who(deleted));
            (1, text)
        }
    };
    let events: Vec<&Event> = life.events();
    // That nothing deleted it is only what the logs show.
    let certainty = if rank == 0 {
        Certainty::Derived
    } else {
        Certainty::Observed
    };
    draft.say(rank, certainty, text, &events, [life.name.clone()]);
}

/// `sagemaker model`, or nothing for a bare name.
fn kind(name: &str) -> String {
    let mut parts = name.splitn(6, ':');
    let service = parts.nth(2).unwrap_or_default();
    let resource = parts.nth(2).unwrap_or_default();
    let kind = resource
        .split(['/', ':'])
        .next()
        .filter(|kind| *kind != resource);
    match (name.starts_with("arn:"), kind) {
        (true, Some(kind)) if service != "s3" => format!("{service} {kind}"),
        (true, _) => service.to_owned(),
        (false, _) => "name".to_owned(),
    }
}
