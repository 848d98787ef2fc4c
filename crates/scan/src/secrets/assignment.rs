//! `DB_PASSWORD=…`, `"apiKey": "…"`, `--token …`: values by the name they are
//! assigned to.

use super::name::{Meaning, meaning};
use super::text::Found;
use super::value::{classes, is_aws_secret, is_placeholder, is_random, is_reference};
use super::{
    AWS_SECRET_KEY, AWS_SECRET_KEY_EXAMPLE, AWS_SESSION_TOKEN, CONNECTION_STRING, GENERIC_TOKEN,
    PASSWORD,
};

/// Bytes of a name that are looked at on each side.
const NAME: usize = 64;
/// Bytes of a value that are looked at.
const VALUE: usize = 2_048;

/// How a value stands in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// In quotes, or a JSON string by itself.
    Literal,
    /// `NAME=value`, `--name value`.
    Tight,
    /// `name = value`, which may be code.
    Spaced,
    /// `name: value`, which may be prose or a declaration.
    Colon,
}

/// The kind of secret that a value is under a name of this meaning.
pub(super) fn judge(meaning: Meaning, value: &str, style: Style) -> Option<&'static str> {
    let value = value.trim().trim_matches(['"', '\'']);
    if meaning == Meaning::AwsSecret && value.len() == 40 && value.ends_with("EXAMPLEKEY") {
        return Some(AWS_SECRET_KEY_EXAMPLE);
    }
    if value.is_empty() || is_reference(value) || is_placeholder(value) {
        return None;
    }
    let simple = classes(value) == 1 || !value.bytes().any(|byte| byte.is_ascii_digit());
    let is_word = |extra: &[u8]| {
        value
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || extra.contains(&byte))
    };
    match style {
        Style::Spaced if simple && is_word(b"_.()[]") => return None,
        Style::Colon if simple && is_word(b"_.-()[],") => return None,
        _ => {}
    }
    match meaning {
        Meaning::Password => {
            let is_code = style != Style::Literal && value.ends_with('(');
            (value.chars().count() >= 4 && !is_code).then_some(PASSWORD)
        }
        Meaning::AwsSecret => (is_aws_secret(value) || is_random(value)).then_some(AWS_SECRET_KEY),
        Meaning::AwsSession if value.len() >= 100 && is_random(value) => Some(AWS_SESSION_TOKEN),
        Meaning::AwsSession | Meaning::Token => {
            let strong = value.len() >= 10
                && classes(value) >= 3
                && !value.contains(char::is_whitespace)
                && value.bytes().any(|byte| byte.is_ascii_digit())
                && !value.contains(['(', '[', ':', '/']);
            (is_random(value) && !value.contains(['(', '[']) || strong).then_some(GENERIC_TOKEN)
        }
    }
}

