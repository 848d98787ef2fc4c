//! Policies in the file: written in place, in a file of their own, or by the name of a managed one.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rempart_policy::document::{Policy, PolicyKind};
use rempart_policy::json::{self, Member};
use rempart_policy::lint::{Options, Severity, lint};
use rempart_policy::{CompiledPolicy, LONGEST_DOCUMENT};
use rempart_sigma::yaml::{Fields, Node, Position, Yaml};

use super::{Problem, Reader, text_of};

/// Documents of `policies`, by name.
pub(super) type Managed<'n> = BTreeMap<String, &'n Node>;

impl<'n> Reader<'_> {
    pub(super) fn managed(&mut self, node: Option<&'n Node>) -> Managed<'n> {
        let Some(node) = node else {
            return Managed::new();
        };
        if !matches!(node.value, Yaml::Map(_)) {
            self.problem(
                node.at,
                "`policies` must be a mapping of names to documents",
            );
        }
        let entries = node.entries().iter();
        entries
            .map(|entry| (entry.key.clone(), &entry.value))
            .collect()
    }

    /// The managed policies that can limit a session. Those of other kinds, with principals, cannot.
    pub(super) fn attachable(
        &mut self,
        managed: &Managed<'n>,
    ) -> BTreeMap<String, Arc<CompiledPolicy>> {
        let mut attachable = BTreeMap::new();
        for (name, document) in managed {
            let tree = match document
                .scalar()
                .and_then(|text| text.strip_prefix("file:"))
            {
                Some(file) => {
                    let path = self.path.parent().unwrap_or(self.path).join(file);
                    let read = text_of(&path, LONGEST_DOCUMENT);
                    read.ok().and_then(|text| json::parse(&text).ok())
                }
                None => Some(tree(document)),
            };
            let policy = tree.and_then(|tree| Policy::from_json(&tree, PolicyKind::Session).ok());
            match policy {
                Some(policy) => {
                    let compiled = CompiledPolicy::new(name, Arc::new(policy));
                    attachable.insert(name.clone(), Arc::new(compiled));
                }
                // A policy of another kind is reported where it is attached, or nowhere.
                None => self.unused(name, document),
            }
        }
        attachable
    }

    /// A policy that is nothing by any kind, and that nobody attaches, would be passed over.
    fn unused(&mut self, name: &str, document: &Node) {
        if !self.compiled.keys().any(|(used, _)| used == name) {
            let text = format!("policy `{name}` is attached to nobody, and cannot limit a session");
            self.warning(document.at, Severity::Warning, text);
        }
    }

    /// A list of policies of one kind.
    pub(super) fn policies(
        &mut self,
        nodes: &'n [Node],
        kind: PolicyKind,
        managed: &Managed<'n>,
    ) -> Vec<Arc<CompiledPolicy>> {
        let read = nodes
            .iter()
            .filter_map(|node| self.policy(node, kind, managed));
        read.collect()
    }

    /// A policy: `{name, document}`, `{name, file}` or the name of a managed one.
    pub(super) fn policy(
        &mut self,
        node: &'n Node,
        kind: PolicyKind,
        managed: &Managed<'n>,
    ) -> Option<Arc<CompiledPolicy>> {
        if let Some(name) = node.scalar() {
            if let Some(file) = name.strip_prefix("file:") {
                return self.policy_file(node.at, file, file, kind);
            }
            let Some(document) = managed.get(name) else {
                self.problem(node.at, format!("`policies` has no `{name}`"));
                return None;
            };
            let key = (name.to_owned(), kind);
            if let Some(known) = self.compiled.get(&key) {
                return known.clone();
            }
            let compiled = match document
                .scalar()
                .and_then(|text| text.strip_prefix("file:"))
            {
                Some(file) => self.policy_file(node.at, name, file, kind),
                None => self.compile(name, &tree(document), kind, None),
            };
            self.compiled.insert(key, compiled.clone());
            return compiled;
        }
        let mut fields = Fields::of(self, node, "a policy")?;
        let name = fields
            .text(self, "name")
            .unwrap_or_else(|| kind.name().to_owned());
        let (document, file) = (fields.take("document"), fields.text(self, "file"));
        fields.finish(self);
        match (document, file) {
            (Some(document), None) => self.compile(&name, &tree(document), kind, None),
            (None, Some(file)) => self.policy_file(node.at, &name, &file, kind),
            _ => {
                self.problem(node.at, "a policy has either `document` or `file`");
                None
            }
        }
    }

    /// A document without a name around it: a trust policy.
    pub(super) fn document(
        &mut self,
        name: &str,
        node: &Node,
        kind: PolicyKind,
    ) -> Option<Arc<CompiledPolicy>> {
        match node.scalar().and_then(|text| text.strip_prefix("file:")) {
            Some(file) => self.policy_file(node.at, name, file, kind),
            None => self.compile(name, &tree(node), kind, None),
        }
    }

    fn policy_file(
        &mut self,
        at: Position,
        name: &str,
        file: &str,
        kind: PolicyKind,
    ) -> Option<Arc<CompiledPolicy>> {
        let path = self.path.parent().unwrap_or(self.path).join(file);
        let read = text_of(&path, LONGEST_DOCUMENT)
            .and_then(|text| json::parse(&text).map_err(|error| error.to_string()));
        match read {
            Ok(tree) => self.compile(name, &tree, kind, Some(&path)),
            Err(error) => {
                self.problem(at, format!("{}: {error}", path.display()));
                None
            }
        }
    }

    /// `file`: where the document stands, if not in the directory itself.
    fn compile(
        &mut self,
        name: &str,
        tree: &json::Node,
        kind: PolicyKind,
        file: Option<&Path>,
    ) -> Option<Arc<CompiledPolicy>> {
        let path = file.unwrap_or(self.path).to_owned();
        let policy = match Policy::from_json(tree, kind) {
            Ok(policy) => policy,
            Err(error) => {
                for fault in error.faults {
                    self.problems.push(Problem {
                        path: path.clone(),
                        at: place(fault.position),
                        severity: Severity::Error,
                        message: format!("policy `{name}`: {}", fault.reason),
                    });
                }
                return None;
            }
        };
        for found in lint(&policy, &Options::default()) {
            // A condition key of this program's own is not in AWS's reference.
            let is_own = matches!(found.code, "unknown-key" | "key-not-carried")
                && found.message.contains("rempart:");
            if found.severity >= Severity::Warning && !is_own {
                self.warnings.push(Problem {
                    path: path.clone(),
                    at: place(found.position),
                    severity: found.severity,
                    message: format!("policy `{name}`: {}: {}", found.code, found.message),
                });
            }
        }
        Some(Arc::new(CompiledPolicy::new(name, Arc::new(policy))))
    }
}

fn place(position: json::Position) -> Position {
    Position {
        line: position.line,
        column: position.column,
    }
}

/// The YAML tree as the JSON tree that policies are read from, places kept.
fn tree(node: &Node) -> json::Node {
    let position = |at: Position| json::Position {
        line: at.line,
        column: at.column,
    };
    let value = match &node.value {
        Yaml::Null => json::Value::Null,
        Yaml::Bool(value) => json::Value::Bool(*value),
        Yaml::Number(text) => json::Value::Number(text.as_str().into()),
        Yaml::Text(text) => json::Value::String(text.as_str().into()),
        Yaml::List(items) => json::Value::Array(items.iter().map(tree).collect()),
        Yaml::Map(entries) => json::Value::Object(
            entries
                .iter()
                .map(|entry| Member {
                    key: entry.key.as_str().into(),
                    position: position(entry.at),
                    node: tree(&entry.value),
                })
                .collect(),
        ),
    };
    json::Node {
        value,
        position: position(node.at),
    }
}
