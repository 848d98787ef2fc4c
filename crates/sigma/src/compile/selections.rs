//! Selections and the conditions over them.

use crate::ast::{Detection, Item, Selection, SelectionBody, Value};
use crate::condition::Condition;
use crate::encode;
use crate::items;
use crate::modifier::Modifier;
use crate::options::CompileOptions;
use crate::parse::{Fault, selected};
use crate::program::{Interner, Node};

/// The compiled selections of a detection.
pub(super) struct Selections<'d> {
    written: &'d [Selection],
    /// In the order of `written`
    nodes: Vec<Node>,
}

impl<'d> Selections<'d> {
    pub(super) fn compile(
        detection: &'d Detection,
        options: &CompileOptions<'_>,
        interner: &mut Interner,
    ) -> Result<Self, Fault> {
        let mut every_source = Vec::new();
        for selection in &detection.selections {
            event_sources(&selection.body, options, &mut every_source);
        }
        let nodes = detection
            .selections
            .iter()
            .map(|selection| {
                let mut sources = Vec::new();
                event_sources(&selection.body, options, &mut sources);
                let sources = if sources.is_empty() {
                    &every_source
                } else {
                    &sources
                };
                body(&selection.body, sources, options, interner)
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            written: &detection.selections,
            nodes,
        })
    }

    /// The conditions of the detection; several mean 'or'.
    pub(super) fn conditions(&self, detection: &Detection, interner: &Interner) -> Node {
        let nodes = detection
            .conditions
            .iter()
            .map(|(condition, _)| self.condition(condition, interner))
            .collect();
        interner.or(nodes)
    }

    /// A condition whose names the parser has checked. A name that is unknown all the same selects
    /// nothing.
    pub(super) fn condition(&self, condition: &Condition, interner: &Interner) -> Node {
        let all = |parts: &[Condition]| {
            parts
                .iter()
                .map(|part| self.condition(part, interner))
                .collect()
        };
        match condition {
            Condition::Name(name) => self.named(name),
            Condition::And(parts) => interner.and(all(parts)),
            Condition::Or(parts) => interner.or(all(parts)),
            Condition::Not(part) => Node::Not(Box::new(self.condition(part, interner))),
            Condition::Of { all, pattern } => {
                let nodes = selected(pattern.as_deref(), self.written)
                    .map(|selection| self.named(&selection.name))
                    .collect();
                if *all {
                    interner.and(nodes)
                } else {
                    interner.or(nodes)
                }
            }
        }
    }

    fn named(&self, name: &str) -> Node {
        let place = self
            .written
            .iter()
            .position(|selection| selection.name == name);
        place
            .and_then(|place| self.nodes.get(place).cloned())
            .unwrap_or_else(|| Node::Or(Box::default()))
    }
}

fn body(
    body_: &SelectionBody,
    sources: &[String],
    options: &CompileOptions<'_>,
    interner: &mut Interner,
) -> Result<Node, Fault> {
    match body_ {
        SelectionBody::All(parts) => {
            let nodes = parts
                .iter()
                .map(|part| body(part, sources, options, interner))
                .collect::<Result<Vec<_>, _>>()?;
            Ok(interner.and(nodes))
        }
        SelectionBody::Any(parts) => {
            let nodes = parts
                .iter()
                .map(|part| body(part, sources, options, interner))
                .collect::<Result<Vec<_>, _>>()?;
            Ok(interner.or(nodes))
        }
        SelectionBody::Item(item) => {
            let path = item.field.as_deref().map(|field| options.path(field));
            let prepared = prepare(item, path.as_deref(), sources, options)?;
            items::compile(&prepared, path.as_deref(), interner).map_err(|message| {
                let field = item.field.as_deref().unwrap_or("keywords");
                Fault::new(item.at, format!("{field}: {message}"))
            })
        }
    }
}

/// Placeholders replaced, referenced fields renamed, recorded names of operations added.
fn prepare(
    item: &Item,
    path: Option<&str>,
    sources: &[String],
    options: &CompileOptions<'_>,
) -> Result<Item, Fault> {
    let mut prepared = item.clone();
    if let Some(place) = item
        .modifiers
        .iter()
        .position(|modifier| *modifier == Modifier::Expand)
    {
        let is_late = item.modifiers.iter().take(place).any(|modifier| {
            use Modifier::{Base64, Base64Offset, Utf16, Utf16Be, Utf16Le, Wide};
            matches!(
                modifier,
                Base64 | Base64Offset | Utf16 | Utf16Be | Utf16Le | Wide
            )
        });
        if is_late {
            return Err(Fault::new(item.at, "'expand' must stand before encodings"));
        }
        prepared.values =
            expand(&item.values, options).map_err(|message| Fault::new(item.at, message))?;
    }
    if item.modifiers.contains(&Modifier::FieldRef) {
        for value in &mut prepared.values {
            if let Value::Text(field) = value {
                *field = options.path(field);
            }
        }
    }
    let compares_names = item
        .modifiers
        .iter()
        .all(|modifier| matches!(modifier, Modifier::Neq | Modifier::Cased | Modifier::Expand));
    if let (Some(aliases), Some("eventName"), true) =
        (options.event_name_aliases, path, compares_names)
    {
        add_recorded_names(&mut prepared.values, sources, aliases);
    }
    Ok(prepared)
}

fn add_recorded_names(
    values: &mut Vec<Value>,
    sources: &[String],
    aliases: crate::options::EventNameAliases<'_>,
) {
    let no_source = [String::new()];
    let sources = if sources.is_empty() {
        no_source.as_slice()
    } else {
        sources
    };
    let mut recorded: Vec<Value> = Vec::new();
    for value in values.iter() {
        let Value::Text(name) = value else {
            continue;
        };
        for source in sources {
            let names = aliases(source, name).into_iter().map(Value::Text);
            recorded.extend(names);
        }
    }
    for name in recorded {
        if !values.contains(&name) {
            values.push(name);
        }
    }
}

fn expand(values: &[Value], options: &CompileOptions<'_>) -> Result<Vec<Value>, String> {
    let replacements = |name: &str| options.placeholders.get(name).cloned();
    let mut expanded = Vec::new();
    for value in values {
        match value {
            Value::Text(text) => {
                expanded.extend(
                    encode::expand(text, &replacements)?
                        .into_iter()
                        .map(Value::Text),
                );
            }
            other => expanded.push(other.clone()),
        }
    }
    Ok(expanded)
}

/// The event sources that a selection names exactly.
fn event_sources(body: &SelectionBody, options: &CompileOptions<'_>, sources: &mut Vec<String>) {
    match body {
        SelectionBody::All(parts) | SelectionBody::Any(parts) => {
            parts
                .iter()
                .for_each(|part| event_sources(part, options, sources));
        }
        SelectionBody::Item(item) => {
            let is_source = item
                .field
                .as_deref()
                .is_some_and(|field| options.path(field) == "eventSource");
            if !is_source || !item.modifiers.is_empty() {
                return;
            }
            for value in &item.values {
                if let Value::Text(text) = value
                    && !sources.contains(text)
                {
                    sources.push(text.clone());
                }
            }
        }
    }
}
