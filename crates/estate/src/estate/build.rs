//! From answers to resources.

use foldhash::fast::RandomState;
use hashbrown::{HashMap, HashTable};
use std::hash::BuildHasher;
use std::sync::Mutex;

use super::bodies::{Cache, SourceFile};
use super::{Estate, GLOBAL, Place, Problem, Resource};
use crate::answer::{Answer, Outcome, sha256};
use crate::kind::{ARN, Filling, Kind, Term, kinds};
use crate::scan::{Entry, Fact, Location, Said, Says, index};

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

/// A resource while it is put together.
#[derive(Debug)]
struct Draft {
    kind: usize,
    place: Place,
    id: String,
    arn: Option<String>,
    values: Vec<Option<String>>,
    further: Vec<(usize, String)>,
    origin: Option<Origin>,
    pages: Vec<u32>,
    search: Option<(u32, usize, u32)>,
    refused: Option<u32>,
    address: Option<crate::answer::Address>,
    counts: bool,
    implied: bool,
    gone: bool,
}

#[derive(Default)]
struct Drafting {
    drafts: Vec<Draft>,
    by_id: HashMap<(usize, Place, String), usize, RandomState>,
    by_arn: HashMap<(usize, String), usize, RandomState>,
}

impl Drafting {
    fn add(&mut self, number: u32, entry: &Entry, place: &Place, fact: Fact) {
        let Some(kind) = kinds().get(fact.kind) else {
            return;
        };
        let gone = entry.outcome == Outcome::Gone;
        let Some(position) = self.position(kind, place, &fact, gone) else {
            return;
        };
        let Some(draft) = self.drafts.get_mut(position) else {
            return;
        };
        draft.learn(kind, &fact, place);
        if let Some(address) = entry.rare.as_ref().and_then(|rare| rare.address.as_ref()) {
            draft.address.get_or_insert_with(|| address.clone());
        }
        let foreign = is_foreign(draft.arn.as_deref(), place);
        match fact.says {
            Says::Item(source, element) => {
                let origin = Origin::Element(number, source, element);
                draft.origin.get_or_insert(origin);
                draft.counts = true;
            }
            Says::Listed => draft.counts = true,
            Says::Described => {
                let primary = matches!(draft.origin, Some(Origin::Whole(_)));
                if primary && entry.page > 0 {
                    draft.pages.push(number);
                } else {
                    draft.origin = Some(Origin::Whole(number));
                }
                draft.counts |= !foreign;
            }
            Says::Found(source, element) => {
                draft.search.get_or_insert((number, source, element));
                draft.counts |= !foreign;
            }
            Says::Refused if gone => draft.gone = true,
            Says::Refused => {
                draft.refused.get_or_insert(number);
                draft.counts |= !foreign;
            }
            Says::Seen | Says::Asked => draft.implied |= !foreign,
        }
    }

    /// Position of the draft that the fact is about.
    fn position(
        &mut self,
        kind: &'static Kind,
        place: &Place,
        fact: &Fact,
        gone: bool,
    ) -> Option<usize> {
        let partition = partition(&place.region);
        let arn = fact.values.get(ARN).and_then(Option::as_deref);
        let filling = Filling {
            account: &place.account,
            region: &place.region,
            partition,
            arn,
            values: &fact.values,
        };
        let scope = if kind.is_global() || kind.region.is_some() {
            place.global()
        } else {
            place.clone()
        };
        let mut id = kind.id.fill(&filling);
        let named = arn
            .or(id.as_deref())
            .filter(|name| name.starts_with("arn:"));
        if let Some(name) = named
            && let Some(position) = self.by_arn.get(&(fact.kind, name.to_owned()))
        {
            return Some(*position);
        }
        let mut arn = arn.map(str::to_owned);
        if let Some(text) = id.as_deref()
            && text.starts_with("arn:")
            && arn.is_none()
        {
            // A name was asked for by its ARN.
            arn = Some(text.to_owned());
            let last = text.rsplit(['/', ':']).next();
            id = last.map(str::to_owned);
        }
        let mut id = id?;
        let mut key = (fact.kind, scope, id.clone());
        let same_name = self
            .by_id
            .get(&key)
            .and_then(|position| self.drafts.get(*position));
        if let (Some(arn), Some(other)) = (&arn, same_name.and_then(|draft| draft.arn.as_ref()))
            && arn != other
        {
            // Of another account, under the same id.
            key.2.clone_from(arn);
        }
        if let Some(position) = self.by_id.get(&key) {
            let taken = self.drafts.get(*position).is_some_and(|draft| {
                matches!(fact.says, Says::Item(..))
                    && matches!(draft.origin, Some(Origin::Element(..)))
            });
            if !taken || !kind.id.has_optional() {
                return Some(*position);
            }
            // Elements without a name of their own.
            let mut count = 2_u32;
            while self.by_id.contains_key(&key) {
                id = format!("{}#{count}", kind.id.fill(&filling)?);
                key.2.clone_from(&id);
                count += 1;
            }
        }
        if gone {
            return None;
        }
        let template = kind.arn.as_ref();
        let arn = arn.or_else(|| template.and_then(|template| template.fill(&filling)));
        let position = self.drafts.len();
        if let Some(arn) = &arn {
            self.by_arn
                .entry((fact.kind, arn.clone()))
                .or_insert(position);
        }
        let place = if kind.is_global() && kind.region.is_none() {
            place.global()
        } else {
            place.clone()
        };
        self.by_id.insert(key, position);
        self.drafts.push(Draft {
            kind: fact.kind,
            place,
            id,
            arn,
            values: vec![None; kind.variable_names().len()],
            further: Vec::new(),
            origin: None,
            pages: Vec::new(),
            search: None,
            refused: None,
            address: None,
            counts: false,
            implied: false,
            gone: false,
        });
        Some(position)
    }
}

