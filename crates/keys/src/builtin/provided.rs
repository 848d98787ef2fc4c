//! The built-in KMS as a provider.

use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use rempart_aws_model::AccountId;
use rempart_aws_wire::ServiceError;
use rempart_policy::{GrantConstraints, Particulars};
use zeroize::Zeroizing;

use super::authorise::{Ask, Cx};
use super::crypto::usable;
use super::describe::manager;
use super::events::Trace;
use super::grant_calls::{ask_to_create, ask_to_retire};
use super::grants::{GrantRecord, LiveGrant};
use super::key::Key;
use super::operation::Operation;
use super::{BuiltinKms, internal};
use crate::{
    DataKey, EncryptionContext, GeneratedKey, GrantRequest, GrantView, KeyView, Provider,
    Requester, Standing,
};

/// Id of a grant that is not there yet, in questions about it.
const NEW_GRANT: &str = "new";

fn operation(name: &str) -> Result<&'static Operation, ServiceError> {
    Operation::of_name(name).ok_or_else(|| internal("an operation is not known"))
}

fn allowed() -> Result<(), ServiceError> {
    Ok(())
}

fn data_key(plain: &Zeroizing<Vec<u8>>) -> Result<DataKey, ServiceError> {
    match <[u8; 32]>::try_from(plain.as_slice()) {
        Ok(key) => Ok(DataKey(Zeroizing::new(key))),
        Err(_) => Err(ServiceError::new(
            "InvalidCiphertextException",
            "the plaintext is no data key of 256 bits",
        )),
    }
}

/// Whether an action has an encryption context and needs key material.
pub(super) fn is_crypto(action: &str) -> bool {
    matches!(
        action,
        "Encrypt"
            | "Decrypt"
            | "GenerateDataKey"
            | "GenerateDataKeyWithoutPlaintext"
            | "ReEncryptFrom"
            | "ReEncryptTo"
    )
}

/// What is asked about an action without doing it. `account` acts, and would issue the grant.
pub(super) fn question<'a>(
    name: &str,
    context: &'a EncryptionContext,
    grant: Option<&'a GrantRequest>,
    account: AccountId,
    key: &Key,
    now: Timestamp,
) -> Ask<'a> {
    match (name, grant) {
        ("CreateGrant", Some(grant)) => ask_to_create(grant),
        ("CreateGrant", None) => Ask {
            particulars: Particulars {
                new_grant: Some(GrantConstraints::default()),
                ..Particulars::default()
            },
            ..Ask::default()
        },
        ("RetireGrant", Some(grant)) => {
            let record = GrantRecord {
                id: NEW_GRANT.to_owned(),
                created: now,
                issuing_account: account.as_str().to_owned(),
                key: key.meta.id.clone(),
                request: grant.clone(),
            };
            ask_to_retire(&LiveGrant::new(record))
        }
        _ => Ask {
            context: is_crypto(name).then_some(context),
            ..Ask::default()
        },
    }
}

impl Provider for BuiltinKms {
    fn revocation_bound(&self) -> Duration {
        Duration::ZERO
    }

    fn decides_locally(&self) -> bool {
        true
    }

    fn standing(&self) -> Option<Standing> {
        Some(Standing {
            keys: self.changes.load(Ordering::Acquire),
            directory: self.authorizer.generation()?,
        })
    }

    /// For `kms:RetireGrant`, `grant` is the grant that would be made: the answer says whether the
    /// requester could retire it.
    fn check(
        &self,
        requester: &Requester<'_>,
        action: &str,
        key: &str,
        context: &EncryptionContext,
        grant: Option<&GrantRequest>,
    ) -> Result<(), ServiceError> {
        let name = action.strip_prefix("kms:").unwrap_or(action);
        // The two halves of `ReEncrypt` are actions, not operations.
        let of_operation = match name {
            "ReEncryptFrom" | "ReEncryptTo" => "ReEncrypt",
            other => other,
        };
        let mut cx = Cx {
            requester,
            operation: operation(of_operation)?,
            now: requester.connection.time,
            trace: Trace::default(),
        };
        if matches!(
            name,
            "ListAliases" | "ListKeys" | "CreateKey" | "ListRetirableGrants"
        ) {
            let account = self.account_of(&cx);
            return self.authorise_bare(&mut cx, name, "*", account, Vec::new());
        }
        let named = self.resolve_quietly(&cx, key)?;
        if !requester.tokens.is_empty() {
            self.check_tokens(&cx)?;
        }
        let account = self.account_of(&cx);
        let ask = question(name, context, grant, account, &named.key, cx.now);
        let ask = Ask {
            alias: named.alias.as_deref(),
            ..ask
        };
        self.verdict(requester, requester.caller, name, &named.key, ask)?
            .or_refuse("AccessDeniedException")?;
        named.key.meta.check_state(cx.operation)?;
        if is_crypto(name) {
            usable(&named.key)?;
        }
        Ok(())
    }

