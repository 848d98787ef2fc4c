//! Requests that the client of buckets does not know.

use futures_util::StreamExt;
use http::Method;
use object_store::aws::AwsAuthorizer;
use object_store::client::{HttpRequest, HttpRequestBody, HttpResponseBody};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::answer::reason;
use super::clients::Clients;

/// Attempts of a request.
const ATTEMPTS: u32 = 3;
const FIRST_WAIT: std::time::Duration = std::time::Duration::from_millis(200);
/// Bytes of a page; a thousand entries with the longest keys are below.
const LONGEST_PAGE: usize = 16 << 20;
/// RFC 3986, section 2.3.
pub(super) const VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
const KEY: &AsciiSet = &VALUE.remove(b'/');

/// Removes an object, or a version of it for good; what is not there is removed already.
pub(super) async fn remove(
    clients: &Clients,
    bucket: &str,
    key: &str,
    version: Option<&str>,
) -> Result<(), String> {
    let mut address = format!(
        "{}/{bucket}/{}",
        clients.endpoint,
        utf8_percent_encode(key, KEY)
    );
    if let Some(version) = version {
        address.push_str("?versionId=");
        address.extend(utf8_percent_encode(version, VALUE));
    }
    match send(clients, &Method::DELETE, &address).await {
        // S3 says nothing of it; other services do.
        Err(reason) if reason.contains("NoSuchKey:") || reason.contains("NoSuchVersion:") => Ok(()),
        outcome => outcome.map(drop),
    }
}

/// Sends a signed request without body; repeats it while the service is busy.
pub(super) async fn send(
    clients: &Clients,
    method: &Method,
    address: &str,
) -> Result<Vec<u8>, String> {
    let credential = clients
        .credentials
        .get_credential()
        .await
        .map_err(|error| reason(&error))?;
    let mut wait = FIRST_WAIT;
    let mut attempt = 1;
    loop {
        let mut request: HttpRequest = http::Request::builder()
            .method(method)
            .uri(address)
            .body(HttpRequestBody::empty())
            .map_err(|error| reason(&error))?;
        AwsAuthorizer::new(&credential, "s3", &clients.region).authorize(&mut request, None);
        let outcome = clients.http.execute(request).await;
        let failure = match outcome {
            Err(error) => reason(&error),
            Ok(answer) => {
                let status = answer.status();
                let body = limited(answer.into_body()).await?;
                if status.is_success() {
                    return Ok(body);
                }
                let told = String::from_utf8_lossy(&body);
                let failure = format!("{status}: {told}");
                if !status.is_server_error() && status.as_u16() != 429 {
                    return Err(failure);
                }
                failure
            }
        };
        if attempt == ATTEMPTS {
            return Err(failure);
        }
        attempt += 1;
        tokio::time::sleep(wait).await;
        wait *= 2;
    }
}

async fn limited(body: HttpResponseBody) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut chunks = body.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        bytes.extend_from_slice(&chunk.map_err(|error| reason(&error))?);
        if bytes.len() > LONGEST_PAGE {
            return Err("the answer is too long".to_owned());
        }
    }
    Ok(bytes)
}
