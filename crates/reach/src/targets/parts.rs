//! Objects of buckets: every bucket has its objects as a whole, and the parts that policies name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rempart_policy::{CompiledPolicy, Known, Pattern};

use super::Target;
use crate::actions::{UNRELATED, type_of};
use crate::picture::Picture;

/// Most parts of a bucket that are looked at.
const MOST_PARTS: usize = 24;
const S3: &str = "arn:aws:s3:::";

/// Adds the objects of all buckets, and says how many parts were left out.
pub(super) fn add(targets: &mut Vec<Target>, picture: &Picture) -> usize {
    let mut named: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut note = |policy: &CompiledPolicy| {
        for statement in &policy.policy().statements {
            let patterns = statement.resource.iter().flat_map(|one| &one.values);
            for value in patterns {
                let Some((bucket, key)) = value
                    .text
                    .strip_prefix(S3)
                    .and_then(|rest| rest.split_once('/'))
                else {
                    continue;
                };
                if !key.contains("${")
                    && !bucket.contains("${")
                    && !key.trim_matches('*').is_empty()
                {
                    named
                        .entry(bucket.to_owned())
                        .or_default()
                        .insert(key.to_owned());
                }
            }
        }
    };
    for person in &picture.people {
        person
            .identity
            .policies
            .known()
            .into_iter()
            .flatten()
            .for_each(|one| note(one));
        person
            .identity
            .boundary
            .known()
            .into_iter()
            .flatten()
            .for_each(|one| note(one));
    }
    for group in &picture.groups {
        group
            .policies
            .known()
            .into_iter()
            .flatten()
            .for_each(|one| note(one));
    }
    for controls in picture.controls.values() {
        let levels = controls.service.iter().chain(&controls.resource);
        levels.flatten().flatten().for_each(|one| note(one));
    }
    for target in targets.iter() {
        if let Known::Is(Some(policy)) = &target.policy
            && target.arn.starts_with(S3)
        {
            note(policy);
        }
    }
    let (exact, wild): (Vec<_>, Vec<_>) = named
        .into_iter()
        .partition(|(bucket, _)| !bucket.contains(['*', '?']));
    let exact: BTreeMap<String, BTreeSet<String>> = exact.into_iter().collect();
    let wild: Vec<(Pattern, BTreeSet<String>)> = wild
        .into_iter()
        .map(|(bucket, keys)| (Pattern::of_text(&bucket), keys))
        .collect();
    let mut left_out = 0;
    let mut objects = Vec::new();
    for target in targets.iter() {
        let Some(bucket) = target
            .arn
            .strip_prefix(S3)
            .filter(|name| !name.contains('/'))
        else {
            continue;
        };
        if target.is_new {
            continue;
        }
        let mut keys: BTreeSet<&str> = BTreeSet::from(["*"]);
        keys.extend(exact.get(bucket).into_iter().flatten().map(|key| &**key));
        for (pattern, more) in &wild {
            if pattern.matches(bucket) {
                keys.extend(more.iter().map(|key| &**key));
            }
        }
        left_out += keys.len().saturating_sub(MOST_PARTS);
        for key in keys.into_iter().take(MOST_PARTS) {
            let decided = key.replace('*', UNRELATED).replace('?', "z");
            let decided: Arc<str> = format!("{S3}{bucket}/{decided}").into();
            let Some(of_type) = type_of(&decided) else {
                continue;
            };
            let mut object = Target {
                arn: format!("{S3}{bucket}/{key}").into(),
                decided,
                kind: "S3:Object".into(),
                of_type,
                tags: None,
                ..target.clone()
            };
            object.signature = super::signature(&object);
            objects.push(object);
        }
    }
    targets.extend(objects);
    left_out
}
