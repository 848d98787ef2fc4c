//! What a store needs of a KMS.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use rempart_aws_wire::ServiceError;
use rempart_directory::{Caller, Connection};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Pairs that are bound to a ciphertext.
pub type EncryptionContext = BTreeMap<String, String>;

/// A symmetric key of 256 bits in memory.
#[derive(Clone)]
pub struct DataKey(pub Zeroizing<[u8; 32]>);

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(…)")
    }
}

/// In whose name, and through which service, a call of the KMS is made.
#[derive(Debug, Clone, Copy)]
pub struct Requester<'a> {
    /// The principal that must be allowed.
    pub caller: &'a Caller,
    /// Its connection, for condition keys and the audit record.
    pub connection: &'a Connection,
    /// `sagemaker.<region>.amazonaws.com` or `s3.<region>.amazonaws.com`; `None` for a direct call.
    pub via: Option<&'a str>,
    /// Grant tokens.
    pub tokens: &'a [String],
}

/// A new data key: plain, and sealed under the KMS key.
#[derive(Debug, Clone)]
pub struct GeneratedKey {
    /// To use.
    pub plain: DataKey,
    /// To keep.
    pub sealed: Vec<u8>,
    /// ARN of the KMS key.
    pub key_arn: String,
}

/// What a key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyView {
    /// ARN.
    pub arn: String,
    /// `Enabled`, `Disabled`, `PendingDeletion`…
    pub state: String,
    /// `SYMMETRIC_DEFAULT`, `RSA_2048`…
    pub spec: String,
    /// `ENCRYPT_DECRYPT`, `SIGN_VERIFY`…
    pub usage: String,
    /// `CUSTOMER` or `AWS`.
    pub manager: String,
}

/// A grant to be made.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct GrantRequest {
    /// `Name`; makes retries idempotent.
    pub name: Option<String>,
    /// `GranteePrincipal`.
    pub grantee: Option<String>,
    /// `GranteeServicePrincipal`.
    pub grantee_service: Option<String>,
    /// `RetiringPrincipal`.
    pub retiring: Option<String>,
    /// `RetiringServicePrincipal`.
    pub retiring_service: Option<String>,
    /// `Operations`.
    pub operations: Vec<String>,
    /// `Constraints.EncryptionContextSubset`.
    pub context_subset: EncryptionContext,
    /// `Constraints.EncryptionContextEquals`.
    pub context_equals: EncryptionContext,
    /// `Constraints.SourceArn`.
    pub source_arn: Option<String>,
}

/// A grant as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantView {
    /// `GrantId`.
    pub id: String,
    /// What was asked for.
    pub request: GrantRequest,
}

/// What decisions about keys rest on, as a whole: while it stays the same, the same question at the same
/// second has the same answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Changes of keys, policies and grants so far.
    pub keys: u64,
    /// Generation of the directory.
    pub directory: u64,
}

/// A KMS. Every call is decided, executed and put on record in the name of its requester.
pub trait Provider: Send + Sync + fmt::Debug {
    /// How long after a revocation a key may still be used: zero for the built-in provider.
    fn revocation_bound(&self) -> Duration;

    /// Whether decisions are made here, by the same engine, on every call.
    fn decides_locally(&self) -> bool;

    /// What decisions rest on now; `None` where that cannot be told, so that each is made anew. A change
    /// that was answered shows in it.
    fn standing(&self) -> Option<Standing> {
        None
    }

    /// Whether the requester may use the key so, and the key can be used: the decision and the state of
    /// the key, without any cryptography and without a record of its own.
    /// `action` is `kms:Decrypt`, `kms:GenerateDataKey`, `kms:CreateGrant`…; `grant` is what
    /// `kms:CreateGrant` would ask for.
    ///
    /// # Errors
    /// `AccessDeniedException` with AWS's text, `DisabledException`, `KMSInvalidStateException`,
    /// `NotFoundException`, `KeyUnavailableException`.
    fn check(
        &self,
        requester: &Requester<'_>,
        action: &str,
        key: &str,
        context: &EncryptionContext,
        grant: Option<&GrantRequest>,
    ) -> Result<(), ServiceError>;

    /// `DescribeKey`. `key` is an id, an ARN or an alias.
    ///
    /// # Errors
    /// As KMS answers.
    fn describe(&self, requester: &Requester<'_>, key: &str) -> Result<KeyView, ServiceError>;

    /// `GenerateDataKey` of 256 bits.
    ///
    /// # Errors
    /// As KMS answers.
    fn generate_data_key(
        &self,
        requester: &Requester<'_>,
        key: &str,
        context: &EncryptionContext,
    ) -> Result<GeneratedKey, ServiceError>;

    /// `Decrypt` of a data key.
    ///
    /// # Errors
    /// As KMS answers.
    fn decrypt(
        &self,
        requester: &Requester<'_>,
        key: &str,
        sealed: &[u8],
        context: &EncryptionContext,
    ) -> Result<DataKey, ServiceError>;

    /// `ReEncrypt` of a data key to another key, or to the newest material of the same.
    ///
    /// # Errors
    /// As KMS answers.
    fn re_encrypt(
        &self,
        requester: &Requester<'_>,
        from: &str,
        to: &str,
        sealed: &[u8],
        context: &EncryptionContext,
    ) -> Result<Vec<u8>, ServiceError>;

    /// `CreateGrant`. Gives the grant's id and a token.
    ///
    /// # Errors
    /// As KMS answers.
    fn create_grant(
        &self,
        requester: &Requester<'_>,
        key: &str,
        grant: &GrantRequest,
    ) -> Result<(String, String), ServiceError>;

    /// `RetireGrant`.
    ///
    /// # Errors
    /// As KMS answers.
    fn retire_grant(
        &self,
        requester: &Requester<'_>,
        key: &str,
        grant_id: &str,
    ) -> Result<(), ServiceError>;

    /// `ListGrants`, all pages.
    ///
    /// # Errors
    /// As KMS answers.
    fn list_grants(
        &self,
        requester: &Requester<'_>,
        key: &str,
    ) -> Result<Vec<GrantView>, ServiceError>;
}
