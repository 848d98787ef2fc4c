//! The engine against a naive second implementation.

use proptest::prelude::*;

use super::{Engine, Limits, Match, Weigh};
use crate::info::CompiledRuleInfo;
use crate::plan::{
    Carried, Comparison, CorrelationId, CorrelationKind, CorrelationPlan, Feed, Observation,
    ObservedValue, RuleId, RuleRef, SlotExpression,
};

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Event(u32);

impl Weigh for Event {
    fn weight(&self) -> usize {
        8
    }
}

fn plan(
    kind: CorrelationKind,
    slots: u32,
    timespan: i64,
    condition: &[(Comparison, f64)],
) -> CorrelationPlan {
    CorrelationPlan {
        id: CorrelationId(0),
        info: CompiledRuleInfo::default(),
        kind,
        slots: (0..slots).map(|slot| RuleRef::Rule(RuleId(slot))).collect(),
        group_by: vec!["user".to_owned()],
        timespan_seconds: timespan,
        condition: condition.to_vec(),
        value_fields: Vec::new(),
        percentile: Some(90.0),
        expression: None,
        generate: false,
        extra_fields: Vec::new(),
        feeds: Vec::new(),
    }
}

/// One observation: time, slot, value.
type Seen = (i64, u16, u8);

fn observation(kind: CorrelationKind, slot: u16, value: u8, group: &str) -> Observation {
    let value = match kind {
        CorrelationKind::ValueCount => {
            ObservedValue::Tuples(vec![vec![value.to_string().into()].into()])
        }
        CorrelationKind::ValueSum
        | CorrelationKind::ValueAvg
        | CorrelationKind::ValuePercentile => ObservedValue::Numbers(vec![f64::from(value)]),
        _ => ObservedValue::Absent,
    };
    Observation {
        correlation: CorrelationId(0),
        slot,
        group: [Some(group.into())].into(),
        value,
        extra: [].into(),
    }
}

fn run(plans: &[CorrelationPlan], limits: Limits, seen: &[(usize, Seen)]) -> Vec<Match<Event>> {
    let mut engine = Engine::new(plans, limits);
    for (number, (time, slot, value)) in seen {
        let observation = observation(plans[0].kind, *slot, *value, "alice");
        engine.observe(observation, *time, Event(u32::try_from(*number).unwrap()));
    }
    let (found, incompleteness) = engine.finish();
    assert!(incompleteness.is_complete());
    found
}

fn numbered(seen: &[Seen]) -> Vec<(usize, Seen)> {
    let mut seen: Vec<(usize, Seen)> = seen.iter().copied().enumerate().collect();
    seen.sort_by_key(|(number, (time, ..))| (*time, *number));
    seen
}

fn spans(found: &[Match<Event>]) -> Vec<(i64, i64, u64)> {
    found
        .iter()
        .map(|found| (found.first, found.last, found.event_count))
        .collect()
}

/// What a window is worth, computed from nothing each time.
fn naive_value(plan: &CorrelationPlan, window: &[(usize, Seen)]) -> Option<f64> {
    let mut values: Vec<f64> = window
        .iter()
        .map(|(_, (_, _, value))| f64::from(*value))
        .collect();
    values.sort_by(f64::total_cmp);
    let distinct = |mut list: Vec<u16>| {
        list.sort_unstable();
        list.dedup();
        f64::from(u32::try_from(list.len()).unwrap())
    };
    let count = f64::from(u32::try_from(window.len()).unwrap());
    match plan.kind {
        CorrelationKind::EventCount => Some(count),
        CorrelationKind::ValueCount => Some(distinct(
            window
                .iter()
                .map(|(_, (_, _, value))| u16::from(*value))
                .collect(),
        )),
        CorrelationKind::Temporal | CorrelationKind::TemporalOrdered => Some(distinct(
            window.iter().map(|(_, (_, slot, _))| *slot).collect(),
        )),
        CorrelationKind::ValueSum => Some(values.iter().sum()),
        CorrelationKind::ValueAvg => Some(values.iter().sum::<f64>() / count),
        CorrelationKind::ValuePercentile => {
            let rank = (plan.percentile.unwrap() / 100.0 * count).ceil().max(1.0);
            values.get(rank as usize - 1).copied()
        }
    }
}

