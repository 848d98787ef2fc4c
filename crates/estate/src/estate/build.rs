//! From answers to resources.

mod draft;

use foldhash::fast::RandomState;
use hashbrown::{HashMap, HashTable};
use std::hash::BuildHasher;
use std::sync::Mutex;

use super::bodies::{Cache, SourceFile};
use super::{Estate, Place, Problem};
use crate::answer::{Answer, sha256};
use crate::kind::kinds;
use crate::scan::{Entry, Fact, Location, Said, index};
use draft::{Draft, Drafting, settle};

/// What the estate knows about a resource beside what it shows.
#[derive(Debug)]
pub(super) struct Detail {
    pub(super) origin: Option<Origin>,
    /// Further pages of the primary operation.
    pub(super) pages: Vec<u32>,
    /// The search that found it.
    pub(super) search: Option<(u32, usize, u32)>,
    /// The call that should have told and did not.
    pub(super) refused: Option<u32>,
    /// Whether it belongs to the account, and is not only referred to.
    pub(super) counts: bool,
    /// Values of variables that facets need.
    pub(super) values: Vec<(usize, Box<str>)>,
}

/// Where the body of a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The whole answer.
    Whole(u32),
    /// An element: entry, source of the kind, position.
    Element(u32, usize, u32),
}

/// Collects answers.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    sources: Vec<SourceFile>,
    problems: Vec<Problem>,
    places: Vec<Place>,
    place_numbers: HashMap<Place, u32, RandomState>,
    operations: Vec<String>,
    operation_numbers: HashMap<String, u32, RandomState>,
    entries: Vec<Entry>,
    superseded: Vec<bool>,
    /// Entries by place, operation, parameters, page.
    known: HashTable<u32>,
    hasher: RandomState,
    facts: Vec<(u32, Fact)>,
    keys: Vec<(u32, Box<str>)>,
}

impl Builder {
    pub(crate) fn add_source(&mut self, source: SourceFile) -> u32 {
        self.sources.push(source);
        u32::try_from(self.sources.len() - 1).unwrap_or(u32::MAX)
    }

    pub(crate) fn add_file(&mut self, path: &std::path::Path) -> u32 {
        self.add_source(SourceFile::file(path))
    }

    pub(crate) fn add_problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    pub(crate) fn add(&mut self, answer: Answer, source: u32, line: u64) {
        let place = Place::new(answer.account.clone(), answer.region.clone());
        let place = self.place(&place);
        let operation = self.operation(&answer.operation);
        let digest = sha256(&answer.body);
        let nowhere = Location::Memory(Box::default());
        let (mut entry, said) = index(&answer, digest, source, line, nowhere);
        entry.location = Location::Memory(answer.body.into_boxed_slice());
        self.add_entry(entry, operation, place, said);
    }

    pub(crate) fn place(&mut self, place: &Place) -> u32 {
        if let Some(number) = self.place_numbers.get(place) {
            return *number;
        }
        let number = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        self.places.push(place.clone());
        self.place_numbers.insert(place.clone(), number);
        number
    }

    pub(crate) fn operation(&mut self, operation: &str) -> u32 {
        if let Some(number) = self.operation_numbers.get(operation) {
            return *number;
        }
        let number = u32::try_from(self.operations.len()).unwrap_or(u32::MAX);
        self.operations.push(operation.to_owned());
        self.operation_numbers.insert(operation.to_owned(), number);
        number
    }

    pub(crate) fn add_entry(&mut self, mut entry: Entry, operation: u32, place: u32, said: Said) {
        entry.operation = operation;
        entry.place = place;
        let number = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        if let Some(reason) = said.problem {
            self.problem_at(&entry, reason);
        }
        let superseded = self.supersede(&entry, number);
        self.entries.push(entry);
        self.superseded.push(superseded);
        if !superseded {
            let facts = said.facts.into_iter().map(|fact| (number, fact));
            self.facts.extend(facts);
            self.keys
                .extend(said.keys.into_iter().map(|key| (number, key)));
        }
    }

    fn problem_at(&mut self, entry: &Entry, reason: String) {
        let source = usize::try_from(entry.source).unwrap_or(usize::MAX);
        let file = self.sources.get(source).map(SourceFile::name);
        self.problems.push(Problem {
            file: file.unwrap_or_default().to_owned(),
            line: entry.line,
            reason,
        });
    }

    /// Whether an answer to the same question is newer. An older one is superseded by this.
    fn supersede(&mut self, entry: &Entry, number: u32) -> bool {
        let hash_of = |hasher: &RandomState, entry: &Entry| {
            hasher.hash_one((entry.place, entry.operation, &entry.parameters, entry.page))
        };
        let entries = &self.entries;
        let same = |other: &u32| {
            entry_at(entries, *other).is_some_and(|other| {
                other.place == entry.place
                    && other.operation == entry.operation
                    && other.page == entry.page
                    && other.parameters == entry.parameters
            })
        };
        let hash = hash_of(&self.hasher, entry);
        let Some(slot) = self.known.find_mut(hash, same) else {
            let hasher = &self.hasher;
            self.known.insert_unique(hash, number, |other| {
                entry_at(entries, *other).map_or(0, |other| hash_of(hasher, other))
            });
            return false;
        };
        let earlier = *slot;
        let Some(other) = entry_at(entries, earlier) else {
            return false;
        };
        let newer = entry.at >= other.at;
        let reason = if newer {
            "answers the same as an earlier one, which it replaces"
        } else {
            "answers the same as a newer one, which is kept"
        };
        if newer {
            *slot = number;
            let position = usize::try_from(earlier).unwrap_or(usize::MAX);
            if let Some(superseded) = self.superseded.get_mut(position) {
                *superseded = true;
            }
        }
        self.problem_at(entry, reason.to_owned());
        !newer
    }

