//! The plan of a collection and the lists of kinds, as far as the example needs them.

use std::collections::BTreeMap;

use anyhow::Context;
use rempart_aws_model::{ApiOperation, ShapeKind, api_operation};
use serde_json::{Map, Value, json};

const PLAN: &str = include_str!("../../../../crates/collect/data/plan.txt");
const KINDS: &str = include_str!("../../../../crates/estate/data/kinds.txt");

pub(super) enum Step {
    Once,
    Each(String),
}

/// A call of the plan.
pub(super) struct Row {
    pub(super) step: Step,
    pub(super) operation: &'static ApiOperation,
    pub(super) parameters: Vec<(String, String)>,
}

impl Row {
    /// The parameters of the row added to those that name the resource.
    pub(super) fn filled(
        &self,
        mut parameters: Map<String, Value>,
        value: impl Fn(&str) -> Option<String>,
    ) -> Option<Map<String, Value>> {
        for (name, template) in &self.parameters {
            let inner = template.strip_prefix('{');
            let variable = inner.and_then(|rest| rest.strip_suffix('}'));
            let filled = match variable {
                Some(variable) if !variable.contains('"') => Value::String(value(variable)?),
                _ => serde_json::from_str(template)
                    .unwrap_or_else(|_| Value::String(template.clone())),
            };
            parameters.insert(name.clone(), filled);
        }
        Some(parameters)
    }
}

/// The calls of a collection without requests: those made once, and for each resource.
pub(super) fn plan() -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for line in PLAN.lines() {
        let mut words = line
            .split_whitespace()
            .filter(|word| !word.starts_with('+'));
        let step = match words.next() {
            Some("call") => Step::Once,
            Some("each") => Step::Each(words.next().context("no kind")?.to_owned()),
            Some("report") => {
                words.next();
                Step::Once
            }
            // On request, or found in other answers: the example has none of these.
            _ => continue,
        };
        let operation = words.next().and_then(api_operation);
        let operation = operation.with_context(|| format!("no operation: {line}"))?;
        let parameters = words
            .take_while(|word| *word != "if")
            .filter_map(|word| word.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        rows.push(Row {
            step,
            operation,
            parameters,
        });
    }
    Ok(rows)
}

/// For a list operation: its member, and the operation that describes its elements.
pub(super) struct Lists(BTreeMap<String, (String, String)>);

pub(super) fn lists() -> Lists {
    let mut lists = BTreeMap::new();
    let mut describes = None;
    for line in KINDS.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["kind", ..] => describes = None,
            ["describe", operation, ..] => describes = Some((*operation).to_owned()),
            ["list", operation, path, ..] if path.matches("[]").count() == 1 => {
                let member = path.trim_end_matches("[]").to_owned();
                if let Some(describes) = &describes {
                    lists.insert((*operation).to_owned(), (member, describes.clone()));
                }
            }
            _ => {}
        }
    }
    Lists(lists)
}

impl Lists {
    /// The list of what is described in a place: of each the members that the list has.
    pub(super) fn made(
        &self,
        operation: &ApiOperation,
        here: &Map<String, Value>,
    ) -> Option<Value> {
        let (member, describes) = self.0.get(operation.full_name())?;
        let described = here.get(describes)?.get("$each")?.as_object()?;
        let element = operation.output()?.member(member)?.shape.element()?;
        let elements = described.values().map(|body| {
            let members = element.members().filter_map(|member| {
                let value = body.get(member.name)?;
                Some((member.name.to_owned(), value.clone()))
            });
            Value::Object(members.collect())
        });
        let elements: Vec<Value> = elements.collect();
        Some(json!({ member.as_str(): elements }))
    }
}

/// The answer of a list without elements.
pub(super) fn empty(operation: &ApiOperation) -> Option<Value> {
    let name = operation.name();
    let is_list = name.starts_with("List") || name.starts_with("Describe");
    if !is_list && operation.paging().is_none() {
        return None;
    }
    let output = operation.output()?;
    let lists = output
        .members()
        .filter(|member| member.shape.kind() == ShapeKind::List);
    let empty: Map<String, Value> = lists
        .map(|member| (member.name.to_owned(), Value::Array(Vec::new())))
        .collect();
    (!empty.is_empty()).then_some(Value::Object(empty))
}