fn naive_sliding(plan: &CorrelationPlan, seen: &[(usize, Seen)]) -> Vec<(i64, i64, u64)> {
    let mut found: Vec<(i64, i64, u64)> = Vec::new();
    let mut first_unspent = 0;
    let mut open: Option<(i64, i64, u64)> = None;
    let mut open_until = 0;
    for end in 0..seen.len() {
        let now = seen[end].1.0;
        if seen.get(end + 1).is_some_and(|next| next.1.0 == now) {
            continue;
        }
        if open.is_some_and(|(_, last, _)| now - last > plan.timespan_seconds) {
            found.extend(open.take());
            first_unspent = open_until;
        }
        let window: Vec<_> = (first_unspent..=end)
            .map(|place| seen[place])
            .filter(|(_, (time, ..))| now - time <= plan.timespan_seconds)
            .collect();
        let holds = naive_value(plan, &window).is_some_and(|value| {
            let required = if plan.condition.is_empty() {
                vec![(Comparison::Gte, plan.slots.len() as f64)]
            } else {
                plan.condition.clone()
            };
            required
                .iter()
                .all(|(comparison, bound)| comparison.holds(value, *bound))
        });
        match (&mut open, holds) {
            (Some(open), true) => {
                *open = (open.0, now, open.2 + (end + 1 - open_until) as u64);
                open_until = end + 1;
            }
            (None, true) => {
                open = Some((window[0].1.0, now, window.len() as u64));
                open_until = end + 1;
            }
            (Some(_), false) => {
                found.extend(open.take());
                first_unspent = open_until;
            }
            (None, false) => {}
        }
    }
    found.extend(open);
    found
}

/// Whether some chain of distinct events, one per slot in order, ends at `end` within the timespan.
fn chain_ends_at(plan: &CorrelationPlan, unspent: &[(usize, Seen)], end: &(usize, Seen)) -> bool {
    fn back(unspent: &[(usize, Seen)], after: &(usize, Seen), earliest: i64) -> bool {
        let Some(slot) = after.1.1.checked_sub(1) else {
            return true;
        };
        unspent.iter().any(|step| {
            step.1.1 == slot
                && step.0 != after.0
                && step.1.0 <= after.1.0
                && step.1.0 >= earliest
                && back(unspent, step, earliest)
        })
    }
    usize::from(end.1.1) + 1 == plan.slots.len()
        && back(unspent, end, end.1.0 - plan.timespan_seconds)
}

fn naive_ordered(plan: &CorrelationPlan, seen: &[(usize, Seen)]) -> Vec<i64> {
    let mut ends = Vec::new();
    let mut unspent = seen.to_vec();
    while let Some(end) = unspent
        .iter()
        .find(|end| chain_ends_at(plan, &unspent, end))
        .map(|end| end.1.0)
    {
        ends.push(end);
        unspent.retain(|(_, (time, ..))| *time > end);
    }
    ends
}

fn any_seen(slots: u16) -> impl Strategy<Value = Vec<Seen>> {
    prop::collection::vec((0i64..120, 0..slots, 0u8..6), 0..40)
}

fn any_condition() -> impl Strategy<Value = Vec<(Comparison, f64)>> {
    let comparison = prop_oneof![
        Just(Comparison::Gt),
        Just(Comparison::Gte),
        Just(Comparison::Lt),
        Just(Comparison::Lte),
        Just(Comparison::Eq),
        Just(Comparison::Neq)
    ];
    prop::collection::vec((comparison, (0u8..9).prop_map(f64::from)), 1..3)
}

fn any_sliding_kind() -> impl Strategy<Value = CorrelationKind> {
    prop_oneof![
        Just(CorrelationKind::EventCount),
        Just(CorrelationKind::ValueCount),
        Just(CorrelationKind::ValueSum),
        Just(CorrelationKind::ValueAvg),
        Just(CorrelationKind::ValuePercentile),
        Just(CorrelationKind::Temporal),
    ]
}

