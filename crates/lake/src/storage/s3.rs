//! All buckets of S3, or of a service that speaks its protocol.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::path::Path;
use object_store::{GetOptions, ObjectStore, ObjectStoreExt};
use tokio::runtime::Runtime;

use super::{Source, Storage, storage_error};
use crate::table::{FileEncryption, FileVersion, LakeError};

mod answer;
mod call;
mod clients;
mod credentials;
mod versions;

use answer::{NotEncrypted, reason};
use clients::{Clients, Encryption};
pub use credentials::{AskedCredentials, S3CredentialSource, S3Credentials};

/// Bytes of an object that is read; ours are far below.
const LARGEST_OBJECT: u64 = 1 << 30;
/// Threads that move bytes. Whoever wants them waits outside.
const THREADS: usize = 2;

/// S3, or a service that speaks its protocol. The first part of each path is the bucket, the rest the
/// key of the object.
///
/// Objects are plain Parquet, which readers of Athena and Spark can use: the service encrypts them
/// under the KMS key that each write names, or under the account's `aws/s3`. An answer that does not
/// say so, or names another key, is an error, and the object is removed again; but its bytes were sent
/// by then, so the service itself has to be trusted.
///
/// What is read is not authenticated: whoever may put objects into a bucket decides what this lake
/// reads from it. On a local disk a file that was not written by its owner does not open; here the
/// permissions of the bucket are all there is.
#[derive(Debug, Clone)]
pub struct S3Service {
    /// Region of the buckets; `us-east-1` when nothing is said.
    pub region: Option<String>,
    /// Address of a service that is not AWS: `https://host[:port]`, or `http://` for one without TLS,
    /// which is used only then. The variables `AWS_ENDPOINT_URL…` are not read.
    pub endpoint: Option<String>,
    /// Whether objects are encrypted under a key of the bucket that is derived from the KMS key, which
    /// makes fewer calls of KMS and puts the bucket instead of the object into the encryption context.
    pub bucket_key: bool,
    /// Credentials. Nothing is read from the environment here.
    pub credentials: Arc<dyn S3CredentialSource>,
}

pub(crate) struct Service {
    clients: Arc<Clients>,
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("clients", &self.clients)
            .finish_non_exhaustive()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // To wait for its threads is forbidden on one that runs futures, where a lake may be dropped.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// An object.
#[derive(Debug, Clone)]
struct Place {
    bucket: String,
    key: Path,
    /// `s3://bucket/key`, for people
    shown: String,
}

impl Place {
    fn of(path: &str) -> Result<Self, LakeError> {
        let shown = format!("s3://{}", path.escape_debug());
        let Some((bucket, key)) = path.split_once('/') else {
            return Err(storage_error(&shown, "no key"));
        };
        if !is_bucket(bucket) {
            return Err(storage_error(&shown, "not a name of a bucket"));
        }
        let key = Path::parse(key).map_err(|error| storage_error(&shown, error))?;
        if key.as_ref().is_empty() {
            return Err(storage_error(&shown, "no key"));
        }
        Ok(Self {
            bucket: bucket.to_owned(),
            key,
            shown,
        })
    }
}

impl Service {
    pub(crate) fn open(service: &S3Service) -> Result<Self, LakeError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("s3")
            .enable_all()
            .build()
            .map_err(|error| storage_error("S3", error))?;
        // Clients of HTTP want to be made where they will run.
        let clients = {
            let _inside = runtime.enter();
            Clients::new(service)?
        };
        Ok(Self {
            clients: Arc::new(clients),
            runtime: Some(runtime),
        })
    }

    /// Runs a call on the threads of the service, so that it may also be made from a thread that runs
    /// futures. While the service cannot be reached, calls fail at once.
    fn wait<T: Send + 'static>(
        &self,
        place: &Place,
        call: impl Future<Output = Result<T, String>> + Send + 'static,
    ) -> Result<T, LakeError> {
        let failed = |reason| storage_error(&place.shown, reason);
        if let Some(reason) = self.clients.reach.lost() {
            return Err(failed(reason));
        }
        let closed = || failed("the connection to S3 is closed".to_owned());
        let runtime = self.runtime.as_ref().ok_or_else(closed)?;
        let (answer, answered) = sync_channel(1);
        runtime.spawn(async move {
            // Whoever asked may be gone.
            let _ = answer.send(call.await);
        });
        answered.recv().map_err(|_| closed())?.map_err(failed)
    }

    fn client(
        &self,
        place: &Place,
        encryption: &Encryption,
    ) -> Result<Arc<object_store::aws::AmazonS3>, LakeError> {
        self.clients
            .get(&place.bucket, encryption)
            .map_err(|error| storage_error(&place.shown, reason(&error)))
    }

    fn get(&self, path: &str, version: Option<&str>) -> Result<Source, LakeError> {
        let place = Place::of(path)?;
        let client = self.client(&place, &Encryption::Unsaid)?;
        let key = place.key.clone();
        let options = GetOptions {
            version: version.map(str::to_owned),
            ..GetOptions::default()
        };
        let read = async move {
            let found = client.get_opts(&key, options).await;
            let found = found.map_err(|error| reason(&error))?;
            if found.meta.size > LARGEST_OBJECT {
                return Err("larger than any file of ours".to_owned());
            }
            found.bytes().await.map_err(|error| reason(&error))
        };
        self.wait(&place, read).map(Source::Bytes)
    }
}

