//! CloudFormation templates, JSON and YAML.
//!
//! Parameters take the value that is given, else their default; conditions are evaluated where that
//! decides them. `Ref` and `Fn::GetAtt` of a resource of the template become references to it. What
//! cannot be evaluated is unknown, with the reason. A resource whose condition is undecided is taken
//! as present, with a note.

mod document;
mod intrinsics;
mod yaml;

use serde_json::{Map, Value};

use super::assemble::assemble;
use super::map::CLOUDFORMATION;
use super::{Declared, MAX_LENGTH, Options, PlannedEstate, PlannedProblem, ReadError};
use document::Document;
use intrinsics::Evaluator;

/// Longest template, in bytes. AWS accepts 1 MB.
pub const MAX_TEMPLATE: usize = 4 << 20;

/// The resource types that are read, with the kind of the estate that they are; none for types that are
/// parts of other resources.
pub fn covered_types() -> impl Iterator<Item = (&'static str, Option<&'static str>)> {
    CLOUDFORMATION.iter().map(|(name, map)| (name, map.kind))
}

/// Reads a template.
///
/// # Errors
/// When the file is no template; what is wrong with single resources is in
/// [`problems`](PlannedEstate::problems).
pub fn read(file: &str, bytes: &[u8], options: &Options) -> Result<PlannedEstate, ReadError> {
    let fail = |(line, reason): (u64, String)| ReadError {
        file: file.to_owned(),
        line,
        reason,
    };
    if bytes.len() > MAX_TEMPLATE.min(MAX_LENGTH) {
        return Err(fail((1, format!("longer than {MAX_TEMPLATE} bytes"))));
    }
    let document = Document::read(bytes).map_err(fail)?;
    let Some(resources) = document.section("Resources") else {
        let reason = "no CloudFormation template: it has no Resources";
        return Err(fail((1, reason.to_owned())));
    };
    let mut evaluator = Evaluator::new(&document, resources, options);
    let mut problems = Vec::new();
    let mut declared = Vec::new();
    for (name, body) in resources {
        let line = document.lines.get(name).copied();
        let mut problem = |reason: String| {
            problems.push(PlannedProblem {
                file: file.to_owned(),
                line,
                address: Some(name.clone()),
                reason,
            });
        };
        if name.starts_with("Fn::ForEach::") {
            problem("loops are not read".to_owned());
            continue;
        }
        match resource(name, body, line, &mut evaluator) {
            Ok(Some(resource)) => declared.push(resource),
            Ok(None) => {}
            Err(reason) => problem(reason),
        }
        for reason in evaluator.take_problems() {
            problem(reason);
        }
    }
    Ok(assemble(
        file,
        &declared,
        &CLOUDFORMATION,
        options,
        problems,
    ))
}

/// A resource with its properties evaluated; `None` when its condition is false.
fn resource(
    name: &str,
    body: &Value,
    line: Option<u64>,
    evaluator: &mut Evaluator<'_>,
) -> Result<Option<Declared>, String> {
    let Value::Object(body) = body else {
        return Err("is no resource".to_owned());
    };
    let type_name = match body.get("Type") {
        Some(Value::String(type_name)) => type_name.clone(),
        Some(_) => return Err("Type is no text".to_owned()),
        None => return Err("has no Type".to_owned()),
    };
    let mut notes = Vec::new();
    if let Some(condition) = body.get("Condition") {
        let Value::String(condition) = condition else {
            return Err("Condition is no text".to_owned());
        };
        match evaluator.condition(condition) {
            Some(true) => {}
            Some(false) => return Ok(None),
            None => notes.push(format!("exists only when condition {condition} holds")),
        }
    }
    let values = match body.get("Properties") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(properties)) => evaluator.properties(properties),
        Some(_) => return Err("Properties are no mapping".to_owned()),
    };
    Ok(Some(Declared {
        address: name.to_owned(),
        type_name,
        values,
        line,
        is_new: true,
        region: None,
        notes,
    }))
}
