//! Logged changes laid over what a snapshot says, forward in time, or taken back.
//!
//! What a record does not tell is marked as unknown until a later record tells it: which policy a
//! `PutRolePolicy` replaced, for example.

mod iam;
mod resources;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::PolicyChange;

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Applied {
    /// It changed something.
    Done,
    /// It is no change of a policy.
    Ignored,
    /// It could not be understood.
    NotUnderstood(String),
}

/// A policy of a resource after changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Replaced {
    /// This document.
    Text(String),
    /// There is none.
    None,
    /// It cannot be told.
    Unknown(String),
}

/// Changes of the grants of a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct GrantChanges {
    /// As `kms:ListGrants` prints them.
    pub(crate) added: Vec<Value>,
    /// Ids.
    pub(crate) removed: BTreeSet<String>,
    /// Grants that were there and are not told: ids, perhaps empty.
    pub(crate) unknown: BTreeSet<String>,
}

/// The policies of all accounts at a moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    /// Per account what `iam:GetAccountAuthorizationDetails` would answer.
    pub(crate) details: BTreeMap<String, Value>,
    /// Things of identities that cannot be told: ARN and item, with the reason.
    pub(crate) unknown: BTreeMap<(String, String), String>,
    /// Policies of resources that changed, by ARN.
    pub(crate) policies: BTreeMap<String, Replaced>,
    /// Block Public Access of buckets that changed.
    pub(crate) blocks: BTreeMap<String, Option<Value>>,
    /// Grants of keys that changed.
    pub(crate) grants: BTreeMap<String, GrantChanges>,
    /// Goes up with each change of a resource.
    pub(crate) resources_version: usize,
    /// Goes up with each change that concerns more than the policies of one identity and the grants of
    /// a key.
    pub(crate) structure: usize,
    /// Whom grants name that changed.
    pub(crate) grantees: BTreeSet<String>,
}

impl State {
    /// Lays a change over the state.
    pub(crate) fn apply(&mut self, change: &PolicyChange) -> Applied {
        self.act(change, true)
    }

    /// Takes a change back.
    pub(crate) fn undo(&mut self, change: &PolicyChange) -> Applied {
        self.act(change, false)
    }

    fn act(&mut self, change: &PolicyChange, forward: bool) -> Applied {
        match &*change.event_source {
            "iam.amazonaws.com" => self.iam(change, forward),
            "s3.amazonaws.com"
            | "kms.amazonaws.com"
            | "secretsmanager.amazonaws.com"
            | "ecr.amazonaws.com"
            | "sagemaker.amazonaws.com" => self.resource(change, forward),
            _ => Applied::Ignored,
        }
    }

    fn set_unknown(&mut self, arn: &str, item: &str, change: &PolicyChange) {
        let key = (arn.to_owned(), item.to_owned());
        self.unknown.insert(key, before(change));
    }

    fn clear_unknown(&mut self, arn: &str, item: &str) {
        self.unknown.remove(&(arn.to_owned(), item.to_owned()));
    }
}

/// Why the state before a change is not known.
fn before(change: &PolicyChange) -> String {
    format!(
        "what it was before {} at {} is not in the record",
        change.event_name, change.time
    )
}

/// A member that is a text.
fn text<'j>(json: &'j Value, name: &str) -> Option<&'j str> {
    let text = json.get(name)?.as_str()?;
    (!text.is_empty()).then_some(text)
}

/// A document that is given as text or as JSON.
fn document(json: &Value, name: &str) -> Option<String> {
    match json.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        object @ Value::Object(_) => Some(object.to_string()),
        _ => None,
    }
}
