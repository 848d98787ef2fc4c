//! Who calls, and from where.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;
use rempart_aws_model::AccountId;
use rempart_policy::context::Context;
use rempart_policy::{Principal, PrincipalFacts, Stack};
use serde_json::Value;

/// What tells sessions apart for caches of keys: the principal's session and its session policies.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionKey(pub [u8; 16]);

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey")
    }
}

/// A principal whose signature was checked, with all that the policy engine needs of it. One value per
/// session, shared by its requests.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The principal.
    pub principal: Principal,
    /// Its account. A service has none.
    pub account: Option<AccountId>,
    /// What else is known of it.
    pub facts: PrincipalFacts,
    /// Policies on the caller's side: identity, boundary, session, SCPs. Those of the resource's side
    /// are not filled in.
    pub stack: Stack,
    /// Condition keys of the session: principal tags, `aws:userid`, `aws:TokenIssueTime`,
    /// `aws:SourceIdentity`…
    pub context: Context,
    /// Tells sessions apart.
    pub session: SessionKey,
    /// CloudTrail's `userIdentity`.
    pub user_identity: Arc<Value>,
}

/// The connection on which a request came.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Address of the client.
    pub source_address: IpAddr,
    /// `User-Agent`, cut to a bounded length.
    pub user_agent: Arc<str>,
    /// CloudTrail's `tlsDetails`; `None` when the connection is not encrypted.
    pub tls: Option<Arc<Value>>,
    /// Id of the request, as it is answered.
    pub request_id: Arc<str>,
    /// When the request came.
    pub time: Timestamp,
}
