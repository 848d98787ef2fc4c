//! What goes in and what comes out.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use rempart_estate::Estate;
use rempart_policy::account::Inventory;
use rempart_policy::{StatementRef, Unresolved};
use serde::Serialize;
use serde_json::Value;

/// What is known of the accounts.
#[derive(Clone, Debug, Default)]
pub struct World<'a> {
    /// Snapshots with the time at which they were taken.
    pub estates: Vec<(&'a Estate, Timestamp)>,
    /// Policies that a user gives as files. They fill in what the snapshots do not have, and are taken
    /// as in force all the time.
    pub inventory: Option<&'a Inventory>,
    /// Logged changes of policies, in any order.
    pub changes: Vec<PolicyChange>,
}

/// A logged successful write that changed who may do what.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyChange {
    /// When.
    pub time: Timestamp,
    /// Id of the record.
    pub evidence: String,
    /// For example `iam.amazonaws.com`.
    pub event_source: String,
    /// For example `PutRolePolicy`.
    pub event_name: String,
    /// `requestParameters`.
    pub request: Value,
    /// `responseElements`.
    pub response: Value,
    /// The account in which it happened.
    pub account: String,
    /// Region.
    pub region: String,
}

/// Somebody whose reach is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspect {
    /// ARN of a user, role, session or root user.
    pub arn: String,
    /// Name of the session, for `aws:userid`.
    pub session_name: Option<String>,
    /// Session policies given when the session was made, as JSON.
    pub session_policies: Vec<String>,
    /// ARNs of managed policies given as session policies.
    pub policy_arns: Vec<String>,
    /// Session tags.
    pub session_tags: Vec<(String, String)>,
    /// Source identity.
    pub source_identity: Option<String>,
    /// Whether the session was made with MFA.
    pub mfa: Option<bool>,
    /// Address from which it was used.
    pub source_ip: Option<String>,
    /// VPC endpoint through which it was used.
    pub vpce: Option<String>,
    /// Provider of a federated subject, with the keys that it vouches for (`…:sub`, `saml:aud`).
    pub federated: Option<Federated>,
    /// First bad event.
    pub from: Timestamp,
    /// Containment, or the end of the logs.
    pub to: Timestamp,
}

impl Suspect {
    /// A suspect of which nothing but its ARN and its time are known.
    pub fn new(arn: impl Into<String>, from: Timestamp, to: Timestamp) -> Self {
        Self {
            arn: arn.into(),
            session_name: None,
            session_policies: Vec::new(),
            policy_arns: Vec::new(),
            session_tags: Vec::new(),
            source_identity: None,
            mfa: None,
            source_ip: None,
            vpce: None,
            federated: None,
            from,
            to,
        }
    }
}

/// A subject for which an identity provider vouches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Federated {
    /// ARN of the SAML or OIDC provider, or its name (`accounts.google.com`).
    pub provider: String,
    /// Condition keys and their values.
    pub keys: Vec<(String, String)>,
}

/// What became of a logged call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoggedOutcome {
    /// It went through.
    Succeeded,
    /// AWS denied it.
    Denied,
    /// It failed otherwise.
    Failed,
}

/// A logged call of a suspect or of an identity that it gained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// When.
    pub time: Timestamp,
    /// Id of the record.
    pub evidence: String,
    /// ARN of the caller: user, role or session.
    pub principal: String,
    /// IAM action, `sagemaker:CreateModel`.
    pub action: String,
    /// ARNs of what it was about; empty for actions without resource. `*` in one stands for what the
    /// record does not tell (the end of a secret's ARN); users and roles may be named without their
    /// path.
    pub resources: Vec<String>,
    /// What became of it.
    pub outcome: LoggedOutcome,
}

/// Bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Threads.
    pub threads: usize,
    /// Most rows that are kept, those that matter most first.
    pub most_rows: usize,
    /// Most identities that are followed.
    pub most_identities: usize,
    /// Most moments at which policies changed that are looked at one by one.
    pub most_moments: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            threads: 2,
            most_rows: 200_000,
            most_identities: 2_000,
            most_moments: 64,
        }
    }
}

