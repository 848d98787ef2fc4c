//! Which key a `KeyId` means.

use std::sync::Arc;

use rempart_aws_model::{AccountId, Arn};
use rempart_aws_wire::ServiceError;
use rempart_policy::Principal;
use uuid::Uuid;

use super::BuiltinKms;
use super::authorise::Cx;
use super::key::Key;

/// A key, and the alias by which the request names it.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) key: Arc<Key>,
    pub(super) alias: Option<String>,
}

fn not_found(message: impl Into<String>) -> ServiceError {
    ServiceError::new("NotFoundException", message)
}

impl BuiltinKms {
    /// The account in whose name a caller acts. Services have one of their own.
    pub(super) fn account_of(&self, cx: &Cx<'_>) -> AccountId {
        let caller = cx.requester.caller;
        let of_principal = caller.account.or_else(|| caller.principal.account());
        of_principal.unwrap_or(self.settings.service_account)
    }

    pub(super) fn key_arn(&self, account: AccountId, id: &str) -> String {
        let (partition, region) = (&self.settings.partition, &self.settings.region);
        format!("arn:{partition}:kms:{region}:{account}:key/{id}")
    }

    pub(super) fn alias_arn(&self, account: AccountId, alias: &str) -> String {
        let (partition, region) = (&self.settings.partition, &self.settings.region);
        format!("arn:{partition}:kms:{region}:{account}:{alias}")
    }

    /// The key that a text names: an id, a key ARN, an alias or an alias ARN. A key of another account
    /// that the operation cannot use, or that does not exist, is denied, so that nothing is told of it.
    pub(super) fn resolve(&self, cx: &mut Cx<'_>, text: &str) -> Result<Named, ServiceError> {
        let named = self.resolve_quietly(cx, text)?;
        cx.names(&named.key);
        Ok(named)
    }

    /// The same, without a note for the record.
    pub(super) fn resolve_quietly(&self, cx: &Cx<'_>, text: &str) -> Result<Named, ServiceError> {
        let own = self.account_of(cx);
        if !text.starts_with("arn:") {
            return if text.starts_with("alias/") {
                self.by_alias(cx, own, text)
            } else {
                self.by_id(cx, own, text)
            };
        }
        let malformed = || {
            let message = format!("Invalid arn {}", text.chars().take(120).collect::<String>());
            if cx.operation.names_invalid_arn {
                ServiceError::new("InvalidArnException", message)
            } else {
                not_found(message)
            }
        };
        let arn = Arn::parse(text).map_err(|_| malformed())?;
        let account = arn.account_id().ok_or_else(malformed)?;
        if arn.service() != "kms" || arn.partition() != &*self.settings.partition {
            return Err(malformed());
        }
        if arn.region() != &*self.settings.region {
            return Err(not_found(format!("Invalid arn {}", arn.region())));
        }
        let named = if account != own && !cx.operation.crosses {
            Err(not_found(""))
        } else if arn.resource().starts_with("alias/") {
            self.by_alias(cx, account, arn.resource())
        } else if let Some(id) = arn.resource().strip_prefix("key/") {
            self.by_id(cx, account, id)
        } else {
            return Err(malformed());
        };
        match named {
            Err(_) if account != own => Err(unseen(&cx.requester.caller.principal, cx, text)),
            other => other,
        }
    }

    fn by_id(&self, cx: &Cx<'_>, account: AccountId, id: &str) -> Result<Named, ServiceError> {
        let missing = || {
            let shown: String = id.chars().take(120).collect();
            not_found(format!(
                "Key '{}' does not exist",
                self.key_arn(account, &shown)
            ))
        };
        let bytes = Uuid::try_parse(id).map_err(|_| missing())?.into_bytes();
        let keys = self.keys();
        match keys.get(&bytes) {
            // The id must be written as it is: other spellings of the UUID are other texts to policies.
            Some(key)
                if key.account == account && key.meta.id == id && !key.meta.is_gone(cx.now) =>
            {
                Ok(Named {
                    key: Arc::clone(key),
                    alias: None,
                })
            }
            _ => Err(missing()),
        }
    }

    fn by_alias(
        &self,
        cx: &Cx<'_>,
        account: AccountId,
        alias: &str,
    ) -> Result<Named, ServiceError> {
        let find = || {
            let keys = self.keys();
            keys.by_alias(account, alias)
                .filter(|key| !key.meta.is_gone(cx.now))
                .cloned()
        };
        let found = match find() {
            None => self.managed_key(cx, account, alias)?,
            found => found,
        };
        match found {
            Some(key) => Ok(Named {
                key,
                alias: Some(alias.to_owned()),
            }),
            None => {
                let shown: String = alias.chars().take(256).collect();
                let arn = self.alias_arn(account, &shown);
                Err(not_found(format!("Alias {arn} is not found.")))
            }
        }
    }
}

/// The denial for a key of another account that is not there or cannot be used so.
fn unseen(principal: &Principal, cx: &Cx<'_>, arn: &str) -> ServiceError {
    let message = format!(
        "User: {} is not authorized to perform: kms:{} on resource: {arn} because the resource does \
         not exist in this Region, no resource-based policies allow access, or a resource-based policy \
         explicitly denies access",
        principal.as_str(),
        cx.operation.name,
    );
    ServiceError::new("AccessDeniedException", message)
}
