//! A rule taken apart: its alternatives, and the calls that each selects.

use std::collections::{BTreeMap, BTreeSet};

use crate::ast::{Item, LogSource, Rule, SelectionBody};
use crate::condition::Condition;
use crate::lint::cubes::{Cube, Expander, Node};
use crate::lint::events::{Calls, Lookup, NAME, Pair, Pinned, SOURCE};
use crate::lint::logic::contradiction;

/// Deepest nesting of negations that is followed.
const MOST_NEGATIONS: usize = 8;

/// Most event names and sources of a rule that are looked up.
const MOST_NAMES: usize = 4_000;

/// A rule taken apart.
pub(super) struct View<'a> {
    pub(super) rule: &'a Rule,
    /// `None` when the detection has too many alternatives
    pub(super) alternatives: Option<Vec<Alternative<'a>>>,
}

/// One alternative of a detection.
pub(super) struct Alternative<'a> {
    pub(super) cube: Cube<'a>,
    /// Why no record satisfies it
    pub(super) contradiction: Option<String>,
    pub(super) calls: Calls,
}

/// Items that hold together somewhere in a detection, and the calls for which they are looked at.
pub(super) struct Scene<'s, 'a> {
    pub(super) items: &'s [&'a Item],
    pub(super) calls: &'s Calls,
}

impl<'a> View<'a> {
    pub(super) fn new(rule: &'a Rule, lookup: &mut Lookup) -> Self {
        let mut expander = Expander::new(&rule.detection);
        let mut names = 0;
        for selection in &rule.detection.selections {
            names += names_in(&selection.body);
        }
        let alternatives = (names <= MOST_NAMES)
            .then(|| expander.detection(&rule.detection))
            .flatten()
            .and_then(|cubes| alternatives(cubes, &mut expander, lookup));
        Self { rule, alternatives }
    }

    /// The alternatives that a record may satisfy.
    pub(super) fn possible(&self) -> impl Iterator<Item = &Alternative<'a>> {
        let all = self.alternatives.as_deref().unwrap_or_default();
        all.iter()
            .filter(|alternative| alternative.contradiction.is_none())
    }

    /// The calls that the rule selects; `None` when it is open to more than can be listed.
    pub(super) fn pairs(&self) -> Option<BTreeSet<Pair>> {
        self.alternatives.as_ref()?;
        let mut pairs = BTreeSet::new();
        for alternative in self.possible() {
            pairs.extend(alternative.calls.pairs.as_ref()?.iter().cloned());
        }
        Some(pairs)
    }

    /// The calls that the rule names, or matches by a pattern of names.
    pub(super) fn named_pairs(&self) -> BTreeSet<Pair> {
        self.possible()
            .filter(|alternative| alternative.calls.names != Pinned::Free)
            .filter_map(|alternative| alternative.calls.pairs.as_ref())
            .flatten()
            .cloned()
            .collect()
    }

    /// Shows `visit` every set of items that is looked at together: each alternative of the condition
    /// and of what teaches a first-seen rule, and each way in which an excluded part can hold besides.
    pub(super) fn scenes(
        &self,
        lookup: &mut Lookup,
        visit: &mut dyn FnMut(&Scene<'_, 'a>, &mut Lookup),
    ) -> Walked<'a> {
        let mut walk = Walk {
            expander: Expander::new(&self.rule.detection),
            lookup,
            visit,
            exclusions: BTreeMap::new(),
        };
        let mut complete = self.alternatives.is_some();
        for alternative in self.possible() {
            (walk.visit)(
                &Scene {
                    items: &alternative.cube.positives,
                    calls: &alternative.calls,
                },
                walk.lookup,
            );
            if complete {
                complete = walk.excluded(&alternative.cube, 0).is_some();
            }
        }
        let first_seen = self.rule.metadata.extension.as_ref();
        let first_seen = first_seen.and_then(|extension| extension.first_seen.as_ref());
        let observe = first_seen.and_then(|first_seen| first_seen.observe.as_ref());
        let mut teaches_nothing = false;
        if let Some(observe) = observe {
            match walk.observed(observe) {
                Some(possible) => teaches_nothing = !possible,
                None => complete = false,
            }
        }
        let idle = walk.exclusions.into_values();
        Walked {
            complete,
            idle: idle
                .filter(|(_, applies)| !applies)
                .map(|(node, _)| node)
                .collect(),
            teaches_nothing,
        }
    }
}

