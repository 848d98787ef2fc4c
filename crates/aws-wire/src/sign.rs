//! Signatures of version 4 (SigV4), verified: `AWS4-HMAC-SHA256` in the `Authorization` header or in
//! the query string (presigned).
//!
//! [`claim`] reads who says to have signed and refuses all that can be refused without the secret;
//! [`Claim::check`] computes the signature and compares it in constant time; [`verify`] does both. The
//! rules are those of the AWS General Reference ("Signature Version 4 signing process"); what is
//! stricter here is said at [`claim`].

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;

mod canonical;
mod claim;
mod date;
mod key;
mod replay;

pub use claim::claim;
pub use key::{KeyCache, Secret};
pub use replay::{Replay, ReplayGuard};

use crate::error::ServiceError;
use crate::incoming::Incoming;

/// Difference between the clocks of client and server that is accepted, in seconds. **To verify.**
pub const CLOCK_SKEW_SECONDS: i64 = 15 * 60;
/// Longest validity of a presigned request, in seconds.
pub const MAX_EXPIRES_SECONDS: i64 = 7 * 24 * 60 * 60;
/// Headers that a signature may name.
pub const MAX_SIGNED_HEADERS: usize = 64;

pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What a signature has to be for.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// Region of the endpoint.
    pub region: &'a str,
    /// Signing names that are accepted: that of the operation's service.
    pub services: &'a [&'a str],
}

/// Who says to have signed, and what; nothing of it is proved yet. `Debug` shows neither token nor
/// signature.
pub struct Claim<'a> {
    /// Access key id.
    pub access_key: Cow<'a, str>,
    /// Session token.
    pub token: Option<Cow<'a, str>>,
    /// Day of the scope, `yyyymmdd`.
    pub(crate) date: Cow<'a, str>,
    /// Region of the scope.
    pub(crate) region: Cow<'a, str>,
    /// Service of the scope.
    pub(crate) service: Cow<'a, str>,
    /// Time of the signature as it was sent.
    pub(crate) time: Cow<'a, str>,
    /// Names of the signed headers, as they were sent.
    pub(crate) signed_headers: Cow<'a, str>,
    pub(crate) signature: [u8; 32],
    pub(crate) signed_at: Timestamp,
    pub(crate) usable_until: Timestamp,
    pub(crate) presigned: bool,
}

impl fmt::Debug for Claim<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim")
            .field("access_key", &self.access_key)
            .field("service", &self.service)
            .field("signed_at", &self.signed_at)
            .field("presigned", &self.presigned)
            .finish_non_exhaustive()
    }
}

/// A request whose signature was checked.
#[derive(Clone, PartialEq, Eq)]
pub struct Verified<'a> {
    /// Access key id.
    pub access_key: Cow<'a, str>,
    /// Session token; the lookup of the secret vouched for it.
    pub token: Option<Cow<'a, str>>,
    /// The signature.
    pub signature: [u8; 32],
    /// When it was made, to the second.
    pub signed_at: Timestamp,
    /// From when on it is refused.
    pub usable_until: Timestamp,
    /// Whether it stood in the query string.
    pub presigned: bool,
}

impl fmt::Debug for Verified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("access_key", &self.access_key)
            .field("signed_at", &self.signed_at)
            .field("presigned", &self.presigned)
            .finish_non_exhaustive()
    }
}

/// Why there is no secret for an access key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSecret {
    /// The key is not known, is not active, or does not go with the token
    Unknown,
    /// The session has ended
    Expired,
}

impl From<NoSecret> for ServiceError {
    fn from(reason: NoSecret) -> Self {
        match reason {
            NoSecret::Unknown => Self::new(
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
            ),
            NoSecret::Expired => Self::new(
                "ExpiredTokenException",
                "The security token included in the request is expired",
            ),
        }
    }
}

/// Finds the secret of an access key id, which a session token goes with or not.
pub type Lookup<'l> = dyn Fn(&str, Option<&str>) -> Result<Secret, NoSecret> + 'l;

/// Verifies a request: [`claim`], the secret by access key id and session token, [`Claim::check`].
///
/// # Errors
/// Those of the steps. `UnrecognizedClientException` or `ExpiredTokenException` without a secret. The
/// answer writes them with the codes of the protocol: STS calls the first `InvalidClientTokenId`.
pub fn verify<'a>(
    incoming: &Incoming<'a>,
    scope: &Scope<'_>,
    lookup: &Lookup<'_>,
    keys: &KeyCache,
    now: Timestamp,
) -> Result<Verified<'a>, ServiceError> {
    let claim = claim(incoming, scope, now)?;
    let secret = lookup(&claim.access_key, claim.token.as_deref())?;
    claim.check(incoming, &secret, keys)
}

impl<'a> Claim<'a> {
    /// Computes the signature of the request and compares it.
    ///
    /// # Errors
    /// `InvalidSignatureException` when it is another one, or when the body is not the one that
    /// `x-amz-content-sha256` names; `IncompleteSignatureException` when the query string cannot be
    /// decoded.
    pub fn check(
        self,
        incoming: &Incoming<'a>,
        secret: &Secret,
        keys: &KeyCache,
    ) -> Result<Verified<'a>, ServiceError> {
        let hash = canonical::request_hash(incoming, &self)?;
        let key = keys.key(
            secret,
            &self.access_key,
            &self.date,
            &self.region,
            &self.service,
        );
        let mut text = String::with_capacity(160);
        for part in [
            ALGORITHM,
            "\n",
            &self.time,
            "\n",
            &self.date,
            "/",
            &self.region,
            "/",
            &self.service,
            "/aws4_request\n",
        ] {
            text.push_str(part);
        }
        canonical::push_hex(&mut text, &hash);
        // Constant time.
        if ring::hmac::verify(&key, text.as_bytes(), &self.signature).is_err() {
            return Err(invalid(
                "The request signature we calculated does not match the signature you provided. \
                 Check your AWS Secret Access Key and signing method. Consult the service \
                 documentation for details.",
            ));
        }
        Ok(Verified {
            access_key: self.access_key,
            token: self.token,
            signature: self.signature,
            signed_at: self.signed_at,
            usable_until: self.usable_until,
            presigned: self.presigned,
        })
    }
}

pub(crate) fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new("InvalidSignatureException", message)
}

pub(crate) fn incomplete(message: impl Into<String>) -> ServiceError {
    ServiceError::new("IncompleteSignatureException", message)
}
