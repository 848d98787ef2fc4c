//! AWS KMS, or any KMS that speaks its API, as a provider.
//!
//! Calls are made with the server's credentials, so AWS decides about the server, not about its caller.
//! Whether the caller may use the key is predicted here: by the policy engine, with the key's policy,
//! grants, tags, aliases and state as they were read at most [`AwsKmsSettings::limits`] ago. The server
//! needs `kms:DescribeKey`, `kms:GetKeyPolicy`, `kms:ListGrants`, `kms:ListResourceTags` and
//! `kms:ListAliases` for that. Where they cannot be read there is no prediction, and
//! [`AwsKmsSettings::unpredicted`] says what then. Records say how the decision came about
//! (`additionalEventData.callerPermission`).

mod calls;
mod server;

use std::sync::Arc;
use std::time::{Duration, Instant};

use rempart_audit::Sink;
use rempart_aws_client::Settings;
use rempart_aws_wire::ServiceError;
use rempart_directory::{Authorizer, Caller, SessionKey};
use ring::digest::{SHA256, digest};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use crate::builtin::remote::{RemoteFacts, RemoteKey, RemoteTrace, check_bare, grant_views};
use crate::cache::{CacheCounters, CacheId, CacheLimits, DataKeyCache};
use crate::{
    DataKey, EncryptionContext, GeneratedKey, GrantRequest, GrantView, KeyView, Provider, Requester,
};
use calls::{Calls, blob, input, text};

pub use calls::AwsKmsError;

/// What happens where the caller's permission cannot be predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unpredicted {
    /// The call is refused
    #[default]
    Refuse,
    /// The server's own permission stands for that of every caller; records say so
    TrustServer,
}

/// Settings of [`AwsKms`].
#[derive(Debug, Clone)]
pub struct AwsKmsSettings {
    /// Region of the keys.
    pub region: Arc<str>,
    /// How long what was read of a key may be used: the time for which a revoked permission of a caller
    /// still works. `maximum_age` (default 60 seconds), `idle`, and `grace` while the KMS does not
    /// answer in time (default none).
    pub limits: CacheLimits,
    /// What happens without a prediction.
    pub unpredicted: Unpredicted,
    /// ARN of the role or user whose credentials the server has. The store's own work, which it asks for
    /// as a service, is predicted for this principal, since AWS sees no other and grants name it.
    pub server_principal: Option<String>,
    /// How long one call may take, retries included.
    pub deadline: Duration,
}

impl AwsKmsSettings {
    /// The defaults.
    pub fn new(region: &str) -> Self {
        Self {
            region: region.into(),
            limits: CacheLimits {
                maximum_age: Duration::from_mins(1),
                entries: 10_000,
                ..CacheLimits::default()
            },
            unpredicted: Unpredicted::default(),
            server_principal: None,
            deadline: Duration::from_secs(10),
        }
    }
}

/// What is known of a key.
#[derive(Debug)]
struct Known {
    key: Option<RemoteKey>,
    view: KeyView,
    /// Why there is no prediction.
    reason: Option<ServiceError>,
}

/// AWS KMS.
#[derive(Debug)]
pub struct AwsKms {
    settings: AwsKmsSettings,
    calls: Calls,
    authorizer: Arc<dyn Authorizer>,
    sink: Arc<dyn Sink>,
    known: DataKeyCache<Known>,
    server: Option<Caller>,
}

fn key_id(text: &str) -> CacheId {
    let digest = digest(&SHA256, text.as_bytes());
    let session = digest.as_ref().first_chunk().copied().unwrap_or_default();
    CacheId {
        store: 0,
        generation: 0,
        session: SessionKey(session),
    }
}

fn alias(text: &str) -> Option<&str> {
    text.find("alias/").and_then(|at| text.get(at..))
}

