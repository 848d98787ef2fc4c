//! Which calls an alternative selects: pairs of event source and event name.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use rempart_aws_model::{
    EventSource, aliases_of, event_name, event_source, event_sources, sources_of,
};

use crate::ast::{Item, SelectionBody};
use crate::lint::cubes::Node;
use crate::lint::values::{State, Test};

/// Most pairs that one alternative is followed into.
const MOST_PAIRS: usize = 4_000;

/// The field that says which service recorded.
pub(super) const SOURCE: &str = "eventSource";
/// The field that says which call it was.
pub(super) const NAME: &str = "eventName";

/// An event source and an event name that it has.
pub(super) type Pair = (Rc<str>, Rc<str>);

/// What an alternative says about one of the two fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pinned {
    /// Nothing
    Free,
    /// One of these, as written
    Listed(Vec<String>),
    /// What the patterns let through, out of what the tables have
    Matching(Vec<String>),
}

/// What an alternative selects.
#[derive(Debug, Clone)]
pub(super) struct Calls {
    pub(super) sources: Pinned,
    /// [`Pinned::Free`] also when the name is restricted but the source is open: too many to follow
    pub(super) names: Pinned,
    /// The pairs that exist; `None` when they are not limited
    pub(super) pairs: Option<Vec<Pair>>,
}

/// Looks names up, each once.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    sources_by_name: BTreeMap<String, Rc<Known>>,
    names_by_source: BTreeMap<String, Rc<[Rc<str>]>>,
    /// Every operation under its name in lower case
    folded: OnceCell<BTreeMap<String, Vec<Pair>>>,
}

/// Where a name occurs.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) name: Rc<str>,
    pub(super) sources: Vec<Rc<str>>,
}

impl Lookup {
    /// The sources that record an event of this name. The name is taken without regard to case where
    /// its own case has none, because rules are matched so; the result carries the true spelling.
    pub(super) fn sources(&mut self, name: &str) -> Rc<Known> {
        if let Some(known) = self.sources_by_name.get(name) {
            return Rc::clone(known);
        }
        let found = sources_of(name);
        let known = if found.is_empty() {
            self.other_case(name)
        } else {
            Known {
                name: name.into(),
                sources: source_names(&found),
            }
        };
        let known = Rc::new(known);
        self.sources_by_name
            .insert(name.to_owned(), Rc::clone(&known));
        known
    }

    fn other_case(&self, name: &str) -> Known {
        let folded = self.folded.get_or_init(|| {
            let mut folded: BTreeMap<String, Vec<Pair>> = BTreeMap::new();
            for source in event_sources() {
                let label: Rc<str> = source.name().into();
                for operation in source.operations() {
                    let pair = (Rc::clone(&label), operation.name().into());
                    let key = operation.name().to_ascii_lowercase();
                    folded.entry(key).or_default().push(pair);
                }
            }
            folded
        });
        let found = folded.get(&name.to_ascii_lowercase());
        let found = found.map(Vec::as_slice).unwrap_or_default();
        Known {
            name: found
                .first()
                .map_or_else(|| name.into(), |(_, name)| Rc::clone(name)),
            sources: found.iter().map(|(source, _)| Rc::clone(source)).collect(),
        }
    }

    /// The names that a source has in the tables.
    fn names(&mut self, source: &str) -> Rc<[Rc<str>]> {
        if let Some(names) = self.names_by_source.get(source) {
            return Rc::clone(names);
        }
        let mut names: BTreeSet<Rc<str>> = BTreeSet::new();
        for operation in event_source(source)
            .into_iter()
            .flat_map(EventSource::operations)
        {
            names.insert(operation.name().into());
            names.extend(
                aliases_of(source, operation.name())
                    .into_iter()
                    .map(Rc::from),
            );
        }
        let names: Rc<[Rc<str>]> = names.into_iter().collect();
        self.names_by_source
            .insert(source.to_owned(), Rc::clone(&names));
        names
    }

