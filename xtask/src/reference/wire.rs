//! The table of `crates/aws-wire`: protocols, routes, shapes and errors of the operations that are
//! served. The operations are those of its `served.txt`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};

use super::MODELS_PACKAGE;
use super::calls::protocol;
use super::model::{Model, Reference, Shape};
use super::models::Models;
use super::text::{Section, table, trimmed};

/// Name of the table.
pub(crate) const WIRE: &str = "wire.txt";
/// Name of the hand-made list.
const SERVED: &str = "served.txt";
const TITLE: &str = "protocols, routes, shapes and errors of the operations that are served";

/// Directory of the table and of the list.
pub(crate) fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/aws-wire/data")
}

/// The text of the table, made from the models.
pub(crate) fn generate(models: &Models) -> anyhow::Result<String> {
    let path = directory().join(SERVED);
    let served = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let served = Served::read(&served)?;
    let mut sections = Vec::new();
    for (id, operations) in &served.operations {
        let model = models
            .services
            .get(id)
            .with_context(|| format!("no model of `{id}`"))?;
        sections.push(section(id, model, operations, &served)?);
    }
    Ok(print(&sections))
}

/// Header and sections.
pub(crate) fn print(sections: &[Section]) -> String {
    table(TITLE, MODELS_PACKAGE, sections)
}

#[derive(Debug, Default)]
struct Served {
    operations: BTreeMap<String, BTreeSet<String>>,
    /// Service and structure → members that stay.
    kept: BTreeMap<(String, String), BTreeSet<String>>,
}

impl Served {
    fn read(text: &str) -> anyhow::Result<Self> {
        let mut served = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some((service, operation)) = line.split_once(':') {
                let operations = served.operations.entry(service.to_owned()).or_default();
                ensure!(
                    operations.insert(operation.to_owned()),
                    "{SERVED}: `{line}` is there twice"
                );
            } else if let Some((shape, members)) = line.split_once('\t')
                && let Some((service, shape)) = shape.split_once('$')
            {
                let members = members.split(' ').map(str::to_owned).collect();
                served
                    .kept
                    .insert((service.to_owned(), shape.to_owned()), members);
            } else {
                bail!("{SERVED}: `{line}` is no operation and no structure");
            }
        }
        Ok(served)
    }

    fn keeps(&self, service: &str, structure: &str, member: &str) -> bool {
        let key = (service.to_owned(), structure.to_owned());
        self.kept
            .get(&key)
            .is_none_or(|members| members.contains(member))
    }
}

fn section(
    id: &str,
    model: &Model,
    operations: &BTreeSet<String>,
    served: &Served,
) -> anyhow::Result<Section> {
    let metadata = &model.metadata;
    let optional = |field: Option<&String>| field.cloned().unwrap_or_else(|| "-".into());
    let mut lines = Vec::new();
    let mut pending = Vec::new();
    let mut errors = BTreeSet::new();
    for name in operations {
        let operation = model
            .operations
            .get(name)
            .with_context(|| format!("no operation {id}:{name}"))?;
        let sides = [&operation.input, &operation.output];
        let names = sides.map(|side| side.as_ref().map(|side| side.shape.clone()));
        pending.extend(names.iter().flatten().cloned());
        let own: Vec<&str> = operation
            .errors
            .iter()
            .map(|error| error.shape.as_str())
            .collect();
        errors.extend(own.iter().copied());
        let wrapper = operation
            .output
            .as_ref()
            .and_then(|output| output.result_wrapper.as_ref());
        lines.push(trimmed(format!(
            ">{name}\t{}\t{}\t{}\t{}\t{}\t{}",
            operation.http.method,
            operation.http.request_uri,
            optional(names[0].as_ref()),
            optional(names[1].as_ref()),
            optional(wrapper),
            own.join(" ")
        )));
    }
    for name in errors {
        let shape = model
            .shapes
            .get(name)
            .with_context(|| format!("no error {id}${name}"))?;
        lines.push(error_line(name, shape));
    }
    let mut shapes = BTreeMap::new();
    while let Some(name) = pending.pop() {
        if shapes.contains_key(&name) {
            continue;
        }
        let shape = model
            .shapes
            .get(&name)
            .with_context(|| format!("no shape {id}${name}"))?;
        let members = shape
            .members
            .iter()
            .filter(|(member, _)| served.keeps(id, &name, member));
        let references = members
            .map(|(_, reference)| reference)
            .chain(&shape.member)
            .chain(&shape.key)
            .chain(&shape.value);
        pending.extend(references.map(|reference| reference.shape.clone()));
        let line =
            shape_line(id, &name, shape, served).with_context(|| format!("shape {id}${name}"))?;
        shapes.insert(name, line);
    }
    lines.extend(shapes.into_values());
    let signing_name = metadata
        .signing_name
        .as_ref()
        .unwrap_or(&metadata.endpoint_prefix);
    Ok(Section {
        fields: vec![
            id.to_owned(),
            protocol(metadata)?.to_owned(),
            optional(metadata.target_prefix.as_ref()),
            signing_name.clone(),
            metadata.api_version.clone(),
            optional(metadata.xml_namespace.as_ref()),
        ],
        lines,
    })
}

