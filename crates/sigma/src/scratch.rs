//! The memory of one thread while it evaluates records: what was found and decided for the current
//! record, and which rules the pairs of event source and name lead to.

use std::sync::Arc;

use hashbrown::HashMap;
use rempart_trail::json::{Json, Kind};
use rempart_trail::record::{Field, Record};
use std::borrow::Cow;

use crate::derive::{Derive, Derived};
use crate::dispatch::Candidate;
use crate::program::FieldSlot;

/// Reusable state of an evaluating thread; see [`crate::RuleSet::scratch`].
#[derive(Debug)]
pub struct Scratch {
    /// Number of the current record; entries of other numbers are void
    pub(crate) epoch: u32,
    pub(crate) slots: Vec<SlotMemo>,
    /// For each documented member the number of the record whose member was walked, and in the lowest
    /// bit whether it is regular
    pub(crate) members: Vec<u32>,
    /// Number of the record, and whether it has a dotted member
    pub(crate) dotted: (u32, bool),
    /// Number of the record, and the answer in the lowest bit
    pub(crate) tests: Vec<u32>,
    pub(crate) keywords: KeywordMemo,
    pub(crate) answers: Answers,
    pub(crate) candidates: HashMap<Box<[u8]>, Arc<[Candidate]>, foldhash::fast::FixedState>,
    pub(crate) key: Vec<u8>,
    /// First-seen rules that the current record concerns: rule, teaches, alerts
    pub(crate) first_seen: Vec<(u32, bool, bool)>,
}

/// Which literals are in the current record's text.
#[derive(Debug, Default)]
pub(crate) struct KeywordMemo {
    pub(crate) epoch: u32,
    /// Whether the record's text shows its strings as they are
    pub(crate) readable: bool,
    pub(crate) seen: Vec<u32>,
}

/// What expensive tests said of texts that come again and again, such as user agents. Remembers the
/// first texts that each thread sees; when it is full it stays as it is, so that somebody who sends ever
/// new texts gains nothing.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    by_test: HashMap<
        u32,
        HashMap<Box<str>, bool, foldhash::fast::FixedState>,
        foldhash::fast::FixedState,
    >,
}

/// Texts that are remembered for each test.
const MOST_ANSWERS: usize = 512;
/// Longest text that is remembered, bytes.
const LONGEST_ANSWERED: usize = 512;

impl Answers {
    /// What the test says of the text; `decide` is asked when that is not remembered.
    pub(crate) fn get(&mut self, test: u32, text: &str, decide: impl FnOnce(&str) -> bool) -> bool {
        let texts = self.by_test.entry(test).or_default();
        if let Some(answer) = texts.get(text) {
            return *answer;
        }
        let answer = decide(text);
        if texts.len() < MOST_ANSWERS && text.len() <= LONGEST_ANSWERED {
            texts.insert(text.into(), answer);
        }
        answer
    }
}

/// The values of a field of the current record.
#[derive(Debug, Default)]
pub(crate) struct SlotMemo {
    epoch: u32,
    present: bool,
    /// Places in the record's text
    spans: Vec<(u32, u32)>,
    derived: Derived,
}

/// A value as tests see it.
#[derive(Debug, Clone)]
pub(crate) enum Scalar<'a> {
    Null,
    Bool(bool),
    Number(Cow<'a, str>),
    Text(Cow<'a, str>),
    /// An object or an empty list
    Other,
}

impl Scalar<'_> {
    /// The text that patterns are compared with.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text),
            Self::Bool(true) => Some("true"),
            Self::Bool(false) => Some("false"),
            Self::Null | Self::Other => None,
        }
    }
}

const LAST_EPOCH: u32 = u32::MAX >> 1;

impl Scratch {
    pub(crate) fn new(slots: usize, tests: usize, literals: usize) -> Self {
        Self {
            epoch: 0,
            members: vec![0; Field::ALL.len()],
            dotted: (0, false),
            slots: std::iter::repeat_with(SlotMemo::default)
                .take(slots)
                .collect(),
            tests: vec![0; tests],
            keywords: KeywordMemo {
                seen: vec![0; literals],
                ..KeywordMemo::default()
            },
            answers: Answers::default(),
            candidates: HashMap::default(),
            key: Vec::new(),
            first_seen: Vec::new(),
        }
    }

