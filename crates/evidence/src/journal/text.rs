//! Lines of the journal and its head, as text.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Entry, LARGEST_HEAD};
use crate::Digest;
use crate::canonical;
use crate::key::{JOURNAL_NAMESPACE, KeyError, SigningKey};
use crate::signers::{AllowedSigners, SignatureStatus, check_signature};

const FORMAT: &str = "rempart-journal/1";
/// Longest text of an entry, in bytes.
const LONGEST_TEXT: usize = 64 << 10;
const MOST_LINKS: usize = 10_000;

/// Where the journal ends.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Head {
    /// Size of the journal.
    pub(crate) bytes: u64,
    pub(crate) entries: u64,
    format: String,
    /// SHA-256 of the last line; of the manifest when there is none.
    pub(crate) last: Digest,
    /// SHA-256 of the manifest.
    pub(crate) manifest: Digest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
}

impl Head {
    /// Of a journal without entries.
    pub(crate) fn first(manifest: Digest) -> Self {
        Self::new(manifest, 0, 0, manifest)
    }

    pub(crate) fn new(manifest: Digest, entries: u64, bytes: u64, last: Digest) -> Self {
        Self {
            bytes,
            entries,
            format: FORMAT.to_owned(),
            last,
            manifest,
            signature: None,
        }
    }

    /// The bytes of the file.
    pub(crate) fn sealed(mut self, key: Option<&SigningKey>) -> Result<Vec<u8>, KeyError> {
        self.signature = None;
        if let Some(key) = key {
            self.signature = Some(key.sign(JOURNAL_NAMESPACE, &text(&self)?)?);
        }
        text(&self)
    }

    pub(crate) fn parse(
        bytes: &[u8],
        allowed: Option<&AllowedSigners>,
        now: Option<Timestamp>,
    ) -> Result<(Self, SignatureStatus), String> {
        if bytes.len() as u64 > LARGEST_HEAD {
            return Err("is too large".to_owned());
        }
        let mut head: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if head.format != FORMAT {
            return Err(format!(
                "has the format {:?}; this version knows {FORMAT:?}",
                head.format
            ));
        }
        if canonical::to_bytes(&head).ok().as_deref() != Some(bytes) {
            return Err("is not the canonical text of its content".to_owned());
        }
        let signature = head.signature.take();
        let status = signature_status(signature.as_deref(), &head, allowed, now)?;
        Ok((head, status))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    at: String,
    links: Vec<String>,
    previous: Digest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
    what: String,
    who: String,
    why: String,
}

/// The line of an entry, with its line feed.
pub(super) fn line(
    entry: &Entry,
    previous: Digest,
    key: Option<&SigningKey>,
) -> Result<Vec<u8>, KeyError> {
    let mut line = Line {
        at: entry.at.clone(),
        links: entry.links.clone(),
        previous,
        signature: None,
        what: entry.what.clone(),
        who: entry.who.clone(),
        why: entry.why.clone(),
    };
    if let Some(key) = key {
        line.signature = Some(key.sign(JOURNAL_NAMESPACE, &text(&line)?)?);
    }
    let mut bytes = text(&line)?;
    bytes.push(b'\n');
    Ok(bytes)
}

pub(super) fn parse_line(
    bytes: &[u8],
    previous: Digest,
    allowed: Option<&AllowedSigners>,
    now: Option<Timestamp>,
) -> Result<(Entry, SignatureStatus), String> {
    let Some(bytes) = bytes.strip_suffix(b"\n") else {
        return Err("the line is cut off".to_owned());
    };
    let mut line: Line = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if line.previous != previous {
        return Err("does not follow the line before (the first: the manifest)".to_owned());
    }
    if canonical::to_bytes(&line).ok().as_deref() != Some(bytes) {
        return Err("is not the canonical text of its content".to_owned());
    }
    let signature = line.signature.take();
    let status = signature_status(signature.as_deref(), &line, allowed, now)?;
    let entry = Entry {
        at: line.at,
        who: line.who,
        what: line.what,
        why: line.why,
        links: line.links,
    };
    check(&entry)?;
    Ok((entry, status))
}

/// Whether an entry can stand in a journal.
pub(super) fn check(entry: &Entry) -> Result<(), String> {
    if entry.at.parse::<Timestamp>().is_err() {
        return Err("`at` is not a time of RFC 3339 (2026-01-31T12:00:00Z)".to_owned());
    }
    for (name, text) in [("who", &entry.who), ("what", &entry.what)] {
        if text.trim().is_empty() {
            return Err(format!("`{name}` is empty"));
        }
    }
    let texts = [&entry.at, &entry.who, &entry.what, &entry.why];
    let too_long = texts
        .into_iter()
        .chain(&entry.links)
        .any(|text| text.len() > LONGEST_TEXT);
    if too_long || entry.links.len() > MOST_LINKS {
        return Err(format!(
            "a text has more than {LONGEST_TEXT} bytes, or there are more than {MOST_LINKS} links"
        ));
    }
    Ok(())
}

/// A signature that does not fit makes the text wrong; whose it is stays to be judged.
fn signature_status(
    signature: Option<&str>,
    without: &impl Serialize,
    allowed: Option<&AllowedSigners>,
    now: Option<Timestamp>,
) -> Result<SignatureStatus, String> {
    let Some(signature) = signature else {
        return Ok(SignatureStatus::Unsigned);
    };
    let message = canonical::to_bytes(without).map_err(|error| error.to_string())?;
    let namespace = JOURNAL_NAMESPACE;
    match check_signature(signature.as_bytes(), namespace, &message, allowed, now) {
        SignatureStatus::Invalid { reason } => Err(format!("its signature is not valid: {reason}")),
        status => Ok(status),
    }
}

fn text(value: &impl Serialize) -> Result<Vec<u8>, KeyError> {
    // Numbers here are sizes of a bounded journal, and strings always have a text.
    canonical::to_bytes(value).map_err(|_| KeyError::Sign(ssh_key::Error::FormatEncoding))
}
