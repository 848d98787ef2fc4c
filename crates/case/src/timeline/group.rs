//! Which calls belong together.

use std::collections::HashMap;

use crate::activities::Activity;
use crate::material::Event;
use crate::model::Phase;
use crate::targets::{Target, bucket};
use crate::view::{Deed, View};

/// A longer pause, in seconds, begins a new step.
const PAUSE: i64 = 1_800;

/// Calls that are one step.
#[derive(Debug)]
pub(super) struct Group<'v, 'a> {
    /// Index of the session.
    pub(super) session: Option<u32>,
    /// What they do together.
    pub(super) activity: Activity,
    /// The calls, by time; never empty.
    pub(super) deeds: Vec<&'v Deed<'a>>,
}

impl<'v, 'a> Group<'v, 'a> {
    pub(super) fn first(&self) -> Option<&'a Event> {
        self.deeds.first().map(|deed| deed.event)
    }

    pub(super) fn order(&self) -> (i64, &str) {
        let first = self.deeds.first().map(|deed| deed.event);
        first.map_or((0, ""), |event| (event.time, &event.id))
    }

    /// Deeds with that call.
    pub(super) fn called(&self, name: &str) -> impl Iterator<Item = &'v Deed<'a>> {
        let name = name.to_owned();
        self.deeds
            .iter()
            .copied()
            .filter(move |deed| *deed.event.name == *name)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    session: Option<u32>,
    address: String,
    class: String,
}

/// All deeds, each in one group.
pub(super) fn groups<'v, 'a>(view: &'v View<'a>) -> Vec<Group<'v, 'a>> {
    let mut groups: Vec<Group<'v, 'a>> = Vec::new();
    let mut open: HashMap<Key, usize> = HashMap::new();
    let mut attached: HashMap<String, String> = HashMap::new();
    for deed in &view.deeds {
        if let Some((config, notebook)) = attachment(deed) {
            attached.insert(config, notebook);
        }
        let key = key(deed, &attached);
        let joined = open.get(&key).copied().filter(|number| {
            groups
                .get(*number)
                .is_some_and(|group| continues(group, deed))
        });
        match joined.and_then(|number| groups.get_mut(number)) {
            Some(group) => group.deeds.push(deed),
            None => {
                open.insert(key, groups.len());
                groups.push(Group {
                    session: deed.event.session,
                    activity: deed.activity,
                    deeds: vec![deed],
                });
            }
        }
    }
    for group in &mut groups {
        group.activity = together(group);
    }
    groups
}

fn continues(group: &Group<'_, '_>, deed: &Deed<'_>) -> bool {
    let Some(last) = group.deeds.last() else {
        return false;
    };
    // A notebook that is stopped after it was started is another act.
    let is_new_act = &*deed.event.name == "StopNotebookInstance"
        && group.called("StartNotebookInstance").next().is_some();
    deed.event.time.saturating_sub(last.event.time) <= PAUSE && !is_new_act
}

fn key(deed: &Deed<'_>, attached: &HashMap<String, String>) -> Key {
    let event = deed.event;
    let requested = |member: &str| event.requested(&[member]).unwrap_or_default();
    let subject =
        |target: Option<&Target>| target.map(|target| target.name.clone()).unwrap_or_default();
    let name = deed.activity.name;
    let class = match name {
        "notebook-change" => format!("notebook {}", requested("notebookInstanceName")),
        "lifecycle-remove" => {
            let config = requested("notebookInstanceLifecycleConfigName");
            match attached.get(&config) {
                Some(notebook) => format!("notebook {notebook}"),
                None => format!("lifecycle-remove {config}"),
            }
        }
        "lifecycle-script" | "lifecycle-script-hostile" => {
            format!(
                "script {}",
                requested("notebookInstanceLifecycleConfigName")
            )
        }
        "endpoint-change" => format!("endpoint {}", requested("endpointConfigName")),
        "package" => {
            let created = event.response();
            let arn = created
                .and_then(|response| Some(response.get("modelPackageArn")?.as_str()?.into_owned()));
            format!(
                "package {}",
                arn.unwrap_or_else(|| requested("modelPackageArn"))
            )
        }
        "open-bucket"
        | "read-objects"
        | "write-objects"
        | "delete-objects"
        | "list-objects"
        | "versioning"
        | "versioning-suspended" => {
            let named = deed.targets.iter().find_map(|target| bucket(&target.name));
            let family = name.trim_end_matches("-suspended");
            format!("{family} {}", named.unwrap_or_default())
        }
        "query-endpoint" | "read-features" | "write-features" | "disable-key" => {
            format!("{name} {}", subject(deed.targets.first()))
        }
        "quota" | "mine" => name.to_owned(),
        "assume-role" | "assume-role-across" | "assume-role-foreign" => {
            // Two accounts record the same call, each under another credential.
            let class = format!(
                "assume {} {} {}",
                event.time,
                requested("roleArn"),
                requested("roleSessionName")
            );
            return Key {
                session: None,
                address: event.address.to_string(),
                class,
            };
        }
        _ => name.to_owned(),
    };
    Key {
        session: event.session,
        address: event.address.to_string(),
        class,
    }
}

