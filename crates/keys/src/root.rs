//! The key under which a keystore lies sealed, and the header of a keystore that tells a wrong key from
//! a damaged file.

use std::fmt;
use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::digest::{SHA256, digest};
use ring::hkdf::{HKDF_SHA256, Prk, Salt};
use ring::rand::SecureRandom;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::DataKey;
use crate::envelope::{NONCE_LENGTH, OVERHEAD, open_under, seal_under};

/// Argon2id for new keystores: 64 MiB, three passes, one lane (RFC 9106, section 4, second choice).
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 1;
/// What a header may ask for at most: a hostile file must not take all memory.
const MOST_MEMORY_KIB: u32 = 1 << 20;
const MOST_PASSES: u32 = 16;
const MOST_LANES: u32 = 16;
/// Shortest passphrase, in bytes.
const SHORTEST_PASSPHRASE: usize = 12;
/// Longest file or value that holds a root key.
const LONGEST_TEXT: u64 = 4096;

const CHECK_TEXT: &[u8] = b"rempart keystore";
const CHECK_LABEL: &[u8] = b"rempart/root/check/1";

/// The secret that opens a keystore. It is kept apart from the keystore's directory.
pub enum RootKey {
    /// 32 bytes
    Key(DataKey),
    /// A passphrase, from which Argon2id makes the key with the salt of the keystore
    Passphrase(Zeroizing<String>),
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key(_) => "RootKey::Key(…)",
            Self::Passphrase(_) => "RootKey::Passphrase(…)",
        })
    }
}

/// Why there is no root key.
#[derive(Debug, thiserror::Error)]
pub enum RootKeyError {
    /// The file cannot be read
    #[error("the root key cannot be read from {path}: {reason}")]
    File {
        /// Path of the file.
        path: String,
        /// What the system says.
        reason: std::io::Error,
    },
    /// The text is no key
    #[error(
        "{origin} holds no root key: 32 bytes are needed, raw, as 64 hexadecimal digits or in base64"
    )]
    NoKey {
        /// Where the text came from.
        origin: String,
    },
    /// The passphrase is too short
    #[error("the passphrase is shorter than {SHORTEST_PASSPHRASE} bytes")]
    ShortPassphrase,
}

impl RootKey {
    /// From a file with 32 raw bytes, 64 hexadecimal digits or base64 of 32 bytes.
    ///
    /// # Errors
    /// The file cannot be read or holds something else.
    pub fn from_file(path: &Path) -> Result<Self, RootKeyError> {
        use std::io::Read as _;
        let shown = path.display().to_string();
        let mut bytes = Zeroizing::new(Vec::new());
        std::fs::File::open(path)
            .and_then(|file| file.take(LONGEST_TEXT).read_to_end(&mut bytes))
            .map_err(|reason| RootKeyError::File {
                path: shown.clone(),
                reason,
            })?;
        if let Ok(raw) = <[u8; 32]>::try_from(bytes.as_slice()) {
            return Ok(Self::Key(DataKey(Zeroizing::new(raw))));
        }
        let text = std::str::from_utf8(&bytes).unwrap_or_default();
        Self::of_text(text, shown)
    }

    /// From the value of an environment variable: 64 hexadecimal digits or base64 of 32 bytes.
    /// `variable` is its name, for the error.
    ///
    /// # Errors
    /// It is something else.
    pub fn from_environment_value(variable: &str, value: &str) -> Result<Self, RootKeyError> {
        Self::of_text(value, format!("the environment variable {variable}"))
    }

    /// From a passphrase.
    ///
    /// # Errors
    /// It is shorter than 12 bytes.
    pub fn from_passphrase(passphrase: &str) -> Result<Self, RootKeyError> {
        if passphrase.len() < SHORTEST_PASSPHRASE {
            return Err(RootKeyError::ShortPassphrase);
        }
        Ok(Self::Passphrase(Zeroizing::new(passphrase.to_owned())))
    }

    fn of_text(text: &str, origin: String) -> Result<Self, RootKeyError> {
        let text = text.trim();
        let hex = Zeroizing::new(decode_hex(text).unwrap_or_default());
        let base64 = Zeroizing::new(BASE64.decode(text).unwrap_or_default());
        for bytes in [&hex, &base64] {
            if let Ok(key) = <[u8; 32]>::try_from(bytes.as_slice()) {
                return Ok(Self::Key(DataKey(Zeroizing::new(key))));
            }
        }
        Err(RootKeyError::NoKey { origin })
    }
}

/// Bytes of hexadecimal digits.
pub(crate) fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|digit| {
            digit
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect();
    let digits = Zeroizing::new(digits?);
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty()
        .then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// Lower-case hexadecimal digits of bytes.
pub(crate) fn encode_hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _: fmt::Result = write!(text, "{byte:02x}");
    }
    text
}