/// Reads the assignment whose name holds the word at `at`. Answers where the
/// name ends, and what was found.
pub(super) fn read(text: &str, at: usize) -> (usize, Option<Found>) {
    let bytes = text.as_bytes();
    let back = bytes.get(..at).unwrap_or_default().iter().rev().take(NAME);
    let start = at - back.take_while(|byte| is_name(**byte)).count();
    let ahead = bytes.get(at..).unwrap_or_default().iter().take(NAME);
    let end = at + ahead.take_while(|byte| is_name(**byte)).count();
    let name = text.get(start..end).unwrap_or_default();
    let before = start.checked_sub(1).and_then(|at| bytes.get(at)).copied();
    // Whether anything is assigned is quickly seen, what the name means is not.
    let found = assigned(text, name, before, end).and_then(|(range, style)| {
        let kind = judge(meaning(name)?, text.get(range.clone())?, style)?;
        let kind = if kind == PASSWORD && is_in_jdbc(bytes, start) {
            CONNECTION_STRING
        } else {
            kind
        };
        Some(Found { range, kind })
    });
    (end, found)
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// The value behind a name.
fn assigned(
    text: &str,
    name: &str,
    before: Option<u8>,
    end: usize,
) -> Option<(std::ops::Range<usize>, Style)> {
    let bytes = text.as_bytes();
    let mut place = end;
    let skip = |place: &mut usize, most: usize, wanted: &[u8]| {
        let rest = bytes.get(*place..).unwrap_or_default().iter().take(most);
        let count = rest.take_while(|byte| wanted.contains(byte)).count();
        *place += count;
        count
    };
    skip(&mut place, 4, b"\"'\\])");
    let blanks = skip(&mut place, 3, b" \t");
    let next = bytes.get(place).copied();
    let mut style = match next {
        Some(b'=') => {
            skip(&mut place, 2, b"=>");
            if blanks > 0 {
                Style::Spaced
            } else {
                Style::Tight
            }
        }
        Some(b':') => {
            skip(&mut place, 2, b":=");
            Style::Colon
        }
        Some(b'(' | b',') if blanks == 0 => {
            place += 1;
            Style::Spaced
        }
        Some(b'>') if before == Some(b'<') => {
            place += 1;
            Style::Tight
        }
        // The mark of an option, or a command that says what follows.
        _ if blanks > 0 && meaning(name).is_some() => {
            if !name.starts_with("--") && !stands_before_value(bytes, end) {
                return None;
            }
            Style::Tight
        }
        _ => return None,
    };
    let blanks = skip(&mut place, 3, b" \t");
    if blanks > 0 && style == Style::Tight && next == Some(b'=') {
        // `NAME= command` assigns nothing.
        style = Style::Spaced;
    }
    let escaped = bytes.get(place) == Some(&b'\\');
    let mark = bytes.get(place + usize::from(escaped)).copied();
    if let Some(quote @ (b'"' | b'\'' | b'`')) = mark {
        let from = place + usize::from(escaped) + 1;
        let rest = bytes.get(from..)?.iter().take(VALUE);
        let length = rest
            .take_while(|byte| **byte != quote && **byte != b'\n' && !(escaped && **byte == b'\\'))
            .count();
        return Some((whole(text, from, from + length), Style::Literal));
    }
    if matches!(next, Some(b'(' | b',')) {
        return None;
    }
    let rest = bytes.get(place..)?.iter().take(VALUE);
    let length = rest
        .take_while(|byte| !byte.is_ascii_whitespace() && !b"\"'`,;&|<>)".contains(byte))
        .count();
    Some((whole(text, place, place + length), style))
}

/// Moves the end of a range back to where a character ends.
fn whole(text: &str, start: usize, mut end: usize) -> std::ops::Range<usize> {
    while end > start && !text.is_char_boundary(end) {
        end -= 1;
    }
    start..end
}

/// `machine h login u password p`, `aws configure set aws_secret_access_key k`.
fn stands_before_value(bytes: &[u8], end: usize) -> bool {
    let before = bytes.get(end.saturating_sub(120)..end).unwrap_or_default();
    let line = before
        .rsplit(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let has = |mark: &[u8]| line.windows(mark.len()).any(|part| part == mark);
    has(b"login ") || has(b"configure set ")
}

/// A JDBC address carries its password as a parameter.
fn is_in_jdbc(bytes: &[u8], start: usize) -> bool {
    let before = bytes
        .get(start.saturating_sub(300)..start)
        .unwrap_or_default();
    let word = before
        .rsplit(u8::is_ascii_whitespace)
        .next()
        .unwrap_or_default();
    word.windows(5)
        .any(|part| part.eq_ignore_ascii_case(b"jdbc:"))
}

/// The kind of a value that stands beside an AWS access key id.
pub(super) fn beside_key_id(value: &str) -> Option<&'static str> {
    let value = value.trim();
    if value.len() == 40 && value.ends_with("EXAMPLEKEY") {
        return Some(AWS_SECRET_KEY_EXAMPLE);
    }
    (is_aws_secret(value) && !is_placeholder(value)).then_some(AWS_SECRET_KEY)
}
