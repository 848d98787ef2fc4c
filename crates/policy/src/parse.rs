//! Reading policy documents: accepts what AWS accepts, refuses what AWS refuses, with the place.

mod principal;
mod statement;

use crate::document::{Policy, PolicyKind, Version};
use crate::json::{self, Member, Node, Position, Value};

/// Longest document that is read, in bytes. AWS's own limits are below 60 KB.
pub const LONGEST_DOCUMENT: usize = 1 << 20;

/// One reason for which AWS would refuse a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {reason}", position.line, position.column)]
pub struct DocumentError {
    /// Where the fault is.
    pub position: Position,
    /// What is wrong.
    pub reason: String,
}

/// Everything for which AWS would refuse a document, in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", summary(faults))]
pub struct ParseError {
    /// The faults; never empty.
    pub faults: Vec<DocumentError>,
}

fn summary(faults: &[DocumentError]) -> String {
    let first = faults.first().map(ToString::to_string).unwrap_or_default();
    match faults.len() {
        0 | 1 => first,
        several => format!("{first} (and {} more)", several - 1),
    }
}

impl Policy {
    /// Reads a document of the given kind.
    ///
    /// # Errors
    /// Every fault for which AWS would refuse the document, with line and column.
    pub fn parse(text: &str, kind: PolicyKind) -> Result<Self, ParseError> {
        let single = |position, reason| ParseError {
            faults: vec![DocumentError { position, reason }],
        };
        if text.len() > LONGEST_DOCUMENT {
            return Err(single(
                Position { line: 1, column: 1 },
                format!("the document is larger than {LONGEST_DOCUMENT} bytes"),
            ));
        }
        let node = json::parse(text).map_err(|error| single(error.position, error.reason))?;
        Self::from_json(&node, kind)
    }

    /// Reads a document that is already a JSON tree.
    ///
    /// # Errors
    /// As [`Policy::parse`].
    pub fn from_json(node: &Node, kind: PolicyKind) -> Result<Self, ParseError> {
        let mut reader = Reader {
            kind,
            faults: Vec::new(),
        };
        let policy = reader.policy(node);
        if reader.faults.is_empty()
            && let Some(policy) = policy
        {
            return Ok(policy);
        }
        reader.faults.sort_by_key(|fault| fault.position);
        if reader.faults.is_empty() {
            reader.fault(node.position, "this is no policy document");
        }
        Err(ParseError {
            faults: reader.faults,
        })
    }
}

struct Reader {
    kind: PolicyKind,
    faults: Vec<DocumentError>,
}

impl Reader {
    fn fault(&mut self, position: Position, reason: impl Into<String>) {
        self.faults.push(DocumentError {
            position,
            reason: reason.into(),
        });
    }

    /// The members of an object; anything else is a fault.
    fn object<'a>(&mut self, node: &'a Node, what: &str) -> Option<&'a [Member]> {
        if let Value::Object(members) = &node.value {
            return Some(members);
        }
        let kind = node.value.kind();
        self.fault(
            node.position,
            format!("{what} must be an object, not {kind}"),
        );
        None
    }

    fn string<'a>(&mut self, node: &'a Node, what: &str) -> Option<&'a str> {
        if let Value::String(text) = &node.value {
            return Some(text);
        }
        let kind = node.value.kind();
        self.fault(
            node.position,
            format!("{what} must be a string, not {kind}"),
        );
        None
    }

    fn policy(&mut self, node: &Node) -> Option<Policy> {
        let members = self.object(node, "a policy document")?;
        let (mut version, mut id, mut statements) = (None, None, None);
        for member in members {
            match &*member.key {
                "Version" => version = self.version(&member.node),
                "Id" => id = self.string(&member.node, "`Id`").map(Into::into),
                "Statement" => statements = Some(self.statements(&member.node)),
                other => {
                    let hint = near(other, &["Version", "Id", "Statement"]);
                    self.fault(
                        member.position,
                        format!("`{other}` is no element of a policy document{hint}"),
                    );
                }
            }
        }
        if statements.is_none() {
            self.fault(node.position, "the document has no `Statement`");
        }
        Some(Policy {
            kind: self.kind,
            version,
            id,
            statements: statements?,
        })
    }

    fn version(&mut self, node: &Node) -> Option<Version> {
        match self.string(node, "`Version`")? {
            "2012-10-17" => Some(Version::V2012),
            "2008-10-17" => Some(Version::V2008),
            other => {
                self.fault(
                    node.position,
                    format!("there is no version `{other}`: 2012-10-17 or 2008-10-17 is meant"),
                );
                None
            }
        }
    }

    fn statements(&mut self, node: &Node) -> Vec<crate::document::Statement> {
        match &node.value {
            Value::Object(_) => self.statement(node).into_iter().collect(),
            Value::Array(nodes) if nodes.is_empty() => {
                self.fault(node.position, "`Statement` is an empty list");
                Vec::new()
            }
            Value::Array(nodes) => nodes
                .iter()
                .filter_map(|node| self.statement(node))
                .collect(),
            other => {
                let kind = other.kind();
                self.fault(
                    node.position,
                    format!("`Statement` must be an object or a list, not {kind}"),
                );
                Vec::new()
            }
        }
    }
}

/// `: did you mean …` when one of the names is meant but spelt in another case or nearly so.
fn near(given: &str, names: &[&str]) -> String {
    let close = |name: &&&str| {
        name.eq_ignore_ascii_case(given)
            || (given.len() > 3
                && (name.starts_with(given) || given.strip_suffix('s') == Some(**name)))
    };
    match names.iter().find(close) {
        Some(name) => format!(": did you mean `{name}`"),
        None => String::new(),
    }
}
