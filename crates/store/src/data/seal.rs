//! Seals of rows, subjects' keys, queue entries and tokens, in the format of `rempart_keys::envelope`: a
//! key of its own for each value, a commitment to it, and the place of the value bound.

use rempart_keys::DataKey;
use rempart_keys::envelope::{self, NONCE_LENGTH};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

pub(crate) use rempart_keys::envelope::{Aad, OVERHEAD, PreparedKey, Purpose};

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

/// A key made ready for many values.
pub(crate) fn prepare(key: &Key, id: u32) -> PreparedKey {
    PreparedKey::new(&DataKey(key.clone()), id)
}

/// Nonces of the values of one call, random and each given once: asking the system for many at a time
/// costs less.
pub(crate) struct Nonces(Vec<[u8; NONCE_LENGTH]>);

impl Nonces {
    /// For about so many values.
    pub(crate) fn new(count: usize) -> Result<Self, SealError> {
        let mut nonces = vec![[0; NONCE_LENGTH]; count];
        SystemRandom::new()
            .fill(nonces.as_flattened_mut())
            .map_err(|_| SealError)?;
        Ok(Self(nonces))
    }

    fn next(&mut self) -> Result<[u8; NONCE_LENGTH], SealError> {
        self.0.pop().map_or_else(random, Ok)
    }
}

/// Appends the sealed form of `plain`.
pub(crate) fn seal_into(
    out: &mut Vec<u8>,
    key: &PreparedKey,
    nonces: &mut Nonces,
    aad: &Aad<'_>,
    plain: &[u8],
) -> Result<(), SealError> {
    let sealed = key
        .seal(aad, plain, nonces.next()?)
        .map_err(|_| SealError)?;
    out.extend_from_slice(&sealed);
    Ok(())
}

/// The sealed form of `plain`.
pub(crate) fn seal(key: &PreparedKey, aad: &Aad<'_>, plain: &[u8]) -> Result<Vec<u8>, SealError> {
    let nonce: [u8; NONCE_LENGTH] = random()?;
    key.seal(aad, plain, nonce).map_err(|_| SealError)
}

/// The id of the data key under which a value is sealed.
pub(crate) fn key_id(sealed: &[u8]) -> Option<u32> {
    envelope::key_id_of(sealed).ok()
}

/// Opens a sealed value.
pub(crate) fn open(
    key: &PreparedKey,
    aad: &Aad<'_>,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    key.open(aad, sealed).map_err(|_| SealError)
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
        let key = prepare(&Key::new([7; 32]), 3);
        let sealed = seal(&key, &place(5), b"value").unwrap();
        assert_eq!(key_id(&sealed), Some(3));
        assert_eq!(open(&key, &place(5), &sealed).unwrap().as_slice(), b"value");
        assert!(open(&key, &place(6), &sealed).is_err());
        let other = prepare(&Key::new([8; 32]), 3);
        assert!(open(&other, &place(5), &sealed).is_err());
        let other = prepare(&Key::new([7; 32]), 4);
        assert!(open(&other, &place(5), &sealed).is_err());
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
    fn nonces_are_given_once() {
        let mut nonces = Nonces::new(3).unwrap();
        let given: std::collections::BTreeSet<_> = (0..8).map(|_| nonces.next().unwrap()).collect();
        assert_eq!(given.len(), 8);
        assert!(!given.contains(&[0; NONCE_LENGTH]));
    }

    #[test]
    fn the_same_value_never_looks_the_same() {
        let key = prepare(&Key::new([7; 32]), 1);
        let first = seal(&key, &place(5), b"value").unwrap();
        let second = seal(&key, &place(5), b"value").unwrap();
        assert_ne!(first, second);
    }
}
