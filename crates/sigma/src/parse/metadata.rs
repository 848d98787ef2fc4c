//! What a document says about itself.

use crate::ast::{Level, LogSource, Metadata, Related, Status};
use crate::parse::{Fault, extension};
use crate::yaml::{Node, Position, Yaml};

/// Reads the metadata of a document of any kind.
pub(super) fn read(node: &Node, origin: &str) -> Result<Metadata, Fault> {
    let mut metadata = Metadata {
        origin: origin.to_owned(),
        at: node.at,
        ..Metadata::default()
    };
    for entry in node.entries() {
        let value = &entry.value;
        match entry.key.as_str() {
            "title" => metadata.title = text(value, "title")?,
            "id" => metadata.id = optional(value, "id")?,
            "name" => metadata.name = optional(value, "name")?,
            "status" => metadata.status = status(value)?,
            "description" => metadata.description = optional(value, "description")?,
            "license" => metadata.license = optional(value, "license")?,
            "author" => metadata.author = author(value)?,
            "references" => metadata.references = texts(value, "references")?,
            "date" => metadata.date = optional(value, "date")?,
            "modified" => metadata.modified = optional(value, "modified")?,
            "tags" => metadata.tags = texts(value, "tags")?,
            "level" => metadata.level = level(value)?,
            "falsepositives" => metadata.falsepositives = texts(value, "falsepositives")?,
            "fields" => metadata.fields = texts(value, "fields")?,
            "related" => metadata.related = related(value)?,
            "scope" => metadata.scope = texts(value, "scope")?,
            "taxonomy" => metadata.taxonomy = optional(value, "taxonomy")?,
            "rempart" => metadata.extension = Some(extension::read(value)?),
            "logsource" | "detection" | "correlation" | "filter" | "generate" => {}
            _ => metadata.custom.push(entry.clone()),
        }
    }
    if metadata.title.trim().is_empty() {
        return Err(Fault::new(node.at, "title is missing"));
    }
    Ok(metadata)
}

/// Reads a log source; absent is an empty one.
pub(super) fn logsource(node: Option<&Node>) -> Result<LogSource, Fault> {
    let mut logsource = LogSource::default();
    let Some(node) = node else {
        return Ok(logsource);
    };
    if !matches!(node.value, Yaml::Map(_)) {
        return Err(Fault::new(
            node.at,
            format!("'logsource' is a mapping, not {}", node.kind()),
        ));
    }
    for entry in node.entries() {
        match entry.key.as_str() {
            "category" => logsource.category = optional(&entry.value, "category")?,
            "product" => logsource.product = optional(&entry.value, "product")?,
            "service" => logsource.service = optional(&entry.value, "service")?,
            "definition" => logsource.definition = optional(&entry.value, "definition")?,
            _ => logsource.custom.push(entry.clone()),
        }
    }
    Ok(logsource)
}

/// Text that must be there.
pub(super) fn text(node: &Node, what: &str) -> Result<String, Fault> {
    node.scalar()
        .map(str::to_owned)
        .ok_or_else(|| Fault::new(node.at, format!("'{what}' is text, not {}", node.kind())))
}

/// Text, or `None` for null.
pub(super) fn optional(node: &Node, what: &str) -> Result<Option<String>, Fault> {
    if node.value == Yaml::Null {
        return Ok(None);
    }
    text(node, what).map(Some)
}

/// A list of texts; one text counts as a list of one, null as none.
pub(super) fn texts(node: &Node, what: &str) -> Result<Vec<String>, Fault> {
    match &node.value {
        Yaml::Null => Ok(Vec::new()),
        Yaml::List(items) => items.iter().map(|item| text(item, what)).collect(),
        _ => Ok(vec![text(node, what)?]),
    }
}

/// A list of ids or names with their places; it must not be empty.
pub(super) fn references(node: &Node) -> Result<Vec<(String, Position)>, Fault> {
    let items = match &node.value {
        Yaml::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let references: Vec<_> = items
        .iter()
        .map(|item| Ok((text(item, "rules")?, item.at)))
        .collect::<Result<_, Fault>>()?;
    if references.is_empty() {
        return Err(Fault::new(node.at, "'rules' is empty"));
    }
    Ok(references)
}

/// A length of time as seconds: a number with `s`, `m`, `h` or `d`.
pub(super) fn timespan(node: &Node, what: &str) -> Result<i64, Fault> {
    let fault = || {
        let message = format!("'{what}' is a number followed by s, m, h or d, for example 90m");
        Fault::new(node.at, message)
    };
    let text = node.scalar().ok_or_else(fault)?;
    if text == "0" {
        return Ok(0);
    }
    let number = text.get(..text.len().saturating_sub(1)).ok_or_else(fault)?;
    let unit = match text.chars().next_back() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3_600,
        Some('d') => 86_400,
        _ => return Err(fault()),
    };
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(fault());
    }
    let number: i64 = number.parse().map_err(|_| fault())?;
    number.checked_mul(unit).ok_or_else(fault)
}

/// `true` or `false`.
pub(super) fn boolean(node: &Node, what: &str) -> Result<bool, Fault> {
    match node.value {
        Yaml::Bool(flag) => Ok(flag),
        _ => Err(Fault::new(
            node.at,
            format!("'{what}' is true or false, not {}", node.kind()),
        )),
    }
}

fn author(node: &Node) -> Result<Option<String>, Fault> {
    let authors = texts(node, "author")?;
    Ok((!authors.is_empty()).then(|| authors.join(", ")))
}

fn status(node: &Node) -> Result<Option<Status>, Fault> {
    let Some(word) = optional(node, "status")? else {
        return Ok(None);
    };
    match word.as_str() {
        "stable" => Ok(Some(Status::Stable)),
        "test" => Ok(Some(Status::Test)),
        "experimental" => Ok(Some(Status::Experimental)),
        "deprecated" => Ok(Some(Status::Deprecated)),
        "unsupported" => Ok(Some(Status::Unsupported)),
        _ => Err(Fault::new(node.at, format!("unknown status '{word}'"))),
    }
}

fn level(node: &Node) -> Result<Option<Level>, Fault> {
    let Some(word) = optional(node, "level")? else {
        return Ok(None);
    };
    match word.as_str() {
        "informational" => Ok(Some(Level::Informational)),
        "low" => Ok(Some(Level::Low)),
        "medium" => Ok(Some(Level::Medium)),
        "high" => Ok(Some(Level::High)),
        "critical" => Ok(Some(Level::Critical)),
        _ => Err(Fault::new(node.at, format!("unknown level '{word}'"))),
    }
}

fn related(node: &Node) -> Result<Vec<Related>, Fault> {
    let items = match &node.value {
        Yaml::Null => return Ok(Vec::new()),
        Yaml::List(items) => items,
        _ => {
            return Err(Fault::new(
                node.at,
                "'related' is a list of mappings with 'id' and 'type'",
            ));
        }
    };
    items
        .iter()
        .map(|item| {
            let part = |key: &str| {
                item.get(key)
                    .and_then(Node::scalar)
                    .map(str::to_owned)
                    .ok_or_else(|| Fault::new(item.at, format!("'{key}' is missing in 'related'")))
            };
            Ok(Related {
                id: part("id")?,
                relation: part("type")?,
            })
        })
        .collect()
}