/// What a walk through all scenes found.
pub(super) struct Walked<'a> {
    /// Whether all was seen
    pub(super) complete: bool,
    /// Excluded parts that contradict all that they are excluded from
    pub(super) idle: Vec<Node<'a>>,
    /// Whether no record satisfies the condition that teaches
    pub(super) teaches_nothing: bool,
}

struct Walk<'w, 'a> {
    expander: Expander<'a>,
    lookup: &'w mut Lookup,
    visit: &'w mut dyn FnMut(&Scene<'_, 'a>, &mut Lookup),
    /// By address: each excluded part, and whether it can hold besides anything
    exclusions: BTreeMap<*const (), (Node<'a>, bool)>,
}

impl<'a> Walk<'_, 'a> {
    fn excluded(&mut self, cube: &Cube<'a>, depth: usize) -> Option<()> {
        if depth >= MOST_NEGATIONS {
            return None;
        }
        for node in &cube.negatives {
            let mut applies = false;
            self.expander.spend(cube.positives.len())?;
            let base = Cube {
                positives: cube.positives.clone(),
                ..Cube::default()
            };
            for inner in self.expander.under(*node, base)? {
                if contradiction(&inner, &mut self.expander).is_some() {
                    continue;
                }
                applies = true;
                self.show(&inner)?;
                self.excluded(&inner, depth + 1)?;
            }
            let known = self
                .exclusions
                .entry(address(*node))
                .or_insert((*node, false));
            known.1 |= applies;
        }
        Some(())
    }

    /// Whether a record can satisfy the condition.
    fn observed(&mut self, condition: &'a Condition) -> Option<bool> {
        let mut possible = false;
        let cubes = self
            .expander
            .under(Node::Condition(condition), Cube::default())?;
        for cube in cubes {
            if contradiction(&cube, &mut self.expander).is_none() {
                possible = true;
                self.show(&cube)?;
                self.excluded(&cube, 0)?;
            }
        }
        Some(possible)
    }

    fn show(&mut self, cube: &Cube<'a>) -> Option<()> {
        let calls = self.lookup.calls(&cube.positives, &[]);
        self.expander
            .spend(calls.pairs.as_ref().map_or(0, Vec::len))?;
        let scene = Scene {
            items: &cube.positives,
            calls: &calls,
        };
        (self.visit)(&scene, self.lookup);
        Some(())
    }
}

fn address(node: Node<'_>) -> *const () {
    match node {
        Node::Condition(part) => std::ptr::from_ref(part).cast(),
        Node::Selection(part) => std::ptr::from_ref(part).cast(),
        Node::Body(part) => std::ptr::from_ref(part).cast(),
    }
}

/// Whether the rule reads CloudTrail; a rule that does not say is taken to.
pub(super) fn is_cloudtrail(logsource: &LogSource) -> bool {
    let is = |value: &Option<String>, wanted: &str| {
        value
            .as_deref()
            .is_none_or(|value| value.eq_ignore_ascii_case(wanted))
    };
    logsource.category.is_none()
        && is(&logsource.product, "aws")
        && is(&logsource.service, "cloudtrail")
}

/// How many event sources and names a selection lists.
fn names_in(body: &SelectionBody) -> usize {
    match body {
        SelectionBody::All(parts) | SelectionBody::Any(parts) => parts.iter().map(names_in).sum(),
        SelectionBody::Item(item) => match item.field.as_deref() {
            Some(NAME | SOURCE) => item.values.len(),
            _ => 0,
        },
    }
}

fn alternatives<'a>(
    cubes: Vec<Cube<'a>>,
    expander: &mut Expander<'a>,
    lookup: &mut Lookup,
) -> Option<Vec<Alternative<'a>>> {
    let mut alternatives = Vec::with_capacity(cubes.len());
    for cube in cubes {
        // Every step of these loops is paid for, so what is left bounds the whole.
        expander.spend(1 + cube.positives.len() + cube.negatives.len())?;
        let contradiction = contradiction(&cube, expander);
        let calls = lookup.calls(&cube.positives, &cube.negatives);
        expander.spend(calls.pairs.as_ref().map_or(0, Vec::len))?;
        alternatives.push(Alternative {
            cube,
            contradiction,
            calls,
        });
    }
    Some(alternatives)
}
