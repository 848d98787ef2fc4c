//! Sealed values: a key of its own for each, derived from a data key and a random nonce, and bound to the
//! place where the value belongs.
//!
//! A sealed value is `version (1) | id of the data key (4, big endian) | nonce (24) | commitment (32) |
//! ciphertext | tag (16)`. `HKDF-Expand(SHA-256, data key, label | nonce)` (RFC 5869) gives an AES-256
//! key, a nonce for GCM and the commitment. Why derived keys: random nonces of 96 bits are safe for
//! 2^32 values under one key only. Why the commitment: AES-GCM lets one ciphertext open under two keys.
//!
//! Nothing is compressed here.

pub(crate) mod place;
mod wrap;

use ring::aead::{AES_256_GCM, Aad as RingAad, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, KeyType, Prk};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use crate::DataKey;

pub use place::Aad;
pub(crate) use place::push_field;
pub use wrap::{Blinder, Purpose, WRAPPED_LENGTH, blind, unwrap, wrap};

/// Version of the format.
const VERSION: u8 = 1;
/// Length of the nonce from which the keys of a value are derived.
pub const NONCE_LENGTH: usize = 24;
const COMMITMENT_LENGTH: usize = 32;
const TAG_LENGTH: usize = 16;
/// Version, id of the data key, nonce, commitment.
const HEADER_LENGTH: usize = 1 + 4 + NONCE_LENGTH + COMMITMENT_LENGTH;
/// How much longer a sealed value is than its plaintext.
pub const OVERHEAD: usize = HEADER_LENGTH + TAG_LENGTH;
/// Longest plaintext. Far below what GCM allows; it bounds memory.
pub const LONGEST_PLAINTEXT: usize = 1 << 26;

/// Separates these keys from others that are derived from the same data key.
const RECORD_LABEL: &[u8] = b"rempart/record-key/1";

/// Why a value cannot be sealed or opened. Which part of it was altered is not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Too short, too long, or of no known version
    #[error("this is no sealed value")]
    Malformed,
    /// It names another data key
    #[error("the value is sealed under data key {found}, not {wanted}")]
    OtherKey {
        /// Id of the data key in the value.
        found: u32,
        /// Id of the data key that was given.
        wanted: u32,
    },
    /// Altered, moved to another place, or sealed under another key
    #[error("the sealed value does not belong to this key and place, or was altered")]
    NotAuthentic,
    /// The plaintext is longer than [`LONGEST_PLAINTEXT`]
    #[error("the value is too long to be sealed")]
    TooLong,
    /// No random bytes
    #[error("the system gives no random bytes")]
    NoRandomness,
}

/// A data key made ready: saves two hashes for each value.
///
/// The keys that `ring` holds inside are not wiped when this is dropped; it offers no way to do so.
pub struct PreparedKey {
    id: u32,
    derive: Prk,
}

impl std::fmt::Debug for PreparedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PreparedKey({})", self.id)
    }
}

impl PreparedKey {
    /// Makes the data key with this id ready.
    pub fn new(key: &DataKey, id: u32) -> Self {
        Self {
            id,
            derive: Prk::new_less_safe(HKDF_SHA256, key.0.as_slice()),
        }
    }

    /// Id of the data key.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Seals a value for a place. The nonce must be random and used once.
    ///
    /// # Errors
    /// [`EnvelopeError::TooLong`].
    pub fn seal(
        &self,
        aad: &Aad<'_>,
        plaintext: &[u8],
        nonce: [u8; NONCE_LENGTH],
    ) -> Result<Vec<u8>, EnvelopeError> {
        let bound = aad.encode(self.id);
        seal_under(
            &self.derive,
            RECORD_LABEL,
            self.id,
            &bound,
            plaintext,
            nonce,
        )
    }

    /// Opens a value of a place. The plaintext is wiped when it is dropped.
    ///
    /// # Errors
    /// Anything but exactly what [`PreparedKey::seal`] gave for this key and place.
    pub fn open(&self, aad: &Aad<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        let mut plain = Zeroizing::new(Vec::with_capacity(
            sealed.len().saturating_sub(HEADER_LENGTH),
        ));
        self.open_into(aad, sealed, &mut plain)?;
        Ok(plain)
    }

    /// The same into a buffer, whose old content is lost and which is empty after an error. The
    /// ciphertext is copied into it once and opened there.
    ///
    /// # Errors
    /// As [`PreparedKey::open`].
    pub fn open_into(
        &self,
        aad: &Aad<'_>,
        sealed: &[u8],
        buffer: &mut Vec<u8>,
    ) -> Result<(), EnvelopeError> {
        let bound = aad.encode(self.id);
        open_under(&self.derive, RECORD_LABEL, self.id, &bound, sealed, buffer)
    }
}

/// [`PreparedKey::seal`] for one value.
///
/// # Errors
/// As there.
pub fn seal(
    key: &DataKey,
    key_id: u32,
    aad: &Aad<'_>,
    plaintext: &[u8],
    nonce: [u8; NONCE_LENGTH],
) -> Result<Vec<u8>, EnvelopeError> {
    PreparedKey::new(key, key_id).seal(aad, plaintext, nonce)
}

/// [`PreparedKey::open`] for one value.
///
/// # Errors
/// As there.
pub fn open(
    key: &DataKey,
    key_id: u32,
    aad: &Aad<'_>,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
    PreparedKey::new(key, key_id).open(aad, sealed)
}

