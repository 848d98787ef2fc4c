//! Condition keys about the way of a request: address, endpoint, client, and services between.

use std::net::IpAddr;

use rempart_policy::context::KeyState;
use rempart_trail::identity::Identity;
use rempart_trail::record::fields::SourceAddress;
use rempart_trail::record::{Field, Record};

use super::caller::Caller;
use super::single;

/// CloudTrail cuts user agents here.
const LONGEST_USER_AGENT: usize = 1024;

/// A key of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    SourceIp,
    VpcSourceIp,
    SourceVpce,
    /// `aws:SourceVpc`, and the account and organisation of the endpoint
    OfEndpoint,
    UserAgent,
    SecureTransport,
    ViaService,
    /// `aws:CalledVia` and its first
    CalledVia,
    CalledViaLast,
}

impl Key {
    /// The key with this name in lower case.
    pub(super) fn of_name(folded: &str) -> Option<Self> {
        Some(match folded {
            "aws:sourceip" => Self::SourceIp,
            "aws:vpcsourceip" => Self::VpcSourceIp,
            "aws:sourcevpce" => Self::SourceVpce,
            "aws:sourcevpc" | "aws:sourcevpcarn" | "aws:vpceaccount" | "aws:vpceorgid"
            | "aws:vpceorgpaths" => Self::OfEndpoint,
            "aws:useragent" => Self::UserAgent,
            "aws:securetransport" => Self::SecureTransport,
            "aws:viaawsservice" => Self::ViaService,
            "aws:calledvia" | "aws:calledviafirst" => Self::CalledVia,
            "aws:calledvialast" => Self::CalledViaLast,
            _ => return None,
        })
    }
}

/// The way that a request took.
enum Way {
    /// Over a public address
    Public(IpAddr),
    /// Through a VPC endpoint, from this address of the VPC where it is told
    Endpoint(String, Option<IpAddr>),
    /// Not told
    Unknown,
}

fn way(record: &Record<'_>) -> Way {
    let endpoint = record
        .text(Field::VpcEndpointId)
        .filter(|id| !id.is_empty());
    match (endpoint, record.source_address()) {
        (Some(id), SourceAddress::Ip(address)) if id.starts_with("vpce-") => {
            Way::Endpoint(id.into_owned(), Some(address))
        }
        (Some(id), _) if id.starts_with("vpce-") => Way::Endpoint(id.into_owned(), None),
        // A private address cannot come without an endpoint: its id is missing.
        (None, SourceAddress::Ip(address)) if !is_private(address) => Way::Public(address),
        _ => Way::Unknown,
    }
}

/// The state of a key; `None` when the request does not have it.
pub(super) fn state(key: Key, record: &Record<'_>, caller: &Caller) -> Option<KeyState> {
    match key {
        Key::SourceIp => match way(record) {
            Way::Public(address) => single(&address.to_string()),
            Way::Endpoint(..) => None,
            Way::Unknown => Some(KeyState::Unknown),
        },
        Key::VpcSourceIp => match way(record) {
            Way::Public(_) => None,
            Way::Endpoint(_, Some(address)) => single(&address.to_string()),
            Way::Endpoint(_, None) | Way::Unknown => Some(KeyState::Unknown),
        },
        Key::SourceVpce => match way(record) {
            Way::Public(_) => None,
            Way::Endpoint(id, _) => single(&id),
            Way::Unknown => Some(KeyState::Unknown),
        },
        Key::OfEndpoint => match way(record) {
            Way::Public(_) => None,
            Way::Endpoint(..) | Way::Unknown => Some(KeyState::Unknown),
        },
        Key::UserAgent => match record.text(Field::UserAgent) {
            // Consoles are recorded in brackets, and services by name, in place of what was sent.
            Some(agent)
                if !agent.is_empty()
                    && agent.len() < LONGEST_USER_AGENT
                    && !agent.starts_with('[')
                    && !agent.starts_with("AWS Internal")
                    && !agent.ends_with(".amazonaws.com") =>
            {
                single(&agent)
            }
            _ => Some(KeyState::Unknown),
        },
        Key::SecureTransport => match record.get(Field::TlsDetails) {
            Some(details) if details.entries().next().is_some() => single("true"),
            _ => Some(KeyState::Unknown),
        },
        Key::ViaService => match between(record, caller) {
            Between::Nobody => single("false"),
            Between::Service(_) => single("true"),
            Between::Unknown => Some(KeyState::Unknown),
        },
        Key::CalledVia => match between(record, caller) {
            Between::Nobody => None,
            // Only the last service of the chain is recorded.
            Between::Service(_) | Between::Unknown => Some(KeyState::Unknown),
        },
        Key::CalledViaLast => match between(record, caller) {
            Between::Nobody => None,
            Between::Service(name) => single(&name),
            Between::Unknown => Some(KeyState::Unknown),
        },
    }
}

/// Whether a service called on the caller's behalf, with the caller's credentials.
enum Between {
    Nobody,
    Service(String),
    Unknown,
}

fn between(record: &Record<'_>, caller: &Caller) -> Between {
    if caller.is_service {
        return Between::Nobody;
    }
    match Identity::of(record).invoked_by() {
        None => Between::Nobody,
        // Nobody lends a service a user's credentials but by forward access.
        Some(name) if caller.is_user && name.ends_with(".amazonaws.com") => {
            Between::Service(name.into_owned())
        }
        // With a role, the service may use the role itself, which is no forward access.
        Some(_) => Between::Unknown,
    }
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            address.is_private() || address.is_loopback() || address.is_link_local()
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}