    fn describe(&self, requester: &Requester<'_>, key: &str) -> Result<KeyView, ServiceError> {
        let now = requester.connection.time;
        self.recorded(requester, operation("DescribeKey")?, now, |cx| {
            let key = self.described(cx, key)?.key;
            Ok(KeyView {
                arn: key.arn().to_owned(),
                state: key.meta.state.name().to_owned(),
                spec: key.meta.spec.clone(),
                usage: key.meta.usage.clone(),
                manager: manager(&key).to_owned(),
            })
        })
    }

    fn generate_data_key(
        &self,
        requester: &Requester<'_>,
        key: &str,
        context: &EncryptionContext,
    ) -> Result<GeneratedKey, ServiceError> {
        let now = requester.connection.time;
        self.recorded(requester, operation("GenerateDataKey")?, now, |cx| {
            cx.trace.parameter("keySpec", "AES_256");
            let key = self.ready(cx, "GenerateDataKey", key, context)?;
            let mut plain = DataKey(Zeroizing::new([0; 32]));
            self.fill_random(plain.0.as_mut_slice())?;
            let sealed = self.encrypt_under(&key, context, plain.0.as_slice())?.blob;
            Ok(GeneratedKey {
                plain,
                sealed,
                key_arn: key.arn().to_owned(),
            })
        })
    }

    fn decrypt(
        &self,
        requester: &Requester<'_>,
        key: &str,
        sealed: &[u8],
        context: &EncryptionContext,
    ) -> Result<DataKey, ServiceError> {
        let now = requester.connection.time;
        self.recorded(requester, operation("Decrypt")?, now, |cx| {
            cx.trace
                .parameter("encryptionAlgorithm", "SYMMETRIC_DEFAULT");
            let decrypted = self.decrypt_under(cx, Some(key), sealed, context, &allowed)?;
            data_key(&decrypted.plain)
        })
    }

    fn re_encrypt(
        &self,
        requester: &Requester<'_>,
        from: &str,
        to: &str,
        sealed: &[u8],
        context: &EncryptionContext,
    ) -> Result<Vec<u8>, ServiceError> {
        let now = requester.connection.time;
        self.recorded(requester, operation("ReEncrypt")?, now, |cx| {
            let moved =
                self.re_encrypt_under(cx, Some(from), to, sealed, context, context, &allowed)?;
            Ok(moved.encrypted.blob)
        })
    }

    fn create_grant(
        &self,
        requester: &Requester<'_>,
        key: &str,
        grant: &GrantRequest,
    ) -> Result<(String, String), ServiceError> {
        let now = requester.connection.time;
        self.recorded(requester, operation("CreateGrant")?, now, |cx| {
            self.make_grant(cx, key, grant.clone(), &allowed)
        })
    }

    fn retire_grant(
        &self,
        requester: &Requester<'_>,
        key: &str,
        grant_id: &str,
    ) -> Result<(), ServiceError> {
        let now = requester.connection.time;
        self.recorded(requester, operation("RetireGrant")?, now, |cx| {
            self.retire(cx, key, grant_id, &allowed)
        })
    }

    fn list_grants(
        &self,
        requester: &Requester<'_>,
        key: &str,
    ) -> Result<Vec<GrantView>, ServiceError> {
        let now = requester.connection.time;
        self.recorded(requester, operation("ListGrants")?, now, |cx| {
            cx.trace.parameter("keyId", key);
            let named = self.resolve(cx, key)?;
            self.authorise(cx, "ListGrants", &named.key, Ask::default())?;
            Ok(named.key.grants.all().map(|grant| grant.view()).collect())
        })
    }
}
