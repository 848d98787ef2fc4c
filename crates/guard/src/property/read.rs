//! Reading properties and the requests that they name.

use std::collections::BTreeMap;

use rempart_aws_model::{ActionName, action, actions_of};
use rempart_policy::Pattern;
use rempart_sigma::yaml::{self, Node, Position, Yaml};

use super::condition::{self, text, texts};
use super::request::PermittedRequest;
use super::{CallerKind, Forbidden, Permit, Property};
use crate::parameters::Parameters;

/// A fault at a place of one document.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    at: Position,
    reason: String,
}

impl Fault {
    pub(super) fn new(at: Position, reason: impl Into<String>) -> Self {
        Self {
            at,
            reason: reason.into(),
        }
    }
}

/// Why a part of a property file is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{source_name}:{line}:{column}: {reason}")]
pub struct PropertyFault {
    /// The file.
    pub source_name: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// What is wrong.
    pub reason: String,
}

/// Properties that could be read, and what could not.
#[derive(Debug, Default)]
pub struct PropertySet {
    /// The properties, in the order of the files.
    pub properties: Vec<Property>,
    /// What is wrong elsewhere.
    pub faults: Vec<PropertyFault>,
}

const MEMBERS: [&str; 9] = [
    "id",
    "title",
    "intent",
    "requirements",
    "residual",
    "callers",
    "actions",
    "forbid",
    "permit",
];

/// Reads files of properties. A file may also hold a document with `requests`: named requests to
/// which properties of every file refer. What is wrong with one property leaves the others.
pub fn read(files: &[(String, String)], parameters: &Parameters) -> PropertySet {
    let mut set = PropertySet::default();
    let mut documents: Vec<(&str, Node)> = Vec::new();
    for (name, content) in files {
        for (line, document) in yaml::split_documents(content) {
            match yaml::read_document(&document, line) {
                Ok(Some(node)) => documents.push((name, node)),
                Ok(None) => {}
                Err(error) => set.fault(name, Fault::new(error.at, error.message)),
            }
        }
    }
    let requests = named_requests(&documents, parameters, &mut set);
    for (name, node) in &documents {
        if node.get("requests").is_some() {
            continue;
        }
        match property(name, node, &requests, parameters, &mut set) {
            Ok(property) => {
                let double = set.properties.iter().any(|other| other.id == property.id);
                if double {
                    let reason = format!("there are two properties `{}`", property.id);
                    set.fault(name, Fault::new(node.at, reason));
                } else {
                    set.properties.push(property);
                }
            }
            Err(fault) => set.fault(name, fault),
        }
    }
    set
}

impl PropertySet {
    fn fault(&mut self, name: &str, fault: Fault) {
        self.faults.push(PropertyFault {
            source_name: name.to_owned(),
            line: fault.at.line,
            column: fault.at.column,
            reason: fault.reason,
        });
    }
}

type Requests = BTreeMap<String, PermittedRequest>;

fn named_requests(
    documents: &[(&str, Node)],
    parameters: &Parameters,
    set: &mut PropertySet,
) -> Requests {
    let mut found = Requests::new();
    for (name, node) in documents {
        let Some(requests) = node.get("requests") else {
            continue;
        };
        // What every request has unless it says otherwise.
        let mut common: Vec<(String, Vec<String>)> = Vec::new();
        for entry in node.get("keys").map(Node::entries).unwrap_or_default() {
            match texts(&entry.value, parameters) {
                Ok(values) => common.push((entry.key.clone(), values)),
                Err(fault) => set.fault(name, fault),
            }
        }
        for entry in requests.entries() {
            let base = |name: &str| found.get(name).cloned();
            match PermittedRequest::read(&entry.value, &base, parameters) {
                Ok(mut request) => {
                    for (key, values) in &common {
                        let mut keys = request.keys.iter();
                        if !keys.any(|(other, _)| other.eq_ignore_ascii_case(key)) {
                            request.keys.push((key.clone(), values.clone()));
                        }
                    }
                    found.insert(entry.key.clone(), request);
                }
                Err(fault) => set.fault(name, fault),
            }
        }
    }
    found
}

