//! The correlation section.

use crate::ast::{CorrelationRule, Metadata};
use crate::condition::Condition;
use crate::parse::Fault;
use crate::parse::metadata::{boolean, references, text, texts, timespan};
use crate::plan::{Comparison, CorrelationKind};
use crate::yaml::{Node, Position, Yaml};

/// Reads the section. `generate` is accepted beside it too.
pub(super) fn read(
    node: &Node,
    generate: Option<&Node>,
    metadata: Metadata,
) -> Result<CorrelationRule, Fault> {
    if !matches!(node.value, Yaml::Map(_)) {
        return Err(Fault::new(
            node.at,
            format!("'correlation' is a mapping, not {}", node.kind()),
        ));
    }
    let kind_node = node
        .get("type")
        .ok_or_else(|| Fault::new(node.at, "'type' is missing in the correlation"))?;
    let mut rule = CorrelationRule {
        metadata,
        kind: kind(kind_node)?,
        rules: Vec::new(),
        group_by: Vec::new(),
        timespan_seconds: 0,
        condition: Vec::new(),
        fields: Vec::new(),
        percentile: None,
        expression: None,
        aliases: Vec::new(),
        generate: generate
            .map(|node| boolean(node, "generate"))
            .transpose()?
            .unwrap_or(false),
        at: node.at,
    };
    for entry in node.entries() {
        let value = &entry.value;
        match entry.key.as_str() {
            "type" => {}
            "rules" => rule.rules = references(value)?,
            "group-by" => rule.group_by = texts(value, "group-by")?,
            "timespan" => rule.timespan_seconds = timespan(value, "timespan")?,
            "condition" => condition(value, &mut rule)?,
            "aliases" => rule.aliases = aliases(value)?,
            "generate" => rule.generate = boolean(value, "generate")?,
            _ => {
                let message = format!("unknown key '{}' in the correlation", entry.key);
                return Err(Fault::new(entry.at, message));
            }
        }
    }
    check(node, rule)
}

fn kind(node: &Node) -> Result<CorrelationKind, Fault> {
    let word = text(node, "type")?;
    match word.as_str() {
        "event_count" => Ok(CorrelationKind::EventCount),
        "value_count" => Ok(CorrelationKind::ValueCount),
        "temporal" => Ok(CorrelationKind::Temporal),
        "temporal_ordered" => Ok(CorrelationKind::TemporalOrdered),
        "value_sum" => Ok(CorrelationKind::ValueSum),
        "value_avg" => Ok(CorrelationKind::ValueAvg),
        "value_percentile" => Ok(CorrelationKind::ValuePercentile),
        _ => Err(Fault::new(
            node.at,
            format!("unknown correlation type '{word}'"),
        )),
    }
}

fn condition(node: &Node, rule: &mut CorrelationRule) -> Result<(), Fault> {
    if let Some(text) = node.scalar() {
        let expression = Condition::parse(text).map_err(|error| Fault::new(node.at, error))?;
        rule.expression = Some(expression);
        return Ok(());
    }
    if !matches!(node.value, Yaml::Map(_)) {
        return Err(Fault::new(
            node.at,
            "the condition of a correlation is a mapping or an expression",
        ));
    }
    for entry in node.entries() {
        let comparison = match entry.key.as_str() {
            "gt" => Comparison::Gt,
            "gte" => Comparison::Gte,
            "lt" => Comparison::Lt,
            "lte" => Comparison::Lte,
            "eq" => Comparison::Eq,
            "neq" => Comparison::Neq,
            "field" => {
                rule.fields = texts(&entry.value, "field")?;
                continue;
            }
            "percentile" => {
                let rank = number(&entry.value)?;
                if !(0.0..=100.0).contains(&rank) {
                    return Err(Fault::new(
                        entry.value.at,
                        "'percentile' lies between 0 and 100",
                    ));
                }
                rule.percentile = Some(rank);
                continue;
            }
            other => {
                return Err(Fault::new(
                    entry.at,
                    format!("unknown comparison '{other}'"),
                ));
            }
        };
        rule.condition.push((comparison, number(&entry.value)?));
    }
    Ok(())
}

fn number(node: &Node) -> Result<f64, Fault> {
    let read = match &node.value {
        Yaml::Number(text) => text.parse::<f64>().ok().filter(|number| number.is_finite()),
        _ => None,
    };
    read.ok_or_else(|| {
        Fault::new(
            node.at,
            format!("a number must stand here, not {}", node.kind()),
        )
    })
}

type Aliases = Vec<(String, Vec<(String, String)>)>;

fn aliases(node: &Node) -> Result<Aliases, Fault> {
    if !matches!(node.value, Yaml::Map(_)) {
        return Err(Fault::new(
            node.at,
            format!("'aliases' is a mapping, not {}", node.kind()),
        ));
    }
    node.entries()
        .iter()
        .map(|alias| {
            let fields = alias
                .value
                .entries()
                .iter()
                .map(|entry| Ok((entry.key.clone(), text(&entry.value, "aliases")?)))
                .collect::<Result<Vec<_>, Fault>>()?;
            if fields.is_empty() {
                return Err(Fault::new(
                    alias.at,
                    format!("alias '{}' names no rule", alias.key),
                ));
            }
            Ok((alias.key.clone(), fields))
        })
        .collect()
}

/// Checks what the keys must be together, and takes the rules from the expression where they are not
/// listed.
fn check(node: &Node, mut rule: CorrelationRule) -> Result<CorrelationRule, Fault> {
    let fault = |message: &str| Err(Fault::new(node.at, message));
    let is_temporal = matches!(
        rule.kind,
        CorrelationKind::Temporal | CorrelationKind::TemporalOrdered
    );
    let needs_field = !is_temporal && rule.kind != CorrelationKind::EventCount;
    if rule.timespan_seconds <= 0 {
        return fault("'timespan' of the correlation is missing or zero");
    }
    if rule.expression.is_some() && !is_temporal {
        return fault("an expression as condition belongs to temporal correlations");
    }
    if !is_temporal && rule.condition.is_empty() {
        return fault("the correlation has no condition");
    }
    if needs_field && rule.fields.is_empty() {
        return fault("'field' is missing in the condition");
    }
    if !needs_field && !rule.fields.is_empty() {
        return fault("'field' has no meaning for this type of correlation");
    }
    let single_field = needs_field && rule.kind != CorrelationKind::ValueCount;
    if single_field && rule.fields.len() > 1 {
        return fault("this type of correlation computes with one field");
    }
    if (rule.kind == CorrelationKind::ValuePercentile) != rule.percentile.is_some() {
        return fault("'percentile' belongs to 'value_percentile', which needs it");
    }
    match &rule.expression {
        Some(expression) if rule.rules.is_empty() => {
            let mut names: Vec<(String, Position)> = Vec::new();
            expression.names(&mut |name| {
                if !names.iter().any(|(known, _)| known == name) {
                    names.push((name.to_owned(), node.at));
                }
            });
            rule.rules = names;
        }
        _ if rule.rules.is_empty() => return fault("'rules' is missing in the correlation"),
        _ => {}
    }
    if rule.rules.len() > 256 {
        return fault("a correlation refers to 256 rules at most");
    }
    Ok(rule)
}
