//! 4: was data or a model taken out or tampered with?

use std::collections::BTreeMap;

use rempart_locale::Text;

use super::draft::{Draft, key_of};
use crate::material::Event;
use crate::model::{Certainty, Phase};
use crate::targets::{Touch, bucket};
use crate::view::Deed;
use crate::words::{names, short_names, size};

/// Told with figures of their own.
const IN_FIGURES: [&str; 7] = [
    "read-objects",
    "write-objects",
    "delete-objects",
    "job-foreign-output",
    "run-job",
    "run-job-written",
    "other",
];

pub(super) fn answer(draft: &mut Draft<'_, '_>) {
    let objects = objects(draft);
    let outputs = foreign_outputs(draft);
    let steps = draft.steps;
    let mut told = objects || outputs;
    for step in steps {
        let rank = match step.phase {
            Phase::Exfiltration => 2,
            Phase::Tampering => 4,
            _ => continue,
        };
        let key = key_of(step);
        if !IN_FIGURES.contains(&key) && key != "decrypt" {
            draft.say_step(rank, step);
            told = true;
        }
    }
    told |= draft.say_steps(3, &["read-secrets"]);
    told |= draft.say_steps(
        5,
        &["delete-resource", "versioning-suspended", "disable-key"],
    );
    if !told {
        draft.say_none("none-q04");
    }
    draft.open(Text::new("unknown-network-bytes"));
    draft.unknown(Text::new("unknown-versions"));
    draft.collect("collect-flow-logs");
    draft.collect("collect-s3-access-logs");
    draft.collect("collect-object-versions");
}

#[derive(Default)]
struct Moved<'a> {
    objects: BTreeMap<String, ()>,
    bytes: u64,
    failed: u64,
    addresses: Vec<String>,
    who: Vec<String>,
    events: Vec<&'a Event>,
}

/// Reads, writes and deletions of objects, by bucket; whether there were any.
fn objects(draft: &mut Draft<'_, '_>) -> bool {
    let view = draft.view;
    let mut groups: BTreeMap<(&str, String), Moved<'_>> = BTreeMap::new();
    for deed in view.of(&["read-objects", "write-objects", "delete-objects"]) {
        let is_own = |touch: Touch| match deed.activity.name {
            "read-objects" => touch == Touch::Read,
            "write-objects" => touch == Touch::Written,
            _ => touch == Touch::Deleted,
        };
        for target in deed.targets.iter().filter(|target| is_own(target.touch)) {
            let Some(bucket) = bucket(&target.name) else {
                continue;
            };
            let group = groups
                .entry((deed.activity.name, bucket.to_owned()))
                .or_default();
            if !deed.succeeded() {
                group.failed += 1;
                continue;
            }
            group.objects.insert(target.name.clone(), ());
            let bytes = if deed.is("read-objects") {
                deed.bytes_out()
            } else {
                0
            };
            group.bytes = group.bytes.saturating_add(bytes);
            group.addresses.push(deed.event.address.to_string());
            group.who.push(view.who(deed.event));
            group.events.push(deed.event);
        }
    }
    let any = !groups.is_empty();
    for ((kind, bucket), group) in groups {
        let (rank, key) = match kind {
            "read-objects" => (0, "q04-read"),
            "write-objects" => (1, "q04-written"),
            _ => (3, "q04-deleted"),
        };
        let mut text = Text::new(key)
            .with("count", group.objects.len())
            .with("bucket", bucket.as_str())
            .with("who", names(&group.who))
            .with("addresses", names(&group.addresses))
            .with("failed", group.failed);
        if kind == "read-objects" {
            text = text
                .with("bytes", group.bytes)
                .with("size", size(group.bytes));
        }
        let subjects =
            std::iter::once(format!("arn:aws:s3:::{bucket}")).chain(group.objects.into_keys());
        draft.say(rank, Certainty::Observed, text, &group.events, subjects);
    }
    any
}

/// Jobs whose output goes to buckets of others, by bucket.
fn foreign_outputs(draft: &mut Draft<'_, '_>) -> bool {
    let view = draft.view;
    let writes = |deed: &&Deed<'_>| deed.facts.has_foreign_output && deed.succeeded();
    let mut groups: BTreeMap<(String, bool), Vec<&Deed<'_>>> = BTreeMap::new();
    for deed in view.deeds.iter().filter(writes) {
        let reads = inputs(deed).next().is_some();
        for bucket in &deed.facts.foreign_buckets {
            groups
                .entry((bucket.clone(), reads))
                .or_default()
                .push(deed);
        }
    }
    let any = !groups.is_empty();
    for ((bucket, reads), deeds) in groups {
        let jobs = deeds.iter().filter_map(|deed| deed.main.as_deref());
        let mut text = Text::new(if reads { "q04-output-of" } else { "q04-output" })
            .with("jobs", short_names(jobs))
            .with("bucket", bucket.as_str());
        if reads {
            text = text.with("inputs", names(deeds.iter().flat_map(|deed| inputs(deed))));
        }
        let events: Vec<&Event> = deeds.iter().map(|deed| deed.event).collect();
        let subjects = deeds.iter().filter_map(|deed| deed.main.clone());
        draft.say(
            1,
            Certainty::Observed,
            text,
            &events,
            subjects.chain([bucket]),
        );
        let keys: Vec<&String> = deeds
            .iter()
            .flat_map(|deed| &deed.facts.foreign_keys)
            .collect();
        if !keys.is_empty() {
            let text = Text::new("q04-foreign-key").with("keys", names(keys));
            draft.say(1, Certainty::Observed, text, &events, []);
        }
    }
    any
}

fn inputs<'d>(deed: &'d Deed<'_>) -> impl Iterator<Item = &'d str> {
    let read = deed
        .targets
        .iter()
        .filter(|target| target.touch == Touch::Read);
    read.map(|target| target.name.as_str())
        .filter(|name| name.starts_with("s3://"))
}
