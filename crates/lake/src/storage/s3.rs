//! A bucket, or a service that speaks the protocol of S3.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, RetryConfig};
use tokio::runtime::Runtime;
use zeroize::Zeroizing;

use super::{Source, Storage, storage_error};
use crate::table::{FileEncryption, LakeError};

/// Names an encryption by a key of KMS.
const SSE_KMS: &str = "aws:kms";

/// A bucket and how it is reached.
#[derive(Debug, Clone, Default)]
pub struct S3Location {
    /// Bucket.
    pub bucket: String,
    /// The root of the lake in it; empty for the bucket's.
    pub prefix: String,
    /// Region; `us-east-1` when nothing is said.
    pub region: Option<String>,
    /// Address of a service that is not AWS; HTTP without TLS is used when it says so.
    pub endpoint: Option<String>,
    /// Whether objects are encrypted under a key of the bucket that is derived from the KMS key, which
    /// makes fewer calls of KMS and puts the bucket into the encryption context.
    pub bucket_key: bool,
    /// Credentials; those of the environment when nothing is said.
    pub credentials: Option<S3Credentials>,
}

/// Credentials of AWS.
#[derive(Clone)]
pub struct S3Credentials {
    /// Access key id.
    pub access_key_id: String,
    /// Secret.
    pub secret_access_key: Zeroizing<String>,
    /// Token of a session.
    pub session_token: Option<Zeroizing<String>>,
}

impl fmt::Debug for S3Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Credentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// Which headers of encryption objects get.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Encryption {
    /// None, for reading
    Unsaid,
    /// A key of KMS; the account's `aws/s3` when `None`
    Kms(Option<String>),
}

pub(crate) struct Bucket {
    location: S3Location,
    runtime: Runtime,
    /// The client wants to know the key when it is made.
    clients: Mutex<HashMap<Encryption, Arc<AmazonS3>>>,
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket")
            .field("location", &self.location)
            .finish_non_exhaustive()
    }
}

impl Bucket {
    pub(crate) fn open(location: S3Location) -> Result<Self, LakeError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| storage_error(&location.bucket, error))?;
        let bucket = Self {
            location,
            runtime,
            clients: Mutex::default(),
        };
        bucket.client(&Encryption::Unsaid)?;
        Ok(bucket)
    }

    fn client(&self, encryption: &Encryption) -> Result<Arc<AmazonS3>, LakeError> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(encryption) {
            return Ok(Arc::clone(client));
        }
        let client = Arc::new(build(&self.location, encryption)?);
        clients.insert(encryption.clone(), Arc::clone(&client));
        Ok(client)
    }

    /// Runs a call on a thread of its own, so that it may also be made from one that runs futures.
    fn wait<T: Send>(&self, call: impl Future<Output = T> + Send) -> Result<T, LakeError> {
        std::thread::scope(|scope| scope.spawn(|| self.runtime.block_on(call)).join())
            .map_err(|_| storage_error(&self.location.bucket, "the connection gave up"))
    }

    fn key(&self, path: &str) -> Result<Path, LakeError> {
        let prefix = self.location.prefix.trim_matches('/');
        let key = match prefix {
            "" => path.to_owned(),
            prefix => format!("{prefix}/{path}"),
        };
        Path::parse(&key).map_err(|error| storage_error(path, error))
    }
}

impl Storage for Bucket {
    fn put(&self, path: &str, bytes: Bytes, encryption: &FileEncryption) -> Result<(), LakeError> {
        let key = self.key(path)?;
        let client = self.client(&Encryption::Kms(match encryption {
            FileEncryption::ServerSide { kms_key } => kms_key.clone(),
            FileEncryption::Modular { .. } => None,
        }))?;
        self.wait(client.put(&key, bytes.into()))?
            .map(|_| ())
            .map_err(|error| storage_error(path, chain(&error)))
    }

    fn open(&self, path: &str) -> Result<Source, LakeError> {
        let key = self.key(path)?;
        let client = self.client(&Encryption::Unsaid)?;
        let read = async { client.get(&key).await?.bytes().await };
        let bytes = self
            .wait(read)?
            .map_err(|error| storage_error(path, chain(&error)))?;
        Ok(Source::Bytes(bytes))
    }

    fn list(&self, directory: &str) -> Result<Vec<(String, u64)>, LakeError> {
        let prefix = self.key(directory)?;
        let client = self.client(&Encryption::Unsaid)?;
        let listed = self
            .wait(client.list(Some(&prefix)).try_collect::<Vec<_>>())?
            .map_err(|error| storage_error(directory, chain(&error)))?;
        let root = self.location.prefix.trim_matches('/');
        let mut files: Vec<(String, u64)> = listed
            .into_iter()
            .filter_map(|object| {
                let key = object.location.as_ref();
                let path = match root {
                    "" => key,
                    root => key.strip_prefix(root)?.strip_prefix('/')?,
                };
                Some((path.to_owned(), object.size))
            })
            .collect();
        files.sort_unstable();
        Ok(files)
    }

    fn remove(&self, path: &str) -> Result<(), LakeError> {
        let key = self.key(path)?;
        let client = self.client(&Encryption::Unsaid)?;
        match self.wait(client.delete(&key))? {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(storage_error(path, chain(&error))),
        }
    }

    /// An object is there whole or not at all.
    fn remove_unfinished(&self, _: &str) -> Result<u64, LakeError> {
        Ok(0)
    }

    fn wants_encryption(&self) -> bool {
        false
    }

    fn address(&self, path: &str) -> String {
        let bucket = &self.location.bucket;
        match self.location.prefix.trim_matches('/') {
            "" => format!("s3://{bucket}/{path}"),
            prefix => format!("s3://{bucket}/{prefix}/{path}"),
        }
    }
}

fn build(location: &S3Location, encryption: &Encryption) -> Result<AmazonS3, LakeError> {
    let fail = |error: object_store::Error| storage_error(&location.bucket, chain(&error));
    let retry = RetryConfig {
        max_retries: 5,
        retry_timeout: std::time::Duration::from_secs(60),
        ..RetryConfig::default()
    };
    let mut builder = match &location.credentials {
        Some(credentials) => {
            let builder = AmazonS3Builder::new()
                .with_access_key_id(&credentials.access_key_id)
                .with_secret_access_key(credentials.secret_access_key.as_str());
            match &credentials.session_token {
                Some(token) => builder.with_token(token.as_str()),
                None => builder,
            }
        }
        None => AmazonS3Builder::from_env(),
    };
    builder = builder
        .with_bucket_name(&location.bucket)
        .with_retry(retry)
        .with_region(location.region.as_deref().unwrap_or("us-east-1"));
    let mut client = ClientOptions::new();
    if let Some(endpoint) = &location.endpoint {
        client = client.with_allow_http(endpoint.starts_with("http://"));
        builder = builder
            .with_endpoint(endpoint.trim_end_matches('/'))
            .with_virtual_hosted_style_request(false);
    }
    builder = builder.with_client_options(client);
    if let Encryption::Kms(key) = encryption {
        builder = match key {
            Some(key) => builder.with_sse_kms_encryption(key),
            None => {
                let name = "aws_server_side_encryption";
                let config: AmazonS3ConfigKey = name.parse().map_err(fail)?;
                builder.with_config(config, SSE_KMS)
            }
        };
        builder = builder.with_bucket_key(location.bucket_key);
    }
    builder.build().map_err(fail)
}

/// An error with what caused it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}
