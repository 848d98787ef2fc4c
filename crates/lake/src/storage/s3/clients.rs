//! Clients of buckets: they share connections, credentials, and what is known about reaching the service.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder, AwsCredentialProvider};
use object_store::client::{HttpClient, HttpConnector, ReqwestConnector};
use object_store::{ClientOptions, RetryConfig};

use super::S3Service;
use super::answer::{Checked, Reach};
use super::credentials::Source;
use crate::storage::storage_error;
use crate::table::LakeError;

/// Clients that are kept.
const MOST_CLIENTS: usize = 128;
/// Names an encryption by a key of KMS.
const SSE_KMS: &str = "aws:kms";
/// How often a request is repeated, and for how long. Rows wait in their queue meanwhile and are tried
/// again from there, so there is no need for more.
const RETRIES: usize = 3;
const RETRY_TIME: Duration = Duration::from_secs(15);
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// For one request, with its body.
const REQUEST_TIME: Duration = Duration::from_secs(120);

/// Which headers of encryption objects get.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Encryption {
    /// None, for whatever does not write
    Unsaid,
    /// A key of KMS; the account's `aws/s3` when `None`
    Kms(Option<String>),
}

pub(super) struct Clients {
    /// Without a slash at its end.
    pub(super) endpoint: String,
    pub(super) region: String,
    bucket_key: bool,
    pub(super) http: HttpClient,
    pub(super) credentials: AwsCredentialProvider,
    pub(super) reach: Arc<Reach>,
    /// A client wants to know bucket and key when it is made.
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    clients: HashMap<(String, Encryption), (u64, Arc<AmazonS3>)>,
    uses: u64,
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clients")
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .field("bucket_key", &self.bucket_key)
            .finish_non_exhaustive()
    }
}

/// Gives every client the same connections.
#[derive(Debug)]
struct Shared(HttpClient);

impl HttpConnector for Shared {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(self.0.clone())
    }
}

impl Clients {
    pub(super) fn new(service: &S3Service) -> Result<Self, LakeError> {
        let region = service.region.as_deref().unwrap_or("us-east-1");
        if !region
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        {
            return Err(storage_error("S3", "not a name of a Region"));
        }
        let endpoint = match &service.endpoint {
            Some(endpoint) => checked_endpoint(endpoint)?,
            None if region.starts_with("cn-") => format!("https://s3.{region}.amazonaws.com.cn"),
            None => format!("https://s3.{region}.amazonaws.com"),
        };
        let options = ClientOptions::new()
            .with_allow_http(endpoint.starts_with("http://"))
            .with_connect_timeout(CONNECT_TIME)
            .with_timeout(REQUEST_TIME);
        let failed =
            |error: object_store::Error| storage_error("S3", super::answer::reason(&error));
        let reach = Arc::new(Reach::default());
        let plain = ReqwestConnector::default()
            .connect(&options)
            .map_err(failed)?;
        let http = HttpClient::new(Checked::new(plain, Arc::clone(&reach)));
        Ok(Self {
            credentials: Arc::new(Source(Arc::clone(&service.credentials))),
            endpoint,
            region: region.to_owned(),
            bucket_key: service.bucket_key,
            http,
            reach,
            known: Mutex::default(),
        })
    }

    pub(super) fn get(
        &self,
        bucket: &str,
        encryption: &Encryption,
    ) -> object_store::Result<Arc<AmazonS3>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.uses += 1;
        let now = known.uses;
        let name = (bucket.to_owned(), encryption.clone());
        if let Some((used, client)) = known.clients.get_mut(&name) {
            *used = now;
            return Ok(Arc::clone(client));
        }
        let client = Arc::new(self.build(bucket, encryption)?);
        if known.clients.len() >= MOST_CLIENTS {
            let oldest = known.clients.iter().min_by_key(|(_, (used, _))| *used);
            if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
                known.clients.remove(&oldest);
            }
        }
        known.clients.insert(name, (now, Arc::clone(&client)));
        Ok(client)
    }

    fn build(&self, bucket: &str, encryption: &Encryption) -> object_store::Result<AmazonS3> {
        let retry = RetryConfig {
            max_retries: RETRIES,
            retry_timeout: RETRY_TIME,
            ..RetryConfig::default()
        };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_region(&self.region)
            .with_endpoint(&self.endpoint)
            .with_allow_http(self.endpoint.starts_with("http://"))
            .with_virtual_hosted_style_request(false)
            .with_credentials(Arc::clone(&self.credentials))
            .with_http_connector(Shared(self.http.clone()))
            .with_retry(retry);
        if let Encryption::Kms(key) = encryption {
            builder = match key {
                Some(key) => builder.with_sse_kms_encryption(key),
                None => builder.with_config("aws_server_side_encryption".parse()?, SSE_KMS),
            };
            builder = builder.with_bucket_key(self.bucket_key);
        }
        builder.build()
    }
}

/// `https://host[:port]` or `http://host[:port]`, without a slash at its end. What is wrong with it is
/// said without it: it may hold a password.
fn checked_endpoint(endpoint: &str) -> Result<String, LakeError> {
    let wrong = || {
        storage_error(
            "S3",
            "the endpoint is not https://host[:port] or http://host[:port]",
        )
    };
    let uri: http::Uri = endpoint.parse().map_err(|_| wrong())?;
    let is_known = matches!(uri.scheme_str(), Some("https" | "http"));
    let is_host = uri
        .authority()
        .is_some_and(|authority| !authority.as_str().contains('@'));
    if !is_known || !is_host || !matches!(uri.path(), "" | "/") || uri.query().is_some() {
        return Err(wrong());
    }
    Ok(endpoint.trim_end_matches('/').to_owned())
}
