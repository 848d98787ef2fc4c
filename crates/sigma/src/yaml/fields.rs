//! Fields of mappings: each is taken once, and what is left over is a problem.

use super::{Entry, Node, Position, Yaml};

/// Takes what is wrong with a file.
pub trait Problems {
    /// Something is wrong at this place.
    fn problem(&mut self, at: Position, message: String);
}

/// The fields of a mapping that were not taken yet.
#[derive(Debug)]
pub struct Fields<'n> {
    what: String,
    entries: Vec<&'n Entry>,
}

impl<'n> Fields<'n> {
    /// The fields of a mapping; anything else is a problem.
    ///
    /// `what` is what messages call it.
    pub fn of(problems: &mut impl Problems, node: &'n Node, what: &str) -> Option<Self> {
        if !matches!(node.value, Yaml::Map(_)) {
            problems.problem(
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
    pub fn take(&mut self, name: &str) -> Option<&'n Node> {
        let at = self.entries.iter().position(|entry| entry.key == name)?;
        Some(&self.entries.remove(at).value)
    }

    /// Takes a field of text; a number counts as its digits.
    pub fn text(&mut self, problems: &mut impl Problems, name: &str) -> Option<String> {
        let node = self.take(name)?;
        let text = node.scalar().map(str::to_owned);
        if text.is_none() {
            let (what, kind) = (&self.what, node.kind());
            problems.problem(
                node.at,
                format!("`{name}` of {what} must be text, this is {kind}"),
            );
        }
        text
    }

    /// Takes a list; nothing is an empty one.
    pub fn list(&mut self, problems: &mut impl Problems, name: &str) -> &'n [Node] {
        match self.take(name) {
            None => &[],
            Some(node) => match &node.value {
                Yaml::List(items) => items,
                Yaml::Null => &[],
                _ => {
                    let (what, kind) = (&self.what, node.kind());
                    problems.problem(
                        node.at,
                        format!("`{name}` of {what} must be a list, this is {kind}"),
                    );
                    &[]
                }
            },
        }
    }

    /// Takes a list of texts.
    pub fn texts(&mut self, problems: &mut impl Problems, name: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for node in self.list(problems, name) {
            match node.scalar() {
                Some(text) => texts.push(text.to_owned()),
                None => problems.problem(node.at, format!("`{name}` must hold text")),
            }
        }
        texts
    }

    /// What is left is unknown, and so a problem: a misspelt field must not be passed over.
    pub fn finish(self, problems: &mut impl Problems) {
        for entry in self.entries {
            let message = format!("{} has no field `{}`", self.what, entry.key);
            problems.problem(entry.at, message);
        }
    }
}
