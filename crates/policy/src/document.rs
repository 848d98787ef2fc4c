//! The policy document as written: every element with its position.

use std::fmt;
use std::sync::Arc;

use crate::json::Position;

/// What a policy is attached to. It decides which elements AWS accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyKind {
    /// Attached to a user, group or role
    Identity,
    /// Attached to a resource: bucket, queue, secret, model package group…
    Resource,
    /// Service control policy
    ServiceControl,
    /// Resource control policy
    ResourceControl,
    /// Permissions boundary of a user or role
    PermissionsBoundary,
    /// Passed when a session is made
    Session,
    /// Attached to a VPC endpoint
    VpcEndpoint,
    /// Says who may assume a role
    RoleTrust,
    /// Key policy of a KMS key
    KmsKey,
}

impl PolicyKind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::Identity,
        Self::Resource,
        Self::ServiceControl,
        Self::ResourceControl,
        Self::PermissionsBoundary,
        Self::Session,
        Self::VpcEndpoint,
        Self::RoleTrust,
        Self::KmsKey,
    ];

    /// Name on the command line and in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Resource => "resource",
            Self::ServiceControl => "scp",
            Self::ResourceControl => "rcp",
            Self::PermissionsBoundary => "boundary",
            Self::Session => "session",
            Self::VpcEndpoint => "endpoint",
            Self::RoleTrust => "trust",
            Self::KmsKey => "key",
        }
    }

    /// The kind of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether IAM or Organizations keep it, not the service of a resource. They are stricter: every
    /// statement names a resource, and Sids hold letters and digits only.
    pub fn is_central(self) -> bool {
        matches!(
            self,
            Self::Identity
                | Self::ServiceControl
                | Self::ResourceControl
                | Self::PermissionsBoundary
                | Self::Session
        )
    }

    /// Whether statements name principals.
    pub fn has_principal(self) -> bool {
        !matches!(
            self,
            Self::Identity | Self::ServiceControl | Self::PermissionsBoundary | Self::Session
        )
    }
}

/// Version of the policy language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Version {
    /// `2008-10-17`, or none given: `${…}` is plain text
    #[default]
    V2008,
    /// `2012-10-17`: policy variables are active
    V2012,
}

/// A text and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned {
    /// The text.
    pub text: Arc<str>,
    /// Where it begins.
    pub position: Position,
}

/// A policy document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// What it was read as.
    pub kind: PolicyKind,
    /// Version of the language; `None` when the document states none.
    pub version: Option<Version>,
    /// The `Id` element.
    pub id: Option<Box<str>>,
    /// The statements, in order.
    pub statements: Vec<Statement>,
}

/// `Allow` or `Deny`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Lets a request through, unless something denies it
    Allow,
    /// Stops a request
    Deny,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Where it begins.
    pub position: Position,
    /// The `Sid` element.
    pub sid: Option<Spanned>,
    /// Effect.
    pub effect: Effect,
    /// `Principal` or `NotPrincipal`.
    pub principal: Option<PrincipalElement>,
    /// `Action` or `NotAction`.
    pub action: Patterns,
    /// `Resource` or `NotResource`; trust policies and some resource policies have none.
    pub resource: Option<Patterns>,
    /// The condition block: every entry must hold.
    pub conditions: Vec<ConditionEntry>,
}

/// A list of patterns, or everything outside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patterns {
    /// True for `NotAction` and `NotResource`.
    pub negated: bool,
    /// The patterns.
    pub values: Vec<Spanned>,
    /// Where the element begins.
    pub position: Position,
}

/// `Principal` or `NotPrincipal`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalElement {
    /// True for `NotPrincipal`.
    pub negated: bool,
    /// Type and value of each entry.
    pub entries: Vec<(PrincipalType, Spanned)>,
    /// Where the element begins.
    pub position: Position,
}

/// Type of an entry of `Principal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrincipalType {
    /// The bare string `"*"`
    Everyone,
    /// `AWS`
    Aws,
    /// `Service`
    Service,
    /// `Federated`
    Federated,
    /// `CanonicalUser`
    CanonicalUser,
}

