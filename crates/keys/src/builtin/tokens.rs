//! Grant tokens. A grant takes effect at once here, so a token adds nothing; it is checked all the same.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use rempart_aws_wire::ServiceError;
use ring::hmac;

use super::BuiltinKms;
use super::authorise::Cx;
use super::changes::uuid_text;
use super::input::check_tokens;
use crate::root::{decode_hex, encode_hex};

const VERSION: u8 = 1;
const NONCE_LENGTH: usize = 16;

fn refused() -> ServiceError {
    ServiceError::new(
        "InvalidGrantTokenException",
        "The grant token is not valid.",
    )
}

impl BuiltinKms {
    /// A new token of a grant: version, key id, grant id, nonce and a MAC over them.
    pub(super) fn token(&self, key: [u8; 16], grant: &str) -> Result<String, ServiceError> {
        let mut nonce = [0; NONCE_LENGTH];
        self.fill_random(&mut nonce)?;
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&key);
        bytes.extend_from_slice(&decode_hex(grant).unwrap_or_default());
        bytes.extend_from_slice(&nonce);
        let tag = hmac::sign(&self.token_key, &bytes);
        bytes.extend_from_slice(tag.as_ref());
        Ok(BASE64.encode(bytes))
    }

    /// Id of the key and of the grant that a token stands for, where both are there.
    pub(super) fn grant_of_token(
        &self,
        cx: &Cx<'_>,
        token: &str,
    ) -> Result<(String, String), ServiceError> {
        let bytes = BASE64.decode(token).map_err(|_| refused())?;
        let (version, rest) = bytes.split_first().ok_or_else(refused)?;
        let (key, rest) = rest.split_first_chunk::<16>().ok_or_else(refused)?;
        let (grant, rest) = rest.split_first_chunk::<32>().ok_or_else(refused)?;
        let (_, tag) = rest
            .split_first_chunk::<NONCE_LENGTH>()
            .ok_or_else(refused)?;
        let signed = bytes
            .get(..bytes.len().saturating_sub(tag.len()))
            .ok_or_else(refused)?;
        if *version != VERSION || hmac::verify(&self.token_key, signed, tag).is_err() {
            return Err(refused());
        }
        let grant = encode_hex(grant);
        let keys = self.keys();
        let is_there = keys
            .get(key)
            .is_some_and(|key| !key.meta.is_gone(cx.now) && key.grants.get(&grant).is_some());
        is_there
            .then(|| (uuid_text(*key), grant))
            .ok_or_else(refused)
    }

    /// Refuses tokens that are not valid.
    pub(super) fn check_tokens(&self, cx: &Cx<'_>) -> Result<(), ServiceError> {
        let tokens = cx.requester.tokens;
        check_tokens(tokens.iter().map(String::as_str))?;
        for token in tokens {
            self.grant_of_token(cx, token)?;
        }
        Ok(())
    }
}