/// Id of the data key under which a value is sealed. Nothing is verified.
///
/// # Errors
/// [`EnvelopeError::Malformed`].
pub fn key_id_of(sealed: &[u8]) -> Result<u32, EnvelopeError> {
    Parts::of(sealed).map(|parts| parts.key_id)
}

/// The pieces of a sealed value.
struct Parts<'a> {
    key_id: u32,
    nonce: [u8; NONCE_LENGTH],
    commitment: &'a [u8; COMMITMENT_LENGTH],
    /// Ciphertext and tag.
    body: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(sealed: &'a [u8]) -> Result<Self, EnvelopeError> {
        let malformed = EnvelopeError::Malformed;
        let (version, rest) = sealed.split_first().ok_or(malformed)?;
        let (key_id, rest) = rest.split_first_chunk::<4>().ok_or(malformed)?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE_LENGTH>().ok_or(malformed)?;
        let (commitment, body) = rest
            .split_first_chunk::<COMMITMENT_LENGTH>()
            .ok_or(malformed)?;
        let is_fit = (TAG_LENGTH..=TAG_LENGTH + LONGEST_PLAINTEXT).contains(&body.len());
        if *version != VERSION || !is_fit {
            return Err(malformed);
        }
        Ok(Self {
            key_id: u32::from_be_bytes(*key_id),
            nonce: *nonce,
            commitment,
            body,
        })
    }
}

/// How much key material a value needs: AES-256 key, nonce for GCM, commitment.
struct Derived(Zeroizing<[u8; 32 + 12 + COMMITMENT_LENGTH]>);

struct DerivedLength;

impl KeyType for DerivedLength {
    fn len(&self) -> usize {
        32 + 12 + COMMITMENT_LENGTH
    }
}

impl Derived {
    fn new(derive: &Prk, label: &[u8], nonce: &[u8; NONCE_LENGTH]) -> Result<Self, EnvelopeError> {
        let mut bytes = Zeroizing::new([0; 32 + 12 + COMMITMENT_LENGTH]);
        derive
            .expand(&[label, nonce], DerivedLength)
            .and_then(|output| output.fill(bytes.as_mut_slice()))
            .map_err(|_| EnvelopeError::Malformed)?;
        Ok(Self(bytes))
    }

    fn split(&self) -> Option<(&[u8; 32], &[u8; 12], &[u8; COMMITMENT_LENGTH])> {
        let (key, rest) = self.0.split_first_chunk::<32>()?;
        let (nonce, rest) = rest.split_first_chunk::<12>()?;
        Some((key, nonce, rest.first_chunk()?))
    }
}

/// Seals under keys derived from `derive` with a label.
pub(crate) fn seal_under(
    derive: &Prk,
    label: &[u8],
    key_id: u32,
    bound: &[u8],
    plaintext: &[u8],
    nonce: [u8; NONCE_LENGTH],
) -> Result<Vec<u8>, EnvelopeError> {
    if plaintext.len() > LONGEST_PLAINTEXT {
        return Err(EnvelopeError::TooLong);
    }
    let derived = Derived::new(derive, label, &nonce)?;
    let (key, gcm_nonce, commitment) = derived.split().ok_or(EnvelopeError::Malformed)?;
    let key = cipher(key)?;
    let mut sealed = Vec::with_capacity(OVERHEAD + plaintext.len());
    sealed.push(VERSION);
    sealed.extend_from_slice(&key_id.to_be_bytes());
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(commitment);
    sealed.extend_from_slice(plaintext);
    let body = sealed
        .get_mut(HEADER_LENGTH..)
        .ok_or(EnvelopeError::Malformed)?;
    let gcm_nonce = Nonce::assume_unique_for_key(*gcm_nonce);
    let tag = key
        .seal_in_place_separate_tag(gcm_nonce, RingAad::from(bound), body)
        .map_err(|_| EnvelopeError::TooLong)?;
    sealed.extend_from_slice(tag.as_ref());
    Ok(sealed)
}

/// Opens what [`seal_under`] gave. The buffer is empty after an error.
pub(crate) fn open_under(
    derive: &Prk,
    label: &[u8],
    key_id: u32,
    bound: &[u8],
    sealed: &[u8],
    buffer: &mut Vec<u8>,
) -> Result<(), EnvelopeError> {
    buffer.clear();
    let parts = Parts::of(sealed)?;
    if parts.key_id != key_id {
        return Err(EnvelopeError::OtherKey {
            found: parts.key_id,
            wanted: key_id,
        });
    }
    let derived = Derived::new(derive, label, &parts.nonce)?;
    let (key, gcm_nonce, commitment) = derived.split().ok_or(EnvelopeError::Malformed)?;
    let is_committed: bool = commitment.ct_eq(parts.commitment).into();
    if !is_committed {
        return Err(EnvelopeError::NotAuthentic);
    }
    let key = cipher(key)?;
    buffer.extend_from_slice(parts.body);
    let gcm_nonce = Nonce::assume_unique_for_key(*gcm_nonce);
    let opened = key
        .open_in_place(gcm_nonce, RingAad::from(bound), buffer)
        .map(|plain| plain.len());
    match opened {
        Ok(length) => {
            buffer.truncate(length);
            Ok(())
        }
        Err(_) => {
            buffer.zeroize();
            Err(EnvelopeError::NotAuthentic)
        }
    }
}

fn cipher(key: &[u8; 32]) -> Result<LessSafeKey, EnvelopeError> {
    UnboundKey::new(&AES_256_GCM, key)
        .map(LessSafeKey::new)
        .map_err(|_| EnvelopeError::Malformed)
}