fn error_line(name: &str, shape: &Shape) -> String {
    let code = shape.error.code.as_deref().filter(|code| *code != name);
    let status = shape
        .error
        .http_status_code
        .map_or_else(String::new, |status| status.to_string());
    let message = shape
        .members
        .keys()
        .find(|member| member.eq_ignore_ascii_case("message"));
    trimmed(format!(
        "!{name}\t{}\t{status}\t{}\t{}",
        code.unwrap_or_default(),
        if shape.fault { "f" } else { "" },
        message.map_or("", String::as_str),
    ))
}

fn shape_line(id: &str, name: &str, shape: &Shape, served: &Served) -> anyhow::Result<String> {
    let element = |inner: &Option<Reference>| {
        inner
            .as_ref()
            .map(|inner| inner.shape.clone())
            .context("no element")
    };
    let range = format!("{}\t{}", bound(shape.min)?, bound(shape.max)?);
    let sensitive = if shape.sensitive { "!" } else { "" };
    let line = match shape.kind.as_str() {
        "structure" => {
            let members = shape
                .members
                .iter()
                .filter(|(member, _)| served.keeps(id, name, member))
                .map(|(member, reference)| member_text(shape, member, reference))
                .collect::<anyhow::Result<Vec<_>>>()?;
            let sign = if shape.union { '|' } else { '$' };
            format!("{sign}{name}{sensitive}\t{}", members.join(" "))
        }
        "list" => format!("[{name}{sensitive}\t{}\t{range}", element(&shape.member)?),
        "map" => format!(
            "{{{name}{sensitive}\t{}\t{}\t{range}",
            element(&shape.key)?,
            element(&shape.value)?
        ),
        "string" if !shape.values.is_empty() => {
            format!("%{name}{sensitive}\t{}", shape.values.join("|"))
        }
        "string" => {
            let pattern = shape.pattern.as_deref().unwrap_or_default();
            ensure!(!pattern.contains(['\t', '\n']), "a pattern with a tab");
            format!("s{name}{sensitive}\t{range}\t{pattern}")
        }
        "blob" => format!("x{name}{sensitive}\t{range}"),
        "integer" => format!("i{name}{sensitive}\t{range}"),
        "long" => format!("l{name}{sensitive}\t{range}"),
        "float" => format!("f{name}{sensitive}\t{range}"),
        "double" => format!("d{name}{sensitive}\t{range}"),
        "boolean" => format!("b{name}{sensitive}"),
        "timestamp" => format!("t{name}{sensitive}"),
        other => bail!("the type `{other}` is unknown"),
    };
    Ok(trimmed(line))
}

fn member_text(structure: &Shape, name: &str, reference: &Reference) -> anyhow::Result<String> {
    let required = structure.required.iter().any(|member| member == name);
    let star = if required { "*" } else { "" };
    let wire_name = reference.location_name.as_deref().unwrap_or(name);
    let place = match reference.location.as_deref() {
        None if wire_name == name => String::new(),
        Some("uri") => format!("/{wire_name}"),
        Some("querystring") => format!("?{wire_name}"),
        other => bail!("the member {name} is in {other:?} under the name {wire_name}"),
    };
    Ok(format!("{name}{star}:{}{place}", reference.shape))
}

/// A bound is a whole number.
fn bound(bound: Option<f64>) -> anyhow::Result<String> {
    let Some(bound) = bound else {
        return Ok(String::new());
    };
    ensure!(bound.fract() == 0.0, "the bound {bound} is not whole");
    Ok(format!("{bound:.0}"))
}
