//! What the evaluators of shell and Python have in common.

use super::{Class, Level};

/// Work that is left; shared by all layers of one examination.
#[derive(Debug)]
pub(super) struct Budget {
    /// Commands and expressions.
    pub(super) steps: u32,
    /// Bytes that evaluation may produce.
    pub(super) bytes: usize,
}

impl Budget {
    /// Takes one step and some bytes; false when there is nothing left.
    pub(super) fn spend(&mut self, bytes: usize) -> bool {
        if self.steps == 0 || self.bytes < bytes {
            self.steps = 0;
            return false;
        }
        self.steps -= 1;
        self.bytes -= bytes;
        true
    }
}

/// Who will read a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Shell,
    Python,
    /// A file or another interpreter's code; found out by looking.
    Unknown,
}

/// Content that a script hands to an interpreter or writes to a file.
#[derive(Debug, Clone)]
pub(super) struct Payload {
    pub(super) line: u32,
    /// How it is handed over, such as `eval` or `file`.
    pub(super) how: &'static str,
    pub(super) language: Language,
    pub(super) bytes: Vec<u8>,
    /// The content was encoded, and is not text that a reader sees.
    pub(super) hidden: bool,
}

/// An indicator that evaluation found.
#[derive(Debug, Clone)]
pub(super) struct Sign {
    pub(super) class: Class,
    pub(super) name: &'static str,
    pub(super) level: Level,
    pub(super) line: u32,
    pub(super) excerpt: Vec<u8>,
}

/// Outcome of evaluating a script.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// The commands as the interpreter would see them, with their lines.
    pub(super) lines: Vec<(u32, Vec<u8>)>,
    pub(super) payloads: Vec<Payload>,
    pub(super) signs: Vec<Sign>,
    /// What is still open where the text stops.
    pub(super) open: Option<&'static str>,
    /// Parts that could not be evaluated.
    pub(super) gaps: Vec<&'static str>,
    /// The budget ran out.
    pub(super) exhausted: bool,
}

impl Report {
    pub(super) fn gap(&mut self, reason: &'static str) {
        if !self.gaps.contains(&reason) {
            self.gaps.push(reason);
        }
    }
}
