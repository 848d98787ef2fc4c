//! Fills the table of `crates/aws-wire` from the crate's reader, by walking from the operations, so a
//! shape that no operation needs shows as a difference.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail, ensure};
use rempart_aws_wire::model::{
    self, ErrorShape, Kind, Member, Operation, Place, Range, Service, ShapeId,
};

use super::MODELS_PACKAGE;
use super::text::{Section, trimmed};
use super::wire::{WIRE, directory, print};

/// Checks the table and its provenance.
pub(crate) fn run() -> anyhow::Result<()> {
    let path = directory().join(WIRE);
    let committed = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    ensure!(
        committed == model::table_text(),
        "{WIRE}: the embedded copy is another one"
    );
    let sections: Vec<Section> = model::services().iter().map(section).collect();
    let printed = print(&sections);
    for (number, (left, right)) in committed.lines().zip(printed.lines()).enumerate() {
        if left != right {
            bail!(
                "{WIRE}, line {}: the file has `{left}`, the reader gives `{right}`",
                number + 1
            );
        }
    }
    ensure!(
        committed == printed,
        "{WIRE}: the file and its reprint differ in length"
    );
    let provenance = std::fs::read_to_string(directory().join("PROVENANCE.md"))?;
    let named = format!("`{}` {}", MODELS_PACKAGE.name, MODELS_PACKAGE.version);
    ensure!(
        provenance.contains(&named),
        "PROVENANCE.md of {WIRE} does not name {named}"
    );
    Ok(())
}

fn section(service: &Service) -> Section {
    let mut lines: Vec<String> = service.operations.iter().map(operation).collect();
    lines.extend(service.errors.iter().map(error));
    let mut shapes = BTreeMap::new();
    let mut pending: Vec<ShapeId> = service
        .operations
        .iter()
        .flat_map(|operation| [operation.input, operation.output])
        .flatten()
        .collect();
    while let Some(id) = pending.pop() {
        let shape = id.shape();
        if shapes.contains_key(shape.name) {
            continue;
        }
        match &shape.kind {
            Kind::Structure { members, .. } => {
                pending.extend(members.iter().map(|member| member.shape));
            }
            Kind::List { element, .. } => pending.push(*element),
            Kind::Map { key, value, .. } => pending.extend([*key, *value]),
            _ => {}
        }
        shapes.insert(shape.name, line(id));
    }
    lines.extend(shapes.into_values());
    let optional = |field: Option<&str>| field.unwrap_or("-").to_owned();
    Section {
        fields: vec![
            service.id.to_owned(),
            service.protocol.as_str().to_owned(),
            optional(service.target_prefix),
            service.signing_name.to_owned(),
            service.version.to_owned(),
            optional(service.namespace),
        ],
        lines,
    }
}

fn operation(operation: &Operation) -> String {
    let side = |side: Option<ShapeId>| side.map_or("-", |id| id.shape().name);
    trimmed(format!(
        ">{}\t{}\t{}\t{}\t{}\t{}\t{}",
        operation.name,
        operation.method,
        operation.path,
        side(operation.input),
        side(operation.output),
        operation.wrapper.unwrap_or("-"),
        operation.errors.join(" ")
    ))
}

fn error(error: &ErrorShape) -> String {
    trimmed(format!(
        "!{}\t{}\t{}\t{}\t{}",
        error.name,
        if error.code == error.name {
            ""
        } else {
            error.code
        },
        error
            .status
            .map_or_else(String::new, |status| status.to_string()),
        if error.fault { "f" } else { "" },
        error.message.unwrap_or_default()
    ))
}

fn line(id: ShapeId) -> String {
    let shape = id.shape();
    let name = format!("{}{}", shape.name, if shape.sensitive { "!" } else { "" });
    let bounds = |range: &Range| {
        let bound = |bound: Option<i64>| bound.map_or_else(String::new, |bound| bound.to_string());
        format!("{}\t{}", bound(range.min), bound(range.max))
    };
    trimmed(match &shape.kind {
        Kind::Structure { members, union } => {
            let members: Vec<String> = members.iter().map(member).collect();
            format!(
                "{}{name}\t{}",
                if *union { '|' } else { '$' },
                members.join(" ")
            )
        }
        Kind::List { element, length } => {
            format!("[{name}\t{}\t{}", element.shape().name, bounds(length))
        }
        Kind::Map { key, value, length } => format!(
            "{{{name}\t{}\t{}\t{}",
            key.shape().name,
            value.shape().name,
            bounds(length)
        ),
        Kind::String { length, pattern } => format!(
            "s{name}\t{}\t{}",
            bounds(length),
            pattern.as_ref().map_or("", model::Pattern::source)
        ),
        Kind::Enum { values } => format!("%{name}\t{}", values.join("|")),
        Kind::Blob { length } => format!("x{name}\t{}", bounds(length)),
        Kind::Integer { range } => format!("i{name}\t{}", bounds(range)),
        Kind::Long { range } => format!("l{name}\t{}", bounds(range)),
        Kind::Float { range, double } => {
            format!(
                "{}{name}\t{}",
                if *double { 'd' } else { 'f' },
                bounds(range)
            )
        }
        Kind::Boolean => format!("b{name}"),
        Kind::Timestamp => format!("t{name}"),
    })
}

fn member(member: &Member) -> String {
    let star = if member.required { "*" } else { "" };
    let place = match member.place {
        Place::Body => String::new(),
        Place::Path(name) => format!("/{name}"),
        Place::Query(name) => format!("?{name}"),
    };
    format!("{}{star}:{}{place}", member.name, member.shape.shape().name)
}
