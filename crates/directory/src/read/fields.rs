//! Fields of mappings: each is taken once, and what is left over is a problem.

use std::collections::BTreeMap;

use rempart_sigma::yaml::{Entry, Node, Yaml};

use super::Reader;

/// The fields of a mapping that were not taken yet.
pub(super) struct Fields<'n> {
    what: String,
    entries: Vec<&'n Entry>,
}

impl<'n> Fields<'n> {
    /// The fields of a mapping; anything else is a problem.
    pub(super) fn of(reader: &mut Reader<'_>, node: &'n Node, what: &str) -> Option<Self> {
        if !matches!(node.value, Yaml::Map(_)) {
            reader.problem(
                node.at,
                format!("{what} must be a mapping, this is {}", node.kind()),
            );
            return None;
        }
        Some(Self {
            what: what.to_owned(),
            entries: node.entries().iter().collect(),
        })
    }

    /// Takes a field.
    pub(super) fn take(&mut self, name: &str) -> Option<&'n Node> {
        let at = self.entries.iter().position(|entry| entry.key == name)?;
        Some(&self.entries.remove(at).value)
    }

    /// Takes a field of text; a number counts as its digits.
    pub(super) fn text(&mut self, reader: &mut Reader<'_>, name: &str) -> Option<String> {
        let node = self.take(name)?;
        let text = node.scalar().map(str::to_owned);
        if text.is_none() {
            let (what, kind) = (&self.what, node.kind());
            reader.problem(
                node.at,
                format!("`{name}` of {what} must be text, this is {kind}"),
            );
        }
        text
    }

    /// Takes a list; nothing is an empty one.
    pub(super) fn list(&mut self, reader: &mut Reader<'_>, name: &str) -> &'n [Node] {
        match self.take(name) {
            None => &[],
            Some(node) => match &node.value {
                Yaml::List(items) => items,
                Yaml::Null => &[],
                _ => {
                    let (what, kind) = (&self.what, node.kind());
                    reader.problem(
                        node.at,
                        format!("`{name}` of {what} must be a list, this is {kind}"),
                    );
                    &[]
                }
            },
        }
    }

    /// Takes a list of texts.
    pub(super) fn texts(&mut self, reader: &mut Reader<'_>, name: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for node in self.list(reader, name) {
            match node.scalar() {
                Some(text) => texts.push(text.to_owned()),
                None => reader.problem(node.at, format!("`{name}` must hold text")),
            }
        }
        texts
    }

    /// Takes a mapping of names to texts.
    pub(super) fn tags(&mut self, reader: &mut Reader<'_>, name: &str) -> BTreeMap<String, String> {
        let mut tags = BTreeMap::new();
        let Some(node) = self.take(name) else {
            return tags;
        };
        if !matches!(node.value, Yaml::Map(_) | Yaml::Null) {
            reader.problem(node.at, format!("`{name}` must be a mapping"));
        }
        for entry in node.entries() {
            match entry.value.scalar() {
                Some(value) => {
                    // Condition keys know no case: two such tags would be one.
                    let is_same = |key: &String| key.eq_ignore_ascii_case(&entry.key);
                    if tags.keys().any(is_same) {
                        reader.problem(entry.at, format!("tag `{}` is there twice", entry.key));
                    }
                    if entry.key.is_empty()
                        || entry.key.chars().count() > 128
                        || value.chars().count() > 256
                        || entry.key.to_ascii_lowercase().starts_with("aws:")
                    {
                        reader.problem(
                            entry.at,
                            "a tag has a key of 1 to 128 and a value of up to 256 characters",
                        );
                    }
                    tags.insert(entry.key.clone(), value.to_owned());
                }
                None => reader.problem(entry.at, format!("`{}` must be text", entry.key)),
            }
        }
        tags
    }

    /// What is left is unknown, and so a problem: a misspelt field must not be passed over.
    pub(super) fn finish(self, reader: &mut Reader<'_>) {
        for entry in self.entries {
            let message = format!("{} has no field `{}`", self.what, entry.key);
            reader.problem(entry.at, message);
        }
    }
}
