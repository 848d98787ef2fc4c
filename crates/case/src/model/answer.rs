//! Answers to the questions of the playbook.

use rempart_locale::Text;
use serde::{Deserialize, Serialize};

/// How certain a statement is. Ordered: `Observed` is the most certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// A record says it.
    Observed,
    /// It follows from records and policies by stated rules.
    Derived,
    /// A pattern or nearness in time suggests it.
    Inferred,
    /// A field that the client fills in says it, such as a user agent or a tag.
    Claimed,
}

impl Certainty {
    /// The key of its word.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Observed => "certainty-observed",
            Self::Derived => "certainty-derived",
            Self::Inferred => "certainty-inferred",
            Self::Claimed => "certainty-claimed",
        }
    }
}

/// How far a question is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The logs and policies at hand answer it.
    Answered,
    /// A part is answered; `unknown` says what is not.
    Partial,
    /// Nothing at hand can answer it.
    NotDeterminable,
}

impl Status {
    /// The key of its word.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Answered => "status-answered",
            Self::Partial => "status-partial",
            Self::NotDeterminable => "status-not-determinable",
        }
    }
}

/// One statement of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// What is stated.
    pub text: Text,
    /// How certain it is: as its weakest part.
    pub certainty: Certainty,
    /// Ids of [`crate::EvidenceItem`]s, at least one, at most twenty.
    pub evidence: Vec<String>,
    /// How many there are in all.
    pub evidence_count: u64,
    /// Ids of [`crate::CoverageRow`]s that limit it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weakened_by: Vec<String>,
    /// ARNs or names that it is about, for links to other views.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<String>,
}

/// The answer to one of the fifteen questions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// 1 to 15. The question's words are the message `question-<number>`, a short title
    /// `question-<number>-title`.
    pub question: u8,
    /// How far it is answered.
    pub status: Status,
    /// What can be stated, gravest first. Where nothing was found, one statement says what was looked at.
    pub statements: Vec<Statement>,
    /// Ids of [`crate::CoverageRow`]s on which it rests.
    pub coverage: Vec<String>,
    /// What cannot be known from what is at hand.
    pub unknown: Vec<Text>,
    /// What to collect to know it.
    pub collect: Vec<Text>,
}
