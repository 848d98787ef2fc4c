//! Which rules a record can concern at all, judged by its event source and event name alone.
//!
//! Two steps. An index built once leads from a name or source to the rules that need it. What the index
//! gives for a pair is then checked by deciding every condition with all other tests left open; a rule
//! whose condition is false whatever they say is dropped. The answer is kept per pair, so that a record
//! costs one look-up.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use hashbrown::HashMap;
use rempart_trail::record::{Field, Record};

use crate::fold::fold;
use crate::matcher::decide;
use crate::program::{Check, EVENT_NAME, EVENT_SOURCE, Node, Slot, Tables, one_or};
use crate::ruleset::CompiledRule;
use crate::scratch::{Scratch, SlotMemo};

/// Most pairs that a thread remembers; real trails have a few thousand.
const MAX_PAIRS: usize = 4_096;
/// Longest source or name that is remembered, in bytes.
const MAX_TEXT: usize = 256;

/// The index from names and sources to rules.
#[derive(Debug, Default)]
pub(crate) struct Dispatch {
    by_name: HashMap<Box<str>, Vec<u32>>,
    by_source: HashMap<Box<str>, Vec<u32>>,
    /// Rules that need neither
    others: Vec<u32>,
    /// Every rule with its condition as it is
    everything: Arc<[Candidate]>,
}

/// A rule that a record may satisfy, with what is left to decide once source and name are known.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub(crate) rule: u32,
    /// Shared between the pairs that decide nothing of it, so that the conditions which every record
    /// is tested against stay in the processor's cache
    pub(crate) condition: Arc<Node>,
    /// Of a first-seen rule that teaches by another condition
    pub(crate) observe: Option<Arc<Node>>,
}

/// The event source or name of a record.
enum Part<'a> {
    Absent,
    Text(Cow<'a, str>),
    /// No text: nothing is concluded from it
    Unusual,
}

