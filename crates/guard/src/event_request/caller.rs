//! Who made the call, from `userIdentity`.

use rempart_policy::{Principal, PrincipalFacts};
use rempart_trail::identity::{Identity, IdentityKind};
use rempart_trail::record::Record;

/// What kind of credentials a call was made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Credentials {
    /// An access key of a user, or the root user's
    LongTerm,
    /// A session's
    Temporary,
    /// The record does not tell
    Unknown,
}

/// The caller.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) principal: Principal,
    pub(super) facts: PrincipalFacts,
    pub(super) credentials: Credentials,
    /// A service calls with its own name, not with a role.
    pub(super) is_service: bool,
    /// A user's own keys or session, not a role's.
    pub(super) is_user: bool,
    /// `aws:userid`
    pub(super) user_id: Option<String>,
}

impl Caller {
    /// The caller; `None` where the record does not name one that policies know.
    pub(super) fn of(record: &Record<'_>) -> Option<Self> {
        let identity = Identity::of(record);
        let kind = identity.kind();
        let principal = principal(&identity, &kind)?;
        let is_service = matches!(principal, Principal::Service { .. });
        let is_user = matches!(
            principal,
            Principal::User { .. } | Principal::Root { .. } | Principal::FederatedUser { .. }
        );
        let principal_id = identity.principal_id().map(|id| id.into_owned());
        let unique_id = match principal {
            Principal::User { .. } | Principal::Role { .. } | Principal::RoleSession { .. } => {
                principal_id
                    .as_deref()
                    .and_then(|id| id.split(':').next())
                    .filter(|id| id.starts_with('A'))
                    .map(Into::into)
            }
            _ => None,
        };
        Some(Self {
            facts: PrincipalFacts {
                unique_id,
                ..PrincipalFacts::default()
            },
            credentials: credentials(&identity, &principal),
            is_service,
            is_user,
            user_id: principal_id,
            principal,
        })
    }
}

fn principal(identity: &Identity<'_>, kind: &IdentityKind) -> Option<Principal> {
    match kind {
        IdentityKind::AwsService => Principal::parse(&identity.invoked_by()?).ok(),
        IdentityKind::SamlUser | IdentityKind::WebIdentityUser => {
            let provider = identity.identity_provider()?;
            let parsed = Principal::parse(&provider).ok()?;
            matches!(parsed, Principal::Provider { .. }).then_some(parsed)
        }
        IdentityKind::AwsAccount => match identity.account_id().as_deref() {
            Some("ANONYMOUS_PRINCIPAL" | "anonymous") => Some(Principal::Anonymous),
            // A foreign account: which of its principals called is not told.
            _ => None,
        },
        IdentityKind::Root
        | IdentityKind::IamUser
        | IdentityKind::AssumedRole
        | IdentityKind::Role
        | IdentityKind::FederatedUser => named(identity),
        IdentityKind::Directory
        | IdentityKind::IdentityCenterUser
        | IdentityKind::UnknownToCloudTrail
        | IdentityKind::Unknown(_)
        | IdentityKind::Absent => None,
    }
}

fn named(identity: &Identity<'_>) -> Option<Principal> {
    let issuer = identity.session_issuer().and_then(|issuer| issuer.arn());
    let arn = match identity.arn() {
        Some(arn) => arn,
        // The role without the name of the session.
        None => issuer.clone()?,
    };
    let parsed = Principal::parse(&arn).ok()?;
    Some(match parsed {
        Principal::RoleSession {
            arn,
            account,
            role_name,
            ..
        } => Principal::RoleSession {
            // The issuer's ARN has the path that the session's lacks.
            role_arn: issuer
                .filter(|issuer| is_role_named(issuer, &role_name))
                .map(|issuer| (*issuer).into()),
            arn,
            account,
            role_name,
        },
        Principal::FederatedUser { arn, account, .. } => Principal::FederatedUser {
            issuing_user: issuer
                .filter(|issuer| issuer.contains(":user/"))
                .map(|issuer| (*issuer).into()),
            arn,
            account,
        },
        Principal::Service { .. } | Principal::Provider { .. } | Principal::Anonymous => {
            return None;
        }
        other => other,
    })
}

fn is_role_named(arn: &str, name: &str) -> bool {
    arn.contains(":role/") && arn.rsplit('/').next() == Some(name)
}

fn credentials(identity: &Identity<'_>, principal: &Principal) -> Credentials {
    match principal {
        Principal::RoleSession { .. }
        | Principal::Role { .. }
        | Principal::FederatedUser { .. } => Credentials::Temporary,
        _ => match identity.access_key_id() {
            Some(key) if key.starts_with("ASIA") => Credentials::Temporary,
            Some(key) if key.starts_with("AKIA") => Credentials::LongTerm,
            _ if identity.session_context().is_some() => Credentials::Temporary,
            _ => Credentials::Unknown,
        },
    }
}
