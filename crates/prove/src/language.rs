//! Sets of texts as patterns, and the product walk that splits all texts by the sets that hold them.

use std::collections::VecDeque;
use std::sync::OnceLock;

use hashbrown::{HashMap, HashSet};

use crate::automaton::{Automaton, State, takes};

/// A step of a pattern over characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// This character
    Char(char),
    /// One of these characters: both cases of a letter
    OneOf(Box<[char]>),
    /// Any character; without colons when the flag is false
    One(bool),
    /// Any text; without colons when the flag is false
    Any(bool),
}

/// A pattern: a text matches when the steps take it up completely.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Glob {
    steps: Vec<Step>,
}

/// A union of patterns.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Language {
    globs: Vec<Glob>,
}

/// The walk needs more states than allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {0} states are needed")]
pub struct TooManyStates(pub usize);

impl Glob {
    /// The text itself.
    pub fn literal(text: &str) -> Self {
        let mut glob = Self::default();
        glob.push_literal(text);
        glob
    }

    /// The text in any case, by simple folding.
    pub fn without_case(text: &str) -> Self {
        Self {
            steps: text.chars().map(any_case).collect(),
        }
    }

    /// `*` and `?` match every character.
    pub fn like(pattern: &str) -> Self {
        let mut glob = Self::default();
        glob.push_like(pattern, true);
        glob
    }

    /// A pattern of a resource element: in the first five parts wildcards stop at colons, except a
    /// star that ends its part.
    pub fn resource(pattern: &str) -> Self {
        let mut glob = Self::default();
        glob.push_resource(pattern, &mut 0);
        glob
    }

    /// A pattern of the ARN operators: six parts, compared part by part. `None` for a pattern with
    /// fewer parts, of which AWS does not say what it matches.
    pub fn arn(pattern: &str) -> Option<Self> {
        let mut glob = Self::default();
        if !pattern.is_empty() && pattern.chars().all(|character| character == '*') {
            glob.push_literal("arn:");
            for part in 0..5 {
                glob.push(Step::Any(part == 4));
                if part < 4 {
                    glob.push_literal(":");
                }
            }
            return Some(glob);
        }
        let parts: Vec<&str> = pattern.splitn(6, ':').collect();
        let (first, rest) = parts.split_first()?;
        if parts.len() < 6 {
            return None;
        }
        // A value is an ARN only when it begins so.
        if !Self::like(first).matches("arn") {
            return Some(Self {
                steps: vec![Step::OneOf(Box::new([]))],
            });
        }
        glob.push_literal("arn");
        for (number, part) in rest.iter().enumerate() {
            glob.push_literal(":");
            glob.push_like(part, number == 4);
        }
        Some(glob)
    }

    /// Adds text without wildcards.
    pub fn push_literal(&mut self, text: &str) {
        self.steps.extend(text.chars().map(Step::Char));
    }

    /// Adds text that counts in any case.
    pub fn push_without_case(&mut self, text: &str) {
        self.steps.extend(text.chars().map(any_case));
    }

    /// Adds text with wildcards.
    pub fn push_like(&mut self, pattern: &str, colons: bool) {
        for character in pattern.chars() {
            self.push(match character {
                '*' => Step::Any(colons),
                '?' => Step::One(colons),
                other => Step::Char(other),
            });
        }
    }

    /// Adds a stretch of a resource pattern; `colons` counts those before it.
    pub fn push_resource(&mut self, pattern: &str, colons: &mut usize) {
        let mut characters = pattern.chars().peekable();
        while let Some(character) = characters.next() {
            let is_last = *colons >= 5;
            self.push(match character {
                '*' => {
                    let ends_part = matches!(characters.peek(), None | Some(':'));
                    Step::Any(is_last || ends_part)
                }
                '?' => Step::One(is_last),
                other => {
                    *colons += usize::from(other == ':');
                    Step::Char(other)
                }
            });
        }
    }

    fn push(&mut self, step: Step) {
        if matches!(step, Step::Any(_)) && self.steps.last() == Some(&step) {
            return;
        }
        self.steps.push(step);
    }

