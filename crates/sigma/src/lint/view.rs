//! A rule taken apart: its alternatives, and the calls that each selects.

use std::collections::BTreeSet;

use crate::ast::{Item, LogSource, Rule};
use crate::lint::cubes::{Cube, Expander};
use crate::lint::events::{Calls, Lookup, Pair, Pinned};
use crate::lint::logic::contradiction;

/// Deepest nesting of negations that is followed.
const MOST_NEGATIONS: usize = 8;

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
        let alternatives = expander
            .detection(&rule.detection)
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

    /// Shows `visit` every set of items that is looked at together: each alternative, and each way in
    /// which an excluded part can hold besides it. False when there are too many.
    pub(super) fn scenes(
        &self,
        lookup: &mut Lookup,
        visit: &mut dyn FnMut(&Scene<'_, 'a>, &mut Lookup),
    ) -> bool {
        let mut expander = Expander::new(&self.rule.detection);
        let possible: Vec<&Alternative<'a>> = self.possible().collect();
        for alternative in possible {
            visit(
                &Scene {
                    items: &alternative.cube.positives,
                    calls: &alternative.calls,
                },
                lookup,
            );
            let walked = excluded(&alternative.cube, &mut expander, lookup, visit, 0);
            if walked.is_none() {
                return false;
            }
        }
        self.alternatives.is_some()
    }
}

/// Whether the rule reads CloudTrail; a rule that does not say is taken to.
pub(super) fn is_cloudtrail(logsource: &LogSource) -> bool {
    let is = |value: &Option<String>, wanted: &str| {
        value
            .as_deref()
            .is_none_or(|value| value.eq_ignore_ascii_case(wanted))
    };
    is(&logsource.product, "aws") && is(&logsource.service, "cloudtrail")
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

fn excluded<'a>(
    cube: &Cube<'a>,
    expander: &mut Expander<'a>,
    lookup: &mut Lookup,
    visit: &mut dyn FnMut(&Scene<'_, 'a>, &mut Lookup),
    depth: usize,
) -> Option<()> {
    if depth >= MOST_NEGATIONS {
        return None;
    }
    for node in &cube.negatives {
        let base = Cube {
            positives: cube.positives.clone(),
            ..Cube::default()
        };
        expander.spend(base.positives.len())?;
        for inner in expander.under(*node, base)? {
            let calls = lookup.calls(&inner.positives, &[]);
            expander.spend(calls.pairs.as_ref().map_or(0, Vec::len))?;
            visit(
                &Scene {
                    items: &inner.positives,
                    calls: &calls,
                },
                lookup,
            );
            excluded(&inner, expander, lookup, visit, depth + 1)?;
        }
    }
    Some(())
}
