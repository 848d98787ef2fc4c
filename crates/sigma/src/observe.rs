//! Taking from a record what correlations and first-seen rules ask for.

use crate::fold::fold;
use crate::matcher::Evaluation;
use crate::plan::{
    CorrelationId, CorrelationKind, FirstSeenObservation, Group, Observation, ObservedValue,
    RuleId, ValueTuple,
};
use crate::program::{Node, Slot};

/// Most groups that one record belongs to, for one rule of one correlation.
const MAX_GROUPS: usize = 64;
/// Most values that one record contributes.
const MAX_VALUES: usize = 1_000;

/// What a rule's match contributes to a correlation.
#[derive(Debug, Clone)]
pub(crate) struct FeedSlot {
    pub(crate) correlation: CorrelationId,
    pub(crate) slot: u16,
    pub(crate) kind: CorrelationKind,
    pub(crate) group: Vec<Slot>,
    pub(crate) value: Vec<Slot>,
    pub(crate) extra: Vec<Slot>,
}

/// The fields of a first-seen rule, and which events teach.
#[derive(Debug, Clone)]
pub(crate) struct FirstSeenSlots {
    pub(crate) value: Vec<Slot>,
    pub(crate) group: Vec<Slot>,
    /// `None`: those that satisfy the rule's condition
    pub(crate) observe: Option<Node>,
}

pub(crate) fn correlation(
    evaluation: &mut Evaluation<'_, '_>,
    feed: &FeedSlot,
    out: &mut Vec<Observation>,
) {
    let value = value(evaluation, feed);
    let extra: Group = feed
        .extra
        .iter()
        .map(|slot| texts(evaluation, *slot, 1).pop())
        .collect();
    for group in groups(evaluation, &feed.group) {
        out.push(Observation {
            correlation: feed.correlation,
            slot: feed.slot,
            group,
            value: value.clone(),
            extra: extra.clone(),
        });
    }
}

pub(crate) fn first_seen(
    evaluation: &mut Evaluation<'_, '_>,
    slots: &FirstSeenSlots,
    (rule, teaches, alerts): (RuleId, bool, bool),
    out: &mut Vec<FirstSeenObservation>,
) {
    // An event with an absent value neither teaches nor raises.
    let values = tuples(evaluation, &slots.value, false);
    if values.is_empty() {
        return;
    }
    for group in groups(evaluation, &slots.group) {
        for value in &values {
            out.push(FirstSeenObservation {
                rule,
                group: group.clone(),
                value: value.clone(),
                teaches,
                alerts,
            });
        }
    }
}

fn value(evaluation: &mut Evaluation<'_, '_>, feed: &FeedSlot) -> ObservedValue {
    match feed.kind {
        CorrelationKind::EventCount
        | CorrelationKind::Temporal
        | CorrelationKind::TemporalOrdered => ObservedValue::Absent,
        CorrelationKind::ValueCount => {
            let tuples = tuples(evaluation, &feed.value, true);
            if tuples.is_empty() {
                ObservedValue::Absent
            } else {
                ObservedValue::Tuples(tuples)
            }
        }
        CorrelationKind::ValueSum
        | CorrelationKind::ValueAvg
        | CorrelationKind::ValuePercentile => {
            let numbers: Vec<f64> = feed
                .value
                .iter()
                .flat_map(|slot| numbers(evaluation, *slot))
                .collect();
            if numbers.is_empty() {
                ObservedValue::Absent
            } else {
                ObservedValue::Numbers(numbers)
            }
        }
    }
}

fn texts(evaluation: &mut Evaluation<'_, '_>, slot: Slot, limit: usize) -> Vec<Box<str>> {
    let raw = evaluation.record.raw();
    evaluation.with_values(slot, |memo| memo.texts(raw, limit))
}

/// Every number of a field, also those written as text; equal ones count as often as they stand there.
fn numbers(evaluation: &mut Evaluation<'_, '_>, slot: Slot) -> Vec<f64> {
    let raw = evaluation.record.raw();
    evaluation.with_values(slot, |memo| {
        let mut numbers = Vec::new();
        memo.any(raw, &mut |scalar| {
            let number = scalar.text().and_then(|text| text.parse::<f64>().ok());
            numbers.extend(number.filter(|number| number.is_finite()));
            numbers.len() >= MAX_VALUES
        });
        numbers
    })
}

/// All combinations of the values of the fields; none when a field has no value.
fn tuples(evaluation: &mut Evaluation<'_, '_>, slots: &[Slot], folded: bool) -> Vec<ValueTuple> {
    let fields = slots
        .iter()
        .map(|slot| {
            let mut texts = texts(evaluation, *slot, MAX_VALUES);
            if folded {
                texts = texts.iter().map(|text| fold(text).into()).collect();
                texts.sort_unstable();
                texts.dedup();
            }
            texts
        })
        .collect::<Vec<_>>();
    combinations(&fields, MAX_VALUES)
        .into_iter()
        .map(Vec::into_boxed_slice)
        .collect()
}

/// All combinations of the values of the group-by fields; a field without a value stands as absent.
fn groups(evaluation: &mut Evaluation<'_, '_>, slots: &[Slot]) -> Vec<Group> {
    let fields: Vec<Vec<Option<Box<str>>>> = slots
        .iter()
        .map(|slot| {
            let texts = texts(evaluation, *slot, MAX_GROUPS);
            if texts.is_empty() {
                vec![None]
            } else {
                texts.into_iter().map(Some).collect()
            }
        })
        .collect();
    combinations(&fields, MAX_GROUPS)
        .into_iter()
        .map(Vec::into_boxed_slice)
        .collect()
}

fn combinations<T: Clone>(fields: &[Vec<T>], limit: usize) -> Vec<Vec<T>> {
    let mut combinations = vec![Vec::with_capacity(fields.len())];
    for values in fields {
        combinations = combinations
            .iter()
            .flat_map(|start: &Vec<T>| {
                values.iter().map(move |value| {
                    let mut longer = start.clone();
                    longer.push(value.clone());
                    longer
                })
            })
            .take(limit)
            .collect();
    }
    combinations
}