fn property(
    name: &str,
    node: &Node,
    requests: &Requests,
    parameters: &Parameters,
    set: &mut PropertySet,
) -> Result<Property, Fault> {
    for entry in node.entries() {
        if !MEMBERS.contains(&entry.key.as_str()) {
            let near = rempart_aws_model::nearest(&entry.key, MEMBERS.into_iter());
            let hint = near
                .first()
                .map_or(String::new(), |near| format!("; `{near}` exists"));
            let reason = format!("`{}` is no part of a property{hint}", entry.key);
            return Err(Fault::new(entry.at, reason));
        }
    }
    let needed = |member: &str| {
        node.get(member)
            .ok_or_else(|| Fault::new(node.at, format!("the property has no `{member}`")))
    };
    let id = text(needed("id")?)?;
    let title = text(needed("title")?)?;
    let intent = text(needed("intent")?)?;
    let forbidden = needed("forbid")?;
    let forbid = condition::read(forbidden, parameters)?;
    let list = |member: &str| match node.get(member) {
        Some(node) => texts(node, parameters),
        None => Ok(Vec::new()),
    };
    let mut actions = Vec::new();
    for action_name in action_names(needed("actions")?)? {
        let Some(found) = action(action_name.as_str()) else {
            continue;
        };
        let mut keys = Vec::new();
        let predicate = condition::resolve(&forbid, found, &mut keys)?;
        keys.sort_unstable();
        keys.dedup();
        actions.push(Forbidden {
            action: action_name,
            predicate,
            keys,
        });
    }
    for key in actions.iter().flat_map(|entry: &Forbidden| &entry.keys) {
        let mut names = actions
            .iter()
            .filter_map(|entry| action(entry.action.as_str()));
        if !names.any(|action| condition::carries(action, key) == Ok(true)) {
            let reason = format!("no request of these actions carries `{key}`");
            return Err(Fault::new(forbidden.at, reason));
        }
    }
    let mut permit = Vec::new();
    if let Some(permits) = node.get("permit") {
        let Yaml::List(nodes) = &permits.value else {
            return Err(Fault::new(permits.at, "`permit` is a list"));
        };
        for node in nodes {
            let base = |name: &str| requests.get(name).cloned();
            let request = PermittedRequest::read(node, &base, parameters)?;
            let of_action = actions.iter().find(|entry| entry.action == request.action);
            if of_action.is_some_and(|entry| request.has(&entry.predicate)) {
                let reason = "the request is both forbidden and permitted";
                return Err(Fault::new(node.at, reason));
            }
            let name = match node.get("name") {
                Some(name) => text(name)?,
                None => request.action.as_str().to_owned(),
            };
            permit.push(Permit { name, request });
        }
    }
    if permit.is_empty() {
        let reason = format!("`{id}` permits nothing: what must stay possible is not said");
        set.fault(name, Fault::new(node.at, reason));
    }
    Ok(Property {
        id,
        title,
        intent,
        requirements: list("requirements")?,
        residual: match node.get("residual") {
            Some(node) => Some(text(node)?),
            None => None,
        },
        callers: callers(node)?,
        actions,
        permit,
        source: name.to_owned(),
        position: node.at,
    })
}

/// Names of actions; a pattern stands for every action that it matches.
fn action_names(node: &Node) -> Result<Vec<ActionName>, Fault> {
    let nodes: Vec<&Node> = match &node.value {
        Yaml::List(nodes) => nodes.iter().collect(),
        _ => vec![node],
    };
    let mut names: Vec<ActionName> = Vec::new();
    for node in nodes {
        let written = text(node)?;
        let full: Vec<String> = if written.contains(['*', '?']) {
            let Some((prefix, pattern)) = written.split_once(':') else {
                return Err(Fault::new(node.at, format!("`{written}` names no service")));
            };
            let pattern = Pattern::of_text(pattern);
            let matching = actions_of(prefix)
                .iter()
                .filter(|action| pattern.matches(action.name));
            matching
                .map(|action| format!("{prefix}:{}", action.name))
                .collect()
        } else {
            vec![written.clone()]
        };
        if full.is_empty() {
            return Err(Fault::new(
                node.at,
                format!("no action matches `{written}`"),
            ));
        }
        for name in full {
            if action(&name).is_none() {
                let prefix = name.split(':').next().unwrap_or_default();
                let all = actions_of(prefix).iter().map(|action| action.name);
                let near =
                    rempart_aws_model::nearest(name.rsplit(':').next().unwrap_or_default(), all);
                let hint = near
                    .first()
                    .map_or(String::new(), |near| format!("; `{prefix}:{near}` exists"));
                let reason = format!("the reference lists no action `{name}`{hint}");
                return Err(Fault::new(node.at, reason));
            }
            let name =
                ActionName::parse(&name).map_err(|error| Fault::new(node.at, error.to_string()))?;
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    Ok(names)
}

fn callers(node: &Node) -> Result<Vec<CallerKind>, Fault> {
    let Some(node) = node.get("callers") else {
        return Ok(vec![CallerKind::Role, CallerKind::User, CallerKind::Root]);
    };
    let nodes: Vec<&Node> = match &node.value {
        Yaml::List(nodes) => nodes.iter().collect(),
        _ => vec![node],
    };
    let mut callers = Vec::new();
    for node in nodes {
        callers.push(match text(node)?.as_str() {
            "role" => CallerKind::Role,
            "user" => CallerKind::User,
            "root" => CallerKind::Root,
            "outside-role" => CallerKind::OutsideRole,
            "service" => CallerKind::Service,
            other => {
                let reason = format!(
                    "`{other}` is no caller: role, user, root, outside-role and service are"
                );
                return Err(Fault::new(node.at, reason));
            }
        });
    }
    Ok(callers)
}