impl AwsKms {
    /// A provider that calls with the credentials and endpoints of `client`.
    ///
    /// # Errors
    /// The thread that makes the calls cannot be started, or the server's principal is none.
    pub fn new(
        client: Settings,
        settings: AwsKmsSettings,
        authorizer: Arc<dyn Authorizer>,
        sink: Arc<dyn Sink>,
    ) -> Result<Self, AwsKmsError> {
        let server = match &settings.server_principal {
            Some(arn) => Some(server::caller(arn)?),
            None => None,
        };
        Ok(Self {
            server,
            calls: Calls::start(client, &settings.region, settings.deadline)?,
            known: DataKeyCache::new(settings.limits),
            settings,
            authorizer,
            sink,
        })
    }

    /// Calls, hits and evictions of what was read of keys.
    pub fn counters(&self) -> CacheCounters {
        self.known.counters(Instant::now())
    }

    /// Forgets what was read of all keys, so that the next call reads it again.
    pub fn forget(&self) {
        self.known.clear();
    }

    fn known(&self, key: &str) -> Result<Arc<Known>, ServiceError> {
        let shown = Arc::from(key);
        self.known
            .get_or_load(key_id(key), &shown, Instant::now(), || self.read(key))
    }

    /// Reads a key. That something of it may not be read is known as well, for as long.
    fn read(&self, key: &str) -> Result<Known, ServiceError> {
        let described = self
            .calls
            .one("DescribeKey", input([("KeyId", json!(key))]))?;
        let metadata = described.get("KeyMetadata").cloned().unwrap_or_default();
        let arn = text(&metadata, "Arn")?;
        let on_key = || input([("KeyId", json!(arn))]);
        let rest = || -> Result<RemoteFacts, ServiceError> {
            let policy = [("KeyId", json!(arn)), ("PolicyName", json!("default"))];
            let policy = self.calls.one("GetKeyPolicy", input(policy))?;
            Ok(RemoteFacts {
                policy: text(&policy, "Policy")?,
                tags: self.calls.all("ListResourceTags", "Tags", on_key())?,
                aliases: self.calls.all("ListAliases", "Aliases", on_key())?,
                grants: self.calls.all("ListGrants", "Grants", on_key())?,
                metadata: metadata.clone(),
            })
        };
        let known = match rest().and_then(|facts| RemoteKey::new(&facts)) {
            Ok(key) => Known {
                view: key.view(),
                key: Some(key),
                reason: None,
            },
            // Only what stays so is remembered: the server may not read it, or the engine cannot.
            Err(reason)
                if !matches!(
                    &*reason.code,
                    "AccessDeniedException" | "MalformedPolicyDocumentException"
                ) =>
            {
                return Err(reason);
            }
            Err(reason) => Known {
                key: None,
                view: KeyView {
                    state: text(&metadata, "KeyState")?,
                    spec: text(&metadata, "KeySpec")
                        .or_else(|_| text(&metadata, "CustomerMasterKeySpec"))?,
                    usage: text(&metadata, "KeyUsage")?,
                    manager: text(&metadata, "KeyManager")?,
                    arn,
                },
                reason: Some(reason),
            },
        };
        Ok(known)
    }

