//! Definitions of SageMaker pipelines.
//!
//! The arguments of a step have the shape of the request that the step makes. Values that a run sets are
//! replaced by the default of their parameter, when it is literal, and by the marker of unknown values
//! otherwise.

use std::collections::HashMap;

use rempart_estate::unknown;
use serde_json::{Map, Value as Json, json};

use super::{Answered, Function, text_argument};
use crate::context::Context;
use crate::expression::{ReasonCode, Unknown, Value};

pub(super) const FUNCTIONS: &[Function] = &[Function {
    name: "pipeline_steps",
    arity: 1,
    run: pipeline_steps,
}];

/// Longest definition that is read, in bytes.
const LONGEST: usize = 8 << 20;

/// `pipeline_steps(definition)`: the steps with `Name`, `Type` and `Arguments`, those inside conditions
/// included.
fn pipeline_steps<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let definition = text_argument(arguments, 0)?;
    if definition.len() > LONGEST {
        return Err(Unknown::new(
            ReasonCode::Unsupported,
            "the definition is too long",
        ));
    }
    let definition: Json = serde_json::from_str(definition).map_err(|error| {
        Unknown::new(
            ReasonCode::ModelGap,
            format!("the definition is no JSON: {error}"),
        )
    })?;
    Value::of(context.arena.keep(Json::Array(steps(&definition)?)))
}

fn steps(definition: &Json) -> Result<Vec<Json>, Unknown> {
    let parameters = defaults(definition);
    let mut found = Vec::new();
    let mut open: Vec<&Json> = members(definition, "Steps")?.iter().rev().collect();
    while let Some(step) = open.pop() {
        let Some(kind) = step.get("Type").and_then(Json::as_str) else {
            return Err(Unknown::new(ReasonCode::ModelGap, "a step has no type"));
        };
        let arguments = step.get("Arguments");
        if let ("Condition", Some(arguments)) = (kind, arguments) {
            for branch in ["ElseSteps", "IfSteps"] {
                open.extend(members(arguments, branch)?.iter().rev());
            }
            continue;
        }
        found.push(json!({
            "Name": step.get("Name").cloned().unwrap_or_default(),
            "Type": kind,
            "Arguments": arguments.map_or_else(|| json!({}), |json| resolved(json, &parameters)),
        }));
    }
    Ok(found)
}

/// A list of steps; empty when it is missing.
fn members<'d>(object: &'d Json, name: &str) -> Result<&'d [Json], Unknown> {
    match object.get(name) {
        None | Some(Json::Null) => Ok(&[]),
        Some(Json::Array(list)) => Ok(list),
        Some(_) => Err(Unknown::new(
            ReasonCode::ModelGap,
            format!("`{name}` of the definition is no list"),
        )),
    }
}

/// The literal defaults of parameters.
fn defaults(definition: &Json) -> HashMap<&str, &Json> {
    let parameters = definition.get("Parameters").and_then(Json::as_array);
    let named = |parameter| {
        let parameter: &Json = parameter;
        let default = parameter.get("DefaultValue")?;
        let literal = default.is_string() || default.is_number() || default.is_boolean();
        literal.then_some((parameter.get("Name")?.as_str()?, default))
    };
    parameters.into_iter().flatten().filter_map(named).collect()
}

/// A value with its references replaced. The depth is bounded by that of the parser.
fn resolved(json: &Json, parameters: &HashMap<&str, &Json>) -> Json {
    match json {
        Json::Array(list) => list.iter().map(|json| resolved(json, parameters)).collect(),
        Json::Object(object) => match reference(object, parameters) {
            Some(value) => value,
            None => {
                let entries = object.iter();
                let resolved =
                    entries.map(|(name, json)| (name.clone(), resolved(json, parameters)));
                Json::Object(resolved.collect())
            }
        },
        scalar => scalar.clone(),
    }
}

