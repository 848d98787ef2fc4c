//! Parameters of controls, from a file of the user's.

use std::collections::BTreeMap;

use rempart_sigma::yaml;
use serde_json::{Map, Value as Json};

use crate::control::{Control, ControlSet, node_json};

/// Values that replace the defaults of controls.
///
/// A file has `all`, with parameters of every control that knows them, and one mapping for each
/// control that differs:
///
/// ```yaml
/// all:
///   approved_subnet_ids: [subnet-0a1b]
///   known_accounts: ["444455556666"]
/// NB-10:
///   allowed_instance_types: [ml.t3.*]
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters {
    all: Map<String, Json>,
    by_control: BTreeMap<String, Map<String, Json>>,
}

/// A parameter file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {reason}")]
pub struct ParametersError {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// What is wrong.
    pub reason: String,
}

impl Parameters {
    /// Parameters for one control alone.
    pub fn for_control(id: &str, params: Map<String, Json>) -> Self {
        Self {
            all: Map::new(),
            by_control: BTreeMap::from([(id.to_owned(), params)]),
        }
    }

    /// Reads a file. Names that no control knows are errors, since a misspelt parameter would leave a
    /// control unconfigured.
    ///
    /// # Errors
    /// See [`ParametersError`].
    pub fn read(text: &str, controls: &ControlSet) -> Result<Self, ParametersError> {
        let error = |at: yaml::Position, reason: String| ParametersError {
            line: at.line,
            column: at.column,
            reason,
        };
        let node = yaml::read_document(text, 0).map_err(|fault| error(fault.at, fault.message))?;
        let mut parameters = Self::default();
        let Some(node) = node else {
            return Ok(parameters);
        };
        if !matches!(node.value, yaml::Yaml::Map(_)) {
            return Err(error(node.at, "a mapping is expected".to_owned()));
        }
        for entry in node.entries() {
            let control = controls.control(&entry.key);
            if entry.key != "all" && control.is_none() {
                let reason = format!("`{}` is no control, and not `all`", entry.key);
                return Err(error(entry.at, reason));
            }
            let mut values = Map::new();
            for value in entry.value.entries() {
                let knows = |control: &Control| control.params.contains_key(&value.key);
                let known = match control {
                    Some(control) => knows(control),
                    None => controls.controls.iter().any(knows),
                };
                if !known {
                    let reason = format!("`{}` is no parameter of {}", value.key, entry.key);
                    return Err(error(value.at, reason));
                }
                let json = node_json(&value.value).map_err(|(at, reason)| error(at, reason))?;
                values.insert(value.key.clone(), json);
            }
            if entry.key == "all" {
                parameters.all = values;
            } else {
                parameters.by_control.insert(entry.key.clone(), values);
            }
        }
        Ok(parameters)
    }

    /// The parameters of a control.
    pub fn of(&self, control: &Control) -> Map<String, Json> {
        let mut params = control.params.clone();
        let own = self.by_control.get(&control.id);
        for (name, value) in self.all.iter().chain(own.into_iter().flatten()) {
            if params.contains_key(name) {
                params.insert(name.clone(), value.clone());
            }
        }
        params
    }
}
