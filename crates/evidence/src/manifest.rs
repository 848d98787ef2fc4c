//! The manifest: one canonical JSON text that binds every item.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::canonical::{self, CanonicalError};
use crate::item::{Item, PathError, check_item_path};
use crate::{Digest, merkle_root};

const FORMAT: &str = "rempart-evidence/1";
/// Largest manifest that is written or read, in bytes.
pub(crate) const LARGEST_MANIFEST: u64 = 256 << 20;

/// What the caller says of a directory as a whole.
///
/// All of it is sealed and goes into the case id. Nothing that differs between two runs over the same
/// evidence belongs here: operator, host and time are entries of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// What made the directory.
    pub tool: Tool,
    /// Versions or digests of rules and other content, by name.
    pub content: BTreeMap<String, String>,
    /// Options of the run that decide what is in the directory, by name.
    pub parameters: BTreeMap<String, String>,
    /// What was read.
    pub inputs: Vec<Input>,
}

/// A program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Of its file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binary_sha256: Option<Digest>,
}

/// Something that was read to make the directory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// As the user or the inventory of inputs names it.
    pub name: String,
    /// Of its bytes.
    pub sha256: Digest,
    /// Bytes.
    pub size: u64,
}

/// A manifest that holds together: canonical, items sorted with paths that stay inside, case id and
/// Merkle root recomputed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// `case-` and the first 32 digits of the SHA-256 of the canonical manifest without `caseId` and
    /// `signer`. The same evidence and header have the same id, whoever signs.
    pub case_id: String,
    /// See [`Header::content`].
    pub content: BTreeMap<String, String>,
    /// Name and version of the form of the directory.
    pub format: String,
    /// Sorted, without repetitions.
    pub inputs: Vec<Input>,
    /// Sorted by path.
    pub items: Vec<Item>,
    /// Over the canonical texts of the items, see [`merkle_root`].
    pub merkle_root: Digest,
    /// See [`Header::parameters`].
    pub parameters: BTreeMap<String, String>,
    /// Fingerprint of the key whose signature stands beside the manifest (`SHA256:` and base64, as
    /// `ssh-keygen -l` shows it); null when there is none.
    pub signer: Option<String>,
    /// See [`Header::tool`].
    pub tool: Tool,
}

/// Why a manifest is none.
#[derive(Debug, Error)]
pub enum ManifestError {
    /// Above 256 MiB.
    #[error("is larger than {LARGEST_MANIFEST} bytes")]
    TooLarge,
    /// Not JSON, or not of this shape.
    #[error("cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// Made by another version.
    #[error("has the format {0:?}; this version knows {FORMAT:?}")]
    Format(String),
    /// Not the text that its content has.
    #[error(
        "is not the canonical text of its content (white space, order, repeated or unknown members)"
    )]
    NotCanonical,
    /// A path or word that cannot stand there.
    #[error("item {path:?}: {error}")]
    Item {
        /// Path of the item.
        path: String,
        /// What is wrong.
        error: PathError,
    },
    /// Items not strictly ascending.
    #[error("item {0:?} is there twice or not in order")]
    Order(String),
    /// Two paths that some systems take for one.
    #[error("item {0:?} differs from another only in upper and lower case")]
    Case(String),
    /// The path of a file is also that of a directory.
    #[error("item {0:?} is below another item")]
    BelowItem(String),
    /// Says to be made from something that is not there.
    #[error(
        "item {path:?}: is derived from {from:?}, which is neither an item nor `sha256:` and a digest of an input"
    )]
    DerivedFrom {
        /// Path of the item.
        path: String,
        /// What is not there.
        from: String,
    },
    /// The root is another one.
    #[error("the Merkle root is not that of the items")]
    Root,
    /// The case id is another one.
    #[error("the case id is not that of the content")]
    CaseId,
    /// No canonical text.
    #[error("{0}")]
    Canonical(#[from] CanonicalError),
}

impl Manifest {
    /// Seals items. Their order does not matter.
    pub(crate) fn new(
        header: Header,
        mut items: Vec<Item>,
        signer: Option<String>,
    ) -> Result<Self, ManifestError> {
        items.sort_by(|left, right| left.path.cmp(&right.path));
        let mut inputs = header.inputs;
        inputs.sort();
        inputs.dedup();
        let mut manifest = Self {
            case_id: String::new(),
            content: header.content,
            format: FORMAT.to_owned(),
            inputs,
            merkle_root: root(&items)?,
            items,
            parameters: header.parameters,
            signer,
            tool: header.tool,
        };
        manifest.case_id = manifest.content_id()?;
        manifest.check()?;
        Ok(manifest)
    }