proptest! {
    #[test]
    fn sliding_windows_agree_with_the_naive_form(
        kind in any_sliding_kind(), timespan in 1i64..60, condition in any_condition(), seen in any_seen(3)
    ) {
        let plan = plan(kind, 3, timespan, &condition);
        let seen = numbered(&seen);
        let expected = naive_sliding(&plan, &seen);
        prop_assert_eq!(spans(&run(&[plan], Limits::default(), &seen)), expected);
    }

    #[test]
    fn sequences_agree_with_the_naive_form(timespan in 0i64..40, seen in any_seen(3)) {
        let plan = plan(CorrelationKind::TemporalOrdered, 3, timespan, &[]);
        let seen = numbered(&seen);
        let expected = naive_ordered(&plan, &seen);
        let found = run(&[plan], Limits::default(), &seen);
        prop_assert_eq!(found.iter().map(|found| found.last).collect::<Vec<_>>(), expected);
        for found in &found {
            prop_assert!(found.last - found.first <= timespan);
            prop_assert_eq!(found.events.len(), 3);
        }
    }

    #[test]
    fn arrival_order_changes_nothing(
        (kind, timespan, condition) in (any_sliding_kind(), 1i64..60, any_condition()),
        seen in any_seen(3), shuffle in any::<prop::sample::Index>(), ordered in any::<bool>()
    ) {
        let kind = if ordered { CorrelationKind::TemporalOrdered } else { kind };
        let plan = plan(kind, 3, timespan, &condition);
        let seen = numbered(&seen);
        let mut shuffled = seen.clone();
        if !shuffled.is_empty() {
            let middle = shuffle.index(shuffled.len());
            shuffled.rotate_left(middle);
            shuffled.chunks_mut(3).for_each(<[_]>::reverse);
        }
        prop_assert_eq!(
            run(std::slice::from_ref(&plan), Limits::default(), &seen),
            run(&[plan], Limits::default(), &shuffled)
        );
    }

    #[test]
    fn settling_early_changes_nothing_for_events_in_order(
        (kind, timespan, condition) in (any_sliding_kind(), 1i64..60, any_condition()),
        seen in any_seen(3), ordered in any::<bool>()
    ) {
        let kind = if ordered { CorrelationKind::TemporalOrdered } else { kind };
        let plan = plan(kind, 3, timespan, &condition);
        let seen = numbered(&seen);
        let whole = run(std::slice::from_ref(&plan), Limits::default(), &seen);
        let mut engine = Engine::new(std::slice::from_ref(&plan), Limits::default());
        for (number, (time, slot, value)) in &seen {
            // Everything before this second is final.
            engine.settle(time - 1);
            engine.observe(observation(kind, *slot, *value, "alice"), *time, Event(u32::try_from(*number).unwrap()));
        }
        let (found, incompleteness) = engine.finish();
        prop_assert!(incompleteness.is_complete());
        prop_assert_eq!(spans(&found), spans(&whole));
    }
}

#[test]
fn equal_times_satisfy_an_order_and_mark_the_match() {
    let plan = plan(CorrelationKind::TemporalOrdered, 2, 60, &[]);
    let found = run(
        &[plan],
        Limits::default(),
        &numbered(&[(10, 1, 0), (10, 0, 0)]),
    );
    assert_eq!(found.len(), 1);
    assert!(found[0].order_not_provable);
}

#[test]
fn one_event_is_not_two_steps() {
    let plan = plan(CorrelationKind::TemporalOrdered, 2, 60, &[]);
    let mut engine = Engine::new(&[plan], Limits::default());
    for slot in [0, 1] {
        engine.observe(
            observation(CorrelationKind::TemporalOrdered, slot, 0, "alice"),
            10,
            Event(1),
        );
    }
    assert_eq!(engine.finish().0, []);
}

