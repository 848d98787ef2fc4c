//! Chains of signed CloudTrail digests over given logs, and what somebody may do to them.
//!
//! The digests have the form, the names and the signatures of those that CloudTrail delivers, made
//! with a test key of this repository. No public set of real ones is known.

use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::delivery::{File, WriteError, gzip};
use crate::time::{HOUR, Time};

mod key;
mod logs;
mod manipulation;

pub use key::TestKey;
pub use logs::{log_file, log_of_text, logging_event, plain_event, sample_logs};
pub use manipulation::Manipulation;

/// What the digests of a chain have in common.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Account whose logs are covered.
    pub account: String,
    /// Region whose logs are covered.
    pub region: String,
    /// Name of the trail.
    pub trail: String,
    /// Home Region of the trail.
    pub home_region: String,
    /// Identifier of the organisation, for an organisation trail.
    pub organization: Option<String>,
    /// Bucket of logs and digests.
    pub bucket: String,
    /// Start of the first hour.
    pub start: Time,
    /// Hours, counted from 0.
    pub hours: usize,
    /// Hours for which there is no digest, since logging was off. The digest after them begins the
    /// chain anew.
    pub off: Vec<usize>,
    /// Hours whose digest begins the chain anew although the one before is there.
    pub anew: Vec<usize>,
    /// Whether these are digests of late files.
    pub backfill: bool,
    /// The key that signs.
    pub key: TestKey,
}

impl Default for Plan {
    /// Twelve hours of one account and Region.
    fn default() -> Self {
        Self {
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
            trail: "ml_platform_trail".to_owned(),
            home_region: "eu-west-1".to_owned(),
            organization: None,
            bucket: "northwind-trail".to_owned(),
            start: Time::date(2026, 3, 2),
            hours: 12,
            off: Vec::new(),
            anew: Vec::new(),
            backfill: false,
            key: TestKey::Digest,
        }
    }
}

/// A digest as CloudTrail delivers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedDigest {
    /// Start of its hour.
    pub start: Time,
    /// End of its hour.
    pub end: Time,
    /// Bucket in which CloudTrail put it.
    pub bucket: String,
    /// Key of the object in the bucket.
    pub object_key: String,
    /// The object, compressed.
    pub file: File,
    /// The text.
    pub text: String,
    /// `x-amz-meta-signature`, in hexadecimal.
    pub signature: String,
    /// `x-amz-meta-backfill-generation-timestamp` of a backfill digest.
    pub backfill_generation: Option<String>,
    /// The key that signed it.
    pub key: TestKey,
}

/// Logs and the digests that cover them.
#[derive(Debug, Clone, Default)]
pub struct DataSet {
    /// Logs; the path is the key.
    pub logs: Vec<File>,
    /// Digests, chain after chain, oldest first.
    pub digests: Vec<SignedDigest>,
}

impl Plan {
    /// Digests over those logs that were delivered in their hours.
    ///
    /// # Errors
    /// When a digest cannot be compressed.
    pub fn digests(&self, logs: &[File]) -> Result<Vec<SignedDigest>, WriteError> {
        let mut digests: Vec<SignedDigest> = Vec::new();
        for hour in (0..self.hours).filter(|hour| !self.off.contains(hour)) {
            let start = self.start.plus(hour as i64 * HOUR);
            let is_anew = self.anew.contains(&hour)
                || hour.checked_sub(1).is_some_and(|it| self.off.contains(&it));
            let previous = digests.last().filter(|_| !is_anew);
            let covered: Vec<&File> = logs
                .iter()
                .filter(|log| {
                    let of_place = format!("{}_CloudTrail_{}_", self.account, self.region);
                    let delivered = logs::delivered(&log.path);
                    log.path.contains(&of_place)
                        && delivered.is_some_and(|it| it >= start && it < start.plus(HOUR))
                })
                .collect();
            digests.push(self.digest(start, previous, &covered)?);
        }
        Ok(digests)
    }

