//! Whether one set of patterns lies within another, for all texts.
//!
//! Patterns that a single other one covers are done with at once. The rest is an antichain search
//! (M. De Wulf et al., "Antichains: A New Algorithm for Checking Universality of Finite Automata",
//! 2006): a pair of a place in the left pattern and the set of places that the right patterns can be
//! at is followed only when no pair with a smaller set was.

use std::collections::VecDeque;

use hashbrown::HashMap;

use crate::automaton::{Automaton, State, places};
use crate::language::{Glob, Language, TooManyStates};

/// Whether one set of texts lies within another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inclusion {
    /// Every text of the left is one of the right
    Included,
    /// This text is not
    Witness(String),
}

/// Whether every text of `left` is one of `right`.
///
/// # Errors
/// More than `most` states were needed.
pub fn inclusion(
    left: &Language,
    right: &Language,
    most: usize,
) -> Result<Inclusion, TooManyStates> {
    let mut used = 0;
    for glob in left.globs() {
        if right.globs().iter().any(|other| other.covers(glob)) {
            continue;
        }
        if let Some(witness) = outside(glob, right, most, &mut used)? {
            return Ok(Inclusion::Witness(witness));
        }
    }
    Ok(Inclusion::Included)
}

struct Pair {
    place: usize,
    right: State,
    before: usize,
    character: char,
}

/// A text of the pattern that no other one matches.
fn outside(
    glob: &Glob,
    right: &Language,
    most: usize,
    used: &mut usize,
) -> Result<Option<String>, TooManyStates> {
    let single = Automaton::of_globs(std::iter::once(glob));
    let others = Automaton::new(&[right]);
    let end = glob.steps().len();
    let mut alphabet = single.alphabet();
    alphabet.extend(others.alphabet());
    // What is no character of either side stands in front and is the same for both.
    let fresh = Automaton::new(&[right, &Language::new([glob.clone()])]).alphabet();
    alphabet.extend(fresh);
    alphabet.sort_unstable();
    alphabet.dedup();
    let mut pairs: Vec<Pair> = Vec::new();
    let mut smallest: HashMap<usize, Vec<State>, foldhash::fast::FixedState> = HashMap::default();
    let mut pending = VecDeque::new();
    let start = others.start();
    for place in places(&single.start()) {
        pairs.push(Pair {
            place,
            right: start.clone(),
            before: usize::MAX,
            character: '\0',
        });
        pending.push_back(pairs.len() - 1);
    }
    while let Some(number) = pending.pop_front() {
        let Some(pair) = pairs.get(number) else {
            continue;
        };
        let accepted = others.accepts(&pair.right);
        if pair.place == end && accepted.first() == Some(&false) {
            return Ok(Some(text_to(&pairs, number)));
        }
        let (place, state) = (pair.place, pair.right.clone());
        for character in &alphabet {
            let targets = single.step_from(place, *character);
            if targets.iter().all(|word| *word == 0) {
                continue;
            }
            let next = others.step(&state, *character);
            for target in places(&targets) {
                let known = smallest.entry(target).or_default();
                if known.iter().any(|small| is_subset(small, &next)) {
                    continue;
                }
                known.retain(|large| !is_subset(&next, large));
                known.push(next.clone());
                *used += 1;
                if *used > most {
                    return Err(TooManyStates(most));
                }
                pairs.push(Pair {
                    place: target,
                    right: next.clone(),
                    before: number,
                    character: *character,
                });
                pending.push_back(pairs.len() - 1);
            }
        }
    }
    Ok(None)
}

fn is_subset(small: &[u64], large: &[u64]) -> bool {
    small.iter().zip(large).all(|(a, b)| a & !b == 0)
}

fn text_to(pairs: &[Pair], number: usize) -> String {
    let mut characters = Vec::new();
    let mut at = number;
    while let Some(pair) = pairs.get(at).filter(|pair| pair.before != usize::MAX) {
        characters.push(pair.character);
        at = pair.before;
    }
    characters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn language(patterns: &[&str]) -> Language {
        Language::new(patterns.iter().map(|pattern| Glob::like(pattern)))
    }

    fn included(left: &[&str], right: &[&str]) -> bool {
        inclusion(&language(left), &language(right), 100_000) == Ok(Inclusion::Included)
    }

    #[test]
    fn unions_include_what_no_single_pattern_does() {
        assert!(included(&["a*"], &["a", "a?*"]));
        assert!(!included(&["a*"], &["a?*"]));
        assert!(included(&["*"], &["", "?", "??*"]));
        assert!(included(&["ml.t3.*", "ml.t3.medium"], &["ml.t?.*"]));
        assert!(!included(&["*a*b*"], &["*ab*", "*a?b*"]));
    }

    fn pattern() -> impl Strategy<Value = String> {
        prop::collection::vec(prop::sample::select(vec!['a', 'b', '*', '?']), 0..5)
            .prop_map(|characters| characters.into_iter().collect())
    }

    proptest! {
        #[test]
        fn agrees_with_the_walk_over_cells(
            left in prop::collection::vec(pattern(), 1..3),
            right in prop::collection::vec(pattern(), 1..4),
        ) {
            let make = |all: &[String]| Language::new(all.iter().map(|text| Glob::like(text)));
            let (left, right) = (make(&left), make(&right));
            let result = inclusion(&left, &right, 100_000).expect("few states");
            let escapes = |truth: &[bool]| truth == [true, false];
            let cells = crate::language::split(&[&left, &right], escapes, 100_000).expect("few");
            let empty_escapes = left.matches("") && !right.matches("");
            prop_assert_eq!(result == Inclusion::Included, cells.is_empty() && !empty_escapes);
            if let Inclusion::Witness(text) = result {
                prop_assert!(left.matches(&text) && !right.matches(&text));
            }
        }
    }
}
