//! Logs: which digest names which file, and what becomes of those that none names.

use std::collections::{BTreeMap, BTreeSet};

use super::chain::DUE;
use super::document::LogEntry;
use super::name;
use super::scan::{Content, Fault, Scanned};
use super::tree::{Item, Tree};
use super::verdict::{FileKind, FileVerdict, Verdict};
use super::{IntegrityOptions, hex};
use crate::source::Source;
use crate::time::EventTime;

/// Seconds before the end of an hour in which a log may still be delivered late into the next one: the
/// time in its name is a little earlier than its delivery.
const LATE: i64 = 900;

/// A line of a digest that names a log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reference<'t> {
    /// Number of the digest.
    pub(super) item: usize,
    pub(super) digest: &'t Item,
    pub(super) entry: &'t LogEntry,
}

/// Logs that digests name.
#[derive(Debug, Default)]
pub(super) struct References<'t> {
    by_file: BTreeMap<&'t str, Vec<Reference<'t>>>,
    by_hash: BTreeMap<[u8; 32], Vec<Reference<'t>>>,
    by_object: BTreeMap<Object<'t>, Vec<Reference<'t>>>,
}

/// Bucket and key of a log.
pub(super) type Object<'t> = (&'t str, &'t str);

impl<'t> Reference<'t> {
    /// Bucket and key of the log.
    pub(super) fn object(&self) -> Object<'t> {
        (&self.entry.s3_bucket, &self.entry.s3_object)
    }
}

impl<'t> References<'t> {
    pub(super) fn new(tree: &'t Tree) -> Self {
        let mut references = Self::default();
        for (number, item) in tree.items.iter().enumerate() {
            for entry in &item.digest.document.log_files {
                let reference = Reference {
                    item: number,
                    digest: item,
                    entry,
                };
                let by_file = references.by_file.entry(name::file_key(&entry.s3_object));
                by_file.or_default().push(reference);
                if let Some(hash) = bytes_of(&entry.hash_value) {
                    references.by_hash.entry(hash).or_default().push(reference);
                }
                let by_object = references.by_object.entry(reference.object());
                by_object.or_default().push(reference);
            }
        }
        references
    }

    /// The line that a file has to agree with: by its name, or else by its content. Where several
    /// name it, the best digest decides.
    pub(super) fn of(&self, source: &Source, scanned: &Scanned) -> Option<Reference<'t>> {
        let named = self.by_file.get(name::file_key(&source.name));
        let candidates = named.or_else(|| self.by_hash.get(&scanned.sha256))?;
        candidates.iter().copied().min_by_key(|reference| {
            let differs = bytes_of(&reference.entry.hash_value) != Some(scanned.sha256);
            (rank(reference.digest.verdict), differs, reference.item)
        })
    }

    /// Logs that no file was found for.
    pub(super) fn missing<'r>(
        &'r self,
        found: &'r BTreeSet<Object<'t>>,
    ) -> impl Iterator<Item = Reference<'t>> + 'r {
        self.by_object
            .iter()
            .filter(|(object, _)| !found.contains(object))
            .filter_map(|(_, references)| {
                let best =
                    |reference: &&Reference<'t>| (rank(reference.digest.verdict), reference.item);
                references.iter().min_by_key(best).copied()
            })
    }

    /// The verdict of a file that a digest names.
    pub(super) fn judge(
        &self,
        source: &Source,
        scanned: &Scanned,
        reference: &Reference<'t>,
    ) -> FileVerdict {
        let hash = hex(&scanned.sha256);
        let (verdict, reason) = match &scanned.fault {
            Some(Fault::Trailing(reason)) => (Verdict::TrailingData, reason.clone()),
            Some(Fault::Damaged(reason)) => (Verdict::Altered, reason.clone()),
            Some(Fault::Unread(reason)) => (Verdict::NotVerifiable, reason.clone()),
            None if bytes_of(&reference.entry.hash_value) != Some(scanned.sha256) => (
                Verdict::Altered,
                "its SHA-256 is not the one that the digest names".to_owned(),
            ),
            None => self.trusted(reference),
        };
        FileVerdict {
            source: source.name.clone(),
            kind: FileKind::Log,
            verdict,
            reason,
            object: Some(reference.entry.object()),
            digest: Some(reference.digest.object.clone()),
            sha256: Some(hash),
        }
    }

    /// What the word of a digest about a log is worth.
    fn trusted(&self, reference: &Reference<'t>) -> (Verdict, String) {
        let digest = reference.digest;
        if digest.is_bad() {
            let reason = format!("the digest that names it is not valid: {}", digest.reason);
            return (Verdict::DigestInvalid, reason);
        }
        if let Some(reason) = self.oddity(reference) {
            return (Verdict::DigestInvalid, reason);
        }
        match digest.verdict {
            Verdict::Verified => (Verdict::Verified, String::new()),
            verdict => {
                let reason = format!("the digest that names it: {}", digest.reason);
                (verdict, reason)
            }
        }
    }

    fn oddity(&self, reference: &Reference<'t>) -> Option<String> {
        let entry = reference.entry;
        if entry.hash_algorithm != "SHA-256" {
            return Some(format!("unknown hash algorithm {}", entry.hash_algorithm));
        }
        let digest = &reference.digest.digest.name;
        let expected = (digest.account.as_str(), digest.region.as_str());
        let of_folders = name::folders(&entry.s3_object);
        let of_file = name::log_name(&entry.s3_object);
        let of_file = of_file.as_ref().map(|name| (&*name.account, &*name.region));
        if of_folders != Some(expected) || of_file != Some(expected) {
            return Some("its digest is of another account or Region than its name".to_owned());
        }
        let lines = self
            .by_object
            .get(&reference.object())
            .into_iter()
            .flatten();
        let usable = lines.filter(|line| !line.digest.is_bad()).count();
        (usable > 1).then(|| format!("digests name it {usable} times instead of once"))
    }
}

