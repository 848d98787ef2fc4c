//! The authorization reference: actions, resource types and condition keys.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::table;

/// The facts of one action prefix.
#[derive(Debug)]
pub struct ActionService {
    prefix: &'static str,
    title: &'static str,
    body: &'static str,
    facts: OnceLock<Facts>,
}

/// What an action does, as AWS classifies it. Tagging and permissions management are writes too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessLevel {
    /// Lists resources.
    List,
    /// Reads content or settings.
    Read,
    /// Changes tags.
    Tagging,
    /// Creates, changes or deletes.
    Write,
    /// Grants or changes permissions.
    PermissionsManagement,
    /// The reference names a level that this version does not know.
    Other,
}

/// An action with what it can be limited by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// Prefix, for example `sagemaker`.
    pub prefix: &'static str,
    /// Name without the prefix, in AWS's spelling.
    pub name: &'static str,
    /// Access level.
    pub level: AccessLevel,
    /// Resource types that a statement may name; empty when only `*` works.
    pub resources: Vec<ActionResource>,
    /// Condition keys that the request carries for the action, global keys excluded.
    pub condition_keys: Vec<&'static str>,
    /// Further actions that the call needs, with prefix.
    pub dependent_actions: Vec<&'static str>,
}

/// A resource type as an action uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionResource {
    /// Name of the resource type: see [`ActionService::resource_type`].
    pub name: &'static str,
    /// Whether the action always has such a resource.
    pub required: bool,
    /// Condition keys that apply with this resource only.
    pub condition_keys: Vec<&'static str>,
}

/// A resource type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceType {
    /// Name in the reference.
    pub name: &'static str,
    /// ARN pattern with `${…}` for the variable parts.
    pub arn_pattern: &'static str,
    /// Condition keys that describe the resource.
    pub condition_keys: Vec<&'static str>,
}

/// A condition key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConditionKey {
    /// Name in AWS's spelling; a variable part is written `${TagKey}` or `tag-key`.
    pub name: &'static str,
    /// Type of its values.
    pub value_type: ConditionKeyType,
    /// Whether requests may carry several values.
    pub multivalued: bool,
    /// Whether a part of the name is variable.
    is_pattern: bool,
}

/// Type of the values of a condition key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConditionKeyType {
    /// Text.
    String,
    /// ARN.
    Arn,
    /// `true` or `false`.
    Bool,
    /// Number.
    Numeric,
    /// Date and time.
    Date,
    /// Address or range.
    IpAddress,
    /// Bytes.
    Binary,
    /// The reference names a type that this version does not know.
    Other,
}

#[derive(Debug, Default)]
struct Facts {
    keys: Vec<ConditionKey>,
    resources: Vec<ResourceType>,
    actions: Vec<Action>,
}

/// Name of the section that holds the global condition keys.
const GLOBAL: &str = "*";

/// All services of the authorization reference, sorted by prefix.
pub fn action_services() -> impl Iterator<Item = &'static ActionService> {
    index().values().filter(|service| service.prefix != GLOBAL)
}

/// The service with this action prefix, compared without case.
pub fn action_service(prefix: &str) -> Option<&'static ActionService> {
    if prefix == GLOBAL || prefix.len() > 100 {
        return None;
    }
    index().get(prefix.to_ascii_lowercase().as_str())
}

/// The actions of a prefix, sorted by name; empty for an unknown prefix.
pub fn actions_of(prefix: &str) -> &'static [Action] {
    action_service(prefix)
        .map(ActionService::actions)
        .unwrap_or_default()
}

/// The action `prefix:Name`, compared without case.
pub fn action(name: &str) -> Option<&'static Action> {
    let (prefix, name) = name.split_once(':')?;
    actions_of(prefix)
        .iter()
        .find(|action| action.name.eq_ignore_ascii_case(name))
}

/// A condition key by its name, compared without case: `aws:SourceIp`, `sagemaker:VpcSubnets`,
/// `aws:RequestTag/team` (found under its pattern). Global keys win over a service's own list.
pub fn condition_key(name: &str) -> Option<&'static ConditionKey> {
    let (prefix, _) = name.split_once(':')?;
    let of_service = |prefix: &str| find_key(action_service(prefix)?.condition_keys(), name);
    // Keys of identity providers (`saml:aud`, `accounts.google.com:sub`) are listed under STS.
    find_key(global_condition_keys(), name)
        .or_else(|| of_service(prefix))
        .or_else(|| of_service("sts"))
}