    /// Whether it is one text, without wildcards and cases.
    fn is_plain(&self) -> bool {
        self.steps.iter().all(|step| matches!(step, Step::Char(_)))
    }

    /// The steps.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether the whole text matches.
    pub fn matches(&self, text: &str) -> bool {
        let globs = std::slice::from_ref(self);
        let automaton = Automaton::of_globs(globs.iter());
        let mut state = automaton.start();
        for character in text.chars() {
            state = automaton.step(&state, character);
        }
        automaton.accepts(&state).first().copied().unwrap_or(false)
    }

    /// Whether every text of `other` is certainly one of this pattern. False says nothing.
    pub fn covers(&self, other: &Self) -> bool {
        // The other pattern is read as a text in which a star is a letter that only a star takes up.
        let (steps, letters) = (&self.steps, &other.steps);
        let mut places = vec![false; steps.len() + 1];
        set(&mut places, 0);
        close(steps, &mut places);
        for letter in letters {
            let mut next = vec![false; steps.len() + 1];
            for (place, step) in steps.iter().enumerate() {
                if !places.get(place).copied().unwrap_or(false) {
                    continue;
                }
                match (step, letter) {
                    (Step::Any(true), _) => set(&mut next, place),
                    (Step::Any(false), Step::Char(':') | Step::One(true) | Step::Any(true)) => {}
                    (Step::Any(false), Step::OneOf(set_of)) if set_of.contains(&':') => {}
                    (Step::Any(false), _) => set(&mut next, place),
                    (_, Step::Any(_)) => {}
                    (Step::One(true), _) => set(&mut next, place + 1),
                    (Step::One(false), Step::Char(':') | Step::One(true)) => {}
                    (Step::One(false), Step::OneOf(set_of)) if set_of.contains(&':') => {}
                    (Step::One(false), _) => set(&mut next, place + 1),
                    (Step::Char(_) | Step::OneOf(_), Step::Char(character))
                        if takes(step, *character) =>
                    {
                        set(&mut next, place + 1);
                    }
                    (Step::OneOf(_), Step::OneOf(all))
                        if all.iter().all(|character| takes(step, *character)) =>
                    {
                        set(&mut next, place + 1);
                    }
                    _ => {}
                }
            }
            close(steps, &mut next);
            places = next;
        }
        places.last().copied().unwrap_or(false)
    }
}

fn set(places: &mut [bool], place: usize) {
    if let Some(slot) = places.get_mut(place) {
        *slot = true;
    }
}

fn close(steps: &[Step], places: &mut [bool]) {
    for (place, step) in steps.iter().enumerate() {
        if matches!(step, Step::Any(_)) && places.get(place).copied().unwrap_or(false) {
            set(places, place + 1);
        }
    }
}

/// All characters that simple folding makes equal to this one.
fn any_case(character: char) -> Step {
    type Classes = HashMap<char, Vec<char>, foldhash::fast::FixedState>;
    static CLASSES: OnceLock<Classes> = OnceLock::new();
    let classes = CLASSES.get_or_init(|| {
        let mut classes = Classes::default();
        for character in '\0'..=char::MAX {
            let folded = fold(character);
            if folded != character {
                let class = classes.entry(folded).or_insert_with(|| vec![folded]);
                class.push(character);
            }
        }
        classes
    });
    match classes.get(&fold(character)) {
        Some(class) => Step::OneOf(class.as_slice().into()),
        None => Step::Char(character),
    }
}

/// One character to one character, through the upper case; those that would become several stay.
fn fold(character: char) -> char {
    fn single(mut all: impl Iterator<Item = char>) -> Option<char> {
        let first = all.next()?;
        all.next().is_none().then_some(first)
    }
    let upper = single(character.to_uppercase()).unwrap_or(character);
    single(upper.to_lowercase()).unwrap_or(upper)
}

