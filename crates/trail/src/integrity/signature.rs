//! The signature of one digest: RSASSA-PKCS1-v1_5 with SHA-256 over
//! `digestEndTime LF bucket/key LF hex SHA-256 of the text LF previousDigestSignature or null`.
//!
//! Source: "Custom implementations of CloudTrail log file integrity validation" in the user guide; the
//! windows around the validity of keys are those of the AWS CLI (`validate-logs`).

use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

use super::document::Digest;
use super::hex;
use super::keys::{PublicKey, PublicKeys};
use super::signatures::{ALGORITHM, Signature};
use super::verdict::Verdict;
use crate::time::EventTime;

/// Seconds by which the use of a key may be off: two hours after the end of its validity for the end
/// of a digest, one hour either way for the time at which a backfill digest was made.
const AFTER_VALIDITY: i64 = 2 * 3_600;
const AROUND_BACKFILL: i64 = 3_600;

/// Where a signature comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// The file of signatures, or a file beside the digest.
    File(Signature),
    /// The next digest quotes it.
    Quoted(String),
    /// What is there cannot be read.
    Malformed(String),
    /// Nowhere.
    None,
}

impl Origin {
    /// The signature in hexadecimal.
    pub(super) fn hex(&self) -> Option<&str> {
        match self {
            Self::File(signature) => Some(&signature.hex),
            Self::Quoted(hex) => Some(hex),
            Self::Malformed(_) | Self::None => None,
        }
    }
}

/// Checks a digest by itself, without its neighbours. The reason is empty when it is verified.
pub(super) fn check(
    digest: &Digest,
    sha256: &[u8; 32],
    origin: &Origin,
    keys: &PublicKeys,
) -> (Verdict, String) {
    let document = &digest.document;
    if let Some(algorithm) = &document.digest_signature_algorithm
        && algorithm != ALGORITHM
    {
        let reason = format!("unknown signature algorithm {algorithm}");
        return (Verdict::DigestInvalid, reason);
    }
    if let Origin::File(signature) = origin
        && signature.algorithm != ALGORITHM
    {
        let reason = format!("unknown signature algorithm {}", signature.algorithm);
        return (Verdict::DigestInvalid, reason);
    }
    let text = match origin {
        Origin::Malformed(reason) => {
            let reason = format!("malformed signature metadata: {reason}");
            return (Verdict::DigestInvalid, reason);
        }
        Origin::None => {
            let reason = "no signature at hand: no file holds one and no later digest quotes it";
            return (Verdict::NotVerifiable, reason.to_owned());
        }
        Origin::File(Signature { hex, .. }) | Origin::Quoted(hex) => hex,
    };
    let Some(signature) = bytes_of(text) else {
        let reason = "malformed signature metadata: the signature is not hexadecimal";
        return (Verdict::DigestInvalid, reason.to_owned());
    };
    let fingerprint = &document.digest_public_key_fingerprint;
    let of_fingerprint = keys.of(fingerprint);
    if of_fingerprint.is_empty() {
        let reason = format!("no public key with the fingerprint {fingerprint}");
        return (Verdict::UnknownKey, reason);
    }
    let signed_at = match signing_time(digest, origin) {
        Ok(window) => window,
        Err(reason) => return (Verdict::NotVerifiable, reason),
    };
    let mut in_time = of_fingerprint
        .iter()
        .filter(|key| is_in_time(key, signed_at))
        .peekable();
    if in_time.peek().is_none() {
        let reason = format!("the key {fingerprint} was not in use at that time");
        return (Verdict::UnknownKey, reason);
    }
    let signed = text_to_sign(digest, sha256);
    let is_good = in_time.any(|key| {
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &key.der)
            .verify(signed.as_bytes(), &signature)
            .is_ok()
    });
    if is_good {
        return (Verdict::Verified, String::new());
    }
    (
        Verdict::DigestInvalid,
        "the signature does not fit".to_owned(),
    )
}

fn text_to_sign(digest: &Digest, sha256: &[u8; 32]) -> String {
    let document = &digest.document;
    let previous = document.previous_digest_signature.as_deref();
    format!(
        "{}\n{}/{}\n{}\n{}",
        document.digest_end_time,
        document.digest_s3_bucket,
        document.digest_s3_object,
        hex(sha256),
        previous.unwrap_or("null"),
    )
}

/// The earliest and the latest moment at which the digest may have been signed.
fn signing_time(digest: &Digest, origin: &Origin) -> Result<(i64, i64), String> {
    if !digest.name.backfill {
        let EventTime(end) = digest.end;
        return Ok((end, end - AFTER_VALIDITY));
    }
    let Origin::File(Signature {
        backfill_generation: Some(text),
        ..
    }) = origin
    else {
        return Err("the time at which the backfill digest was made is not at hand".to_owned());
    };
    let EventTime(made) = EventTime::parse(text)
        .ok_or("malformed signature metadata: the backfill generation time is no time")?;
    Ok((made + AROUND_BACKFILL, made - AROUND_BACKFILL))
}

/// A key fits when its validity touches the window: begun before `latest`, not over before `earliest`.
fn is_in_time(key: &PublicKey, (latest, earliest): (i64, i64)) -> bool {
    // A digest is signed after it ends: two hours are allowed for that at the start as well.
    key.from.0 <= latest + AFTER_VALIDITY && key.to.0 >= earliest
}

/// Bytes of hexadecimal text, of at most the size of an 8,192-bit signature.
fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if digits.is_empty() || !digits.len().is_multiple_of(2) || digits.len() > 2_048 {
        return None;
    }
    let value = |digit: u8| char::from(digit).to_digit(16);
    digits
        .chunks_exact(2)
        .map(|pair| match pair {
            [high, low] => u8::try_from(value(*high)? * 16 + value(*low)?).ok(),
            _ => None,
        })
        .collect()
}
