//! The rule linter: finds rules that cannot do what they say.
//!
//! A rule that names an API call that does not exist, a parameter that the call does not have, or a
//! combination that no record satisfies is valid Sigma and never fires. The linter holds rules against
//! the tables of `rempart-aws-model` and against the record model of CloudTrail.
//!
//! It is pure and bounded: no rule panics it, and what would take too long is said to be unchecked
//! (`too-complex`). What the tables cannot decide is never reported.
//!
//! # Level by name
//! A call name alone never raises more than `low` ([the rule format](../../../docs/rules.md)). A rule of
//! level `medium` gets a note, one of level `high` or `critical` a warning, when every alternative of its
//! condition looks at nothing but `eventSource`, `eventName` and the outcome. Exempt are first-seen rules,
//! and rules all of whose calls stand in `data/decisive-calls.txt`: calls that end a record or a
//! detector for a whole account and are not daily work. The file is the allow-list; a rule cannot exempt
//! itself.

use std::fmt;

use crate::ast::Document;

mod calls;
mod correlation;
mod coverage;
mod cubes;
mod data_events;
mod events;
mod fields;
mod learning;
mod level;
mod logic;
mod metadata;
mod nearest;
mod parameters;
mod references;
mod report;
mod rule;
mod template;
mod values;
mod view;
mod vocabulary;

#[cfg(test)]
mod tests;

pub use coverage::{CallCoverage, Coverage, coverage};

/// A defect of a document, or something worth knowing about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lint {
    /// File, as in the document's metadata
    pub origin: String,
    /// Line, from 1
    pub line: u32,
    /// Column, from 1
    pub column: u32,
    /// How bad it is
    pub severity: Severity,
    /// Stable name of the check, for example `unknown-operation`
    pub code: &'static str,
    /// What messages call the document: its name, else its id, else its title
    pub rule: String,
    /// What is wrong
    pub message: String,
    /// What to do about it
    pub hint: Option<String>,
}

impl fmt::Display for Lint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            origin,
            line,
            column,
            severity,
            code,
            message,
            ..
        } = self;
        write!(
            formatter,
            "{origin}:{line}:{column}: {severity}[{code}]: {message}"
        )?;
        match &self.hint {
            Some(hint) => write!(formatter, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

/// How bad a [`Lint`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The document does not do what it says, or breaks a rule of the pack
    Error,
    /// Probably not meant so
    Warning,
    /// Worth knowing
    Note,
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }
}

/// How strictly documents are held to the conventions of `docs/rules.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profile {
    /// The project's own pack: every convention counts
    Own,
    /// Collections of others: defects only
    Foreign,
}

/// How many test cases a rule file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct CaseCounts {
    /// Cases that must raise a rule of the file
    pub positive: usize,
    /// Cases that must not
    pub negative: usize,
}

/// Answers, for an origin, how many test cases stand beside it; `None` when there is no test file.
pub type CaseLookup<'a> = dyn Fn(&str) -> Option<CaseCounts> + 'a;

/// What the linter must be told.
#[derive(Clone, Copy)]
pub struct LintContext<'a> {
    /// Names of the derived fields that exist, `rempart.` included
    pub derived_fields: &'a [&'a str],
    /// Test cases of each origin; `None` leaves tests unchecked
    pub cases: Option<&'a CaseLookup<'a>>,
    /// How strict to be
    pub profile: Profile,
}

impl fmt::Debug for LintContext<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LintContext")
            .field("derived_fields", &self.derived_fields)
            .field("cases", &self.cases.is_some())
            .field("profile", &self.profile)
            .finish()
    }
}

/// Every code that a [`Lint`] can have, sorted.
pub const CODES: &[&str] = &[
    "alias-rule",
    "always-true",
    "catalogue-entry",
    "category-directory",
    "data-event-definition",
    "data-event-requires",
    "date-form",
    "date-order",
    "duplicate-id",
    "duplicate-name",
    "duplicate-title",
    "event-name-case",
    "event-never-matches",
    "event-pair",
    "exclusion-without-effect",
    "explanation-template",
    "few-tests",
    "first-seen-group",
    "first-seen-learning",
    "first-seen-value",
    "first-seen-within",
    "id-form",
    "level-by-name",
    "logsource",
    "long-timespan",
    "missing-event-source",
    "missing-metadata",
    "missing-technique",
    "missing-tests",
    "needless-requirement",
    "never-recorded",
    "never-true",
    "no-group-by",
    "nonexistent-api",
    "null-response",
    "only-excludes",
    "pattern-without-event",
    "permission-only-event",
    "reference-address",
    "reference-cycle",
    "repeated-reference",
    "self-reference",
    "silent-level",
    "source-without-event",
    "success-only",
    "temporal-of-one",
    "threshold-of-one",
    "too-complex",
    "unknown-attribute",
    "unknown-category",
    "unknown-derived-field",
    "unknown-event-source",
    "unknown-field",
    "unknown-group-field",
    "unknown-operation",
    "unknown-parameter",
    "unknown-region",
    "unknown-resource-type",
    "unknown-rule",
    "unknown-tactic",
    "unknown-technique",
    "unreachable-selection",
    "unused-alias",
    "unused-rule",
    "unused-selection",
    "value-outside-enum",
    "wrong-type",
];

/// Checks documents, each by itself and all together. The result is sorted by place and does not
/// depend on the order of the documents.
#[must_use]
pub fn lint(documents: &[Document], context: &LintContext<'_>) -> Vec<Lint> {
    let directory = references::Directory::new(documents);
    let mut lookup = events::Lookup::default();
    let views: Vec<Option<view::View<'_>>> = documents
        .iter()
        .map(|document| match document {
            Document::Rule(rule) => Some(view::View::new(rule, &mut lookup)),
            Document::Correlation(_) | Document::Filter(_) => None,
        })
        .collect();
    let world = references::World {
        documents,
        views: &views,
        directory: &directory,
        context,
    };
    let mut lints = Vec::new();
    for (place, document) in documents.iter().enumerate() {
        let mut report = report::Report::new(document.metadata(), context.profile);
        metadata::check(document, &world, &mut report);
        references::check(document, &world, &mut report);
        match document {
            Document::Rule(rule) => {
                if let Some(Some(view)) = views.get(place) {
                    rule::check(rule, view, &mut lookup, context, &mut report);
                }
            }
            Document::Correlation(rule) => correlation::check(rule, &world, &mut report),
            Document::Filter(filter) => rule::check_filter(filter, context, &mut report),
        }
        template::check(document, &world, &mut report);
        lints.extend(report.finish());
    }
    lints.sort();
    lints.dedup();
    lints
}
