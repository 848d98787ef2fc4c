//! Credentials, who was behind them, and how they hang together.

use rempart_locale::Text;
use serde::{Deserialize, Serialize};

use super::Certainty;

/// What sort of credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionKind {
    /// A long-term key of a user, or the temporary one of `GetSessionToken`.
    UserKey,
    /// A person at the console.
    Console,
    /// The root user.
    Root,
    /// A session of a role.
    Role,
    /// A session that SageMaker made for an execution role.
    Sagemaker,
    /// A session of Identity Center (`AWSReservedSSO_…`) or of another identity provider.
    Federated,
    /// `GetFederationToken`.
    FederatedUser,
    /// A service on its own behalf.
    Service,
    /// A caller of another account, of which only the account is known.
    ForeignAccount,
    /// Nothing is told.
    Unknown,
}

/// Something seen of a credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// An address or a user agent.
    pub value: String,
    /// First and last time (RFC 3339).
    pub first: String,
    /// See `first`.
    pub last: String,
    /// Events with it.
    pub events: u64,
    /// The principal was never seen with it before the session, in logs that go back far enough.
    pub new: bool,
}

/// Something to note about a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// What.
    pub text: Text,
    /// How certain.
    pub certainty: Certainty,
    /// Evidence ids.
    pub evidence: Vec<String>,
}

/// Somebody who may be behind a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonCandidate {
    /// A user's ARN, an Identity Center user id, a federated subject, a user profile's ARN.
    pub name: String,
    /// Why.
    pub why: Text,
    /// Evidence ids.
    pub evidence: Vec<String>,
}

/// Who is behind a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribution {
    /// `on-behalf-of`, `source-identity`, `mint-chain`, `session-name`, `presigned-url`, `tags`,
    /// `candidates`, `none`: what it rests on, see `attribution-<basis>` in the messages.
    pub basis: String,
    /// How certain.
    pub certainty: Certainty,
    /// The person, or everybody whom the logs allow. Empty: the logs do not tell.
    pub people: Vec<PersonCandidate>,
    /// Whose credential it is does not tell who used it: said when the use is held to be a theft.
    pub stolen: bool,
}

/// A credential in scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// `s1`, `s2` … by first event.
    pub id: String,
    /// The access key id, or what stands for it (`arn@address`, an account, a service).
    pub key: String,
    /// What sort.
    pub kind: SessionKind,
    /// ARN of the caller; the name of a service.
    pub principal: String,
    /// `principalId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal_id: Option<String>,
    /// A short name for people: `user contractor`, `SageMaker-ExecutionRole-MLOps/SageMaker`.
    pub label: String,
    /// Account of the principal.
    pub account: String,
    /// ARN of the role that issued it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// `sourceIdentity`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_identity: Option<String>,
    /// Whether a second factor was used at its beginning, as the records say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mfa: Option<bool>,
    /// First and last event (RFC 3339).
    pub first: String,
    /// See `first`.
    pub last: String,
    /// Events, and those that were denied or failed.
    pub events: u64,
    /// See `events`.
    pub failed: u64,
    /// Source addresses.
    pub addresses: Vec<Seen>,
    /// User agents. The client chooses them.
    pub agents: Vec<Seen>,
    /// Who is behind it.
    pub attribution: Attribution,
    /// What stands out.
    pub marks: Vec<Mark>,
    /// Whether the whole session is held to be the intruder's; else only what stands in the timeline.
    pub hostile: bool,
    /// Which link brought it into scope.
    pub in_scope: Text,
}

/// How one thing led to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkKind {
    /// A session was made with a credential (AssumeRole and the like).
    Minted,
    /// A key or password was made for somebody else.
    Created,
    /// A URL was made that opens a session as somebody else.
    Presigned,
    /// A role was given to a resource.
    Passed,
    /// A resource was made or changed, and its role then acted.
    RunsAs,
    /// The same call, recorded twice.
    SameCall,
    /// The same address. Weak: it never brings anything into scope by itself.
    SameAddress,
}

/// An edge of the graph of sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Session id, or the ARN of a person, user, role, resource or account.
    pub from: String,
    /// See `from`.
    pub to: String,
    /// What sort.
    pub kind: LinkKind,
    /// When (RFC 3339).
    pub time: String,
    /// In words.
    pub text: Text,
    /// How certain.
    pub certainty: Certainty,
    /// Evidence ids.
    pub evidence: Vec<String>,
}