/// One operator with one key of a condition block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionEntry {
    /// The operator.
    pub operator: Operator,
    /// Where the operator stands.
    pub operator_position: Position,
    /// The condition key.
    pub key: Spanned,
    /// The values; numbers and booleans as written.
    pub values: Vec<Spanned>,
}

/// A condition operator with its qualifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Operator {
    /// `ForAllValues:` or `ForAnyValue:`.
    pub set: SetOperator,
    /// The comparison.
    pub base: BaseOperator,
    /// Whether `IfExists` is appended.
    pub if_exists: bool,
}

/// Set operator before the colon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SetOperator {
    /// No set operator
    None,
    /// `ForAllValues`
    ForAllValues,
    /// `ForAnyValue`
    ForAnyValue,
}

macro_rules! base_operators {
    ($($name:ident $negated:literal $family:ident;)*) => {
        /// The comparison of a condition operator (IAM User Guide, "IAM JSON policy elements:
        /// Condition operators").
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum BaseOperator {
            $(#[doc = stringify!($name)] $name),*
        }

        impl BaseOperator {
            /// All operators.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Name in policies.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            /// Whether it holds when no value matches.
            pub fn is_negated(self) -> bool {
                match self { $(Self::$name => $negated),* }
            }

            /// What it compares.
            pub fn family(self) -> Family {
                match self { $(Self::$name => Family::$family),* }
            }
        }
    };
}

base_operators! {
    StringEquals false String;
    StringNotEquals true String;
    StringEqualsIgnoreCase false String;
    StringNotEqualsIgnoreCase true String;
    StringLike false String;
    StringNotLike true String;
    NumericEquals false Numeric;
    NumericNotEquals true Numeric;
    NumericLessThan false Numeric;
    NumericLessThanEquals false Numeric;
    NumericGreaterThan false Numeric;
    NumericGreaterThanEquals false Numeric;
    DateEquals false Date;
    DateNotEquals true Date;
    DateLessThan false Date;
    DateLessThanEquals false Date;
    DateGreaterThan false Date;
    DateGreaterThanEquals false Date;
    Bool false Bool;
    BinaryEquals false Binary;
    IpAddress false Address;
    NotIpAddress true Address;
    ArnEquals false Arn;
    ArnNotEquals true Arn;
    ArnLike false Arn;
    ArnNotLike true Arn;
    Null false Null;
}

/// What an operator compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// Text
    String,
    /// Decimal numbers
    Numeric,
    /// Instants
    Date,
    /// `true` and `false`
    Bool,
    /// Bytes
    Binary,
    /// Addresses and ranges
    Address,
    /// ARNs, part by part
    Arn,
    /// Presence of the key
    Null,
}

impl Operator {
    /// Reads an operator as policies write it. AWS matches operator names exactly.
    pub fn parse(text: &str) -> Option<Self> {
        let (set, rest) = match text.split_once(':') {
            Some(("ForAllValues", rest)) => (SetOperator::ForAllValues, rest),
            Some(("ForAnyValue", rest)) => (SetOperator::ForAnyValue, rest),
            Some(_) => return None,
            None => (SetOperator::None, text),
        };
        let (name, if_exists) = match rest.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (rest, false),
        };
        let base = *BaseOperator::ALL.iter().find(|base| base.name() == name)?;
        // Presence is no value that could be compared one by one, nor be asked for if present.
        if base == BaseOperator::Null && (if_exists || set != SetOperator::None) {
            return None;
        }
        Some(Self {
            set,
            base,
            if_exists,
        })
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.set {
            SetOperator::None => "",
            SetOperator::ForAllValues => "ForAllValues:",
            SetOperator::ForAnyValue => "ForAnyValue:",
        })?;
        f.write_str(self.base.name())?;
        f.write_str(if self.if_exists { "IfExists" } else { "" })
    }
}

impl fmt::Display for PolicyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        })
    }
}
