//! Documents that refer to each other, and the fields of the records that they share.

use std::collections::{BTreeMap, BTreeSet};

use crate::ast::{Document, Metadata};
use crate::lint::events::Pair;
use crate::lint::nearest::nearest;
use crate::lint::parameters::{Standing, is_parameter, standing};
use crate::lint::report::{Report, did_you_mean};
use crate::lint::view::View;
use crate::lint::{LintContext, Severity};
use crate::yaml::Position;

/// All documents by id and name.
pub(super) struct Directory<'a> {
    places: BTreeMap<String, Vec<usize>>,
    names: Vec<&'a str>,
    titles: BTreeMap<&'a str, usize>,
    /// Documents to which a correlation refers
    referred: BTreeSet<usize>,
}

/// All documents and what is known about them.
pub(super) struct World<'w, 'a> {
    pub(super) documents: &'a [Document],
    pub(super) views: &'w [Option<View<'a>>],
    pub(super) directory: &'w Directory<'a>,
    pub(super) context: &'w LintContext<'w>,
}

impl<'a> Directory<'a> {
    pub(super) fn new(documents: &'a [Document]) -> Self {
        let mut directory = Self {
            places: BTreeMap::new(),
            names: Vec::new(),
            titles: BTreeMap::new(),
            referred: BTreeSet::new(),
        };
        for (place, document) in documents.iter().enumerate() {
            let metadata = document.metadata();
            *directory.titles.entry(&metadata.title).or_default() += 1;
            directory.names.extend(metadata.name.as_deref());
            let id = metadata.id.as_ref().map(|id| id.to_ascii_lowercase());
            for key in id.into_iter().chain(metadata.name.clone()) {
                let places = directory.places.entry(key).or_default();
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
        }
        for document in documents {
            if let Document::Correlation(rule) = document {
                for (reference, _) in &rule.rules {
                    let found = directory.find(reference).iter().copied();
                    let found: Vec<usize> = found.collect();
                    directory.referred.extend(found);
                }
            }
        }
        directory
    }

    /// The documents that an id or name means.
    pub(super) fn find(&self, reference: &str) -> &[usize] {
        let by_name = self.places.get(reference);
        let found = by_name.or_else(|| self.places.get(&reference.to_ascii_lowercase()));
        found.map(Vec::as_slice).unwrap_or_default()
    }

    /// How many documents have the title.
    pub(super) fn titled(&self, title: &str) -> usize {
        self.titles.get(title).copied().unwrap_or_default()
    }

    pub(super) fn is_referred_to(&self, metadata: &Metadata) -> bool {
        let keys = metadata.name.iter().chain(&metadata.id);
        keys.flat_map(|key| self.find(key))
            .any(|place| self.referred.contains(place))
    }
}

impl<'a> World<'_, 'a> {
    /// The single-event rules behind a reference, through correlations; `None` when one is not there.
    pub(super) fn rules_behind(&self, reference: &str) -> Option<Vec<&View<'a>>> {
        let mut rules = Vec::new();
        let mut seen = BTreeSet::new();
        let mut open: Vec<usize> = self.directory.find(reference).to_vec();
        if open.is_empty() {
            return None;
        }
        while let Some(place) = open.pop() {
            if !seen.insert(place) {
                continue;
            }
            match self.documents.get(place)? {
                Document::Rule(_) => rules.push(self.views.get(place)?.as_ref()?),
                Document::Correlation(inner) => {
                    for (reference, _) in &inner.rules {
                        let found = self.directory.find(reference);
                        if found.is_empty() {
                            return None;
                        }
                        open.extend(found);
                    }
                }
                Document::Filter(_) => return None,
            }
        }
        Some(rules)
    }
}

/// Checks references to other documents, and whether this one can be referred to.
pub(super) fn check(document: &Document, world: &World<'_, '_>, report: &mut Report<'_>) {
    let metadata = document.metadata();
    let directory = world.directory;
    let taken = |key: &Option<String>| {
        key.as_deref()
            .is_some_and(|key| directory.find(key).len() > 1)
    };
    if taken(&metadata.id) {
        report.about(
            Severity::Error,
            "duplicate-id",
            "another document has the same id",
        );
    }
    if taken(&metadata.name) {
        report.about(
            Severity::Error,
            "duplicate-name",
            "another document has the same name",
        );
    }
    if report.is_own() && directory.titled(&metadata.title) > 1 {
        report.about(
            Severity::Warning,
            "duplicate-title",
            "another document has the same title",
        );
    }
    let references: &[(String, Position)] = match document {
        Document::Correlation(rule) => &rule.rules,
        Document::Filter(filter) => filter.rules.as_deref().unwrap_or_default(),
        Document::Rule(_) => &[],
    };
    for (reference, at) in references {
        if directory.find(reference).is_empty() {
            let message = format!("no document has the id or name {reference}");
            let hint = did_you_mean(&nearest(reference, directory.names.iter().copied()));
            report.add(Severity::Error, "unknown-rule", *at, message, hint);
        } else if metadata.is_called(reference) {
            let message = "the document refers to itself";
            report.add(Severity::Error, "self-reference", *at, message, None);
        }
    }
    let is_silent = metadata
        .extension
        .as_ref()
        .is_some_and(|extension| extension.emit == Some(false));
    if is_silent && !directory.is_referred_to(metadata) {
        let message = "the document is no finding of its own, and no correlation refers to it";
        report.about(Severity::Warning, "unused-rule", message);
    }
}

/// Says so when none of the calls can have the field.
pub(super) fn field_of_pairs(field: &str, pairs: Option<&BTreeSet<Pair>>) -> Option<String> {
    let pairs = pairs.filter(|pairs| !pairs.is_empty())?;
    if !is_parameter(field) {
        return None;
    }
    let mut first = None;
    for pair in pairs {
        match standing(pair, field) {
            Standing::Missing { at, .. } => {
                first.get_or_insert_with(|| format!("{} has no {at} for {field}", pair.1));
            }
            Standing::Never(reason) => {
                first.get_or_insert_with(|| {
                    format!("{field} of {} is never recorded: {reason}", pair.1)
                });
            }
            Standing::NullAnswer => {
                first.get_or_insert_with(|| {
                    format!("{} only reads: its responseElements are null", pair.1)
                });
            }
            Standing::Exists(_) | Standing::Open => return None,
        }
    }
    first
}