    /// One digest over given logs.
    ///
    /// # Errors
    /// When it cannot be compressed.
    pub fn digest(
        &self,
        start: Time,
        previous: Option<&SignedDigest>,
        logs: &[&File],
    ) -> Result<SignedDigest, WriteError> {
        let end = start.plus(HOUR);
        let path = self.path(end);
        let log_files: Vec<Value> = logs.iter().map(|log| self.entry(log, start)).collect();
        let document = json!({
            "awsAccountId": self.account,
            "digestStartTime": start.iso(),
            "digestEndTime": end.iso(),
            "digestS3Bucket": self.bucket,
            "digestS3Object": path,
            "digestPublicKeyFingerprint": self.key.fingerprint(),
            "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": end.plus(-1).iso(),
            "oldestEventTime": start.iso(),
            "previousDigestS3Bucket": previous.map(|it| &it.bucket),
            "previousDigestS3Object": previous.map(|it| &it.object_key),
            "previousDigestHashValue": previous.map(|it| sha256(it.text.as_bytes())),
            "previousDigestHashAlgorithm": previous.map(|_| "SHA-256"),
            "previousDigestSignature": previous.map(|it| &it.signature),
            "logFiles": log_files,
        });
        let text = document.to_string();
        let signed = format!(
            "{}\n{}/{path}\n{}\n{}",
            end.iso(),
            self.bucket,
            sha256(text.as_bytes()),
            previous.map_or("null", |it| &it.signature),
        );
        Ok(SignedDigest {
            start,
            end,
            bucket: self.bucket.clone(),
            signature: self.key.sign(signed.as_bytes()),
            file: File {
                bytes: gzip(Path::new(&path), text.as_bytes(), 9)?,
                path: path.clone(),
            },
            object_key: path,
            text,
            backfill_generation: self.backfill.then(|| end.plus(3 * HOUR).iso()),
            key: self.key,
        })
    }

    fn path(&self, end: Time) -> String {
        let Self {
            account,
            region,
            trail,
            home_region,
            ..
        } = self;
        let organization = self.organization.as_ref();
        let organization = organization.map_or(String::new(), |it| format!("{it}/"));
        let time = end.iso().replace(['-', ':'], "");
        let ending = if self.backfill { "_backfill" } else { "" };
        format!(
            "AWSLogs/{organization}{account}/CloudTrail-Digest/{region}/{}/\
             {account}_CloudTrail-Digest_{region}_{trail}_{home_region}_{time}{ending}.json.gz",
            end.path(),
        )
    }

    fn entry(&self, log: &File, start: Time) -> Value {
        let text = logs::inflated(log);
        json!({
            "s3Bucket": self.bucket,
            "s3Object": log.path,
            "hashValue": sha256(&text),
            "hashAlgorithm": "SHA-256",
            "newestEventTime": start.plus(HOUR - 1).iso(),
            "oldestEventTime": start.iso(),
        })
    }
}

impl DataSet {
    /// Twelve hours of small logs under one chain, the first of which tells that logging began.
    ///
    /// # Errors
    /// When a file cannot be compressed.
    pub fn sample(plan: &Plan) -> Result<Self, WriteError> {
        let logs = sample_logs(plan)?;
        let digests = plan.digests(&logs)?;
        Ok(Self { logs, digests })
    }

    /// Every file, as `aws s3 sync` would bring it.
    #[must_use]
    pub fn files(&self) -> Vec<File> {
        let digests = self.digests.iter().map(|digest| digest.file.clone());
        self.logs.iter().cloned().chain(digests).collect()
    }

    /// The signatures, as `rempart trail verify --signatures` reads them.
    #[must_use]
    pub fn signatures(&self) -> String {
        let line = |digest: &SignedDigest| {
            let mut line = json!({
                "key": digest.object_key,
                "signature": digest.signature,
                "algorithm": "SHA256withRSA",
            });
            if let (Some(made), Some(line)) = (&digest.backfill_generation, line.as_object_mut()) {
                line.insert("backfillGenerationTimestamp".to_owned(), json!(made));
            }
            format!("{line}\n")
        };
        self.digests.iter().map(line).collect()
    }

    /// The public keys, as `aws cloudtrail list-public-keys` prints them.
    #[must_use]
    pub fn keys() -> String {
        let list = json!({ "PublicKeyList": [TestKey::Digest.listed()] });
        serde_json::to_string_pretty(&list).unwrap_or_default() + "\n"
    }
}

/// Hexadecimal SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    key::hex(&Sha256::digest(bytes))
}
