//! Who can be gained, from the suspects on, until nothing more is.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::model::{Condition, Gained, Missing, Options, Step, StepKind, Suspect};
use crate::node::{Changed, NodeKey, base_arn};
use crate::steps::{Alter, Alteration, Expansion, Moment, Successes, expand};

/// Somebody who was gained.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) key: NodeKey,
    pub(crate) label: Gained,
    pub(crate) first_at: Timestamp,
    pub(crate) how: Vec<Step>,
    /// What it can, by the start of each moment.
    pub(crate) expansions: Vec<(Timestamp, Arc<Expansion>)>,
}

/// Everybody who was gained.
#[derive(Debug, Default)]
pub(crate) struct Gainings {
    pub(crate) nodes: Vec<Node>,
    places: BTreeMap<NodeKey, usize>,
    pub(crate) missing: BTreeSet<Missing>,
    left_out: BTreeSet<NodeKey>,
}

impl Gainings {
    pub(crate) fn left_out(&self) -> usize {
        self.left_out.len()
    }

    /// The first node with this ARN that is nothing but itself, or any.
    pub(crate) fn of_arn(&self, arn: &str) -> Option<usize> {
        let found = self
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| *node.key.arn == *arn);
        found
            .min_by_key(|(place, node)| (node.key.changed != Changed::default(), *place))
            .map(|(place, _)| place)
    }

    /// Adds a suspect.
    pub(crate) fn suspect(&mut self, moment: &Moment, number: usize, suspect: &Suspect) {
        let arn = base_arn(&moment.picture, &suspect.arn);
        let key = NodeKey {
            arn: Arc::clone(&arn),
            suspect: Some(number),
            changed: Changed::default(),
        };
        let step = Step {
            kind: StepKind::Suspect,
            actions: Vec::new(),
            from: String::new(),
            to: arn.to_string(),
            through: None,
            label: Gained::Observed,
            proofs: Vec::new(),
            conditions: Vec::new(),
            evidence: Vec::new(),
            first_at: suspect.from.to_string(),
        };
        self.gain(key, Gained::Observed, suspect.from, vec![step], usize::MAX);
    }

    /// Notes that somebody was gained; true if that is news.
    fn gain(
        &mut self,
        key: NodeKey,
        label: Gained,
        first_at: Timestamp,
        how: Vec<Step>,
        most: usize,
    ) -> Option<usize> {
        if let Some(place) = self.places.get(&key) {
            let node = self.nodes.get_mut(*place)?;
            if node.label >= label {
                return None;
            }
            node.label = label;
            node.first_at = first_at;
            node.how = how;
            return Some(*place);
        }
        if self.nodes.len() >= most {
            self.left_out.insert(key);
            return None;
        }
        let place = self.nodes.len();
        self.places.insert(key.clone(), place);
        self.nodes.push(Node {
            key,
            label,
            first_at,
            how,
            expansions: Vec::new(),
        });
        Some(place)
    }

    /// Follows everybody at a moment.
    pub(crate) fn run(
        &mut self,
        moment: &Moment,
        suspects: &[Suspect],
        successes: &Successes<'_>,
        options: &Options,
    ) {
        let mut frontier: BTreeSet<usize> = (0..self.nodes.len()).collect();
        let mut alterable: BTreeMap<(Arc<str>, String), (usize, Alter)> = BTreeMap::new();
        while !frontier.is_empty() {
            self.expand(moment, suspects, successes, &frontier, options.threads);
            let mut next = BTreeSet::new();
            for place in std::mem::take(&mut frontier) {
                let expansion = self
                    .nodes
                    .get(place)
                    .and_then(|node| node.expansions.last());
                let Some((_, expansion)) = expansion.cloned() else {
                    continue;
                };
                self.missing.extend(expansion.missing.iter().cloned());
                for transition in &expansion.transitions {
                    let seen_at = transition.seen_at;
                    let to = transition.to.clone();
                    let most = options.most_identities;
                    next.extend(self.follow(place, to, &transition.step, seen_at, moment, most));
                }
                for alter in &expansion.alters {
                    let name = format!("{:?}", alter.what);
                    let known = alterable.get(&(Arc::clone(&alter.who), name.clone()));
                    let rank = |by: usize, step: &Step| {
                        let label = self.nodes.get(by).map(|node| node.label);
                        label.map(|label| effective(label, step))
                    };
                    let is_better = known.is_none_or(|(by, known)| {
                        rank(*by, &known.step) < rank(place, &alter.step)
                    });
                    if is_better {
                        alterable.insert((Arc::clone(&alter.who), name), (place, alter.clone()));
                    }
                }
            }
            next.extend(self.altered(moment, &alterable, options.most_identities));
            frontier = next;
        }
    }

    /// Gains what a step leads to.
    fn follow(
        &mut self,
        from: usize,
        to: NodeKey,
        step: &Step,
        seen_at: Option<Timestamp>,
        moment: &Moment,
        most: usize,
    ) -> Option<usize> {
        let node = self.nodes.get(from)?;
        let label = effective(node.label, step);
        let first_at = seen_at.unwrap_or_else(|| node.first_at.max(moment.start));
        let mut how = node.how.clone();
        how.push(Step {
            first_at: first_at.to_string(),
            ..step.clone()
        });
        self.gain(to, label, first_at, how, most)
    }

    /// Gains the stronger forms of those who are gained and can be changed by somebody who is.
    fn altered(
        &mut self,
        moment: &Moment,
        alterable: &BTreeMap<(Arc<str>, String), (usize, Alter)>,
        most: usize,
    ) -> Vec<usize> {
        let mut found = Vec::new();
        let mut place = 0;
        while let Some(node) = self.nodes.get(place) {
            let key = node.key.clone();
            let mut wanted: Vec<(usize, Alter)> = Vec::new();
            for ((who, _), (by, alter)) in alterable {
                let is_user = key.arn.contains(":user/");
                let same_account =
                    alter.step.through.as_deref().is_some_and(|through| {
                        through.split(':').nth(4) == key.arn.split(':').nth(4)
                    });
                if **who == *key.arn || (&**who == "*" && is_user && same_account) {
                    wanted.push((*by, alter.clone()));
                }
            }
            for (by, alter) in wanted {
                let mut changed = key.changed.clone();
                match &alter.what {
                    Alteration::AnyPolicy => changed.any_policy = true,
                    Alteration::NoBoundary => changed.no_boundary = true,
                    Alteration::Joins(group) => {
                        changed.groups.insert(Arc::clone(group));
                    }
                }
                // With a policy that allows everything, groups add nothing.
                if changed.any_policy {
                    changed.groups.clear();
                }
                if changed == key.changed || self.is_pointless(place, by, &key, &alter.what, moment)
                {
                    continue;
                }
                let to = NodeKey {
                    changed,
                    ..key.clone()
                };
                let (Some(node), Some(by)) = (self.nodes.get(place), self.nodes.get(by)) else {
                    continue;
                };
                let label = effective(node.label.min(by.label), &alter.step);
                let first_at = node.first_at.max(by.first_at).max(moment.start);
                let mut how = node.how.clone();
                how.push(Step {
                    first_at: first_at.to_string(),
                    to: key.arn.to_string(),
                    ..alter.step.clone()
                });
                found.extend(self.gain(to, label, first_at, how, most));
            }
            place += 1;
        }
        found
    }

    /// Whether somebody of the account who is gained as certainly may do everything already, without
    /// boundary: then a further one may do no more, but for policies of resources that name it, which
    /// its own form is asked about.
    fn is_pointless(
        &self,
        place: usize,
        by: usize,
        key: &NodeKey,
        what: &Alteration,
        moment: &Moment,
    ) -> bool {
        if place == by || *what != Alteration::AnyPolicy {
            return false;
        }
        let account = key.arn.split(':').nth(4);
        let label = self.nodes.get(place).map(|node| node.label);
        self.nodes.iter().enumerate().any(|(other, node)| {
            let person = moment.picture.by_arn.get(&node.key.arn);
            let person = person.and_then(|at| moment.picture.person(*at));
            let has_boundary = person.is_none_or(|person| {
                !matches!(person.identity.boundary, rempart_policy::Known::Is(None))
            });
            other != place
                && node.key.changed.any_policy
                && (node.key.changed.no_boundary || !has_boundary)
                && node.key.suspect.is_none()
                && node.key.arn.split(':').nth(4) == account
                && Some(node.label) >= label
        })
    }

    /// Expands those that are not yet, by several threads.
    fn expand(
        &mut self,
        moment: &Moment,
        suspects: &[Suspect],
        successes: &Successes<'_>,
        places: &BTreeSet<usize>,
        threads: usize,
    ) {
        let mut open: Vec<(usize, NodeKey)> = Vec::new();
        for place in places {
            if let Some(node) = self.nodes.get(*place)
                && node.expansions.last().is_none_or(|(at, known)| {
                    *at != moment.start && !moment.is_still(&node.key, suspects, known)
                })
            {
                open.push((*place, node.key.clone()));
            }
        }
        let next = AtomicUsize::new(0);
        let done: Mutex<Vec<(usize, Expansion)>> = Mutex::default();
        let work = || {
            while let Some((place, key)) = open.get(next.fetch_add(1, Ordering::Relaxed)) {
                let expansion = expand(moment, key, suspects, successes);
                done.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push((*place, expansion));
            }
        };
        let threads = NonZero::new(threads.min(open.len())).map_or(1, NonZero::get);
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(work);
            }
            work();
        });
        for (place, expansion) in done.into_inner().unwrap_or_else(PoisonError::into_inner) {
            if let Some(node) = self.nodes.get_mut(place) {
                node.expansions.push((moment.start, Arc::new(expansion)));
            }
        }
    }
}

/// How certain the end of a step is.
fn effective(from: Gained, step: &Step) -> Gained {
    match step.label {
        Gained::Observed => Gained::Observed,
        label => label.min(from).min(Gained::Possible),
    }
}

/// The condition that an identity is only possible under conditions.
pub(crate) fn of_identity(label: Gained) -> Option<Condition> {
    (label == Gained::PossibleIf).then_some(Condition::Circumstance {
        code: "identity-possible-if",
    })
}
