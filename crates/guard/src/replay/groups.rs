//! Calls with the same fate, grouped by caller, action and statement.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rempart_trail::time::EventTime;
use serde::Serialize;

/// Examples and session names of a group.
const MOST_EXAMPLES: usize = 3;

/// Calls of one caller for one action on which one statement bears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// The role of sessions, else the caller.
    pub principal: Arc<str>,
    /// The action.
    pub action: Arc<str>,
    /// Name of the policy.
    pub policy: Arc<str>,
    /// `Sid` of the statement, else its number; empty when no statement allows the action.
    pub statement: Arc<str>,
    /// What is not known: condition keys, `resource`. Empty for certain denials.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<Arc<str>>,
    /// How many calls.
    pub count: u64,
    /// Time of the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// Time of the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
    /// Ids of the first events.
    pub examples: Vec<Arc<str>>,
    /// Names of sessions, the first by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sessions: Vec<Arc<str>>,
}

/// Groups, most calls first, and what found no room.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Groups {
    /// The groups.
    pub groups: Vec<Group>,
    /// Calls counted in no group, since there are too many groups.
    pub others: u64,
}

/// What makes a group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct GroupKey {
    pub(super) principal: Arc<str>,
    pub(super) action: Arc<str>,
    pub(super) policy: Arc<str>,
    pub(super) statement: Arc<str>,
    pub(super) unknown: Vec<Arc<str>>,
}

/// One call of a group.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) time: Option<EventTime>,
    pub(super) event_id: &'a str,
    pub(super) session: Option<&'a str>,
}

#[derive(Debug, Default)]
struct Members {
    count: u64,
    first: Option<i64>,
    last: Option<i64>,
    examples: BTreeSet<(i64, Arc<str>)>,
    sessions: BTreeSet<Arc<str>>,
}

/// Groups that are being filled. When there are too many, those that come last by name make room:
/// which ones remain depends neither on the order of the calls nor on how they are split over threads.
#[derive(Debug)]
pub(super) struct OpenGroups {
    groups: BTreeMap<GroupKey, Members>,
    most: usize,
    others: u64,
}

impl OpenGroups {
    pub(super) fn new(most: usize) -> Self {
        Self {
            groups: BTreeMap::new(),
            most: most.max(1),
            others: 0,
        }
    }

    pub(super) fn add(&mut self, key: GroupKey, call: Call<'_>) {
        let mut members = Members::default();
        members.add(call);
        self.put(key, members);
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.others += other.others;
        for (key, members) in other.groups {
            self.put(key, members);
        }
    }

    fn put(&mut self, key: GroupKey, members: Members) {
        if let Some(known) = self.groups.get_mut(&key) {
            known.merge(members);
            return;
        }
        let is_full = self.groups.len() >= self.most;
        let is_behind = self
            .groups
            .last_key_value()
            .is_some_and(|(last, _)| key > *last);
        if is_full && is_behind {
            self.others += members.count;
            return;
        }
        self.groups.insert(key, members);
        if is_full && let Some((_, last)) = self.groups.pop_last() {
            self.others += last.count;
        }
    }

    pub(super) fn finish(self) -> Groups {
        let mut groups: Vec<Group> = self
            .groups
            .into_iter()
            .map(|(key, members)| members.group(key))
            .collect();
        // The sort is stable: groups of equal size stay in the order of their names.
        groups.sort_by_key(|group| std::cmp::Reverse(group.count));
        Groups {
            groups,
            others: self.others,
        }
    }
}

impl Members {
    fn add(&mut self, call: Call<'_>) {
        self.count += 1;
        let time = call.time.map(|time| time.0);
        self.first = time;
        self.last = time;
        // Calls without a time come last.
        let order = time.unwrap_or(i64::MAX);
        self.examples.insert((order, call.event_id.into()));
        self.sessions.extend(call.session.map(Into::into));
    }

    fn merge(&mut self, other: Self) {
        self.count += other.count;
        let both = |a: Option<i64>, b: Option<i64>, pick: fn(i64, i64) -> i64| match (a, b) {
            (Some(a), Some(b)) => Some(pick(a, b)),
            (one, other) => one.or(other),
        };
        self.first = both(self.first, other.first, i64::min);
        self.last = both(self.last, other.last, i64::max);
        self.examples.extend(other.examples);
        self.sessions.extend(other.sessions);
        while self.examples.len() > MOST_EXAMPLES {
            self.examples.pop_last();
        }
        while self.sessions.len() > MOST_EXAMPLES {
            self.sessions.pop_last();
        }
    }

    fn group(self, key: GroupKey) -> Group {
        let time = |seconds: Option<i64>| seconds.map(|time| EventTime(time).to_rfc3339());
        Group {
            principal: key.principal,
            action: key.action,
            policy: key.policy,
            statement: key.statement,
            unknown: key.unknown,
            count: self.count,
            first: time(self.first),
            last: time(self.last),
            examples: self.examples.into_iter().map(|(_, id)| id).collect(),
            sessions: self.sessions.into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> GroupKey {
        GroupKey {
            principal: name.into(),
            action: "a".into(),
            policy: "p".into(),
            statement: "s".into(),
            unknown: Vec::new(),
        }
    }

    #[test]
    fn what_finds_no_room_is_the_same_in_every_order() {
        let mut calls: Vec<String> = (0..60).map(|n| format!("{:02}", (n * 7) % 12)).collect();
        let mut results = Vec::new();
        for _ in 0..2 {
            let mut parts = [OpenGroups::new(5), OpenGroups::new(5)];
            for (number, name) in calls.iter().enumerate() {
                let call = Call {
                    time: Some(EventTime(100)),
                    event_id: name,
                    session: None,
                };
                parts[number % 2].add(key(name), call);
            }
            let [mut one, other] = parts;
            one.merge(other);
            results.push(one.finish());
            calls.reverse();
        }
        assert_eq!(results[0], results[1]);
        assert_eq!(results[0].groups.len(), 5);
        let counted: u64 = results[0].groups.iter().map(|group| group.count).sum();
        assert_eq!(counted + results[0].others, 60);
    }
}
