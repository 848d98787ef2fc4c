//! Reads texts, one after the other, and gathers what they show.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::name::Meaning;
use super::value::redact;
use super::{
    AWS_ACCESS_KEY, AWS_ACCESS_KEY_EXAMPLE, MAX_SECRETS, MAX_TEXT, Scan, Secret, TEXT_CUT,
    TOO_MANY, assignment, encoded, structure, tokens,
};

/// How far a secret key may be from its id.
const NEAR: usize = 400;

/// A secret in a text.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) range: Range<usize>,
    pub(super) kind: &'static str,
}

#[derive(Debug, Clone, Copy)]
enum Mark {
    Assignment,
    PrivateKey,
    Putty,
    Address,
    Jwt,
    Authorization,
    User,
}

const MARKS: [(&str, Mark); 15] = [
    ("pass", Mark::Assignment),
    ("pwd", Mark::Assignment),
    ("secret", Mark::Assignment),
    ("token", Mark::Assignment),
    ("key", Mark::Assignment),
    ("credential", Mark::Assignment),
    ("_pat", Mark::Assignment),
    ("-----begin ", Mark::PrivateKey),
    ("putty-user-key-file-", Mark::Putty),
    ("://", Mark::Address),
    ("eyj", Mark::Jwt),
    ("bearer ", Mark::Authorization),
    ("basic ", Mark::Authorization),
    (" -u ", Mark::User),
    (" --user ", Mark::User),
];

static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .ascii_case_insensitive(true)
        .build(MARKS.iter().map(|(word, _)| word))
        .ok()
});

/// What all texts of one scan showed.
#[derive(Debug, Default)]
pub(super) struct Texts {
    secrets: Vec<Secret>,
    /// Line of each in the text as given.
    lines: Vec<usize>,
    incomplete: Option<&'static str>,
}

impl Texts {
    pub(super) fn finish(self) -> Scan {
        Scan {
            secrets: self.secrets,
            incomplete: self.incomplete,
        }
    }

    pub(super) fn by_line(self) -> (Vec<(usize, Secret)>, Option<&'static str>) {
        let found = self.lines.into_iter().zip(self.secrets);
        (found.collect(), self.incomplete)
    }

    /// Number of findings so far.
    pub(super) fn count(&self) -> usize {
        self.secrets.len()
    }

    pub(super) fn note(&mut self, reason: &'static str) {
        self.incomplete.get_or_insert(reason);
    }

    /// Reads a text at a place; the place of a text by itself is empty. The
    /// name of a value may say what the whole of it is.
    pub(super) fn read(&mut self, text: &str, meaning: Option<Meaning>, place: &str) {
        let mut end = text.len().min(MAX_TEXT);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        if end < text.len() {
            self.note(TEXT_CUT);
        }
        let text = text.get(..end).unwrap_or_default();
        let mut found = find(text);
        let runs = encoded::runs(text);
        beside_key_ids(text, &runs, &mut found);
        if found.is_empty()
            && let Some(meaning) = meaning
            && let Some(kind) = assignment::judge(meaning, text, assignment::Style::Literal)
        {
            found.push(Found {
                range: 0..text.len(),
                kind,
            });
        }
        found.sort_by_key(|found| found.range.start);
        self.add(text, &found, place, None);
        self.read_encoded(text, runs, &found, place);
    }

    /// Looks once into what is encoded.
    fn read_encoded(&mut self, text: &str, runs: Vec<Range<usize>>, outer: &[Found], place: &str) {
        let mut lines = LineCounter::new(text);
        for run in runs {
            if overlaps(outer, &run) {
                continue;
            }
            let Some(inside) = text.get(run.clone()).and_then(encoded::text_inside) else {
                continue;
            };
            let mut found = find(&inside);
            let inner_runs = encoded::runs(&inside);
            beside_key_ids(&inside, &inner_runs, &mut found);
            if found.is_empty() {
                continue;
            }
            found.sort_by_key(|found| found.range.start);
            let line = lines.number(run.start);
            let place = format!("{}, base64", located(place, line));
            self.add(&inside, &found, &place, Some(line));
        }
    }

    fn add(&mut self, text: &str, found: &[Found], place: &str, outer: Option<usize>) {
        let mut lines = LineCounter::new(text);
        for found in found {
            if self.secrets.len() >= MAX_SECRETS {
                self.note(TOO_MANY);
                return;
            }
            let line = lines.number(found.range.start);
            let location = located(place, line);
            self.lines.push(outer.unwrap_or(line));
            self.secrets.push(Secret {
                kind: found.kind,
                location,
                redacted: redact(text.get(found.range.clone()).unwrap_or_default()),
            });
        }
    }
}

