//! Sets of principals, and in which form they name a caller.

use rempart_aws_model::AccountId;

use crate::document::{Effect, PrincipalElement, PrincipalType};
use crate::principal::Principal;
use crate::request::Request;
use crate::truth::Truth;

/// In which form a policy names the caller. The form decides which implicit denials still count
/// (IAM User Guide, "Policy evaluation for requests within a single account").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Forms {
    /// By its own ARN or id, or as everybody
    pub direct: Truth,
    /// By its role
    pub role: Truth,
    /// By the user who made a federated session
    pub issuer: Truth,
    /// By its account
    pub account: Truth,
}

impl Forms {
    const ALL: Self = Self {
        direct: Truth::True,
        role: Truth::False,
        issuer: Truth::False,
        account: Truth::False,
    };

    /// Whether the caller is named in any form.
    pub fn any(self) -> Truth {
        self.direct.or(self.role).or(self.issuer).or(self.account)
    }

    /// Each form where both hold.
    #[must_use]
    pub fn and(self, truth: Truth) -> Self {
        Self {
            direct: self.direct.and(truth),
            role: self.role.and(truth),
            issuer: self.issuer.and(truth),
            account: self.account.and(truth),
        }
    }

    /// Each form where one holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            direct: self.direct.or(other.direct),
            role: self.role.or(other.role),
            issuer: self.issuer.or(other.issuer),
            account: self.account.or(other.account),
        }
    }
}

#[derive(Debug)]
pub(crate) struct PrincipalSet {
    negated: bool,
    entries: Box<[Entry]>,
}

/// One entry of a principal element or of a KMS grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    /// `*`
    Everyone,
    /// `{"Service": "*"}`
    EveryService,
    /// `{"Federated": "*"}`
    EveryProvider,
    /// An account
    Account(AccountId),
    /// A user, by ARN
    User(Box<str>),
    /// A role: ARN, account, name
    Role(Box<str>, AccountId, Box<str>),
    /// A role session or federated session, by ARN
    Session(Box<str>),
    /// A unique id
    UniqueId(Box<str>),
    /// A service
    Service(Box<str>),
    /// An identity provider
    Provider(Box<str>),
    /// The S3 id of an account
    CanonicalUser,
    /// Nobody we know a way to be
    Nobody,
}

impl Entry {
    pub(crate) fn new(kind: PrincipalType, text: &str) -> Self {
        match (kind, text) {
            (PrincipalType::Everyone | PrincipalType::Aws, "*") => Self::Everyone,
            (PrincipalType::Service, "*") => Self::EveryService,
            (PrincipalType::Federated, "*") => Self::EveryProvider,
            (PrincipalType::Service, name) => Self::Service(name.to_ascii_lowercase().into()),
            (PrincipalType::Federated, name) => Self::Provider(name.into()),
            (PrincipalType::CanonicalUser, _) => Self::CanonicalUser,
            (PrincipalType::Everyone | PrincipalType::Aws, text) => Self::aws(text),
        }
    }

    /// An account id, ARN or unique id.
    pub(crate) fn aws(text: &str) -> Self {
        if let Ok(account) = AccountId::parse(text) {
            return Self::Account(account);
        }
        if !text.starts_with("arn:") {
            return Self::UniqueId(text.into());
        }
        match Principal::parse(text) {
            Ok(Principal::Root { account, .. }) => Self::Account(account),
            Ok(Principal::User { arn, .. }) => Self::User(arn),
            Ok(Principal::Role { arn, account }) => {
                let name = arn.rsplit('/').next().unwrap_or_default().into();
                Self::Role(arn, account, name)
            }
            Ok(Principal::RoleSession { arn, .. } | Principal::FederatedUser { arn, .. }) => {
                Self::Session(arn)
            }
            _ => Self::Nobody,
        }
    }

