//! Shell patterns and brace expansion.

use super::syntax::{Part, Word};

/// Words that one brace expansion may give.
const MOST_WORDS: usize = 512;
/// Length of a word whose braces are looked at.
const MOST_LENGTH: usize = 4096;
/// Nesting of braces.
const MOST_DEPTH: u32 = 8;

/// Paths that scripts name by patterns such as `/???/b??h`.
const COMMON_PATHS: [&str; 30] = [
    "/bin/bash",
    "/bin/sh",
    "/bin/cat",
    "/bin/nc",
    "/bin/echo",
    "/bin/dash",
    "/bin/rev",
    "/bin/base64",
    "/bin/curl",
    "/bin/wget",
    "/bin/printf",
    "/bin/chmod",
    "/bin/rm",
    "/usr/bin/bash",
    "/usr/bin/sh",
    "/usr/bin/curl",
    "/usr/bin/wget",
    "/usr/bin/base64",
    "/usr/bin/nc",
    "/usr/bin/ncat",
    "/usr/bin/socat",
    "/usr/bin/python3",
    "/usr/bin/python",
    "/usr/bin/perl",
    "/usr/bin/printf",
    "/usr/bin/crontab",
    "/usr/bin/chmod",
    "/usr/bin/aws",
    "/etc/passwd",
    "/etc/shadow",
];

/// Matches a pattern with `*`, `?`, `[…]` and backslashes. The time is the
/// product of the two lengths at worst, so long inputs do not match.
pub(super) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    if pattern.len().saturating_mul(text.len()) > 1 << 22 {
        return false;
    }
    let (mut at, mut place) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        let step = match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, place));
                at += 1;
                continue;
            }
            None if place == text.len() => return true,
            None => None,
            Some(_) => text.get(place).and_then(|byte| one(pattern, at, *byte)),
        };
        match (step, star) {
            (Some(width), _) => {
                at += width;
                place += 1;
            }
            (None, Some((star_at, star_place))) if star_place < text.len() => {
                star = Some((star_at, star_place + 1));
                at = star_at + 1;
                place = star_place + 1;
            }
            _ => return false,
        }
    }
}

/// Matches one byte; answers how much of the pattern it took.
fn one(pattern: &[u8], at: usize, byte: u8) -> Option<usize> {
    match pattern.get(at)? {
        b'?' => Some(1),
        b'\\' => (pattern.get(at + 1) == Some(&byte)).then_some(2),
        b'[' => {
            let rest = pattern.get(at + 1..)?;
            let skip = usize::from(rest.len() > 1) + usize::from(rest.starts_with(b"!"));
            let close = rest.iter().skip(skip).position(|found| *found == b']')? + skip;
            let set = rest.get(..close)?;
            let (negated, set) = match set {
                [b'!' | b'^', rest @ ..] => (true, rest),
                _ => (false, set),
            };
            let mut inside = false;
            let mut items = set;
            while let Some((first, tail)) = items.split_first() {
                if let [b'-', last, after @ ..] = tail {
                    inside |= (*first..=*last).contains(&byte);
                    items = after;
                } else {
                    inside |= *first == byte;
                    items = tail;
                }
            }
            (inside != negated).then_some(close + 2)
        }
        other => (*other == byte).then_some(1),
    }
}

/// The common path that a pattern names, if there is one.
pub(super) fn path(pattern: &[u8]) -> Option<&'static str> {
    let wild = pattern
        .iter()
        .any(|byte| matches!(byte, b'?' | b'*' | b'['));
    if !wild || pattern.first() != Some(&b'/') || pattern.len() > 100 {
        return None;
    }
    let slashes = |text: &[u8]| text.iter().filter(|byte| **byte == b'/').count();
    COMMON_PATHS
        .iter()
        .find(|path| {
            slashes(pattern) == slashes(path.as_bytes()) && matches(pattern, path.as_bytes())
        })
        .copied()
}

/// A unit of a word: a byte that may be part of a brace, or anything else.
#[derive(Clone)]
enum Unit {
    Byte(u8),
    Part(Part),
}

/// Expands `{a,b}` and `{a..z}` in a word.
pub(super) fn braces(word: &Word) -> Vec<Word> {
    let mut length = 0;
    let mut candidate = false;
    for part in word {
        if let Part::Literal {
            text,
            quoted: false,
        } = part
        {
            length += text.len();
            candidate |= text.contains(&b'{');
        }
    }
    if !candidate || length > MOST_LENGTH {
        return vec![word.clone()];
    }
    let mut units = Vec::new();
    for part in word {
        match part {
            Part::Literal {
                text,
                quoted: false,
            } => {
                units.extend(text.iter().map(|byte| Unit::Byte(*byte)));
            }
            other => units.push(Unit::Part(other.clone())),
        }
    }
    let Some(expanded) = expand(&units, 0) else {
        return vec![word.clone()];
    };
    expanded.into_iter().map(|units| join(&units)).collect()
}

