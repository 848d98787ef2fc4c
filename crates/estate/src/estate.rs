//! The estate: what the answers of one or several accounts say there is.

mod bodies;
pub(crate) mod build;
mod calls;
mod listing;
mod lookup;
mod merging;

use std::fmt;
use std::sync::{Arc, Mutex};

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::{Address, Answer};
use crate::gap::Gap;
use crate::kind::{self, Kind};
use crate::scan::Entry;
use bodies::Cache;
use build::{Builder, Detail};
pub use calls::enumerates;

/// Name of the place of operations without region.
pub(crate) const GLOBAL: &str = "global";

/// An account and region where something was asked; region `global` for services without regions.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Account.
    pub account: String,
    /// Region, or `global`.
    pub region: String,
}

impl Place {
    /// An account and region.
    pub fn new(account: impl Into<String>, region: impl Into<String>) -> Self {
        Self {
            account: account.into(),
            region: region.into(),
        }
    }

    /// The place of the account's services without regions.
    pub fn global(&self) -> Self {
        Self::new(self.account.clone(), GLOBAL)
    }

    /// Whether this is the place of services without regions.
    pub fn is_global(&self) -> bool {
        self.region == GLOBAL
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.account, self.region)
    }
}

/// Something of a snapshot that cannot be used as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    /// File, or `answers` for answers in memory.
    pub file: String,
    /// Line from 1; 0 for the file as a whole.
    pub line: u64,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(formatter, "{}: {}", self.file, self.reason),
            line => write!(formatter, "{}:{line}: {}", self.file, self.reason),
        }
    }
}

/// A resource. [`Estate::body`] reads what AWS says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Name of its kind.
    pub kind: &'static str,
    /// Identifier within its kind and place.
    pub id: String,
    /// ARN, if an answer says it or the kind has a rule for it.
    pub arn: Option<String>,
    /// Where it is.
    pub place: Place,
    /// Where a planned resource is written down.
    pub address: Option<Address>,
    /// Position in the estate.
    index: usize,
}

/// Where an answer is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EvidenceRef {
    /// File, or `answers` for answers in memory.
    pub source: String,
    /// Line from 1.
    pub line: u64,
    /// Service and operation.
    pub operation: String,
    /// SHA-256 of the body, in hexadecimal.
    pub sha256: String,
    /// When AWS answered.
    pub at: Option<String>,
}

/// An answer, decoded.
#[derive(Clone, Debug)]
pub struct Found {
    /// The body, pages merged; `{}` when AWS says that there is nothing.
    pub body: Arc<Value>,
    /// Where the first page is.
    pub evidence: EvidenceRef,
    /// Where the further pages are.
    pub further: Vec<EvidenceRef>,
    /// The error code that says that there is nothing.
    pub absent: Option<String>,
}

/// Resources and answers of one or several accounts. It does not change once it is built.
#[derive(Debug)]
pub struct Estate {
    sources: Vec<bodies::SourceFile>,
    problems: Vec<Problem>,
    places: Vec<Place>,
    operations: Vec<String>,
    entries: Vec<Entry>,
    /// Entries of an operation in a place, by parameters and page.
    asked: HashMap<(u32, u32), Vec<u32>, RandomState>,
    /// Entries by what they are about: see [`crate::scan::facet_keys`].
    about: HashMap<Box<str>, Vec<u32>, RandomState>,
    /// Sorted by kind, place, id.
    resources: Vec<Resource>,
    details: Vec<Detail>,
    /// First resource of each kind, and the end of the last.
    starts: Vec<usize>,
    references: HashMap<(u32, Box<str>), Vec<u32>, RandomState>,
    place_numbers: HashMap<Place, u32, RandomState>,
    operation_numbers: HashMap<String, u32, RandomState>,
    cache: Mutex<Cache>,
    listings: Mutex<HashMap<(usize, Place), Option<Gap>, RandomState>>,
}

impl Estate {
    /// The estate of answers in memory.
    pub fn from_answers(answers: impl IntoIterator<Item = Answer>) -> Self {
        let mut builder = Builder::default();
        let source = builder.add_source(bodies::SourceFile::memory("answers"));
        for (line, answer) in (1..).zip(answers) {
            builder.add(answer, source, line);
        }
        builder.finish()
    }

    /// What cannot be used, in order of file and line.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Where something was asked, sorted.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// Kinds of which there is a resource, in the order of the table.
    pub fn kinds(&self) -> impl Iterator<Item = &'static Kind> {
        let counted = kind::kinds().iter().enumerate();
        counted
            .filter(|(position, _)| {
                self.of_kind(*position)
                    .iter()
                    .any(|found| self.counts(found))
            })
            .map(|(_, kind)| kind)
    }

    /// Resources of a kind in all places, sorted by place and id. `SageMaker:*` is all of its kinds.
    pub fn resources(&self, kind: &str) -> impl Iterator<Item = &Resource> {
        let members = kind::members(kind);
        members
            .into_iter()
            .flat_map(|position| self.of_kind(position))
            .filter(|resource| self.counts(resource))
    }

    /// Resources of a kind in a place. An error when the list of them is not complete.
    pub fn resources_in(&self, kind: &str, place: &Place) -> Result<Vec<&Resource>, Gap> {
        let mut found = Vec::new();
        for position in kind::members(kind) {
            if let Some(gap) = self.listing_gap(position, place) {
                return Err(gap);
            }
            let Some(table) = kind::kinds().get(position) else {
                continue;
            };
            let resources = self.of_kind(position).iter();
            found.extend(resources.filter(|resource| {
                let near = if table.is_global() || place.is_global() {
                    let anywhere = table.region.is_none() || place.is_global();
                    anywhere || resource.place.region == place.region
                } else {
                    resource.place.region == place.region
                };
                near && resource.place.account == place.account && self.counts(resource)
            }));
        }
        Ok(found)
    }

    /// What listing the resources of a kind in a place came to: none when it is complete.
    pub fn listing(&self, kind: &str, place: &Place) -> Option<Gap> {
        kind::members(kind)
            .into_iter()
            .find_map(|position| self.listing_gap(position, place))
    }

    /// Resources that are known to exist, but not what AWS says about them, with the reason.
    pub fn expected_but_missing(&self, kind: &str) -> Vec<(&Resource, Gap)> {
        self.resources(kind)
            .filter_map(|resource| Some((resource, self.missing(resource)?)))
            .collect()
    }

    /// Whether the resources are planned: every one of them is written down in a file.
    pub fn is_planned(&self) -> bool {
        let mut own = self
            .resources
            .iter()
            .filter(|resource| self.counts(resource));
        own.next().is_some_and(|first| first.address.is_some())
            && own.all(|resource| resource.address.is_some())
    }

    /// The number of answers.
    pub fn answer_count(&self) -> usize {
        self.entries.len()
    }

    fn of_kind(&self, position: usize) -> &[Resource] {
        let start = self.starts.get(position).copied().unwrap_or_default();
        let end = self.starts.get(position + 1).copied().unwrap_or_default();
        self.resources.get(start..end).unwrap_or_default()
    }

    /// Whether the resource belongs to the account, and is not only referred to.
    fn counts(&self, resource: &Resource) -> bool {
        let detail = self.details.get(resource.index);
        detail.is_some_and(|detail| detail.counts)
    }
}
