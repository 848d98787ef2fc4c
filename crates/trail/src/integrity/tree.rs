//! All digests that were read, each once, in their chains.

use std::collections::BTreeMap;

use super::IntegrityOptions;
use super::document::Digest;
use super::name::{self, DigestName};
use super::scan::{Content, Fault, Scanned};
use super::signature::{self, Origin};
use super::signatures;
use super::verdict::Verdict;
use crate::source::{Location, Source};
use crate::time::EventTime;

/// A digest, with every copy of it.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) digest: Digest,
    pub(super) object: String,
    /// Of the text, in hexadecimal.
    pub(super) sha256: String,
    /// Numbers of the sources.
    pub(super) sources: Vec<usize>,
    pub(super) origin: Origin,
    pub(super) verdict: Verdict,
    pub(super) reason: String,
}

/// A file that is named like a digest and cannot be read as one.
#[derive(Debug, Clone)]
pub(super) struct Unreadable {
    pub(super) source: usize,
    pub(super) verdict: Verdict,
    pub(super) reason: String,
    pub(super) name: Option<DigestName>,
}

/// What the digests of a chain have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ChainKey {
    pub(super) account: String,
    pub(super) region: String,
    pub(super) trail: String,
    pub(super) home_region: String,
    pub(super) backfill: bool,
}

/// Digests of a chain by start: numbers of items and of unreadable files.
#[derive(Debug, Clone, Default)]
pub(super) struct Members {
    pub(super) items: Vec<usize>,
    pub(super) unreadable: Vec<usize>,
}

#[derive(Debug, Default)]
pub(super) struct Tree {
    /// By start, end, object and hash.
    pub(super) items: Vec<Item>,
    pub(super) unreadable: Vec<Unreadable>,
    pub(super) chains: BTreeMap<ChainKey, Members>,
}

impl Item {
    /// Whether it cannot be a part of the chain.
    pub(super) const fn is_bad(&self) -> bool {
        matches!(self.verdict, Verdict::DigestInvalid | Verdict::TrailingData)
    }

    pub(super) fn refuse(&mut self, reason: String) {
        self.verdict = Verdict::DigestInvalid;
        self.reason = reason;
    }

    /// Whether its chain holds logs of an organisation.
    pub(super) fn is_of_organization(&self) -> bool {
        let mut parts = self.digest.document.digest_s3_object.rsplit('/').skip(7);
        parts.next().is_some_and(|part| part.starts_with("o-"))
    }
}

impl From<&DigestName> for ChainKey {
    fn from(name: &DigestName) -> Self {
        Self {
            account: name.account.clone(),
            region: name.region.clone(),
            trail: name.trail.clone(),
            home_region: name.home_region.clone(),
            backfill: name.backfill,
        }
    }
}

impl Tree {
    /// Digests among what was read, each checked by itself.
    pub(super) fn new(sources: &[Source], scanned: &[Scanned], options: &IntegrityOptions) -> Self {
        let mut tree = Self::default();
        let mut items: BTreeMap<(EventTime, EventTime, String, String, bool), Item> =
            BTreeMap::new();
        for (number, (source, file)) in sources.iter().zip(scanned).enumerate() {
            match &file.content {
                Content::Digest(Ok(digest)) => {
                    let object = digest.object();
                    let sha256 = super::hex(&file.sha256);
                    let has_fault = file.fault.is_some();
                    let key = (
                        digest.start,
                        digest.end,
                        object.clone(),
                        sha256.clone(),
                        has_fault,
                    );
                    let item = items.entry(key).or_insert_with(|| Item {
                        digest: Digest::clone(digest),
                        object,
                        sha256,
                        sources: Vec::new(),
                        origin: Origin::None,
                        verdict: Verdict::NotVerifiable,
                        reason: String::new(),
                    });
                    item.sources.push(number);
                }
                Content::Digest(Err(reason)) => {
                    let verdict = match &file.fault {
                        Some(Fault::Trailing(_)) => Verdict::TrailingData,
                        Some(Fault::Unread(_)) => Verdict::NotVerifiable,
                        Some(Fault::Damaged(_)) | None => Verdict::DigestInvalid,
                    };
                    tree.unreadable.push(Unreadable {
                        source: number,
                        verdict,
                        reason: format!("cannot be read as a digest: {reason}"),
                        name: name::digest_name(&source.name),
                    });
                }
                Content::Log | Content::Unknown => {}
            }
        }
        tree.items = items.into_values().collect();
        tree.find_signatures(sources, options);
        tree.check(scanned, options);
        for (number, item) in tree.items.iter().enumerate() {
            let chain = tree.chains.entry(ChainKey::from(&item.digest.name));
            chain.or_default().items.push(number);
        }
        for (number, file) in tree.unreadable.iter().enumerate() {
            if let Some(name) = &file.name {
                let chain = tree.chains.entry(ChainKey::from(name));
                chain.or_default().unreadable.push(number);
            }
        }
        tree
    }

    fn find_signatures(&mut self, sources: &[Source], options: &IntegrityOptions) {
        for item in &mut self.items {
            let key = &item.digest.document.digest_s3_object;
            if let Some(signature) = options.signatures.of(&item.object, key) {
                item.origin = Origin::File(signature.clone());
                continue;
            }
            let files = item
                .sources
                .iter()
                .filter_map(|number| sources.get(*number));
            let beside = files
                .filter_map(|source| match &source.location {
                    Location::File(path) => signatures::beside(path),
                    _ => None,
                })
                .next();
            item.origin = match beside {
                Some(Ok(signature)) => Origin::File(signature),
                Some(Err(reason)) => Origin::Malformed(reason),
                None => Origin::None,
            };
        }
    }

    fn check(&mut self, scanned: &[Scanned], options: &IntegrityOptions) {
        // Signatures that digests quote, by what they say of the digest before.
        let mut quotes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for previous in self
            .items
            .iter()
            .filter_map(|item| item.digest.previous.as_ref())
        {
            let quoted = quotes.entry(previous.object.clone()).or_default();
            if !quoted.contains(&previous.signature) {
                quoted.push(previous.signature.clone());
            }
        }
        let checked = super::parallel::for_each(self.items.len(), options.threads, |number, _| {
            let item = self.items.get(number)?;
            let file = scanned.get(*item.sources.first()?)?;
            if let Some(Fault::Trailing(reason)) = &file.fault {
                return Some((item.origin.clone(), Verdict::TrailingData, reason.clone()));
            }
            let check = |origin: Origin| {
                let (verdict, reason) =
                    signature::check(&item.digest, &file.sha256, &origin, &options.keys);
                (origin, verdict, reason)
            };
            if item.origin != Origin::None {
                return Some(check(item.origin.clone()));
            }
            // Who forges a digest can quote what he likes: one that fits is enough.
            let quoted = quotes.get(&item.object).into_iter().flatten();
            let mut tried = quoted.map(|hex| check(Origin::Quoted(hex.clone())));
            let first = tried.next().unwrap_or_else(|| check(Origin::None));
            if first.1 == Verdict::Verified {
                return Some(first);
            }
            Some(
                tried
                    .find(|(_, verdict, _)| *verdict == Verdict::Verified)
                    .unwrap_or(first),
            )
        });
        for (item, checked) in self.items.iter_mut().zip(checked) {
            if let Some((origin, verdict, reason)) = checked {
                (item.origin, item.verdict, item.reason) = (origin, verdict, reason);
            }
        }
    }
}
