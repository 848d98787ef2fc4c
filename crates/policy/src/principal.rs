//! Who makes a request.

use rempart_aws_model::AccountId;

/// The caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// An IAM user
    User {
        /// ARN with path
        arn: Box<str>,
        /// Its account
        account: AccountId,
    },
    /// Some session of an IAM role
    Role {
        /// ARN of the role, with path
        arn: Box<str>,
        /// Its account
        account: AccountId,
    },
    /// One session of an IAM role
    RoleSession {
        /// ARN of the session; it carries no path
        arn: Box<str>,
        /// Account of the role
        account: AccountId,
        /// Name of the role
        role_name: Box<str>,
        /// ARN of the role with its path, where known
        role_arn: Option<Box<str>>,
    },
    /// A session made by `GetFederationToken`
    FederatedUser {
        /// ARN of the session
        arn: Box<str>,
        /// Its account
        account: AccountId,
        /// ARN of the user who made it, where known
        issuing_user: Option<Box<str>>,
    },
    /// The root user of an account
    Root {
        /// `arn:<partition>:iam::<account>:root`
        arn: Box<str>,
        /// The account
        account: AccountId,
    },
    /// An AWS service
    Service {
        /// For example `sagemaker.amazonaws.com`
        name: Box<str>,
    },
    /// Somebody whom an identity provider vouches for, before a role is assumed
    Provider {
        /// ARN or name of the provider
        name: Box<str>,
    },
    /// Nobody signed the request
    Anonymous,
}

/// Why a text names no principal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no principal: {reason}")]
pub struct PrincipalError {
    text: String,
    reason: &'static str,
}

/// Providers of web identities that are no ARNs (IAM User Guide, "Available keys for AWS web identity
/// federation").
const WEB_PROVIDERS: [&str; 4] = [
    "accounts.google.com",
    "cognito-identity.amazonaws.com",
    "graph.facebook.com",
    "www.amazon.com",
];

impl Principal {
    /// Reads an ARN, a service name, a provider or `anonymous`.
    ///
    /// # Errors
    /// The text is none of these.
    pub fn parse(text: &str) -> Result<Self, PrincipalError> {
        let fail = |reason| PrincipalError {
            text: text.chars().take(120).collect(),
            reason,
        };
        if text == "anonymous" || text == "*" {
            return Ok(Self::Anonymous);
        }
        if WEB_PROVIDERS.contains(&text) {
            return Ok(Self::Provider { name: text.into() });
        }
        if !text.starts_with("arn:") {
            let is_service = [".amazonaws.com", ".amazonaws.com.cn", ".aws.internal"]
                .iter()
                .any(|suffix| text.ends_with(suffix));
            if is_service {
                return Ok(Self::Service { name: text.into() });
            }
            return Err(fail(
                "the ARN of a user, role, session or root user, a service or `anonymous` is needed",
            ));
        }
        let mut parts = text.splitn(6, ':').skip(2);
        let mut part = || parts.next().unwrap_or_default();
        let (service, _region, account, resource) = (part(), part(), part(), part());
        if resource.contains(['*', '?']) {
            return Err(fail("a request has one caller, not a pattern"));
        }
        let account = AccountId::parse(account)
            .map_err(|_| fail("its ARN names no account of twelve digits"))?;
        let arn = text.into();
        let (kind, name) = resource.split_once('/').unwrap_or((resource, ""));
        match (service, kind) {
            ("iam", "root") if name.is_empty() => Ok(Self::Root { arn, account }),
            (_, _) if name.is_empty() => Err(fail("its ARN names nobody")),
            ("iam", "user") => Ok(Self::User { arn, account }),
            ("iam", "role") => Ok(Self::Role { arn, account }),
            ("iam", "saml-provider" | "oidc-provider") => Ok(Self::Provider { name: arn }),
            ("sts", "federated-user") => Ok(Self::FederatedUser {
                arn,
                account,
                issuing_user: None,
            }),
            ("sts", "assumed-role") => {
                let Some((role_name, session)) = name.split_once('/') else {
                    return Err(fail(
                        "the ARN of a role session ends with the session's name",
                    ));
                };
                if role_name.is_empty() || session.is_empty() {
                    return Err(fail(
                        "the ARN of a role session ends with the session's name",
                    ));
                }
                let role_name = role_name.into();
                Ok(Self::RoleSession {
                    arn,
                    account,
                    role_name,
                    role_arn: None,
                })
            }
            _ => Err(fail(
                "only users, roles, sessions and the root user call AWS",
            )),
        }
    }

    /// The account, where the caller has one.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::User { account, .. }
            | Self::Role { account, .. }
            | Self::RoleSession { account, .. }
            | Self::FederatedUser { account, .. }
            | Self::Root { account, .. } => Some(*account),
            Self::Service { .. } | Self::Provider { .. } | Self::Anonymous => None,
        }
    }

    /// The ARN as given, or the name of a service or provider.
    pub fn as_str(&self) -> &str {
        match self {
            Self::User { arn, .. }
            | Self::Role { arn, .. }
            | Self::RoleSession { arn, .. }
            | Self::FederatedUser { arn, .. }
            | Self::Root { arn, .. } => arn,
            Self::Service { name } | Self::Provider { name } => name,
            Self::Anonymous => "anonymous",
        }
    }

    /// The partition of its ARN, where it has one.
    pub fn partition(&self) -> Option<&str> {
        self.account()?;
        self.as_str().split(':').nth(1)
    }

    /// Whether it is a session of a role, known by name or not.
    pub fn is_role(&self) -> bool {
        matches!(self, Self::Role { .. } | Self::RoleSession { .. })
    }

    /// Whether the caller's ARN shows a service-linked role: its path or its name.
    pub fn looks_service_linked(&self) -> bool {
        match self {
            Self::Role { arn, .. } => arn.contains(":role/aws-service-role/"),
            Self::RoleSession { role_name, .. } => role_name.starts_with("AWSServiceRoleFor"),
            _ => false,
        }
    }

    /// `aws:PrincipalArn`: the role's ARN for sessions of a role.
    pub fn principal_arn(&self) -> Option<String> {
        match self {
            Self::RoleSession {
                role_arn: Some(arn),
                ..
            } => Some(arn.to_string()),
            Self::RoleSession {
                account, role_name, ..
            } => {
                let partition = self.partition().unwrap_or("aws");
                Some(format!("arn:{partition}:iam::{account}:role/{role_name}"))
            }
            _ => self.account().map(|_| self.as_str().to_owned()),
        }
    }

    /// `aws:PrincipalType` (IAM User Guide, "AWS global condition context keys").
    pub fn principal_type(&self) -> Option<&'static str> {
        match self {
            Self::User { .. } => Some("User"),
            Self::Role { .. } | Self::RoleSession { .. } => Some("AssumedRole"),
            Self::FederatedUser { .. } => Some("FederatedUser"),
            Self::Root { .. } => Some("Account"),
            Self::Anonymous => Some("Anonymous"),
            Self::Service { .. } | Self::Provider { .. } => None,
        }
    }

    /// `aws:username`: the last part of a user's ARN.
    pub fn user_name(&self) -> Option<&str> {
        match self {
            Self::User { arn, .. } => arn.rsplit('/').next(),
            _ => None,
        }
    }
}
