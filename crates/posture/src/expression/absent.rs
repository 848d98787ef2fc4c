//! What AWS means when a member is missing.

use std::collections::BTreeMap;

use serde_json::Value as Json;

/// The meaning of one missing member.
#[derive(Clone, Debug, PartialEq)]
pub struct AbsentRule {
    /// The value that AWS applies; `None` when nothing stands in its place and `has()` may ask.
    pub default: Option<Json>,
    /// Why, in words.
    pub because: String,
}

/// Rules by path, as [`super::ReadPath`] writes them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AbsentRules {
    rules: BTreeMap<String, AbsentRule>,
}

impl AbsentRules {
    /// Adds a rule.
    pub fn insert(&mut self, path: String, rule: AbsentRule) {
        self.rules.insert(path, rule);
    }

    /// The rule of a path.
    pub fn rule(&self, path: &str) -> Option<&AbsentRule> {
        self.rules.get(path)
    }

    /// All rules.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &AbsentRule)> {
        self.rules.iter().map(|(path, rule)| (path.as_str(), rule))
    }
}