impl Language {
    /// The union of patterns. Those that another one covers are left out.
    pub fn new(globs: impl IntoIterator<Item = Glob>) -> Self {
        // Each pattern is held against each other one, so of very many only equal ones are left out.
        const MOST_COMPARED: usize = 500;
        let mut seen: HashSet<Glob, foldhash::fast::FixedState> = HashSet::default();
        let mut kept: Vec<Glob> = Vec::new();
        for glob in globs {
            if !seen.insert(glob.clone()) {
                continue;
            }
            if kept.len() < MOST_COMPARED {
                // A plain text covers only itself, and equal ones are gone already.
                let mut wild = kept.iter().filter(|other| !other.is_plain());
                if wild.any(|other| other.covers(&glob)) {
                    continue;
                }
                if !glob.is_plain() {
                    kept.retain(|other| !glob.covers(other));
                }
            }
            kept.push(glob);
        }
        Self { globs: kept }
    }

    /// The patterns.
    pub fn globs(&self) -> &[Glob] {
        &self.globs
    }

    /// Whether one of the patterns matches.
    pub fn matches(&self, text: &str) -> bool {
        self.globs.iter().any(|glob| glob.matches(text))
    }
}

/// How much walks may cost together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// States of one walk.
    pub(crate) states: usize,
    /// Places that are looked at, and words of states that are kept.
    work: u64,
}

impl Effort {
    /// Long patterns make every state dear: their walks end earlier.
    pub(crate) fn new(states: usize) -> Self {
        Self {
            states,
            work: (states as u64).saturating_mul(2_000),
        }
    }

    fn spend(&mut self, work: u64) -> Result<(), TooManyStates> {
        match self.work.checked_sub(work) {
            Some(rest) => self.work = rest,
            None => return Err(TooManyStates(self.states)),
        }
        Ok(())
    }
}

/// Every combination of languages that some non-empty text has, each with a shortest such text.
/// Combinations for which `wanted` is false are left out.
///
/// # Errors
/// More than `most` states were needed, or fewer of long patterns.
pub fn split(
    languages: &[&Language],
    wanted: impl Fn(&[bool]) -> bool,
    most: usize,
) -> Result<Vec<(String, Vec<bool>)>, TooManyStates> {
    walk(languages, wanted, usize::MAX, &mut Effort::new(most))
}

/// A shortest non-empty text that lies in exactly these languages.
pub(crate) fn text_in(
    languages: &[&Language],
    truths: &[bool],
    effort: &mut Effort,
) -> Result<Option<String>, TooManyStates> {
    let found = walk(languages, |truth| truth == truths, 1, effort)?;
    Ok(found.into_iter().next().map(|(text, _)| text))
}

/// The first `count` combinations.
fn walk(
    languages: &[&Language],
    wanted: impl Fn(&[bool]) -> bool,
    count: usize,
    effort: &mut Effort,
) -> Result<Vec<(String, Vec<bool>)>, TooManyStates> {
    // What a kept state costs beside a place that is looked at.
    const KEEPING: u64 = 20;
    let automaton = Automaton::new(languages);
    let alphabet = automaton.alphabet();
    let mut cells: Vec<(String, Vec<bool>)> = Vec::new();
    let mut known: HashSet<Vec<bool>, foldhash::fast::FixedState> = HashSet::default();
    // A state, the state before it and the character between them.
    let start = automaton.start();
    let mut reached: Vec<(usize, char)> = vec![(0, '\0')];
    let mut numbers: HashMap<State, usize, foldhash::fast::FixedState> = HashMap::default();
    numbers.insert(start.clone(), 0);
    let mut pending = VecDeque::from([(0_usize, start)]);
    while let Some((number, state)) = pending.pop_front() {
        for character in &alphabet {
            effort.spend(automaton.cost(&state))?;
            let next = automaton.step(&state, *character);
            let before = numbers.get(&next).copied();
            // The start can be reached again by a non-empty text: its cell counts then.
            if before.is_none_or(|before| before == 0) {
                let accepted = automaton.accepts(&next);
                if wanted(&accepted) && known.insert(accepted.clone()) {
                    let mut text = text_to(&reached, number);
                    text.push(*character);
                    cells.push((text, accepted));
                    if cells.len() >= count {
                        return Ok(cells);
                    }
                }
            }
            if before.is_some() {
                continue;
            }
            if numbers.len() >= effort.states {
                return Err(TooManyStates(effort.states));
            }
            effort.spend(automaton.size() * KEEPING + languages.len() as u64)?;
            let fresh = reached.len();
            reached.push((number, *character));
            numbers.insert(next.clone(), fresh);
            pending.push_back((fresh, next));
        }
    }
    Ok(cells)
}

