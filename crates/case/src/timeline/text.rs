//! The words of a step.

use std::collections::BTreeSet;

use rempart_locale::{Param, Text};

use super::group::Group;
use crate::targets::{Target, Touch, bucket, short};
use crate::view::{Deed, View};
use crate::words::{behaviour, names, short_names, size, strangers};

/// What was done.
pub(super) fn of(group: &Group<'_, '_>, view: &View<'_>) -> Text {
    let name = group.activity.name;
    let text = Text::new(format!("step-{name}"));
    let count = group.deeds.len();
    let failed = group.deeds.iter().filter(|deed| !deed.succeeded()).count();
    let facts = || group.deeds.iter().map(|deed| &deed.facts);
    let requested = |member: &str| {
        let all = group.deeds.iter();
        names(
            all.filter_map(|deed| deed.event.requested(&[member]))
                .collect::<Vec<_>>(),
        )
    };
    let who = || {
        group
            .first()
            .map(|event| view.who(event))
            .unwrap_or_default()
    };
    let what = || short_names(subjects(group));
    match name {
        "who-am-i" | "sign-in" => text.with("who", who()),
        "enumerate" => text
            .with(
                "services",
                names(group.deeds.iter().map(|deed| &*deed.event.service)),
            )
            .with("count", count)
            .with("failed", failed),
        "other" | "weaken-sign-in" | "assign-access" | "leave-guardrails" | "share-snapshot"
        | "query-data" | "blind-detector" | "network" | "use-model" | "send-mail" => text.with(
            "calls",
            names(group.deeds.iter().map(|deed| deed.event.call())),
        ),
        "assume-role" => text.with("what", roles(group)),
        "service-session" => text.with("what", roles(group)).with(
            "service",
            names(group.deeds.iter().map(|deed| &*deed.event.address)),
        ),
        "assume-role-foreign" => {
            let accounts = facts().filter_map(|facts| facts.foreign_caller.as_deref());
            text.with("what", roles(group))
                .with("account", names(accounts))
        }
        "assume-role-across" => {
            let accounts = group
                .deeds
                .iter()
                .filter_map(|deed| view.crosses(deed.event));
            text.with("what", roles(group))
                .with("account", names(accounts.collect::<Vec<_>>()))
        }
        "presign-other" => text.with("what", requested("userProfileName")),
        "trust-foreign"
        | "share-registry-foreign"
        | "open-bucket-foreign"
        | "key-access-foreign" => text
            .with("what", what())
            .with("strangers", strangers(facts())),
        "lifecycle-script-hostile" => text
            .with("what", what())
            .with("behaviour", worst(group.deeds.iter().copied())),
        "lifecycle-attach" => attached(group, view),
        "lifecycle-detach-delete" => text
            .with("config", requested("notebookInstanceLifecycleConfigName"))
            .with("what", requested("notebookInstanceName")),
        "lifecycle-detach" | "notebook-change" => {
            text.with("what", requested("notebookInstanceName"))
        }
        "notebook-create-accelerated" | "run-job-accelerated" | "mine" => {
            let types = facts().flat_map(|facts| &facts.instance_types);
            text.with("what", what()).with("types", names(types))
        }
        "job-foreign-output" => {
            let buckets = facts().flat_map(|facts| &facts.foreign_buckets);
            text.with("what", what()).with("buckets", names(buckets))
        }
        "read-objects" => {
            let bytes = group.deeds.iter().map(|deed| deed.bytes_out());
            let bytes = bytes.fold(0_u64, u64::saturating_add);
            buckets(text, group)
                .with("count", objects(group))
                .with("size", size(bytes))
        }
        "write-objects" => buckets(text, group).with("count", objects(group)),
        "delete-objects" => buckets(text, group).with("count", count),
        "open-bucket"
        | "open-bucket-public"
        | "close-bucket"
        | "list-objects"
        | "versioning"
        | "versioning-suspended" => buckets(text, group),
        "read-features" | "write-features" => text.with("what", what()).with("count", count),
        "query-endpoint" => text
            .with("what", what())
            .with("count", count)
            .with("failed", failed),
        "model-foreign-image" => {
            let images =
                facts().flat_map(|facts| facts.foreign_images.iter().chain(&facts.public_images));
            text.with("what", what()).with("images", names(images))
        }
        "endpoint-move" | "endpoint-move-unseen" => text
            .with("endpoint", requested("endpointName"))
            .with("config", requested("endpointConfigName")),
        "delete-resource" => text
            .with("what", what())
            .with("count", subjects(group).len()),
        "quota" => text.with("count", count),
        "defend" => text.with("who", who()).with(
            "what",
            names(group.deeds.iter().map(|deed| deed.event.call())),
        ),
        _ => text.with("what", what()),
    }
}