    /// Refuses what the caller may not do, as far as it can be said; tells how that is known.
    fn predicted(
        &self,
        known: &Known,
        check: impl FnOnce(&RemoteKey) -> Result<(), ServiceError>,
    ) -> Result<&'static str, ServiceError> {
        match (&known.key, self.settings.unpredicted) {
            (Some(key), _) => check(key).map(|()| "predicted"),
            (None, Unpredicted::TrustServer) => Ok("notChecked"),
            (None, Unpredicted::Refuse) => {
                let reason = known.reason.as_ref().map(ToString::to_string);
                Err(ServiceError::new(
                    "AccessDeniedException",
                    format!(
                        "the caller's permission on {} cannot be decided: {}",
                        known.view.arn,
                        reason.unwrap_or_default()
                    ),
                ))
            }
        }
    }

    /// Runs a call and puts it on record.
    fn recorded<T>(
        &self,
        requester: &Requester<'_>,
        name: &str,
        run: impl FnOnce(&mut RemoteTrace) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        let mut trace = RemoteTrace::default();
        let outcome = if self.sink.healthy() {
            run(&mut trace)
        } else {
            let message = "the audit log cannot be written";
            Err(ServiceError::new("KMSInternalException", message).with_status(500))
        };
        let failure = outcome.as_ref().err();
        trace.record(&*self.sink, requester, name, &self.settings.region, failure);
        outcome
    }

    /// The key, when the caller may do this.
    fn allowed(
        &self,
        trace: &mut RemoteTrace,
        requester: &Requester<'_>,
        action: &str,
        key: &str,
        context: &EncryptionContext,
        grant: Option<&GrantRequest>,
    ) -> Result<Arc<Known>, ServiceError> {
        let known = self.known(key)?;
        if let Some(key) = &known.key {
            trace.key(key);
        }
        let authorizer = &*self.authorizer;
        let asking = self.as_aws_sees(requester);
        let how = self.predicted(&known, |remote| {
            remote.check(authorizer, &asking, action, alias(key), context, grant)
        })?;
        trace.additional("callerPermission", how);
        Ok(known)
    }

    /// The requester, or the server where the store asks for itself.
    fn as_aws_sees<'a>(&'a self, requester: &Requester<'a>) -> Requester<'a> {
        match &self.server {
            Some(server) if server::is_service(requester.caller) => Requester {
                caller: server,
                via: None,
                ..*requester
            },
            _ => *requester,
        }
    }

    fn with_tokens(requester: &Requester<'_>, mut input: Map<String, Value>) -> Map<String, Value> {
        if !requester.tokens.is_empty() {
            input.insert("GrantTokens".to_owned(), json!(requester.tokens));
        }
        input
    }
}

fn plain_key(answer: &Value) -> Result<DataKey, ServiceError> {
    let bytes = Zeroizing::new(blob(answer, "Plaintext")?);
    match <[u8; 32]>::try_from(bytes.as_slice()) {
        Ok(key) => Ok(DataKey(Zeroizing::new(key))),
        Err(_) => Err(ServiceError::new(
            "InvalidCiphertextException",
            "the plaintext is no data key of 256 bits",
        )),
    }
}

impl Provider for AwsKms {
    fn revocation_bound(&self) -> Duration {
        let limits = self.known.limits();
        limits.maximum_age.saturating_add(limits.grace)
    }

    fn decides_locally(&self) -> bool {
        false
    }

    fn check(
        &self,
        requester: &Requester<'_>,
        action: &str,
        key: &str,
        context: &EncryptionContext,
        grant: Option<&GrantRequest>,
    ) -> Result<(), ServiceError> {
        let name = action.strip_prefix("kms:").unwrap_or(action);
        let asking = self.as_aws_sees(requester);
        if name == "ListAliases" {
            return check_bare(&*self.authorizer, &asking, name);
        }
        let known = self.known(key)?;
        let authorizer = &*self.authorizer;
        self.predicted(&known, |remote| {
            remote.check(authorizer, &asking, name, alias(key), context, grant)
        })?;
        Ok(())
    }

    fn describe(&self, requester: &Requester<'_>, key: &str) -> Result<KeyView, ServiceError> {
        self.recorded(requester, "DescribeKey", |trace| {
            trace.parameter("keyId", key);
            let none = EncryptionContext::new();
            let known = self.allowed(trace, requester, "DescribeKey", key, &none, None)?;
            Ok(known.view.clone())
        })
    }

