//! The `rempart` block. It is our own, so nothing unknown is tolerated in it.

use crate::ast::{Extension, FirstSeen};
use crate::condition::Condition;
use crate::parse::Fault;
use crate::parse::metadata::{boolean, optional, text, texts, timespan};
use crate::yaml::{Entry, Node, Yaml};

/// Reads the block.
pub(super) fn read(node: &Node) -> Result<Extension, Fault> {
    if !matches!(node.value, Yaml::Map(_)) {
        return Err(Fault::new(
            node.at,
            format!("'rempart' is a mapping, not {}", node.kind()),
        ));
    }
    let mut extension = Extension::default();
    for entry in node.entries() {
        let value = &entry.value;
        match entry.key.as_str() {
            "category" => extension.category = optional(value, "category")?,
            "catalogue" => extension.catalogue = texts(value, "catalogue")?,
            "severity" => extension.severity = optional(value, "severity")?,
            "explanation" => extension.explanation = optional(value, "explanation")?,
            "next_steps" => extension.next_steps = texts(value, "next_steps")?,
            "requires" => extension.requires = texts(value, "requires")?,
            "emit" => extension.emit = Some(boolean(value, "emit")?),
            "first_seen" => extension.first_seen = Some(first_seen(value)?),
            _ => return Err(unknown(entry, "rempart")),
        }
    }
    Ok(extension)
}

fn first_seen(node: &Node) -> Result<FirstSeen, Fault> {
    if !matches!(node.value, Yaml::Map(_)) {
        return Err(Fault::new(
            node.at,
            format!("'first_seen' is a mapping, not {}", node.kind()),
        ));
    }
    let mut first_seen = FirstSeen {
        value: Vec::new(),
        group_by: Vec::new(),
        observe: None,
        learning_seconds: 0,
        within_seconds: 0,
        at: node.at,
    };
    for entry in node.entries() {
        let value = &entry.value;
        match entry.key.as_str() {
            "value" => first_seen.value = texts(value, "value")?,
            "group-by" => first_seen.group_by = texts(value, "group-by")?,
            "observe" => {
                let condition = Condition::parse(&text(value, "observe")?)
                    .map_err(|error| Fault::new(value.at, error))?;
                first_seen.observe = Some(condition);
            }
            "learning" => first_seen.learning_seconds = timespan(value, "learning")?,
            "within" => first_seen.within_seconds = timespan(value, "within")?,
            _ => return Err(unknown(entry, "rempart.first_seen")),
        }
    }
    if first_seen.value.is_empty() {
        return Err(Fault::new(node.at, "'value' is missing in 'first_seen'"));
    }
    Ok(first_seen)
}

fn unknown(entry: &Entry, block: &str) -> Fault {
    Fault::new(
        entry.at,
        format!("unknown key '{}' in '{block}'", entry.key),
    )
}
