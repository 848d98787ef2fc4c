//! `DescribeFeatureMetadata` and `UpdateFeatureMetadata`.

use jiff::Timestamp;
use rempart_aws_wire::ServiceError;
use serde_json::{Map, Value, json};

use super::describe::type_text;
use super::input::{Input, objects, seconds, text, texts};
use super::refusal::{invalid, limit};
use super::update::check_changeable;
use super::{Call, Control, required};
use crate::group::{FeatureDefinition, FeatureMetadata, Group};

/// Parameters of a feature.
const MOST_PARAMETERS: usize = 25;

impl Control {
    pub(super) fn describe_metadata(&self, call: &mut Call<'_>) -> Result<Value, ServiceError> {
        let name = required(call.input, "FeatureGroupName")?;
        let action = "sagemaker:DescribeFeatureMetadata";
        let group = self.target(call, action, name, Vec::new())?;
        let feature = required(call.input, "FeatureName")?;
        let definition = definition_of(&group, feature)?;
        Ok(Value::Object(metadata_json(&group, definition)))
    }

    pub(super) fn update_metadata(&self, call: &mut Call<'_>) -> Result<Value, ServiceError> {
        let name = required(call.input, "FeatureGroupName")?;
        let action = "sagemaker:UpdateFeatureMetadata";
        let group = self.target(call, action, name, Vec::new())?;
        let feature = required(call.input, "FeatureName")?;
        if let Some(text) = text(call.input, "Description") {
            call.trace.watch("Description", text);
        }
        for parameter in objects(call.input, "ParameterAdditions") {
            for member in ["Key", "Value"] {
                if let Some(text) = text(parameter, member) {
                    call.trace.watch("a parameter", text);
                }
            }
        }
        let (input, now) = (call.input, call.connection.time);
        let removals_first = self.settings.removals_first;
        self.parts.registry.update(group.id, |group| {
            check_changeable(group)?;
            definition_of(group, feature)?;
            let metadata = group.metadata.entry(feature.to_owned()).or_default();
            change(metadata, input, now, removals_first)
        })?;
        Ok(json!({}))
    }
}

fn definition_of<'a>(
    group: &'a Group,
    feature: &str,
) -> Result<&'a FeatureDefinition, ServiceError> {
    let found = group
        .features
        .iter()
        .find(|definition| definition.name == feature);
    found.ok_or_else(|| {
        ServiceError::new(
            "ResourceNotFound",
            format!(
                "Resource Not Found: Amazon SageMaker can't find a feature with name {feature} in \
                 the FeatureGroup {}.",
                group.name
            ),
        )
    })
}

fn change(
    metadata: &mut FeatureMetadata,
    input: &Input,
    now: Timestamp,
    removals_first: bool,
) -> Result<(), ServiceError> {
    match text(input, "Description") {
        None => {}
        Some("") => metadata.description = None,
        Some(text) => metadata.description = Some(text.to_owned()),
    }
    if removals_first {
        remove(metadata, input);
    }
    let mut seen = std::collections::HashSet::new();
    for parameter in objects(input, "ParameterAdditions") {
        let key = text(parameter, "Key").unwrap_or_default();
        let value = text(parameter, "Value").unwrap_or_default();
        if !seen.insert(key) {
            return Err(invalid(format!(
                "The parameter {key} is added more than once."
            )));
        }
        metadata.parameters.insert(key.to_owned(), value.to_owned());
    }
    if !removals_first {
        remove(metadata, input);
    }
    if metadata.parameters.len() > MOST_PARAMETERS {
        return Err(limit(format!(
            "A feature has at most {MOST_PARAMETERS} parameters."
        )));
    }
    metadata.modified = Some(now);
    Ok(())
}

fn remove(metadata: &mut FeatureMetadata, input: &Input) {
    for key in texts(input, "ParameterRemovals") {
        metadata.parameters.remove(key);
    }
}

/// A feature as `DescribeFeatureMetadata` and `Search` show it. A feature without changes of its own has
/// the times of its group's creation.
pub(super) fn metadata_json(group: &Group, definition: &FeatureDefinition) -> Map<String, Value> {
    let metadata = group.metadata.get(&definition.name);
    let modified = metadata
        .and_then(|metadata| metadata.modified)
        .unwrap_or(group.created);
    let mut answer = Map::new();
    let mut put = |name: &str, value: Value| {
        answer.insert(name.to_owned(), value);
    };
    put("FeatureGroupArn", group.arn.as_str().into());
    put("FeatureGroupName", group.name.as_str().into());
    put("FeatureName", definition.name.as_str().into());
    put("FeatureType", type_text(definition.kind).into());
    put("CreationTime", seconds(group.created));
    put("LastModifiedTime", seconds(modified));
    if let Some(metadata) = metadata {
        if let Some(description) = &metadata.description {
            put("Description", description.as_str().into());
        }
        if !metadata.parameters.is_empty() {
            let parameters: Vec<Value> = metadata
                .parameters
                .iter()
                .map(|(key, value)| json!({ "Key": key, "Value": value }))
                .collect();
            put("Parameters", parameters.into());
        }
    }
    answer
}
