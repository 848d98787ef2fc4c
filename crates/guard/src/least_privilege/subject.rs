//! The principal whose policy is made.

use rempart_aws_model::AccountId;
use rempart_policy::Principal;

/// A user or a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    principal: Principal,
    account: AccountId,
}

/// Why a text names no user or role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubjectError {
    /// It names no principal at all
    #[error(transparent)]
    Principal(#[from] rempart_policy::PrincipalError),
    /// It names something that identity policies are not attached to
    #[error(
        "`{0}` is no user or role: identity policies belong to users and roles, so give the role of a session"
    )]
    Kind(String),
}

impl Subject {
    /// Reads the ARN of a user or role, with its path.
    ///
    /// # Errors
    /// The text names neither.
    pub fn parse(arn: &str) -> Result<Self, SubjectError> {
        let principal = Principal::parse(arn)?;
        match principal {
            Principal::User { account, .. } | Principal::Role { account, .. } => {
                Ok(Self { principal, account })
            }
            _ => Err(SubjectError::Kind(arn.chars().take(120).collect())),
        }
    }

    /// The ARN.
    #[must_use]
    pub fn arn(&self) -> &str {
        self.principal.as_str()
    }

    /// The user or role.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// Its account.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// The partition of its account.
    pub(super) fn partition(&self) -> &str {
        self.principal.partition().unwrap_or("aws")
    }

    /// Whether a call of this caller needs the policies of the user or role: it is the user, somebody
    /// federated by it, or a session of the role.
    #[must_use]
    pub fn is_behind(&self, caller: &Principal) -> bool {
        match caller {
            Principal::User { arn, .. } | Principal::Role { arn, .. } => **arn == *self.arn(),
            Principal::FederatedUser { issuing_user, .. } => {
                issuing_user.as_deref() == Some(self.arn())
            }
            Principal::RoleSession {
                role_arn: Some(role),
                ..
            } => **role == *self.arn(),
            // Without the path only account and name are left; role names are unique in an account.
            Principal::RoleSession {
                account, role_name, ..
            } => {
                self.principal.is_role()
                    && *account == self.account
                    && caller.partition() == self.principal.partition()
                    && self.arn().rsplit('/').next() == Some(role_name)
            }
            _ => false,
        }
    }
}
