//! Seals of rows, subjects' keys, queue entries and tokens.
//!
//! A sealed value is version (1), id of the data key (4, little endian), nonce (24), commitment (32),
//! ciphertext and tag (16). Key, IV and commitment are derived by HKDF-SHA256 from the key with the
//! nonce as salt, so nonces never meet under one AES key; the commitment is checked before anything is
//! opened, so that one ciphertext opens under one key alone.

use ring::aead::{AES_256_GCM, Aad as Bound, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use ring::{hkdf, hmac};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const NONCE: usize = 24;
const COMMITMENT: usize = 32;
const TAG: usize = 16;
const HEADER: usize = 1 + 4 + NONCE + COMMITMENT;
const INFO: &[u8] = b"rempart/seal/1";
const DERIVED: usize = 32 + 12 + COMMITMENT;

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

/// Bytes that a seal adds.
pub(crate) const OVERHEAD: usize = HEADER + TAG;

/// Where a sealed value belongs; every field is authenticated.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Aad<'a> {
    /// ARN of the feature group.
    pub(crate) group_arn: &'a str,
    /// When the group was created: names may be used again.
    pub(crate) created: i64,
    /// Version of the group's schema.
    pub(crate) schema_version: u32,
    /// Blinded identifier, and what else names the place.
    pub(crate) identifier: &'a [u8],
    /// Event time.
    pub(crate) event_time: i64,
    /// Kind and marks.
    pub(crate) flags: u32,
}

impl Aad<'_> {
    fn encode(&self, key_id: u32) -> Vec<u8> {
        let mut bytes =
            Vec::with_capacity(self.group_arn.len() + self.identifier.len() + 8 * 4 + 44);
        for field in [
            b"rempart/record/1",
            self.group_arn.as_bytes(),
            &self.created.to_be_bytes(),
            &self.schema_version.to_be_bytes(),
            self.identifier,
            &self.event_time.to_be_bytes(),
            &key_id.to_be_bytes(),
            &self.flags.to_be_bytes(),
        ] {
            let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(field);
        }
        bytes
    }
}

/// Appends the sealed form of `plain`.
pub(crate) fn seal_into(
    out: &mut Vec<u8>,
    key: &[u8; 32],
    key_id: u32,
    aad: &Aad<'_>,
    plain: &[u8],
) -> Result<(), SealError> {
    seal_bound(out, key, key_id, &aad.encode(key_id), plain)
}

fn seal_bound(
    out: &mut Vec<u8>,
    key: &[u8; 32],
    key_id: u32,
    aad: &[u8],
    plain: &[u8],
) -> Result<(), SealError> {
    let nonce: [u8; NONCE] = random()?;
    let derived = derive(key, &nonce)?;
    let (cipher, iv, commitment) = parts(&derived)?;
    out.reserve(HEADER + plain.len() + TAG);
    out.push(VERSION);
    out.extend_from_slice(&key_id.to_le_bytes());
    out.extend_from_slice(&nonce);
    out.extend_from_slice(commitment);
    let start = out.len();
    out.extend_from_slice(plain);
    let body = out.get_mut(start..).ok_or(SealError)?;
    let tag = cipher
        .seal_in_place_separate_tag(iv, Bound::from(aad), body)
        .map_err(|_| SealError)?;
    out.extend_from_slice(tag.as_ref());
    Ok(())
}

/// The sealed form of `plain`.
pub(crate) fn seal(
    key: &[u8; 32],
    key_id: u32,
    aad: &Aad<'_>,
    plain: &[u8],
) -> Result<Vec<u8>, SealError> {
    let mut out = Vec::with_capacity(OVERHEAD + plain.len());
    seal_into(&mut out, key, key_id, aad, plain)?;
    Ok(out)
}

/// The id of the data key under which a value is sealed.
pub(crate) fn key_id(sealed: &[u8]) -> Option<u32> {
    match sealed {
        [VERSION, a, b, c, d, ..] => Some(u32::from_le_bytes([*a, *b, *c, *d])),
        _ => None,
    }
}

/// Opens a sealed value.
pub(crate) fn open(
    key: &[u8; 32],
    aad: &Aad<'_>,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let key_id = key_id(sealed).ok_or(SealError)?;
    open_bound(key, &aad.encode(key_id), sealed)
}

