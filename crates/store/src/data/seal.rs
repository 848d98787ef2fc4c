//! Seals of rows, subjects' keys, queue entries and tokens, in the format of `rempart_keys::envelope`: a
//! key of its own for each value, a commitment to it, and the place of the value bound.

use rempart_keys::DataKey;
use rempart_keys::envelope::{self, NONCE_LENGTH, PreparedKey};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

pub(crate) use rempart_keys::envelope::{Aad, OVERHEAD, Purpose};

/// A key of 256 bits that is wiped.
pub(crate) type Key = Zeroizing<[u8; 32]>;

/// Why something was not sealed or opened. There is nothing to say that would not help an attacker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SealError;

/// Random bytes of the system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], SealError> {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| SealError)?;
    Ok(bytes)
}

/// A new key.
pub(crate) fn new_key() -> Result<Key, SealError> {
    random().map(Zeroizing::new)
}

/// Appends the sealed form of `plain`.
pub(crate) fn seal_into(
    out: &mut Vec<u8>,
    key: &[u8; 32],
    key_id: u32,
    aad: &Aad<'_>,
    plain: &[u8],
) -> Result<(), SealError> {
    let sealed = seal(key, key_id, aad, plain)?;
    out.extend_from_slice(&sealed);
    Ok(())
}

/// The sealed form of `plain`.
pub(crate) fn seal(
    key: &[u8; 32],
    key_id: u32,
    aad: &Aad<'_>,
    plain: &[u8],
) -> Result<Vec<u8>, SealError> {
    let nonce: [u8; NONCE_LENGTH] = random()?;
    prepared(key, key_id)
        .seal(aad, plain, nonce)
        .map_err(|_| SealError)
}

/// The id of the data key under which a value is sealed.
pub(crate) fn key_id(sealed: &[u8]) -> Option<u32> {
    envelope::key_id_of(sealed).ok()
}

/// Opens a sealed value.
pub(crate) fn open(
    key: &[u8; 32],
    aad: &Aad<'_>,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let key_id = key_id(sealed).ok_or(SealError)?;
    prepared(key, key_id)
        .open(aad, sealed)
        .map_err(|_| SealError)
}

/// Wraps a key under another, for a purpose and a place.
pub(crate) fn wrap(
    under: &Key,
    purpose: Purpose,
    place: &[u8],
    key: &Key,
) -> Result<Vec<u8>, SealError> {
    let (under, key) = (DataKey(under.clone()), DataKey(key.clone()));
    envelope::wrap(&under, purpose, place, &key, &SystemRandom::new()).map_err(|_| SealError)
}

/// Opens what [`wrap`] gave for this purpose and place.
pub(crate) fn unwrap(
    under: &Key,
    purpose: Purpose,
    place: &[u8],
    wrapped: &[u8],
) -> Result<Key, SealError> {
    let key = envelope::unwrap(&DataKey(under.clone()), purpose, place, wrapped);
    key.map(|key| key.0).map_err(|_| SealError)
}

/// A key that needs two others: whoever lacks one cannot make it.
pub(crate) fn combine(first: &hmac::Key, label: &[u8], second: &[u8]) -> Key {
    let mut context = hmac::Context::with_key(first);
    context.update(label);
    context.update(second);
    Zeroizing::new(first_bytes(context.sign().as_ref()))
}

/// HMAC of an identifier, cut to 16 bytes.
pub(crate) fn blind(index_key: &hmac::Key, identifier: &[u8]) -> [u8; 16] {
    first_bytes(hmac::sign(index_key, identifier).as_ref())
}

pub(crate) fn first_bytes<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    for (to, from) in out.iter_mut().zip(bytes) {
        *to = *from;
    }
    out
}

fn prepared(key: &[u8; 32], id: u32) -> PreparedKey {
    PreparedKey::new(&DataKey(Zeroizing::new(*key)), id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(event_time: i64) -> Aad<'static> {
        Aad {
            group_arn: "arn",
            created: 1,
            schema_version: 1,
            identifier: b"id",
            event_time,
            flags: 0,
        }
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let key = [7; 32];
        let sealed = seal(&key, 3, &place(5), b"value").unwrap();
        assert_eq!(key_id(&sealed), Some(3));
        assert_eq!(open(&key, &place(5), &sealed).unwrap().as_slice(), b"value");
        assert!(open(&key, &place(6), &sealed).is_err());
        assert!(open(&[8; 32], &place(5), &sealed).is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(open(&key, &place(5), &changed).is_err(), "byte {at}");
        }
        for length in 0..sealed.len() {
            assert!(open(&key, &place(5), &sealed[..length]).is_err());
        }
    }

    #[test]
    fn the_same_value_never_looks_the_same() {
        let key = [7; 32];
        let first = seal(&key, 1, &place(5), b"value").unwrap();
        let second = seal(&key, 1, &place(5), b"value").unwrap();
        assert_ne!(first, second);
    }
}
