//! 13: what is the impact on confidentiality, integrity and availability, proved and possible?

use std::collections::{BTreeMap, BTreeSet};

use rempart_locale::Text;

use super::draft::Draft;
use crate::lineage;
use crate::material::Event;
use crate::model::Certainty;
use crate::targets::{Touch, short};
use crate::view::Deed;
use crate::words::{names, short_names, size};

pub(super) fn answer(draft: &mut Draft<'_, '_>) {
    confidentiality(draft);
    integrity(draft);
    availability(draft);
    cost(draft);
    possible(draft);
    draft.open(Text::new("unknown-people"));
    draft.collect("collect-data-classes");
}

/// Distinct targets and records of deeds with these activities that went through.
fn taken<'a>(
    draft: &Draft<'_, 'a>,
    activities: &[&str],
    touch: &[Touch],
) -> (BTreeSet<String>, Vec<&'a Event>, u64) {
    let mut names = BTreeSet::new();
    let mut events = Vec::new();
    let mut bytes = 0_u64;
    for deed in draft.view.of(activities).filter(|deed| deed.succeeded()) {
        events.push(deed.event);
        if deed.is("read-objects") {
            bytes = bytes.saturating_add(deed.bytes_out());
        }
        let own = deed
            .targets
            .iter()
            .filter(|target| touch.contains(&target.touch));
        names.extend(own.map(|target| target.name.clone()));
    }
    (names, events, bytes)
}

fn confidentiality(draft: &mut Draft<'_, '_>) {
    let (objects, events, bytes) = taken(draft, &["read-objects"], &[Touch::Read]);
    let text = Text::new("q13-objects-read")
        .with("count", objects.len())
        .with("bytes", bytes)
        .with("size", size(bytes));
    draft.say(0, Certainty::Observed, text, &events, []);
    for (activities, key) in [
        (["read-secrets"].as_slice(), "q13-secrets-read"),
        (
            ["query-endpoint", "read-features"].as_slice(),
            "q13-queried",
        ),
        (
            [
                "open-bucket",
                "share-registry-foreign",
                "key-access-foreign",
                "share-snapshot",
            ]
            .as_slice(),
            "q13-opened",
        ),
        (["job-foreign-output"].as_slice(), "q13-exported"),
    ] {
        let (names, events, _) = taken(draft, activities, &[Touch::Read, Touch::Written]);
        let text = Text::new(key).with("what", short_names(names.iter().map(String::as_str)));
        draft.say(1, Certainty::Observed, text, &events, names);
    }
}

fn integrity(draft: &mut Draft<'_, '_>) {
    let (objects, events, _) = taken(draft, &["write-objects"], &[Touch::Written]);
    let text = Text::new("q13-objects-written").with("count", objects.len());
    draft.say(2, Certainty::Observed, text, &events, []);
    let (groups, events, _) = taken(draft, &["write-features"], &[Touch::Written]);
    let text = Text::new("q13-features-written")
        .with("what", short_names(groups.iter().map(String::as_str)))
        .with("count", events.len());
    draft.say(2, Certainty::Observed, text, &events, groups);
    let edges = lineage::edges(draft.view);
    let mut downstream: BTreeMap<String, &Event> = BTreeMap::new();
    for edge in &edges {
        if let Some(event) = edge.events.last() {
            downstream.insert(edge.to.clone(), event);
        }
    }
    let mut events: Vec<&Event> = downstream.values().copied().collect();
    events.sort_by(|left, right| (left.time, &left.id).cmp(&(right.time, &right.id)));
    events.dedup_by(|left, right| left.id == right.id);
    let text = Text::new("q13-downstream")
        .with("what", short_names(downstream.keys().map(String::as_str)))
        .with("count", downstream.len());
    draft.say(2, Certainty::Derived, text, &events, downstream.into_keys());
}

fn availability(draft: &mut Draft<'_, '_>) {
    let (names, events, _) = taken(
        draft,
        &["delete-resource", "delete-job-record"],
        &[Touch::Deleted],
    );
    let text = Text::new("q13-deleted")
        .with("count", names.len())
        .with("what", short_names(names.iter().map(String::as_str)));
    let deletes: Vec<&Event> = events
        .into_iter()
        .filter(|event| event.name.starts_with("Delete"))
        .collect();
    draft.say(3, Certainty::Observed, text, &deletes, names);
    let (objects, events, _) = taken(draft, &["delete-objects"], &[Touch::Deleted]);
    let text = Text::new("q13-objects-deleted").with("count", objects.len());
    draft.say(3, Certainty::Observed, text, &events, []);
    let (keys, events, _) = taken(draft, &["disable-key"], &[Touch::Written, Touch::Deleted]);
    let text = Text::new("q13-keys").with("what", short_names(keys.iter().map(String::as_str)));
    draft.say(3, Certainty::Observed, text, &events, keys);
    let (buckets, events, _) = taken(draft, &["versioning-suspended"], &[Touch::Written]);
    let text =
        Text::new("q13-versioning").with("what", short_names(buckets.iter().map(String::as_str)));
    draft.say(3, Certainty::Observed, text, &events, buckets);
}

/// Machines that were started.
fn cost(draft: &mut Draft<'_, '_>) {
    let view = draft.view;
    let starts = |deed: &&Deed<'_>| {
        deed.succeeded() && deed.facts.accelerated && !deed.facts.instance_types.is_empty()
    };
    let deeds: Vec<&Deed<'_>> = view.deeds.iter().filter(starts).collect();
    let count: i64 = deeds
        .iter()
        .map(|deed| deed.facts.instance_count.max(1))
        .fold(0, i64::saturating_add);
    let events: Vec<&Event> = deeds.iter().map(|deed| deed.event).collect();
    let text = Text::new("q13-cost").with("count", count).with(
        "types",
        names(deeds.iter().flat_map(|deed| &deed.facts.instance_types)),
    );
    draft.say(4, Certainty::Observed, text, &events, []);
}

/// Resources within reach, and the evidence of it.
type Within<'a> = (BTreeSet<&'a str>, BTreeSet<String>);

/// What the credentials could reach, as far as policies were at hand.
fn possible(draft: &mut Draft<'_, '_>) {
    let view = draft.view;
    if !view.material.has_policies {
        draft.open(Text::new("unknown-reach"));
        draft.collect("collect-policies");
        return;
    }
    let mut groups: BTreeMap<(&str, &str), Within<'_>> = BTreeMap::new();
    for reachable in &view.material.reach {
        let is_possible = ["reachable", "reachable-if"].contains(&reachable.label.as_str());
        if is_possible {
            let key = (reachable.label.as_str(), reachable.kind.as_str());
            let (names, evidence) = groups.entry(key).or_default();
            names.insert(&reachable.resource);
            evidence.extend(reachable.evidence.iter().cloned());
        }
    }
    for ((label, kind), (resources, evidence)) in groups {
        let text = Text::new(if label == "reachable" {
            "q13-possible"
        } else {
            "q13-possible-if"
        })
        .with("kind", kind)
        .with("count", resources.len())
        .with("what", short_names(resources.iter().copied()));
        let ids: Vec<String> = evidence.into_iter().collect();
        let subjects: Vec<String> = resources
            .iter()
            .map(|name| short(name).to_owned())
            .collect();
        draft.say_listed(5, Certainty::Derived, text, ids, subjects);
    }
    if view
        .material
        .reach
        .iter()
        .any(|reachable| reachable.label == "unknown")
    {
        draft.open(Text::new("unknown-reach-part"));
    }
}
