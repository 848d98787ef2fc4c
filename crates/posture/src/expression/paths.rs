//! Where the values of an expression come from, as far as the text alone shows it.

use std::collections::BTreeSet;

/// A path that an expression reads.
///
/// `VpcConfig.Subnets[]` is a member of the evidence, `self#Name` one of the resource's own answer,
/// `s3:GetBucketPolicy#Policy` one of another operation and `AWS::KMS::Key#KeyState` one of another
/// kind of resource. `[]` marks the elements of a list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReadPath {
    /// Operation, kind or `self`; `None` for the evidence itself.
    pub source: Option<String>,
    /// Path of members.
    pub members: String,
}

impl ReadPath {
    /// Reads the text of a path.
    pub fn parse(text: &str) -> Self {
        match text.split_once('#') {
            Some((source, members)) => Self {
                source: Some(source.to_owned()),
                members: members.to_owned(),
            },
            None => Self {
                source: None,
                members: text.to_owned(),
            },
        }
    }
}

impl std::fmt::Display for ReadPath {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.source {
            Some(source) => write!(formatter, "{source}#{}", self.members),
            None => formatter.write_str(&self.members),
        }
    }
}

/// Ends the path of a list that an expression made of values with the path before it.
const LISTED: char = '!';

/// Where a value may come from: several places when an expression joins lists or chooses.
/// Empty means that it is computed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Origins(BTreeSet<String>);

impl Origins {
    pub(super) fn one(path: impl Into<String>) -> Self {
        Self(BTreeSet::from([path.into()]))
    }

    pub(super) fn join(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    pub(super) fn member(&self, name: &str) -> Self {
        let below = |path: &String| match path.is_empty() || path.ends_with('#') {
            true => format!("{path}{name}"),
            false => format!("{path}.{name}"),
        };
        Self(self.0.iter().map(below).collect())
    }

    pub(super) fn element(&self) -> Self {
        let element = |path: &String| match path.strip_suffix(LISTED) {
            Some(element) => element.to_owned(),
            None => format!("{path}[]"),
        };
        Self(self.0.iter().map(element).collect())
    }

    /// The origins of a list of values with these origins.
    pub(super) fn listed(&self) -> Self {
        let listed = |path: &String| format!("{path}{LISTED}");
        Self(self.0.iter().map(listed).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The paths; lists that an expression made have none of their own.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        let paths = self.0.iter().map(String::as_str);
        paths.filter(|path| !path.ends_with(LISTED))
    }
}
