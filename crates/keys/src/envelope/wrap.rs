//! Keys under keys, and blinded identifiers.

use ring::aead::{Aad as RingAad, NONCE_LEN, Nonce};
use ring::hmac;
use ring::rand::SecureRandom;
use zeroize::{Zeroize, Zeroizing};

use super::place::push_field;
use super::{EnvelopeError, TAG_LENGTH, cipher};
use crate::DataKey;

/// Version of the format of wrapped keys.
const VERSION: u8 = 1;
/// Length of a wrapped key: version, nonce, key, tag.
pub const WRAPPED_LENGTH: usize = 1 + NONCE_LEN + 32 + TAG_LENGTH;

/// What a wrapped key is for. A key that was wrapped for one purpose does not unwrap for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Data key of an epoch
    DataKey,
    /// Key that blinds identifiers
    IndexKey,
    /// Key of one subject, for erasure
    SubjectKey,
    /// Key of the store that seals other things: page tokens, queue entries
    Auxiliary,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Self::DataKey => b"rempart/wrap/1/data-key",
            Self::IndexKey => b"rempart/wrap/1/index-key",
            Self::SubjectKey => b"rempart/wrap/1/subject-key",
            Self::Auxiliary => b"rempart/wrap/1/auxiliary",
        }
    }

    fn bound(self, place: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(place.len() + 40);
        push_field(&mut bytes, self.label());
        push_field(&mut bytes, place);
        bytes
    }
}

/// Wraps a key under a store key, for a purpose and a place (group, store, epoch, subject). A random
/// nonce is safe here: far fewer than 2^32 keys are wrapped under one store key.
///
/// # Errors
/// [`EnvelopeError::NoRandomness`].
pub fn wrap(
    store_key: &DataKey,
    purpose: Purpose,
    place: &[u8],
    key: &DataKey,
    random: &dyn SecureRandom,
) -> Result<Vec<u8>, EnvelopeError> {
    let mut nonce = [0; NONCE_LEN];
    random
        .fill(&mut nonce)
        .map_err(|_| EnvelopeError::NoRandomness)?;
    let cipher = cipher(&store_key.0)?;
    let mut wrapped = Vec::with_capacity(WRAPPED_LENGTH);
    wrapped.push(VERSION);
    wrapped.extend_from_slice(&nonce);
    wrapped.extend_from_slice(key.0.as_slice());
    let body = wrapped
        .get_mut(1 + NONCE_LEN..)
        .ok_or(EnvelopeError::Malformed)?;
    let bound = purpose.bound(place);
    let nonce = Nonce::assume_unique_for_key(nonce);
    match cipher.seal_in_place_separate_tag(nonce, RingAad::from(bound.as_slice()), body) {
        Ok(tag) => {
            wrapped.extend_from_slice(tag.as_ref());
            Ok(wrapped)
        }
        Err(_) => {
            wrapped.zeroize();
            Err(EnvelopeError::TooLong)
        }
    }
}

/// The key that was wrapped for this purpose and place.
///
/// # Errors
/// Anything else.
pub fn unwrap(
    store_key: &DataKey,
    purpose: Purpose,
    place: &[u8],
    wrapped: &[u8],
) -> Result<DataKey, EnvelopeError> {
    let malformed = EnvelopeError::Malformed;
    let (version, rest) = wrapped.split_first().ok_or(malformed)?;
    let (nonce, rest) = rest.split_first_chunk::<NONCE_LEN>().ok_or(malformed)?;
    let body: &[u8; 32 + TAG_LENGTH] = rest.try_into().map_err(|_| malformed)?;
    if *version != VERSION {
        return Err(malformed);
    }
    let mut body = Zeroizing::new(*body);
    let bound = purpose.bound(place);
    let plain = cipher(&store_key.0)?
        .open_in_place(
            Nonce::assume_unique_for_key(*nonce),
            RingAad::from(bound.as_slice()),
            body.as_mut_slice(),
        )
        .map_err(|_| EnvelopeError::NotAuthentic)?;
    let key: &[u8; 32] = (&*plain).try_into().map_err(|_| malformed)?;
    Ok(DataKey(Zeroizing::new(*key)))
}

/// Blinds identifiers under one index key.
pub struct Blinder(hmac::Key);

impl std::fmt::Debug for Blinder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Blinder")
    }
}

impl Blinder {
    /// Makes an index key ready.
    pub fn new(index_key: &DataKey) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, index_key.0.as_slice()))
    }

    /// HMAC-SHA256 of the identifier, cut to 16 bytes (RFC 2104, section 5).
    pub fn blind(&self, identifier: &[u8]) -> [u8; 16] {
        let tag = hmac::sign(&self.0, identifier);
        tag.as_ref().first_chunk().copied().unwrap_or_default()
    }
}

/// [`Blinder::blind`] for one identifier.
pub fn blind(index_key: &DataKey, identifier: &[u8]) -> [u8; 16] {
    Blinder::new(index_key).blind(identifier)
}
