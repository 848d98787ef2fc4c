//! Reading from S3 and services that speak its protocol.
//!
//! The only place of this crate that reads the environment and talks to the network. A thread of its
//! own runs the connections; readers wait for it without knowing of it. While one object is read the
//! next ones are fetched already, so that the way to S3 is not paid once for each object.
//!
//! Credentials: keys in the environment, web identity, container and instance metadata, in this
//! order. Profiles in files are not read.

use std::sync::Arc;

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::list::{PaginatedListOptions, PaginatedListStore};
use object_store::{ClientOptions, RetryConfig};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

mod fetch;

pub use fetch::{Bucket, ObjectRead};

/// Where S3 is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct S3Options {
    /// Address of a service that speaks S3's protocol; HTTP without TLS is used when it says so.
    pub endpoint: Option<String>,
    /// Region; `us-east-1` when nothing is said.
    pub region: Option<String>,
}

impl S3Options {
    /// Reads `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, `AWS_REGION` and `AWS_DEFAULT_REGION`.
    #[must_use]
    pub fn from_env() -> Self {
        let first = |names: [&str; 2]| {
            names
                .iter()
                .filter_map(|name| std::env::var(name).ok())
                .find(|value| !value.is_empty())
        };
        Self {
            endpoint: first(["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]),
            region: first(["AWS_REGION", "AWS_DEFAULT_REGION"]),
        }
    }
}

/// Why a bucket cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum S3Error {
    /// The settings do not fit together
    #[error("settings for S3: {0}")]
    Settings(String),
    /// Objects cannot be listed
    #[error("objects cannot be listed: {0}")]
    List(String),
    /// The thread for connections is gone
    #[error("the connection to S3 was closed")]
    Closed,
}

/// An object as listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its key.
    pub key: String,
    /// Its bytes.
    pub size: u64,
}

/// Opens a bucket and lists what lies below a prefix, sorted by key.
///
/// # Errors
/// When the settings are wrong, the service cannot be reached, or it refuses.
pub fn open(bucket: &str, prefix: &str, options: &S3Options) -> Result<Bucket, S3Error> {
    let store = store(bucket, options)?;
    let connection = Connection::new(store)?;
    let (answer, listed) = oneshot::channel();
    connection.send(Request::List {
        prefix: prefix.to_owned(),
        answer,
    })?;
    let mut objects = listed.blocking_recv().map_err(|_| S3Error::Closed)??;
    objects.sort_by(|left, right| left.key.as_bytes().cmp(right.key.as_bytes()));
    Ok(Bucket::new(connection, objects))
}

fn store(bucket: &str, options: &S3Options) -> Result<AmazonS3, S3Error> {
    let retry = RetryConfig {
        max_retries: 5,
        retry_timeout: std::time::Duration::from_secs(60),
        ..RetryConfig::default()
    };
    let mut client = ClientOptions::new();
    let mut builder = AmazonS3Builder::from_env().with_bucket_name(bucket);
    if let Some(endpoint) = &options.endpoint {
        client = client.with_allow_http(endpoint.starts_with("http://"));
        builder = builder
            .with_endpoint(endpoint.trim_end_matches('/'))
            .with_virtual_hosted_style_request(false);
    }
    if let Some(region) = &options.region {
        builder = builder.with_region(region);
    }
    builder
        .with_client_options(client)
        .with_retry(retry)
        .build()
        .map_err(|error| S3Error::Settings(chain(&error)))
}

/// What the thread for connections is asked to do.
enum Request {
    List {
        prefix: String,
        answer: oneshot::Sender<Result<Vec<Object>, S3Error>>,
    },
    Get {
        key: String,
        chunks: mpsc::Sender<fetch::Chunk>,
    },
}

/// The thread for connections. It ends when the last sender is gone.
#[derive(Debug, Clone)]
struct Connection {
    requests: mpsc::UnboundedSender<Request>,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::List { prefix, .. } => write!(formatter, "list {prefix}"),
            Self::Get { key, .. } => write!(formatter, "get {key}"),
        }
    }
}

impl Connection {
    fn new(store: AmazonS3) -> Result<Self, S3Error> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| S3Error::Settings(error.to_string()))?;
        let (requests, mut queue) = mpsc::unbounded_channel();
        let store = Arc::new(store);
        let serve = async move {
            while let Some(request) = queue.recv().await {
                let store = Arc::clone(&store);
                match request {
                    Request::List { prefix, answer } => {
                        tokio::spawn(async move {
                            // Whoever asked may be gone.
                            let _ = answer.send(list(&store, &prefix).await);
                        });
                    }
                    Request::Get { key, chunks } => {
                        tokio::spawn(fetch::get(store, key, chunks));
                    }
                }
            }
        };
        std::thread::Builder::new()
            .name("s3".to_owned())
            .spawn(move || runtime.block_on(serve))
            .map_err(|error| S3Error::Settings(error.to_string()))?;
        Ok(Self { requests })
    }

    fn send(&self, request: Request) -> Result<(), S3Error> {
        self.requests.send(request).map_err(|_| S3Error::Closed)
    }
}

async fn list(store: &AmazonS3, prefix: &str) -> Result<Vec<Object>, S3Error> {
    let mut objects = Vec::new();
    let mut page_token = None;
    loop {
        let options = PaginatedListOptions {
            page_token,
            ..PaginatedListOptions::default()
        };
        let page = store
            .list_paginated(Some(prefix), options)
            .await
            .map_err(|error| S3Error::List(chain(&error)))?;
        objects.extend(page.result.objects.into_iter().map(|object| Object {
            key: object.location.to_string(),
            size: object.size,
        }));
        page_token = page.page_token;
        if page_token.is_none() {
            return Ok(objects);
        }
    }
}

/// An error with everything that caused it, each thing said once.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = error.source();
    }
    text
}
