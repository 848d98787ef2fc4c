//! One file: its hash, what is wrong with its compression, and the digest that it may be.

use sha2::{Digest as _, Sha256};

use super::document::{self, Digest};
use super::name;
use crate::read::{Limits, ReadError, Scratch, SourceReport, read_text};
use crate::source::Source;

/// Bytes of text in which a digest shows that it is one.
const HEAD: usize = 64 << 10;

/// What a file holds, as far as its name and beginning tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// A digest, or why it cannot be read.
    Digest(Result<Box<Digest>, String>),
    /// Records.
    Log,
    /// Not decided yet.
    Unknown,
}

/// What keeps a file from being what CloudTrail wrote, whatever its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// Bytes behind the first gzip member.
    Trailing(String),
    /// The compressed data are damaged.
    Damaged(String),
    /// Not read, or not to its end.
    Unread(String),
}

/// A file that was read.
#[derive(Debug, Clone)]
pub(super) struct Scanned {
    pub(super) content: Content,
    /// Of the inflated text, as far as it was read.
    pub(super) sha256: [u8; 32],
    pub(super) stored: u64,
    pub(super) inflated: u64,
    pub(super) fault: Option<Fault>,
}

pub(super) fn scan(source: &Source, limits: &Limits, scratch: &mut Scratch) -> Scanned {
    let is_named_digest = name::is_digest_file(&source.name);
    let mut hasher = Sha256::new();
    let mut text = Vec::new();
    let mut kind = None;
    let mut length = 0;
    let report = read_text(source, limits, scratch, &mut |piece| {
        hasher.update(piece);
        let kind = *kind.get_or_insert_with(|| sniff(piece, is_named_digest));
        length += piece.len();
        if kind == Kind::Digest && text.len() <= document::MOST_BYTES {
            text.extend_from_slice(piece);
        }
    });
    let fault = fault(&report);
    let content = match kind.unwrap_or_else(|| sniff(b"", is_named_digest)) {
        Kind::Digest => Content::Digest(digest(&text, fault.as_ref())),
        Kind::Log => Content::Log,
        Kind::Unknown if name::log_name(&source.name).is_some() => Content::Log,
        Kind::Unknown => Content::Unknown,
    };
    Scanned {
        content,
        sha256: hasher.finalize().into(),
        stored: report.stored_bytes,
        inflated: length as u64,
        fault,
    }
}

fn digest(text: &[u8], fault: Option<&Fault>) -> Result<Box<Digest>, String> {
    if let Some(Fault::Damaged(reason) | Fault::Unread(reason)) = fault {
        return Err(reason.clone());
    }
    Digest::read(text).map(Box::new)
}

fn fault(report: &SourceReport) -> Option<Fault> {
    let mut found = None;
    for problem in &report.problems {
        let text = problem.reason.to_string();
        let fault = match &problem.reason {
            ReadError::FurtherMember { .. } | ReadError::TrailingBytes { .. } => {
                Fault::Trailing(text)
            }
            ReadError::Truncated | ReadError::Corrupt(_) => Fault::Damaged(text),
            _ => Fault::Unread(text),
        };
        // What follows trailing data is of no interest.
        if found.is_none() {
            found = Some(fault);
        }
    }
    if found.is_none() && !report.complete {
        return Some(Fault::Unread("not read to its end".to_owned()));
    }
    found
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Digest,
    Log,
    Unknown,
}

fn sniff(head: &[u8], is_named_digest: bool) -> Kind {
    if is_named_digest {
        return Kind::Digest;
    }
    let head = head.get(..HEAD).unwrap_or(head).trim_ascii_start();
    let Some(members) = head.strip_prefix(b"{") else {
        return Kind::Unknown;
    };
    if members.trim_ascii_start().starts_with(b"\"Records\"") {
        return Kind::Log;
    }
    let names = |member: &[u8]| memchr::memmem::find(head, member).is_some();
    if names(b"\"digestS3Object\"") && names(b"\"digestPublicKeyFingerprint\"") {
        return Kind::Digest;
    }
    Kind::Unknown
}