/// The SHA-256 in hexadecimal text.
fn bytes_of(hex: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let digits = hex.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = pair else {
            return None;
        };
        let value = |digit: &u8| char::from(*digit).to_digit(16);
        *byte = u8::try_from(value(high)? * 16 + value(low)?).ok()?;
    }
    Some(bytes)
}

const fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Verified => 0,
        Verdict::NotVerifiable => 1,
        Verdict::UnknownKey => 2,
        _ => 3,
    }
}

/// A log that a digest names and that is not there.
pub(super) fn missing(reference: &Reference<'_>) -> FileVerdict {
    let mut reason = "a digest names it and it is not there".to_owned();
    if reference.digest.verdict != Verdict::Verified {
        reason.push_str("; the digest itself is not verified");
    }
    FileVerdict {
        source: reference.entry.object(),
        kind: FileKind::Log,
        verdict: Verdict::Missing,
        reason,
        object: Some(reference.entry.object()),
        digest: Some(reference.digest.object.clone()),
        sha256: None,
    }
}

/// What the chains of an account and Region cover.
#[derive(Debug, Clone, Default)]
pub(super) struct Cover {
    /// Folders of which the digests name files, beside `CloudTrail`.
    pub(super) folders: BTreeSet<String>,
    pub(super) starts: Vec<EventTime>,
    pub(super) ends: Vec<EventTime>,
    /// Periods without digests.
    pub(super) gaps: Vec<(Option<EventTime>, EventTime, Verdict)>,
}

/// The verdict of a log that no digest names; none when it lies outside the period.
pub(super) fn unreferenced(
    source: &Source,
    scanned: &Scanned,
    covers: &BTreeMap<(String, String), Cover>,
    options: &IntegrityOptions,
) -> Option<FileVerdict> {
    let (verdict, reason) = match name::log_name(&source.name) {
        None => (
            Verdict::UnreferencedSuspicious,
            "it holds records, and no digest names it or its content",
        ),
        Some(log) => {
            let time = log.delivered;
            let is_outside = options.from.is_some_and(|from| time < from)
                || options.to.is_some_and(|to| time >= to);
            if is_outside {
                return None;
            }
            match covers.get(&(log.account, log.region)) {
                Some(cover)
                    if log.folder != "CloudTrail" && !cover.folders.contains(&log.folder) =>
                {
                    (
                        Verdict::Uncovered,
                        "no digest of its account and Region names files of its folder",
                    )
                }
                Some(cover) => by_time(time, cover, options),
                None => (
                    Verdict::Uncovered,
                    "there is no digest of its account and Region",
                ),
            }
        }
    };
    let is_record_file = scanned.content == Content::Log;
    let unread = match &scanned.fault {
        Some(Fault::Trailing(text) | Fault::Damaged(text) | Fault::Unread(text)) => {
            format!("; {text}")
        }
        None => String::new(),
    };
    Some(FileVerdict {
        source: source.name.clone(),
        kind: FileKind::Log,
        verdict,
        reason: format!("{reason}{unread}"),
        object: None,
        digest: None,
        sha256: is_record_file.then(|| hex(&scanned.sha256)),
    })
}

fn by_time(time: EventTime, cover: &Cover, options: &IntegrityOptions) -> (Verdict, &'static str) {
    let is_in_gap = cover.gaps.iter().any(|(from, to, verdict)| {
        let is_after_start = from.is_none_or(|from| time.0 >= from.0 - LATE);
        let is_at_end = *verdict == Verdict::TailMissing;
        *verdict != Verdict::LoggingOff && is_after_start && (time < *to || is_at_end)
    });
    if is_in_gap {
        return (Verdict::Uncovered, "there is no usable digest of its hour");
    }
    if cover.starts.is_empty() {
        return (
            Verdict::Uncovered,
            "no digest of its account and Region is usable",
        );
    }
    if cover.starts.iter().any(|start| time < *start) {
        return (Verdict::Uncovered, "it is older than the oldest digest");
    }
    let is_due = |end: &EventTime| options.now.is_some_and(|now| now.0 >= end.0 + DUE);
    let is_pending = |end: &EventTime| time.0 >= end.0 - LATE && !is_due(end);
    if cover.ends.iter().any(is_pending) {
        return (
            Verdict::UnreferencedPending,
            "no digest names it yet; the one of its hour is not there",
        );
    }
    (
        Verdict::UnreferencedSuspicious,
        "the digest of its hour is there and does not name it",
    )
}
