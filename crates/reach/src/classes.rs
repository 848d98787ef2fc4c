//! Resources that nothing tells apart: what is decided for one of a class holds for all of it.
//!
//! Two targets are in one class when what belongs to them is the same, their own name aside, and every
//! pattern of the policies of an actor matches both or none.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

use rempart_policy::context::{Context, KeyName, KeyState};
use rempart_policy::{Pattern, Policies, Stack};

use crate::picture::Map;
use crate::targets::Target;

/// The targets of a moment with what patterns match.
#[derive(Debug)]
pub(crate) struct Matches {
    /// Base class of each target.
    base: Vec<u32>,
    bases: u32,
    /// Places of the targets by what is decided.
    order: Vec<u32>,
    known: RwLock<Map<String, Arc<Vec<u32>>>>,
}

/// A class.
#[derive(Clone, Debug)]
pub(crate) struct Class {
    /// Places of its targets; never empty.
    pub(crate) members: Vec<u32>,
}

impl Matches {
    pub(crate) fn new(targets: &[Target]) -> Self {
        let mut ids: Map<&str, u32> = Map::default();
        let mut base = Vec::with_capacity(targets.len());
        for target in targets {
            let next = u32::try_from(ids.len()).unwrap_or(u32::MAX);
            base.push(*ids.entry(&target.signature).or_insert(next));
        }
        let mut order: Vec<u32> = (0..).take(targets.len()).collect();
        let decided = |place: &u32| targets.get(*place as usize).map(|one| &*one.decided);
        order.sort_by(|a, b| decided(a).cmp(&decided(b)));
        Self {
            bases: u32::try_from(ids.len()).unwrap_or(u32::MAX),
            base,
            order,
            known: RwLock::default(),
        }
    }

    /// The targets that a pattern matches.
    fn of(&self, pattern: &str, targets: &[Target]) -> Arc<Vec<u32>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(pattern) {
            return Arc::clone(found);
        }
        drop(known);
        let end = pattern.find(['*', '?']).unwrap_or(pattern.len());
        let prefix = pattern.get(..end).unwrap_or_default();
        let compiled = Pattern::of_resource(pattern);
        let found = self.with_prefix(prefix, targets);
        let found: Vec<u32> = found
            .iter()
            .copied()
            .filter(|place| {
                let target = targets.get(*place as usize);
                target.is_some_and(|target| compiled.matches(&target.decided))
            })
            .collect();
        let found = Arc::new(found);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(pattern.to_owned(), Arc::clone(&found));
        found
    }

    fn with_prefix(&self, prefix: &str, targets: &[Target]) -> &[u32] {
        let decided = |place: &u32| {
            let target = targets.get(*place as usize);
            target.map_or("", |target| &*target.decided)
        };
        let start = self.order.partition_point(|place| decided(place) < prefix);
        let rest = self.order.get(start..).unwrap_or_default();
        let length = rest.partition_point(|place| decided(place).starts_with(prefix));
        rest.get(..length).unwrap_or_default()
    }

    /// The classes of an actor whose policies these are, in the order of their first targets.
    pub(crate) fn classes(
        &self,
        stack: &Stack,
        controls: &[Policies],
        context: &Context,
        targets: &[Target],
    ) -> Vec<Class> {
        let mut class = self.base.clone();
        let mut next = self.bases;
        for pattern in patterns(stack, controls) {
            if pattern == "*" {
                continue;
            }
            let (places, is_exact) = match filled(&pattern, context) {
                Some(pattern) => (self.of(&pattern, targets), true),
                None => {
                    // A variable that is not known: each target that it may be stands for itself.
                    let end = pattern.find(['*', '?', '$']).unwrap_or(pattern.len());
                    let prefix = pattern.get(..end).unwrap_or_default();
                    (Arc::new(self.with_prefix(prefix, targets).to_vec()), false)
                }
            };
            let mut renamed: Map<u32, u32> = Map::default();
            for place in places.iter() {
                let Some(own) = class.get_mut(*place as usize) else {
                    continue;
                };
                if is_exact {
                    *own = *renamed.entry(*own).or_insert_with(|| {
                        next += 1;
                        next - 1
                    });
                } else {
                    *own = next;
                    next += 1;
                }
            }
        }
        let mut position: Map<u32, usize> = Map::default();
        let mut classes: Vec<Class> = Vec::new();
        for (place, id) in (0_u32..).zip(class) {
            let at = *position.entry(id).or_insert(classes.len());
            match classes.get_mut(at) {
                Some(class) => class.members.push(place),
                None => classes.push(Class {
                    members: vec![place],
                }),
            }
        }
        classes
    }
}

/// The resource patterns of policies, each once.
fn patterns(stack: &Stack, controls: &[Policies]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let controls = controls.iter().flatten().map(|policy| &**policy);
    for policy in stack.policies().map(|(_, policy)| policy).chain(controls) {
        for statement in &policy.policy().statements {
            let values = statement.resource.iter().flat_map(|one| &one.values);
            found.extend(values.map(|value| value.text.to_string()));
        }
    }
    found
}

/// The pattern with its variables filled in; `None` when one of them is not known, or holds what would
/// be read as a wildcard.
fn filled(pattern: &str, context: &Context) -> Option<String> {
    let mut text = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        text.push_str(before);
        let (name, after) = after.split_once('}')?;
        let KeyState::Single(value) = context.get(&KeyName::new(name.trim()))? else {
            return None;
        };
        if value.contains(['*', '?', '$']) {
            return None;
        }
        text.push_str(value);
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}
