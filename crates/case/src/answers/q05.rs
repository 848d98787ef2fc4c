//! 5: was a model or its data poisoned, or attacked through its endpoint?

use std::collections::BTreeMap;

use rempart_locale::{Param, Text};

use super::draft::Draft;
use crate::lineage::{self, Edge};
use crate::material::Event;
use crate::model::Certainty;
use crate::targets::short;
use crate::view::Deed;
use crate::words::names;

/// Queries of one endpoint from one address that look like copying its behaviour.
const MANY_QUERIES: usize = 500;

pub(super) fn answer(draft: &mut Draft<'_, '_>) {
    let view = draft.view;
    let edges = lineage::edges(view);
    for edge in &edges {
        say_edge(draft, edge);
    }
    let features = draft.say_steps(1, &["write-features"]);
    if features {
        draft.open(Text::new("unknown-feature-readers"));
    }
    let extraction = extraction(draft);
    let monitoring = draft.say_steps(6, &["stop-monitoring", "endpoint-move-unseen"]);
    if edges.is_empty() && !features && !extraction && !monitoring {
        draft.say_none("none-q05");
    }
    draft.open(Text::new("unknown-meaning"));
    draft.collect("collect-artifacts");
    draft.collect("collect-object-versions");
    draft.collect("collect-data-capture");
}

fn say_edge(draft: &mut Draft<'_, '_>, edge: &Edge<'_>) {
    let by = edge
        .events
        .last()
        .map(|event| draft.view.who(event))
        .unwrap_or_default();
    let text = Text::new(format!("q05-{}", edge.kind))
        .with("from", sources(&edge.from))
        .with("to", short(&edge.to))
        .with("count", edge.from.len())
        .with(
            "time",
            edge.events
                .last()
                .map(|event| event.when())
                .unwrap_or_default(),
        )
        .with("who", by);
    let subjects = edge.from.iter().cloned().chain([edge.to.clone()]);
    let rank = if edge.by_other { 0 } else { edge.rank };
    draft.say(rank, edge.certainty, text, &edge.events, subjects);
}

/// What went in; objects as the prefix that they share.
fn sources(from: &[String]) -> Param {
    let objects = from.iter().filter(|name| name.starts_with("s3://"));
    let shared = objects.clone().map(String::as_str).reduce(|one, other| {
        let same = one
            .char_indices()
            .zip(other.chars())
            .take_while(|((_, left), right)| left == right);
        let end = same
            .last()
            .map_or(0, |((at, letter), _)| at + letter.len_utf8());
        one.get(..end).unwrap_or_default()
    });
    let rest = from
        .iter()
        .filter(|name| !name.starts_with("s3://"))
        .map(|name| short(name));
    let shared = shared.map(|shared| match (objects.count(), shared.rsplit_once('/')) {
        (2.., Some((folder, _))) => format!("{folder}/"),
        _ => shared.to_owned(),
    });
    names(shared.into_iter().chain(rest.map(str::to_owned)))
}

/// Many queries of an endpoint by one caller.
fn extraction(draft: &mut Draft<'_, '_>) -> bool {
    let view = draft.view;
    let mut groups: BTreeMap<(String, &str, &str), Vec<&Deed<'_>>> = BTreeMap::new();
    for deed in view.of(&["query-endpoint"]) {
        let endpoint = deed
            .targets
            .first()
            .map(|target| target.name.clone())
            .unwrap_or_default();
        let key = (endpoint, &*deed.event.principal, &*deed.event.address);
        groups.entry(key).or_default().push(deed);
    }
    let mut any = false;
    for ((endpoint, _, address), deeds) in groups {
        let (Some(first), Some(last)) = (deeds.first(), deeds.last()) else {
            continue;
        };
        let seconds = last.event.time.saturating_sub(first.event.time).max(1);
        let is_many = deeds.len() >= MANY_QUERIES;
        let key = if is_many {
            "q05-extraction"
        } else {
            "q05-queries"
        };
        let failed = deeds.iter().filter(|deed| !deed.succeeded()).count();
        let text = Text::new(key)
            .with("count", deeds.len())
            .with("failed", failed)
            .with("endpoint", short(&endpoint))
            .with("address", address)
            .with("minutes", seconds.div_euclid(60).max(1));
        let events: Vec<&Event> = deeds.iter().map(|deed| deed.event).collect();
        let certainty = if is_many {
            Certainty::Inferred
        } else {
            Certainty::Observed
        };
        draft.say(2, certainty, text, &events, [endpoint]);
        any = true;
    }
    any
}