/// The configuration and the notebook on which it is put.
fn attachment(deed: &Deed<'_>) -> Option<(String, String)> {
    let is_attaching =
        ["UpdateNotebookInstance", "CreateNotebookInstance"].contains(&&*deed.event.name);
    let event = is_attaching.then_some(deed.event)?;
    let config = event.requested(&["lifecycleConfigName"])?;
    Some((config, event.requested(&["notebookInstanceName"])?))
}

/// What the calls of a group mean together.
fn together(group: &Group<'_, '_>) -> Activity {
    let activity = |name, phase| Activity { name, phase };
    let has = |name: &str| group.called(name).next().is_some();
    let any = |activity: &str| group.deeds.iter().any(|deed| deed.is(activity));
    let Some(first) = group.deeds.first().map(|deed| deed.activity) else {
        return activity("other", Phase::Other);
    };
    match first.name {
        "notebook-change" | "lifecycle-remove" => {
            let detaches = group.deeds.iter().any(|deed| {
                let request = deed.event.request();
                let flag = request
                    .and_then(|request| request.get("disassociateLifecycleConfig")?.as_bool());
                flag == Some(true)
            });
            if has("DeleteNotebookInstanceLifecycleConfig") && detaches {
                activity("lifecycle-detach-delete", Phase::Evasion)
            } else if has("DeleteNotebookInstanceLifecycleConfig")
                || has("DeleteStudioLifecycleConfig")
            {
                activity("lifecycle-remove", Phase::Evasion)
            } else if detaches {
                activity("lifecycle-detach", Phase::Evasion)
            } else if group.deeds.iter().any(|deed| attachment(deed).is_some()) {
                activity("lifecycle-attach", Phase::Persistence)
            } else if has("StopNotebookInstance") && !has("StartNotebookInstance") {
                activity("notebook-change", Phase::Impact)
            } else {
                first
            }
        }
        "notebook-create" if group.deeds.iter().any(|deed| deed.facts.accelerated) => {
            activity("notebook-create-accelerated", Phase::Impact)
        }
        "open-bucket" if group.deeds.iter().any(|deed| deed.facts.public_policy) => {
            activity("open-bucket-public", Phase::Exfiltration)
        }
        "open-bucket" if group.deeds.iter().any(|deed| deed.facts.opens()) => {
            activity("open-bucket-foreign", Phase::Exfiltration)
        }
        "lifecycle-script" if any("lifecycle-script-hostile") => {
            activity("lifecycle-script-hostile", Phase::Persistence)
        }
        "package" => {
            let approves = group.deeds.iter().any(|deed| {
                let status = deed.event.requested(&["modelApprovalStatus"]);
                status.is_some_and(|status| status == "Approved")
            });
            match (approves, has("CreateModelPackage")) {
                (true, true) => activity("package-approved-own", Phase::Tampering),
                (true, false) => activity("package-approved", Phase::Tampering),
                _ => first,
            }
        }
        "endpoint-change" if has("UpdateEndpoint") || has("CreateEndpoint") => {
            let configs: Vec<_> = group.called("CreateEndpointConfig").collect();
            let captures = configs.iter().any(|deed| captures_data(deed.event));
            match configs.is_empty() || captures {
                true => activity("endpoint-move", Phase::Tampering),
                false => activity("endpoint-move-unseen", Phase::Tampering),
            }
        }
        "versioning" if any("versioning-suspended") => {
            activity("versioning-suspended", Phase::Impact)
        }
        _ => first,
    }
}

/// Whether an endpoint configuration captures what goes in and out.
pub(crate) fn captures_data(event: &Event) -> bool {
    let request = event.request();
    request.is_some_and(|request| {
        request
            .path(&["dataCaptureConfig", "enableCapture"])
            .and_then(|enabled| enabled.as_bool())
            == Some(true)
    })
}
