//! May the caller do this to that group?

use std::collections::BTreeMap;
use std::sync::Arc;

use rempart_aws_model::{AccountId, ActionName};
use rempart_aws_wire::ServiceError;
use rempart_directory::{Authorizer, Caller, Connection, Question, Verdict};
use rempart_policy::context::{KeyName, KeyState};
use rempart_policy::{Particulars, ResourceFacts};

use super::refusal::{DENIED, internal};
use crate::group::Group;

/// Condition keys of a call.
pub(super) type Keys = Vec<(KeyName, KeyState)>;

pub(super) const SERVICE: &str = "sagemaker.amazonaws.com";

/// A key with one value.
pub(super) fn single(name: &str, value: &str) -> (KeyName, KeyState) {
    (KeyName::new(name), KeyState::Single(value.into()))
}

/// `aws:ResourceTag/…` and `sagemaker:ResourceTag/…`.
pub(super) fn resource_tags(group: &Group) -> Keys {
    let mut keys = Keys::with_capacity(group.tags.len() * 2);
    for (key, value) in &group.tags {
        keys.push(single(&format!("aws:ResourceTag/{key}"), value));
        keys.push(single(&format!("sagemaker:ResourceTag/{key}"), value));
    }
    keys
}

/// `aws:RequestTag/…` and `aws:TagKeys`.
pub(super) fn request_tags(tags: &BTreeMap<String, String>) -> Keys {
    let mut keys: Keys = tags
        .iter()
        .map(|(key, value)| single(&format!("aws:RequestTag/{key}"), value))
        .collect();
    if !tags.is_empty() {
        keys.push(tag_keys(tags.keys().map(String::as_str)));
    }
    keys
}

pub(super) fn tag_keys<'a>(keys: impl Iterator<Item = &'a str>) -> (KeyName, KeyState) {
    let keys: Vec<Arc<str>> = keys.map(Arc::from).collect();
    (KeyName::new("aws:TagKeys"), KeyState::Several(keys.into()))
}

/// Something that is asked.
#[derive(Debug)]
pub(super) struct Ask<'a> {
    pub(super) action: &'a str,
    pub(super) resource: &'a str,
    pub(super) resource_account: Option<AccountId>,
    pub(super) keys: Keys,
    pub(super) via: Option<&'a str>,
}

impl<'a> Ask<'a> {
    pub(super) fn new(action: &'a str, resource: &'a str, keys: Keys) -> Self {
        Self {
            action,
            resource,
            resource_account: None,
            keys,
            via: None,
        }
    }
}

pub(super) fn verdict(
    authorizer: &dyn Authorizer,
    caller: &Caller,
    connection: &Connection,
    ask: Ask<'_>,
) -> Result<Verdict, ServiceError> {
    let action = ActionName::parse(ask.action).map_err(|error| internal(error.to_string()))?;
    let question = Question {
        action: &action,
        resource: ask.resource,
        resource_account: ask.resource_account,
        keys: ask.keys,
        via: ask.via,
        resource_policy: None,
        grants: Vec::new(),
        resource_facts: ResourceFacts::default(),
        particulars: Particulars::default(),
    };
    Ok(authorizer.may(caller, connection, &question))
}

/// `Err` with AWS's text when the caller may not.
pub(super) fn require(
    authorizer: &dyn Authorizer,
    caller: &Caller,
    connection: &Connection,
    ask: Ask<'_>,
) -> Result<(), ServiceError> {
    verdict(authorizer, caller, connection, ask)?.or_refuse(DENIED)
}

/// The service as the principal of work for one group: what the grants of its key name.
pub(super) fn service_for(authorizer: &dyn Authorizer, arn: &str, account: &str) -> Caller {
    let mut service = Caller::clone(&authorizer.service(SERVICE));
    let (name, value) = single("aws:SourceArn", arn);
    service.context.set(name, value);
    let (name, value) = single("aws:SourceAccount", account);
    service.context.set(name, value);
    service
}