    /// Forgets the current record.
    pub(crate) fn begin(&mut self) {
        self.first_seen.clear();
        self.epoch += 1;
        if self.epoch < LAST_EPOCH {
            return;
        }
        self.epoch = 1;
        self.slots.iter_mut().for_each(|memo| memo.epoch = 0);
        self.tests.fill(0);
        self.members.fill(0);
        self.dotted = (0, false);
        self.keywords.epoch = 0;
        self.keywords.seen.fill(0);
    }
}

impl SlotMemo {
    /// A memo that holds one text, or nothing.
    pub(crate) fn of_text(text: Option<&str>) -> Self {
        Self {
            epoch: 0,
            present: text.is_some(),
            spans: Vec::new(),
            derived: text.map_or(Derived::Absent, |text| Derived::Text(text.to_owned())),
        }
    }

    /// Looks the field up unless this was done for the record `epoch`.
    pub(crate) fn fill(
        &mut self,
        epoch: u32,
        field: &FieldSlot,
        record: &Record<'_>,
        derive: &dyn Derive,
    ) {
        if self.epoch == epoch {
            return;
        }
        self.epoch = epoch;
        self.spans.clear();
        if field.derived {
            self.derived = derive.derive(record, field.path.text());
            self.present = self.derived != Derived::Absent;
            return;
        }
        self.present = false;
        let base = record.raw().as_ptr() as usize;
        field.path.visit(record, &mut |value| {
            let start = (value.raw().as_ptr() as usize).saturating_sub(base);
            self.add(epoch, start, value.raw().len());
        });
    }

    /// Whether the values are those of the record `epoch`.
    pub(crate) const fn is_filled(&self, epoch: u32) -> bool {
        self.epoch == epoch
    }

    /// Says that the record `epoch` has no value here, until one is added.
    pub(crate) fn clear(&mut self, epoch: u32) {
        if self.epoch != epoch {
            self.epoch = epoch;
            self.present = false;
            self.spans.clear();
        }
    }

    /// Forgets that the field was looked up.
    pub(crate) const fn forget(&mut self) {
        self.epoch = 0;
    }

    /// Adds a value of the record `epoch`, by its place in the record's text.
    pub(crate) fn add(&mut self, epoch: u32, start: usize, length: usize) {
        self.clear(epoch);
        self.present = true;
        // A record is shorter than 4 GiB.
        if let (Ok(start), Ok(length)) = (u32::try_from(start), u32::try_from(length)) {
            self.spans.push((start, length));
        }
    }

    pub(crate) const fn is_present(&self) -> bool {
        self.present
    }

    /// Whether `accept` says yes to one of the values.
    pub(crate) fn any(&self, raw: &[u8], accept: &mut dyn FnMut(&Scalar<'_>) -> bool) -> bool {
        match &self.derived {
            Derived::Absent => {}
            Derived::Bool(flag) => return accept(&Scalar::Bool(*flag)),
            Derived::Word(text) => return accept(&Scalar::Text(Cow::Borrowed(text))),
            Derived::Text(text) => return accept(&Scalar::Text(Cow::Borrowed(text))),
            Derived::Number(number) => {
                return accept(&Scalar::Number(Cow::Owned(number.to_string())));
            }
            Derived::List(texts) => {
                return texts
                    .iter()
                    .any(|text| accept(&Scalar::Text(Cow::Borrowed(text))));
            }
        }
        self.spans.iter().any(|(start, length)| {
            let (start, length) = (*start as usize, *length as usize);
            let value = Json::from_checked(raw.get(start..start + length).unwrap_or_default());
            accept(&scalar(value))
        })
    }

    /// The distinct texts of the values, at most `limit`.
    pub(crate) fn texts(&self, raw: &[u8], limit: usize) -> Vec<Box<str>> {
        let mut texts: Vec<Box<str>> = Vec::new();
        self.any(raw, &mut |scalar| {
            if let Some(text) = scalar.text()
                && !texts.iter().any(|known| **known == *text)
            {
                texts.push(text.into());
            }
            texts.len() >= limit
        });
        texts
    }
}

/// A JSON value as tests see it.
pub(crate) fn scalar(value: Json<'_>) -> Scalar<'_> {
    match value.kind() {
        Kind::Null => Scalar::Null,
        Kind::Bool => Scalar::Bool(value.raw().first() == Some(&b't')),
        Kind::Number => value
            .number_text()
            .map_or(Scalar::Other, |text| Scalar::Number(Cow::Borrowed(text))),
        Kind::String => match value.plain_str() {
            Some(text) => Scalar::Text(Cow::Borrowed(text)),
            None => value.as_str().map_or(Scalar::Other, Scalar::Text),
        },
        Kind::Array | Kind::Object => Scalar::Other,
    }
}
