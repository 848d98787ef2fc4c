//! What the root key seals: secrets of access keys, and session tokens.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

/// How a sealed secret begins in `rempart.yaml`.
pub(crate) const SEALED: &str = "sealed:v1:";
const SALT: &[u8] = b"rempart directory v1";

/// The keys that are derived from the root key, each for one purpose.
#[derive(Clone)]
pub struct Sealer {
    secrets: LessSafeKey,
    tokens: LessSafeKey,
    random: SystemRandom,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(…)")
    }
}

/// Why something could not be sealed or opened. It says nothing about the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The text is not of the form that is sealed here
    #[error("it is not a sealed secret: `rempart store credential` makes one")]
    Form,
    /// It was sealed under another root key, for another access key, or altered
    #[error(
        "it does not open: it was sealed under another root key, for another access key, or altered"
    )]
    Wrong,
    /// The system gave no random numbers
    #[error("the system gave no random numbers")]
    Random,
}

struct Length;

impl KeyType for Length {
    fn len(&self) -> usize {
        32
    }
}

impl Sealer {
    /// Derives the keys from the root key of a store.
    ///
    /// # Errors
    /// Never in practice: the derivation has fixed lengths.
    pub fn new(root: &[u8; 32]) -> Result<Self, SealError> {
        let prk = Salt::new(HKDF_SHA256, SALT).extract(root);
        let derive = |purpose: &[u8]| {
            let mut key = Zeroizing::new([0; 32]);
            let purpose = [purpose];
            let expanded = prk.expand(&purpose, Length).map_err(|_| SealError::Wrong)?;
            expanded.fill(&mut *key).map_err(|_| SealError::Wrong)?;
            let key = UnboundKey::new(&AES_256_GCM, &*key).map_err(|_| SealError::Wrong)?;
            Ok(LessSafeKey::new(key))
        };
        Ok(Self {
            secrets: derive(b"secrets of access keys")?,
            tokens: derive(b"session tokens")?,
            random: SystemRandom::new(),
        })
    }

    /// The text for `rempart.yaml` that holds the secret of an access key.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn seal_secret(&self, access_key: &str, secret: &str) -> Result<String, SealError> {
        let sealed = self.seal(&self.secrets, access_key.as_bytes(), secret.as_bytes())?;
        Ok(format!("{SEALED}{sealed}"))
    }

    pub(crate) fn open_secret(
        &self,
        access_key: &str,
        text: &str,
    ) -> Result<Zeroizing<String>, SealError> {
        let sealed = text.strip_prefix(SEALED).ok_or(SealError::Form)?;
        let opened = open(&self.secrets, access_key.as_bytes(), sealed)?;
        let text = String::from_utf8(opened.to_vec()).map_err(|_| SealError::Wrong)?;
        Ok(Zeroizing::new(text))
    }

    pub(crate) fn seal_token(&self, access_key: &str, content: &[u8]) -> Result<String, SealError> {
        self.seal(&self.tokens, access_key.as_bytes(), content)
    }

    pub(crate) fn open_token(
        &self,
        access_key: &str,
        token: &str,
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        open(&self.tokens, access_key.as_bytes(), token)
    }

    /// Random bytes as text of an alphabet; `alphabet` has a power of two of letters, at most 256.
    pub(crate) fn random_text(&self, alphabet: &[u8], length: usize) -> Result<String, SealError> {
        let mut bytes = vec![0; length];
        self.random
            .fill(&mut bytes)
            .map_err(|_| SealError::Random)?;
        let letter = |byte: &u8| {
            let at = usize::from(*byte) % alphabet.len().max(1);
            char::from(alphabet.get(at).copied().unwrap_or(b'A'))
        };
        Ok(bytes.iter().map(letter).collect())
    }

    fn seal(&self, key: &LessSafeKey, bound: &[u8], content: &[u8]) -> Result<String, SealError> {
        let mut nonce = [0; NONCE_LEN];
        self.random
            .fill(&mut nonce)
            .map_err(|_| SealError::Random)?;
        let mut sealed = content.to_vec();
        key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(bound),
            &mut sealed,
        )
        .map_err(|_| SealError::Wrong)?;
        let mut whole = nonce.to_vec();
        whole.append(&mut sealed);
        Ok(URL_SAFE_NO_PAD.encode(whole))
    }
}

fn open(key: &LessSafeKey, bound: &[u8], text: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let mut bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| SealError::Form)?;
    if bytes.len() < NONCE_LEN {
        return Err(SealError::Form);
    }
    let mut sealed = Zeroizing::new(bytes.split_off(NONCE_LEN));
    let nonce = Nonce::try_assume_unique_for_key(&bytes).map_err(|_| SealError::Form)?;
    let length = key
        .open_in_place(nonce, Aad::from(bound), &mut sealed)
        .map_err(|_| SealError::Wrong)?
        .len();
    sealed.truncate(length);
    Ok(sealed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_for_its_access_key_and_root_key_alone() {
        let sealer = Sealer::new(&[7; 32]).unwrap();
        let sealed = sealer.seal_secret("AKIAONE", "the secret").unwrap();
        assert!(!sealed.contains("secret"));
        assert_eq!(
            *sealer.open_secret("AKIAONE", &sealed).unwrap(),
            "the secret"
        );
        assert_eq!(
            sealer.open_secret("AKIATWO", &sealed).unwrap_err(),
            SealError::Wrong
        );
        let other = Sealer::new(&[8; 32]).unwrap();
        assert_eq!(
            other.open_secret("AKIAONE", &sealed).unwrap_err(),
            SealError::Wrong
        );
        assert_eq!(
            sealer.open_secret("AKIAONE", "the secret").unwrap_err(),
            SealError::Form
        );
        assert_eq!(
            sealer
                .open_token("AKIAONE", sealed.strip_prefix(SEALED).unwrap())
                .unwrap_err(),
            SealError::Wrong,
        );
    }

    /// Derivation and form, as pyca/cryptography makes them: what was sealed once must open for ever.
    #[test]
    fn known_answers_of_another_implementation_open() {
        let root: [u8; 32] = std::array::from_fn(|at| u8::try_from(at).unwrap());
        let sealer = Sealer::new(&root).unwrap();
        let secret = "sealed:v1:AAECAwQFBgcICQoL8tnHDtiZmbwg5C40Bg4MJ6beqMQrmFSwn1maZ7iU4P_-zWhUN-CGJ7_KQwbTZSNb2b9xbWCTtZo";
        assert_eq!(
            *sealer.open_secret("AKIAIOSFODNN7EXAMPLE", secret).unwrap(),
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
        );
        let token = "AAECAwQFBgcICQoLHJAk9j0eGpBtw9g3V6LfF9z6";
        assert_eq!(
            *sealer.open_token("ASIAIOSFODNN7EXAMPLE", token).unwrap(),
            b"{}"
        );
    }
}
