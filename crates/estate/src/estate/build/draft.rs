//! Resources while they are put together from what the answers say.

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::{Detail, Origin};
use crate::answer::{Address, Outcome};
use crate::estate::{Estate, GLOBAL, Place, Resource};
use crate::kind::{ARN, Filling, Kind, Role, Template, Term, kinds};
use crate::scan::{Entry, Fact, Says};

/// A resource while it is put together.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) kind: usize,
    pub(super) place: Place,
    id: String,
    arn: Option<String>,
    values: Vec<Option<String>>,
    further: Vec<(usize, String)>,
    pub(super) origin: Option<Origin>,
    pages: Vec<u32>,
    search: Option<(u32, usize, u32)>,
    refused: Option<u32>,
    address: Option<Address>,
    pub(super) counts: bool,
    pub(super) implied: bool,
    pub(super) gone: bool,
}

#[derive(Default)]
pub(super) struct Drafting {
    pub(super) drafts: Vec<Draft>,
    by_id: HashMap<(usize, Place, String), usize, RandomState>,
    by_arn: HashMap<(usize, String), usize, RandomState>,
}

impl Drafting {
    pub(super) fn add(&mut self, number: u32, entry: &Entry, place: &Place, fact: Fact) {
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
    pub(super) fn rank(self) -> u8 {
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

/// Puts the resources in order, and the names by which they are found.
pub(super) fn settle(estate: &mut Estate, mut drafts: Vec<Draft>) {
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
        // What names the resource to its own operation, unless its identifier tells.
        let names_it = |position: usize, value: &str| {
            let own = kind
                .sources
                .iter()
                .filter(|source| matches!(source.role, Role::Describe | Role::Seen));
            let mut parameters = own.flat_map(|source| &source.parameters);
            position != ARN
                && parameters.any(|(_, variable)| *variable == position)
                && kind.part_of_id(position, &draft.id).as_deref() != Some(value)
        };
        let values = draft.values.into_iter().enumerate();
        let values = values
            .filter_map(|(position, value)| Some((position, value?.into_boxed_str())))
            .filter(|(position, value)| needed(*position) || names_it(*position, value))
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

    fn fill(&self, template: &Template, values: &[Option<String>]) -> Option<String> {
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