/// How far a resource is from an identity. The order is from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Label {
    /// Denied: the layer and its statements say why.
    NotReachable,
    /// It was tried and AWS denied it.
    AttemptedDenied,
    /// It cannot be told.
    Unknown,
    /// Allowed if the conditions hold.
    ReachableIf,
    /// Allowed.
    Reachable,
    /// A logged success.
    Reached,
}

impl Label {
    /// Name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotReachable => "not-reachable",
            Self::AttemptedDenied => "attempted-denied",
            Self::Unknown => "unknown",
            Self::ReachableIf => "reachable-if",
            Self::Reachable => "reachable",
            Self::Reached => "reached",
        }
    }
}

/// How certain it is that an identity was gained. The order is from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gained {
    /// Under conditions that can be satisfied.
    PossibleIf,
    /// The policies allowed it.
    Possible,
    /// It is a suspect, or records show the step.
    Observed,
}

/// How an identity leads to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// Named as suspect.
    Suspect,
    /// `sts:AssumeRole`.
    AssumeRole,
    /// `sts:AssumeRoleWithSAML`, `sts:AssumeRoleWithWebIdentity`.
    Federation,
    /// A role passed to new compute.
    PassRole,
    /// Code on compute that exists.
    CodeOnCompute,
    /// A policy of the identity itself, its boundary or its groups.
    PolicyChange,
    /// The trust policy of a role.
    TrustChange,
    /// An access key or a password.
    Credential,
}

/// Something on which an answer depends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Condition {
    /// A condition key, with the values that allow it.
    Key {
        /// The key.
        key: Unresolved,
    },
    /// A policy that was not collected and may deny it.
    Policy {
        /// What is missing.
        what: String,
        /// The permission that collects it.
        permission: String,
    },
    /// Something else that has to be so; a code for texts.
    Circumstance {
        /// `next-start`, `next-pull`, `what-the-service-does`, `identity-possible-if`,
        /// `policy-write-conditional`.
        code: &'static str,
    },
}

/// One decision of the engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Proof {
    /// The action.
    pub action: Arc<str>,
    /// The resource for which it was decided; of a part of a bucket, an example in it.
    pub resource: Arc<str>,
    /// `Allowed`, `ExplicitlyDenied`, `ImplicitlyDenied`, `Unsupported`, `NoStatement`.
    pub decision: &'static str,
    /// The layer that decides.
    pub layer: Option<&'static str>,
    /// The statements behind it.
    pub statements: Vec<StatementRef>,
    /// Why it cannot be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A step from one identity to another, or to a stronger form of the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// The technique.
    pub kind: StepKind,
    /// The actions that it takes.
    pub actions: Vec<String>,
    /// From which identity; empty for a suspect.
    pub from: String,
    /// To which.
    pub to: String,
    /// Through which resource, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through: Option<String>,
    /// Whether it was possible, or seen.
    pub label: Gained,
    /// The decisions.
    pub proofs: Vec<Proof>,
    /// On what it depends.
    pub conditions: Vec<Condition>,
    /// Records that show it, or changes that made it possible.
    pub evidence: Vec<String>,
    /// Since when (RFC 3339).
    pub first_at: String,
}

/// An identity that a suspect is, or could gain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// Number of the identity, for rows.
    pub number: usize,
    /// ARN of the user or role. A session counts as its role.
    pub arn: String,
    /// ARN of the session, of a suspect whose session has limits or facts of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// What it changed about itself first: `any-policy`, `no-boundary`, ARNs of groups that it joined.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<String>,
    /// The steps from a suspect, in order.
    pub how: Vec<Step>,
    /// How certain.
    pub label: Gained,
    /// Since when (RFC 3339).
    pub first_at: String,
}

