//! Keywords: texts that are sought in every key and every scalar of the record.
//!
//! One pass over the record's text finds which literals are in it; a keyword whose literal is missing
//! is not there. The pass is trusted only where the text shows strings as they are: it must be ASCII
//! and without `\u` escapes. Whatever may be there is then compared key by key and value by value after
//! unescaping, so that no way of writing hides a match or makes one up.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};
use rempart_trail::json::{Json, Kind};
use rempart_trail::record::Record;

use crate::program::KeywordTest;
use crate::scratch::{Scratch, scalar};

/// The literals of all keywords.
#[derive(Debug, Default)]
pub(crate) struct Keywords {
    automaton: Option<AhoCorasick>,
}

impl Keywords {
    pub(crate) fn new(literals: &[Box<str>]) -> Self {
        if literals.is_empty() {
            return Self::default();
        }
        let automaton = AhoCorasickBuilder::new()
            .ascii_case_insensitive(true)
            .build(literals.iter().map(|literal| literal.as_bytes()))
            .ok();
        Self { automaton }
    }

    /// Whether the record holds the keyword.
    pub(crate) fn found(
        &self,
        what: &KeywordTest,
        literals: Option<&[u32]>,
        record: &Record<'_>,
        scratch: &mut Scratch,
    ) -> bool {
        if let (Some(literals), Some(automaton)) = (literals, &self.automaton) {
            pass(automaton, record.raw(), scratch);
            let memo = &scratch.keywords;
            let is_seen = |literal: &u32| memo.seen.get(*literal as usize) == Some(&scratch.epoch);
            if memo.readable && !literals.iter().any(is_seen) {
                return false;
            }
        }
        let matches = |text: &str| match what {
            KeywordTest::Text(set) => set.matches(text),
            KeywordTest::Regex(regex) => regex.is_match(text),
        };
        any_text(record.json(), &matches)
    }
}

fn pass(automaton: &AhoCorasick, raw: &[u8], scratch: &mut Scratch) {
    let epoch = scratch.epoch;
    let memo = &mut scratch.keywords;
    if memo.epoch == epoch {
        return;
    }
    memo.epoch = epoch;
    memo.readable = raw.is_ascii() && memchr::memmem::find(raw, b"\\u").is_none();
    if !memo.readable {
        return;
    }
    for found in automaton.find_overlapping_iter(raw) {
        if let Some(seen) = memo.seen.get_mut(found.pattern().as_usize()) {
            *seen = epoch;
        }
    }
}

/// Whether a key or scalar of the value satisfies `matches`. Depth is bounded by that of records.
fn any_text(value: Json<'_>, matches: &dyn Fn(&str) -> bool) -> bool {
    match value.kind() {
        Kind::Object => value
            .entries()
            .any(|(key, value)| matches(&key.text()) || any_text(value, matches)),
        Kind::Array => value.elements().any(|element| any_text(element, matches)),
        _ => scalar(value).text().is_some_and(matches),
    }
}
