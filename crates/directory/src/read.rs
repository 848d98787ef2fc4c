//! Reads `rempart.yaml`.
//!
//! Every problem is reported, with line and column; a file with a problem is not used at all.

mod accounts;
mod endpoints;
mod issuers;
mod organization;
mod policies;
mod shares;
mod tags;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rempart_policy::CompiledPolicy;
use rempart_policy::document::PolicyKind;
use rempart_policy::lint::Severity;
use rempart_sigma::yaml::{Fields, MAX_LENGTH, Node, Position, Problems, read_document};

use crate::model::Directory;
use crate::seal::Sealer;

/// Something wrong, or odd, in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// File.
    pub path: PathBuf,
    /// Line and column, from 1.
    pub at: Position,
    /// How bad it is: a directory with an error is not used, except where the error is the linter's,
    /// who knows of no actions and keys that are newer than its tables.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, at) = (self.path.display(), self.at);
        write!(f, "{path}:{}:{}: {}", at.line, at.column, self.message)
    }
}

/// Why a directory cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", summary(.problems))]
pub struct ReadError {
    /// What is wrong; never empty.
    pub problems: Vec<Problem>,
}

fn summary(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// A directory that was read, and what is odd about it.
#[derive(Debug)]
pub struct Read {
    /// The directory.
    pub directory: Directory,
    /// What the policy linter says, and other things worth knowing.
    pub warnings: Vec<Problem>,
}

/// What is being read, and what was found on the way.
struct Reader<'a> {
    path: &'a Path,
    sealer: &'a Sealer,
    partition: String,
    /// Policies that are named or stand in files: read once.
    compiled: HashMap<(String, PolicyKind), Option<Arc<CompiledPolicy>>>,
    unique_ids: HashSet<String>,
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
}

impl Reader<'_> {
    fn problem(&mut self, at: Position, message: impl Into<String>) {
        self.problems.push(Problem {
            path: self.path.to_owned(),
            at,
            severity: Severity::Error,
            message: message.into(),
        });
    }

    fn warning(&mut self, at: Position, severity: Severity, message: impl Into<String>) {
        self.warnings.push(Problem {
            path: self.path.to_owned(),
            at,
            severity,
            message: message.into(),
        });
    }
}

impl Problems for Reader<'_> {
    fn problem(&mut self, at: Position, message: String) {
        Reader::problem(self, at, message);
    }
}

/// Reads a file of text, of which no more than `longest` bytes are looked at.
///
/// # Errors
/// Why it cannot be read.
pub fn text_of(path: &Path, longest: usize) -> Result<String, String> {
    // A pipe or device could be waited for without end.
    let facts = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !facts.is_file() {
        return Err("it is no file".to_owned());
    }
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    let limit = u64::try_from(longest).unwrap_or(u64::MAX);
    std::io::Read::read_to_end(&mut std::io::Read::take(file, limit + 1), &mut bytes)
        .map_err(|error| error.to_string())?;
    if bytes.len() > longest {
        return Err(format!("it is longer than {longest} bytes"));
    }
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())
}

/// Where there is no better place to point to.
const START: Position = Position { line: 1, column: 1 };

impl Directory {
    /// Reads a directory. Files that it names are relative to it.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(path: &Path, sealer: &Sealer) -> Result<Read, ReadError> {
        let text = text_of(path, MAX_LENGTH).map_err(|message| ReadError {
            problems: vec![Problem {
                path: path.to_owned(),
                at: START,
                severity: Severity::Error,
                message,
            }],
        })?;
        Self::read_text(path, &text, sealer)
    }

    /// Reads a directory from its text. `path` is where it would stand: files that it names are relative
    /// to it.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read_text(path: &Path, text: &str, sealer: &Sealer) -> Result<Read, ReadError> {
        let single = |at, message: String| ReadError {
            problems: vec![Problem {
                path: path.to_owned(),
                at,
                severity: Severity::Error,
                message,
            }],
        };
        let start = START;
        let root = read_document(text, 0).map_err(|error| single(error.at, error.message))?;
        let root = root.ok_or_else(|| single(start, "the file is empty".to_owned()))?;
        let mut reader = Reader {
            path,
            sealer,
            partition: "aws".to_owned(),
            compiled: HashMap::new(),
            unique_ids: HashSet::new(),
            problems: Vec::new(),
            warnings: Vec::new(),
        };
        let directory = reader.directory(&root);
        let Reader {
            mut problems,
            warnings,
            ..
        } = reader;
        match directory {
            Some(directory) if problems.is_empty() => Ok(Read {
                directory,
                warnings,
            }),
            _ => {
                if problems.is_empty() {
                    return Err(single(start, "this is no directory".to_owned()));
                }
                problems.sort_by_key(|problem| problem.at);
                Err(ReadError { problems })
            }
        }
    }
}

/// Letters, digits and hyphens: what ARNs and names of hosts can hold.
fn is_region(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (3..=32).contains(&text.len()) && text.bytes().all(is_letter)
}

impl Reader<'_> {
    fn directory(&mut self, root: &Node) -> Option<Directory> {
        let mut fields = Fields::of(self, root, "the file")?;
        if let Some(partition) = fields.text(self, "partition") {
            if !matches!(partition.as_str(), "aws" | "aws-cn" | "aws-us-gov") {
                self.problem(root.at, "`partition` is aws, aws-cn or aws-us-gov");
            }
            self.partition = partition;
        }
        let region = fields.text(self, "region");
        if region.is_none() {
            self.problem(root.at, "`region` is missing");
        }
        if region.as_deref().is_some_and(|region| !is_region(region)) {
            self.problem(root.at, "`region` is no name of a Region");
        }
        let managed = self.managed(fields.take("policies"));
        let tree = self.organization(fields.take("organization"), &managed);
        let (accounts, access_keys) = self.accounts(fields.take("accounts"), &managed, &tree);
        if accounts.is_empty() {
            self.problem(root.at, "`accounts` names no account");
        }
        self.known_accounts(&tree, &accounts);
        let organization = tree.organization;
        let shares = self.shares(fields.take("shares"), organization.as_ref());
        let endpoints = self.endpoints(fields.take("endpoints"), &managed);
        let issuers = self.issuers(fields.take("tokenIssuers"));
        fields.finish(self);
        let attachable = self.attachable(&managed);
        let all_roles = accounts.values().flat_map(|account| account.roles.values());
        let roles = all_roles.map(|role| (role.arn.clone(), Arc::clone(role)));
        Some(Directory {
            partition: self.partition.clone(),
            region: region?,
            organization,
            roles: roles.collect(),
            accounts,
            access_keys,
            managed: attachable,
            endpoints,
            issuers,
            shares: shares.policy,
            catalog_shares: shares.catalogs,
        })
    }
}