/// Actions of one identity on one resource with one answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// ARN, `*` for actions without resource, a part of a bucket (`arn:aws:s3:::b/train/*`).
    pub resource: Arc<str>,
    /// Kind, `AWS::S3::Bucket`; `S3:Object` for objects; `new` for what does not exist yet.
    pub kind: Arc<str>,
    /// Account of the resource, where known.
    pub account: Option<Arc<str>>,
    /// Actions with their service, or the one data gate.
    pub actions: Arc<[Arc<str>]>,
    /// Name of the data gate: `object-read`, `object-write`, `secret-value`, `parameter-value`,
    /// `feature-read`, `feature-write`, `offline-features`, `image-pull`, `model-artifact`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate: Option<&'static str>,
    /// Number of the identity in [`Reach::identities`].
    pub identity: usize,
    /// The answer.
    pub label: Label,
    /// On what it depends.
    pub conditions: Arc<[Condition]>,
    /// The decision, of a gate one for each half.
    pub proofs: Arc<[Proof]>,
    /// The policy of the resource that had to be changed first: the action that changes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<&'static str>,
    /// Since when (RFC 3339).
    pub first_at: Arc<str>,
    /// Records.
    pub evidence: Vec<String>,
}

/// The most that can be said of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The resource.
    pub resource: Arc<str>,
    /// Its kind.
    pub kind: Arc<str>,
    /// The strongest label.
    pub label: Label,
    /// The identity with the shortest way.
    pub identity: usize,
    /// Number of steps to it.
    pub steps: usize,
    /// The actions of the row, or the gate.
    pub actions: Arc<[Arc<str>]>,
    /// The data gate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate: Option<&'static str>,
    /// Since when.
    pub first_at: Arc<str>,
}

/// Something that would have to be known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Missing {
    /// What is missing.
    pub what: String,
    /// The permission that collects it, or the record that would tell.
    pub permission: String,
    /// Which answers it limits.
    pub limits: String,
}

/// Something that holds credentials of somebody else, perhaps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Lead {
    /// The secret or parameter.
    pub resource: Arc<str>,
    /// The identity that reads it.
    pub identity: usize,
    /// Whether it was read.
    pub label: Label,
}

/// When policies were read and which changes were laid over them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyTime {
    /// The account.
    pub account: String,
    /// Time of the snapshot (RFC 3339).
    pub snapshot: String,
    /// Whether it is older than the first bad event.
    pub is_before: bool,
    /// Changes laid over it, forward or backward in time.
    pub changes: usize,
}

/// How the engine compares with what AWS did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Agreement {
    /// Logged successes and denials on single resources that were decided again, with the policies of
    /// their time.
    pub compared: usize,
    /// Of these, those about which the engine cannot tell, or only under conditions.
    pub open: usize,
    /// Those that the engine decides otherwise, by time.
    pub disagreements: Vec<Disagreement>,
}

/// A logged call that the engine decides otherwise than AWS did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Disagreement {
    /// Id of the record.
    pub evidence: String,
    /// Number of the identity.
    pub identity: usize,
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// What AWS did.
    pub logged: LoggedOutcome,
    /// The decision.
    pub proof: Proof,
}

/// What was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LeftOut {
    /// Rows, by label.
    pub rows: BTreeMap<&'static str, usize>,
    /// Identities that were not followed.
    pub identities: usize,
    /// Moments that were looked at together with the one before.
    pub moments: usize,
    /// Parts of buckets that were not looked at one by one.
    pub parts: usize,
}

/// The blast radius.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reach {
    /// Suspects, then what they could gain, in the order in which it was found.
    pub identities: Vec<Identity>,
    /// Rows by label, the strongest first, then resource, identity and actions.
    pub rows: Vec<Row>,
    /// One line for each resource, by ARN.
    pub summary: Vec<Summary>,
    /// What to collect.
    pub unknown: Vec<Missing>,
    /// Secrets and parameters that may hold credentials.
    pub leads: Vec<Lead>,
    /// Of when the policies are.
    pub policies_as_of: Vec<PolicyTime>,
    /// Moments at which policies were looked at (RFC 3339).
    pub moments: Vec<String>,
    /// Logged changes that could not be understood: evidence id and reason.
    pub not_understood: Vec<(String, String)>,
    /// How the engine compares with the records.
    pub agreement: Agreement,
    /// What bounds left out.
    pub left_out: LeftOut,
}
