//! What was delivered, for the digests to come.

use std::collections::BTreeMap;
use std::path::Path;

use ring::hmac;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::files::{AuditError, hex, write_new};

/// Kept in `state.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    /// Last hash of the segment that was delivered last.
    pub(crate) hash: String,
    /// Number of the segment that was delivered last.
    pub(crate) segment: u64,
    /// Number of the segment that is being delivered, and when that began, in seconds since 1970: doing
    /// it again after a crash gives the same files.
    #[serde(default)]
    pub(crate) delivering: Option<(u64, i64)>,
    /// End of digests that are being written, in seconds since 1970.
    pub(crate) digests_until: Option<i64>,
    /// By account.
    pub(crate) accounts: BTreeMap<String, Chain>,
}

/// The chain of digests of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chain {
    /// Where the next digest begins, in seconds since 1970.
    pub(crate) start: i64,
    /// Files since the last digest.
    pub(crate) files: Vec<Delivered>,
    /// The last digest.
    pub(crate) previous: Option<Previous>,
}

/// A file that was delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Delivered {
    /// When, in seconds since 1970: the digest of that hour names it.
    #[serde(default)]
    pub(crate) at: i64,
    pub(crate) key: String,
    pub(crate) sha256: String,
    pub(crate) oldest: String,
    pub(crate) newest: String,
}

/// A digest that the next one quotes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Previous {
    pub(crate) key: String,
    pub(crate) sha256: String,
    pub(crate) signature: String,
}

/// The file: what is in it decides what digests will say, so it is bound to the root key as well.
#[derive(Serialize, Deserialize)]
struct Bound {
    hmac: String,
    state: Box<RawValue>,
}

impl State {
    /// Reads the file. Without a key it is believed.
    pub(crate) fn read(path: &Path, key: Option<&hmac::Key>) -> Result<Self, AuditError> {
        let failed = |error: serde_json::Error| AuditError::new(path, error);
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self {
                    hash: crate::segment::FIRST.to_owned(),
                    ..Self::default()
                });
            }
            Err(error) => return Err(AuditError::new(path, error)),
        };
        let bound: Bound = serde_json::from_slice(&bytes).map_err(failed)?;
        let text = bound.state.get();
        if key.is_some_and(|key| tag(key, text) != bound.hmac) {
            return Err(AuditError::new(
                path,
                "it was altered: it does not fit its hash",
            ));
        }
        serde_json::from_str(text).map_err(failed)
    }

    pub(crate) fn write(&self, path: &Path, key: &hmac::Key) -> Result<(), AuditError> {
        let failed = |error: serde_json::Error| AuditError::new(path, error);
        let state = serde_json::value::to_raw_value(self).map_err(failed)?;
        let hmac = tag(key, state.get());
        let text = serde_json::to_vec(&Bound { hmac, state }).map_err(failed)?;
        write_new(path, &text)
    }
}

/// Lines of segments begin with 64 digits, this does not: neither stands for the other.
fn tag(key: &hmac::Key, text: &str) -> String {
    let mut context = hmac::Context::with_key(key);
    context.update(b"state ");
    context.update(text.as_bytes());
    hex(context.sign().as_ref())
}
