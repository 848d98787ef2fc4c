//! Sigma documents as written: nothing resolved, everything placed.

use crate::condition::Condition;
use crate::modifier::Modifier;
use crate::plan::{Comparison, CorrelationKind};
use crate::yaml::{Entry, Node, Position};

/// One document of a rule file.
#[derive(Debug, Clone, PartialEq)]
pub enum Document {
    /// A rule over single events
    Rule(Rule),
    /// A correlation over other rules
    Correlation(CorrelationRule),
    /// A filter that is merged into other rules
    Filter(FilterRule),
}

impl Document {
    /// What the document says about itself.
    #[must_use]
    pub const fn metadata(&self) -> &Metadata {
        match self {
            Self::Rule(rule) => &rule.metadata,
            Self::Correlation(rule) => &rule.metadata,
            Self::Filter(rule) => &rule.metadata,
        }
    }
}

/// A rule over single events.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// What the document says about itself
    pub metadata: Metadata,
    /// Where the events come from
    pub logsource: LogSource,
    /// What is looked for
    pub detection: Detection,
}

/// A correlation over other rules.
#[derive(Debug, Clone, PartialEq)]
pub struct CorrelationRule {
    /// What the document says about itself
    pub metadata: Metadata,
    /// What is computed
    pub kind: CorrelationKind,
    /// Ids or names of the rules, in order, each with its place
    pub rules: Vec<(String, Position)>,
    /// The fields that group
    pub group_by: Vec<String>,
    /// Length of the window in seconds
    pub timespan_seconds: i64,
    /// Comparisons that must all hold
    pub condition: Vec<(Comparison, f64)>,
    /// The fields that are counted or computed with
    pub fields: Vec<String>,
    /// Rank of a percentile, in `0..=100`
    pub percentile: Option<f64>,
    /// Boolean condition over rule names (extended temporal condition)
    pub expression: Option<Condition>,
    /// Other names of fields: alias, then rule name, then field
    pub aliases: Vec<(String, Vec<(String, String)>)>,
    /// Whether the referenced rules are findings of their own
    pub generate: bool,
    /// Where the correlation section stands
    pub at: Position,
}

/// A filter that is merged into other rules.
#[derive(Debug, Clone, PartialEq)]
pub struct FilterRule {
    /// What the document says about itself
    pub metadata: Metadata,
    /// The log source that the rules must have
    pub logsource: LogSource,
    /// Ids or names of the rules; `None` for all
    pub rules: Option<Vec<(String, Position)>>,
    /// What is filtered out
    pub detection: Detection,
}

/// Where events come from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogSource {
    /// A group of products
    pub category: Option<String>,
    /// A product
    pub product: Option<String>,
    /// A log of the product
    pub service: Option<String>,
    /// What must be switched on, in words
    pub definition: Option<String>,
    /// Anything else
    pub custom: Vec<Entry>,
}

/// The detection section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detection {
    /// The selections in the order written
    pub selections: Vec<Selection>,
    /// The conditions; several mean 'or'
    pub conditions: Vec<(Condition, Position)>,
}

/// A named selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// Its name
    pub name: String,
    /// Where the name stands
    pub at: Position,
    /// What it selects
    pub body: SelectionBody,
}

/// What a selection selects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SelectionBody {
    /// All must hold: a mapping
    All(Vec<SelectionBody>),
    /// One must hold: a list
    Any(Vec<SelectionBody>),
    /// One field, or keywords
    Item(Item),
}

/// A field with its modifiers and values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The field path; `None` for keywords, which are sought in the whole record
    pub field: Option<String>,
    /// Modifiers in the order written
    pub modifiers: Vec<Modifier>,
    /// Values in the order written
    pub values: Vec<Value>,
    /// Where it stands
    pub at: Position,
}

/// A value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing
    Null,
    /// A boolean
    Bool(bool),
    /// A number as written
    Number(String),
    /// Text, in which wildcards and escapes have not been read
    Text(String),
}

/// How mature a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the words of the specification")]
pub enum Status {
    Stable,
    Test,
    Experimental,
    Deprecated,
    Unsupported,
}

/// How critical a hit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the words of the specification")]
pub enum Level {
    Informational,
    Low,
    Medium,
    High,
    Critical,
}

/// A relation to another rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// Id of the other rule
    pub id: String,
    /// `derived`, `obsolete`, `merged`, `renamed` or `similar`
    pub relation: String,
}

/// What a document says about itself.
#[derive(Debug, Clone, PartialEq, Default)]
#[expect(
    missing_docs,
    reason = "the attributes of the specification, under their names"
)]
pub struct Metadata {
    /// File or other place that the document was read from
    pub origin: String,
    /// Where it begins there
    pub at: Position,
    pub title: String,
    pub id: Option<String>,
    pub name: Option<String>,
    pub status: Option<Status>,
    pub description: Option<String>,
    pub license: Option<String>,
    pub author: Option<String>,
    pub references: Vec<String>,
    pub date: Option<String>,
    pub modified: Option<String>,
    pub tags: Vec<String>,
    pub level: Option<Level>,
    pub falsepositives: Vec<String>,
    pub fields: Vec<String>,
    pub related: Vec<Related>,
    pub scope: Vec<String>,
    pub taxonomy: Option<String>,
    /// The `rempart` block
    pub extension: Option<Extension>,
    /// Attributes that the specification does not name
    pub custom: Vec<Entry>,
}

impl Metadata {
    /// The name, else the id, else the title: what messages call the document.
    #[must_use]
    pub fn label(&self) -> &str {
        self.name
            .as_deref()
            .or(self.id.as_deref())
            .unwrap_or(&self.title)
    }

    /// Whether a reference by id or name means this document.
    #[must_use]
    pub fn is_called(&self, reference: &str) -> bool {
        self.name.as_deref() == Some(reference)
            || self
                .id
                .as_deref()
                .is_some_and(|id| id.eq_ignore_ascii_case(reference))
    }
}

/// The `rempart` block of a rule.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Extension {
    /// Threat category
    pub category: Option<String>,
    /// Entries of the detection catalogue
    pub catalogue: Vec<String>,
    /// Why the level is what it is
    pub severity: Option<String>,
    /// Template of the finding's explanation
    pub explanation: Option<String>,
    /// What to do about a finding
    pub next_steps: Vec<String>,
    /// Resource types whose data events the rule needs
    pub requires: Vec<String>,
    /// Whether hits are findings; `None` when not said, which means yes
    pub emit: Option<bool>,
    /// Makes the rule a first-seen rule
    pub first_seen: Option<FirstSeen>,
}

/// 'Never before': the values of these fields must be new in their group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstSeen {
    /// The fields whose combination must be new
    pub value: Vec<String>,
    /// The fields that group
    pub group_by: Vec<String>,
    /// Which events teach values; `None`: those that satisfy the rule's condition
    pub observe: Option<Condition>,
    /// History that the group must have before the new value, in seconds
    pub learning_seconds: i64,
    /// How long after its first sighting a value counts as new, in seconds
    pub within_seconds: i64,
    /// Where the block stands
    pub at: Position,
}

/// An attribute that was read as it stands, for callers that look at custom ones.
pub type Attribute = Node;
