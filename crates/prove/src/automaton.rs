//! The reading of several languages at once.

use crate::language::{Glob, Language, Step};

/// Several languages read at once. A state is the set of places that the reading can be at.
pub(crate) struct Automaton {
    steps: Vec<Option<Step>>,
    /// First place of each pattern.
    starts: Vec<usize>,
    /// Final place of each pattern, with the number of its language.
    ends: Vec<(usize, usize)>,
    languages: usize,
    words: usize,
    /// The places of stars.
    stars: State,
}

/// A set of places, a bit for each.
pub(crate) type State = Box<[u64]>;

impl Automaton {
    pub(crate) fn new(languages: &[&Language]) -> Self {
        let mut automaton = Self::empty(languages.len());
        for (number, language) in languages.iter().enumerate() {
            for glob in language.globs() {
                automaton.push(glob, number);
            }
        }
        automaton.finish();
        automaton
    }

    /// Each pattern as a language of its own.
    pub(crate) fn of_globs<'a>(globs: impl ExactSizeIterator<Item = &'a Glob>) -> Self {
        let mut automaton = Self::empty(globs.len());
        for (number, glob) in globs.enumerate() {
            automaton.push(glob, number);
        }
        automaton.finish();
        automaton
    }

    fn finish(&mut self) {
        self.words = self.steps.len().div_ceil(64);
        self.stars = vec![0; self.words].into_boxed_slice();
        for (place, step) in self.steps.iter().enumerate() {
            if matches!(step, Some(Step::Any(_))) {
                insert(&mut self.stars, place);
            }
        }
    }

    fn empty(languages: usize) -> Self {
        Self {
            steps: Vec::new(),
            starts: Vec::new(),
            ends: Vec::new(),
            languages,
            words: 0,
            stars: State::default(),
        }
    }

    fn push(&mut self, glob: &Glob, language: usize) {
        self.starts.push(self.steps.len());
        self.steps.extend(glob.steps().iter().cloned().map(Some));
        self.ends.push((self.steps.len(), language));
        self.steps.push(None);
    }

    pub(crate) fn start(&self) -> State {
        let mut state = vec![0; self.words].into_boxed_slice();
        for place in &self.starts {
            insert(&mut state, *place);
        }
        self.close(&mut state);
        state
    }

    pub(crate) fn step(&self, state: &State, character: char) -> State {
        let mut next = vec![0; self.words].into_boxed_slice();
        for place in places(state) {
            let Some(Some(step)) = self.steps.get(place) else {
                continue;
            };
            match step {
                Step::Any(colons) => {
                    if *colons || character != ':' {
                        insert(&mut next, place);
                    }
                }
                step => {
                    if takes(step, character) {
                        insert(&mut next, place + 1);
                    }
                }
            }
        }
        self.close(&mut next);
        next
    }

    /// The places after one place and a character.
    pub(crate) fn step_from(&self, place: usize, character: char) -> State {
        let mut state = vec![0; self.words].into_boxed_slice();
        insert(&mut state, place);
        self.step(&state, character)
    }

    /// What a star may leave out. Stars lie before what follows them, so one pass in order suffices.
    fn close(&self, state: &mut State) {
        for (number, stars) in self.stars.iter().enumerate() {
            let mut done = 0_u64;
            loop {
                let word = state.get(number).copied().unwrap_or(0);
                let open = word & stars & !done;
                if open == 0 {
                    break;
                }
                let bit = open & open.wrapping_neg();
                done |= bit;
                insert(state, number * 64 + bit.trailing_zeros() as usize + 1);
            }
        }
    }

    /// What a step from a state costs, about.
    pub(crate) fn cost(&self, state: &State) -> u64 {
        let places: u32 = state.iter().map(|word| word.count_ones()).sum();
        u64::from(places) + self.words as u64 + 4
    }

    /// What it costs to keep a state.
    pub(crate) fn size(&self) -> u64 {
        self.words as u64 + 16
    }

    /// Which languages hold the text that was read.
    pub(crate) fn accepts(&self, state: &State) -> Vec<bool> {
        let mut accepted = vec![false; self.languages];
        for (place, language) in &self.ends {
            if contains(state, *place)
                && let Some(slot) = accepted.get_mut(*language)
            {
                *slot = true;
            }
        }
        accepted
    }

    /// The characters that matter, pleasant ones first, and one that stands for all others.
    pub(crate) fn alphabet(&self) -> Vec<char> {
        let mut characters: Vec<char> = Vec::new();
        let mut minds_colons = false;
        for step in self.steps.iter().flatten() {
            match step {
                Step::Char(character) => characters.push(*character),
                Step::OneOf(all) => characters.extend(all.iter()),
                Step::One(colons) | Step::Any(colons) => minds_colons |= !colons,
            }
        }
        if minds_colons {
            characters.push(':');
        }
        characters.sort_unstable();
        characters.dedup();
        let other = ('a'..='z')
            .chain('0'..='9')
            .chain('A'..='Z')
            .chain(['-', '_', '.', '+', '=', '@', '/', '\u{e9}'])
            .chain('\u{4e00}'..='\u{9fff}')
            .chain('\u{1}'..=char::MAX)
            .find(|character| characters.binary_search(character).is_err());
        let mut alphabet: Vec<char> = other.into_iter().collect();
        alphabet.extend(characters);
        alphabet
    }
}

pub(crate) fn takes(step: &Step, character: char) -> bool {
    match step {
        Step::Char(wanted) => *wanted == character,
        Step::OneOf(all) => all.contains(&character),
        Step::One(colons) | Step::Any(colons) => *colons || character != ':',
    }
}

pub(crate) fn insert(state: &mut [u64], place: usize) {
    if let Some(word) = state.get_mut(place / 64) {
        *word |= 1 << (place % 64);
    }
}

pub(crate) fn contains(state: &[u64], place: usize) -> bool {
    state
        .get(place / 64)
        .is_some_and(|word| word >> (place % 64) & 1 == 1)
}

pub(crate) fn places(state: &[u64]) -> impl Iterator<Item = usize> {
    state.iter().enumerate().flat_map(|(number, word)| {
        let mut rest = *word;
        std::iter::from_fn(move || {
            if rest == 0 {
                return None;
            }
            let bit = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            Some(number * 64 + bit)
        })
    })
}