/// The first line of a value needs no number.
fn located(place: &str, line: usize) -> String {
    match (place, line) {
        ("", line) => format!("line {line}"),
        (place, 1) if !place.ends_with("base64") => place.to_owned(),
        (place, line) if place.ends_with("base64") => format!("{place} line {line}"),
        (place, line) => format!("{place}, line {line}"),
    }
}

/// All secrets of a text that show without decoding; none overlaps another.
pub(super) fn find(text: &str) -> Vec<Found> {
    let mut found = tokens::find(text);
    let Some(words) = WORDS.as_ref() else {
        return found;
    };
    // Tokens say most, so they stand before what their surroundings say.
    let tokens = found.len();
    let mut later: Vec<Found> = Vec::new();
    let mut name_end = 0;
    let mut next_token = 0;
    for hit in words.find_overlapping_iter(text) {
        let at = hit.start();
        let Some((_, mark)) = MARKS.get(hit.pattern().as_usize()) else {
            continue;
        };
        if later.last().is_some_and(|last| at < last.range.end) {
            continue;
        }
        let hit = match mark {
            Mark::Assignment if at < name_end => None,
            Mark::Assignment => {
                let (end, found) = assignment::read(text, at);
                name_end = end;
                found
            }
            Mark::PrivateKey => structure::private_key(text, at),
            Mark::Putty => structure::putty_key(text, at),
            Mark::Address => structure::address(text, at),
            Mark::Jwt => structure::jwt(text, at),
            Mark::Authorization => structure::authorization(text, at),
            Mark::User => structure::user_option(text, at),
        };
        let Some(hit) = hit else {
            continue;
        };
        if later
            .last()
            .is_some_and(|last| hit.range.start < last.range.end)
        {
            // An assignment of a token or address that was found by itself.
            continue;
        }
        while next_token < tokens
            && found
                .get(next_token)
                .is_some_and(|token| token.range.end <= hit.range.start)
        {
            next_token += 1;
        }
        let covered = found
            .get(next_token)
            .is_some_and(|token| token.range.start < hit.range.end);
        if !covered {
            later.push(hit);
        }
    }
    found.extend(later);
    found.sort_by_key(|found| found.range.start);
    found
}

/// Adds secret keys that stand near the id of their key without a name.
fn beside_key_ids(text: &str, runs: &[Range<usize>], found: &mut Vec<Found>) {
    let ids: Vec<usize> = found
        .iter()
        .filter(|found| matches!(found.kind, AWS_ACCESS_KEY | AWS_ACCESS_KEY_EXAMPLE))
        .map(|found| found.range.start)
        .collect();
    if ids.is_empty() {
        return;
    }
    for run in runs.iter().filter(|run| run.len() == 40) {
        let after = ids.partition_point(|id| *id < run.start);
        let near = [after.checked_sub(1), Some(after)]
            .into_iter()
            .flatten()
            .any(|index| {
                ids.get(index)
                    .is_some_and(|id| id.abs_diff(run.start) <= NEAR)
            });
        if near
            && !overlaps(found, run)
            && let Some(kind) = text.get(run.clone()).and_then(assignment::beside_key_id)
        {
            found.push(Found {
                range: run.clone(),
                kind,
            });
            found.sort_by_key(|found| found.range.start);
        }
    }
}

/// Whether a range touches one of several that are sorted and do not overlap.
fn overlaps(found: &[Found], range: &Range<usize>) -> bool {
    let index = found.partition_point(|found| found.range.end <= range.start);
    found
        .get(index)
        .is_some_and(|found| found.range.start < range.end)
}

/// Turns ascending offsets into line numbers.
struct LineCounter<'t> {
    bytes: &'t [u8],
    offset: usize,
    line: usize,
}

impl<'t> LineCounter<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            bytes: text.as_bytes(),
            offset: 0,
            line: 1,
        }
    }

    fn number(&mut self, offset: usize) -> usize {
        let passed = self.bytes.get(self.offset..offset).unwrap_or_default();
        self.line += passed.iter().filter(|byte| **byte == b'\n').count();
        self.offset = self.offset.max(offset);
        self.line
    }
}