/// What a reference stands for; `None` when the object is none.
fn reference(object: &Map<String, Json>, parameters: &HashMap<&str, &Json>) -> Option<Json> {
    if object.len() != 1 {
        return None;
    }
    let (name, value) = object.iter().next()?;
    match name.as_str() {
        "Get" => {
            let path = value.as_str()?;
            let (source, rest) = path.split_once('.')?;
            match source {
                "Parameters" => Some(match parameters.get(rest) {
                    Some(default) => (*default).clone(),
                    None => unknown(format!("the pipeline takes `{path}` when it runs")),
                }),
                "Steps" | "Execution" | "IterationParameters" | "MonitoringScheduleConfig" => {
                    Some(unknown(format!("the pipeline takes `{path}` when it runs")))
                }
                _ => None,
            }
        }
        "Std:Join" => Some(joined(value, parameters)),
        name if name.starts_with("Std:") => Some(unknown(format!(
            "the pipeline computes `{name}` when it runs"
        ))),
        _ => None,
    }
}

fn joined(join: &Json, parameters: &HashMap<&str, &Json>) -> Json {
    let between = join.get("On").and_then(Json::as_str).unwrap_or_default();
    let values = join.get("Values").and_then(Json::as_array);
    let mut texts = Vec::new();
    for value in values.into_iter().flatten() {
        match resolved(value, parameters) {
            Json::String(text) => texts.push(text),
            Json::Number(number) => texts.push(number.to_string()),
            Json::Bool(value) => texts.push(value.to_string()),
            open => return open,
        }
    }
    Json::String(texts.join(between))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(arguments: Json) -> Json {
        let definition = json!({
            "Parameters": [
                {"Name": "Key", "Type": "String", "DefaultValue": "k"},
                {"Name": "Open", "Type": "String"},
            ],
            "Steps": [{"Name": "s", "Type": "Training", "Arguments": arguments}],
        });
        let steps = steps(&definition).unwrap();
        steps[0]["Arguments"].clone()
    }

    #[test]
    fn parameters_have_their_defaults() {
        assert_eq!(
            first(json!({"a": {"Get": "Parameters.Key"}})),
            json!({"a": "k"})
        );
        let open = first(json!({"a": {"Get": "Parameters.Open"}}));
        assert!(rempart_estate::unknown_reason(&open["a"]).is_some());
        let step = first(json!({"a": [{"Get": "Steps.x.y"}]}));
        assert!(rempart_estate::unknown_reason(&step["a"][0]).is_some());
        assert_eq!(
            first(json!({"Get": "a word", "b": 1})),
            json!({"Get": "a word", "b": 1})
        );
    }

    #[test]
    fn joins_of_known_values_are_known() {
        let join = |value: Json| json!({"Std:Join": {"On": "/", "Values": ["s3:/", value]}});
        assert_eq!(
            first(json!({"a": join(json!({"Get": "Parameters.Key"}))})),
            json!({"a": "s3://k"})
        );
        let open = first(json!({"a": join(json!({"Get": "Parameters.Open"}))}));
        assert!(rempart_estate::unknown_reason(&open["a"]).is_some());
    }

    #[test]
    fn steps_inside_conditions_count() {
        let inner = |name: &str| json!({"Name": name, "Type": "Training", "Arguments": {}});
        let condition = json!({"Name": "c", "Type": "Condition", "Arguments":
            {"Conditions": [], "IfSteps": [inner("a")], "ElseSteps": [inner("b")]}});
        let definition = json!({"Steps": [condition, inner("d")]});
        let names: Vec<Json> = steps(&definition)
            .unwrap()
            .iter()
            .map(|step| step["Name"].clone())
            .collect();
        assert_eq!(names, [json!("a"), json!("b"), json!("d")]);
        assert!(steps(&json!({"Steps": [{"Name": "x"}]})).is_err());
        assert!(steps(&json!({"Steps": {}})).is_err());
    }
}