    pub(crate) fn finish(mut self) -> Estate {
        self.sort_places();
        let superseded = std::mem::take(&mut self.superseded);
        let stands = |number: u32| {
            let position = usize::try_from(number).unwrap_or(usize::MAX);
            !superseded.get(position).copied().unwrap_or_default()
        };
        let mut facts = std::mem::take(&mut self.facts);
        facts.retain(|(number, _)| stands(*number));
        facts.sort_by_key(|(_, fact)| (fact.kind, fact.says.rank()));
        let mut asked: HashMap<(u32, u32), Vec<u32>, RandomState> = HashMap::default();
        for (number, entry) in (0..).zip(&self.entries) {
            if stands(number) {
                let numbers = asked.entry((entry.operation, entry.place)).or_default();
                numbers.push(number);
            }
        }
        for numbers in asked.values_mut() {
            let order = |number: &u32| {
                entry_at(&self.entries, *number).map(|entry| (&entry.parameters, entry.page))
            };
            numbers.sort_by(|left, right| order(left).cmp(&order(right)));
        }
        let mut about: HashMap<Box<str>, Vec<u32>, RandomState> = HashMap::default();
        for (number, key) in std::mem::take(&mut self.keys) {
            if stands(number) {
                about.entry(key).or_default().push(number);
            }
        }
        let drafts = self.drafts(facts, &asked);
        self.problems.sort();
        self.problems.dedup();
        let mut estate = Estate {
            sources: self.sources,
            problems: self.problems,
            places: self.places,
            operations: self.operations,
            entries: self.entries,
            asked,
            about,
            resources: Vec::new(),
            details: Vec::new(),
            starts: vec![0; kinds().len() + 1],
            references: HashMap::default(),
            place_numbers: self.place_numbers,
            operation_numbers: self.operation_numbers,
            cache: Mutex::new(Cache::default()),
            listings: Mutex::new(HashMap::default()),
        };
        settle(&mut estate, drafts);
        estate
    }

    /// Places that were asked, in order; numbers follow.
    fn sort_places(&mut self) {
        let mut order: Vec<_> = self.places.iter().cloned().zip(0_u32..).collect();
        order.sort();
        let mut renamed = vec![0; order.len()];
        for (new, (_, old)) in (0_u32..).zip(&order) {
            let old = usize::try_from(*old).unwrap_or(usize::MAX);
            if let Some(slot) = renamed.get_mut(old) {
                *slot = new;
            }
        }
        for entry in &mut self.entries {
            let old = usize::try_from(entry.place).unwrap_or(usize::MAX);
            entry.place = renamed.get(old).copied().unwrap_or_default();
        }
        self.places = order.into_iter().map(|(place, _)| place).collect();
        let numbered = self.places.iter().cloned().zip(0_u32..);
        self.place_numbers = numbered.collect();
    }

    fn drafts(
        &self,
        facts: Vec<(u32, Fact)>,
        asked: &HashMap<(u32, u32), Vec<u32>, RandomState>,
    ) -> Vec<Draft> {
        let mut drafting = Drafting::default();
        for (number, fact) in facts {
            let entry = entry_at(&self.entries, number);
            let place = entry.and_then(|entry| {
                let position = usize::try_from(entry.place).ok()?;
                self.places.get(position)
            });
            if let (Some(entry), Some(place)) = (entry, place) {
                drafting.add(number, entry, place, fact);
            }
        }
        let mut drafts = drafting.drafts;
        for draft in &mut drafts {
            draft.counts = draft.counts || draft.implied && !self.was_listed(draft, asked);
        }
        drafts.retain(|draft| !draft.gone || draft.origin.is_some());
        drafts
    }

    /// Whether the kind was listed where the resource is.
    fn was_listed(
        &self,
        draft: &Draft,
        asked: &HashMap<(u32, u32), Vec<u32>, RandomState>,
    ) -> bool {
        let Some(kind) = kinds().get(draft.kind) else {
            return false;
        };
        let places = [draft.place.clone(), draft.place.global()];
        kind.listings().iter().any(|operation| {
            let operation = self.operation_numbers.get(*operation);
            operation.is_some_and(|operation| {
                places.iter().any(|place| {
                    let place = self.place_numbers.get(place);
                    place.is_some_and(|place| asked.contains_key(&(*operation, *place)))
                })
            })
        })
    }
}

pub(super) fn entry_at(entries: &[Entry], number: u32) -> Option<&Entry> {
    entries.get(usize::try_from(number).ok()?)
}