    /// In which form the entry names the caller.
    pub(crate) fn forms(&self, request: &Request) -> Forms {
        let direct = |truth: Truth| Forms {
            direct: truth,
            ..Forms::default()
        };
        let principal = request.principal();
        match self {
            Self::Everyone => Forms::ALL,
            Self::EveryService => direct(matches!(principal, Principal::Service { .. }).into()),
            Self::EveryProvider => direct(matches!(principal, Principal::Provider { .. }).into()),
            Self::Account(account) => {
                let is_in = Truth::from(principal.account() == Some(*account));
                match principal {
                    Principal::Root { .. } => direct(is_in),
                    _ => Forms {
                        account: is_in,
                        ..Forms::default()
                    },
                }
            }
            Self::User(arn) => match principal {
                Principal::User { arn: caller, .. } => direct((arn == caller).into()),
                Principal::FederatedUser {
                    account,
                    issuing_user,
                    ..
                } => {
                    let issuer = match issuing_user {
                        Some(issuer) => Truth::from(issuer == arn),
                        None if arn.contains(account.as_str()) => Truth::Unknown,
                        None => Truth::False,
                    };
                    Forms {
                        issuer,
                        ..Forms::default()
                    }
                }
                _ => Forms::default(),
            },
            Self::Role(arn, account, name) => {
                let is_of_role = match principal {
                    Principal::Role { arn: caller, .. } => arn == caller,
                    Principal::RoleSession {
                        role_arn: Some(role),
                        ..
                    } => arn == role,
                    Principal::RoleSession {
                        account: of_caller,
                        role_name,
                        ..
                    } => account == of_caller && name == role_name,
                    _ => false,
                };
                Forms {
                    role: is_of_role.into(),
                    ..Forms::default()
                }
            }
            Self::Session(arn) => direct(session(arn, principal)),
            Self::UniqueId(id) => {
                // An id that no fact names belongs to nobody: AWS shows it when its owner is gone.
                let is_id = Truth::from(request.unique_id() == Some(&**id));
                if principal.is_role() {
                    Forms {
                        role: is_id,
                        ..Forms::default()
                    }
                } else {
                    direct(is_id)
                }
            }
            Self::Service(name) => direct(Truth::from(
                matches!(principal, Principal::Service { name: caller } if caller.eq_ignore_ascii_case(name)),
            )),
            Self::Provider(name) => direct(Truth::from(
                matches!(principal, Principal::Provider { name: caller } if caller == name),
            )),
            // Which account has this id is not in the request.
            Self::CanonicalUser => Forms {
                account: match principal.account() {
                    Some(_) => Truth::Unknown,
                    None => Truth::False,
                },
                ..Forms::default()
            },
            Self::Nobody => Forms::default(),
        }
    }
}

/// Whether the caller is the session of this ARN. A role given without a session may be it.
fn session(arn: &str, principal: &Principal) -> Truth {
    match principal {
        Principal::RoleSession { arn: caller, .. }
        | Principal::FederatedUser { arn: caller, .. } => (**caller == *arn).into(),
        Principal::Role { arn: role, account } => {
            let name = role.rsplit('/').next().unwrap_or_default();
            let of_role = format!(":{account}:assumed-role/{name}/");
            if arn.contains(&of_role) {
                Truth::Unknown
            } else {
                Truth::False
            }
        }
        _ => Truth::False,
    }
}

impl PrincipalSet {
    pub(crate) fn new(element: &PrincipalElement) -> Self {
        let entries = element.entries.iter();
        Self {
            negated: element.negated,
            entries: entries
                .map(|(kind, value)| Entry::new(*kind, &value.text))
                .collect(),
        }
    }

    /// In which forms the element names the caller.
    pub(crate) fn forms(&self, request: &Request, effect: Effect, has_boundary: Truth) -> Forms {
        let mut listed = Forms::default();
        for entry in &self.entries {
            listed = listed.or(entry.forms(request));
        }
        if !self.negated {
            return listed;
        }
        let mut truth = self.outside(request, listed);
        if effect == Effect::Deny {
            // A principal with a boundary is always denied (IAM User Guide, "NotPrincipal").
            truth = truth.or(has_boundary);
        }
        Forms {
            direct: truth,
            ..Forms::default()
        }
    }

    /// Whether a `NotPrincipal` list leaves the caller outside. AWS may compare account, role and
    /// session one after the other, so a list that names only some of them is not decided.
    fn outside(&self, request: &Request, listed: Forms) -> Truth {
        if listed.any().is_false() {
            return Truth::True;
        }
        if self.entries.contains(&Entry::Everyone) {
            return Truth::False;
        }
        let by_account = listed.account.is_true();
        let is_whole = match request.principal() {
            Principal::User { .. } | Principal::FederatedUser { .. } => {
                listed.direct.is_true() && by_account
            }
            Principal::Role { .. } | Principal::RoleSession { .. } => {
                listed.direct.is_true() && listed.role.is_true() && by_account
            }
            Principal::Root { .. }
            | Principal::Service { .. }
            | Principal::Provider { .. }
            | Principal::Anonymous => listed.direct.is_true(),
        };
        if is_whole {
            Truth::False
        } else {
            Truth::Unknown
        }
    }
}
