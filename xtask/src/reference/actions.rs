//! Reads the authorization reference: one JSON file per service and kind of fact.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;

use super::ACTIONS_PACKAGE;
use super::models::Levels;

/// The whole reference, by action prefix.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) services: BTreeMap<String, ServiceReference>,
    /// Global condition keys with their types.
    pub(crate) global_keys: BTreeMap<String, String>,
}

/// One service of the reference.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ServiceReference {
    pub(crate) title: String,
    /// Condition key → type.
    pub(crate) keys: BTreeMap<String, String>,
    pub(crate) resources: BTreeMap<String, Resource>,
    pub(crate) actions: BTreeMap<String, Action>,
}

/// A resource type.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Resource {
    #[serde(rename = "key")]
    pub(crate) name: String,
    pub(crate) arn: String,
    #[serde(default)]
    pub(crate) condition_keys: Vec<String>,
}

/// An action.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Action {
    pub(crate) name: String,
    pub(crate) access_level: String,
    pub(crate) resource_types: Vec<ActionResource>,
    pub(crate) condition_keys: Vec<String>,
    pub(crate) dependent_actions: Vec<String>,
}

/// A resource type as an action names it.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ActionResource {
    pub(crate) name: String,
    pub(crate) required: bool,
    pub(crate) condition_keys: Vec<String>,
    pub(crate) dependent_actions: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct ConditionKey {
    key: String,
    #[serde(rename = "type")]
    value_type: String,
}

#[derive(Debug, Deserialize)]
struct Manifest {
    version: String,
}

impl Reference {
    /// The access level of each action, by prefix.
    pub(crate) fn levels(&self) -> Levels {
        let levels = |service: &ServiceReference| {
            service
                .actions
                .values()
                .map(|a| (a.name.clone(), a.access_level.clone()))
                .collect()
        };
        self.services
            .iter()
            .map(|(prefix, service)| (prefix.clone(), levels(service)))
            .collect()
    }
}

/// Reads the unpacked package.
pub(crate) fn read(package: &Path) -> anyhow::Result<Reference> {
    let manifest: Manifest = json(&package.join("package.json"))?;
    anyhow::ensure!(
        manifest.version == ACTIONS_PACKAGE.version,
        "the package is version {}, not {}",
        manifest.version,
        ACTIONS_PACKAGE.version
    );
    let data = package.join("data");
    let titles: BTreeMap<String, String> = json(&data.join("serviceNames.json"))?;
    let prefixes: BTreeSet<String> = json(&data.join("services.json"))?;
    let mut services = BTreeMap::new();
    for prefix in prefixes {
        let service = read_service(&data, &prefix, &titles)?;
        services.insert(prefix, service);
    }
    let script = package.join("dist/esm/globalConditionKeys.js");
    let global_keys = global_keys(&read_text(&script)?);
    anyhow::ensure!(
        global_keys.len() > 50,
        "only {} global condition keys found",
        global_keys.len()
    );
    Ok(Reference {
        services,
        global_keys,
    })
}

fn read_service(
    data: &Path,
    prefix: &str,
    titles: &BTreeMap<String, String>,
) -> anyhow::Result<ServiceReference> {
    let file = format!("{prefix}.json");
    let keys: BTreeMap<String, ConditionKey> = json(&data.join("conditionKeys").join(&file))?;
    let resources: BTreeMap<String, Resource> = json(&data.join("resourceTypes").join(&file))?;
    let actions: BTreeMap<String, Action> = json(&data.join("actions").join(&file))?;
    Ok(ServiceReference {
        title: titles
            .get(prefix)
            .cloned()
            .unwrap_or_else(|| prefix.to_owned()),
        keys: keys.into_values().map(|k| (k.key, k.value_type)).collect(),
        resources: resources
            .into_values()
            .map(|r| (r.name.clone(), r))
            .collect(),
        actions: actions.into_values().map(|a| (a.name.clone(), a)).collect(),
    })
}

/// The global keys are a literal in a script: `key: '…'` followed by `type: '…'`.
fn global_keys(script: &str) -> BTreeMap<String, String> {
    let quoted = |line: &str, name: &str| -> Option<String> {
        let rest = line.trim().strip_prefix(name)?.trim().strip_prefix('\'')?;
        Some(rest.split('\'').next()?.to_owned())
    };
    let mut keys = BTreeMap::new();
    let mut current = None;
    for line in script.lines() {
        if let Some(key) = quoted(line, "key:") {
            current = Some(key);
        } else if let Some(value_type) = quoted(line, "type:")
            && let Some(key) = current.take()
        {
            keys.insert(key, value_type);
        }
    }
    keys
}

fn json<T: for<'a> Deserialize<'a>>(path: &Path) -> anyhow::Result<T> {
    serde_json::from_str(&read_text(path)?)
        .with_context(|| format!("cannot read {}", path.display()))
}

fn read_text(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn global_keys_are_read_from_the_literal() {
        let script = "    {\n        key: 'aws:SourceIp',\n        category: 'network',\n        type: 'IPAddress',\n    },\n    type: 'String',\n    key: 'aws:Lonely',\n";
        let keys = global_keys(script);
        assert_eq!(
            keys.into_iter().collect::<Vec<_>>(),
            [("aws:SourceIp".into(), "IPAddress".into())]
        );
    }
}
