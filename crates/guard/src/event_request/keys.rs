//! Where the condition keys of a request come from.

use rempart_aws_model::{Action, KeyFields};
use rempart_policy::context::{KeyName, KeyState};
use rempart_trail::record::{Field, Record};

use super::caller::Caller;
use super::fields::FieldPlan;
use super::parameters::Parameters;
use super::plan::{ActionPlan, carries};
use super::{network, session, single, tags};

/// Where a key comes from.
#[derive(Debug)]
pub(super) enum KeySource {
    /// `aws:RequestTag/…`: the tag of that name
    RequestTag(Box<str>),
    /// `aws:TagKeys`
    TagKeys,
    /// Fields of the request
    Field(FieldPlan),
    /// The address, the endpoint or the client
    Network(network::Key),
    /// The session of the caller
    Session(session::Key),
    /// The time of the event
    CurrentTime,
    /// The same in seconds
    EpochTime,
    /// `awsRegion`
    RequestedRegion,
    /// Present only when a service calls in its own name
    OfServices,
    /// The account of the resource, which the request itself gives where it is known
    ResourceAccount,
    /// The record does not tell
    Unknown,
}

impl KeySource {
    /// `None` when no request for the action carries the key, or the request itself gives it.
    pub(super) fn new(key: &KeyName, action: &Action, fields: &[KeyFields]) -> Option<Self> {
        let folded = key.folded();
        if let Some(tag) = folded.strip_prefix("aws:requesttag/") {
            return carries(action, folded).then(|| Self::RequestTag(tag.into()));
        }
        if let Some(of_key) = fields
            .iter()
            .find(|fields| fields.key.eq_ignore_ascii_case(folded))
        {
            return Some(Self::Field(FieldPlan::new(of_key)));
        }
        if !folded.starts_with("aws:") && !carries(action, folded) {
            return None;
        }
        if let Some(key) = network::Key::of_name(folded) {
            return Some(Self::Network(key));
        }
        if let Some(key) = session::Key::of_name(folded) {
            return Some(Self::Session(key));
        }
        Some(match folded {
            "aws:tagkeys" => return carries(action, folded).then_some(Self::TagKeys),
            "aws:currenttime" => Self::CurrentTime,
            "aws:epochtime" => Self::EpochTime,
            "aws:requestedregion" => Self::RequestedRegion,
            "aws:sourcearn"
            | "aws:sourceaccount"
            | "aws:sourceorgid"
            | "aws:sourceorgpaths"
            | "aws:principalservicename"
            | "aws:principalservicenameslist" => Self::OfServices,
            "aws:resourceaccount" => Self::ResourceAccount,
            // The request derives these itself.
            "aws:principalarn"
            | "aws:principalaccount"
            | "aws:principaltype"
            | "aws:principalisawsservice"
            | "aws:username"
            | "kms:calleraccount" => return None,
            _ => Self::Unknown,
        })
    }
}

/// The state of a key; `None` when the request does not have it.
pub(super) fn state(
    source: &KeySource,
    action: &ActionPlan,
    record: &Record<'_>,
    caller: &Caller,
    parameters: &Parameters<'_>,
) -> Option<KeyState> {
    match source {
        KeySource::RequestTag(tag) => tags::value(tag, action, parameters),
        KeySource::TagKeys => tags::keys(action, parameters),
        KeySource::Field(plan) => plan.state(action, record, parameters),
        KeySource::Network(key) => network::state(*key, record, caller),
        KeySource::Session(key) => session::state(*key, record, caller),
        KeySource::CurrentTime => Some(match record.event_time() {
            Some(time) => KeyState::Single(time.to_rfc3339().into()),
            None => KeyState::Unknown,
        }),
        KeySource::EpochTime => Some(match record.event_time() {
            Some(time) => KeyState::Single(time.0.to_string().into()),
            None => KeyState::Unknown,
        }),
        KeySource::RequestedRegion => match record.text(Field::AwsRegion) {
            Some(region) if !region.is_empty() => single(&region),
            _ => Some(KeyState::Unknown),
        },
        KeySource::OfServices => caller.is_service.then_some(KeyState::Unknown),
        KeySource::ResourceAccount | KeySource::Unknown => Some(KeyState::Unknown),
    }
}
