//! Query strings and headers of the hot path.

use std::borrow::Cow;

use super::members::{DeleteMembers, GetMembers, Text};
use crate::incoming::{Header, Incoming};
use crate::percent::decode;
use crate::route::{MAX_FIELDS, is_signature_parameter};

/// Content type and encoding as clients send them.
pub(super) fn plain_headers(incoming: &Incoming<'_>) -> bool {
    let kind = incoming.header("content-type");
    let known = matches!(kind, Header::Absent | Header::Once("application/json"))
        || incoming.body.is_empty();
    known && incoming.header("content-encoding") == Header::Absent
}

pub(super) fn only_signature(query: &str) -> bool {
    query
        .split('&')
        .all(|pair| pair.is_empty() || is_signature_parameter(pair))
}

pub(super) fn get<'a>(incoming: &Incoming<'a>) -> Option<GetMembers<'a>> {
    let mut members = GetMembers::default();
    each(incoming, |name, value| {
        let place = match name {
            "RecordIdentifierValueAsString" => &mut members.identifier,
            "ExpirationTimeResponse" => &mut members.expiration,
            "FeatureName" => {
                members.features.get_or_insert_default().push(Text(value));
                return Some(());
            }
            _ => return None,
        };
        once(place, value)
    })?;
    Some(members)
}

pub(super) fn delete<'a>(incoming: &Incoming<'a>) -> Option<DeleteMembers<'a>> {
    let mut members = DeleteMembers::default();
    each(incoming, |name, value| {
        let place = match name {
            "RecordIdentifierValueAsString" => &mut members.identifier,
            "EventTime" => &mut members.event_time,
            "DeletionMode" => &mut members.mode,
            "TargetStores" => {
                members.targets.get_or_insert_default().push(Text(value));
                return Some(());
            }
            _ => return None,
        };
        once(place, value)
    })?;
    Some(members)
}

fn each<'a>(
    incoming: &Incoming<'a>,
    mut take: impl FnMut(&str, Cow<'a, str>) -> Option<()>,
) -> Option<()> {
    if !incoming.body.is_empty() || incoming.query.contains('+') {
        return None;
    }
    for (position, pair) in incoming.query.split('&').enumerate() {
        if position >= MAX_FIELDS {
            return None;
        }
        if pair.is_empty() || is_signature_parameter(pair) {
            continue;
        }
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        take(name, decode(value).ok()?)?;
    }
    Some(())
}

fn once<'a>(place: &mut Option<Text<'a>>, value: Cow<'a, str>) -> Option<()> {
    match place.replace(Text(value)) {
        None => Some(()),
        Some(_) => None,
    }
}
