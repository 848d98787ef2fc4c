//! 1: which resources were accessed?

use std::collections::BTreeMap;

use rempart_locale::Text;

use super::draft::Draft;
use crate::material::Event;
use crate::model::Certainty;
use crate::targets::{Touch, bucket};
use crate::view::account_of;
use crate::words::short_names;

#[derive(Default)]
struct Touched<'a> {
    names: BTreeMap<String, ()>,
    read: u64,
    written: u64,
    deleted: u64,
    failed: u64,
    events: Vec<&'a Event>,
}

pub(super) fn answer(draft: &mut Draft<'_, '_>) {
    let view = draft.view;
    let mut groups: BTreeMap<(String, String), Touched<'_>> = BTreeMap::new();
    for deed in &view.deeds {
        for target in &deed.targets {
            let key = (
                kind(&target.name, &deed.event.service),
                place(&target.name, deed.event),
            );
            let group = groups.entry(key).or_default();
            group.names.insert(target.name.clone(), ());
            if group
                .events
                .last()
                .is_none_or(|last| last.id != deed.event.id)
            {
                group.events.push(deed.event);
            }
            match target.touch {
                _ if !deed.succeeded() => group.failed += 1,
                Touch::Read => group.read += 1,
                Touch::Written => group.written += 1,
                Touch::Deleted => group.deleted += 1,
            }
        }
    }
    if groups.is_empty() {
        draft.say_none("none-q01");
    }
    let mut ordered: Vec<_> = groups.into_iter().collect();
    ordered.sort_by_key(|(_, group)| std::cmp::Reverse(group.read + group.written + group.deleted));
    for ((kind, place), group) in ordered {
        let rank = match () {
            () if group.deleted > 0 => 0,
            () if group.written > 0 => 1,
            () if group.read > 0 => 2,
            () => 3,
        };
        let text = Text::new("q01-resources")
            .with("kind", kind)
            .with("place", place)
            .with("count", group.names.len())
            .with("read", group.read)
            .with("written", group.written)
            .with("deleted", group.deleted)
            .with("failed", group.failed)
            .with("what", short_names(group.names.keys().map(String::as_str)));
        draft.say(
            rank,
            Certainty::Observed,
            text,
            &group.events,
            group.names.into_keys(),
        );
    }
    draft.unknown(Text::new("unknown-inside"));
    draft.unknown(Text::new("unknown-disks"));
    draft.collect("collect-s3-access-logs");
    draft.collect("collect-application-logs");
}

/// `s3 object`, `sagemaker endpoint`, or the service.
fn kind(name: &str, service: &str) -> String {
    if let Some(rest) = name
        .strip_prefix("arn:aws:s3:::")
        .or_else(|| name.strip_prefix("s3://"))
    {
        let is_object = rest.split_once('/').is_some_and(|(_, key)| !key.is_empty());
        return if is_object { "s3 object" } else { "s3 bucket" }.to_owned();
    }
    let mut parts = name.splitn(6, ':').skip(2);
    let (service_of_arn, resource) = (parts.next(), parts.nth(2));
    match (
        service_of_arn,
        resource.filter(|_| name.starts_with("arn:")),
    ) {
        (Some(service), Some(resource)) => {
            let kind = resource
                .split(['/', ':'])
                .next()
                .filter(|kind| *kind != resource);
            match kind {
                Some(kind) => format!("{service} {kind}"),
                None => service.to_owned(),
            }
        }
        _ => service.to_owned(),
    }
}

/// The bucket of an object, the account and Region of others.
fn place(name: &str, event: &Event) -> String {
    if let Some(bucket) = bucket(name) {
        return bucket.to_owned();
    }
    let account = account_of(name).unwrap_or(&event.account);
    let region = name
        .split(':')
        .nth(3)
        .filter(|region| name.starts_with("arn:") && !region.is_empty());
    match region {
        Some(region) => format!("{account} {region}"),
        None => account.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_follow_from_arns() {
        assert_eq!(kind("arn:aws:s3:::b/k", "s3"), "s3 object");
        assert_eq!(kind("s3://b/", "sagemaker"), "s3 bucket");
        assert_eq!(
            kind("arn:aws:sagemaker:eu-west-1:111122223333:model/m", "x"),
            "sagemaker model"
        );
        assert_eq!(kind("ml/token", "secretsmanager"), "secretsmanager");
    }
}
