//! From references to resources, from resources to answers.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::bodies::CacheKey;
use super::build::{Detail, Origin, entry_at};
use super::{Estate, Found, Place, Resource};
use crate::gap::Gap;
use crate::kind::{self, Kind, Role, Term, kinds};
use crate::scan::facet_keys;
use crate::unknown::{unknown, unknown_reason};

impl Estate {
    /// The resource that a name, id or ARN means when it is used in `from`.
    pub fn find(&self, kind: &str, reference: &str, from: &Place) -> Result<&Resource, Gap> {
        let unresolvable = || Gap::Unresolvable {
            reference: reference.to_owned(),
        };
        let mut gap = None;
        for position in kind::members(kind) {
            match self.find_one(position, reference, from) {
                Ok(resource) => return Ok(resource),
                Err(other) => {
                    gap.get_or_insert(other);
                }
            }
        }
        Err(gap.unwrap_or_else(unresolvable))
    }

    fn find_one(&self, position: usize, reference: &str, from: &Place) -> Result<&Resource, Gap> {
        let unresolvable = || Gap::Unresolvable {
            reference: reference.to_owned(),
        };
        let kind = kinds().get(position).ok_or_else(unresolvable)?;
        if let Some(resource) = self.named(position, kind, reference, from) {
            return Ok(resource);
        }
        let mut via_gap = None;
        for (other, path) in &kind.via {
            let Some(other) = kind::position(other) else {
                continue;
            };
            match self.find_one(other, reference, from) {
                Ok(alias) => {
                    let body = self.body(alias)?;
                    let target = path.texts(&body).into_iter().next();
                    let target = match target {
                        Some(target) => target,
                        None if hides(&body) => {
                            return Err(Gap::KnownAfterApply {
                                path: format!("{path} of {reference}"),
                            });
                        }
                        None => return Err(unresolvable()),
                    };
                    let place = &alias.place;
                    let named = self.named(position, kind, &target, place);
                    return named.ok_or_else(|| self.not_found(position, &target, place));
                }
                Err(Gap::Unresolvable { .. }) => {}
                Err(gap) => via_gap = Some(gap),
            }
        }
        let gap = self.not_found(position, reference, from);
        match (&gap, via_gap) {
            // The list of names could have told.
            (Gap::Unresolvable { .. }, Some(via_gap)) => Err(via_gap),
            _ => Err(gap),
        }
    }

    /// The resource of that name that is nearest to the place.
    fn named(
        &self,
        position: usize,
        kind: &Kind,
        reference: &str,
        from: &Place,
    ) -> Option<&Resource> {
        let number = u32::try_from(position).ok()?;
        let key = (number, Box::from(reference));
        let candidates = self.references.get(&key)?;
        let resources = || {
            let found = candidates.iter();
            found.filter_map(|index| self.resources.get(usize::try_from(*index).ok()?))
        };
        let is_arn = reference.starts_with("arn:");
        let here = resources().find(|resource| resource.place == *from);
        here.or_else(|| {
            let spread = kind.is_global() || kind.region.is_some();
            let account = resources().find(|resource| resource.place.account == from.account);
            if spread { account } else { None }
        })
        .or_else(|| {
            let known = is_arn || kind.is_unique();
            if known { resources().next() } else { None }
        })
    }

    /// Why a reference leads nowhere: the list is not complete, or there is no such resource.
    fn not_found(&self, position: usize, reference: &str, from: &Place) -> Gap {
        let mut place = from.clone();
        let mut parts = reference.split(':');
        if parts.next() == Some("arn") {
            let mut parts = parts.skip(2);
            let region = parts.next().unwrap_or_default();
            let account = parts.next().unwrap_or_default();
            if !region.is_empty() {
                region.clone_into(&mut place.region);
            }
            if !account.is_empty() {
                account.clone_into(&mut place.account);
            }
        }
        let is_known = self
            .places
            .iter()
            .any(|known| known.account == place.account);
        let gap = is_known
            .then(|| self.listing_gap(position, &place))
            .flatten();
        match gap {
            Some(Gap::NotCollected { operation }) => {
                let primary = kinds().get(position).and_then(Kind::primary);
                Gap::NotCollected {
                    operation: primary.map_or(operation, str::to_owned),
                }
            }
            Some(gap) => gap,
            None => Gap::Unresolvable {
                reference: reference.to_owned(),
            },
        }
    }

    /// What AWS says about the resource: the body of its primary operation.
    pub fn body(&self, resource: &Resource) -> Result<Arc<Value>, Gap> {
        self.own(resource).map(|found| found.body)
    }

