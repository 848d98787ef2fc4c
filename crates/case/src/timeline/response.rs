//! What the defenders did: calls of others, after the first bad event, against what the intruder had.

use std::collections::{BTreeSet, HashMap};

use rempart_trail::json::{Json, Kind};

use super::group::Group;
use crate::activities::Activity;
use crate::model::Phase;
use crate::targets::short;
use crate::view::{Deed, View};

/// A longer pause, in seconds, begins a new step.
const PAUSE: i64 = 3_600;
/// Deepest level of a request that is looked into.
const DEEPEST: usize = 8;

/// Measures, one group for each person and stretch of work.
pub(super) fn groups<'v, 'a>(view: &'v View<'a>) -> Vec<Group<'v, 'a>> {
    let mut groups: Vec<Group<'v, 'a>> = Vec::new();
    let mut open: HashMap<&str, usize> = HashMap::new();
    for deed in measures(view) {
        let joined = open.get(&*deed.event.principal).copied();
        let joined = joined
            .and_then(|number| groups.get_mut(number))
            .filter(|group| {
                let last = group.deeds.last().map_or(0, |last| last.event.time);
                deed.event.time.saturating_sub(last) <= PAUSE
            });
        match joined {
            Some(group) => group.deeds.push(deed),
            None => {
                open.insert(&deed.event.principal, groups.len());
                groups.push(Group {
                    session: None,
                    activity: Activity {
                        name: "defend",
                        phase: Phase::Response,
                    },
                    deeds: vec![deed],
                });
            }
        }
    }
    groups
}

/// The calls, by time.
pub(crate) fn measures<'v, 'a>(view: &'v View<'a>) -> Vec<&'v Deed<'a>> {
    let Some((first, _)) = view.window() else {
        return Vec::new();
    };
    let held = held(view);
    let later = view.around.iter().filter(|deed| deed.event.time >= first);
    later
        .filter(|deed| deed.succeeded() && is_defensive(deed) && concerns(deed, &held))
        .collect()
}

fn is_defensive(deed: &Deed<'_>) -> bool {
    let name = &*deed.event.name;
    match name {
        "UpdateAccessKey" => {
            let status = deed.event.requested(&["status"]);
            status.is_some_and(|status| status == "Inactive")
        }
        "StopNotebookInstance"
        | "DeleteAccessKey"
        | "DetachRolePolicy"
        | "DeleteRolePolicy"
        | "UpdateAssumeRolePolicy"
        | "DeleteBucketPolicy"
        | "DeleteModelPackageGroupPolicy"
        | "StopTrainingJob"
        | "StopProcessingJob"
        | "DeleteNotebookInstance"
        | "DeleteLoginProfile" => true,
        _ => deed.activity.phase == Phase::Response || deed.is("close-bucket"),
    }
}

/// Names of what the intruder had or touched, in their last parts.
fn held(view: &View<'_>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut add = |name: &str| {
        if let Some(last) = short(name).rsplit('/').next().filter(|last| last.len() > 2) {
            names.insert(last.to_owned());
        }
    };
    for session in view.acting_sessions() {
        add(&session.key);
        if let Some(role) = &session.role {
            add(role);
        }
        if let Some(role) = session.principal.split('/').nth(1) {
            add(role);
        }
    }
    for deed in view
        .deeds
        .iter()
        .filter(|deed| !deed.event.read_only && !deed.event.is_data)
    {
        for target in &deed.targets {
            add(&target.name);
        }
    }
    names
}

fn concerns(deed: &Deed<'_>, held: &BTreeSet<String>) -> bool {
    let request = deed.event.request();
    request.is_some_and(|request| {
        any_text(request, 0, &|text| {
            let last = short(text).rsplit('/').next().unwrap_or_default();
            held.contains(last)
        })
    })
}

fn any_text(value: Json<'_>, depth: usize, is_it: &dyn Fn(&str) -> bool) -> bool {
    match value.kind() {
        _ if depth > DEEPEST => false,
        Kind::String => value.as_str().is_some_and(|text| is_it(&text)),
        Kind::Object => value
            .entries()
            .any(|(_, member)| any_text(member, depth + 1, is_it)),
        Kind::Array => value
            .elements()
            .any(|element| any_text(element, depth + 1, is_it)),
        Kind::Null | Kind::Bool | Kind::Number => false,
    }
}