/// What the calls are about: what they change before what they only name.
fn subjects<'g>(group: &'g Group<'_, '_>) -> Vec<&'g str> {
    let all: Vec<&Target> = group.deeds.iter().flat_map(|deed| &deed.targets).collect();
    let is_own = |target: &&&Target| {
        target.touch != Touch::Read && !target.name.starts_with("s3://") && !is_policy(&target.name)
    };
    let mut chosen: Vec<&str> = all
        .iter()
        .filter(is_own)
        .map(|target| target.name.as_str())
        .collect();
    if chosen.is_empty() {
        chosen = all.iter().map(|target| target.name.as_str()).collect();
    }
    let mut seen = BTreeSet::new();
    chosen.retain(|name| seen.insert(*name));
    chosen
}

fn is_policy(name: &str) -> bool {
    name.starts_with("arn:aws:iam::") && name.contains(":policy/")
}

fn roles(group: &Group<'_, '_>) -> Param {
    let roles = group
        .deeds
        .iter()
        .filter_map(|deed| deed.event.requested(&["roleArn"]));
    let roles: Vec<String> = roles.map(|role| short(&role).to_owned()).collect();
    names(roles)
}

fn objects(group: &Group<'_, '_>) -> usize {
    let targets = group
        .deeds
        .iter()
        .filter(|deed| deed.succeeded())
        .flat_map(|deed| &deed.targets);
    targets
        .map(|target| target.name.as_str())
        .collect::<BTreeSet<_>>()
        .len()
}

fn buckets(text: Text, group: &Group<'_, '_>) -> Text {
    let targets = group.deeds.iter().flat_map(|deed| &deed.targets);
    text.with(
        "what",
        names(targets.filter_map(|target| bucket(&target.name))),
    )
}

fn worst<'d>(deeds: impl Iterator<Item = &'d Deed<'d>>) -> Text {
    let scripts = deeds.filter(|deed| deed.facts.script_is_bad);
    let worst = scripts.max_by_key(|deed| deed.facts.classes.len());
    worst.map_or_else(
        || Text::new("behaviour-unknown"),
        |deed| behaviour(&deed.facts),
    )
}

/// With what the script does, when the configuration was written in scope.
fn attached(group: &Group<'_, '_>, view: &View<'_>) -> Text {
    let requested = |member: &'static str| {
        let all = group
            .deeds
            .iter()
            .filter_map(move |deed| deed.event.requested(&[member]));
        all.collect::<Vec<String>>()
    };
    let configs = requested("lifecycleConfigName");
    let scripts = view.deeds.iter().filter(|deed| {
        let name = deed
            .event
            .requested(&["notebookInstanceLifecycleConfigName"]);
        deed.is("lifecycle-script-hostile") && name.is_some_and(|name| configs.contains(&name))
    });
    let mut scripts = scripts.peekable();
    let text = match scripts.peek() {
        Some(_) => Text::new("step-lifecycle-attach-hostile").with("behaviour", worst(scripts)),
        None => Text::new("step-lifecycle-attach"),
    };
    text.with("config", names(configs))
        .with("what", names(requested("notebookInstanceName")))
}
