//! Members of a record with their meaning.

use std::borrow::Cow;
use std::net::IpAddr;

use super::{Field, Record};
use crate::dedup::{EventKey, key_of_text};
use crate::json::{Json, Kind};
use crate::record_kind::CategoryOf;

/// How a member that holds an object appears. None of the states may be taken for another one:
/// `Absent` may mean that CloudTrail left the member out because of its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MemberState {
    /// An object or a list with something in it, or any other value.
    Present,
    /// `null`
    Null,
    /// `{}`, `[]` or `""`
    Empty,
    /// Not in the record.
    Absent,
    /// The text that replaces a value that AWS hides.
    Redacted,
}

/// What `sourceIPAddress` says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SourceAddress<'a> {
    /// An address. An IPv4 address in IPv6 form (`::ffff:192.0.2.1`) is given as IPv4.
    Ip(IpAddr),
    /// The DNS name of a service that made the call.
    Service(Cow<'a, str>),
    /// `AWS Internal`, with or without a number.
    AwsInternal,
    /// Any other text.
    Other(Cow<'a, str>),
    /// Absent, null or empty.
    None,
}

/// `eventVersion`. Versions compare by number: 1.9 < 1.10.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventVersion {
    /// Records of another major version are not read.
    pub major: u32,
    /// A greater one has more fields.
    pub minor: u32,
}

impl EventVersion {
    /// Reads `1.11`, or `1`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let number = |digits: &str| {
            let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| digits.parse().ok()).flatten()
        };
        let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
        Some(Self {
            major: number(major)?,
            minor: number(minor)?,
        })
    }
}

/// The texts that AWS puts in the place of what it hides.
pub const REDACTIONS: [&str; 2] = ["HIDDEN_DUE_TO_SECURITY_REASONS", "***"];

impl<'a> Record<'a> {
    /// How a member appears.
    #[must_use]
    pub fn state(&self, field: Field) -> MemberState {
        match self.get(field) {
            Some(value) => state_of(value),
            None => MemberState::Absent,
        }
    }

    /// A boolean, which exporters write as text.
    #[must_use]
    pub fn flag(&self, field: Field) -> Option<bool> {
        flag_of(self.get(field)?)
    }

    /// The version of the record's form.
    #[must_use]
    pub fn event_version(&self) -> Option<EventVersion> {
        EventVersion::parse(&self.get(Field::EventVersion)?.scalar_text()?)
    }

    /// `sharedEventID`, the key that twins have in common. See [`crate::linked`].
    #[must_use]
    pub fn shared_event_id(&self) -> Option<EventKey<'a>> {
        key_of_text(self.get(Field::SharedEventId)?)
    }

    /// The account that received the record: `recipientAccountId`, or `accountId` of aggregated records.
    #[must_use]
    pub fn recipient_account(&self) -> Option<Cow<'a, str>> {
        let value = self
            .get(Field::RecipientAccountId)
            .or_else(|| self.get(Field::AggregatedAccountId))?;
        value.scalar_text().filter(|text| !text.is_empty())
    }

    /// The category, and whether it was derived.
    #[must_use]
    pub fn category(&self) -> CategoryOf {
        CategoryOf::of(self)
    }

    /// Where the call came from.
    #[must_use]
    pub fn source_address(&self) -> SourceAddress<'a> {
        let Some(text) = self.text(Field::SourceIpAddress) else {
            return SourceAddress::None;
        };
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return SourceAddress::None;
        }
        if let Ok(address) = trimmed.parse::<IpAddr>() {
            return SourceAddress::Ip(address.to_canonical());
        }
        let after_name = trimmed.strip_prefix("AWS Internal");
        if after_name.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
            return SourceAddress::AwsInternal;
        }
        if is_service_name(trimmed) {
            return SourceAddress::Service(text);
        }
        SourceAddress::Other(text)
    }
}

/// How a value appears.
#[must_use]
pub fn state_of(value: Json<'_>) -> MemberState {
    let is_empty = match value.kind() {
        Kind::Null => return MemberState::Null,
        Kind::Object => value.entries().next().is_none(),
        Kind::Array => value.elements().next().is_none(),
        Kind::String => {
            let text = value.as_str().unwrap_or_default();
            if REDACTIONS.contains(&&*text) {
                return MemberState::Redacted;
            }
            text.is_empty()
        }
        Kind::Bool | Kind::Number => false,
    };
    if is_empty {
        MemberState::Empty
    } else {
        MemberState::Present
    }
}

/// A boolean, or its text.
pub(crate) fn flag_of(value: Json<'_>) -> Option<bool> {
    if let Some(flag) = value.as_bool() {
        return Some(flag);
    }
    let text = value.as_str()?;
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// Services appear under names of the domains that AWS runs them in.
fn is_service_name(text: &str) -> bool {
    const DOMAINS: [&str; 4] = [".amazonaws.com", ".amazonaws.com.cn", ".amazon.com", ".aws"];
    let is_dns_name = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    let lower = text.to_ascii_lowercase();
    is_dns_name && DOMAINS.iter().any(|domain| lower.ends_with(domain))
}
