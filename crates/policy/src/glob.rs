//! Patterns with `*` and `?`.

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// This text
    Text(Box<str>),
    /// Any one character: `?`
    One,
    /// Any text: `*`
    Any,
    /// Any one character but a colon: `?` in the first five parts of an ARN
    OneInPart,
    /// Any text without a colon: `*` inside one of the first five parts of an ARN
    AnyInPart,
}

/// A compiled pattern. It matches whole texts and respects case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Glob {
    /// No wildcard
    Exact(Box<str>),
    /// Any text
    Everything,
    /// A text, then anything
    Prefix(Box<str>),
    /// Wildcards that match any character: decided greedily
    Free(Box<[Piece]>),
    /// Some wildcards stop at colons: decided by simulation
    Parted(Box<[Piece]>),
}

impl Glob {
    /// A pattern whose wildcards match every character.
    pub(crate) fn new(pattern: &str) -> Self {
        let mut pieces = Pieces::default();
        for character in pattern.chars() {
            match character {
                '*' => pieces.push(Piece::Any),
                '?' => pieces.push(Piece::One),
                other => pieces.push_char(other),
            }
        }
        Self::of_pieces(pieces.finish())
    }

    /// A pattern of a resource element. In the first five parts wildcards stop at colons, except a
    /// star that ends its part (IAM User Guide, "IAM JSON policy elements: Resource").
    pub(crate) fn of_resource(pattern: &str) -> Self {
        let mut pieces = Pieces::default();
        push_resource(pattern, &mut pieces, &mut 0);
        Self::of_pieces(pieces.finish())
    }

    pub(crate) fn of_pieces(pieces: Vec<Piece>) -> Self {
        match pieces.as_slice() {
            [] => return Self::Exact("".into()),
            [Piece::Text(text)] => return Self::Exact(text.clone()),
            [Piece::Any] => return Self::Everything,
            [Piece::Text(text), Piece::Any] => return Self::Prefix(text.clone()),
            _ => {}
        }
        let is_parted = |piece: &Piece| matches!(piece, Piece::OneInPart | Piece::AnyInPart);
        if pieces.iter().any(is_parted) {
            Self::Parted(pieces.into())
        } else {
            Self::Free(pieces.into())
        }
    }

    /// Whether the whole text matches.
    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Exact(wanted) => **wanted == *text,
            Self::Everything => true,
            Self::Prefix(prefix) => text.as_bytes().starts_with(prefix.as_bytes()),
            Self::Free(pieces) => matches_free(pieces, text),
            Self::Parted(pieces) => matches_parted(pieces, text),
        }
    }
}

/// Collects pieces: joins texts, and stars that follow each other.
#[derive(Debug, Default)]
pub(crate) struct Pieces {
    pieces: Vec<Piece>,
    text: String,
}

impl Pieces {
    pub(crate) fn push_char(&mut self, character: char) {
        self.text.push(character);
    }

    pub(crate) fn push_text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(crate) fn push(&mut self, piece: Piece) {
        self.flush();
        let repeats = piece == Piece::Any && self.pieces.last() == Some(&Piece::Any);
        if !repeats {
            self.pieces.push(piece);
        }
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            let text = std::mem::take(&mut self.text);
            self.pieces.push(Piece::Text(text.into()));
        }
    }

    pub(crate) fn finish(mut self) -> Vec<Piece> {
        self.flush();
        self.pieces
    }
}

/// Adds a stretch of a resource pattern. `colons` counts the colons before it.
pub(crate) fn push_resource(pattern: &str, pieces: &mut Pieces, colons: &mut usize) {
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        let in_last_part = *colons >= 5;
        match character {
            ':' => {
                *colons += 1;
                pieces.push_char(':');
            }
            '*' => {
                let ends_part = matches!(characters.peek(), None | Some(':'));
                pieces.push(if in_last_part || ends_part {
                    Piece::Any
                } else {
                    Piece::AnyInPart
                });
            }
            '?' => pieces.push(if in_last_part {
                Piece::One
            } else {
                Piece::OneInPart
            }),
            other => pieces.push_char(other),
        }
    }
}

