//! Signs receipts of erasures.

use std::path::Path;

use rempart_evidence::SigningKey;

use super::NodeError;
use super::open::derived;

/// Namespace of the signatures (`ssh-keygen -Y verify -n`).
pub(super) const NAMESPACE: &str = "rempart-erasure";

/// The key of a store for receipts. It follows from the root key, so nothing secret is kept for it.
#[derive(Debug)]
pub(super) struct Signer {
    key: SigningKey,
}

impl Signer {
    /// Derives the key, and leaves its public half in a file.
    pub(super) fn open(public: &Path, root: &[u8; 32]) -> Result<Self, NodeError> {
        let seed = derived(root, b"receipts of erasures")
            .ok_or_else(|| NodeError::failed("root key", "no key could be derived"))?;
        let key = SigningKey::from_seed(&seed);
        let text = key
            .public_key()
            .map_err(|error| NodeError::failed(public.display(), error))?;
        let line = format!("{text} rempart-store\n");
        if std::fs::read_to_string(public).ok().as_deref() != Some(line.as_str()) {
            std::fs::write(public, line)
                .map_err(|error| NodeError::failed(public.display(), error))?;
        }
        Ok(Self { key })
    }

    /// The signature of a receipt; empty when it could not be made.
    pub(super) fn sign(&self, receipt: &[u8]) -> Vec<u8> {
        let signed = self.key.sign_message(NAMESPACE, receipt);
        signed.map(String::into_bytes).unwrap_or_default()
    }
}