/// The condition keys that every request may carry, sorted by name.
pub fn global_condition_keys() -> &'static [ConditionKey] {
    index()
        .get(GLOBAL)
        .map(ActionService::condition_keys)
        .unwrap_or_default()
}

impl ActionService {
    /// Prefix of the actions, for example `sagemaker`.
    pub fn prefix(&self) -> &'static str {
        self.prefix
    }

    /// Name for people.
    pub fn title(&self) -> &'static str {
        self.title
    }

    /// Actions, sorted by name.
    pub fn actions(&self) -> &[Action] {
        &self.facts().actions
    }

    /// Resource types, sorted by name.
    pub fn resource_types(&self) -> &[ResourceType] {
        &self.facts().resources
    }

    /// The resource type of this name.
    pub fn resource_type(&self, name: &str) -> Option<&ResourceType> {
        self.resource_types()
            .iter()
            .find(|resource| resource.name == name)
    }

    /// Condition keys that the service documents, sorted by name, some global ones among them.
    pub fn condition_keys(&self) -> &[ConditionKey] {
        &self.facts().keys
    }

    fn facts(&self) -> &Facts {
        self.facts
            .get_or_init(|| read_facts(self.prefix, self.body))
    }
}

impl Action {
    /// Whether requests for the action can carry the key: a global one, or one that the reference
    /// lists for the action or one of its resource types.
    pub fn carries(&self, key: &ConditionKey) -> bool {
        let of_type = |name: &str| {
            action_service(self.prefix)
                .and_then(|service| service.resource_type(name))
                .map(|resource| &*resource.condition_keys)
                .unwrap_or_default()
        };
        let of_resources = self
            .resources
            .iter()
            .flat_map(|resource| resource.condition_keys.iter().chain(of_type(resource.name)));
        key.is_global()
            || self
                .condition_keys
                .iter()
                .chain(of_resources)
                .any(|listed| *listed == key.name)
    }
}

impl ConditionKey {
    /// Whether every service may carry it.
    pub fn is_global(&self) -> bool {
        self.name.starts_with("aws:")
            || global_condition_keys()
                .iter()
                .any(|global| global.name == self.name)
    }
}

fn find_key<'a>(keys: &'a [ConditionKey], name: &str) -> Option<&'a ConditionKey> {
    keys.iter()
        .find(|key| key.name.eq_ignore_ascii_case(name))
        .or_else(|| {
            let mut patterns = keys.iter().filter(|key| key.is_pattern);
            patterns.find(|key| pattern_matches(key.name, name))
        })
}

/// What stands before and after a variable part.
fn between<'a>(pattern: &'a str, open: &str, close: &str) -> Option<(&'a str, &'a str)> {
    let (start, rest) = pattern.split_once(open)?;
    Some((start, rest.split_once(close)?.1))
}

/// Whether `name` fits a key with one variable part: `aws:RequestTag/${TagKey}`,
/// `aws:PrincipalTag/tag-key`, `kms:EncryptionContext:${Key}`, `events:Metadata/${Key}/Matcher`,
/// `s3:ExistingObjectTag/<key>`.
fn pattern_matches(pattern: &str, name: &str) -> bool {
    let parts = match pattern.strip_suffix("/tag-key") {
        Some(_) => pattern.strip_suffix("tag-key").map(|start| (start, "")),
        None => between(pattern, "${", "}").or_else(|| between(pattern, "<", ">")),
    };
    let Some((start, end)) = parts else {
        return false;
    };
    let Some(variable) = name.len().checked_sub(start.len() + end.len()) else {
        return false;
    };
    let agrees =
        |part: Option<&str>, fixed: &str| part.is_some_and(|part| part.eq_ignore_ascii_case(fixed));
    variable > 0
        && agrees(name.get(..start.len()), start)
        && agrees(name.get(start.len() + variable..), end)
}