    fn generate_data_key(
        &self,
        requester: &Requester<'_>,
        key: &str,
        context: &EncryptionContext,
    ) -> Result<GeneratedKey, ServiceError> {
        self.recorded(requester, "GenerateDataKey", |trace| {
            trace.parameter("keyId", key);
            trace.parameter("keySpec", "AES_256");
            trace.context("encryptionContext", context);
            self.allowed(trace, requester, "GenerateDataKey", key, context, None)?;
            let call = input([
                ("KeyId", json!(key)),
                ("KeySpec", json!("AES_256")),
                ("EncryptionContext", json!(context)),
            ]);
            let answer = self
                .calls
                .one("GenerateDataKey", Self::with_tokens(requester, call))?;
            Ok(GeneratedKey {
                plain: plain_key(&answer)?,
                sealed: blob(&answer, "CiphertextBlob")?,
                key_arn: text(&answer, "KeyId")?,
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
        self.recorded(requester, "Decrypt", |trace| {
            trace.parameter("keyId", key);
            trace.parameter("encryptionAlgorithm", "SYMMETRIC_DEFAULT");
            trace.context("encryptionContext", context);
            self.allowed(trace, requester, "Decrypt", key, context, None)?;
            let call = input([
                ("KeyId", json!(key)),
                ("CiphertextBlob", calls::encoded(sealed)),
                ("EncryptionContext", json!(context)),
            ]);
            let answer = self
                .calls
                .one("Decrypt", Self::with_tokens(requester, call))?;
            plain_key(&answer)
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
        self.recorded(requester, "ReEncrypt", |trace| {
            trace.parameter("sourceKeyId", from);
            trace.parameter("destinationKeyId", to);
            trace.context("sourceEncryptionContext", context);
            trace.context("destinationEncryptionContext", context);
            self.allowed(trace, requester, "ReEncryptFrom", from, context, None)?;
            self.allowed(trace, requester, "ReEncryptTo", to, context, None)?;
            let call = input([
                ("SourceKeyId", json!(from)),
                ("DestinationKeyId", json!(to)),
                ("CiphertextBlob", calls::encoded(sealed)),
                ("SourceEncryptionContext", json!(context)),
                ("DestinationEncryptionContext", json!(context)),
            ]);
            let call = Self::with_tokens(requester, call);
            blob(&self.calls.one("ReEncrypt", call)?, "CiphertextBlob")
        })
    }

    fn create_grant(
        &self,
        requester: &Requester<'_>,
        key: &str,
        grant: &GrantRequest,
    ) -> Result<(String, String), ServiceError> {
        self.recorded(requester, "CreateGrant", |trace| {
            trace.parameter("keyId", key);
            trace.parameter("operations", json!(grant.operations));
            let none = EncryptionContext::new();
            let known = self.allowed(trace, requester, "CreateGrant", key, &none, Some(grant))?;
            let mut call = calls::grant_input(grant);
            for (name, value) in &call {
                if name != "Operations" {
                    let mut name = name.clone();
                    if let Some(first) = name.get_mut(..1) {
                        first.make_ascii_lowercase();
                    }
                    trace.parameter(&name, value.clone());
                }
            }
            // Grants need the ARN or id, not an alias.
            call.insert("KeyId".to_owned(), json!(known.view.arn));
            let call = Self::with_tokens(requester, call);
            let answer = self.calls.one("CreateGrant", call)?;
            self.known.clear();
            let id = text(&answer, "GrantId")?;
            trace.response("grantId", id.as_str());
            Ok((id, text(&answer, "GrantToken")?))
        })
    }

    fn retire_grant(
        &self,
        requester: &Requester<'_>,
        key: &str,
        grant_id: &str,
    ) -> Result<(), ServiceError> {
        self.recorded(requester, "RetireGrant", |trace| {
            trace.additional("grantId", grant_id);
            let known = self.known(key)?;
            let authorizer = &*self.authorizer;
            let asking = self.as_aws_sees(requester);
            let how = self.predicted(&known, |remote| {
                trace.key(remote);
                remote.check_retire(authorizer, &asking, grant_id)
            })?;
            trace.additional("callerPermission", how);
            let call = input([
                ("KeyId", json!(known.view.arn)),
                ("GrantId", json!(grant_id)),
            ]);
            self.calls.one("RetireGrant", call)?;
            self.known.clear();
            Ok(())
        })
    }

    fn list_grants(
        &self,
        requester: &Requester<'_>,
        key: &str,
    ) -> Result<Vec<GrantView>, ServiceError> {
        self.recorded(requester, "ListGrants", |trace| {
            trace.parameter("keyId", key);
            let none = EncryptionContext::new();
            let known = self.allowed(trace, requester, "ListGrants", key, &none, None)?;
            let call = input([("KeyId", json!(known.view.arn))]);
            grant_views(&self.calls.all("ListGrants", "Grants", call)?)
        })
    }
}