/// What stands in the clear at the head of a keystore.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    version: u32,
    /// Salt of Argon2id and of the derivation of the sealing key.
    salt: [u8; 32],
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    /// A known text, sealed under the root key.
    check: Vec<u8>,
    /// SHA-256 of the rest: tells damage from a wrong root key.
    digest: [u8; 32],
}

/// Why a header does not give a root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HeaderError {
    #[error("its header is damaged")]
    Damaged,
    #[error("its header has version {0}, which this program does not know")]
    Version(u32),
    #[error("the root key is not the one that it was sealed with")]
    WrongRoot,
    #[error("the system gives no random bytes")]
    NoRandomness,
}

/// A root key, ready to seal what a keystore holds.
pub(crate) struct Root {
    derive: Prk,
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Root")
    }
}

impl Header {
    const VERSION: u32 = 1;

    /// A header for a new keystore, and its root.
    pub(crate) fn create(
        key: &RootKey,
        random: &dyn SecureRandom,
    ) -> Result<(Self, Root), HeaderError> {
        let no_randomness = |_| HeaderError::NoRandomness;
        let mut salt = [0; 32];
        random.fill(&mut salt).map_err(no_randomness)?;
        let mut header = Self {
            version: Self::VERSION,
            salt,
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            lanes: LANES,
            check: Vec::new(),
            digest: [0; 32],
        };
        let root = header.root(key)?;
        header.check = root
            .seal(CHECK_LABEL, &[], CHECK_TEXT, random)
            .map_err(|_| HeaderError::NoRandomness)?;
        header.digest = header.digest();
        Ok((header, root))
    }

    /// The root of an existing keystore.
    pub(crate) fn open(&self, key: &RootKey) -> Result<Root, HeaderError> {
        if self.digest != self.digest() {
            return Err(HeaderError::Damaged);
        }
        if self.version != Self::VERSION {
            return Err(HeaderError::Version(self.version));
        }
        let root = self.root(key)?;
        match root.open(CHECK_LABEL, &[], &self.check) {
            Some(text) if *text == CHECK_TEXT => Ok(root),
            _ => Err(HeaderError::WrongRoot),
        }
    }

    fn digest(&self) -> [u8; 32] {
        let mut bytes = Vec::with_capacity(256);
        bytes.extend_from_slice(b"rempart/keystore-header");
        for number in [self.version, self.memory_kib, self.passes, self.lanes] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        bytes.extend_from_slice(&self.salt);
        bytes.extend_from_slice(&self.check);
        let digest = digest(&SHA256, &bytes);
        digest.as_ref().first_chunk().copied().unwrap_or_default()
    }

    fn root(&self, key: &RootKey) -> Result<Root, HeaderError> {
        let secret = match key {
            RootKey::Key(key) => key.0.clone(),
            RootKey::Passphrase(text) => {
                let is_bounded = self.memory_kib <= MOST_MEMORY_KIB
                    && self.passes <= MOST_PASSES
                    && self.lanes <= MOST_LANES;
                if !is_bounded {
                    return Err(HeaderError::Damaged);
                }
                let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32))
                    .map_err(|_| HeaderError::Damaged)?;
                let mut secret = Zeroizing::new([0; 32]);
                Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
                    .hash_password_into(text.as_bytes(), &self.salt, secret.as_mut_slice())
                    .map_err(|_| HeaderError::Damaged)?;
                secret
            }
        };
        Ok(Root {
            derive: Salt::new(HKDF_SHA256, &self.salt).extract(secret.as_slice()),
        })
    }
}

impl Root {
    /// A key for another purpose.
    pub(crate) fn derived(&self, label: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
        let mut key = Zeroizing::new([0; 32]);
        self.derive
            .expand(&[label], HKDF_SHA256)
            .and_then(|output| output.fill(key.as_mut_slice()))
            .ok()?;
        Some(key)
    }

    /// Seals bytes for a purpose and a place.
    pub(crate) fn seal(
        &self,
        label: &[u8],
        place: &[u8],
        plain: &[u8],
        random: &dyn SecureRandom,
    ) -> Result<Vec<u8>, ring::error::Unspecified> {
        let mut nonce = [0; NONCE_LENGTH];
        random.fill(&mut nonce)?;
        seal_under(&self.derive, label, 0, place, plain, nonce)
            .map_err(|_| ring::error::Unspecified)
    }

    /// What was sealed so; `None` for anything else.
    pub(crate) fn open(
        &self,
        label: &[u8],
        place: &[u8],
        sealed: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let mut plain = Zeroizing::new(Vec::with_capacity(
            sealed.len().saturating_sub(OVERHEAD) + 16,
        ));
        open_under(&self.derive, label, 0, place, sealed, &mut plain).ok()?;
        Some(plain)
    }
}
