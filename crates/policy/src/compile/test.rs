//! One entry of a condition block as a test of a key.

use super::values::Values;
use crate::context::{Context, KeyName, KeyState};
use crate::document::{BaseOperator, ConditionEntry, Operator, SetOperator, Version};
use crate::truth::Truth;

/// An operator, a key and its values.
#[derive(Debug)]
pub(crate) struct Test {
    /// Number of the entry in its statement.
    pub(crate) number: u32,
    pub(crate) key: KeyName,
    pub(crate) operator: Operator,
    check: Check,
}

#[derive(Debug)]
enum Check {
    /// `Null`: whether absence and presence are asked for
    Presence { absent: bool, present: bool },
    /// Everything else
    Values(Values),
}

impl Test {
    pub(crate) fn new(entry: &ConditionEntry, number: u32, version: Version) -> Self {
        let has = |wanted: &str| {
            let mut values = entry.values.iter();
            values.any(|value| value.text.eq_ignore_ascii_case(wanted))
        };
        let check = if entry.operator.base == BaseOperator::Null {
            Check::Presence {
                absent: has("true"),
                present: has("false"),
            }
        } else {
            Check::Values(Values::new(entry.operator.base, &entry.values, version))
        };
        Self {
            number,
            key: KeyName::new(&entry.key.text),
            operator: entry.operator,
            check,
        }
    }

    /// Whether the test holds (IAM User Guide, "Condition operators" and "Set operators").
    pub(crate) fn truth(&self, context: &Context) -> Truth {
        let state = context.get(&self.key);
        match &self.check {
            Check::Presence { absent, present } => presence(state, *absent, *present),
            Check::Values(values) => match (state, self.operator.set) {
                (Some(KeyState::Unknown), _) => Truth::Unknown,
                (state, SetOperator::None) => self.one(state, values, context),
                (state, SetOperator::ForAllValues) => self.all(state, values, context),
                (state, SetOperator::ForAnyValue) => self.some(state, values, context),
            },
        }
    }

    /// The keys of variables in the values.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &KeyName> {
        let values = match &self.check {
            Check::Presence { .. } => None,
            Check::Values(values) => Some(values),
        };
        values.into_iter().flat_map(Values::keys)
    }

    fn compare(&self, value: &str, values: &Values, context: &Context) -> Truth {
        let matches = values.matches(self.operator.base, value, context);
        if self.operator.base.is_negated() {
            !matches
        } else {
            matches
        }
    }

    fn one(&self, state: Option<&KeyState>, values: &Values, context: &Context) -> Truth {
        let is_negated = self.operator.base.is_negated();
        match state.map(KeyState::values).unwrap_or_default() {
            [] => (is_negated || self.operator.if_exists).into(),
            [value] => self.compare(value, values, context),
            // Several values without a set operator: AWS does not say.
            _ if is_negated => Truth::Unknown,
            _ => Truth::False,
        }
    }

    fn all(&self, state: Option<&KeyState>, values: &Values, context: &Context) -> Truth {
        let Some(state) = state.filter(|state| !state.is_void()) else {
            return Truth::True;
        };
        let mut truth = Truth::True;
        for value in state.values() {
            truth = truth.and(self.compare(value, values, context));
        }
        truth
    }

    fn some(&self, state: Option<&KeyState>, values: &Values, context: &Context) -> Truth {
        let Some(state) = state.filter(|state| !state.is_void()) else {
            return self.operator.if_exists.into();
        };
        let mut truth = Truth::False;
        for value in state.values() {
            truth = truth.or(self.compare(value, values, context));
        }
        truth
    }
}

fn presence(state: Option<&KeyState>, absent: bool, present: bool) -> Truth {
    match state {
        Some(KeyState::Unknown) if absent == present => absent.into(),
        Some(KeyState::Unknown) => Truth::Unknown,
        Some(state) if !state.is_void() => present.into(),
        _ => absent.into(),
    }
}
