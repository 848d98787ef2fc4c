//! Reads `rempart.yaml`.
//!
//! Every problem is reported, with line and column; a file with a problem is not used at all.

mod accounts;
mod fields;
mod policies;
mod shares;

use std::fmt;
use std::path::{Path, PathBuf};

use rempart_aws_model::AccountId;
use rempart_sigma::yaml::{Position, read_document};

use crate::model::{Directory, Organization};
use crate::seal::Sealer;
use fields::Fields;

/// Something wrong, or odd, in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// File.
    pub path: PathBuf,
    /// Line and column, from 1.
    pub at: Position,
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
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
}

impl Reader<'_> {
    fn problem(&mut self, at: Position, message: impl Into<String>) {
        self.problems.push(Problem {
            path: self.path.to_owned(),
            at,
            message: message.into(),
        });
    }
}

impl Directory {
    /// Reads a directory. Files that it names are relative to it.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(path: &Path, sealer: &Sealer) -> Result<Read, ReadError> {
        let single = |at, message: String| ReadError {
            problems: vec![Problem {
                path: path.to_owned(),
                at,
                message,
            }],
        };
        let start = Position { line: 1, column: 1 };
        let text =
            std::fs::read_to_string(path).map_err(|error| single(start, error.to_string()))?;
        let root = read_document(&text, 0).map_err(|error| single(error.at, error.message))?;
        let root = root.ok_or_else(|| single(start, "the file is empty".to_owned()))?;
        let mut reader = Reader {
            path,
            sealer,
            partition: "aws".to_owned(),
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

impl Reader<'_> {
    fn directory(&mut self, root: &rempart_sigma::yaml::Node) -> Option<Directory> {
        let mut fields = Fields::of(self, root, "the file")?;
        if let Some(partition) = fields.text(self, "partition") {
            self.partition = partition;
        }
        let region = fields.text(self, "region");
        if region.is_none() {
            self.problem(root.at, "`region` is missing");
        }
        let organization = fields.take("organization").and_then(|node| {
            let mut inner = Fields::of(self, node, "`organization`")?;
            let id = inner.text(self, "id").unwrap_or_default();
            let management = inner.text(self, "managementAccount");
            let management_account = management.and_then(|text| match AccountId::parse(&text) {
                Ok(account) => Some(account),
                Err(error) => {
                    self.problem(node.at, error.to_string());
                    None
                }
            });
            inner.finish(self);
            Some(Organization {
                id,
                management_account,
            })
        });
        let managed = self.managed(fields.take("policies"));
        let (accounts, access_keys) = self.accounts(fields.take("accounts"), &managed);
        if accounts.is_empty() {
            self.problem(root.at, "`accounts` names no account");
        }
        let shares = self.shares(fields.take("shares"));
        fields.finish(self);
        Some(Directory {
            partition: self.partition.clone(),
            region: region?,
            organization,
            accounts,
            access_keys,
            shares: shares.policy,
            catalog_shares: shares.catalogs,
        })
    }
}
