//! The key that signs digests: RSA, as CloudTrail's, since readers of digests know nothing else.

use std::fmt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use md5::{Digest as _, Md5};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use rsa::pkcs8::EncodePrivateKey as _;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::files::{AuditError, hex, write_new};

const BITS: usize = 2_048;
/// A key is good for this many seconds: ten years.
const VALID: i64 = 10 * 366 * 86_400;

/// Signs digests, and binds the records that no digest covers yet.
pub struct SigningKey {
    pair: RsaKeyPair,
    made: Timestamp,
    chain: hmac::Key,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

impl SigningKey {
    /// Opens the key of a directory, sealed under the root key, or makes it.
    ///
    /// # Errors
    /// It does not open under this root key, or the disk fails.
    pub fn open(path: &Path, root: &[u8; 32], now: Timestamp) -> Result<Self, AuditError> {
        let sealing = sealing(root)?;
        let chain = hmac::Key::new(hmac::HMAC_SHA256, &*derived(root, b"chain of records")?);
        let failed = |reason: String| AuditError {
            path: path.to_owned(),
            reason,
        };
        match std::fs::read(path) {
            Ok(mut bytes) if bytes.len() > 8 + NONCE_LEN => {
                let mut sealed = Zeroizing::new(bytes.split_off(8 + NONCE_LEN));
                let (made, nonce) = bytes.split_at(8);
                let seconds = made.try_into().map(i64::from_le_bytes).unwrap_or_default();
                let wrong =
                    || failed("it does not open under this root key, or was altered".to_owned());
                let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| wrong())?;
                let opened = sealing.open_in_place(nonce, Aad::from(made), &mut sealed);
                let pkcs8 = opened.map_err(|_| wrong())?;
                Ok(Self {
                    pair: RsaKeyPair::from_pkcs8(pkcs8).map_err(|_| wrong())?,
                    made: Timestamp::from_second(seconds).map_err(|_| wrong())?,
                    chain,
                })
            }
            Ok(_) => Err(failed("it is too short to be a key".to_owned())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Self::make(path, &sealing, chain, now)
            }
            Err(error) => Err(failed(error.to_string())),
        }
    }

    fn make(
        path: &Path,
        sealing: &LessSafeKey,
        chain: hmac::Key,
        now: Timestamp,
    ) -> Result<Self, AuditError> {
        let failed = |reason: &str| AuditError {
            path: path.to_owned(),
            reason: reason.to_owned(),
        };
        let key = rsa::PrivateKey::new(&mut rsa::rand_core::UnwrapErr(rsa_random::System), BITS)
            .map_err(|_| failed("no RSA key could be made"))?;
        let pkcs8 = key
            .to_pkcs8_der()
            .map_err(|_| failed("the new key has no PKCS#8 form"))?;
        let pair = RsaKeyPair::from_pkcs8(pkcs8.as_bytes())
            .map_err(|_| failed("the new key does not read"))?;
        let made = now.as_second().to_le_bytes();
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new()
            .fill(&mut nonce)
            .map_err(|_| failed("the system gave no random numbers"))?;
        let mut sealed = Zeroizing::new(pkcs8.as_bytes().to_vec());
        sealing
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(made.as_slice()),
                &mut *sealed,
            )
            .map_err(|_| failed("the new key could not be sealed"))?;
        let whole = [made.as_slice(), &nonce, &sealed].concat();
        write_new(path, &whole)?;
        Ok(Self {
            pair,
            made: now,
            chain,
        })
    }

    /// Binds records.
    pub(crate) fn chain(&self) -> &hmac::Key {
        &self.chain
    }

    /// Signature of a text in hexadecimal (`SHA256withRSA`).
    pub(crate) fn sign(&self, text: &[u8]) -> Option<String> {
        let mut signature = vec![0; self.pair.public().modulus_len()];
        // The random numbers blind the computation; the signature is always the same.
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                text,
                &mut signature,
            )
            .ok()?;
        Some(hex(&signature))
    }

    /// MD5 of the public key in DER, as CloudTrail makes fingerprints.
    pub(crate) fn fingerprint(&self) -> String {
        hex(&Md5::digest(self.pair.public_key().as_ref()))
    }

    /// Writes the list of public keys. Keys that are in it already stay: digests of before need them.
    pub(crate) fn publish(&self, path: &Path) -> Result<(), AuditError> {
        let failed = |error: serde_json::Error| AuditError::new(path, error);
        let mut list = self.public_keys();
        let before: Value = match std::fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(failed)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Value::Null,
            Err(error) => return Err(AuditError::new(path, error)),
        };
        let mine = self.fingerprint();
        let before = before.get("PublicKeyList").and_then(Value::as_array);
        if let Some(keys) = list.get_mut("PublicKeyList").and_then(Value::as_array_mut) {
            let others = before.into_iter().flatten();
            let others = others.filter(|key| key.get("Fingerprint") != Some(&json!(mine)));
            keys.extend(others.cloned());
        }
        write_new(path, &serde_json::to_vec_pretty(&list).map_err(failed)?)
    }

    /// The public key in the form of `aws cloudtrail list-public-keys`.
    pub fn public_keys(&self) -> Value {
        let time = |seconds| {
            Timestamp::from_second(seconds)
                .unwrap_or(self.made)
                .to_string()
        };
        let made = self.made.as_second();
        json!({"PublicKeyList": [{
            "Value": STANDARD.encode(self.pair.public_key().as_ref()),
            "ValidityStartTime": time(made - 86_400),
            "ValidityEndTime": time(made + VALID),
            "Fingerprint": self.fingerprint(),
        }]})
    }
}

fn sealing(root: &[u8; 32]) -> Result<LessSafeKey, AuditError> {
    let key = derived(root, b"signing key of digests")?;
    let key = UnboundKey::new(&AES_256_GCM, &*key).map_err(|_| no_key())?;
    Ok(LessSafeKey::new(key))
}

fn derived(root: &[u8; 32], purpose: &[u8]) -> Result<Zeroizing<[u8; 32]>, AuditError> {
    let prk = Salt::new(HKDF_SHA256, b"rempart audit v1").extract(root);
    let mut key = Zeroizing::new([0; 32]);
    let purpose = [purpose];
    let okm = prk.expand(&purpose, HKDF_SHA256).map_err(|_| no_key())?;
    okm.fill(&mut *key).map_err(|_| no_key())?;
    Ok(key)
}

fn no_key() -> AuditError {
    AuditError {
        path: "root key".into(),
        reason: "no key could be derived".to_owned(),
    }
}

/// The system's random numbers in the form that `rsa` takes.
mod rsa_random {
    use std::fmt;

    use ring::rand::{SecureRandom as _, SystemRandom};
    use rsa::rand_core::{TryCryptoRng, TryRng};

    pub(super) struct System;

    #[derive(Debug)]
    pub(super) struct NoRandom;

    impl fmt::Display for NoRandom {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the system gave no random numbers")
        }
    }

    impl std::error::Error for NoRandom {}

    impl TryRng for System {
        type Error = NoRandom;

        fn try_next_u32(&mut self) -> Result<u32, NoRandom> {
            let mut bytes = [0; 4];
            self.try_fill_bytes(&mut bytes)?;
            Ok(u32::from_le_bytes(bytes))
        }

        fn try_next_u64(&mut self) -> Result<u64, NoRandom> {
            let mut bytes = [0; 8];
            self.try_fill_bytes(&mut bytes)?;
            Ok(u64::from_le_bytes(bytes))
        }

        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), NoRandom> {
            SystemRandom::new().fill(bytes).map_err(|_| NoRandom)
        }
    }

    impl TryCryptoRng for System {}
}
