//! Judgements of gaps, reviewed by hand.

use rempart_aws_model::ends_with;
use serde::Serialize;

const TABLE: &str = include_str!("../../data/gap-triage.txt");

/// What a gap means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Triage {
    /// Nobody judged it
    Untriaged,
    /// The request starts compute, or stores data, with the field
    Real,
    /// The authorization reference lists no action for the operation
    NoAction,
    /// The action has the key, and AWS does not say whether it shows the field
    Unclear,
    /// The field belongs to a validation job, or to metadata of the resource
    Inner,
    /// The field says what is supported or hidden
    Declarative,
    /// Another condition key limits the field
    OtherKey,
}

impl Triage {
    /// All, the gravest first.
    pub const ALL: [Self; 7] = [
        Self::Untriaged,
        Self::Real,
        Self::NoAction,
        Self::Unclear,
        Self::Inner,
        Self::Declarative,
        Self::OtherKey,
    ];

    /// In words.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Untriaged => "not triaged yet",
            Self::Real => "no condition key can enforce it",
            Self::NoAction => "no action is documented",
            Self::Unclear => "the action has the key; AWS does not say whether it shows the field",
            Self::Inner => "validation jobs and metadata inside the request",
            Self::Declarative => "declares types, starts nothing",
            Self::OtherKey => "limited by another condition key",
        }
    }

    fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "real" => Self::Real,
            "declarative" => Self::Declarative,
            "inner" => Self::Inner,
            "other-key" => Self::OtherKey,
            "unclear" => Self::Unclear,
            _ => return None,
        })
    }
}

/// A line of the table.
#[derive(Debug)]
pub(super) struct Judgement {
    pub(super) feature: &'static str,
    pub(super) operation: &'static str,
    ends: &'static str,
    pub(super) triage: Triage,
    pub(super) other_key: Option<&'static str>,
    pub(super) note: &'static str,
}

impl Judgement {
    pub(super) fn is_about(&self, feature: &str, operation: &str, path: &str) -> bool {
        self.feature == feature
            && self.operation == operation
            && self.ends.split(' ').any(|end| ends_with(path, end))
    }
}

/// The table. A line with an unknown triage judges nothing, so that its gap shows up as untriaged.
pub(super) fn judgements() -> Vec<Judgement> {
    lines().filter_map(read).collect()
}

/// The lines that are no comments.
pub(super) fn lines() -> impl Iterator<Item = &'static str> {
    TABLE
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// When the table was reviewed.
pub(super) fn reviewed() -> Option<&'static str> {
    let mut header = TABLE.lines().take_while(|line| line.starts_with('#'));
    header
        .find(|line| line.starts_with("# reviewed:"))
        .and_then(|line| line.strip_prefix("# "))
}

fn read(line: &'static str) -> Option<Judgement> {
    let mut columns = line.split('\t');
    Some(Judgement {
        feature: columns.next()?,
        operation: columns.next()?,
        ends: columns.next()?,
        triage: Triage::of_name(columns.next()?)?,
        other_key: columns.next().filter(|key| *key != "-"),
        note: columns.next()?,
    })
}
