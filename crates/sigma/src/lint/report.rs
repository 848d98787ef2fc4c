//! Collecting the findings about one document.

use crate::ast::Metadata;
use crate::lint::{Lint, Profile, Severity};
use crate::yaml::Position;

/// Most findings about one document; more help nobody and hostile documents could give millions.
const MOST: usize = 100;

/// The findings about one document.
pub(super) struct Report<'a> {
    metadata: &'a Metadata,
    profile: Profile,
    lints: Vec<Lint>,
}

impl<'a> Report<'a> {
    pub(super) fn new(metadata: &'a Metadata, profile: Profile) -> Self {
        Self {
            metadata,
            profile,
            lints: Vec::new(),
        }
    }

    pub(super) fn is_own(&self) -> bool {
        self.profile == Profile::Own
    }

    /// An error in the project's own pack, a warning elsewhere.
    pub(super) fn strict(&self) -> Severity {
        if self.is_own() {
            Severity::Error
        } else {
            Severity::Warning
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.lints.len() >= MOST
    }

    pub(super) fn add(
        &mut self,
        severity: Severity,
        code: &'static str,
        at: Position,
        message: impl Into<String>,
        hint: impl Into<Option<String>>,
    ) {
        if self.is_full() {
            return;
        }
        // A document that was made without text has no positions.
        let at = if at.line == 0 { self.metadata.at } else { at };
        self.lints.push(Lint {
            origin: self.metadata.origin.clone(),
            line: at.line,
            column: at.column,
            severity,
            code,
            rule: self.metadata.label().to_owned(),
            message: message.into(),
            hint: hint.into(),
        });
    }

    /// A finding about the document as a whole.
    pub(super) fn about(
        &mut self,
        severity: Severity,
        code: &'static str,
        message: impl Into<String>,
    ) {
        self.add(severity, code, self.metadata.at, message, None);
    }

    pub(super) fn finish(self) -> Vec<Lint> {
        self.lints
    }
}

/// `a, b, c and 4 more`.
pub(super) fn few<S: AsRef<str>>(names: &[S], most: usize) -> String {
    let shown: Vec<&str> = names.iter().take(most).map(AsRef::as_ref).collect();
    let rest = names.len().saturating_sub(shown.len());
    let shown = shown.join(", ");
    if rest == 0 {
        shown
    } else {
        format!("{shown} and {rest} more")
    }
}

/// `did you mean a, b?`, or nothing.
pub(super) fn did_you_mean<S: AsRef<str>>(names: &[S]) -> Option<String> {
    (!names.is_empty()).then(|| format!("did you mean {}?", few(names, 3)))
}
