//! Patterns with wildcards, for callers outside the engine.

use crate::glob::Glob;

/// A pattern in which `*` is any text and `?` any character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Glob);

impl Pattern {
    /// A pattern of condition values and action names: wildcards match every character.
    pub fn of_text(pattern: &str) -> Self {
        Self(Glob::new(pattern))
    }

    /// A pattern of resource elements: in the first five parts of an ARN wildcards stop at colons,
    /// except a star that ends its part.
    pub fn of_resource(pattern: &str) -> Self {
        Self(Glob::of_resource(pattern))
    }

    /// Whether the whole text matches; case counts.
    pub fn matches(&self, text: &str) -> bool {
        self.0.matches(text)
    }
}