fn index() -> &'static BTreeMap<&'static str, ActionService> {
    static INDEX: OnceLock<BTreeMap<&'static str, ActionService>> = OnceLock::new();
    INDEX.get_or_init(|| {
        let mut index = BTreeMap::new();
        for (head, body) in table::sections(table::ACTIONS) {
            let (prefix, title) = head.split_once('\t').unwrap_or((head, ""));
            index.insert(
                prefix,
                ActionService {
                    prefix,
                    title,
                    body,
                    facts: OnceLock::new(),
                },
            );
        }
        index
    })
}

fn read_facts(prefix: &'static str, body: &'static str) -> Facts {
    let mut facts = Facts::default();
    for line in body.lines() {
        let Some(rest) = line.get(1..) else { continue };
        let mut fields = rest.split('\t');
        let mut field = || fields.next().unwrap_or_default();
        if line.starts_with('k') {
            facts.keys.push(read_key(field(), field()));
        } else if line.starts_with('r') {
            let (name, arn_pattern) = (field(), field());
            let condition_keys = keys_at(&facts.keys, field(), ',');
            facts.resources.push(ResourceType {
                name,
                arn_pattern,
                condition_keys,
            });
        } else if line.starts_with('a') {
            let (name, level) = (field(), read_level(field()));
            let resources = read_resources(&facts.keys, field());
            let condition_keys = keys_at(&facts.keys, field(), ',');
            let dependent_actions = list(field(), ',').collect();
            facts.actions.push(Action {
                prefix,
                name,
                level,
                resources,
                condition_keys,
                dependent_actions,
            });
        }
    }
    facts
}

fn read_resources(keys: &[ConditionKey], text: &'static str) -> Vec<ActionResource> {
    let mut resources = Vec::new();
    for entry in list(text, ',') {
        let (name, numbers) = entry.split_once(':').unwrap_or((entry, ""));
        let bare = name.strip_suffix('*');
        resources.push(ActionResource {
            name: bare.unwrap_or(name),
            required: bare.is_some(),
            condition_keys: keys_at(keys, numbers, '.'),
        });
    }
    resources
}

/// Lists of keys are lists of positions among the service's keys.
fn keys_at(keys: &[ConditionKey], numbers: &'static str, separator: char) -> Vec<&'static str> {
    let positions = list(numbers, separator).filter_map(|number| number.parse::<usize>().ok());
    positions
        .filter_map(|position| keys.get(position))
        .map(|key| key.name)
        .collect()
}

fn list(text: &'static str, separator: char) -> impl Iterator<Item = &'static str> {
    text.split(separator).filter(|entry| !entry.is_empty())
}

fn read_level(letter: &str) -> AccessLevel {
    match letter {
        "L" => AccessLevel::List,
        "R" => AccessLevel::Read,
        "T" => AccessLevel::Tagging,
        "W" => AccessLevel::Write,
        "P" => AccessLevel::PermissionsManagement,
        _ => AccessLevel::Other,
    }
}

fn read_key(name: &'static str, kind: &str) -> ConditionKey {
    let element = kind.strip_prefix("ArrayOf");
    let value_type = match element.unwrap_or(kind) {
        "String" => ConditionKeyType::String,
        "ARN" => ConditionKeyType::Arn,
        "Bool" => ConditionKeyType::Bool,
        "Numeric" => ConditionKeyType::Numeric,
        "Date" => ConditionKeyType::Date,
        "IPAddress" => ConditionKeyType::IpAddress,
        "Binary" => ConditionKeyType::Binary,
        _ => ConditionKeyType::Other,
    };
    ConditionKey {
        name,
        value_type,
        multivalued: element.is_some(),
        is_pattern: name.contains(['$', '<']) || name.ends_with("/tag-key"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variable_parts_of_every_spelling_are_found() {
        for (name, pattern) in [
            ("aws:RequestTag/team", "aws:RequestTag/tag-key"),
            ("s3:ExistingObjectTag/team", "s3:ExistingObjectTag/<key>"),
            (
                "KMS:encryptioncontext:x",
                "kms:EncryptionContext:${EncryptionContextKey}",
            ),
        ] {
            let found = condition_key(name).map(|key| key.name);
            assert_eq!(found, Some(pattern), "{name}");
        }
        assert_eq!(condition_key("s3:ExistingObjectTag/"), None);
    }
}
