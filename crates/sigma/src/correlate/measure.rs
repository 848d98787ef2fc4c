//! The function that a correlation computes over a window, kept up to date as the window slides.

use std::collections::HashMap;

use super::holds;
use crate::plan::{CorrelationKind, CorrelationPlan, Group, ObservedValue, ValueTuple};

/// A running function over the entries of a window.
#[derive(Debug)]
pub(super) struct Running<'a> {
    plan: &'a CorrelationPlan,
    events: u64,
    slots: Vec<u64>,
    texts: HashMap<ValueTuple, u64>,
    /// Kept sorted: sums are formed in one order, so that the same window gives the same sum to the
    /// last bit whatever slid through it before.
    numbers: Vec<f64>,
}

impl<'a> Running<'a> {
    pub(super) fn new(plan: &'a CorrelationPlan) -> Self {
        Self {
            plan,
            events: 0,
            slots: vec![0; plan.slots.len()],
            texts: HashMap::new(),
            numbers: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, slot: u16, value: &ObservedValue) {
        self.events += 1;
        if let Some(count) = self.slots.get_mut(usize::from(slot)) {
            *count += 1;
        }
        match value {
            ObservedValue::Absent => {}
            ObservedValue::Tuples(tuples) => {
                for tuple in tuples {
                    match self.texts.get_mut(tuple) {
                        Some(count) => *count += 1,
                        None => {
                            self.texts.insert(tuple.clone(), 1);
                        }
                    }
                }
            }
            ObservedValue::Numbers(numbers) => {
                for number in numbers {
                    let place = self
                        .numbers
                        .partition_point(|other| other.total_cmp(number).is_lt());
                    self.numbers.insert(place, *number);
                }
            }
        }
    }

    pub(super) fn remove(&mut self, slot: u16, value: &ObservedValue) {
        self.events = self.events.saturating_sub(1);
        if let Some(count) = self.slots.get_mut(usize::from(slot)) {
            *count = count.saturating_sub(1);
        }
        match value {
            ObservedValue::Absent => {}
            ObservedValue::Tuples(tuples) => {
                for tuple in tuples {
                    let Some(count) = self.texts.get_mut(tuple) else {
                        continue;
                    };
                    *count = count.saturating_sub(1);
                    if *count == 0 {
                        self.texts.remove(tuple);
                    }
                }
            }
            ObservedValue::Numbers(numbers) => {
                for number in numbers {
                    let place = self
                        .numbers
                        .partition_point(|other| other.total_cmp(number).is_lt());
                    if place < self.numbers.len() {
                        self.numbers.remove(place);
                    }
                }
            }
        }
    }

    /// The function's value when the correlation holds over the window.
    pub(super) fn satisfied(&self) -> Option<f64> {
        let plan = self.plan;
        let occurred = |slot: u16| {
            self.slots
                .get(usize::from(slot))
                .is_some_and(|count| *count > 0)
        };
        if let Some(expression) = &plan.expression {
            return expression.holds(&occurred).then_some(self.present_slots());
        }
        let value = self.value()?;
        if plan.kind == CorrelationKind::Temporal && plan.condition.is_empty() {
            return self.slots.iter().all(|count| *count > 0).then_some(value);
        }
        holds(&plan.condition, value).then_some(value)
    }

    fn value(&self) -> Option<f64> {
        match self.plan.kind {
            CorrelationKind::EventCount => Some(as_f64(self.events)),
            CorrelationKind::ValueCount => Some(as_f64(self.texts.len() as u64)),
            CorrelationKind::Temporal | CorrelationKind::TemporalOrdered => {
                Some(self.present_slots())
            }
            CorrelationKind::ValueSum => self.sum(),
            CorrelationKind::ValueAvg => self
                .sum()
                .map(|sum| sum / as_f64(self.numbers.len() as u64)),
            CorrelationKind::ValuePercentile => self.nearest_rank(),
        }
    }

    fn present_slots(&self) -> f64 {
        as_f64(self.slots.iter().filter(|count| **count > 0).count() as u64)
    }

    fn sum(&self) -> Option<f64> {
        if self.numbers.is_empty() {
            None
        } else {
            Some(self.numbers.iter().sum())
        }
    }

    fn nearest_rank(&self) -> Option<f64> {
        let count = as_f64(self.numbers.len() as u64);
        let rank = (self.plan.percentile.unwrap_or(50.0) / 100.0 * count)
            .ceil()
            .max(1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 1 and the number of values"
        )]
        self.numbers.get(rank as usize - 1).copied()
    }
}

/// The value that a match of one correlation contributes to another.
pub(super) fn carried_value(kind: Option<CorrelationKind>, carried: &Group) -> ObservedValue {
    let Some(texts) = carried.iter().cloned().collect::<Option<Vec<Box<str>>>>() else {
        return ObservedValue::Absent;
    };
    match kind {
        Some(CorrelationKind::ValueCount) if !texts.is_empty() => {
            ObservedValue::Tuples(vec![texts.into()])
        }
        Some(
            CorrelationKind::ValueSum
            | CorrelationKind::ValueAvg
            | CorrelationKind::ValuePercentile,
        ) => {
            let numbers: Vec<f64> = texts.iter().filter_map(|text| text.parse().ok()).collect();
            if numbers.is_empty() {
                ObservedValue::Absent
            } else {
                ObservedValue::Numbers(numbers)
            }
        }
        _ => ObservedValue::Absent,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn as_f64(count: u64) -> f64 {
    count as f64
}
