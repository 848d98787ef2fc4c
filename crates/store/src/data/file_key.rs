//! Keys of offline files.
//!
//! A file's key is random, its own, and kept in a note of the engine, wrapped under a bucket key: a data
//! key that the role of the offline store generates through S3, as S3 Bucket Keys are. The writer needs
//! `kms:GenerateDataKey` alone and a reader `kms:Decrypt`, as with S3. Destroying the note shreds the file.

use std::fmt;

use rempart_aws_wire::ServiceError;
use rempart_directory::Caller;
use rempart_keys::Requester;
use rempart_lake::FileEncryption;
use rempart_online::GroupId;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Data;
use super::refusal::{engine, internal};
use super::seal::{self, Key, Purpose};
use super::view::{Side, View, encryption_context};

/// In whose name files under the store's own key are opened.
const SERVICE: &str = "sagemaker.amazonaws.com";

/// The key under which keys of new files are wrapped, for a bounded time.
pub(crate) struct BucketKey {
    pub(crate) plain: Key,
    pub(crate) sealed: Vec<u8>,
    pub(crate) kms_key: String,
    pub(crate) generation: u32,
    pub(crate) since: i64,
}

impl fmt::Debug for BucketKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BucketKey(…)")
    }
}

/// A file's key as it is kept. Everything in it is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptFileKey {
    /// ARN of the group, which may be deleted when the file is read.
    pub(crate) group_arn: String,
    /// When the group was created, in milliseconds since 1970.
    pub(crate) created: i64,
    /// Path of the file below the root of the lake.
    pub(crate) path: String,
    /// ARN of the KMS key.
    pub(crate) kms_key: String,
    /// Whether that key is a customer's, not the store's own.
    pub(crate) is_customers: bool,
    /// Generation in the encryption context.
    pub(crate) generation: u32,
    /// The bucket key, as the KMS sealed it.
    pub(crate) bucket_key: Vec<u8>,
    /// The file's key under the bucket key.
    pub(crate) file_key: Vec<u8>,
}

/// Begins the names of the notes with keys of files.
const PREFIX: &str = "filekey/";

/// The name of the note with the key of a file.
pub(crate) fn note_name(group: GroupId, path: &str) -> String {
    format!("{PREFIX}{:016x}/{path}", group.0)
}

impl BucketKey {
    /// A new key for a file, and its kept form.
    pub(crate) fn new_file_key(
        &self,
        view: &View,
        path: &str,
    ) -> Result<(Key, KeptFileKey), seal::SealError> {
        let key = seal::new_key()?;
        let place = place(&view.group.arn, view.group.created.as_millisecond(), path);
        let kept = KeptFileKey {
            group_arn: view.group.arn.clone(),
            created: view.group.created.as_millisecond(),
            path: path.to_owned(),
            kms_key: self.kms_key.clone(),
            is_customers: view.has_customer_key(Side::Offline),
            generation: self.generation,
            bucket_key: self.sealed.clone(),
            file_key: seal::wrap(&self.plain, Purpose::Auxiliary, &place, &key)?,
        };
        Ok((key, kept))
    }

    /// Opens the key of a file that is wrapped under this bucket key.
    pub(crate) fn open(&self, kept: &KeptFileKey) -> Result<Key, seal::SealError> {
        let place = place(&kept.group_arn, kept.created, &kept.path);
        seal::unwrap(&self.plain, Purpose::Auxiliary, &place, &kept.file_key)
    }
}

/// How a file with this key is encrypted.
pub(crate) fn encryption(group: GroupId, path: &str, key: Key) -> FileEncryption {
    FileEncryption::Modular {
        key,
        key_name: note_name(group, path),
    }
}