/// Wraps a key under another, for a place: nonce (12), ciphertext, tag (16). A random nonce is safe: few
/// keys are wrapped under one.
pub(crate) fn wrap(under: &[u8; 32], place: &[u8], key: &[u8; 32]) -> Result<Vec<u8>, SealError> {
    let nonce: [u8; NONCE_LEN] = random()?;
    let cipher = UnboundKey::new(&AES_256_GCM, under).map_err(|_| SealError)?;
    let mut body = Zeroizing::new(*key);
    let tag = LessSafeKey::new(cipher)
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Bound::from(place),
            body.as_mut_slice(),
        )
        .map_err(|_| SealError)?;
    Ok([nonce.as_slice(), body.as_slice(), tag.as_ref()].concat())
}

/// Opens what [`wrap`] gave for this place.
pub(crate) fn unwrap(under: &[u8; 32], place: &[u8], wrapped: &[u8]) -> Result<Key, SealError> {
    let (nonce, body) = wrapped.split_first_chunk::<NONCE_LEN>().ok_or(SealError)?;
    let mut body: Zeroizing<[u8; 32 + TAG]> =
        Zeroizing::new(body.try_into().map_err(|_| SealError)?);
    let cipher = UnboundKey::new(&AES_256_GCM, under).map_err(|_| SealError)?;
    let plain = LessSafeKey::new(cipher)
        .open_in_place(
            Nonce::assume_unique_for_key(*nonce),
            Bound::from(place),
            body.as_mut_slice(),
        )
        .map_err(|_| SealError)?;
    plain.try_into().map(Key::new).map_err(|_| SealError)
}

fn open_bound(key: &[u8; 32], aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let (header, body) = sealed.split_at_checked(HEADER).ok_or(SealError)?;
    let [VERSION, _, _, _, _, rest @ ..] = header else {
        return Err(SealError);
    };
    let (nonce, stated) = rest.split_at_checked(NONCE).ok_or(SealError)?;
    let derived = derive(key, nonce)?;
    let (cipher, iv, commitment) = parts(&derived)?;
    if !same(commitment, stated) {
        return Err(SealError);
    }
    let mut plain = Zeroizing::new(body.to_vec());
    let length = cipher
        .open_in_place(iv, Bound::from(aad), plain.as_mut_slice())
        .map_err(|_| SealError)?
        .len();
    plain.truncate(length);
    Ok(plain)
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

/// A comparison whose time does not depend on the content.
pub(crate) fn same(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len()
        && left
            .iter()
            .zip(right)
            .fold(0, |differing, (a, b)| differing | (a ^ b))
            == 0
}

pub(crate) fn first_bytes<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    for (to, from) in out.iter_mut().zip(bytes) {
        *to = *from;
    }
    out
}

struct Length;

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        DERIVED
    }
}

fn derive(key: &[u8; 32], nonce: &[u8]) -> Result<Zeroizing<[u8; DERIVED]>, SealError> {
    let mut derived = Zeroizing::new([0; DERIVED]);
    hkdf::Salt::new(hkdf::HKDF_SHA256, nonce)
        .extract(key)
        .expand(&[INFO], Length)
        .and_then(|okm| okm.fill(derived.as_mut_slice()))
        .map_err(|_| SealError)?;
    Ok(derived)
}

fn parts(derived: &[u8; DERIVED]) -> Result<(LessSafeKey, Nonce, &[u8]), SealError> {
    let (key, rest) = derived.split_at(32);
    let (iv, commitment) = rest.split_at(12);
    let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| SealError)?;
    let iv = Nonce::try_assume_unique_for_key(iv).map_err(|_| SealError)?;
    Ok((LessSafeKey::new(key), iv, commitment))
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

    #[test]
    fn wrapped_keys_open_in_their_place_alone() {
        let wrapped = wrap(&[1; 32], b"here", &[2; 32]).unwrap();
        assert_eq!(*unwrap(&[1; 32], b"here", &wrapped).unwrap(), [2; 32]);
        assert!(unwrap(&[1; 32], b"there", &wrapped).is_err());
        assert!(unwrap(&[3; 32], b"here", &wrapped).is_err());
    }
}