/// Two pointers and the last star to return to: linear for most texts, never worse than the product
/// of the lengths.
fn matches_free(pieces: &[Piece], text: &str) -> bool {
    let bytes = text.as_bytes();
    let (mut piece, mut at) = (0, 0);
    let mut last_star: Option<(usize, usize)> = None;
    loop {
        let advanced = match pieces.get(piece) {
            None if at == bytes.len() => return true,
            None => None,
            Some(Piece::Any | Piece::AnyInPart) => {
                piece += 1;
                if piece == pieces.len() {
                    return true;
                }
                last_star = Some((piece, at));
                continue;
            }
            Some(Piece::One | Piece::OneInPart) => bytes.get(at).map(|byte| at + width(*byte)),
            Some(Piece::Text(wanted)) => {
                let rest = bytes.get(at..).unwrap_or_default();
                rest.starts_with(wanted.as_bytes())
                    .then_some(at + wanted.len())
            }
        };
        if let Some(next) = advanced {
            piece += 1;
            at = next;
            continue;
        }
        // The last star takes one character more.
        let Some((after_star, start)) = last_star else {
            return false;
        };
        let Some(byte) = bytes.get(start) else {
            return false;
        };
        last_star = Some((after_star, start + width(*byte)));
        piece = after_star;
        at = start + width(*byte);
    }
}

/// Bytes of the character that begins with this byte.
fn width(byte: u8) -> usize {
    match byte {
        0..=0x7f => 1,
        0x80..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    }
}

/// Simulation of all ways at once: a set of places in the pattern for each character of the text.
fn matches_parted(pieces: &[Piece], text: &str) -> bool {
    let mut steps: Vec<Step> = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => steps.extend(text.chars().map(Step::Char)),
            Piece::One => steps.push(Step::One { colon: true }),
            Piece::OneInPart => steps.push(Step::One { colon: false }),
            Piece::Any => steps.push(Step::Any { colon: true }),
            Piece::AnyInPart => steps.push(Step::Any { colon: false }),
        }
    }
    let mut current = vec![false; steps.len() + 1];
    if let Some(first) = current.first_mut() {
        *first = true;
    }
    close(&steps, &mut current);
    for character in text.chars() {
        let mut next = vec![false; steps.len() + 1];
        for (place, step) in steps.iter().enumerate() {
            if !current.get(place).copied().unwrap_or_default() {
                continue;
            }
            let (passes, stays) = match step {
                Step::Char(wanted) => (*wanted == character, false),
                Step::One { colon } => (*colon || character != ':', false),
                Step::Any { colon } => (false, *colon || character != ':'),
            };
            if passes && let Some(slot) = next.get_mut(place + 1) {
                *slot = true;
            }
            if stays && let Some(slot) = next.get_mut(place) {
                *slot = true;
            }
        }
        close(&steps, &mut next);
        current = next;
    }
    current.last().copied().unwrap_or_default()
}

enum Step {
    Char(char),
    One { colon: bool },
    Any { colon: bool },
}

/// Stars may match nothing.
fn close(steps: &[Step], places: &mut [bool]) {
    for (place, step) in steps.iter().enumerate() {
        let is_here = places.get(place).copied().unwrap_or_default();
        if is_here
            && matches!(step, Step::Any { .. })
            && let Some(next) = places.get_mut(place + 1)
        {
            *next = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_every_character() {
        let glob = Glob::new("a*b?c");
        assert!(glob.matches("ab\u{e9}c") && glob.matches("a\n:/bbxc") && !glob.matches("abc"));
        assert!(Glob::new("*").matches("") && !Glob::new("?").matches(""));
        assert!(Glob::new("*abab").matches("abababab") && !Glob::new("*abab*c").matches("ababab"));
    }

    #[test]
    fn wildcards_of_resources_stop_at_colons() {
        let inside = Glob::of_resource("arn:aws:sns:us-*-1:111122223333:topic");
        assert!(inside.matches("arn:aws:sns:us-east-1:111122223333:topic"));
        assert!(!inside.matches("arn:aws:sns:us-east:x-1:111122223333:topic"));
        let ending = Glob::of_resource("arn:aws:sns:us-*:topic:x:y");
        assert!(ending.matches("arn:aws:sns:us-east-1:111122223333:topic:x:y"));
        let last = Glob::of_resource("arn:aws:logs:eu-west-1:111122223333:log-*:x");
        assert!(last.matches("arn:aws:logs:eu-west-1:111122223333:log-group:a:b:x"));
        assert!(Glob::of_resource("arn:aws:s3:::?/*").matches("arn:aws:s3:::b/k:1"));
        assert!(!Glob::of_resource("arn:aws:s3:?::b").matches("arn:aws:s3::::b"));
    }
}
