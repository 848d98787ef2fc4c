//! Inline examples: a small estate and the verdict that is expected.

use rempart_sigma::yaml::{Node, Position};
use serde_json::{Map, Value as Json};

use super::faults::Fault;
use super::fields;

/// The verdict that an example expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expected {
    /// PASS
    Pass,
    /// FAIL
    Fail,
    /// UNKNOWN
    Unknown,
    /// NOT_APPLICABLE
    NotApplicable,
}

impl Expected {
    /// All, in the order of control files.
    pub const ALL: [Self; 4] = [Self::Pass, Self::Fail, Self::Unknown, Self::NotApplicable];

    /// The name in control files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::NotApplicable => "not_applicable",
        }
    }
}

/// One answer of the small estate.
#[derive(Clone, Debug, PartialEq)]
pub struct ExampleAnswer {
    /// The operation.
    pub operation: String,
    /// Its parameters; `None` when they are those that name the resource of the example.
    pub parameters: Option<Map<String, Json>>,
    /// The outcome, `ok` by default.
    pub outcome: String,
    /// The code of the error, for outcomes other than `ok`.
    pub code: Option<String>,
    /// The body.
    pub body: Json,
    /// The Region, when it is another one.
    pub region: Option<String>,
    /// The account, when it is another one.
    pub account: Option<String>,
}

/// An example.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// Its name, or its number.
    pub name: String,
    /// The verdict that is expected.
    pub expected: Expected,
    /// For UNKNOWN: the code of the reason. For the others: a part of the message or reason.
    pub reason: Option<String>,
    /// Body of the answer of the evidence operation; null when it is among `answers`.
    pub evidence: Json,
    /// Body of the resource's own operation, when that is another one.
    pub own: Option<Json>,
    /// Identifier of the resource.
    pub id: String,
    /// Other answers.
    pub answers: Vec<ExampleAnswer>,
    /// Parameters of the control that differ from the defaults.
    pub params: Map<String, Json>,
    /// The strict profile.
    pub strict: bool,
    /// Line in the file.
    pub line: u32,
}

const MEMBERS: [&str; 11] = [
    "pass",
    "fail",
    "unknown",
    "not_applicable",
    "name",
    "reason",
    "self",
    "id",
    "answers",
    "params",
    "strict",
];

const ANSWER_MEMBERS: [&str; 7] = [
    "operation",
    "parameters",
    "outcome",
    "code",
    "body",
    "region",
    "account",
];

/// Reads an example.
pub(super) fn read(node: &Node, number: usize) -> Result<Example, Fault> {
    fields::only(node, "an example", &MEMBERS)?;
    let mut found = Expected::ALL
        .into_iter()
        .filter_map(|expected| Some((expected, node.get(expected.as_str())?)));
    let (Some((expected, evidence)), None) = (found.next(), found.next()) else {
        return Err(Fault::new(
            node.at,
            "an example has one of `pass`, `fail`, `unknown` and `not_applicable`",
        ));
    };
    let mut answers = Vec::new();
    for answer in fields::list(node, "answers")? {
        answers.push(read_answer(answer)?);
    }
    Ok(Example {
        name: fields::optional(node, "name")?.unwrap_or_else(|| format!("{number}")),
        expected,
        reason: fields::optional(node, "reason")?,
        evidence: fields::json(evidence)?,
        own: node.get("self").map(fields::json).transpose()?,
        id: fields::optional(node, "id")?.unwrap_or_else(|| "example".to_owned()),
        answers,
        params: fields::mapping(node, "params")?,
        strict: fields::flag(node, "strict")?,
        line: line(node.at),
    })
}

fn read_answer(node: &Node) -> Result<ExampleAnswer, Fault> {
    fields::only(node, "an answer", &ANSWER_MEMBERS)?;
    Ok(ExampleAnswer {
        operation: fields::required(node, "operation")?,
        parameters: match node.get("parameters") {
            None => None,
            Some(_) => Some(fields::mapping(node, "parameters")?),
        },
        outcome: fields::optional(node, "outcome")?.unwrap_or_else(|| "ok".to_owned()),
        code: fields::optional(node, "code")?,
        body: node
            .get("body")
            .map_or(Ok(Json::Object(Map::new())), fields::json)?,
        region: fields::optional(node, "region")?,
        account: fields::optional(node, "account")?,
    })
}

fn line(at: Position) -> u32 {
    at.line
}
