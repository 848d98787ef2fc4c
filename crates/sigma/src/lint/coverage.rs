//! Which of the calls that the incident-response playbook names have a rule.

use std::collections::BTreeSet;

use rempart_aws_model::ThreatCategory;

use crate::ast::{Document, Level, Metadata};
use crate::lint::events::Lookup;
use crate::lint::references::Directory;
use crate::lint::view::View;

const CALLS: &str = include_str!("../../data/playbook-calls.txt");

/// How far a set of rules covers the playbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// Each call that the playbook names, in its order
    pub calls: Vec<CallCoverage>,
    /// Threat categories in which no finding is of level high or critical
    pub categories_without_high: Vec<ThreatCategory>,
}

/// The rules for one call of the playbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallCoverage {
    /// The requirement that names the call, for example `R-002-23`
    pub requirement: &'static str,
    /// The threat category under which the playbook names it
    pub category: ThreatCategory,
    /// The event source
    pub source: String,
    /// The event name
    pub name: &'static str,
    /// The name in the playbook, where no such call exists and `name` replaces it
    pub instead_of: Option<&'static str>,
    /// Rules of the category that name the call, by name, id or title
    pub rules: Vec<String>,
    /// Rules of other categories that name it
    pub other_rules: Vec<String>,
}

impl Coverage {
    /// The calls that no rule names.
    pub fn missing(&self) -> impl Iterator<Item = &CallCoverage> {
        self.calls
            .iter()
            .filter(|call| call.rules.is_empty() && call.other_rules.is_empty())
    }

    /// The calls that rules name, none of them of the call's category.
    pub fn missing_in_category(&self) -> impl Iterator<Item = &CallCoverage> {
        self.calls
            .iter()
            .filter(|call| call.rules.is_empty() && !call.other_rules.is_empty())
    }
}

/// Holds rules against the calls of the playbook (`data/playbook-calls.txt`). A rule counts when it
/// names the call, by a list or a pattern of names, in an alternative that a record can satisfy; a rule
/// that is no finding of its own counts when a correlation refers to it.
#[must_use]
pub fn coverage(documents: &[Document]) -> Coverage {
    let mut lookup = Lookup::default();
    let directory = Directory::new(documents);
    let mut calls: Vec<CallCoverage> = CALLS.lines().filter_map(read).collect();
    for document in documents {
        let Document::Rule(rule) = document else {
            continue;
        };
        let metadata = &rule.metadata;
        if !is_heard(metadata, &directory) {
            continue;
        }
        let pairs = View::new(rule, &mut lookup).named_pairs();
        let named: BTreeSet<(&str, &str)> = pairs
            .iter()
            .map(|(source, name)| (&**source, &**name))
            .collect();
        for call in &mut calls {
            if named.contains(&(call.source.as_str(), call.name)) {
                let is_of_category = category_of(metadata) == Some(call.category.id());
                let rules = if is_of_category {
                    &mut call.rules
                } else {
                    &mut call.other_rules
                };
                rules.push(metadata.label().to_owned());
            }
        }
    }
    let has_high = |category: &ThreatCategory| {
        documents.iter().any(|document| {
            let metadata = document.metadata();
            metadata.level.is_some_and(|level| level >= Level::High)
                && category_of(metadata) == Some(category.id())
        })
    };
    let categories_without_high = ThreatCategory::ALL
        .into_iter()
        .filter(|category| {
            !matches!(
                category,
                ThreatCategory::Reconnaissance | ThreatCategory::Neutral
            )
        })
        .filter(|category| !has_high(category))
        .collect();
    Coverage {
        calls,
        categories_without_high,
    }
}

fn is_heard(metadata: &Metadata, directory: &Directory<'_>) -> bool {
    let emits = metadata
        .extension
        .as_ref()
        .is_none_or(|extension| extension.emit != Some(false));
    emits || directory.is_referred_to(metadata)
}

fn category_of(metadata: &Metadata) -> Option<&str> {
    metadata.extension.as_ref()?.category.as_deref()
}

fn read(line: &'static str) -> Option<CallCoverage> {
    if line.starts_with('#') {
        return None;
    }
    let mut words = line.split(' ');
    let requirement = words.next()?;
    let category = ThreatCategory::from_id(words.next()?)?;
    let source = format!("{}.amazonaws.com", words.next()?);
    let name = words.next()?;
    Some(CallCoverage {
        requirement,
        category,
        source,
        name,
        instead_of: words.next(),
        rules: Vec::new(),
        other_rules: Vec::new(),
    })
}
