//! Strings of the language: wildcards, escapes, and how they match.

use crate::fold::{fold, fold_char};

/// A piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Piece {
    /// This character
    Char(char),
    /// Any one character: `?`
    One,
    /// Any text: `*`
    Any,
    /// Any dash or the slash (`windash`)
    Dash,
}

/// Reads wildcards and escapes (Sigma rules 2.1, "Escaping"): a backslash counts as itself unless it
/// stands before a wildcard or another backslash.
pub(crate) fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let piece = match character {
            '\\' => match characters.next_if(|next| matches!(next, '\\' | '*' | '?')) {
                Some(escaped) => Piece::Char(escaped),
                None => Piece::Char('\\'),
            },
            '*' => Piece::Any,
            '?' => Piece::One,
            other => Piece::Char(other),
        };
        // Two stars say nothing more than one.
        if piece == Piece::Any && pieces.last() == Some(&Piece::Any) {
            continue;
        }
        pieces.push(piece);
    }
    pieces
}

/// The text of pieces without wildcards.
pub(crate) fn plain(pieces: &[Piece]) -> Option<String> {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Char(character) => Some(*character),
            _ => None,
        })
        .collect()
}

/// The characters that `windash` makes equal.
pub(crate) const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];

/// A pattern in the form that is fastest to match. Texts are folded unless the pattern is cased.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Shape {
    /// The whole text
    Exact(Box<str>),
    /// Begins with
    Prefix(Box<str>),
    /// Ends with
    Suffix(Box<str>),
    /// Is inside
    Contains(Box<str>),
    /// Any text
    Everything,
    /// Anything else
    Glob(Box<[Piece]>),
}

/// A pattern and whether case counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Pattern {
    pub(crate) shape: Shape,
    pub(crate) cased: bool,
}

impl Pattern {
    pub(crate) fn new(pieces: &[Piece], cased: bool) -> Self {
        let folded: Vec<Piece> = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Char(character) if !cased => Piece::Char(fold_char(*character)),
                other => *other,
            })
            .collect();
        Self {
            shape: shape(&folded),
            cased,
        }
    }

    /// Whether the text matches.
    pub(crate) fn matches(&self, text: &str) -> bool {
        if self.cased {
            return self.shape.matches_folded(text);
        }
        if text.is_ascii() {
            return self.shape.matches_ascii(text.as_bytes());
        }
        self.shape.matches_folded(&fold(text))
    }

    /// The exact text, when the pattern is one.
    pub(crate) fn exact(&self) -> Option<&str> {
        match &self.shape {
            Shape::Exact(text) => Some(text),
            _ => None,
        }
    }

    /// Relative cost of matching.
    pub(crate) const fn cost(&self) -> u32 {
        match self.shape {
            Shape::Exact(_) | Shape::Prefix(_) | Shape::Suffix(_) | Shape::Everything => 1,
            Shape::Contains(_) => 3,
            Shape::Glob(_) => 6,
        }
    }
}

fn shape(pieces: &[Piece]) -> Shape {
    let text = |pieces: &[Piece]| plain(pieces).map(String::into_boxed_str);
    match pieces {
        [Piece::Any] => return Shape::Everything,
        [Piece::Any, middle @ .., Piece::Any] => {
            if let Some(text) = text(middle) {
                return Shape::Contains(text);
            }
        }
        [Piece::Any, rest @ ..] => {
            if let Some(text) = text(rest) {
                return Shape::Suffix(text);
            }
        }
        [rest @ .., Piece::Any] => {
            if let Some(text) = text(rest) {
                return Shape::Prefix(text);
            }
        }
        _ => {}
    }
    match text(pieces) {
        Some(text) => Shape::Exact(text),
        None => Shape::Glob(pieces.into()),
    }
}

impl Shape {
    /// Text that is folded already, or compared as it is.
    fn matches_folded(&self, text: &str) -> bool {
        match self {
            Self::Exact(pattern) => text == &**pattern,
            Self::Prefix(pattern) => text.starts_with(&**pattern),
            Self::Suffix(pattern) => text.ends_with(&**pattern),
            Self::Contains(pattern) => {
                memchr::memmem::find(text.as_bytes(), pattern.as_bytes()).is_some()
            }
            Self::Everything => true,
            Self::Glob(pieces) => {
                let characters: Vec<char> = text.chars().collect();
                glob(pieces, &characters)
            }
        }
    }

