//! The text of a digest.
//!
//! Source: "CloudTrail digest file structure" in the CloudTrail user guide.

use serde::Deserialize;

use super::name::{self, DigestName};
use crate::time::EventTime;

/// Bytes of text that a digest may have. A digest names each log of an hour in some 400 bytes.
pub(super) const MOST_BYTES: usize = 64 << 20;

/// A digest as CloudTrail writes it. Members that are not listed are left alone; the signature covers
/// them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "each is the member of that name")]
pub struct DigestDocument {
    pub aws_account_id: String,
    pub digest_start_time: String,
    pub digest_end_time: String,
    pub digest_s3_bucket: String,
    pub digest_s3_object: String,
    pub digest_public_key_fingerprint: String,
    #[serde(default)]
    pub digest_signature_algorithm: Option<String>,
    pub previous_digest_s3_bucket: Option<String>,
    pub previous_digest_s3_object: Option<String>,
    pub previous_digest_hash_value: Option<String>,
    pub previous_digest_hash_algorithm: Option<String>,
    pub previous_digest_signature: Option<String>,
    #[serde(default)]
    pub log_files: Vec<LogEntry>,
}

/// A log that a digest names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "each is the member of that name")]
pub struct LogEntry {
    pub s3_bucket: String,
    pub s3_object: String,
    pub hash_value: String,
    pub hash_algorithm: String,
    #[serde(default)]
    pub newest_event_time: Option<String>,
    #[serde(default)]
    pub oldest_event_time: Option<String>,
}

/// A digest that was read, with what its names and times mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Digest {
    pub(super) document: DigestDocument,
    pub(super) name: DigestName,
    pub(super) start: EventTime,
    pub(super) end: EventTime,
    pub(super) previous: Option<Previous>,
}

/// The digest before, as the next one quotes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Previous {
    pub(super) object: String,
    pub(super) hash: String,
    pub(super) signature: String,
}

impl DigestDocument {
    /// Reads the inflated text of a digest.
    ///
    /// # Errors
    /// Where and why it is none.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        if text.len() > MOST_BYTES {
            return Err(format!("larger than the limit of {MOST_BYTES} bytes"));
        }
        serde_json::from_slice(text).map_err(|error| error.to_string())
    }

    /// `s3://bucket/key` of the digest itself.
    #[must_use]
    pub fn object(&self) -> String {
        object(&self.digest_s3_bucket, &self.digest_s3_object)
    }
}

impl LogEntry {
    /// `s3://bucket/key` of the log.
    #[must_use]
    pub fn object(&self) -> String {
        object(&self.s3_bucket, &self.s3_object)
    }
}

impl Digest {
    /// Reads a digest and checks what it says about itself.
    pub(super) fn read(text: &[u8]) -> Result<Self, String> {
        let document = DigestDocument::parse(text)?;
        let key = &document.digest_s3_object;
        let name = name::digest_name(key).ok_or("digestS3Object is no name of a digest")?;
        let of_folders = name::folders(key);
        if of_folders != Some((&*name.account, &*name.region)) {
            return Err("the folders and the file name of digestS3Object differ".to_owned());
        }
        if name.account != document.aws_account_id {
            return Err("digestS3Object is of another account than awsAccountId".to_owned());
        }
        let start = time(&document.digest_start_time, "digestStartTime")?;
        let end = time(&document.digest_end_time, "digestEndTime")?;
        if end <= start {
            return Err("digestEndTime is not after digestStartTime".to_owned());
        }
        if !name.backfill && name.end != end {
            return Err("digestS3Object carries another time than digestEndTime".to_owned());
        }
        let previous = previous(&document)?;
        Ok(Self {
            document,
            name,
            start,
            end,
            previous,
        })
    }

    pub(super) fn object(&self) -> String {
        self.document.object()
    }
}

/// The five members about the digest before are all there or all null.
fn previous(document: &DigestDocument) -> Result<Option<Previous>, String> {
    let members = (
        &document.previous_digest_s3_bucket,
        &document.previous_digest_s3_object,
        &document.previous_digest_hash_value,
        &document.previous_digest_signature,
    );
    match members {
        (None, None, None, None) => Ok(None),
        (Some(bucket), Some(key), Some(hash), Some(signature)) => {
            if document.previous_digest_hash_algorithm.as_deref() != Some("SHA-256") {
                return Err("previousDigestHashAlgorithm is not SHA-256".to_owned());
            }
            Ok(Some(Previous {
                object: object(bucket, key),
                hash: hash.to_ascii_lowercase(),
                signature: signature.to_ascii_lowercase(),
            }))
        }
        _ => Err("some of the members about the previous digest are null".to_owned()),
    }
}

fn object(bucket: &str, key: &str) -> String {
    format!("s3://{bucket}/{key}")
}

fn time(text: &str, member: &str) -> Result<EventTime, String> {
    EventTime::parse(text).ok_or_else(|| format!("{member} is no time"))
}
