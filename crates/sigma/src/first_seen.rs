//! 'Never before': values that are new in their group.
//!
//! A rule with `rempart.first_seen` learns which values a group has shown and when first, and raises
//! an alert for events whose value is new. Everything is decided at the end, from the earliest time of
//! each value, so the order of arrival changes nothing.
//!
//! A value is new when the group's history is at least `learning` seconds older than the value's first
//! sighting. An alert is raised for events up to `within` seconds after that sighting.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use crate::correlate::Weigh;
use crate::plan::{Group as GroupKey, ValueTuple};

/// What one first-seen rule asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Novelty {
    /// Least history of a group before a value can be new, seconds.
    pub learning: i64,
    /// How long after its first sighting a value stays new, seconds.
    pub within: i64,
}

/// An event showed a value.
#[derive(Debug, Clone)]
pub struct Sighting<P> {
    /// Which first-seen rule, by its place in the list given to [`FirstSeen::new`].
    pub rule: u32,
    /// The group.
    pub group: GroupKey,
    /// The value: one text per field.
    pub value: ValueTuple,
    /// Whether the event counts as history.
    pub teaches: bool,
    /// Whether the event raises an alert if its value is new.
    pub alerts: bool,
    /// The event's time in seconds since 1970.
    pub time: i64,
    /// The event.
    pub payload: P,
}

/// An event whose value was new.
#[derive(Debug, Clone, PartialEq)]
pub struct Novel<P> {
    /// Which first-seen rule.
    pub rule: u32,
    /// In which group.
    pub group: GroupKey,
    /// The new value.
    pub value: ValueTuple,
    /// When the group's history begins.
    pub history_start: i64,
    /// The events that showed the new value, by time.
    pub events: Vec<P>,
    /// Times of the events.
    pub times: Vec<i64>,
}

/// What did not fit into the state limit, per rule: sightings that were left out.
pub type LeftOut = BTreeMap<u32, u64>;

#[derive(Debug)]
struct Group<P> {
    start: i64,
    values: HashMap<ValueTuple, Value<P>>,
}

#[derive(Debug)]
struct Value<P> {
    first: i64,
    alerts: Vec<(i64, P)>,
    /// Time of the earliest alert, kept or not
    earliest_alert: i64,
    /// Alerts behind the earliest that were let go
    not_kept: u64,
}

/// The values that groups have shown.
#[derive(Debug)]
pub struct FirstSeen<P> {
    rules: Vec<Novelty>,
    groups: Vec<HashMap<GroupKey, Group<P>>>,
    limit: usize,
    weight: usize,
    left_out: LeftOut,
}

const MOST_ALERTS_PER_VALUE: usize = 1000;
const GROUP_OVERHEAD: usize = 120;
const VALUE_OVERHEAD: usize = 96;

impl<P: Clone + Ord + Weigh> FirstSeen<P> {
    /// An empty history for these rules, which may take about `limit` bytes.
    #[must_use]
    pub fn new(rules: Vec<Novelty>, limit: usize) -> Self {
        let groups = rules.iter().map(|_| HashMap::new()).collect();
        Self {
            rules,
            groups,
            limit,
            weight: 0,
            left_out: LeftOut::new(),
        }
    }

    /// Takes one sighting. An unknown rule is ignored.
    pub fn observe(&mut self, sighting: Sighting<P>) {
        let index = sighting.rule as usize;
        let (Some(rule), Some(groups)) = (self.rules.get(index), self.groups.get_mut(index)) else {
            return;
        };
        let is_full = self.weight > self.limit;
        if is_full
            && !groups
                .get(&sighting.group)
                .is_some_and(|group| group.values.contains_key(&sighting.value))
        {
            *self.left_out.entry(sighting.rule).or_default() += 1;
            return;
        }
        let weight = &mut self.weight;
        let group_weight: usize = sighting
            .group
            .iter()
            .flatten()
            .map(|text| text.len() + 16)
            .sum();
        let group = groups.entry(sighting.group).or_insert_with(|| {
            *weight += group_weight + GROUP_OVERHEAD;
            Group {
                start: i64::MAX,
                values: HashMap::new(),
            }
        });
        if sighting.teaches {
            group.start = group.start.min(sighting.time);
        }
        let value_weight: usize = sighting.value.iter().map(|text| text.len() + 16).sum();
        let value = group.values.entry(sighting.value).or_insert_with(|| {
            *weight += value_weight + VALUE_OVERHEAD;
            Value {
                first: i64::MAX,
                alerts: Vec::new(),
                earliest_alert: i64::MAX,
                not_kept: 0,
            }
        });
        if sighting.teaches {
            value.first = value.first.min(sighting.time);
        }
        if sighting.alerts {
            *weight += value.alert(sighting.time, sighting.payload, rule.within);
        }
    }

