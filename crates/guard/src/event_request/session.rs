//! Condition keys that the session of the caller fills.

use rempart_policy::context::KeyState;
use rempart_trail::identity::Identity;
use rempart_trail::record::Record;

use super::caller::{Caller, Credentials};
use super::single;

/// A key of the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    UserId,
    MfaPresent,
    MfaAge,
    TokenIssueTime,
    SourceIdentity,
    SignInSession,
    RoleDelivery,
}

impl Key {
    /// The key with this name in lower case.
    pub(super) fn of_name(folded: &str) -> Option<Self> {
        Some(match folded {
            "aws:userid" => Self::UserId,
            "aws:multifactorauthpresent" => Self::MfaPresent,
            "aws:multifactorauthage" => Self::MfaAge,
            "aws:tokenissuetime" => Self::TokenIssueTime,
            "aws:sourceidentity" => Self::SourceIdentity,
            "aws:signinsessionarn" => Self::SignInSession,
            "ec2:roledelivery" => Self::RoleDelivery,
            _ => return None,
        })
    }
}

/// The state of a key; `None` when the request does not have it.
pub(super) fn state(key: Key, record: &Record<'_>, caller: &Caller) -> Option<KeyState> {
    let identity = Identity::of(record);
    let has_session = identity.session_context().is_some();
    match key {
        Key::UserId => match &caller.user_id {
            Some(id) => single(id),
            None if caller.is_service => None,
            None => Some(KeyState::Unknown),
        },
        // Requests with long-term keys do not have these keys at all.
        Key::MfaPresent | Key::MfaAge | Key::TokenIssueTime
            if caller.credentials == Credentials::LongTerm =>
        {
            None
        }
        Key::MfaPresent => match identity.mfa() {
            Some(mfa) => single(if mfa { "true" } else { "false" }),
            None => Some(KeyState::Unknown),
        },
        Key::MfaAge => match identity.mfa() {
            Some(false) => None,
            _ => Some(KeyState::Unknown),
        },
        Key::TokenIssueTime => match identity.session_created() {
            Some(time) => single(&time.to_rfc3339()),
            None => Some(KeyState::Unknown),
        },
        Key::SourceIdentity => match identity.source_identity() {
            Some(name) => single(&name),
            None if has_session || caller.credentials == Credentials::LongTerm => None,
            None => Some(KeyState::Unknown),
        },
        // Both were added to records late: without them nothing is known of the session.
        Key::SignInSession => match identity.sign_in_session_arn() {
            Some(arn) => single(&arn),
            None => Some(KeyState::Unknown),
        },
        Key::RoleDelivery => match identity.ec2_role_delivery() {
            Some(version) => single(&version),
            None => Some(KeyState::Unknown),
        },
    }
}
