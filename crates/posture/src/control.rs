//! A control: what is asked of a resource, why, and how to repair it.

mod example;
mod faults;
mod fields;
mod read;

use std::collections::BTreeMap;
use std::fmt;

use rempart_findings::Severity;
use rempart_findings::compliance::Remediation;
use serde_json::{Map, Value as Json};

use crate::expression::{AbsentRules, Expression};

pub use example::{Example, ExampleAnswer, Expected};
pub use faults::ControlFault;
pub(crate) use fields::node_json;
pub use read::{ControlSet, read};

/// The areas of controls, in the order of reports.
pub const AREAS: [&str; 10] = [
    "notebook-instances",
    "studio-compute",
    "jobs",
    "models-endpoints",
    "monitoring-governance",
    "feature-store",
    "identity",
    "data-keys-secrets",
    "network-supply-chain",
    "logging-detection",
];

/// What one verdict is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// One resource.
    Resource,
    /// An account in a Region.
    Region,
    /// An account.
    Account,
}

impl Scope {
    /// The name in control files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::Region => "region",
            Self::Account => "account",
        }
    }

    /// The scope of a name.
    pub fn of_name(name: &str) -> Option<Self> {
        [Self::Resource, Self::Region, Self::Account]
            .into_iter()
            .find(|scope| scope.as_str() == name)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// A condition with what it means when it holds.
#[derive(Debug)]
pub struct Case {
    /// The condition.
    pub when: Expression,
    /// A reason or a message.
    pub text: String,
}

/// A control.
#[derive(Debug)]
pub struct Control {
    /// Identifier, such as `NB-01`.
    pub id: String,
    /// Title: the state that is wanted.
    pub title: String,
    /// Severity of a failure.
    pub severity: Severity,
    /// One of [`AREAS`].
    pub area: String,
    /// What an attacker or an accident gains when it fails.
    pub why: String,
    /// Requirements that it answers.
    pub requirements: Vec<String>,
    /// Kind of the resource, as in CloudFormation where it has a name there.
    pub kind: String,
    /// The operation whose answer is `r`.
    pub evidence: String,
    /// What one verdict is about.
    pub scope: Scope,
    /// What missing members mean.
    pub absent: AbsentRules,
    /// Parameters and their defaults.
    pub params: Map<String, Json>,
    /// When it does not concern a resource.
    pub not_applicable: Vec<Case>,
    /// The condition of PASS.
    pub pass: Expression,
    /// Messages for particular failures; the first that applies is used.
    pub fail: Vec<Case>,
    /// Message of all other failures.
    pub message: String,
    /// How to repair it.
    pub remediation: Remediation,
    /// Requirements of frameworks and names in other tools, by framework.
    pub mappings: BTreeMap<String, Vec<String>>,
    /// Inline examples, which are tests.
    pub examples: Vec<Example>,
    /// The file that it came from.
    pub source: String,
}

impl Control {
    /// All expressions of the control, with what each is for.
    pub fn expressions(&self) -> impl Iterator<Item = (&'static str, &Expression)> {
        let exclusions = self.not_applicable.iter();
        let messages = self.fail.iter();
        std::iter::once(("pass", &self.pass))
            .chain(exclusions.map(|case| ("not_applicable", &case.when)))
            .chain(messages.map(|case| ("fail", &case.when)))
    }
}
