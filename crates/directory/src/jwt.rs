//! Tokens that say for whom a session acts: JSON Web Tokens (RFC 7519), signed with RS256 or ES256
//! (RFC 7518) by an issuer of the directory.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;

/// Longest token, in bytes (STS API reference, `ProvidedContext`).
const LONGEST: usize = 2_048;
/// Seconds by which clocks may differ.
const LEEWAY: i64 = 60;

/// Who signs tokens.
#[derive(Debug)]
pub(crate) struct Issuer {
    /// Last part of the provider's ARN.
    pub(crate) name: String,
    /// The `iss` claim.
    pub(crate) issuer: String,
    /// For whom tokens must be made.
    pub(crate) audiences: Vec<String>,
    pub(crate) keys: Vec<Key>,
}

/// A public key.
#[derive(Debug)]
pub(crate) struct Key {
    id: Option<String>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// An uncompressed point of P-256.
    P256(Vec<u8>),
}

/// What a token says, once it is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verified {
    pub(crate) issuer: String,
    pub(crate) subject: String,
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenError {
    #[error("it is no JSON Web Token of at most {LONGEST} bytes")]
    Form,
    #[error("its algorithm is neither RS256 nor ES256, or it needs an extension")]
    Algorithm,
    #[error("no key of the issuer verifies its signature")]
    Signature,
    #[error("it was issued by somebody else")]
    Issuer,
    #[error("it is for another audience")]
    Audience,
    #[error("it is expired, or not valid yet")]
    Time,
    #[error("it names no subject")]
    Subject,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: Option<String>,
    aud: Audience,
    exp: f64,
    nbf: Option<f64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Key {
    /// Reads a JSON Web Key; `None` for one that is not for signatures of the two algorithms.
    pub(crate) fn read<'a>(
        text: &dyn Fn(&str) -> Option<&'a str>,
    ) -> Result<Option<Self>, &'static str> {
        let bytes = |name: &str| {
            let text = text(name).ok_or("a part is missing")?;
            URL_SAFE_NO_PAD
                .decode(text)
                .map_err(|_| "a part is not base64url")
        };
        if text("use").is_some_and(|purpose| purpose != "sig") {
            return Ok(None);
        }
        let kind = match (text("kty"), text("alg"), text("crv")) {
            (Some("RSA"), None | Some("RS256"), _) => {
                let (n, e) = (bytes("n")?, bytes("e")?);
                let bits = n.iter().skip_while(|byte| **byte == 0).count() * 8;
                if !(2_048..=8_192).contains(&bits) {
                    return Err("an RSA key has 2048 to 8192 bits");
                }
                Kind::Rsa { n, e }
            }
            (Some("EC"), None | Some("ES256"), Some("P-256")) => {
                let (x, y) = (bytes("x")?, bytes("y")?);
                if x.len() != 32 || y.len() != 32 {
                    return Err("coordinates of P-256 have 32 bytes");
                }
                let mut point = vec![4];
                point.extend(x);
                point.extend(y);
                Kind::P256(point)
            }
            (None, ..) => return Err("`kty` is missing"),
            _ => return Ok(None),
        };
        let id = text("kid").map(str::to_owned);
        Ok(Some(Self { id, kind }))
    }

    fn verifies(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> bool {
        match (&self.kind, algorithm) {
            (Kind::Rsa { n, e }, "RS256") => {
                let n = n
                    .iter()
                    .position(|byte| *byte != 0)
                    .and_then(|at| n.get(at..));
                let key = RsaPublicKeyComponents {
                    n: n.unwrap_or_default(),
                    e: e.as_slice(),
                };
                key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                    .is_ok()
            }
            (Kind::P256(point), "ES256") => {
                let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
                key.verify(message, signature).is_ok()
            }
            _ => false,
        }
    }
}

impl Issuer {
    /// Verifies a token at a time in seconds since 1970: signature, issuer, audience, times, subject.
    pub(crate) fn verify(&self, token: &str, now: i64) -> Result<Verified, TokenError> {
        if token.len() > LONGEST {
            return Err(TokenError::Form);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Form)?;
        let (header, claims) = signed.split_once('.').ok_or(TokenError::Form)?;
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| TokenError::Form);
        let header: Header =
            serde_json::from_slice(&decode(header)?).map_err(|_| TokenError::Form)?;
        let signature = decode(signature)?;
        // An extension that must be understood is none that we do.
        if header.crit.is_some() || !matches!(header.alg.as_str(), "RS256" | "ES256") {
            return Err(TokenError::Algorithm);
        }
        let is_meant = |key: &&Key| match (&header.kid, &key.id) {
            (Some(wanted), Some(id)) => wanted == id,
            _ => true,
        };
        let mut meant = self.keys.iter().filter(is_meant);
        if !meant.any(|key| key.verifies(&header.alg, signed.as_bytes(), &signature)) {
            return Err(TokenError::Signature);
        }
        let claims: Claims =
            serde_json::from_slice(&decode(claims)?).map_err(|_| TokenError::Form)?;
        if claims.iss != self.issuer {
            return Err(TokenError::Issuer);
        }
        let is_for_us = |audience: &String| self.audiences.contains(audience);
        let is_ours = match &claims.aud {
            Audience::One(audience) => is_for_us(audience),
            Audience::Several(audiences) => audiences.iter().any(is_for_us),
        };
        if !is_ours {
            return Err(TokenError::Audience);
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "seconds of this era are exact in a double"
        )]
        let (now, leeway) = (now as f64, LEEWAY as f64);
        if now >= claims.exp + leeway || claims.nbf.is_some_and(|from| now + leeway < from) {
            return Err(TokenError::Time);
        }
        match claims.sub {
            Some(subject) if !subject.is_empty() => Ok(Verified {
                issuer: claims.iss,
                subject,
            }),
            _ => Err(TokenError::Subject),
        }
    }
}
