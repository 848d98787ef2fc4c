//! Which events would have been stopped, and by what.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rempart_trail::dedup::EventKey;
use sha2::{Digest, Sha256};

/// Names of statements: `policy/Sid`.
type Names = Arc<[Arc<str>]>;

/// Ids of events with the statements that deny them. When there are too many, the greatest ids make
/// room, whatever the order in which they come.
#[derive(Debug, Clone, Default)]
pub(super) struct StoppedEvents {
    events: BTreeMap<u128, u32>,
    sets: Vec<Names>,
    numbers: HashMap<Names, u32>,
    most: usize,
    left_out: bool,
}

impl StoppedEvents {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            ..Self::default()
        }
    }

    pub(super) fn add(&mut self, key: &EventKey<'_>, names: Vec<Arc<str>>) {
        self.put(hashed(key), names.into());
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.left_out |= other.left_out;
        for (event, set) in other.events {
            if let Some(names) = other.sets.get(set as usize) {
                self.put(event, Arc::clone(names));
            }
        }
    }

    fn put(&mut self, event: u128, names: Names) {
        // Records with one id and different bytes may be stopped by different statements.
        let names = match self.events.get(&event).and_then(|set| self.names(*set)) {
            Some(known) => {
                let mut all: Vec<Arc<str>> = known.iter().chain(&*names).cloned().collect();
                all.sort_unstable();
                all.dedup();
                all.into()
            }
            None => names,
        };
        let number = self.number(names);
        self.events.insert(event, number);
        if self.events.len() > self.most {
            self.events.pop_last();
            self.left_out = true;
        }
    }

    fn number(&mut self, names: Names) -> u32 {
        if let Some(number) = self.numbers.get(&names) {
            return *number;
        }
        // There are far fewer combinations of statements than this.
        let number = u32::try_from(self.sets.len()).unwrap_or(u32::MAX);
        self.sets.push(Arc::clone(&names));
        self.numbers.insert(names, number);
        number
    }

    fn names(&self, set: u32) -> Option<&Names> {
        self.sets.get(set as usize)
    }

    /// The statements that stop an event.
    pub(super) fn of(&self, event_id: &str) -> Option<&[Arc<str>]> {
        let set = self.events.get(&hashed_text(event_id))?;
        self.names(*set).map(|names| &**names)
    }

    pub(super) fn is_whole(&self) -> bool {
        !self.left_out
    }

    /// All events with their statements, to compare reports.
    #[cfg(test)]
    pub(super) fn all(&self) -> Vec<(u128, Names)> {
        let named = self.events.iter();
        named
            .filter_map(|(event, set)| Some((*event, self.names(*set)?.clone())))
            .collect()
    }
}

fn hashed(key: &EventKey<'_>) -> u128 {
    match key {
        EventKey::Uuid(uuid) => *uuid,
        EventKey::Text(text) => digest(text),
    }
}

/// As [`hashed`], for an id as findings carry it.
fn hashed_text(event_id: &str) -> u128 {
    let digits: String = event_id.chars().filter(|letter| *letter != '-').collect();
    let dashes = [8, 13, 18, 23];
    let is_uuid = event_id.len() == 36
        && digits.len() == 32
        && dashes
            .iter()
            .all(|place| event_id.as_bytes().get(*place) == Some(&b'-'));
    match u128::from_str_radix(&digits, 16) {
        Ok(uuid) if is_uuid && !digits.starts_with('+') => uuid,
        _ => digest(event_id),
    }
}

fn digest(text: &str) -> u128 {
    let digest = Sha256::digest(text.as_bytes());
    let mut first = [0_u8; 16];
    for (to, from) in first.iter_mut().zip(digest.iter()) {
        *to = *from;
    }
    u128::from_be_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_both_kinds_are_found_again() {
        let mut events = StoppedEvents::new(10);
        let uuid = "00000000-0000-4000-8000-0000000000aa";
        let number = u128::from_str_radix(&uuid.replace('-', ""), 16).unwrap();
        events.add(&EventKey::Uuid(number), vec!["p/a".into()]);
        events.add(&EventKey::Text("odd".into()), vec!["p/b".into()]);
        events.add(&EventKey::Text("odd".into()), vec!["p/a".into()]);
        assert_eq!(events.of(uuid), Some(&["p/a".into()][..]));
        assert_eq!(events.of("odd"), Some(&["p/a".into(), "p/b".into()][..]));
        assert_eq!(events.of("other"), None);
        assert!(events.is_whole());
    }

    #[test]
    fn memory_is_bounded_and_the_rest_is_said() {
        let mut events = StoppedEvents::new(2);
        for number in [3, 1, 2] {
            events.add(&EventKey::Uuid(number), vec!["p/a".into()]);
        }
        assert!(!events.is_whole());
        let kept: Vec<u128> = events.all().iter().map(|(event, _)| *event).collect();
        assert_eq!(kept, [1, 2]);
    }
}