impl Data {
    /// The key of an offline file by the name that the file itself gives, for a caller who may decrypt with
    /// the offline store's KMS key: through S3, as a reader of the bucket would. It works for files of
    /// deleted groups as well. `None` when there is no such key: the file was erased.
    ///
    /// # Errors
    /// As the KMS answers, or the engine failed.
    pub fn file_key(
        &self,
        requester: &Requester<'_>,
        name: &str,
    ) -> Result<Option<Zeroizing<[u8; 32]>>, ServiceError> {
        let Some(kept) = self.kept_file_key(name)? else {
            return Ok(None);
        };
        self.open_bucket_key(requester, &kept)?
            .open(&kept)
            .map(Some)
            .map_err(|_| internal("The key of the file does not open"))
    }

    /// The kept key of a file, by the name of its note.
    pub(crate) fn kept_file_key(&self, name: &str) -> Result<Option<KeptFileKey>, ServiceError> {
        if !name.starts_with(PREFIX) {
            return Ok(None);
        }
        let notes = self.engine.notes(name).map_err(|error| engine(&error))?;
        let Some((_, note)) = notes.into_iter().find(|(found, _)| *found == name) else {
            return Ok(None);
        };
        serde_json::from_slice(&note)
            .map(Some)
            .map_err(|_| internal("The key of the file does not read"))
    }

    /// Has the KMS open the bucket key of a file.
    pub(crate) fn open_bucket_key(
        &self,
        requester: &Requester<'_>,
        kept: &KeptFileKey,
    ) -> Result<BucketKey, ServiceError> {
        let context = encryption_context(&kept.group_arn, Side::Offline, kept.generation);
        let service = self.authorizer.service(SERVICE);
        let by_service = Requester {
            caller: &service,
            connection: requester.connection,
            via: None,
            tokens: &[],
        };
        let requester = if kept.is_customers {
            requester
        } else {
            check_owner(requester, &kept.group_arn)?;
            &by_service
        };
        let opened = self
            .provider
            .decrypt(requester, &kept.kms_key, &kept.bucket_key, &context)?;
        Ok(BucketKey {
            plain: Key::new(*opened.0),
            sealed: kept.bucket_key.clone(),
            kms_key: kept.kms_key.clone(),
            generation: kept.generation,
            since: 0,
        })
    }

    /// A new bucket key, generated in the name of the role.
    pub(crate) fn new_bucket_key(
        &self,
        view: &View,
        writer: &Caller,
        connection: &rempart_directory::Connection,
    ) -> Result<BucketKey, ServiceError> {
        let kms_key = kms_key(view).ok_or_else(|| internal("The offline store has no keys"))?;
        let generation = view.keys(Side::Offline).map_or(0, |keys| keys.generation);
        let made = self.provider.generate_data_key(
            &Requester {
                caller: writer,
                connection,
                via: Some(&view.via_s3),
                tokens: &[],
            },
            kms_key,
            view.encryption_context(Side::Offline),
        )?;
        Ok(BucketKey {
            plain: Key::new(*made.plain.0),
            sealed: made.sealed,
            kms_key: kms_key.to_owned(),
            generation,
            since: connection.time.as_millisecond(),
        })
    }
}

/// As with a key that AWS manages: whoever may read the object needs no permission on the key, and no
/// other account can be given any.
pub(crate) fn check_owner(requester: &Requester<'_>, group_arn: &str) -> Result<(), ServiceError> {
    let owner = group_arn.split(':').nth(4);
    let own = requester.caller.account;
    // The service itself has none.
    if own.is_some_and(|account| Some(account.as_str()) != owner) {
        return Err(ServiceError::new(
            "AccessDeniedException",
            "The key of the file belongs to the store and cannot be shared with other accounts",
        ));
    }
    Ok(())
}

/// The KMS key of files: the customer's, or the service's own.
pub(crate) fn kms_key(view: &View) -> Option<&str> {
    let customers = view.group.offline.as_ref()?.kms_key.as_deref();
    customers.or_else(|| Some(view.keys(Side::Offline)?.kms_key.as_str()))
}

fn place(arn: &str, created: i64, path: &str) -> Vec<u8> {
    format!("rempart/file-key\0{arn}\0{created}\0{path}").into_bytes()
}
