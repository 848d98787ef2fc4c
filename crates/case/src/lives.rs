//! What became of each resource that the intruder created, changed or deleted.

use std::collections::BTreeMap;

use crate::material::Event;
use crate::view::{Deed, View};

/// Calls that make a resource. What else changes one is a change.
const MAKING: [&str; 6] = ["Create", "Register", "Import", "Run", "Upload", "Allocate"];
/// Calls that only look like making one.
const NOT_MAKING: [&str; 2] = ["CreatePresigned", "CreatePolicyVersion"];

/// The life of a resource, as far as the logs tell.
#[derive(Clone, Debug)]
pub(crate) struct Life<'a> {
    /// ARN or name.
    pub(crate) name: String,
    /// The intruder's call that made it.
    pub(crate) created: Option<&'a Event>,
    /// The intruder's calls that changed it.
    pub(crate) changed: Vec<&'a Event>,
    /// The call that deleted or stopped it for good.
    pub(crate) deleted: Option<&'a Event>,
    /// Whether somebody else did.
    pub(crate) deleted_by_other: bool,
}

impl<'a> Life<'a> {
    /// All records, by time.
    pub(crate) fn events(&self) -> Vec<&'a Event> {
        let mut events: Vec<&Event> = self
            .created
            .into_iter()
            .chain(self.changed.iter().copied())
            .collect();
        events.extend(self.deleted);
        events.sort_by(|left, right| (left.time, &left.id).cmp(&(right.time, &right.id)));
        events
    }
}

/// Lives, by name. Objects and feature records are told by bucket and group elsewhere.
pub(crate) fn lives<'a>(view: &View<'a>) -> Vec<Life<'a>> {
    let mut lives: BTreeMap<String, Life<'a>> = BTreeMap::new();
    let mutating =
        |deed: &&Deed<'a>| !deed.event.read_only && !deed.event.is_data && deed.succeeded();
    for deed in view.deeds.iter().filter(mutating) {
        let (Some(name), false) = (deed.main.clone(), opens_session(deed)) else {
            continue;
        };
        let life = lives.entry(name.clone()).or_insert_with(|| Life {
            name,
            created: None,
            changed: Vec::new(),
            deleted: None,
            deleted_by_other: false,
        });
        if ends(deed) {
            life.deleted = Some(deed.event);
        } else if makes(deed) {
            life.created = life.created.or(Some(deed.event));
            life.deleted = None;
        } else {
            life.changed.push(deed.event);
        }
    }
    for deed in view
        .around
        .iter()
        .filter(mutating)
        .filter(|deed| ends(deed))
    {
        let Some(life) = deed.main.as_ref().and_then(|name| lives.get_mut(name)) else {
            continue;
        };
        let began = life.events().first().map_or(i64::MAX, |event| event.time);
        if life.deleted.is_none() && deed.event.time >= began {
            life.deleted = Some(deed.event);
            life.deleted_by_other = true;
        }
    }
    lives.into_values().collect()
}

fn ends(deed: &Deed<'_>) -> bool {
    ["Delete", "Terminate", "Deregister"]
        .iter()
        .any(|verb| deed.event.name.starts_with(verb))
        // What is taken off a role or bucket does not end the role or bucket.
        && !["Policy", "AccessBlock", "Boundary", "AccessKey", "LoginProfile"]
            .iter()
            .any(|part| deed.event.name.contains(part))
}

fn makes(deed: &Deed<'_>) -> bool {
    let name = &*deed.event.name;
    MAKING.iter().any(|verb| name.starts_with(verb))
        && !NOT_MAKING.iter().any(|verb| name.starts_with(verb))
        // A key made for a user changes the user.
        && !["CreateAccessKey", "CreateLoginProfile", "CreateGrant"].contains(&name)
}

fn opens_session(deed: &Deed<'_>) -> bool {
    &*deed.event.service == "sts" || deed.event.name.starts_with("CreatePresigned")
}
