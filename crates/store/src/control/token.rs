//! Page tokens: sealed, so that a client can neither read nor make one, and bound to the question and
//! the account that they belong to.

use rempart_aws_wire::ServiceError;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::refusal::{internal, invalid};

/// Seals tokens with a key of this process; tokens do not outlive it.
pub(super) struct Tokens {
    key: LessSafeKey,
    random: SystemRandom,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens")
    }
}

impl Tokens {
    pub(super) fn new() -> Option<Self> {
        let random = SystemRandom::new();
        let mut key = zeroize::Zeroizing::new([0_u8; 32]);
        random.fill(key.as_mut_slice()).ok()?;
        let key = UnboundKey::new(&AES_256_GCM, key.as_slice()).ok()?;
        Some(Self {
            key: LessSafeKey::new(key),
            random,
        })
    }

    /// Seals a place in the answer to a question.
    pub(super) fn seal(
        &self,
        question: &str,
        place: &impl Serialize,
    ) -> Result<String, ServiceError> {
        let failed = || internal("a page token cannot be made");
        let mut nonce = [0_u8; NONCE_LEN];
        self.random.fill(&mut nonce).map_err(|_| failed())?;
        let mut body = serde_json::to_vec(place).map_err(|_| failed())?;
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(question.as_bytes()),
                &mut body,
            )
            .map_err(|_| failed())?;
        let mut token = String::with_capacity((NONCE_LEN + body.len()) * 2);
        for byte in nonce.iter().chain(&body) {
            for digit in [byte >> 4, byte & 15] {
                token.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
            }
        }
        Ok(token)
    }

    /// The place; an error when the token was made for another question, or not here.
    pub(super) fn open<T: DeserializeOwned>(
        &self,
        question: &str,
        token: &str,
    ) -> Result<T, ServiceError> {
        self.opened(question, token)
            .ok_or_else(|| invalid("NextToken is not valid for this request."))
    }

    fn opened<T: DeserializeOwned>(&self, question: &str, token: &str) -> Option<T> {
        let digits = token.as_bytes().chunks_exact(2);
        if !digits.remainder().is_empty() {
            return None;
        }
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let bytes = digits.map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        });
        let bytes: Vec<u8> = bytes.collect::<Option<_>>()?;
        let (nonce, body) = bytes.split_first_chunk::<NONCE_LEN>()?;
        let mut body = body.to_vec();
        let plain = self
            .key
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(question.as_bytes()),
                &mut body,
            )
            .ok()?;
        serde_json::from_slice(plain).ok()
    }
}