fn text_to(reached: &[(usize, char)], number: usize) -> String {
    let mut characters = Vec::new();
    let mut at = number;
    while at != 0 {
        let Some((before, character)) = reached.get(at) else {
            break;
        };
        characters.push(*character);
        at = *before;
    }
    characters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn patterns_match_as_the_engine_does() {
        assert!(Glob::like("a*b?c").matches("ab\u{e9}c"));
        assert!(Glob::resource("arn:aws:sns:us-*-1:1:t").matches("arn:aws:sns:us-east-1:1:t"));
        assert!(!Glob::resource("arn:aws:sns:us-*-1:1:t").matches("arn:aws:sns:us-e:x-1:1:t"));
        assert!(Glob::resource("arn:aws:sns:us-*:t:x").matches("arn:aws:sns:us-east-1:1:t:x"));
        assert!(Glob::without_case("aB1").matches("Ab1"));
        let key = Glob::arn("arn:aws:kms:*:111122223333:key/*").expect("six parts");
        assert!(key.matches("arn:aws:kms:eu-west-1:111122223333:key/1:2"));
        assert!(!key.matches("arn:aws:kms:eu:west:111122223333:key/1"));
        assert!(Glob::arn("arn:aws:iam").is_none());
        assert!(Glob::arn("*").is_some_and(|any| any.matches("arn:::::") && !any.matches("arn:a")));
    }

    #[test]
    fn cells_are_all_combinations() {
        let a = Language::new([Glob::like("ml.t3.*")]);
        let b = Language::new([Glob::like("*.medium"), Glob::like("*.large")]);
        let cells = split(&[&a, &b], |_| true, 10_000).expect("few states");
        assert_eq!(cells.len(), 4);
        for (text, accepted) in cells {
            assert_eq!(accepted, [a.matches(&text), b.matches(&text)], "{text}");
        }
    }

    #[test]
    fn the_walk_is_bounded() {
        let wild = Language::new([Glob::like("*a????????????????????")]);
        assert_eq!(split(&[&wild], |_| true, 1_000), Err(TooManyStates(1_000)));
    }

    fn pattern() -> impl Strategy<Value = String> {
        prop::collection::vec(prop::sample::select(vec!['a', 'b', ':', '*', '?']), 0..6)
            .prop_map(|characters| characters.into_iter().collect())
    }

    proptest! {
        #[test]
        fn covering_is_inclusion(left in pattern(), right in pattern(), text in "[ab:]{0,6}") {
            for make in [Glob::like, Glob::resource] {
                let (left, right) = (make(&left), make(&right));
                if left.covers(&right) && right.matches(&text) {
                    prop_assert!(left.matches(&text));
                }
            }
        }

        #[test]
        fn no_short_text_is_outside_all_cells(
            left in prop::collection::vec(pattern(), 1..3),
            right in prop::collection::vec(pattern(), 1..3),
            text in "[abc:]{1,5}",
        ) {
            let left = Language::new(left.iter().map(|text| Glob::like(text)));
            let right = Language::new(right.iter().map(|text| Glob::resource(text)));
            let cells = split(&[&left, &right], |_| true, 100_000).expect("few states");
            let truth = vec![left.matches(&text), right.matches(&text)];
            prop_assert!(cells.iter().any(|(_, accepted)| *accepted == truth));
            for (witness, accepted) in &cells {
                prop_assert!(!witness.is_empty());
                prop_assert_eq!(accepted, &vec![left.matches(witness), right.matches(witness)]);
            }
        }

        #[test]
        fn patterns_agree_with_the_engine(pattern in pattern(), text in "[abc:]{0,7}") {
            use rempart_policy::Pattern;
            prop_assert_eq!(Glob::like(&pattern).matches(&text), Pattern::of_text(&pattern).matches(&text));
            prop_assert_eq!(
                Glob::resource(&pattern).matches(&text),
                Pattern::of_resource(&pattern).matches(&text)
            );
        }
    }
}
