//! Reading rule files.
//!
//! Every document of a file is read by itself: one that is broken is reported with its line and does
//! not lose the others.

use std::fmt;

use crate::ast::{CorrelationRule, Document, FilterRule, Rule};
use crate::yaml::{self, Entry, Node, Position, Yaml, YamlError};

mod correlation;
mod detection;
mod extension;
mod metadata;

pub use detection::selected;

/// The documents of a file, and what could not be read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parsed {
    /// The documents in the order written
    pub documents: Vec<Document>,
    /// One error for each document that was refused
    pub errors: Vec<ParseError>,
}

/// Why a document was refused, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{origin}:{line}:{column}: {message}")]
pub struct ParseError {
    /// The file, as the caller named it
    pub origin: String,
    /// Line, from 1
    pub line: u32,
    /// Column, from 1
    pub column: u32,
    /// What is wrong
    pub message: String,
}

/// A fault at a place; becomes a [`ParseError`] once the file is known.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) at: Position,
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn new(at: Position, message: impl fmt::Display) -> Self {
        Self {
            at,
            message: message.to_string(),
        }
    }
}

impl From<YamlError> for Fault {
    fn from(error: YamlError) -> Self {
        Self {
            at: error.at,
            message: error.message,
        }
    }
}

/// Reads all documents of a rule file. `origin` names the file in messages and metadata.
///
/// The collections of old Sigma are understood: `action: global` lays its content under every document
/// that follows, `action: reset` ends that, `action: repeat` lays a document over the one before it.
#[must_use]
pub fn parse_documents(text: &str, origin: &str) -> Parsed {
    let mut parsed = Parsed::default();
    let mut layers = Layers::default();
    for (lines_before, text) in yaml::split_documents(text) {
        let outcome = yaml::read_document(&text, lines_before)
            .map_err(Fault::from)
            .and_then(|node| match node {
                Some(node) => layers.apply(node),
                None => Ok(None),
            })
            .and_then(|node| node.map(|node| document(&node, origin)).transpose());
        match outcome {
            Ok(document) => parsed.documents.extend(document),
            Err(fault) => parsed.errors.push(ParseError {
                origin: origin.to_owned(),
                line: fault.at.line,
                column: fault.at.column,
                message: fault.message,
            }),
        }
    }
    parsed
}

fn document(node: &Node, origin: &str) -> Result<Document, Fault> {
    if !matches!(node.value, Yaml::Map(_)) {
        return Err(Fault::new(
            node.at,
            format!("a document is a mapping, not {}", node.kind()),
        ));
    }
    let metadata = metadata::read(node, origin)?;
    let kinds = ["detection", "correlation", "filter"];
    let mut sections = kinds
        .iter()
        .filter_map(|kind| Some((*kind, node.get(kind)?)));
    let (kind, section) = sections.next().ok_or_else(|| {
        Fault::new(
            node.at,
            "document has neither 'detection', 'correlation' nor 'filter'",
        )
    })?;
    if let Some((other, section)) = sections.next() {
        return Err(Fault::new(
            section.at,
            format!("document has both '{kind}' and '{other}'"),
        ));
    }
    let logsource = metadata::logsource(node.get("logsource"))?;
    match kind {
        "detection" => {
            let detection = detection::read(section, &[])?;
            if let Some(observe) = metadata
                .extension
                .as_ref()
                .and_then(|extension| extension.first_seen.as_ref())
                .and_then(|first_seen| Some((first_seen.observe.as_ref()?, first_seen.at)))
            {
                detection::check_names(observe.0, &detection.selections, observe.1)?;
            }
            Ok(Document::Rule(Rule {
                metadata,
                logsource,
                detection,
            }))
        }
        "correlation" => {
            let read: CorrelationRule = correlation::read(section, node.get("generate"), metadata)?;
            if let Some(first_seen) = read
                .metadata
                .extension
                .as_ref()
                .and_then(|e| e.first_seen.as_ref())
            {
                return Err(Fault::new(
                    first_seen.at,
                    "'first_seen' belongs to a rule, not to a correlation",
                ));
            }
            Ok(Document::Correlation(read))
        }
        _ => {
            let rules = match section.get("rules") {
                None => return Err(Fault::new(section.at, "'rules' is missing in the filter")),
                Some(node) if node.scalar() == Some("any") => None,
                Some(node) => Some(metadata::references(node)?),
            };
            let detection = detection::read(section, &["rules"])?;
            Ok(Document::Filter(FilterRule {
                metadata,
                logsource,
                rules,
                detection,
            }))
        }
    }
}

/// The state of `action` documents.
#[derive(Default)]
struct Layers {
    global: Option<Node>,
    previous: Option<Node>,
}

impl Layers {
    /// The document as it counts, or `None` when it only prepares others.
    fn apply(&mut self, mut node: Node) -> Result<Option<Node>, Fault> {
        let action = take_action(&mut node)?;
        match action.as_deref() {
            Some("global") => {
                let merged = match &self.global {
                    Some(global) => overlay(global, &node),
                    None => node,
                };
                self.global = Some(merged);
                Ok(None)
            }
            Some("reset") => {
                self.global = None;
                self.previous = None;
                Ok(None)
            }
            Some("repeat") => {
                let Some(previous) = &self.previous else {
                    return Err(Fault::new(
                        node.at,
                        "'action: repeat' has no document before it",
                    ));
                };
                let merged = overlay(previous, &node);
                self.previous = Some(merged.clone());
                Ok(Some(merged))
            }
            Some(other) => Err(Fault::new(node.at, format!("unknown action '{other}'"))),
            None => {
                let merged = match &self.global {
                    Some(global) => overlay(global, &node),
                    None => node,
                };
                self.previous = Some(merged.clone());
                Ok(Some(merged))
            }
        }
    }
}

fn take_action(node: &mut Node) -> Result<Option<String>, Fault> {
    let Yaml::Map(entries) = &mut node.value else {
        return Ok(None);
    };
    let Some(place) = entries.iter().position(|entry| entry.key == "action") else {
        return Ok(None);
    };
    let entry = entries.remove(place);
    let text = entry
        .value
        .scalar()
        .ok_or_else(|| Fault::new(entry.at, "'action' is not text"))?;
    Ok(Some(text.to_owned()))
}

/// Lays `over` on `under`: mappings merge, anything else replaces. Bounded by the depth of nodes.
fn overlay(under: &Node, over: &Node) -> Node {
    let (Yaml::Map(below), Yaml::Map(above)) = (&under.value, &over.value) else {
        return over.clone();
    };
    let mut merged: Vec<Entry> = below.clone();
    for entry in above {
        match merged.iter_mut().find(|existing| existing.key == entry.key) {
            Some(existing) => {
                existing.value = overlay(&existing.value, &entry.value);
                existing.at = entry.at;
            }
            None => merged.push(entry.clone()),
        }
    }
    Node {
        value: Yaml::Map(merged),
        at: over.at,
    }
}
