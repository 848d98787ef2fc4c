//! What to read: inputs as a user names them, and the sources that they stand for.

use std::path::PathBuf;

mod walk;

pub use walk::discover;

/// What a user names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A file, or a directory with everything below it.
    Path(PathBuf),
    /// Standard input.
    Stdin,
    /// All objects of a bucket whose key begins with a prefix.
    S3 {
        /// Name of the bucket.
        bucket: String,
        /// Beginning of the keys; may be empty.
        prefix: String,
    },
}

impl Input {
    /// Reads `-`, `s3://bucket/prefix` or a path.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if text == "-" {
            return Self::Stdin;
        }
        if let Some(rest) = text.strip_prefix("s3://") {
            let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
            return Self::S3 {
                bucket: bucket.to_owned(),
                prefix: prefix.to_owned(),
            };
        }
        Self::Path(PathBuf::from(text))
    }
}

/// One thing to be read.
#[derive(Debug, Clone)]
pub struct Source {
    /// The name for people and evidence: the path, `-` or the URL. Names that are not UTF-8 carry
    /// U+FFFD here; reading uses the exact name.
    pub name: String,
    /// Where the bytes are.
    pub location: Location,
    /// Bytes as stored, where known before reading.
    pub size: Option<u64>,
}

/// Where the bytes of a source are.
#[derive(Debug, Clone)]
pub enum Location {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
    /// An object of a listed bucket.
    #[cfg(feature = "s3")]
    S3 {
        /// The bucket.
        bucket: crate::s3::Bucket,
        /// Number of the object in the list of the bucket.
        number: usize,
    },
}

/// How [`discover`] goes about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscoverOptions {
    /// Levels of directories below an input.
    pub max_depth: usize,
    /// Where S3 is.
    #[cfg(feature = "s3")]
    pub s3: crate::s3::S3Options,
}

impl Default for DiscoverOptions {
    fn default() -> Self {
        Self {
            max_depth: 64,
            #[cfg(feature = "s3")]
            s3: crate::s3::S3Options::default(),
        }
    }
}

/// Something that could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What it concerns, as [`Source::name`].
    pub name: String,
    /// What is wrong.
    pub message: String,
}

/// What [`discover`] found.
#[derive(Debug, Clone, Default)]
pub struct Discovery {
    /// What to read, in a fixed order: inputs as given, below each by the bytes of the path or key.
    pub sources: Vec<Source>,
    /// What could not be looked at.
    pub problems: Vec<Problem>,
}
