//! From segments to log files, and from log files to digests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::files::{AuditError, HashedGzip, write_new};
use crate::segment;
use crate::signing::SigningKey;
use crate::state::{Delivered, Previous, State};

/// Name of the trail in digests.
pub(crate) const TRAIL: &str = "rempart-store";
/// What stands for the bucket: the log lies in a directory.
pub(crate) const BUCKET: &str = "rempart-store-audit";

/// A place for logs.
pub(crate) struct Place<'a> {
    pub(crate) root: &'a Path,
    pub(crate) region: &'a str,
    pub(crate) key: &'a SigningKey,
}

impl Place<'_> {
    /// Delivers a segment. The same segment at the same time gives the same files, so that it can be
    /// done again after a crash. `is_last` says that nothing was begun after it: then its last line may
    /// be torn. Gives the number of bytes that were.
    pub(crate) fn deliver(
        &self,
        segment: &Path,
        number: u64,
        at: i64,
        is_last: bool,
        state: &mut State,
    ) -> Result<usize, AuditError> {
        let bytes = std::fs::read(segment).map_err(|error| AuditError::new(segment, error))?;
        let content = segment::parse(segment, &bytes, Some(self.key.chain()))?;
        if content.torn > 0 && !is_last {
            let reason = "it was altered: its end is missing, and it was whole once";
            return Err(AuditError::new(segment, reason));
        }
        let Some(before) = content.before else {
            if !is_last {
                return Err(AuditError::new(segment, "it was altered: it is empty"));
            }
            // The crash came while it was begun.
            state.segment = number;
            return Ok(content.torn);
        };
        if before != state.hash {
            return Err(AuditError::new(
                segment,
                "it does not follow the segment that was delivered last",
            ));
        }
        let mut by_recipient: BTreeMap<&str, Vec<&[u8]>> = BTreeMap::new();
        for (recipient, record) in content.records {
            by_recipient.entry(recipient).or_default().push(record);
        }
        for (recipient, records) in by_recipient {
            self.deliver_to(recipient, &records, at, state)?;
        }
        state.hash = content.hash;
        state.segment = number;
        Ok(content.torn)
    }

    fn deliver_to(
        &self,
        recipient: &str,
        records: &[&[u8]],
        at: i64,
        state: &mut State,
    ) -> Result<(), AuditError> {
        let mut file = HashedGzip::new(self.root);
        let (mut oldest, mut newest) = ("", "");
        let mut separator = b"{\"Records\":[".as_slice();
        for record in records {
            file.push(separator)?;
            file.push(record)?;
            separator = b",";
            let time = time_of(record).unwrap_or_default();
            if oldest.is_empty() || time < oldest {
                oldest = time;
            }
            newest = newest.max(time);
        }
        file.push(b"]}")?;
        let (sha256, compressed) = file.finish()?;
        let key = self.log_key(recipient, at, &sha256);
        write_new(&self.root.join(&key), &compressed)?;
        let chain = state.accounts.entry(recipient.to_owned()).or_default();
        if chain.start == 0 {
            chain.start = hour_of(at);
        }
        if !chain.files.iter().any(|file| file.key == key) {
            chain.files.push(Delivered {
                at,
                key,
                sha256,
                oldest: oldest.to_owned(),
                newest: newest.to_owned(),
            });
        }
        Ok(())
    }

    /// Writes a digest for each account whose last one ends before `until`, over the files that were
    /// delivered before. Digests that `state` does not know yet are written again, the same.
    pub(crate) fn digests(&self, until: i64, state: &mut State) -> Result<(), AuditError> {
        for (account, chain) in &mut state.accounts {
            if chain.start == 0 || chain.start >= until {
                continue;
            }
            let (now, later): (Vec<_>, Vec<_>) = std::mem::take(&mut chain.files)
                .into_iter()
                .partition(|file| file.at < until);
            chain.files = now;
            let (start, end) = (iso(chain.start), iso(until));
            let key = self.digest_key(account, until);
            let previous = chain.previous.as_ref();
            let files: Vec<Value> = chain
                .files
                .iter()
                .map(|file| {
                    json!({
                        "s3Bucket": BUCKET, "s3Object": file.key, "hashValue": file.sha256,
                        "hashAlgorithm": "SHA-256", "newestEventTime": file.newest,
                        "oldestEventTime": file.oldest,
                    })
                })
                .collect();
            let newest = chain.files.iter().map(|file| &file.newest).max();
            let oldest = chain.files.iter().map(|file| &file.oldest).min();
            let document = json!({
                "awsAccountId": account,
                "digestStartTime": start,
                "digestEndTime": end,
                "digestS3Bucket": BUCKET,
                "digestS3Object": key,
                "digestPublicKeyFingerprint": self.key.fingerprint(),
                "digestSignatureAlgorithm": "SHA256withRSA",
                "newestEventTime": newest,
                "oldestEventTime": oldest,
                "previousDigestS3Bucket": previous.map(|_| BUCKET),
                "previousDigestS3Object": previous.map(|it| &it.key),
                "previousDigestHashValue": previous.map(|it| &it.sha256),
                "previousDigestHashAlgorithm": previous.map(|_| "SHA-256"),
                "previousDigestSignature": previous.map(|it| &it.signature),
                "logFiles": files,
            });
            let text = document.to_string();
            let mut compressed = HashedGzip::new(self.root);
            compressed.push(text.as_bytes())?;
            let (digest, compressed) = compressed.finish()?;
            let signed = format!(
                "{end}\n{BUCKET}/{key}\n{digest}\n{}",
                previous.map_or("null", |it| &it.signature)
            );
            let path = self.root.join(&key);
            let signature = self
                .key
                .sign(signed.as_bytes())
                .ok_or_else(|| AuditError::new(&path, "it could not be signed"))?;
            write_new(&path, &compressed)?;
            write_new(&beside(&path, ".signature"), signature.as_bytes())?;
            chain.previous = Some(Previous {
                key,
                sha256: digest,
                signature,
            });
            chain.files = later;
            chain.start = until;
        }
        Ok(())
    }

    fn log_key(&self, account: &str, at: i64, digest: &str) -> String {
        let time = Timestamp::from_second(at)
            .unwrap_or_default()
            .to_zoned(TimeZone::UTC);
        let (day, minute) = (time.strftime("%Y/%m/%d"), time.strftime("%Y%m%dT%H%MZ"));
        let unique = digest.get(..16).unwrap_or_default();
        let region = self.region;
        format!(
            "AWSLogs/{account}/CloudTrail/{region}/{day}/{account}_CloudTrail_{region}_{minute}_{unique}.json.gz"
        )
    }

    fn digest_key(&self, account: &str, until: i64) -> String {
        let time = Timestamp::from_second(until)
            .unwrap_or_default()
            .to_zoned(TimeZone::UTC);
        let (day, second) = (time.strftime("%Y/%m/%d"), time.strftime("%Y%m%dT%H%M%SZ"));
        let region = self.region;
        format!(
            "AWSLogs/{account}/CloudTrail-Digest/{region}/{day}/{account}_CloudTrail-Digest_{region}_{TRAIL}_{region}_{second}.json.gz"
        )
    }
}

/// The start of the hour.
pub(crate) fn hour_of(second: i64) -> i64 {
    second.div_euclid(3_600) * 3_600
}

fn iso(second: i64) -> String {
    Timestamp::from_second(second)
        .unwrap_or_default()
        .to_string()
}

/// `eventTime` of a record that was written here: nothing else in it reads so, since quotes within texts
/// are escaped.
fn time_of(record: &[u8]) -> Option<&str> {
    const NAME: &[u8] = b",\"eventTime\":\"";
    let start = memchr::memmem::find(record, NAME)? + NAME.len();
    let rest = record.get(start..)?;
    let time = rest.get(..memchr::memchr(b'"', rest)?)?;
    std::str::from_utf8(time).ok()
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}
