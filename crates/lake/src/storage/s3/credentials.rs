//! With whose credentials S3 is called.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use object_store::CredentialProvider;
use object_store::aws::AwsCredential;
use zeroize::Zeroizing;

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

/// Credentials, or why there are none; the text is shown.
pub type AskedCredentials<'a> =
    Pin<Box<dyn Future<Output = Result<S3Credentials, String>> + Send + 'a>>;

/// Gives credentials. It is asked before each request, and keeps what it has until it expires.
pub trait S3CredentialSource: fmt::Debug + Send + Sync {
    /// Credentials that are valid now. Runs on a runtime of Tokio.
    fn credentials(&self) -> AskedCredentials<'_>;
}

/// Credentials that never change.
impl S3CredentialSource for S3Credentials {
    fn credentials(&self) -> AskedCredentials<'_> {
        Box::pin(std::future::ready(Ok(self.clone())))
    }
}

/// A source as clients of S3 want it.
#[derive(Debug)]
pub(super) struct Source(pub(super) Arc<dyn S3CredentialSource>);

#[async_trait]
impl CredentialProvider for Source {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let failed = |reason: String| object_store::Error::Generic {
            store: "S3",
            source: reason.into(),
        };
        let asked = self.0.credentials().await;
        let given = asked.map_err(|reason| failed(format!("no credentials: {reason}")))?;
        // What is none of a header would be taken for one where requests are signed.
        let texts = [
            Some(given.access_key_id.as_str()),
            Some(given.secret_access_key.as_str()),
            given.session_token.as_ref().map(|token| token.as_str()),
        ];
        let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        if !texts.into_iter().flatten().all(is_plain) {
            return Err(failed(
                "the credentials are no credentials of AWS".to_owned(),
            ));
        }
        Ok(Arc::new(AwsCredential {
            key_id: given.access_key_id,
            secret_key: given.secret_access_key.as_str().to_owned(),
            token: given
                .session_token
                .as_ref()
                .map(|token| token.as_str().to_owned()),
        }))
    }
}
