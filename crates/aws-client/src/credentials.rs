//! Keeps credentials until shortly before they expire.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use tokio::sync::Mutex;

use crate::clock::Clock;
use crate::settings::Settings;
use crate::transport::chain;

/// Fresh ones are fetched this long before the old ones expire.
const MARGIN: Duration = Duration::from_secs(300);

/// Credentials for what calls AWS without a [`crate::Client`]. They are kept until shortly before they
/// expire.
#[derive(Debug)]
pub struct KeptCredentials {
    cache: CredentialCache,
    clock: Arc<dyn Clock>,
}

impl KeptCredentials {
    /// Credentials from where the settings have them.
    pub fn new(settings: &Settings) -> Self {
        let provider = settings.credentials.clone();
        Self {
            cache: CredentialCache::new(provider, settings.timeouts.credentials),
            clock: Arc::clone(&settings.clock),
        }
    }

    /// Credentials that are valid for a while.
    ///
    /// # Errors
    /// Why there are none; nothing secret is in the text.
    pub async fn current(&self) -> Result<Credentials, String> {
        self.cache.current(self.clock.now()).await
    }
}

#[derive(Debug)]
pub(crate) struct CredentialCache {
    provider: SharedCredentialsProvider,
    timeout: Duration,
    current: Mutex<Option<Credentials>>,
    warned: AtomicBool,
}

impl CredentialCache {
    pub(crate) fn new(provider: SharedCredentialsProvider, timeout: Duration) -> Self {
        Self {
            provider,
            timeout,
            current: Mutex::new(None),
            warned: AtomicBool::new(false),
        }
    }

    /// Credentials that are valid for a while.
    pub(crate) async fn current(&self, now: SystemTime) -> Result<Credentials, String> {
        let mut current = self.current.lock().await;
        let remaining = |credentials: &Credentials| match credentials.expiry() {
            Some(expiry) => expiry.duration_since(now).unwrap_or_default(),
            None => Duration::MAX,
        };
        if let Some(kept) = current.as_ref().filter(|kept| remaining(kept) > MARGIN) {
            return Ok(kept.clone());
        }
        match self.fetch().await {
            Ok(fresh) => {
                *current = Some(fresh.clone());
                Ok(fresh)
            }
            // The old ones are good for some minutes; the next call tries again.
            Err(reason) => match current.as_ref().filter(|kept| !remaining(kept).is_zero()) {
                Some(kept) => {
                    if !self.warned.swap(true, Ordering::Relaxed) {
                        tracing::warn!(reason, "credentials cannot be renewed");
                    }
                    Ok(kept.clone())
                }
                None => Err(reason),
            },
        }
    }

    /// Others than the ones that were refused, or an error.
    pub(crate) async fn renewed(&self, refused: &Credentials) -> Result<Credentials, String> {
        let mut current = self.current.lock().await;
        // Another call may have renewed them in the meantime.
        if let Some(kept) = current.as_ref().filter(|kept| !same(kept, refused)) {
            return Ok(kept.clone());
        }
        let fresh = self.fetch().await?;
        if same(&fresh, refused) {
            return Err("their source gives the same ones again".to_owned());
        }
        *current = Some(fresh.clone());
        Ok(fresh)
    }

    async fn fetch(&self) -> Result<Credentials, String> {
        let fetching = self.provider.provide_credentials();
        match tokio::time::timeout(self.timeout, fetching).await {
            Ok(Ok(credentials)) => Ok(credentials),
            Ok(Err(error)) => Err(chain(&error)),
            Err(_) => Err(format!("no credentials within {:?}", self.timeout)),
        }
    }
}

fn same(left: &Credentials, right: &Credentials) -> bool {
    left.access_key_id() == right.access_key_id() && left.session_token() == right.session_token()
}
