//! Sets of actions.

use std::collections::BTreeSet;

use rempart_aws_model::ActionName;

use crate::context::hash;
use crate::document::Patterns;
use crate::glob::Glob;

/// The action of a request, prepared for comparing without case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestAction {
    folded: Box<str>,
    hash: u64,
    colon: usize,
}

impl RequestAction {
    pub(crate) fn new(action: &ActionName) -> Self {
        let folded: Box<str> = action.as_str().to_ascii_lowercase().into();
        Self {
            hash: hash(&folded),
            colon: action.service().len(),
            folded,
        }
    }

    /// Folded service prefix.
    pub(crate) fn service(&self) -> &str {
        self.folded.get(..self.colon).unwrap_or_default()
    }

    /// Folded name without the prefix.
    pub(crate) fn name(&self) -> &str {
        self.folded.get(self.colon + 1..).unwrap_or_default()
    }
}

/// `Action` or `NotAction`: names and patterns, without case.
#[derive(Debug)]
pub(crate) struct ActionSet {
    negated: bool,
    everything: bool,
    /// Folded names with their hashes, sorted.
    names: Box<[(u64, Box<str>)]>,
    /// Folded service prefix and pattern of the name.
    patterns: Box<[(Box<str>, Glob)]>,
}

impl ActionSet {
    pub(crate) fn new(actions: &Patterns) -> Self {
        let mut everything = false;
        let mut names = Vec::new();
        let mut patterns = Vec::new();
        for value in &actions.values {
            let folded: Box<str> = value.text.to_ascii_lowercase().into();
            match folded.split_once(':') {
                None | Some(("*", _)) => everything = true,
                Some((service, name)) if name.contains(['*', '?']) => {
                    patterns.push((service.into(), Glob::new(name)));
                }
                Some(_) => names.push((hash(&folded), folded)),
            }
        }
        names.sort_unstable();
        names.dedup();
        Self {
            negated: actions.negated,
            everything,
            names: names.into(),
            patterns: patterns.into(),
        }
    }

    pub(crate) fn matches(&self, action: &RequestAction) -> bool {
        self.lists(action) != self.negated
    }

    fn lists(&self, action: &RequestAction) -> bool {
        if self.everything {
            return true;
        }
        let first = self.names.partition_point(|(hash, _)| *hash < action.hash);
        let of_hash = self.names.iter().skip(first);
        let is_named = of_hash
            .take_while(|(hash, _)| *hash == action.hash)
            .any(|(_, name)| *name == action.folded);
        is_named
            || self.patterns.iter().any(|(service, pattern)| {
                **service == *action.service() && pattern.matches(action.name())
            })
    }

    /// The services it may concern; `None` for all.
    pub(crate) fn services(&self) -> Option<BTreeSet<Box<str>>> {
        if self.negated || self.everything {
            return None;
        }
        let named = self.names.iter();
        let of_names = named.filter_map(|(_, name)| Some(name.split_once(':')?.0.into()));
        let of_patterns = self.patterns.iter().map(|(service, _)| service.clone());
        Some(of_names.chain(of_patterns).collect())
    }
}