impl<'a> Part<'a> {
    fn of(record: &Record<'a>, field: Field) -> Self {
        match record.get(field) {
            None => Self::Absent,
            Some(value) => match value.plain_str() {
                Some(text) => Self::Text(Cow::Borrowed(text)),
                None => value.as_str().map_or(Self::Unusual, Self::Text),
            },
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl Dispatch {
    /// `conditions` gives for each rule the condition without which the record does not concern it.
    pub(crate) fn new(conditions: &[Node], rules: &[CompiledRule], tables: &Tables) -> Self {
        let whole = |(rule, compiled): (u32, &CompiledRule)| Candidate {
            rule,
            condition: Arc::new(compiled.condition.clone()),
            observe: compiled.observe().cloned().map(Arc::new),
        };
        let mut dispatch = Self {
            everything: (0u32..).zip(rules).map(whole).collect(),
            ..Self::default()
        };
        for (rule, condition) in (0u32..).zip(conditions) {
            if let Some(names) = necessary(condition, EVENT_NAME, tables) {
                for name in names {
                    dispatch.by_name.entry(name.into()).or_default().push(rule);
                }
            } else if let Some(sources) = necessary(condition, EVENT_SOURCE, tables) {
                for source in sources {
                    dispatch
                        .by_source
                        .entry(source.into())
                        .or_default()
                        .push(rule);
                }
            } else {
                dispatch.others.push(rule);
            }
        }
        dispatch
    }

    /// Every rule, undecided.
    pub(crate) fn everything(&self) -> Arc<[Candidate]> {
        Arc::clone(&self.everything)
    }

    /// The rules that the record may satisfy, in order.
    pub(crate) fn candidates(
        &self,
        record: &Record<'_>,
        conditions: &[Node],
        tables: &Tables,
        scratch: &mut Scratch,
    ) -> Arc<[Candidate]> {
        // The texts as written are the key: what they mean is looked at once per pair.
        scratch.key.clear();
        push_key(record, Field::EventSource, &mut scratch.key);
        push_key(record, Field::EventName, &mut scratch.key);
        if let Some(known) = scratch.candidates.get(scratch.key.as_slice()) {
            return Arc::clone(known);
        }
        let source = Part::of(record, Field::EventSource);
        let name = Part::of(record, Field::EventName);
        if matches!(source, Part::Unusual) || matches!(name, Part::Unusual) {
            return Arc::clone(&self.everything);
        }
        let known = [
            SlotMemo::of_text(source.text()),
            SlotMemo::of_text(name.text()),
        ];
        let rules: Arc<[Candidate]> = self
            .possible(source.text(), name.text(), conditions, tables)
            .filter_map(|rule| self.everything.get(rule as usize))
            .map(|whole| Candidate {
                rule: whole.rule,
                condition: shared_residue(&whole.condition, &known, tables),
                observe: whole
                    .observe
                    .as_ref()
                    .map(|observe| shared_residue(observe, &known, tables)),
            })
            .collect();
        if scratch.key.len() <= 2 * MAX_TEXT {
            if scratch.candidates.len() >= MAX_PAIRS {
                scratch.candidates.clear();
            }
            scratch
                .candidates
                .insert(scratch.key.as_slice().into(), Arc::clone(&rules));
        }
        rules
    }

    /// The rules whose condition can hold for a record with this source and name.
    pub(crate) fn possible(
        &self,
        source: Option<&str>,
        name: Option<&str>,
        conditions: &[Node],
        tables: &Tables,
    ) -> impl Iterator<Item = u32> {
        let by = |index: &HashMap<Box<str>, Vec<u32>>, text: Option<&str>| {
            let rules = text.and_then(|text| index.get(&*fold(text)));
            rules.cloned().unwrap_or_default()
        };
        let mut rules = by(&self.by_name, name);
        rules.extend(by(&self.by_source, source));
        rules.extend_from_slice(&self.others);
        rules.sort_unstable();
        let known = [SlotMemo::of_text(source), SlotMemo::of_text(name)];
        rules.into_iter().filter(move |rule| {
            let condition = conditions.get(*rule as usize);
            condition.is_some_and(|condition| outlook(condition, &known, tables) != Some(false))
        })
    }
}

/// Appends a member to a key as it is written, told apart from an absent one and from what follows by
/// a control character, which no JSON text contains.
fn push_key(record: &Record<'_>, field: Field, key: &mut Vec<u8>) {
    if let Some(value) = record.get(field) {
        key.extend_from_slice(value.raw());
    }
    key.push(0);
}

/// The folded texts of which the field must have one for the condition to hold; `None` when the
/// condition does not say.
fn necessary(node: &Node, slot: Slot, tables: &Tables) -> Option<BTreeSet<String>> {
    match node {
        Node::Test(test) => {
            let test = tables.tests.get(*test as usize)?;
            let Check::Text(set) = &test.check else {
                return None;
            };
            if test.slot != slot {
                return None;
            }
            set.patterns()
                .iter()
                .map(|pattern| pattern.exact().map(|text| fold(text).into_owned()))
                .collect()
        }
        Node::Not(_) => None,
        Node::And(nodes) => nodes
            .iter()
            .filter_map(|node| necessary(node, slot, tables))
            .reduce(|left, right| left.intersection(&right).cloned().collect()),
        Node::Or(nodes) => {
            let mut all = BTreeSet::new();
            for node in nodes {
                all.extend(necessary(node, slot, tables)?);
            }
            Some(all)
        }
    }
}

/// The condition's truth when only source and name are known; `None` when it depends on the rest.
fn outlook(node: &Node, known: &[SlotMemo; 2], tables: &Tables) -> Option<bool> {
    match node {
        Node::Test(test) => {
            let test = tables.tests.get(*test as usize)?;
            if matches!(test.check, Check::Keyword { .. } | Check::FieldRef { .. }) {
                return None;
            }
            let memo = known.get(test.slot as usize)?;
            Some(decide(&test.check, memo, &[]))
        }
        Node::Not(inner) => outlook(inner, known, tables).map(|truth| !truth),
        Node::And(nodes) => {
            let mut all = Some(true);
            for node in nodes {
                match outlook(node, known, tables) {
                    Some(false) => return Some(false),
                    None => all = None,
                    Some(true) => {}
                }
            }
            all
        }
        Node::Or(nodes) => {
            let mut any = Some(false);
            for node in nodes {
                match outlook(node, known, tables) {
                    Some(true) => return Some(true),
                    None => any = None,
                    Some(false) => {}
                }
            }
            any
        }
    }
}

/// As [`residue`], but the condition itself where it does not ask for source or name.
fn shared_residue(node: &Arc<Node>, known: &[SlotMemo; 2], tables: &Tables) -> Arc<Node> {
    if is_open(node, known, tables) {
        Arc::clone(node)
    } else {
        Arc::new(residue(node, known, tables))
    }
}

/// Whether nothing of a condition is decided by what is known.
fn is_open(node: &Node, known: &[SlotMemo; 2], tables: &Tables) -> bool {
    match node {
        Node::Test(_) => outlook(node, known, tables).is_none(),
        Node::Not(inner) => is_open(inner, known, tables),
        Node::And(nodes) | Node::Or(nodes) => nodes.iter().all(|node| is_open(node, known, tables)),
    }
}

/// What is left of a condition when source and name are known. An empty `And` is true, an empty `Or`
/// false.
fn residue(node: &Node, known: &[SlotMemo; 2], tables: &Tables) -> Node {
    match outlook(node, known, tables) {
        Some(true) => return Node::And(Box::default()),
        Some(false) => return Node::Or(Box::default()),
        None => {}
    }
    let open = |nodes: &[Node]| -> Vec<Node> {
        let open = nodes
            .iter()
            .filter(|node| outlook(node, known, tables).is_none());
        open.map(|node| residue(node, known, tables)).collect()
    };
    match node {
        Node::Test(test) => Node::Test(*test),
        Node::Not(inner) => Node::Not(Box::new(residue(inner, known, tables))),
        // The whole is open, so what is decided is true here and false below, and can be left out.
        Node::And(nodes) => one_or(open(nodes), |nodes| Node::And(nodes.into())),
        Node::Or(nodes) => one_or(open(nodes), |nodes| Node::Or(nodes.into())),
    }
}