#[test]
fn groups_do_not_mix() {
    let plan = plan(
        CorrelationKind::EventCount,
        1,
        60,
        &[(Comparison::Gte, 2.0)],
    );
    let mut engine = Engine::new(&[plan], Limits::default());
    for (number, user) in ["alice", "bob", "bob"].into_iter().enumerate() {
        let observation = observation(CorrelationKind::EventCount, 0, 0, user);
        engine.observe(observation, 10, Event(u32::try_from(number).unwrap()));
    }
    let (found, _) = engine.finish();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].group[0].as_deref(), Some("bob"));
}

#[test]
fn extended_conditions_follow_the_expression() {
    let mut plan = plan(CorrelationKind::Temporal, 3, 60, &[]);
    plan.expression = Some(SlotExpression::And(vec![
        SlotExpression::Slot(0),
        SlotExpression::Or(vec![SlotExpression::Slot(1), SlotExpression::Slot(2)]),
    ]));
    assert_eq!(
        run(
            &[plan.clone()],
            Limits::default(),
            &numbered(&[(1, 0, 0), (2, 2, 0)])
        )
        .len(),
        1
    );
    assert_eq!(
        run(
            &[plan],
            Limits::default(),
            &numbered(&[(1, 1, 0), (2, 2, 0)])
        )
        .len(),
        0
    );
}

#[test]
fn matches_feed_later_correlations() {
    let mut bursts = plan(
        CorrelationKind::EventCount,
        1,
        10,
        &[(Comparison::Gte, 3.0)],
    );
    bursts.feeds = vec![Feed {
        correlation: CorrelationId(1),
        slot: 0,
        group: vec![Carried::Group(0)],
        value: Vec::new(),
        extra: Vec::new(),
    }];
    let mut repeated = plan(
        CorrelationKind::EventCount,
        1,
        100,
        &[(Comparison::Gte, 2.0)],
    );
    repeated.id = CorrelationId(1);
    let seen = numbered(&[
        (1, 0, 0),
        (2, 0, 0),
        (3, 0, 0),
        (50, 0, 0),
        (51, 0, 0),
        (52, 0, 0),
    ]);
    let found = run(&[bursts, repeated], Limits::default(), &seen);
    let outer: Vec<_> = found
        .iter()
        .filter(|found| found.correlation == 1)
        .collect();
    assert_eq!(outer.len(), 1);
    assert_eq!(outer[0].events.len(), 6, "the events behind both bursts");
}

#[test]
fn state_over_its_limit_is_settled_and_late_events_are_counted() {
    let plan = plan(
        CorrelationKind::EventCount,
        1,
        10,
        &[(Comparison::Gte, 1e9)],
    );
    let limits = Limits {
        state: 20_000,
        lateness: 100,
        ..Limits::default()
    };
    let mut engine = Engine::new(&[plan], limits);
    for time in 0..5_000 {
        engine.observe(
            observation(CorrelationKind::EventCount, 0, 0, "alice"),
            time,
            Event(u32::try_from(time).unwrap()),
        );
        assert!(engine.weight() <= limits.state + 1_000);
    }
    engine.observe(
        observation(CorrelationKind::EventCount, 0, 0, "alice"),
        0,
        Event(0),
    );
    let (_, incompleteness) = engine.finish();
    assert!(incompleteness.settled_early > 0);
    assert_eq!(incompleteness.late[&0], 1);
}

#[test]
fn what_cannot_be_settled_is_dropped_and_counted() {
    let plan = plan(
        CorrelationKind::EventCount,
        1,
        1_000_000,
        &[(Comparison::Gte, 1e9)],
    );
    let limits = Limits {
        state: 20_000,
        lateness: 0,
        ..Limits::default()
    };
    let mut engine = Engine::new(&[plan], limits);
    for time in 0..2_000i64 {
        let group = (time % 50).to_string();
        engine.observe(
            observation(CorrelationKind::EventCount, 0, 0, &group),
            time,
            Event(u32::try_from(time).unwrap()),
        );
        assert!(engine.weight() <= limits.state + 1_000);
    }
    let (_, incompleteness) = engine.finish();
    assert!(incompleteness.dropped[&0] > 0);
}
