//! Reading control files.

use std::collections::BTreeMap;

use rempart_findings::Severity;
use rempart_findings::compliance::Remediation;
use rempart_sigma::yaml::{self, Node};

use super::faults::{ControlFault, Fault};
use super::{AREAS, Case, Control, Scope, example, fields};
use crate::expression::{AbsentRule, AbsentRules, Expression};
use crate::functions;

/// Controls that could be read, and what could not.
#[derive(Debug, Default)]
pub struct ControlSet {
    /// The controls, by identifier.
    pub controls: Vec<Control>,
    /// What is wrong elsewhere.
    pub faults: Vec<ControlFault>,
}

impl ControlSet {
    /// The control with this identifier.
    pub fn control(&self, id: &str) -> Option<&Control> {
        let place = self
            .controls
            .binary_search_by(|control| control.id.as_str().cmp(id));
        place.ok().and_then(|place| self.controls.get(place))
    }
}

const MEMBERS: [&str; 19] = [
    "id",
    "title",
    "severity",
    "area",
    "why",
    "requirements",
    "resource",
    "evidence",
    "scope",
    "absent",
    "params",
    "not_applicable",
    "pass",
    "fail",
    "message",
    "remediation",
    "mappings",
    "examples",
    "notes",
];

/// Reads controls from files: names and texts. A file may hold several documents. One that cannot be
/// read becomes a fault and the others are read.
pub fn read(files: &[(String, String)]) -> ControlSet {
    let mut set = ControlSet::default();
    for (name, text) in files {
        for (lines_before, document) in yaml::split_documents(text) {
            match document_control(&document, lines_before, name) {
                Ok(Some(control)) => set.controls.push(control),
                Ok(None) => {}
                Err(fault) => set.faults.push(fault.in_file(name)),
            }
        }
    }
    set.controls
        .sort_by(|left, right| (&left.id, &left.source).cmp(&(&right.id, &right.source)));
    let mut kept: Vec<Control> = Vec::new();
    for control in set.controls.drain(..) {
        match kept.last() {
            Some(last) if last.id == control.id => set.faults.push(ControlFault {
                source_name: control.source.clone(),
                line: 1,
                column: 1,
                reason: format!("control {} is already in {}", control.id, last.source),
            }),
            _ => kept.push(control),
        }
    }
    set.controls = kept;
    set
}

fn document_control(text: &str, lines_before: u32, name: &str) -> Result<Option<Control>, Fault> {
    match yaml::read_document(text, lines_before)? {
        Some(node) => control(&node, name).map(Some),
        None => Ok(None),
    }
}

fn control(node: &Node, source: &str) -> Result<Control, Fault> {
    fields::only(node, "a control", &MEMBERS)?;
    let id = fields::required(node, "id")?;
    let shape = id.split_once('-').is_some_and(|(family, number)| {
        !family.is_empty()
            && family
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
            && !number.is_empty()
            && number.chars().all(|c| c.is_ascii_digit())
    });
    if !shape {
        return Err(Fault::new(
            node.at,
            format!("`{id}` is no identifier of a control: capitals, a dash, digits"),
        ));
    }
    let area = fields::required(node, "area")?;
    if !AREAS.contains(&area.as_str()) {
        return Err(Fault::new(
            node.at,
            format!("`{area}` is no area: {} are", AREAS.join(", ")),
        ));
    }
    let severity = fields::required(node, "severity")?;
    let severity = severity
        .parse::<Severity>()
        .map_err(|error| Fault::new(node.at, error.to_string()))?;
    let scope = match fields::optional(node, "scope")? {
        None => Scope::Resource,
        Some(name) => Scope::of_name(&name).ok_or_else(|| {
            Fault::new(
                node.at,
                format!("`{name}` is no scope: resource, region, account are"),
            )
        })?,
    };
    let absent = absent(node)?;
    let mut examples = Vec::new();
    for (number, example) in fields::list(node, "examples")?.iter().enumerate() {
        examples.push(example::read(example, number + 1)?);
    }
    Ok(Control {
        id,
        title: fields::required(node, "title")?,
        severity,
        area,
        why: fields::required(node, "why")?,
        requirements: fields::texts(node, "requirements")?,
        kind: fields::required(node, "resource")?,
        evidence: fields::required(node, "evidence")?,
        scope,
        params: fields::mapping(node, "params")?,
        not_applicable: cases(node, "not_applicable", "reason", &absent)?,
        pass: expression(node, "pass", &absent)?,
        fail: cases(node, "fail", "message", &absent)?,
        message: fields::required(node, "message")?,
        remediation: remediation(node)?,
        mappings: mappings(node)?,
        examples,
        source: source.to_owned(),
        absent,
    })
}

fn absent(node: &Node) -> Result<AbsentRules, Fault> {
    let mut rules = AbsentRules::default();
    let Some(table) = node.get("absent") else {
        return Ok(rules);
    };
    for entry in table.entries() {
        fields::only(
            &entry.value,
            "an `absent` line",
            &["default", "none", "because"],
        )?;
        let default = entry.value.get("default").map(fields::json).transpose()?;
        let none = fields::flag(&entry.value, "none")?;
        if default.is_some() == none {
            return Err(Fault::new(
                entry.at,
                "an `absent` line has either `default` or `none: true`",
            ));
        }
        let because = fields::required(&entry.value, "because")?;
        rules.insert(entry.key.clone(), AbsentRule { default, because });
    }
    Ok(rules)
}

fn expression(node: &Node, name: &str, absent: &AbsentRules) -> Result<Expression, Fault> {
    let text = fields::required(node, name)?;
    let at = node.get(name).map_or(node.at, |value| value.at);
    Expression::compile(&text, absent, functions::names())
        .map_err(|error| Fault::new(at, format!("`{name}`: {error}")))
}

fn cases(node: &Node, name: &str, text: &str, absent: &AbsentRules) -> Result<Vec<Case>, Fault> {
    let mut cases = Vec::new();
    for case in fields::list(node, name)? {
        fields::only(case, name, &["when", text])?;
        cases.push(Case {
            when: expression(case, "when", absent)?,
            text: fields::required(case, text)?,
        });
    }
    Ok(cases)
}

fn remediation(node: &Node) -> Result<Remediation, Fault> {
    let Some(value) = node.get("remediation") else {
        return Err(Fault::new(node.at, "`remediation` is missing"));
    };
    fields::only(
        value,
        "`remediation`",
        &["text", "immutable", "cli", "terraform"],
    )?;
    Ok(Remediation {
        text: fields::required(value, "text")?,
        immutable: fields::flag(value, "immutable")?,
        cli: fields::optional(value, "cli")?,
        terraform: fields::optional(value, "terraform")?,
    })
}

fn mappings(node: &Node) -> Result<BTreeMap<String, Vec<String>>, Fault> {
    let mut mappings = BTreeMap::new();
    let Some(table) = node.get("mappings") else {
        return Ok(mappings);
    };
    for entry in table.entries() {
        let names = fields::text_list(&entry.value, &entry.key)?;
        if !names.is_empty() {
            mappings.insert(entry.key.clone(), names);
        }
    }
    Ok(mappings)
}
