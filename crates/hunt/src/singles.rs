//! Matches of single-event rules, gathered into findings-to-be.
//!
//! Events of one rule, principal, account and Region that follow each other within a day make one
//! finding: a responder reads 'stopped four trails', not four findings.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use rempart_sigma::plan::RuleId;

use crate::event::EventRef;

/// Events further apart than this make separate findings, seconds.
pub const GAP: i64 = 24 * 3600;

/// Events that one finding lists.
pub const MOST_EVENTS: usize = 1000;
/// Events that all gathered findings together list before they only count.
const MOST_EVENTS_IN_ALL: usize = 100_000;
/// Events listed in any case, so that no finding stands without evidence.
const FEWEST_EVENTS: usize = 3;

/// What makes events belong together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    rule: RuleId,
    principal: Arc<str>,
    account: Arc<str>,
    region: Arc<str>,
}

/// Events of one rule and principal close in time.
#[derive(Debug)]
pub struct Gathered {
    /// The rule that they match.
    pub rule: RuleId,
    /// The events, by time; the earliest of them when there were too many.
    pub events: Vec<EventRef>,
    /// How many there were.
    pub count: u64,
    /// How many of them failed.
    pub failed: u64,
    /// Time of the first.
    pub first: i64,
    /// Time of the last.
    pub last: i64,
    /// Records of the same calls from another account's or the network's view.
    pub twins: Vec<EventRef>,
    /// Guardrails that would have stopped some of them, listed or not.
    pub guardrails: BTreeSet<Arc<str>>,
}

/// Gathers matches of single-event rules.
#[derive(Debug, Default)]
pub struct Singles {
    gathered: BTreeMap<Key, Vec<Gathered>>,
    listed: usize,
    not_listed: u64,
}

impl Singles {
    /// Adds a match.
    pub fn add(&mut self, rule: RuleId, event: &EventRef) {
        let info = &event.0;
        let may_list_more = self.listed < MOST_EVENTS_IN_ALL;
        let key = key(rule, event);
        let segments = self.gathered.entry(key).or_default();
        let place = segments.iter().position(|segment| {
            info.time >= segment.first - GAP && info.time <= segment.last + GAP
        });
        let segment = match place.and_then(|place| segments.get_mut(place)) {
            Some(segment) => segment,
            None => {
                segments.push(Gathered::new(rule, info.time));
                let Some(segment) = segments.last_mut() else {
                    return;
                };
                segment
            }
        };
        segment.first = segment.first.min(info.time);
        segment.last = segment.last.max(info.time);
        segment.count += 1;
        segment.failed += u64::from(info.failed);
        segment.guardrails.extend(info.guardrails.iter().cloned());
        if segment.events.len() >= FEWEST_EVENTS && !may_list_more {
            self.not_listed += 1;
            return;
        }
        segment.events.push(event.clone());
        self.listed += 1;
        if segment.events.len() >= 2 * MOST_EVENTS {
            let left_out = segment.keep_earliest();
            self.listed -= left_out;
            self.not_listed += left_out as u64;
        }
    }

    /// Adds another view of a call whose first view was `of`.
    pub fn add_twin(&mut self, rule: RuleId, of: &EventRef, twin: &EventRef) {
        let segments = self.gathered.get_mut(&key(rule, of));
        let segment = segments.and_then(|segments| {
            segments
                .iter_mut()
                .find(|segment| of.0.time >= segment.first && of.0.time <= segment.last)
        });
        match segment {
            Some(segment) => {
                let stopping = twin.0.guardrails.iter().cloned();
                segment.guardrails.extend(stopping);
                if segment.twins.len() < MOST_EVENTS {
                    segment.twins.push(twin.clone());
                } else {
                    self.not_listed += 1;
                }
            }
            // The first view did not match this rule.
            None => self.add(rule, twin),
        }
    }

    /// The gathered events, by rule, principal and time, and how many events were counted but not
    /// listed.
    #[must_use]
    pub fn finish(self) -> (Vec<Gathered>, u64) {
        let mut not_listed = self.not_listed;
        let mut found = Vec::new();
        for (_, segments) in self.gathered {
            found.extend(joined(segments));
        }
        for gathered in &mut found {
            not_listed += gathered.keep_earliest() as u64;
            let twins = &mut gathered.twins;
            twins.sort_by(|a, b| (a.0.time, a).cmp(&(b.0.time, b)));
            let mut seen = HashSet::new();
            twins.retain(|twin| seen.insert(twin.0.id.clone()));
            not_listed += twins.len().saturating_sub(MOST_EVENTS) as u64;
            twins.truncate(MOST_EVENTS);
        }
        (found, not_listed)
    }
}

impl Gathered {
    const fn new(rule: RuleId, time: i64) -> Self {
        Self {
            rule,
            events: Vec::new(),
            count: 0,
            failed: 0,
            first: time,
            last: time,
            twins: Vec::new(),
            guardrails: BTreeSet::new(),
        }
    }

    /// Sorts the events and leaves the earliest, so that the order of arrival does not decide which
    /// are listed. Returns how many went.
    fn keep_earliest(&mut self) -> usize {
        self.events
            .sort_by(|a, b| (a.0.time, a).cmp(&(b.0.time, b)));
        let left_out = self.events.len().saturating_sub(MOST_EVENTS);
        self.events.truncate(MOST_EVENTS);
        left_out
    }
}

fn key(rule: RuleId, event: &EventRef) -> Key {
    let info = &event.0;
    Key {
        rule,
        principal: Arc::clone(&info.principal),
        account: Arc::clone(&info.account),
        region: Arc::clone(&info.region),
    }
}

/// Joins segments that later events brought within reach of each other, so that the order of arrival
/// does not show.
fn joined(mut segments: Vec<Gathered>) -> Vec<Gathered> {
    segments.sort_by_key(|segment| segment.first);
    let mut joined: Vec<Gathered> = Vec::new();
    for segment in segments {
        match joined.last_mut() {
            Some(last) if segment.first - last.last <= GAP => {
                last.last = last.last.max(segment.last);
                last.count += segment.count;
                last.failed += segment.failed;
                last.events.extend(segment.events);
                last.twins.extend(segment.twins);
                last.guardrails.extend(segment.guardrails);
            }
            _ => joined.push(segment),
        }
    }
    joined
}
