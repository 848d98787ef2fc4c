//! What belongs to one account: its credentials, its rates, and what is known of its regions.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_credential_types::provider::SharedCredentialsProvider;

use crate::call::{Class, Reply, ReplyError};
use crate::credentials::CredentialCache;
use crate::limiter::Limiter;
use crate::settings::Settings;

/// Refused for these codes, other requests with the same keys may still be accepted.
const MAY_BE_ONE_REQUEST: [&str; 2] = ["SignatureDoesNotMatch", "InvalidSignatureException"];

/// What belongs to one account.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) credentials: CredentialCache,
    pub(crate) limiter: Limiter,
    regions: Mutex<Regions>,
}

#[derive(Debug, Default)]
pub(crate) struct Regions {
    /// Where AWS accepted our credentials.
    pub(crate) accepted: HashSet<String>,
    /// Where nothing more is asked, and why.
    pub(crate) stopped: HashMap<String, (Class, ReplyError)>,
    /// Buckets that lie in another region than the one asked.
    pub(crate) buckets: HashMap<String, String>,
}

impl Account {
    pub(crate) fn new(provider: SharedCredentialsProvider, settings: &Settings) -> Self {
        Self {
            credentials: CredentialCache::new(provider, settings.timeouts.credentials),
            limiter: Limiter::new(settings.rates),
            regions: Mutex::default(),
        }
    }

    pub(crate) fn regions(&self) -> MutexGuard<'_, Regions> {
        self.regions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Learns from the last reply of a call where calls are accepted and where they are not.
    pub(crate) fn note(&self, reply: &Reply) {
        let mut regions = self.regions();
        match reply.class {
            Class::Ok | Class::Absent | Class::Gone | Class::Denied => {
                regions.accepted.insert(reply.region.clone());
            }
            Class::Clock | Class::Credentials => {
                let Some(error) = &reply.error else { return };
                let one_request = MAY_BE_ONE_REQUEST.contains(&error.code.as_str());
                if one_request && regions.accepted.contains(&reply.region) {
                    return;
                }
                tracing::warn!(
                    region = reply.region,
                    code = error.code,
                    message = error.message,
                    "nothing more is asked in this region"
                );
                let entry = (reply.class, error.clone());
                regions.stopped.insert(reply.region.clone(), entry);
            }
            _ => {}
        }
    }
}
