//! Estates that do not exist yet: what a Terraform plan or a CloudFormation template would make.
//!
//! Each resource gives the answer that the Describe operation of AWS would give about it, under the
//! account and region it is planned for. Three points decide what is honest:
//!
//! - **Unknown values** become `{"$rempart:unknown": "<reason>"}`.
//! - **Identifiers** that AWS chooses, such as the id of a key, are replaced by one text per resource,
//!   `planned:<address>` (inside an ARN where it is one), both where the resource stands and where
//!   another one refers to it. Relations can be followed as in a live account.
//! - **Lists of everything** (all trails, all roles) contain what the plan makes and end with a page of
//!   outcome `not-evaluated`: what else exists is not in a plan, so they are never complete.

mod acl;
mod assemble;
mod convert;
mod iam;
mod identity;
mod inspector;
mod map;
mod network;
mod text;
mod unknown;

#[cfg(test)]
mod map_test;

pub mod cloudformation;
pub mod terraform;

use std::collections::{BTreeMap, BTreeSet};

use rempart_estate::{Address, Answer, AnswerError, Outcome};
use serde_json::{Map, Value};

pub use assemble::{NOT_IN_PLAN, PLACEHOLDER_ACCOUNT, PLACEHOLDER_REGION};

/// Longest file that is read, in bytes.
pub const MAX_LENGTH: usize = 256 << 20;

/// What the reader of a plan is told.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Account that the resources are made in, when the plan does not say.
    pub account: Option<String>,
    /// Region that they are made in, when the plan does not say.
    pub region: Option<String>,
    /// Values of parameters of a CloudFormation template.
    pub parameters: BTreeMap<String, String>,
}

/// What a plan or template would make.
#[derive(Debug, Default)]
pub struct PlannedEstate {
    /// The answers of AWS, in a stable order.
    pub answers: Vec<Answer>,
    /// The resources of known kinds, in the order of their addresses.
    pub resources: Vec<PlannedResource>,
    /// Resources that no control looks at, by type.
    pub not_covered: BTreeMap<String, u64>,
    /// Attributes that are given but not carried over, by type.
    pub not_read: BTreeMap<String, BTreeSet<String>>,
    /// Addresses of resources that the plan deletes: they are not in the estate.
    pub removed: Vec<String>,
    /// What could not be read.
    pub problems: Vec<PlannedProblem>,
    /// Whether the account is the real one or [`PLACEHOLDER_ACCOUNT`].
    pub account_known: bool,
    /// Whether each region is a real one or [`PLACEHOLDER_REGION`] stands for some.
    pub region_known: bool,
}

/// A planned resource and where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedResource {
    /// Kind, as in the estate.
    pub kind: &'static str,
    /// Identifier under which it stands in the estate.
    pub id: String,
    /// Its ARN, where the kind has one.
    pub arn: Option<String>,
    /// Account.
    pub account: String,
    /// Region, or `global`.
    pub region: String,
    /// Terraform address or logical id.
    pub address: String,
    /// File.
    pub file: String,
    /// Line in the file.
    pub line: Option<u64>,
    /// What a reader of a verdict must know, such as a condition that is undecided.
    pub notes: Vec<String>,
}

/// Something in the input that could not be read. The rest was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedProblem {
    /// File.
    pub file: String,
    /// Line in the file.
    pub line: Option<u64>,
    /// Resource, where it is about one.
    pub address: Option<String>,
    /// What is wrong.
    pub reason: String,
}

/// Why a file is no plan or template that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {reason}")]
pub struct ReadError {
    /// File.
    pub file: String,
    /// Line.
    pub line: u64,
    /// Reason.
    pub reason: String,
}

/// A resource as the reader of a format found it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Declared {
    pub(crate) address: String,
    pub(crate) type_name: String,
    pub(crate) values: Map<String, Value>,
    pub(crate) line: Option<u64>,
    /// Made by this plan: what the plan does not configure has the default of a new resource.
    pub(crate) is_new: bool,
    /// Region that the provider of the resource works in, where it is known.
    pub(crate) region: Option<String>,
    pub(crate) notes: Vec<String>,
}