impl Draft {
    fn learn(&mut self, kind: &Kind, fact: &Fact, place: &Place) {
        let old_region = kind.region.and_then(|region| self.values.get(region));
        let had_region = old_region.is_some_and(Option::is_some);
        for (slot, value) in self.values.iter_mut().zip(&fact.values) {
            if slot.is_none() {
                slot.clone_from(value);
            }
        }
        self.further.extend_from_slice(&fact.further);
        if self.arn.is_none() {
            self.arn = self.values.get(ARN).cloned().flatten();
        }
        if let Some(region) = kind.region
            && !had_region
        {
            let region = self.values.get(region).cloned().flatten();
            let asked = (!place.is_global()).then(|| place.region.clone());
            if let Some(region) = region.or(asked) {
                self.place.region = region;
            }
        }
    }
}

impl Says {
    /// The order in which facts are taken: those that name a resource first.
    fn rank(self) -> u8 {
        match self {
            Self::Item(..) => 0,
            Self::Listed => 1,
            Self::Described => 2,
            Self::Found(..) => 3,
            Self::Refused => 4,
            Self::Seen => 5,
            Self::Asked => 6,
        }
    }
}

fn settle(estate: &mut Estate, mut drafts: Vec<Draft>) {
    drafts.sort_by(|left, right| {
        (left.kind, &left.place, &left.id).cmp(&(right.kind, &right.place, &right.id))
    });
    for (index, draft) in drafts.into_iter().enumerate() {
        let Some(kind) = kinds().get(draft.kind) else {
            continue;
        };
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        let mut name = |name: String| {
            let key = (u32::try_from(draft.kind).unwrap_or(u32::MAX), name.into());
            let numbers = estate.references.entry(key).or_default();
            if numbers.last() != Some(&number) {
                numbers.push(number);
            }
        };
        name(draft.id.clone());
        if let Some(arn) = draft.arn.clone().filter(|arn| *arn != draft.id) {
            name(arn);
        }
        for further in draft.names(kind) {
            name(further);
        }
        let needed = |position: usize| {
            let terms = kind.facets.iter().flat_map(|facet| &facet.parameters);
            terms
                .flat_map(|(_, terms)| terms)
                .any(|term| *term == Term::Variable(position))
        };
        let values = draft.values.into_iter().enumerate();
        let values = values
            .filter_map(|(position, value)| Some((position, value?.into_boxed_str())))
            .filter(|(position, _)| needed(*position))
            .collect();
        estate.details.push(Detail {
            origin: draft.origin,
            pages: draft.pages,
            search: draft.search,
            refused: draft.refused,
            counts: draft.counts,
            values,
        });
        estate.resources.push(Resource {
            kind: kind.name(),
            id: draft.id,
            arn: draft.arn,
            place: draft.place,
            address: draft.address,
            index,
        });
        for start in estate.starts.iter_mut().skip(draft.kind + 1) {
            *start = index + 1;
        }
    }
}

impl Draft {
    /// Further names, one for each value of a variable that holds several.
    fn names(&self, kind: &Kind) -> Vec<String> {
        let mut names = Vec::new();
        for template in &kind.also {
            let mut values = self.values.clone();
            names.extend(self.fill(template, &values));
            for (position, value) in &self.further {
                if let Some(slot) = values.get_mut(*position) {
                    let before = slot.replace(value.clone());
                    names.extend(self.fill(template, &values));
                    if let Some(slot) = values.get_mut(*position) {
                        *slot = before;
                    }
                }
            }
        }
        names.retain(|name| *name != self.id && Some(name) != self.arn.as_ref());
        names.sort();
        names.dedup();
        names
    }

    fn fill(&self, template: &crate::kind::Template, values: &[Option<String>]) -> Option<String> {
        template.fill(&Filling {
            account: &self.place.account,
            region: &self.place.region,
            partition: partition(&self.place.region),
            arn: self.arn.as_deref(),
            values,
        })
    }
}

/// Whether the ARN names another account than the one that was asked.
fn is_foreign(arn: Option<&str>, place: &Place) -> bool {
    let account = arn
        .and_then(|arn| arn.split(':').nth(4))
        .unwrap_or_default();
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    is_account && account != place.account
}

/// Partition of a region; services without regions are taken for those of `aws`.
fn partition(region: &str) -> &'static str {
    if region == GLOBAL {
        return "aws";
    }
    let region = rempart_aws_model::Region::parse(region).ok();
    region
        .and_then(|region| region.partition())
        .unwrap_or("aws")
}
