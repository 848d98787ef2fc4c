//! Sends a signed request and reads the whole answer.

use std::error::Error;
use std::sync::OnceLock;
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{
    HttpConnector as _, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;

use crate::request::Prepared;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What resolvers say about a name that does not exist, as opposed to a resolver that fails.
const NO_SUCH_NAME: [&str; 3] = [
    "Name or service not known",
    "nodename nor servname provided",
    "No such host is known",
];

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    Timeout,
    NoSuchName(String),
    Connection(String),
    Truncated(String),
    TooLarge,
}

/// A connection pool with TLS by rustls and ring, and the certificates of the machine.
pub(crate) fn connector(proxy: ProxyConfig) -> SharedHttpConnector {
    let settings = HttpConnectorSettings::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .build();
    // Without any certificate the library asserts. So: none are trusted, and TLS fails with a reason.
    let trusted = TrustStore::empty().with_native_roots(has_certificates());
    let context = TlsContext::builder().with_trust_store(trusted).build();
    let connector = Connector::builder()
        .connector_settings(settings)
        .proxy_config(proxy)
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(context.unwrap_or_default())
        .build();
    SharedHttpConnector::new(connector)
}

/// Whether the machine has certificates of authorities.
fn has_certificates() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let found = !rustls_native_certs::load_native_certs().certs.is_empty();
        if !found {
            tracing::warn!(
                "this machine has no certificates of authorities, so no host is trusted"
            );
        }
        found
    })
}

/// One exchange.
pub(crate) async fn send(
    connector: &SharedHttpConnector,
    request: Prepared,
    timeout: Duration,
    largest: usize,
) -> Result<Answer, Failure> {
    tokio::time::timeout(timeout, exchange(connector, request, largest))
        .await
        .unwrap_or(Err(Failure::Timeout))
}

async fn exchange(
    connector: &SharedHttpConnector,
    request: Prepared,
    largest: usize,
) -> Result<Answer, Failure> {
    let broken = |error: &dyn Error| Failure::Connection(chain(error));
    let mut builder = http::Request::builder()
        .method(request.method)
        .uri(&request.url);
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    let request = builder
        .body(SdkBody::from(request.body))
        .map_err(|error| broken(&error))?;
    let request = HttpRequest::try_from(request).map_err(|error| broken(&error))?;
    let response = connector.call(request).await.map_err(|error| {
        let text = chain(&error);
        if error.is_timeout() {
            Failure::Timeout
        } else if NO_SUCH_NAME.iter().any(|known| text.contains(known)) {
            Failure::NoSuchName(text)
        } else {
            Failure::Connection(text)
        }
    })?;
    let status = response.status().as_u16();
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let mut body = response.into_body();
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            let error: &dyn Error = error.as_ref();
            Failure::Truncated(chain(error))
        })?;
        if let Ok(data) = frame.into_data() {
            if bytes.len().saturating_add(data.len()) > largest {
                return Err(Failure::TooLarge);
            }
            bytes.extend_from_slice(&data);
        }
    }
    Ok(Answer {
        status,
        headers,
        body: bytes.freeze(),
    })
}

/// An error with its causes on one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    // Causes are few; a chain that does not end would be a fault of a library.
    for _ in 0..16 {
        let Some(cause) = next else { break };
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(header, _)| header == name)?;
        Some(value)
    }
}
