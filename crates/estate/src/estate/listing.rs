//! Whether everything of a kind in a place is known.

use hashbrown::HashSet;

use super::build::entry_at;
use super::{Estate, GLOBAL, Place};
use crate::answer::Outcome;
use crate::gap::Gap;
use crate::kind::{self, Kind, Role, kinds};
use crate::scan::{Entry, has_more};

/// Lists that hang on lists: grants on keys, assignments on permission sets on instances.
const DEEPEST: usize = 8;

impl Estate {
    /// Why the resources of a kind in a place are not all known; none when they are.
    pub(super) fn listing_gap(&self, position: usize, place: &Place) -> Option<Gap> {
        self.listing_gap_at(position, place, 0)
    }

    fn listing_gap_at(&self, position: usize, place: &Place, depth: usize) -> Option<Gap> {
        let kind = kinds().get(position)?;
        let key = (position, place.clone());
        if let Ok(listings) = self.listings.lock()
            && let Some(known) = listings.get(&key)
        {
            return known.clone();
        }
        let gap = if self.is_of_regions(kind, place) {
            self.gap_of_regions(position, place, depth)
        } else {
            self.gap_here(position, place, depth)
        };
        if let Ok(mut listings) = self.listings.lock() {
            listings.insert(key, gap.clone());
        }
        gap
    }

    /// Whether the place is an account, and the kind is listed region by region.
    fn is_of_regions(&self, kind: &Kind, place: &Place) -> bool {
        let mut listings = kind.listings().into_iter();
        place.is_global()
            && listings.all(|operation| self.numbers_near(operation, place).is_empty())
    }

    /// The first gap of the account's regions; those without the service have none.
    fn gap_of_regions(&self, position: usize, place: &Place, depth: usize) -> Option<Gap> {
        let mut regions = self
            .places
            .iter()
            .filter(|region| region.account == place.account && !region.is_global());
        let mut asked = false;
        let gap = regions.find_map(|region| {
            let gap = self.listing_gap_at(position, region, depth);
            asked |= !matches!(gap, Some(Gap::NotCollected { .. }));
            gap.filter(|gap| !matches!(gap, Gap::NotInRegion { .. }))
        });
        match gap {
            None if !asked => self.gap_here(position, place, depth),
            gap => gap,
        }
    }

    fn gap_here(&self, position: usize, place: &Place, depth: usize) -> Option<Gap> {
        let kind = kinds().get(position)?;
        let mut first = None;
        for operation in kind.listings() {
            match self.operation_gap(position, operation, place, depth) {
                None => return None,
                Some(gap) => {
                    first.get_or_insert(gap);
                }
            }
        }
        Some(first.unwrap_or_else(|| Gap::NotCollected {
            operation: kind.primary().unwrap_or(kind.name()).to_owned(),
        }))
    }

    fn operation_gap(
        &self,
        position: usize,
        operation: &str,
        place: &Place,
        depth: usize,
    ) -> Option<Gap> {
        let not_collected = || {
            Some(Gap::NotCollected {
                operation: operation.to_owned(),
            })
        };
        let kind = kinds().get(position)?;
        let source = kind
            .sources
            .iter()
            .find(|source| source.operation == operation)?;
        let numbers = self.numbers_near(operation, place);
        let parent = source.per.and_then(kind::position);
        if numbers.is_empty() && parent.is_none() {
            return not_collected();
        }
        // A description of one resource does not list the others.
        let is_single = matches!(source.role, Role::Describe | Role::Seen);
        if is_single && !source.parameters.is_empty() {
            return not_collected();
        }
        if let Some(gap) = self.pages_gap(numbers) {
            return Some(gap);
        }
        let parent = parent?;
        if depth >= DEEPEST {
            return not_collected();
        }
        if let Some(gap) = self.listing_gap_at(parent, place, depth + 1) {
            return Some(gap);
        }
        let mut named = HashSet::new();
        for number in numbers {
            if let Some(entry) = entry_at(&self.entries, *number) {
                strings_of(&entry.parameters, &mut named);
            }
        }
        let missing = self.of_kind(parent).iter().any(|resource| {
            let here = resource.place == *place || place.is_global() || resource.place.is_global();
            here && resource.place.account == place.account
                && self.counts(resource)
                && !named.contains(resource.id.as_str())
                && !resource
                    .arn
                    .as_deref()
                    .is_some_and(|arn| named.contains(arn))
                && !named.contains(resource.id.rsplit('/').next().unwrap_or_default())
        });
        if missing { not_collected() } else { None }
    }

    /// Answers of an operation in a place, or in the account's place without region.
    pub(super) fn numbers_near(&self, operation: &str, place: &Place) -> &[u32] {
        let Some(operation) = self.operation_numbers.get(operation) else {
            return &[];
        };
        let in_place = |place: &Place| {
            let place = self.place_numbers.get(place)?;
            self.asked.get(&(*operation, *place))
        };
        let here = in_place(place);
        let near = if place.region == GLOBAL {
            None
        } else {
            in_place(&place.global())
        };
        here.or(near).map_or(&[], Vec::as_slice)
    }

    /// What is missing of lists: answers are sorted by parameters and page.
    pub(super) fn pages_gap(&self, numbers: &[u32]) -> Option<Gap> {
        let mut previous: Option<(u32, &Entry)> = None;
        for number in numbers {
            let entry = entry_at(&self.entries, *number)?;
            let continued = previous.filter(|(_, previous)| {
                previous.parameters == entry.parameters && previous.place == entry.place
            });
            let expected = match (continued, previous) {
                (Some((_, previous)), _) => previous.page.saturating_add(1),
                (None, Some((last, previous))) => {
                    if let Some(gap) = self.end_gap(last, previous) {
                        return Some(gap);
                    }
                    0
                }
                (None, None) => 0,
            };
            match entry.outcome {
                Outcome::Ok if entry.page == expected => {}
                Outcome::Ok => return Some(self.page_missing(entry, expected)),
                Outcome::Absent | Outcome::Gone => {}
                _ => return Some(self.gap_of(entry)),
            }
            previous = Some((*number, entry));
        }
        let (last, entry) = previous?;
        self.end_gap(last, entry)
    }

    /// Why the last page that is there is not the last.
    fn end_gap(&self, number: u32, last: &Entry) -> Option<Gap> {
        let continued = last.outcome == Outcome::Ok && self.is_continued(number, last);
        continued.then(|| self.page_missing(last, last.page.saturating_add(1)))
    }

    fn page_missing(&self, entry: &Entry, page: u32) -> Gap {
        Gap::Failed {
            operation: self.operation_of(entry).to_owned(),
            reason: format!("page {page} is missing"),
        }
    }

    /// Whether another page follows. What cannot be read is a gap of its own.
    fn is_continued(&self, number: u32, entry: &Entry) -> bool {
        let more = || self.decoded(number).is_ok_and(|body| has_more(&body));
        entry.more.unwrap_or_else(more)
    }
}

fn strings_of(parameters: &str, into: &mut HashSet<String>) {
    fn walk(value: &serde_json::Value, into: &mut HashSet<String>) {
        match value {
            serde_json::Value::String(text) => {
                into.insert(text.clone());
            }
            serde_json::Value::Array(elements) => {
                for element in elements {
                    walk(element, into);
                }
            }
            serde_json::Value::Object(members) => {
                for member in members.values() {
                    walk(member, into);
                }
            }
            _ => {}
        }
    }
    if let Ok(value) = serde_json::from_str(parameters) {
        walk(&value, into);
    }
}