    /// As [`Self::body`], with its evidence.
    pub fn own(&self, resource: &Resource) -> Result<Found, Gap> {
        let not_collected = || Gap::NotCollected {
            operation: kind::kind(resource.kind)
                .and_then(Kind::primary)
                .unwrap_or(resource.kind)
                .to_owned(),
        };
        let detail = self.details.get(resource.index);
        let detail = detail.ok_or_else(not_collected)?;
        match detail.origin {
            Some(Origin::Whole(number)) => self.whole(number, detail),
            Some(Origin::Element(number, source, position)) => {
                self.element(resource, number, source, position)
            }
            None if detail.search.is_some() => self.searched(resource, detail),
            None => match detail.refused {
                Some(number) => Err(self.entry_gap(number).unwrap_or_else(not_collected)),
                None => Err(self
                    .refused_elements(resource)
                    .unwrap_or_else(not_collected)),
            },
        }
    }

    /// Why the body of a resource is not known; none when it is.
    pub(super) fn missing(&self, resource: &Resource) -> Option<Gap> {
        let detail = self.details.get(resource.index)?;
        if detail.origin.is_some() && detail.refused.is_none() || detail.search.is_some() {
            return None;
        }
        self.own(resource).err()
    }

    /// Members that the resource's body lacks because only a search returned it.
    pub fn incomplete_members(&self, resource: &Resource) -> &'static [&'static str] {
        let detail = self.details.get(resource.index);
        let searched = detail.filter(|detail| detail.origin.is_none());
        let source = searched
            .and_then(|detail| detail.search)
            .and_then(|search| {
                let kind = kind::kind(resource.kind)?;
                kind.sources.get(search.1)
            });
        match source.map(|source| &source.role) {
            Some(Role::Search(_, _, missing)) => missing,
            _ => &[],
        }
    }

    fn whole(&self, number: u32, detail: &Detail) -> Result<Found, Gap> {
        let mut numbers = vec![number];
        numbers.extend(&detail.pages);
        if let Some(refused) = detail.refused
            && let Some(gap) = self.continues(number, refused)
        {
            return Err(gap);
        }
        self.merged(numbers)
    }

    /// The gap of a refused call that should have continued an answer.
    fn continues(&self, number: u32, refused: u32) -> Option<Gap> {
        let first = entry_at(&self.entries, number)?;
        let other = entry_at(&self.entries, refused)?;
        let same = first.parameters == other.parameters && first.place == other.place;
        (same && other.page > first.page).then(|| self.gap_of(other))
    }

    fn element(
        &self,
        resource: &Resource,
        number: u32,
        source: usize,
        position: u32,
    ) -> Result<Found, Gap> {
        let lost = || Gap::Unresolvable {
            reference: resource.id.clone(),
        };
        let entry = entry_at(&self.entries, number).ok_or_else(lost)?;
        let body = self.cached(CacheKey::Element(resource.index), || {
            let page = self.decoded(number)?;
            let kind = kind::kind(resource.kind).ok_or_else(lost)?;
            let source = kind.sources.get(source).ok_or_else(lost)?;
            let path = match &source.role {
                Role::Items(path) | Role::Search(_, path, _) => path,
                _ => return Err(lost()),
            };
            let position = usize::try_from(position).unwrap_or(usize::MAX);
            let elements = path.values(&page);
            let mut element = elements.get(position).copied().cloned().ok_or_else(lost)?;
            if let (Role::Search(_, _, missing), Value::Object(members)) =
                (&source.role, &mut element)
            {
                let primary = kind.primary().unwrap_or_default();
                let reason = format!("sagemaker:Search leaves it out, {primary} tells");
                for member in missing {
                    let absent = !members.contains_key(*member);
                    if absent {
                        members.insert((*member).to_owned(), unknown(reason.clone()));
                    }
                }
            }
            let size = element.to_string().len();
            Ok((element, size))
        })?;
        Ok(Found {
            body,
            evidence: self.evidence(entry),
            further: Vec::new(),
            absent: None,
        })
    }

    fn searched(&self, resource: &Resource, detail: &Detail) -> Result<Found, Gap> {
        match detail.search {
            Some((number, source, position)) => self.element(resource, number, source, position),
            None => Err(Gap::Unresolvable {
                reference: resource.id.clone(),
            }),
        }
    }

    fn entry_gap(&self, number: u32) -> Option<Gap> {
        Some(self.gap_of(entry_at(&self.entries, number)?))
    }

    /// Why the answer that should hold the resource is not there.
    fn refused_elements(&self, resource: &Resource) -> Option<Gap> {
        let kind = kind::kind(resource.kind)?;
        let primary = kind.primary().filter(|_| kind.is_element())?;
        self.pages_gap(self.numbers_near(primary, &resource.place))
    }

    /// What another operation says about the resource.
    pub fn answer(&self, operation: &str, about: &Resource) -> Result<Found, Gap> {
        self.answer_with(operation, about, &Map::new())
    }

    /// As [`Self::answer`], of calls that also had these parameters.
    pub fn answer_with(
        &self,
        operation: &str,
        about: &Resource,
        parameters: &Map<String, Value>,
    ) -> Result<Found, Gap> {
        let not_collected = || Gap::NotCollected {
            operation: operation.to_owned(),
        };
        let kind = kind::kind(about.kind).ok_or_else(not_collected)?;
        if kind.primary() == Some(operation) && parameters.is_empty() {
            return self.own(about);
        }
        let mut is_facet = false;
        for facet in &kind.facets {
            if facet.operation != operation {
                continue;
            }
            is_facet = true;
            let value = |term| self.term(about, term);
            for key in facet_keys(facet, value) {
                let numbers = self.about.get(key.as_str());
                let numbers = numbers.map_or(&[][..], Vec::as_slice);
                let near = self.nearest(kind, numbers, &about.place);
                let chosen = self.with(&near, parameters);
                if !chosen.is_empty() {
                    return self.merged(self.in_order(chosen));
                }
            }
        }
        if is_facet {
            // Asked once for all, or refused before anything was asked.
            let numbers = self.numbers_near(operation, &about.place);
            let general = numbers.iter().copied().filter(|number| {
                let entry = entry_at(&self.entries, *number);
                entry.is_some_and(|entry| {
                    kind.facets.iter().all(|facet| {
                        facet.operation != operation || !facet.names(&entry.parameters)
                    })
                })
            });
            let chosen = self.with(&general.collect::<Vec<_>>(), parameters);
            return if chosen.is_empty() {
                Err(not_collected())
            } else {
                self.merged(self.in_order(chosen))
            };
        }
        let numbers = self.numbers_near(operation, &about.place);
        let chosen = self.with(numbers, parameters);
        if chosen.is_empty() {
            return Err(not_collected());
        }
        self.merged(chosen)
    }

    /// What an operation without identifying parameters says in a place; pages are merged.
    pub fn answer_in(&self, operation: &str, place: &Place) -> Result<Found, Gap> {
        let numbers = self.numbers_near(operation, place);
        if numbers.is_empty() {
            return Err(Gap::NotCollected {
                operation: operation.to_owned(),
            });
        }
        self.merged(numbers.to_vec())
    }

    pub(super) fn term(&self, resource: &Resource, term: Term) -> Option<String> {
        match term {
            Term::Id => Some(resource.id.clone()),
            Term::Arn => resource.arn.clone(),
            Term::Variable(position) => {
                let detail = self.details.get(resource.index)?;
                let mut values = detail.values.iter();
                let (_, value) = values.find(|(number, _)| *number == position)?;
                Some(value.to_string())
            }
        }
    }

    /// The entries of the place, else of the account's services without regions, else, for kinds
    /// that belong to an account, of any of its places.
    fn nearest(&self, kind: &Kind, numbers: &[u32], place: &Place) -> Vec<u32> {
        let at = |wanted: &dyn Fn(&Place) -> bool| -> Vec<u32> {
            let found = numbers.iter().copied().filter(|number| {
                let entry = entry_at(&self.entries, *number);
                let position = entry.and_then(|entry| usize::try_from(entry.place).ok());
                let asked = position.and_then(|position| self.places.get(position));
                asked.is_some_and(wanted)
            });
            found.collect()
        };
        let here = at(&|asked| asked == place);
        if !here.is_empty() {
            return here;
        }
        let global = at(&|asked| *asked == place.global());
        if !global.is_empty() || !(kind.is_global() || kind.region.is_some()) {
            return global;
        }
        let account = at(&|asked| asked.account == place.account);
        let first = account
            .first()
            .and_then(|number| entry_at(&self.entries, *number));
        let same_place = |number: &u32| {
            let entry = entry_at(&self.entries, *number);
            entry.map(|entry| entry.place) == first.map(|first| first.place)
        };
        account.into_iter().filter(same_place).collect()
    }

    /// The entries whose call had these parameters.
    fn with(&self, numbers: &[u32], parameters: &Map<String, Value>) -> Vec<u32> {
        if parameters.is_empty() {
            return numbers.to_vec();
        }
        let has = |number: &u32| {
            let entry = entry_at(&self.entries, *number);
            let asked = entry.and_then(|entry| {
                serde_json::from_str::<Map<String, Value>>(&entry.parameters).ok()
            });
            asked.is_some_and(|asked| {
                let mut wanted = parameters.iter();
                wanted.all(|(name, value)| asked.get(name) == Some(value))
            })
        };
        numbers.iter().copied().filter(has).collect()
    }

    fn in_order(&self, mut numbers: Vec<u32>) -> Vec<u32> {
        let order = |number: &u32| {
            entry_at(&self.entries, *number).map(|entry| (&entry.parameters, entry.page))
        };
        numbers.sort_by(|left, right| order(left).cmp(&order(right)));
        numbers
    }
}

impl kind::Facet {
    /// Whether the parameters name a resource.
    fn names(&self, parameters: &str) -> bool {
        let members = serde_json::from_str::<Map<String, Value>>(parameters).unwrap_or_default();
        let mut paths = self.parameters.iter();
        paths.any(|(path, _)| !path.values_in(&members).is_empty())
    }
}

/// Whether a value or one of its members is not known.
fn hides(value: &Value) -> bool {
    unknown_reason(value).is_some()
        || value
            .as_object()
            .is_some_and(|members| members.values().any(|one| unknown_reason(one).is_some()))
}
