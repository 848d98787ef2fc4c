//! Ciphertexts of the built-in KMS: `version (1) | key id (16) | material id (32) | sealed value`, where
//! the sealed value has the form of [`crate::envelope`] under a key derived from the material. Key id,
//! material id and encryption context are bound to it.

use ring::hkdf::{HKDF_SHA256, Prk};
use zeroize::Zeroizing;

use crate::envelope::{EnvelopeError, NONCE_LENGTH, open_under, push_field, seal_under};
use crate::{DataKey, EncryptionContext};

const VERSION: u8 = 1;
const LABEL: &[u8] = b"rempart/kms-ciphertext/1";

/// Id of key material. AWS writes it as 64 hexadecimal digits.
pub type MaterialId = [u8; 32];

/// A ciphertext, taken apart. Nothing of it is verified yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ciphertext<'a> {
    /// Bytes of the key id, a UUID.
    pub key_id: [u8; 16],
    /// The material under which it lies.
    pub material_id: MaterialId,
    body: &'a [u8],
}

impl<'a> Ciphertext<'a> {
    /// Takes bytes apart; `None` when they are no ciphertext of this KMS.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        let (key_id, rest) = rest.split_first_chunk::<16>()?;
        let (material_id, body) = rest.split_first_chunk::<32>()?;
        (*version == VERSION).then_some(Self {
            key_id: *key_id,
            material_id: *material_id,
            body,
        })
    }

    /// The plaintext.
    ///
    /// # Errors
    /// It was altered, or key, material or context differ.
    pub fn open(
        &self,
        material: &DataKey,
        context: &EncryptionContext,
    ) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        let mut plain = Zeroizing::new(Vec::with_capacity(self.body.len()));
        let bound = bound(&self.key_id, &self.material_id, context);
        open_under(&derive(material), LABEL, 0, &bound, self.body, &mut plain)?;
        Ok(plain)
    }
}

/// Encrypts under key material.
///
/// # Errors
/// [`EnvelopeError::TooLong`].
pub fn encrypt(
    key_id: [u8; 16],
    material_id: MaterialId,
    material: &DataKey,
    context: &EncryptionContext,
    plaintext: &[u8],
    nonce: [u8; NONCE_LENGTH],
) -> Result<Vec<u8>, EnvelopeError> {
    let bound = bound(&key_id, &material_id, context);
    let sealed = seal_under(&derive(material), LABEL, 0, &bound, plaintext, nonce)?;
    let mut bytes = Vec::with_capacity(1 + 16 + 32 + sealed.len());
    bytes.push(VERSION);
    bytes.extend_from_slice(&key_id);
    bytes.extend_from_slice(&material_id);
    bytes.extend_from_slice(&sealed);
    Ok(bytes)
}

fn derive(material: &DataKey) -> Prk {
    Prk::new_less_safe(HKDF_SHA256, material.0.as_slice())
}

/// The context in its one order (a map is sorted), each name and value with its length before it.
fn bound(key_id: &[u8; 16], material_id: &MaterialId, context: &EncryptionContext) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    push_field(&mut bytes, LABEL);
    push_field(&mut bytes, key_id);
    push_field(&mut bytes, material_id);
    for (name, value) in context {
        push_field(&mut bytes, name.as_bytes());
        push_field(&mut bytes, value.as_bytes());
    }
    bytes
}