    /// Estimated bytes of state.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.weight
    }

    /// The new values, ordered by rule, first event and group, and what was left out.
    #[must_use]
    pub fn finish(mut self) -> (Vec<Novel<P>>, LeftOut) {
        let mut found = Vec::new();
        let all_groups = std::mem::take(&mut self.groups);
        for (index, (rule, groups)) in self.rules.iter().zip(all_groups).enumerate() {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            for (key, group) in groups {
                for (name, mut value) in group.values {
                    // A value that only alerting events showed was first seen by the first of them.
                    let first = value.first.min(value.earliest_alert);
                    value
                        .alerts
                        .retain(|(time, _)| time.saturating_sub(first) <= rule.within);
                    let has_history = group.start < first && first - group.start >= rule.learning;
                    if value.alerts.is_empty() || !has_history {
                        continue;
                    }
                    value.alerts.sort();
                    if value.not_kept > 0 {
                        *self.left_out.entry(index).or_default() += value.not_kept;
                    }
                    found.push(Novel {
                        rule: index,
                        group: key.clone(),
                        value: name,
                        history_start: group.start,
                        times: value.alerts.iter().map(|(time, _)| *time).collect(),
                        events: value
                            .alerts
                            .into_iter()
                            .map(|(_, payload)| payload)
                            .collect(),
                    });
                }
            }
        }
        found.sort_by(|a, b| {
            (a.rule, &a.times, &a.group, &a.value, &a.events)
                .cmp(&(b.rule, &b.times, &b.group, &b.value, &b.events))
        });
        (found, self.left_out)
    }
}

impl<P: Ord + Weigh> Value<P> {
    /// Keeps an alert that may still be new; returns the weight added.
    fn alert(&mut self, time: i64, payload: P, within: i64) -> usize {
        self.earliest_alert = self.earliest_alert.min(time);
        if time.saturating_sub(self.first.min(self.earliest_alert)) > within {
            return 0;
        }
        let weight = payload.weight() + size_of::<(i64, P)>();
        self.alerts.push((time, payload));
        if self.alerts.len() > 2 * MOST_ALERTS_PER_VALUE {
            // The earliest are the ones that count as new.
            self.alerts.sort();
            let excess = self.alerts.len() - MOST_ALERTS_PER_VALUE;
            self.not_kept += excess as u64;
            self.alerts.truncate(MOST_ALERTS_PER_VALUE);
        }
        weight
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
    struct Event(u32);

    impl Weigh for Event {
        fn weight(&self) -> usize {
            4
        }
    }

    const DAY: i64 = 86_400;

    fn sighting(time: i64, value: &str) -> Sighting<Event> {
        Sighting {
            rule: 0,
            group: vec![Some("111122223333".into())].into(),
            value: vec![value.into()].into(),
            teaches: true,
            alerts: true,
            time,
            payload: Event(u32::try_from(time).unwrap()),
        }
    }

    fn run(within: i64, sightings: &[(i64, &str)]) -> Vec<(String, Vec<i64>)> {
        let mut state = FirstSeen::new(
            vec![Novelty {
                learning: 7 * DAY,
                within,
            }],
            1 << 20,
        );
        for (time, value) in sightings {
            state.observe(sighting(*time, value));
        }
        let (found, left_out) = state.finish();
        assert!(left_out.is_empty());
        found
            .into_iter()
            .map(|novel| (novel.value.concat(), novel.times))
            .collect()
    }

    #[test]
    fn a_value_after_enough_history_is_new_once() {
        let sightings = [
            (0, "a"),
            (DAY, "a"),
            (8 * DAY, "b"),
            (8 * DAY + 60, "b"),
            (9 * DAY, "a"),
        ];
        assert_eq!(run(0, &sightings), [("b".to_owned(), vec![8 * DAY])]);
        assert_eq!(
            run(60, &sightings),
            [("b".to_owned(), vec![8 * DAY, 8 * DAY + 60])]
        );
    }

    #[test]
    fn arrival_order_changes_nothing() {
        let sightings = [
            (9 * DAY, "b"),
            (8 * DAY, "b"),
            (0, "a"),
            (8 * DAY + 60, "b"),
        ];
        assert_eq!(
            run(60, &sightings),
            [("b".to_owned(), vec![8 * DAY, 8 * DAY + 60])]
        );
    }

    #[test]
    fn without_enough_history_nothing_is_new() {
        assert_eq!(run(0, &[(0, "a"), (6 * DAY, "b")]), []);
    }

    #[test]
    fn events_that_only_teach_raise_nothing_and_make_values_known() {
        let mut state = FirstSeen::new(
            vec![Novelty {
                learning: DAY,
                within: 0,
            }],
            1 << 20,
        );
        state.observe(Sighting {
            alerts: false,
            ..sighting(0, "a")
        });
        state.observe(Sighting {
            alerts: false,
            ..sighting(2 * DAY, "b")
        });
        state.observe(sighting(3 * DAY, "b"));
        state.observe(sighting(3 * DAY, "c"));
        let (found, _) = state.finish();
        assert_eq!(found.len(), 1);
        assert_eq!(&*found[0].value, ["c".into()]);
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let mut state = FirstSeen::new(
            vec![Novelty {
                learning: 0,
                within: 0,
            }],
            500,
        );
        for number in 0..100 {
            state.observe(sighting(number, &format!("value-{number}")));
        }
        let (_, left_out) = state.finish();
        assert!(left_out[&0] > 80);
    }
}