    /// Reads a manifest and checks all that can be checked without the files.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        #[derive(Deserialize)]
        struct Versioned {
            format: String,
        }
        if bytes.len() as u64 > LARGEST_MANIFEST {
            return Err(ManifestError::TooLarge);
        }
        let Versioned { format } = serde_json::from_slice(bytes)?;
        if format != FORMAT {
            return Err(ManifestError::Format(format));
        }
        let manifest: Self = serde_json::from_slice(bytes)?;
        if manifest.to_bytes()? != bytes {
            return Err(ManifestError::NotCanonical);
        }
        manifest.check()?;
        Ok(manifest)
    }

    /// The bytes of the file: canonical JSON (RFC 8785), without a line feed at the end.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ManifestError> {
        let bytes = canonical::to_bytes(self)?;
        if bytes.len() as u64 > LARGEST_MANIFEST {
            return Err(ManifestError::TooLarge);
        }
        Ok(bytes)
    }

    fn check(&self) -> Result<(), ManifestError> {
        let inputs: BTreeSet<Digest> = self.inputs.iter().map(|input| input.sha256).collect();
        let paths: BTreeSet<&str> = self.items.iter().map(|item| item.path.as_str()).collect();
        let mut folded = BTreeSet::new();
        let mut previous: Option<&str> = None;
        for item in &self.items {
            let path = item.path.as_str();
            let failed = |error| ManifestError::Item {
                path: path.to_owned(),
                error,
            };
            check_item_path(path).map_err(failed)?;
            if previous.is_some_and(|previous| previous >= path) {
                return Err(ManifestError::Order(path.to_owned()));
            }
            previous = Some(path);
            // Of every directory on the way too, so that `A/x` and `a/y` do not meet.
            for (end, _) in path.match_indices('/') {
                let directory = path.get(..end).unwrap_or_default();
                if paths.contains(directory) {
                    return Err(ManifestError::BelowItem(path.to_owned()));
                }
                folded.insert((directory.to_ascii_lowercase(), directory));
            }
            folded.insert((path.to_ascii_lowercase(), path));
            let mut settled = item.info.clone();
            settled.settle().map_err(failed)?;
            if settled != item.info {
                return Err(ManifestError::NotCanonical);
            }
            for from in &item.info.derived_from {
                let digest = from.strip_prefix("sha256:").map(str::parse::<Digest>);
                let known = match digest {
                    Some(Ok(digest)) => inputs.contains(&digest),
                    Some(Err(_)) => false,
                    None => paths.contains(from.as_str()),
                };
                if !known {
                    return Err(ManifestError::DerivedFrom {
                        path: path.to_owned(),
                        from: from.clone(),
                    });
                }
            }
        }
        let mut previous = "";
        for (lower, path) in &folded {
            if previous == lower {
                return Err(ManifestError::Case((*path).to_owned()));
            }
            previous = lower;
        }
        if !self.inputs.is_sorted_by(|left, right| left < right) {
            return Err(ManifestError::NotCanonical);
        }
        if root(&self.items)? != self.merkle_root {
            return Err(ManifestError::Root);
        }
        if self.content_id()? != self.case_id {
            return Err(ManifestError::CaseId);
        }
        Ok(())
    }

    fn content_id(&self) -> Result<String, ManifestError> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Content<'a> {
            content: &'a BTreeMap<String, String>,
            format: &'a str,
            inputs: &'a [Input],
            items: &'a [Item],
            merkle_root: Digest,
            parameters: &'a BTreeMap<String, String>,
            tool: &'a Tool,
        }
        let content = canonical::to_bytes(&Content {
            content: &self.content,
            format: &self.format,
            inputs: &self.inputs,
            items: &self.items,
            merkle_root: self.merkle_root,
            parameters: &self.parameters,
            tool: &self.tool,
        })?;
        let digits: String = Digest::of(&content).to_string().chars().take(32).collect();
        Ok(format!("case-{digits}"))
    }
}

fn root(items: &[Item]) -> Result<Digest, ManifestError> {
    let leaves = items
        .iter()
        .map(canonical::to_bytes)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(merkle_root(leaves.iter().map(Vec::as_slice)))
}
