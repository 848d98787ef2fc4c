//! Items: files of a directory and what is known of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{Digest, JOURNAL, JOURNAL_HEAD, MANIFEST, MANIFEST_SIGNATURE};

/// Ends the names of files that are being written.
pub(crate) const UNFINISHED: &str = ".part";
const LONGEST_PATH: usize = 1024;
const LONGEST_NAME: usize = 200;

/// A file as the manifest binds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// Relative to the directory, with `/`; see [`check_item_path`].
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Of the bytes.
    pub sha256: Digest,
    /// What is known of it.
    #[serde(flatten)]
    pub info: ItemInfo,
}

/// What is known of a file besides its bytes. All of it is bound by the manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ItemInfo {
    /// Where the bytes come from. Several for an object that was found in several places.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
    /// What checking its integrity gave (`verified`, `altered`, `unreferenced-pending`, …): a word of
    /// small letters, digits and hyphens. Absent when it was not checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integrity: Option<String>,
    /// What it was made from: paths of other items, or `sha256:` and the digest of an input.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub derived_from: Vec<String>,
    /// Media type (RFC 6838).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// When it was collected, as the collector said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collected_at: Option<String>,
    /// Who or what collected it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collector: Option<String>,
}

/// Where bytes come from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Source {
    /// An object of S3.
    S3 {
        /// `s3://bucket/key`.
        uri: String,
        /// Version, where the bucket has versions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version_id: Option<String>,
        /// As S3 gave it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        etag: Option<String>,
    },
    /// An answer of AWS.
    Api {
        /// `service:Operation`.
        operation: String,
        /// Parameters of the call.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        parameters: BTreeMap<String, String>,
        /// As AWS gave it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request_id: Option<String>,
    },
    /// A file of the user, named as the user named it.
    File {
        /// The name.
        path: String,
    },
}

impl ItemInfo {
    /// Puts lists into their one order, and says what cannot stand in a manifest.
    pub(crate) fn settle(&mut self) -> Result<(), PathError> {
        self.sources.sort();
        self.sources.dedup();
        self.derived_from.sort();
        self.derived_from.dedup();
        let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        match &self.integrity {
            Some(text) if text.is_empty() || text.len() > 64 || !text.bytes().all(word) => {
                Err(PathError::Integrity)
            }
            _ => Ok(()),
        }
    }

    /// Joins what is known of the same object, found a second time.
    pub(crate) fn merge(&mut self, other: &Self) -> Result<(), PathError> {
        let mut merged = self.clone();
        merged.sources.extend(other.sources.iter().cloned());
        merged
            .derived_from
            .extend(other.derived_from.iter().cloned());
        let same = self.integrity == other.integrity
            && self.media_type == other.media_type
            && self.collected_at == other.collected_at
            && self.collector == other.collector;
        if !same {
            return Err(PathError::Contradiction);
        }
        merged.settle()?;
        *self = merged;
        Ok(())
    }
}

/// Why an item cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PathError {
    /// Nothing, or more than 1,024 bytes.
    #[error("is empty or longer than {LONGEST_PATH} bytes")]
    Length,
    /// A part is empty or too long, starts or ends with a point, or has other characters.
    #[error(
        "each part must be 1 to {LONGEST_NAME} of the characters A-Z a-z 0-9 . _ - + = @ , and neither start nor end with a point"
    )]
    Part,
    /// A name that the directory itself uses.
    #[error("is a name that the directory uses itself")]
    Reserved,
    /// The integrity is no word.
    #[error("the integrity status must be 1 to 64 small letters, digits and hyphens")]
    Integrity,
    /// The same object, but other things are said of it.
    #[error("was added before with another integrity, media type, time or collector")]
    Contradiction,
}

/// Whether a path can be that of an item.
///
/// Relative, parts joined by `/`, each of 1 to 200 of the characters `A-Z a-z 0-9 . _ - + = @ ,`,
/// neither starting nor ending with a point. That leaves no way out of the directory on any system,
/// and no name that terminals or shells would take for something else.
pub fn check_item_path(path: &str) -> Result<(), PathError> {
    if path.is_empty() || path.len() > LONGEST_PATH {
        return Err(PathError::Length);
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-+=@,".contains(&byte);
    for part in path.split('/') {
        let good = (1..=LONGEST_NAME).contains(&part.len())
            && part.bytes().all(plain)
            && !part.starts_with('.')
            && !part.ends_with('.');
        if !good {
            return Err(PathError::Part);
        }
        if part.to_ascii_lowercase().ends_with(UNFINISHED) {
            return Err(PathError::Reserved);
        }
    }
    let first = path.split('/').next().unwrap_or_default();
    let own = [MANIFEST, MANIFEST_SIGNATURE, JOURNAL, JOURNAL_HEAD];
    if own.iter().any(|name| first.eq_ignore_ascii_case(name)) {
        return Err(PathError::Reserved);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        for good in ["a", "report.html", "answers/q04.json", "records/0f.jsonl"] {
            assert_eq!(check_item_path(good), Ok(()), "{good}");
        }
        let bad = [
            "",
            "/etc/passwd",
            "../a",
            "a/../b",
            "a//b",
            "a/",
            "./a",
            ".hidden",
            "a\\b",
            "C:/a",
            "a b",
            "é",
            "a\n",
            "\u{202e}a",
            "a.",
            "manifest.json",
            "Manifest.JSON",
            "journal.head",
            "manifest.json/a",
            "a.part",
            "b/c.PART",
        ];
        for bad in bad {
            assert!(check_item_path(bad).is_err(), "{bad:?}");
        }
        assert!(check_item_path(&"a".repeat(201)).is_err());
        assert!(check_item_path(&["a"; 600].join("/")).is_err());
    }
}
