//! Properties: what must never be allowed and what must stay possible, in terms of requests.

mod condition;
mod read;
mod request;

use rempart_aws_model::{AccountId, ActionName};
use rempart_prove::Predicate;
use rempart_sigma::yaml::Position;

pub use read::{PropertyFault, PropertySet, read};
pub use request::{Liveness, PermittedRequest};

/// Who calls in a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallerKind {
    /// Sessions of any role of the account
    Role,
    /// Any user of the account
    User,
    /// The root user of the account
    Root,
    /// Sessions of any role of another account
    OutsideRole,
    /// A service, for whomever it works
    Service,
}

impl CallerKind {
    /// All kinds; those inside the account first.
    pub const ALL: [Self; 5] = [
        Self::Role,
        Self::User,
        Self::Root,
        Self::OutsideRole,
        Self::Service,
    ];

    /// Whether it is of the account, so that its service control policies limit it.
    pub fn is_inside(self) -> bool {
        matches!(self, Self::Role | Self::User | Self::Root)
    }
}

/// A property.
#[derive(Debug, Clone)]
pub struct Property {
    /// Short name.
    pub id: String,
    /// One line.
    pub title: String,
    /// Why it matters.
    pub intent: String,
    /// The requirements that it serves.
    pub requirements: Vec<String>,
    /// What no guardrail can cover of it.
    pub residual: Option<String>,
    /// Who calls.
    pub callers: Vec<CallerKind>,
    /// The actions, each with the requests that must never be allowed.
    pub actions: Vec<Forbidden>,
    /// Requests that must stay allowed.
    pub permit: Vec<Permit>,
    /// Where it is written.
    pub source: String,
    /// Its position there.
    pub position: Position,
}

/// What must never be allowed for one action.
#[derive(Debug, Clone)]
pub struct Forbidden {
    /// The action.
    pub action: ActionName,
    /// Holds for the requests that must not be allowed.
    pub predicate: Predicate,
    /// The condition keys that it looks at.
    pub keys: Vec<Box<str>>,
}

/// A request that must stay allowed.
#[derive(Debug, Clone)]
pub struct Permit {
    /// What it is.
    pub name: String,
    /// The request.
    pub request: PermittedRequest,
}

/// The account that questions are about when parameters name none: AWS's own example.
pub fn example_account() -> Option<AccountId> {
    AccountId::parse("111122223333").ok()
}

/// An account outside the organisation.
pub fn outside_account() -> Option<AccountId> {
    AccountId::parse("999988887777").ok()
}
