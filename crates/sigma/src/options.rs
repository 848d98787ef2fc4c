//! What a caller decides about compiling, and what compiling has to say.

use std::collections::BTreeMap;
use std::fmt;

use crate::ast::{LogSource, Metadata};
use crate::yaml::Position;

/// Names under which the records carry an event that a rule calls `name` of `source`.
pub type EventNameAliases<'a> = &'a dyn Fn(&str, &str) -> Vec<String>;

/// How documents are compiled.
pub struct CompileOptions<'a> {
    /// Log sources of which rules are taken; a part that is `None` in the rule fits too
    pub log_sources: Vec<LogSource>,
    /// Whether rules without any log source are taken
    pub accept_missing_log_source: bool,
    /// Values of placeholders for the modifier `expand`, by name without percent signs
    pub placeholders: BTreeMap<String, Vec<String>>,
    /// Other names of fields: as rules write them, then as records have them
    pub field_names: BTreeMap<String, String>,
    /// Put before every field path that `field_names` does not name
    pub field_prefix: String,
    /// Lets a rule that names an operation match the name under which it is recorded
    pub event_name_aliases: Option<EventNameAliases<'a>>,
}

impl Default for CompileOptions<'_> {
    /// CloudTrail of AWS, nothing renamed.
    fn default() -> Self {
        let cloudtrail = LogSource {
            product: Some("aws".to_owned()),
            service: Some("cloudtrail".to_owned()),
            ..LogSource::default()
        };
        Self {
            log_sources: vec![cloudtrail],
            accept_missing_log_source: false,
            placeholders: BTreeMap::new(),
            field_names: BTreeMap::new(),
            field_prefix: String::new(),
            event_name_aliases: None,
        }
    }
}

impl fmt::Debug for CompileOptions<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CompileOptions")
            .field("log_sources", &self.log_sources)
            .field("placeholders", &self.placeholders)
            .field("field_names", &self.field_names)
            .field("field_prefix", &self.field_prefix)
            .finish_non_exhaustive()
    }
}

impl CompileOptions<'_> {
    /// Whether rules of this log source are taken.
    #[must_use]
    pub fn accepts(&self, logsource: &LogSource) -> bool {
        let parts = |logsource: &LogSource| {
            [
                logsource.category.clone(),
                logsource.product.clone(),
                logsource.service.clone(),
            ]
        };
        let written = parts(logsource);
        if written.iter().all(Option::is_none) {
            return self.accept_missing_log_source;
        }
        self.log_sources.iter().any(|accepted| {
            written
                .iter()
                .zip(parts(accepted))
                .all(|(written, accepted)| {
                    written.as_deref().is_none_or(|written| {
                        accepted.is_some_and(|accepted| accepted.eq_ignore_ascii_case(written))
                    })
                })
        })
    }

    /// The path in records of a field that a rule names.
    pub(crate) fn path(&self, field: &str) -> String {
        if let Some(name) = self.field_names.get(field) {
            return name.clone();
        }
        if field.starts_with(crate::derive::DERIVED_PREFIX) {
            return field.to_owned();
        }
        format!("{}{field}", self.field_prefix)
    }
}

/// How much a diagnostic matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The document is in use, but not in every respect as its author may think
    Warning,
    /// The document is not meant for these logs or not for use
    Skipped,
    /// The document is refused
    Error,
}

/// Something to say about a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How much it matters
    pub severity: Severity,
    /// The file
    pub origin: String,
    /// Line, from 1
    pub line: u32,
    /// Column, from 1
    pub column: u32,
    /// The document: its name, id or title
    pub rule: String,
    /// What there is to say
    pub message: String,
}

impl Diagnostic {
    pub(crate) fn new(
        severity: Severity,
        metadata: &Metadata,
        at: Position,
        message: impl fmt::Display,
    ) -> Self {
        Self {
            severity,
            origin: metadata.origin.clone(),
            line: at.line,
            column: at.column,
            rule: metadata.label().to_owned(),
            message: message.to_string(),
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            origin,
            line,
            column,
            rule,
            message,
            ..
        } = self;
        write!(formatter, "{origin}:{line}:{column}: {rule}: {message}")
    }
}
