//! Facts that lead from one credential to another.

use std::sync::Arc;

/// Who acted, from where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Actor {
    /// Key of the credential.
    pub(crate) key: Arc<str>,
    /// Address.
    pub(crate) address: Arc<str>,
}

/// Something that a successful call did.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fact {
    pub(crate) time: i64,
    /// `eventID`.
    pub(crate) event: Box<str>,
    pub(crate) actor: Actor,
    /// Account that recorded it.
    pub(crate) account: Arc<str>,
    pub(crate) kind: FactKind,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FactKind {
    /// A session was made.
    Minted {
        /// The key of the session; records of the caller's own account alone may lack it.
        key: Arc<str>,
        /// ARN of the session.
        session: Arc<str>,
        /// ARN of the role; empty for `GetSessionToken`.
        role: Arc<str>,
        /// The other account's record of the call carries it too.
        shared: Option<Box<str>>,
        /// The call: `AssumeRole`, `GetFederationToken` …
        call: Arc<str>,
        /// The record does not tell the key: it is that of the one session of this ARN that began then.
        by_time: bool,
    },
    /// A long-term key was made.
    KeyMade { key: Arc<str>, user: Arc<str> },
    /// A password for the console was made or changed.
    PasswordMade { user: Arc<str> },
    /// A URL was made that opens an application as somebody else, or a remote session.
    Presigned {
        /// Name of the profile, space or notebook.
        target: Arc<str>,
        /// Domain, where there is one.
        domain: Arc<str>,
        /// Seconds for which the session may last.
        lasts: i64,
    },
    /// A role was given to a resource, or the resource that runs as a role was changed or started.
    RoleGiven {
        /// Name of the resource.
        resource: Arc<str>,
        /// ARN of the role; empty when the call does not name it.
        role: Arc<str>,
        /// `sagemaker:CreateNotebookInstance`.
        call: Arc<str>,
    },
    /// Who may assume a role was changed.
    TrustChanged {
        /// Name of the role.
        role: Arc<str>,
        /// Accounts that the document names.
        accounts: Vec<Arc<str>>,
    },
    /// A user profile and the role of its applications.
    Profile {
        domain: Arc<str>,
        profile: Arc<str>,
        role: Arc<str>,
    },
    /// An application was started or stopped.
    App {
        domain: Arc<str>,
        profile: Arc<str>,
        started: bool,
    },
    /// A notebook was stopped or deleted.
    Stopped { resource: Arc<str> },
    /// What a trail records was changed.
    TrailChanged { call: Arc<str> },
}