    /// ASCII text of any case against a folded pattern.
    fn matches_ascii(&self, text: &[u8]) -> bool {
        match self {
            Self::Exact(pattern) => text.eq_ignore_ascii_case(pattern.as_bytes()),
            Self::Prefix(pattern) => text
                .get(..pattern.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(pattern.as_bytes())),
            Self::Suffix(pattern) => text
                .len()
                .checked_sub(pattern.len())
                .and_then(|start| text.get(start..))
                .is_some_and(|end| end.eq_ignore_ascii_case(pattern.as_bytes())),
            Self::Contains(pattern) => contains_ascii(text, pattern.as_bytes()),
            Self::Everything => true,
            Self::Glob(pieces) => {
                let characters: Vec<char> = text
                    .iter()
                    .map(|byte| char::from(byte.to_ascii_lowercase()))
                    .collect();
                glob(pieces, &characters)
            }
        }
    }
}

/// Whether `needle`, in lower case, is inside `text` of any case.
fn contains_ascii(text: &[u8], needle: &[u8]) -> bool {
    let Some((&first, rest)) = needle.split_first() else {
        return true;
    };
    let Some(last_start) = text.len().checked_sub(needle.len()) else {
        return false;
    };
    let Some(starts) = text.get(..=last_start) else {
        return false;
    };
    memchr::memchr2_iter(first, first.to_ascii_uppercase(), starts).any(|start| {
        text.get(start + 1..start + needle.len())
            .is_some_and(|candidate| candidate.eq_ignore_ascii_case(rest))
    })
}

/// Matches with one place to go back to, the last star: never worse than pattern times text.
fn glob(pieces: &[Piece], text: &[char]) -> bool {
    let (mut piece_place, mut text_place) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        let piece = pieces.get(piece_place);
        let character = text.get(text_place);
        let fits = match (piece, character) {
            (Some(Piece::Any), _) => {
                retry = Some((piece_place + 1, text_place));
                piece_place += 1;
                continue;
            }
            (None, None) => return true,
            (Some(Piece::Char(expected)), Some(character)) => expected == character,
            (Some(Piece::One), Some(_)) => true,
            (Some(Piece::Dash), Some(character)) => DASHES.contains(character),
            _ => false,
        };
        if fits {
            piece_place += 1;
            text_place += 1;
            continue;
        }
        let Some((after_star, start)) = retry else {
            return false;
        };
        if start >= text.len() {
            return false;
        }
        retry = Some((after_star, start + 1));
        piece_place = after_star;
        text_place = start + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Pattern::new(&pieces(pattern), false).matches(text)
    }

    #[test]
    fn backslashes_and_wildcards() {
        for (pattern, text, expected) in [
            (r"a\b", r"a\b", true),
            (r"a\\b", r"a\b", true),
            (r"a\\\b", r"a\\b", true),
            (r"a\\\\b", r"a\\b", true),
            (r"a\*b", "a*b", true),
            (r"a\*b", "axb", false),
            (r"a\\*b", r"a\xyzb", true),
            (r"a\\*b", r"a*b", false),
            (r"a\\\*b", r"a\*b", true),
            (r"a\?", "a?", true),
            (r"a\?", "ab", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a?c", "aéc", true),
            ("*", "", true),
            ("?", "", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("*a?b*", "xxaab", true),
            ("**a**", "bab", true),
            (r"\", r"\", true),
            (r"\\", r"\", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn case_folding_is_unicode() {
        assert!(matches("ÉTÉ", "été"));
        assert!(matches("straße", "STRAẞE"));
        assert!(matches("kelvin", "\u{212a}elvin"));
        assert!(matches("*KEL*", "x\u{212a}elvin"));
        assert!(!matches("i", "ı"));
        assert!(!Pattern::new(&pieces("A"), true).matches("a"));
    }
}
