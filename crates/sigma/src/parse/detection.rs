//! The detection section: selections and conditions.

use crate::ast::{Detection, Item, Selection, SelectionBody, Value};
use crate::condition::{Condition, name_matches};
use crate::modifier::{Modifier, check_chain};
use crate::parse::Fault;
use crate::parse::metadata::text;
use crate::yaml::{Entry, Node, Position, Yaml};

/// Reads a section; the keys in `others` belong to the caller.
pub(super) fn read(node: &Node, others: &[&str]) -> Result<Detection, Fault> {
    if !matches!(node.value, Yaml::Map(_)) {
        return Err(Fault::new(
            node.at,
            format!("a detection is a mapping, not {}", node.kind()),
        ));
    }
    let mut selections = Vec::new();
    let mut condition = None;
    for entry in node.entries() {
        match entry.key.as_str() {
            "condition" => condition = Some(&entry.value),
            "timeframe" => {
                return Err(Fault::new(
                    entry.at,
                    "'timeframe' is not supported: write a correlation rule",
                ));
            }
            key if others.contains(&key) => {}
            _ => selections.push(selection(entry)?),
        }
    }
    if selections.is_empty() {
        return Err(Fault::new(node.at, "there is no selection"));
    }
    let condition = condition.ok_or_else(|| Fault::new(node.at, "condition is missing"))?;
    let conditions = conditions(condition)?;
    for (condition, at) in &conditions {
        check_names(condition, &selections, *at)?;
    }
    Ok(Detection {
        selections,
        conditions,
    })
}

/// Checks that every name of a condition is a selection and every pattern matches one.
pub(super) fn check_names(
    condition: &Condition,
    selections: &[Selection],
    at: Position,
) -> Result<(), Fault> {
    match condition {
        Condition::Name(name) => {
            if selections.iter().any(|selection| selection.name == *name) {
                return Ok(());
            }
            Err(Fault::new(
                at,
                format!("condition names '{name}', which is no selection"),
            ))
        }
        Condition::And(parts) | Condition::Or(parts) => parts
            .iter()
            .try_for_each(|part| check_names(part, selections, at)),
        Condition::Not(part) => check_names(part, selections, at),
        Condition::Of { pattern, .. } => {
            if selected(pattern.as_deref(), selections).next().is_some() {
                return Ok(());
            }
            let pattern = pattern.as_deref().unwrap_or("them");
            Err(Fault::new(at, format!("'{pattern}' matches no selection")))
        }
    }
}

/// The selections that a pattern, or `them` (`None`), means. Names that begin with `_` are meant only
/// by patterns that begin so.
pub fn selected<'a>(
    pattern: Option<&'a str>,
    selections: &'a [Selection],
) -> impl Iterator<Item = &'a Selection> {
    let pattern = pattern.unwrap_or("*");
    selections.iter().filter(move |selection| {
        let hidden = selection.name.starts_with('_') && !pattern.starts_with('_');
        !hidden && name_matches(pattern, &selection.name)
    })
}

fn conditions(node: &Node) -> Result<Vec<(Condition, Position)>, Fault> {
    let nodes = match &node.value {
        Yaml::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    if nodes.is_empty() {
        return Err(Fault::new(node.at, "the list of conditions is empty"));
    }
    nodes
        .iter()
        .map(|node| {
            let condition = Condition::parse(&text(node, "condition")?)
                .map_err(|error| Fault::new(node.at, error))?;
            Ok((condition, node.at))
        })
        .collect()
}

fn selection(entry: &Entry) -> Result<Selection, Fault> {
    Ok(Selection {
        name: entry.key.clone(),
        at: entry.at,
        body: body(&entry.value, entry.at)?,
    })
}

fn body(node: &Node, at: Position) -> Result<SelectionBody, Fault> {
    match &node.value {
        Yaml::Map(entries) if entries.is_empty() => Err(Fault::new(at, "selection is empty")),
        Yaml::Map(entries) => {
            let items = entries.iter().map(item).collect::<Result<_, _>>()?;
            Ok(SelectionBody::All(items))
        }
        Yaml::List(nodes) if nodes.is_empty() => Err(Fault::new(at, "selection is empty")),
        Yaml::List(nodes) => {
            let mut keywords = Vec::new();
            let mut bodies = Vec::new();
            for node in nodes {
                match &node.value {
                    Yaml::Map(_) | Yaml::List(_) => bodies.push(body(node, node.at)?),
                    _ => keywords.push(value(node)?),
                }
            }
            if !keywords.is_empty() {
                bodies.push(keyword_item(Vec::new(), keywords, at)?);
            }
            Ok(SelectionBody::Any(bodies))
        }
        _ => keyword_item(Vec::new(), vec![value(node)?], at),
    }
}

fn keyword_item(
    modifiers: Vec<Modifier>,
    values: Vec<Value>,
    at: Position,
) -> Result<SelectionBody, Fault> {
    let unusable = values.iter().any(|value| {
        matches!(value, Value::Null) || matches!(value, Value::Text(text) if text.is_empty())
    });
    if unusable {
        return Err(Fault::new(at, "a keyword cannot be null or empty"));
    }
    Ok(SelectionBody::Item(Item {
        field: None,
        modifiers,
        values,
        at,
    }))
}

fn item(entry: &Entry) -> Result<SelectionBody, Fault> {
    let mut parts = entry.key.split('|');
    let field = parts.next().unwrap_or_default();
    let modifiers = parts
        .map(|name| {
            Modifier::from_name(name).ok_or_else(|| {
                Fault::new(
                    entry.at,
                    format!("unknown modifier '{name}' of field '{field}'"),
                )
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    check_chain(&modifiers).map_err(|message| Fault::new(entry.at, message))?;
    if field == "<<" {
        return Err(Fault::new(entry.at, "merge keys are not supported"));
    }
    let mut values = Vec::new();
    collect_values(&entry.value, &modifiers, &mut values)?;
    if values.is_empty() {
        return Err(Fault::new(
            entry.at,
            format!("field '{field}' has no value"),
        ));
    }
    if field.is_empty() {
        return keyword_item(modifiers, values, entry.at);
    }
    Ok(SelectionBody::Item(Item {
        field: Some(field.to_owned()),
        modifiers,
        values,
        at: entry.at,
    }))
}

/// Values of a field; lists inside lists count as one list, which `all` would make ambiguous.
fn collect_values(
    node: &Node,
    modifiers: &[Modifier],
    values: &mut Vec<Value>,
) -> Result<(), Fault> {
    let Yaml::List(items) = &node.value else {
        values.push(value(node)?);
        return Ok(());
    };
    for item in items {
        let nested = matches!(item.value, Yaml::List(_));
        if nested && modifiers.contains(&Modifier::All) {
            return Err(Fault::new(
                item.at,
                "a list inside a list cannot be used with 'all'",
            ));
        }
        collect_values(item, modifiers, values)?;
    }
    Ok(())
}

fn value(node: &Node) -> Result<Value, Fault> {
    match &node.value {
        Yaml::Null => Ok(Value::Null),
        Yaml::Bool(flag) => Ok(Value::Bool(*flag)),
        Yaml::Number(text) => Ok(Value::Number(text.clone())),
        Yaml::Text(text) => Ok(Value::Text(text.clone())),
        Yaml::List(_) | Yaml::Map(_) => Err(Fault::new(
            node.at,
            format!("a value cannot be {}", node.kind()),
        )),
    }
}
