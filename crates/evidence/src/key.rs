//! Signing: SSHSIG with Ed25519, as `ssh-keygen -Y sign` makes it.

use std::fmt;

use ssh_key::private::Ed25519Keypair;
use ssh_key::{Algorithm, HashAlg, LineEnding, PrivateKey};
use thiserror::Error;

/// Namespace of the signature of a manifest (`ssh-keygen -Y verify -n`).
pub const MANIFEST_NAMESPACE: &str = "rempart-case";
/// Namespace of the signatures in a journal.
pub const JOURNAL_NAMESPACE: &str = "rempart-journal";

/// A private key that can sign. `Debug` shows its fingerprint only.
pub struct SigningKey(PrivateKey);

/// Why a key cannot sign.
#[derive(Debug, Error)]
pub enum KeyError {
    /// No private key of OpenSSH of a type that can be read.
    #[error(
        "is no Ed25519 private key in the format of OpenSSH (hint: `ssh-keygen -t ed25519` makes one): {0}"
    )]
    Format(ssh_key::Error),
    /// It needs a passphrase, and there is none.
    #[error("is protected by a passphrase, and none was given")]
    PassphraseNeeded,
    /// The passphrase does not open it.
    #[error("the passphrase does not open it")]
    Passphrase,
    /// Another type, such as a key on hardware.
    #[error(
        "is of type {0}; only ssh-ed25519 can sign here (hint: `ssh-keygen -t ed25519` makes one)"
    )]
    Algorithm(String),
    /// The signature could not be made.
    #[error("cannot sign: {0}")]
    Sign(ssh_key::Error),
}

impl SigningKey {
    /// Reads a private key file of OpenSSH. The passphrase is used when the key needs one.
    pub fn from_openssh(file: &[u8], passphrase: Option<&str>) -> Result<Self, KeyError> {
        let key = PrivateKey::from_openssh(file).map_err(KeyError::Format)?;
        // The type is readable without the passphrase, and worth saying first.
        if key.algorithm() != Algorithm::Ed25519 {
            return Err(KeyError::Algorithm(key.algorithm().to_string()));
        }
        if !key.is_encrypted() {
            return Ok(Self(key));
        }
        let passphrase = passphrase.ok_or(KeyError::PassphraseNeeded)?;
        let opened = key.decrypt(passphrase).map_err(|_| KeyError::Passphrase)?;
        Ok(Self(opened))
    }

    /// The key of a seed that is kept elsewhere.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(PrivateKey::from(Ed25519Keypair::from_seed(seed)))
    }

    /// The public key on one line, as in `allowed_signers` and `authorized_keys`.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn public_key(&self) -> Result<String, KeyError> {
        self.0.public_key().to_openssh().map_err(KeyError::Sign)
    }

    /// Signs a message that is no manifest; `ssh-keygen -Y verify -n <namespace>` checks it.
    ///
    /// # Errors
    /// The signature cannot be made.
    pub fn sign_message(&self, namespace: &str, message: &[u8]) -> Result<String, KeyError> {
        self.sign(namespace, message)
    }

    /// `SHA256:` and base64, as `ssh-keygen -l` shows it.
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint(HashAlg::Sha256).to_string()
    }

    /// The signature as text. Ed25519 has no chance in it: same key and message, same bytes.
    pub(crate) fn sign(&self, namespace: &str, message: &[u8]) -> Result<String, KeyError> {
        self.0
            .sign(namespace, HashAlg::Sha512, message)
            .and_then(|signature| signature.to_pem(LineEnding::LF))
            .map_err(KeyError::Sign)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SigningKey({})", self.fingerprint())
    }
}
