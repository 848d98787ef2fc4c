//! Records of one call that were written for different readers.
//!
//! Caller and owner of a resource each receive a record of a call across accounts, and a network
//! activity record accompanies the record of its call. Each may hold what the other hides, and files
//! come in any order. So records that may have such a twin wait until all input is read, and then the
//! one that tells most stands for the call. Over the memory limit they are handed on at once; what
//! arrives later is linked to whichever record came first.

use std::collections::HashMap;

use rempart_sigma::correlate::Weigh;
use rempart_sigma::plan::{FirstSeenObservation, Observation};

use crate::batch::Matched;
use crate::event::EventRef;

/// Calls that are remembered after they were handed on.
const MOST_REMEMBERED: usize = 100_000;

/// Records that wait for their twins.
#[derive(Debug)]
pub(crate) struct Twins {
    waiting: HashMap<Box<str>, Vec<Matched>>,
    weight: usize,
    limit: usize,
    handed_on: HashMap<Box<str>, EventRef>,
    not_remembered: u64,
}

/// What becomes of a record.
#[derive(Debug)]
pub(crate) enum Fate {
    /// It waits.
    Waits,
    /// The limit is reached: these calls, each with all its records so far, are to be counted now.
    HandOn(Vec<Vec<Matched>>),
    /// Its call was counted already, by this record.
    TwinOf(EventRef, Matched),
}

impl Twins {
    /// Nothing waits; about `limit` bytes may.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            waiting: HashMap::new(),
            weight: 0,
            limit,
            handed_on: HashMap::new(),
            not_remembered: 0,
        }
    }

    /// Takes a record with a `sharedEventID`.
    pub(crate) fn take(&mut self, shared_id: &str, matched: Matched) -> Fate {
        if let Some(first) = self.handed_on.get(shared_id) {
            return Fate::TwinOf(first.clone(), matched);
        }
        self.weight += weight(&matched);
        match self.waiting.get_mut(shared_id) {
            Some(copies) => copies.push(matched),
            None => {
                self.waiting.insert(shared_id.into(), vec![matched]);
            }
        }
        if self.weight <= self.limit {
            Fate::Waits
        } else {
            Fate::HandOn(self.hand_on())
        }
    }

    /// Ends the waiting of all that wait now, and remembers their calls.
    pub(crate) fn hand_on(&mut self) -> Vec<Vec<Matched>> {
        let calls = self.finish();
        for copies in &calls {
            let Some(first) = copies.first() else {
                continue;
            };
            if self.handed_on.len() >= MOST_REMEMBERED {
                self.not_remembered += 1;
            } else if let Some(shared_id) = &first.event.0.shared_id {
                self.handed_on
                    .insert(shared_id.clone(), first.event.clone());
            }
        }
        calls
    }

    /// Everything that waits: calls by time, the records of each from the one that tells most.
    pub(crate) fn finish(&mut self) -> Vec<Vec<Matched>> {
        self.weight = 0;
        let mut calls: Vec<Vec<Matched>> = self.waiting.drain().map(|(_, copies)| copies).collect();
        for copies in &mut calls {
            copies.sort_by(|a, b| (b.richness, &a.event).cmp(&(a.richness, &b.event)));
        }
        // The order of the map must not reach the results.
        calls.sort_by(|a, b| {
            let of = |copies: &[Matched]| {
                let first = copies.first();
                first.map(|copy| (copy.event.0.time, copy.event.clone()))
            };
            of(a).cmp(&of(b))
        });
        calls
    }

    /// Calls whose further records cannot be linked any more.
    pub(crate) const fn not_remembered(&self) -> u64 {
        self.not_remembered
    }
}

fn weight(matched: &Matched) -> usize {
    size_of::<Matched>()
        + matched.event.weight()
        + matched.rules.len() * 4
        + matched.observations.len() * (size_of::<Observation>() + 64)
        + matched.first_seen.len() * (size_of::<FirstSeenObservation>() + 64)
}
