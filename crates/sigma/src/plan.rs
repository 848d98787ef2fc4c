//! What the correlation engine needs to know: the compiled correlations, and the observations that
//! records make for them.
//!
//! A record never reaches the engine. The matcher takes from it what a correlation asks for (the
//! group, the counted value, the values that an outer correlation will ask for) and hands that over.

use crate::info::CompiledRuleInfo;

/// Number of a single-event rule inside its [`crate::RuleSet`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(pub u32);

/// Number of a correlation inside its [`crate::RuleSet`]; also its place in dependency order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CorrelationId(pub u32);

/// What a correlation computes over its window (Sigma correlation rules 2.1, "Correlation Types").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CorrelationKind {
    /// How many events
    EventCount,
    /// How many distinct values
    ValueCount,
    /// Which of the referenced rules occurred
    Temporal,
    /// Which of the referenced rules occurred, in the order of the references
    TemporalOrdered,
    /// Sum of a numeric field
    ValueSum,
    /// Mean of a numeric field
    ValueAvg,
    /// Percentile (nearest rank) of a numeric field
    ValuePercentile,
}

/// How a computed number is compared with the one in the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// greater than
    Gt,
    /// greater than or equal
    Gte,
    /// less than
    Lt,
    /// less than or equal
    Lte,
    /// equal
    Eq,
    /// not equal
    Neq,
}

impl Comparison {
    /// Whether `left` compares so with `right`.
    #[must_use]
    #[expect(clippy::float_cmp, reason = "the rule asks for equality")]
    pub fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Gt => left > right,
            Self::Gte => left >= right,
            Self::Lt => left < right,
            Self::Lte => left <= right,
            Self::Eq => left == right,
            Self::Neq => left != right,
        }
    }
}

/// What a slot of a correlation refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RuleRef {
    /// A single-event rule: its observations count as they are.
    Rule(RuleId),
    /// A first-seen rule: an observation counts only if a [`FirstSeenObservation`] of the same record
    /// and rule turns out to be new.
    FirstSeen(RuleId),
    /// Another correlation, which stands earlier in the order: its hits arrive through its
    /// [`CorrelationPlan::feeds`].
    Correlation(CorrelationId),
}

/// A boolean expression over the slots of a correlation (extended temporal conditions).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SlotExpression {
    /// The rule of this slot occurred
    Slot(u16),
    /// All hold
    And(Vec<SlotExpression>),
    /// At least one holds
    Or(Vec<SlotExpression>),
    /// Does not hold
    Not(Box<SlotExpression>),
}

impl SlotExpression {
    /// The truth of the expression when `occurred` says which slots occurred.
    pub fn holds(&self, occurred: &dyn Fn(u16) -> bool) -> bool {
        match self {
            Self::Slot(slot) => occurred(*slot),
            Self::And(parts) => parts.iter().all(|part| part.holds(occurred)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(occurred)),
            Self::Not(part) => !part.holds(occurred),
        }
    }
}

/// Where a value that goes from an inner correlation's hit to an outer correlation comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Carried {
    /// The inner correlation's group, at this place
    Group(u16),
    /// [`Observation::extra`] of the observation that completed the hit, at this place
    Extra(u16),
}

/// How a hit of this correlation becomes an observation of an outer one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// The outer correlation
    pub correlation: CorrelationId,
    /// The outer correlation's slot
    pub slot: u16,
    /// The outer group, in the order of its `group_by`
    pub group: Vec<Carried>,
    /// The outer counted fields, in the order of its `value_fields`
    pub value: Vec<Carried>,
    /// The outer `extra` values
    pub extra: Vec<Carried>,
}

/// A compiled correlation.
#[derive(Debug, Clone)]
pub struct CorrelationPlan {
    /// Its number
    pub id: CorrelationId,
    /// Metadata, and whether its hits are findings
    pub info: CompiledRuleInfo,
    /// What it computes
    pub kind: CorrelationKind,
    /// What it refers to, in the order of the rule
    pub slots: Vec<RuleRef>,
    /// The names (or aliases) that group, as written
    pub group_by: Vec<String>,
    /// Length of the sliding window in seconds, always positive
    pub timespan_seconds: i64,
    /// Comparisons that must all hold for the computed number
    pub condition: Vec<(Comparison, f64)>,
    /// The fields whose values are counted or computed with; several count as a tuple
    pub value_fields: Vec<String>,
    /// Rank of [`CorrelationKind::ValuePercentile`], in `0..=100`
    pub percentile: Option<f64>,
    /// Condition over the slots that occurred, for the temporal kinds; `None`: all slots
    pub expression: Option<SlotExpression>,
    /// Whether the referenced rules are findings of their own too
    pub generate: bool,
    /// Fields that outer correlations need from the records: what [`Observation::extra`] holds
    pub extra_fields: Vec<String>,
    /// The outer correlations that hits of this one go to
    pub feeds: Vec<Feed>,
}

/// Values of the group-by fields; `None` says that the record has no value there, which is not the
/// same as an empty string.
pub type Group = Box<[Option<Box<str>>]>;

/// Values of the counted fields, one for each field.
pub type ValueTuple = Box<[Box<str>]>;

/// What a record contributes to the computed number.
#[derive(Debug, Clone, PartialEq)]
pub enum ObservedValue {
    /// Nothing: the kind needs no value, or the record has none
    Absent,
    /// Distinct values for [`CorrelationKind::ValueCount`], case-folded like every default
    /// comparison of the language. Several where the field holds several.
    Tuples(Vec<ValueTuple>),
    /// Numbers for sum, mean and percentile. Several where the field holds several.
    Numbers(Vec<f64>),
}

/// What one record means for one slot of one correlation.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// The correlation
    pub correlation: CorrelationId,
    /// Which of its references the record satisfied
    pub slot: u16,
    /// The group that the record belongs to
    pub group: Group,
    /// The counted values
    pub value: ObservedValue,
    /// Values that outer correlations will ask for, in the order of
    /// [`CorrelationPlan::extra_fields`]; the first one where a field holds several
    pub extra: Group,
}

/// What one record means for one first-seen rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstSeenObservation {
    /// The rule
    pub rule: RuleId,
    /// The group inside which the value must be new
    pub group: Group,
    /// The value: one text for each field
    pub value: ValueTuple,
    /// Whether the value becomes known through this record
    pub teaches: bool,
    /// Whether the rule's condition holds: a finding if the value is new
    pub alerts: bool,
}
