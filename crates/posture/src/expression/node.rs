//! The compiled form.

use std::sync::Arc;

use regex::Regex;
use serde_json::Value as Json;

use super::paths::Origins;

#[derive(Debug)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Arc<str>),
    /// A variable that the host gives: `r`, `self`, `params` …
    Variable(Variable),
    /// A variable of a macro.
    Local(usize),
    Select(Box<Select>),
    Has(Box<Select>),
    Index(Box<Node>, Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Not(Box<Node>),
    Choose(Box<Node>, Box<Node>, Box<Node>),
    Compare(Comparison, Box<Node>, Box<Node>),
    Calculate(Operation, Box<Node>, Box<Node>),
    Negate(Box<Node>),
    In(Box<Node>, Box<Node>),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    Each(Box<Each>),
    Method(Method, Box<Node>, Vec<Node>),
    Matches(Box<Node>, Pattern),
    /// A function of the host, by its place in the list of names.
    Call(usize, Vec<Node>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variable {
    R,
    Own,
    Id,
    Arn,
    Account,
    Region,
    Params,
    Strict,
}

impl Variable {
    pub(super) const ALL: [(&'static str, Self); 8] = [
        ("r", Self::R),
        ("self", Self::Own),
        ("id", Self::Id),
        ("arn", Self::Arn),
        ("account", Self::Account),
        ("region", Self::Region),
        ("params", Self::Params),
        ("strict", Self::Strict),
    ];
}

/// A chain of members below a root.
#[derive(Debug)]
pub(super) struct Select {
    pub(super) root: Node,
    pub(super) segments: Vec<Segment>,
    /// The chain as the expression writes it, for reasons.
    pub(super) written: String,
    /// Where the value may come from.
    pub(super) origins: Origins,
}

#[derive(Debug)]
pub(super) struct Segment {
    pub(super) name: Arc<str>,
    /// What stands in the place of the member when it, or one above it, is missing.
    pub(super) default: Option<Arc<Json>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

#[derive(Debug)]
pub(super) struct Each {
    pub(super) kind: EachKind,
    pub(super) range: Node,
    /// Slot of the variable.
    pub(super) local: usize,
    pub(super) body: Node,
}

#[derive(Debug)]
pub(super) enum EachKind {
    All,
    Exists,
    ExistsOne,
    Filter,
    /// With the condition of the three-argument form.
    Map(Option<Node>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Size,
    Contains,
    StartsWith,
    EndsWith,
    LowerAscii,
    Split,
    Like,
    ToText,
    ToInt,
    ToDouble,
}

#[derive(Debug)]
pub(super) enum Pattern {
    Fixed(Regex),
    Computed(Box<Node>),
}
