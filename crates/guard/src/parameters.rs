//! Parameters of guardrails: what is approved in an organisation.

use std::collections::BTreeMap;

use rempart_aws_model::{AccountId, AccountIdError};
use rempart_sigma::yaml::{self, Yaml};

/// Lists of values by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters {
    values: BTreeMap<String, Vec<String>>,
}

/// Why a file holds no parameters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
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
    /// Reads parameters: a mapping of names to a text or a list of texts. What a file does not name
    /// keeps the value of `defaults`.
    ///
    /// # Errors
    /// The text is no such mapping, or names a parameter that `defaults` does not know.
    pub fn read(text: &str, defaults: Option<&Self>) -> Result<Self, ParametersError> {
        let fail = |at: yaml::Position, reason: String| ParametersError {
            line: at.line,
            column: at.column,
            reason,
        };
        let node = yaml::read_document(text, 0).map_err(|error| fail(error.at, error.message))?;
        let mut parameters = defaults.cloned().unwrap_or_default();
        let Some(node) = node else {
            return Ok(parameters);
        };
        if !matches!(node.value, Yaml::Map(_)) {
            return Err(fail(
                node.at,
                "parameters are a mapping of names to values".to_owned(),
            ));
        }
        for entry in node.entries() {
            if let Some(known) = defaults
                && !known.values.contains_key(&entry.key)
            {
                return Err(fail(entry.at, known.unknown(&entry.key)));
            }
            let nodes: Vec<&yaml::Node> = match &entry.value.value {
                Yaml::List(nodes) => nodes.iter().collect(),
                _ => vec![&entry.value],
            };
            let mut values = Vec::new();
            for node in nodes {
                match node.scalar() {
                    Some(text) => values.push(text.to_owned()),
                    None => {
                        let reason = format!("`{}` needs text, not {}", entry.key, node.kind());
                        return Err(fail(node.at, reason));
                    }
                }
            }
            if values.is_empty() {
                let reason = format!(
                    "`{}` has no values: a guardrail with an empty list would deny everything or nothing",
                    entry.key
                );
                return Err(fail(entry.value.at, reason));
            }
            parameters.values.insert(entry.key.clone(), values);
        }
        Ok(parameters)
    }

    /// The values of a parameter.
    pub fn values(&self, name: &str) -> Option<&[String]> {
        self.values.get(name).map(Vec::as_slice)
    }

    /// The account that is guarded: the parameter `account`.
    ///
    /// # Errors
    /// It is missing, or no account id.
    pub fn account(&self) -> Result<AccountId, AccountIdError> {
        let value = self.values("account").and_then(<[String]>::first);
        AccountId::parse(value.map_or("", String::as_str))
    }

    /// All parameters.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.values
            .iter()
            .map(|(name, values)| (name.as_str(), values.as_slice()))
    }

    /// Says that there is no such parameter, and which name may be meant.
    pub fn unknown(&self, name: &str) -> String {
        let names = self.values.keys().map(String::as_str);
        match rempart_aws_model::nearest(name, names).first() {
            Some(near) => format!("there is no parameter `{name}`; `{near}` exists"),
            None => format!("there is no parameter `{name}`"),
        }
    }
}
