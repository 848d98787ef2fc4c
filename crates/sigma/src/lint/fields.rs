//! Field paths as such: whether any record can have them.

use rempart_trail::record::Field;

use crate::derive::DERIVED_PREFIX;
use crate::lint::nearest::nearest;
use crate::lint::report::did_you_mean;
use crate::lint::vocabulary;

/// A path that no record has.
pub(super) struct NoSuchField {
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

/// Checks that a path can exist in a record, as far as that does not depend on the call.
pub(super) fn check(field: &str, derived_fields: &[&str]) -> Result<(), NoSuchField> {
    if field.starts_with(DERIVED_PREFIX) {
        if derived_fields.contains(&field) {
            return Ok(());
        }
        return Err(NoSuchField {
            code: "unknown-derived-field",
            message: format!("{field} is not a derived field"),
            hint: did_you_mean(&nearest(field, derived_fields.iter().copied())),
        });
    }
    let bare = field.replace("[]", "");
    let mut segments = bare.split('.').map(without_index);
    let top = segments.next().unwrap_or_default();
    if Field::from_name(top.as_bytes()).is_none() {
        let names = Field::ALL.iter().map(|known| known.name());
        return Err(NoSuchField {
            code: "unknown-field",
            message: format!("no CloudTrail record has a field {top}"),
            hint: did_you_mean(&nearest(top, names)),
        });
    }
    let mut structure = top.to_owned();
    for segment in segments {
        if !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        let Some(members) = vocabulary::members(&structure) else {
            // A known scalar has no members.
            if is_single(&structure) {
                return Err(no_member(&structure, segment, &[]));
            }
            return Ok(());
        };
        if !members.contains(&segment) {
            return Err(no_member(&structure, segment, members));
        }
        structure = format!("{structure}.{segment}");
    }
    Ok(())
}

fn no_member(structure: &str, segment: &str, members: &[&str]) -> NoSuchField {
    NoSuchField {
        code: "unknown-field",
        message: format!("{structure} has no member {segment}"),
        hint: did_you_mean(&nearest(segment, members.iter().copied())),
    }
}

fn without_index(segment: &str) -> &str {
    segment.split('[').next().unwrap_or(segment)
}

/// Whether a record has one value of this field at most, and that a text, number or boolean.
pub(super) fn is_single(field: &str) -> bool {
    const SINGLE: &[&str] = &[
        "eventVersion",
        "eventTime",
        "eventSource",
        "eventName",
        "awsRegion",
        "sourceIPAddress",
        "userAgent",
        "errorCode",
        "errorMessage",
        "requestID",
        "eventID",
        "eventType",
        "apiVersion",
        "managementEvent",
        "readOnly",
        "recipientAccountId",
        "sharedEventID",
        "vpcEndpointId",
        "vpcEndpointAccountId",
        "eventCategory",
        "sessionCredentialFromConsole",
        "rempart.principal",
        "rempart.outcome",
        "rempart.source.kind",
        "rempart.request.state",
        "rempart.identity.sagemaker_session",
    ];
    if SINGLE.contains(&field) {
        return true;
    }
    let Some((structure, member)) = field.rsplit_once('.') else {
        return false;
    };
    structure.starts_with("userIdentity")
        && vocabulary::members(field).is_none()
        && vocabulary::members(structure).is_some_and(|members| members.contains(&member))
        && member != "attributes"
}

/// Whether the field holds members rather than a value.
pub(super) fn is_structure(field: &str) -> bool {
    const STRUCTURES: &[&str] = &[
        "requestParameters",
        "responseElements",
        "additionalEventData",
        "serviceEventDetails",
        "edgeDeviceDetails",
        "insightDetails",
        "timeWindow",
        "summary",
    ];
    STRUCTURES.contains(&field) || vocabulary::members(field).is_some()
}

/// Whether every record has the field.
pub(super) fn is_always_present(field: &str) -> bool {
    const PRESENT: &[&str] = &[
        "eventVersion",
        "eventTime",
        "eventSource",
        "eventName",
        "awsRegion",
        "eventType",
        "rempart.principal",
        "rempart.outcome",
        "rempart.source.kind",
        "rempart.request.state",
        "rempart.identity.sagemaker_session",
    ];
    PRESENT.contains(&field)
}
