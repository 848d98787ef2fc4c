//! The built-in KMS: keys of many accounts in one sealed file, decided by the policy engine.
//!
//! Calls of one operation run on a view of the key that does not change under them. Changes are made
//! one after the other, on the disk before they are answered, and are seen by the next call.

mod aliases;
mod authorise;
mod changes;
mod crypto;
mod describe;
mod events;
mod grant_calls;
mod grants;
mod input;
mod key;
mod key_calls;
mod lists;
mod names;
mod operation;
mod policy;
mod provided;
#[cfg(feature = "aws")]
pub(crate) mod remote;
mod resolve;
mod rotation;
mod specs;
mod state;
mod tokens;

use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use jiff::Timestamp;
use rempart_audit::Sink;
use rempart_aws_model::AccountId;
use rempart_aws_wire::ServiceError;
use rempart_directory::{Authorizer, Caller, Connection};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Map, Value};

use crate::Requester;
use crate::root::RootKey;
use crate::storage::{Storage, StorageError};
use authorise::Cx;
use input::Input;
use operation::Operation;
use state::Keys;

/// Where the built-in KMS is.
#[derive(Debug, Clone)]
pub struct BuiltinSettings {
    /// `aws`, `aws-cn`…
    pub partition: Box<str>,
    /// Region of its keys.
    pub region: Arc<str>,
    /// Account that stands for AWS services: their own keys belong to it.
    pub service_account: AccountId,
}

/// The built-in KMS.
pub struct BuiltinKms {
    settings: BuiltinSettings,
    authorizer: Arc<dyn Authorizer>,
    sink: Arc<dyn Sink>,
    storage: Mutex<Storage>,
    keys: RwLock<Keys>,
    /// When some key is to be deleted or rotated next, in milliseconds since 1970.
    next_due: AtomicI64,
    /// How often keys were about to change.
    changes: AtomicU64,
    token_key: hmac::Key,
    random: SystemRandom,
}

impl std::fmt::Debug for BuiltinKms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BuiltinKms")
            .field("region", &self.settings.region)
            .finish_non_exhaustive()
    }
}

impl BuiltinKms {
    /// Opens the keystore of a directory, or makes one there. One process at a time has it.
    ///
    /// # Errors
    /// The directory cannot be used, another process has it, the root key is another, or the file is
    /// damaged; the error names the file.
    pub fn open(
        directory: &Path,
        root: &RootKey,
        settings: BuiltinSettings,
        authorizer: Arc<dyn Authorizer>,
        sink: Arc<dyn Sink>,
    ) -> Result<Self, StorageError> {
        let storage = Storage::open(directory, root)?;
        let keys = Keys::load(&storage)?;
        let next_due = AtomicI64::new(keys.next_due());
        let token_key = storage
            .root()
            .derived(b"rempart/grant-token/1")
            .map(|key| hmac::Key::new(hmac::HMAC_SHA256, key.as_slice()))
            .ok_or_else(|| storage.damaged("no key for grant tokens"))?;
        Ok(Self {
            settings,
            authorizer,
            sink,
            storage: Mutex::new(storage),
            keys: RwLock::new(keys),
            next_due,
            changes: AtomicU64::new(0),
            token_key,
            random: SystemRandom::new(),
        })
    }

    /// A direct call of the KMS API: `operation` is a name such as `CreateKey`, the input and the answer
    /// have the form of JSON 1.1 (blobs in base64, times in seconds). `now` decides what is due.
    ///
    /// # Errors
    /// As KMS answers; `UnknownOperationException` for operations that are not implemented.
    pub fn call(
        &self,
        caller: &Caller,
        connection: &Connection,
        operation: &str,
        input: &Map<String, Value>,
        now: Timestamp,
    ) -> Result<Value, ServiceError> {
        let Some(operation) = Operation::of_name(operation) else {
            let message = "the operation is not implemented";
            return Err(ServiceError::new("UnknownOperationException", message));
        };
        let input = Input(input);
        let tokens = input.tokens();
        let requester = Requester {
            caller,
            connection,
            via: None,
            tokens: tokens.as_deref().unwrap_or_default(),
        };
        self.recorded(&requester, operation, now, |cx| {
            if let Err(error) = &tokens {
                return Err(error.clone());
            }
            self.run(cx, input)
        })
    }