impl Service {
    fn delete(&self, path: &str, version: Option<String>) -> Result<(), LakeError> {
        let place = Place::of(path)?;
        let clients = Arc::clone(&self.clients);
        let (bucket, key) = (place.bucket.clone(), place.key.clone());
        let remove =
            async move { call::remove(&clients, &bucket, key.as_ref(), version.as_deref()).await };
        self.wait(&place, remove)
    }
}

impl Storage for Service {
    fn put(&self, path: &str, bytes: Bytes, encryption: &FileEncryption) -> Result<(), LakeError> {
        let place = Place::of(path)?;
        let kms_key = match encryption {
            FileEncryption::ServerSide { kms_key } => kms_key.clone(),
            FileEncryption::Modular { .. } => None,
        };
        let under = kms_key.as_ref().map(|key| format!(" (under {key})"));
        let client = self.client(&place, &Encryption::Kms(kms_key))?;
        let clients = Arc::clone(&self.clients);
        let (bucket, key) = (place.bucket.clone(), place.key.clone());
        let put = async move {
            let Err(error) = client.put(&key, bytes.into()).await else {
                return Ok(());
            };
            let mut said = reason(&error);
            // It is there, but not as it should be.
            if let Some(odd) = NotEncrypted::of(&error) {
                let version = odd.version.as_deref();
                let removed = call::remove(&clients, &bucket, key.as_ref(), version).await;
                if let Err(error) = removed {
                    said.push_str("; it is still there: ");
                    said.push_str(&error);
                }
            }
            said.push_str(&under.unwrap_or_default());
            Err(said)
        };
        self.wait(&place, put)
    }

    fn open(&self, path: &str) -> Result<Source, LakeError> {
        self.get(path, None)
    }

    fn list(&self, directory: &str) -> Result<Vec<(String, u64)>, LakeError> {
        let place = Place::of(directory)?;
        let client = self.client(&place, &Encryption::Unsaid)?;
        let prefix = place.key.clone();
        let list = async move {
            let listed = client.list(Some(&prefix)).try_collect::<Vec<_>>().await;
            listed.map_err(|error| reason(&error))
        };
        let mut files: Vec<(String, u64)> = self
            .wait(&place, list)?
            .into_iter()
            .map(|object| (format!("{}/{}", place.bucket, object.location), object.size))
            .collect();
        files.sort_unstable();
        Ok(files)
    }

    fn remove(&self, path: &str) -> Result<(), LakeError> {
        self.delete(path, None)
    }

    /// An object is there whole or not at all.
    fn remove_unfinished(&self, _: &str) -> Result<u64, LakeError> {
        Ok(0)
    }

    fn earlier_versions(&self, directory: &str) -> Result<Vec<FileVersion>, LakeError> {
        let place = Place::of(directory)?;
        let clients = Arc::clone(&self.clients);
        let (bucket, prefix) = (place.bucket.clone(), format!("{}/", place.key));
        let list = async move { versions::earlier(&clients, &bucket, &prefix).await };
        self.wait(&place, list)
    }

    fn open_version(&self, version: &FileVersion) -> Result<Source, LakeError> {
        self.get(&version.path, Some(&version.version))
    }

    fn remove_version(&self, version: &FileVersion) -> Result<(), LakeError> {
        self.delete(&version.path, Some(version.version.clone()))
    }

    fn wants_encryption(&self) -> bool {
        false
    }

    fn address(&self, path: &str) -> String {
        format!("s3://{path}")
    }
}

/// Names of buckets that can stand in an address without leading elsewhere.
fn is_bucket(name: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    (3..=63).contains(&name.len())
        && name.bytes().all(is_inner)
        && name
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_alphanumeric())
        && !name.contains("..")
}