    /// What these items, which must hold, and these parts, which must not, leave of all calls.
    pub(super) fn calls(&mut self, positives: &[&Item], negatives: &[Node<'_>]) -> Calls {
        let sources = self.pinned_sources(positives, negatives);
        let names = self.pinned_names(positives, negatives, &sources);
        let pairs = self.pairs(&sources, &names);
        Calls {
            sources,
            names,
            pairs,
        }
    }

    fn pinned_sources(&self, positives: &[&Item], negatives: &[Node<'_>]) -> Pinned {
        let filter = Filter::new(SOURCE, positives, negatives);
        match filter.listed() {
            Some(listed) => Pinned::Listed(listed),
            None if filter.positives.is_empty() => Pinned::Free,
            None => Pinned::Matching(
                event_sources()
                    .map(|source| source.name().to_owned())
                    .filter(|name| filter.passes(name))
                    .collect(),
            ),
        }
    }

    fn pinned_names(
        &mut self,
        positives: &[&Item],
        negatives: &[Node<'_>],
        sources: &Pinned,
    ) -> Pinned {
        let filter = Filter::new(NAME, positives, negatives);
        if let Some(listed) = filter.listed() {
            return Pinned::Listed(listed);
        }
        let sources = match sources {
            _ if filter.positives.is_empty() => return Pinned::Free,
            Pinned::Free => return Pinned::Free,
            Pinned::Listed(sources) | Pinned::Matching(sources) => sources,
        };
        let mut names = BTreeSet::new();
        for source in sources {
            let all = self.names(source);
            names.extend(
                all.iter()
                    .filter(|name| filter.passes(name))
                    .map(|name| name.to_string()),
            );
        }
        Pinned::Matching(names.into_iter().collect())
    }

    fn pairs(&mut self, sources: &Pinned, names: &Pinned) -> Option<Vec<Pair>> {
        let mut pairs: Vec<Pair> = Vec::new();
        match (sources, names) {
            (Pinned::Free, Pinned::Free) => return None,
            (sources, Pinned::Listed(names) | Pinned::Matching(names)) => {
                for name in names {
                    let known = self.sources(name);
                    for source in &known.sources {
                        if has_source(sources, source) {
                            pairs.push((Rc::clone(source), Rc::clone(&known.name)));
                        }
                    }
                    if pairs.len() > MOST_PAIRS {
                        return None;
                    }
                }
            }
            (Pinned::Listed(sources) | Pinned::Matching(sources), Pinned::Free) => {
                for source in sources {
                    let label: Rc<str> = source.as_str().into();
                    let names = self.names(source);
                    pairs.extend(
                        names
                            .iter()
                            .map(|name| (Rc::clone(&label), Rc::clone(name))),
                    );
                    if pairs.len() > MOST_PAIRS {
                        return None;
                    }
                }
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        Some(pairs)
    }
}

/// Whether a source is among the pinned ones.
pub(super) fn has_source(pinned: &Pinned, source: &str) -> bool {
    match pinned {
        Pinned::Free => true,
        Pinned::Listed(sources) | Pinned::Matching(sources) => sources
            .iter()
            .any(|known| known.eq_ignore_ascii_case(source)),
    }
}

/// Whether the call only reads, when the tables know it.
pub(super) fn is_read_only(source: &str, name: &str) -> bool {
    event_name(source, name)
        .operation()
        .is_some_and(|operation| operation.read_only())
}

/// The tests that an alternative makes of one field.
pub(super) struct Filter<'a> {
    pub(super) positives: Vec<Test<'a>>,
    negatives: Vec<Test<'a>>,
}

impl<'a> Filter<'a> {
    pub(super) fn new(field: &str, positives: &[&'a Item], negatives: &[Node<'a>]) -> Self {
        let of_field = |item: &&Item| item.field.as_deref() == Some(field);
        let positives = positives.iter().copied().filter(of_field);
        let negatives = negatives.iter().filter_map(|node| match node {
            Node::Body(SelectionBody::Item(item)) => Some(item).filter(of_field),
            _ => None,
        });
        Self {
            positives: positives.map(Test::new).collect(),
            negatives: negatives.map(Test::new).collect(),
        }
    }

    /// The texts that are left, when a test lists them.
    pub(super) fn listed(&self) -> Option<Vec<String>> {
        let (texts, _) = self.positives.iter().find_map(Test::listed)?;
        Some(texts.into_iter().filter(|text| self.passes(text)).collect())
    }

    /// Whether the text may pass all tests.
    pub(super) fn passes(&self, text: &str) -> bool {
        self.admits(&State::Text(text.to_owned()))
    }

    /// Whether the field may be in this state.
    pub(super) fn admits(&self, state: &State) -> bool {
        self.positives
            .iter()
            .all(|test| test.accepts(state) != Some(false))
            && self
                .negatives
                .iter()
                .all(|test| test.accepts(state) != Some(true))
    }
}

fn source_names(sources: &[&EventSource]) -> Vec<Rc<str>> {
    sources.iter().map(|source| source.name().into()).collect()
}
