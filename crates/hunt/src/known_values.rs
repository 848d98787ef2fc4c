//! Sightings that cannot matter any more.
//!
//! Rules that watch for new values see the same few values over and over. Once a thread has handed
//! over a sighting of a value, a later one of the same value neither makes the value known earlier nor
//! raises an alert beyond the rule's `within`; it is left out before anything is built for it. What is
//! left out changes no result.

use hashbrown::{Equivalent, HashMap};
use rempart_sigma::plan::{FirstSeenObservation, Group, RuleId, ValueTuple};

use crate::rulebook::RuleBook;

/// Values that a thread remembers before starting anew; forgetting costs time, not correctness.
const MOST_VALUES: usize = 100_000;

/// Values whose first sighting by this thread has been handed over.
#[derive(Debug, Default)]
pub(crate) struct KnownValues {
    earliest: HashMap<Key, i64>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    rule: RuleId,
    group: Group,
    value: ValueTuple,
}

#[derive(Hash)]
struct KeyRef<'a> {
    rule: RuleId,
    group: &'a Group,
    value: &'a ValueTuple,
}

impl Equivalent<Key> for KeyRef<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.rule == key.rule && *self.group == key.group && *self.value == key.value
    }
}

impl KnownValues {
    /// Whether a sighting at `time` can still change a result. Remembers it if it makes its value known.
    pub(crate) fn may_matter(
        &mut self,
        book: &RuleBook,
        seen: &FirstSeenObservation,
        time: i64,
    ) -> bool {
        let novelty = book
            .novelty_of(seen.rule)
            .and_then(|place| book.novelties().get(place as usize));
        let Some(novelty) = novelty else { return false };
        let key = KeyRef {
            rule: seen.rule,
            group: &seen.group,
            value: &seen.value,
        };
        let known = self.earliest.get_mut(&key);
        if let Some(earliest) = known.as_ref().map(|earliest| **earliest)
            && earliest <= time
        {
            return seen.alerts && time - earliest <= novelty.within;
        }
        if seen.teaches {
            match known {
                Some(earliest) => *earliest = time,
                None => {
                    if self.earliest.len() >= MOST_VALUES {
                        self.earliest.clear();
                    }
                    let key = Key {
                        rule: seen.rule,
                        group: seen.group.clone(),
                        value: seen.value.clone(),
                    };
                    self.earliest.insert(key, time);
                }
            }
        }
        true
    }
}