    /// Deletes and rotates what is due. Calls do this by themselves; a server also does it by a timer,
    /// so that material is destroyed on time.
    ///
    /// # Errors
    /// The keystore cannot be written.
    pub fn settle(&self, now: Timestamp) -> Result<(), ServiceError> {
        if now.as_millisecond() < self.next_due.load(Ordering::Acquire) {
            return Ok(());
        }
        let storage = self.storage();
        let keys: Vec<_> = {
            let keys = self.keys();
            let due = keys.all().filter(|key| {
                let due = key.meta.due();
                due.is_some_and(|due| due <= now)
            });
            due.cloned().collect()
        };
        for key in keys {
            if key.meta.is_gone(now) {
                self.destroy(&storage, &key)?;
            } else {
                self.rotate_due(&storage, &key, now)?;
            }
        }
        let next = self.keys().next_due();
        self.next_due.store(next, Ordering::Release);
        Ok(())
    }

    fn run(&self, cx: &mut Cx<'_>, input: Input<'_>) -> Result<Value, ServiceError> {
        match cx.operation.name {
            "CreateKey" => self.create_key(cx, input),
            "DescribeKey" => self.describe_key(cx, input),
            "EnableKey" => self.enable_key(cx, input),
            "DisableKey" => self.disable_key(cx, input),
            "ScheduleKeyDeletion" => self.schedule_key_deletion(cx, input),
            "CancelKeyDeletion" => self.cancel_key_deletion(cx, input),
            "UpdateKeyDescription" => self.update_key_description(cx, input),
            "PutKeyPolicy" => self.put_key_policy(cx, input),
            "GetKeyPolicy" => self.get_key_policy(cx, input),
            "TagResource" => self.tag_resource(cx, input),
            "UntagResource" => self.untag_resource(cx, input),
            "Encrypt" => self.encrypt(cx, input),
            "Decrypt" => self.decrypt_call(cx, input),
            "GenerateDataKey" => self.generate_data_key_call(cx, input, true),
            "GenerateDataKeyWithoutPlaintext" => self.generate_data_key_call(cx, input, false),
            "ReEncrypt" => self.re_encrypt_call(cx, input),
            "GenerateRandom" => self.generate_random(cx, input),
            "CreateGrant" => self.create_grant_call(cx, input),
            "RevokeGrant" => self.revoke_grant(cx, input),
            "RetireGrant" => self.retire_grant_call(cx, input),
            "ListGrants" => self.list_grants_call(cx, input),
            "ListRetirableGrants" => self.list_retirable_grants(cx, input),
            "CreateAlias" => self.create_alias(cx, input),
            "UpdateAlias" => self.update_alias(cx, input),
            "DeleteAlias" => self.delete_alias(cx, input),
            "ListAliases" => self.list_aliases(cx, input),
            "ListKeys" => self.list_keys(cx, input),
            "ListKeyPolicies" => self.list_key_policies(cx, input),
            "ListResourceTags" => self.list_resource_tags(cx, input),
            "EnableKeyRotation" => self.enable_key_rotation(cx, input),
            "DisableKeyRotation" => self.disable_key_rotation(cx, input),
            "GetKeyRotationStatus" => self.get_key_rotation_status(cx, input),
            "RotateKeyOnDemand" => self.rotate_key_on_demand(cx, input),
            "ListKeyRotations" => self.list_key_rotations(cx, input),
            other => Err(ServiceError::new(
                "UnknownOperationException",
                format!("the operation {other} is not implemented"),
            )),
        }
    }

    fn storage(&self) -> MutexGuard<'_, Storage> {
        self.storage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keys(&self) -> RwLockReadGuard<'_, Keys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn keys_mut(&self) -> RwLockWriteGuard<'_, Keys> {
        let keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        // Under the lock, before anything changes: who reads the new count decides on the new keys.
        self.changes.fetch_add(1, Ordering::AcqRel);
        keys
    }

    fn fill_random(&self, bytes: &mut [u8]) -> Result<(), ServiceError> {
        self.random
            .fill(bytes)
            .map_err(|_| internal("the system gives no random bytes"))
    }
}

/// A fault on this side.
fn internal(message: impl Into<String>) -> ServiceError {
    ServiceError::new("KMSInternalException", message).with_status(500)
}
