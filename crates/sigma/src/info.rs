//! What is known of a compiled rule besides how it matches.

use crate::ast::{Extension, LogSource, Metadata};

/// Metadata of a compiled rule or correlation, and whether its hits are findings.
#[derive(Debug, Clone, Default)]
pub struct CompiledRuleInfo {
    /// Everything that the document says about itself
    pub metadata: Metadata,
    /// The log source; empty for correlations
    pub logsource: LogSource,
    /// Whether a correlation refers to it
    pub referenced: bool,
    /// Whether a correlation that refers to it says `generate: true`
    pub generated: bool,
    /// Titles of the filters that were merged into it
    pub filters: Vec<String>,
}

impl CompiledRuleInfo {
    /// Whether hits are findings of their own.
    ///
    /// `rempart.emit` decides where the document says it, and a `rempart` block without it says yes.
    /// Any other rule emits unless a correlation refers to it without `generate: true` (Sigma
    /// correlation rules 2.1, "Generate").
    #[must_use]
    pub fn emits(&self) -> bool {
        match &self.metadata.extension {
            Some(extension) => extension.emit.unwrap_or(true),
            None => !self.referenced || self.generated,
        }
    }

    /// The `rempart` block.
    #[must_use]
    pub const fn extension(&self) -> Option<&Extension> {
        self.metadata.extension.as_ref()
    }

    /// The name, else the id, else the title: what messages call the rule.
    #[must_use]
    pub fn label(&self) -> &str {
        self.metadata.label()
    }
}