fn join(units: &[Unit]) -> Word {
    let mut word = Word::new();
    for unit in units {
        match unit {
            Unit::Part(part) => word.push(part.clone()),
            Unit::Byte(byte) => match word.last_mut() {
                Some(Part::Literal {
                    text,
                    quoted: false,
                }) => text.push(*byte),
                _ => word.push(Part::Literal {
                    text: vec![*byte],
                    quoted: false,
                }),
            },
        }
    }
    word
}

/// `None` when there would be too many words or too much nesting.
fn expand(units: &[Unit], depth: u32) -> Option<Vec<Vec<Unit>>> {
    if depth > MOST_DEPTH {
        return None;
    }
    let is =
        |at: usize, wanted: u8| matches!(units.get(at), Some(Unit::Byte(byte)) if *byte == wanted);
    let mut start = 0;
    while start < units.len() {
        if !is(start, b'{') {
            start += 1;
            continue;
        }
        let mut nested = 0_u32;
        let mut commas = Vec::new();
        let mut end = None;
        for at in start + 1..units.len() {
            if is(at, b'{') {
                nested += 1;
                if nested > MOST_DEPTH {
                    return None;
                }
            } else if is(at, b'}') {
                if nested == 0 {
                    end = Some(at);
                    break;
                }
                nested -= 1;
            } else if nested == 0 && is(at, b',') {
                commas.push(at);
            }
        }
        let Some(end) = end else {
            return Some(vec![units.to_vec()]);
        };
        let inside = units.get(start + 1..end)?;
        let alternatives = if commas.is_empty() {
            sequence(inside)
        } else {
            let mut pieces = Vec::new();
            let mut from = start + 1;
            for comma in commas.into_iter().chain([end]) {
                pieces.extend(expand(units.get(from..comma)?, depth + 1)?);
                from = comma + 1;
            }
            Some(pieces)
        };
        let Some(alternatives) = alternatives else {
            start += 1;
            continue;
        };
        let tails = expand(units.get(end + 1..)?, depth + 1)?;
        if alternatives.len().saturating_mul(tails.len()) > MOST_WORDS {
            return None;
        }
        let head = units.get(..start)?;
        let mut words = Vec::new();
        for alternative in &alternatives {
            for tail in &tails {
                let mut word = head.to_vec();
                word.extend_from_slice(alternative);
                word.extend_from_slice(tail);
                words.push(word);
            }
        }
        return Some(words);
    }
    Some(vec![units.to_vec()])
}

/// `a..e`, `1..9`
fn sequence(units: &[Unit]) -> Option<Vec<Vec<Unit>>> {
    let mut text = String::new();
    for unit in units {
        match unit {
            Unit::Byte(byte) => text.push(char::from(*byte)),
            Unit::Part(_) => return None,
        }
    }
    let (first, last) = text.split_once("..")?;
    let spell = |word: String| word.bytes().map(Unit::Byte).collect::<Vec<Unit>>();
    if let (Ok(first), Ok(last)) = (first.parse::<i32>(), last.parse::<i32>()) {
        if first.abs_diff(last) as usize > MOST_WORDS {
            return None;
        }
        let numbers: Vec<i32> = if first <= last {
            (first..=last).collect()
        } else {
            (last..=first).rev().collect()
        };
        return Some(
            numbers
                .into_iter()
                .map(|number| spell(number.to_string()))
                .collect(),
        );
    }
    let (&[first], &[last]) = (first.as_bytes(), last.as_bytes()) else {
        return None;
    };
    let letters: Vec<u8> = if first <= last {
        (first..=last).collect()
    } else {
        (last..=first).rev().collect()
    };
    Some(
        letters
            .into_iter()
            .map(|letter| vec![Unit::Byte(letter)])
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*c", "abbbc", true),
            ("a*c", "abbb", false),
            ("[a-c]?", "bx", true),
            ("[!a-c]?", "bx", false),
            ("\\*", "*", true),
            ("*.py", "x.py", true),
        ] {
            assert_eq!(
                matches(pattern.as_bytes(), text.as_bytes()),
                expected,
                "{pattern} {text}"
            );
        }
        assert_eq!(path(b"/???/b??h"), Some("/bin/bash"));
        assert_eq!(path(b"/usr/bin/c?rl"), Some("/usr/bin/curl"));
    }

    #[test]
    fn braces_expand_and_hostile_braces_do_not() {
        let word = |text: &str| {
            vec![Part::Literal {
                text: text.into(),
                quoted: false,
            }]
        };
        assert_eq!(braces(&word("{curl,-s,{a,b}c}")).len(), 4);
        assert_eq!(braces(&word("x{1..4}")).len(), 4);
        assert_eq!(braces(&word(&"{".repeat(4000))).len(), 1);
        assert_eq!(braces(&word(&"{a,b}".repeat(100))).len(), 1);
        assert_eq!(braces(&word("{}")).len(), 1);
    }
}
