//! Many patterns at once.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind};
use hashbrown::HashSet;

use crate::fold::fold;
use crate::glob::{Pattern, Shape};

/// From this many on, exact texts go to a hash set and contained ones to an automaton.
const MANY: usize = 5;
/// Exact texts up to this length are looked up without an allocation.
const SHORT: usize = 128;

/// A set of patterns of which one must match.
#[derive(Debug, Clone)]
pub(crate) struct TextSet {
    /// All patterns, sorted: the identity of the set
    all: Vec<Pattern>,
    /// Those that are neither in `exact` nor in `contained`
    single: Vec<Pattern>,
    exact: HashSet<Box<str>, foldhash::fast::FixedState>,
    contained: Option<AhoCorasick>,
}

/// A table per state is twice as fast and costs 256 words for each byte of the patterns: worth it for
/// the lists that rules hold.
fn automaton_kind(texts: &[&str]) -> Option<AhoCorasickKind> {
    let bytes: usize = texts.iter().map(|text| text.len()).sum();
    (bytes <= 2_000).then_some(AhoCorasickKind::DFA)
}

impl TextSet {
    pub(crate) fn new(mut all: Vec<Pattern>) -> Self {
        all.sort();
        all.dedup();
        let mut single = all.clone();
        let mut exact = HashSet::with_hasher(foldhash::fast::FixedState::default());
        let exact_texts: Vec<Box<str>> = all
            .iter()
            .filter(|pattern| !pattern.cased)
            .filter_map(|pattern| pattern.exact().map(Into::into))
            .collect();
        if exact_texts.len() >= MANY {
            exact.extend(exact_texts);
            single.retain(|pattern| pattern.cased || pattern.exact().is_none());
        }
        let contained_texts: Vec<&str> = all
            .iter()
            .filter_map(|pattern| match (&pattern.shape, pattern.cased) {
                (Shape::Contains(text), false) => Some(&**text),
                _ => None,
            })
            .collect();
        let mut contained = None;
        if contained_texts.len() >= MANY {
            contained = AhoCorasickBuilder::new()
                .ascii_case_insensitive(true)
                .kind(automaton_kind(&contained_texts))
                .build(&contained_texts)
                .ok();
        }
        if contained.is_some() {
            single.retain(|pattern| pattern.cased || !matches!(pattern.shape, Shape::Contains(_)));
        }
        Self {
            all,
            single,
            exact,
            contained,
        }
    }

    /// All patterns, sorted.
    pub(crate) fn patterns(&self) -> &[Pattern] {
        &self.all
    }

    /// Whether one of the patterns matches the text.
    pub(crate) fn matches(&self, text: &str) -> bool {
        if self.single.iter().any(|pattern| pattern.matches(text)) {
            return true;
        }
        if self.exact.is_empty() && self.contained.is_none() {
            return false;
        }
        if !text.is_ascii() {
            let folded = fold(text);
            return self.exact.contains(&*folded) || self.contains(&folded);
        }
        self.exact_ascii(text) || self.contains(text)
    }

    /// Whether matching reads the whole text through an automaton.
    pub(crate) const fn is_expensive(&self) -> bool {
        self.contained.is_some()
    }

    /// Relative cost of matching.
    pub(crate) fn cost(&self) -> u32 {
        let single: u32 = self.single.iter().map(Pattern::cost).sum();
        single + u32::from(!self.exact.is_empty()) + if self.contained.is_some() { 6 } else { 0 }
    }

    fn contains(&self, text: &str) -> bool {
        self.contained
            .as_ref()
            .is_some_and(|automaton| automaton.is_match(text))
    }

    fn exact_ascii(&self, text: &str) -> bool {
        if self.exact.is_empty() {
            return false;
        }
        let mut buffer = [0u8; SHORT];
        let Some(copy) = buffer.get_mut(..text.len()) else {
            return self.exact.contains(&*text.to_ascii_lowercase());
        };
        copy.copy_from_slice(text.as_bytes());
        copy.make_ascii_lowercase();
        std::str::from_utf8(copy).is_ok_and(|lower| self.exact.contains(lower))
    }
}
