//! Splits Python text into tokens; never fails.

use super::super::codec::{self, Escapes};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Name(String),
    Text {
        bytes: Vec<u8>,
        is_bytes: bool,
        format: bool,
    },
    Number(i64),
    Op(&'static str),
    /// End of a statement.
    End,
}

#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) line: u32,
}

/// Operators; longer spellings first.
const OPERATORS: [&str; 41] = [
    "**=", "//=", "<<=", ">>=", "->", ":=", "**", "//", "<<", ">>", "<=", ">=", "==", "!=", "+=",
    "-=", "*=", "/=", "%=", "^=", "|=", "&=", "+", "-", "*", "/", "%", "^", "|", "&", "~", "<",
    ">", "(", ")", "[", "]", "{", "}", ",", ".",
];

pub(super) fn tokens(text: &[u8]) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut line = 1;
    let mut brackets = 0_u32;
    while let Some((first, tail)) = rest.split_first() {
        let kind = match first {
            b'\n' => {
                line += 1;
                rest = tail;
                if brackets == 0 {
                    tokens.push(Token {
                        kind: Kind::End,
                        line: line - 1,
                    });
                }
                continue;
            }
            b'\\' if tail.first() == Some(&b'\n') => {
                line += 1;
                rest = tail.get(1..).unwrap_or_default();
                continue;
            }
            b'#' => {
                let length = rest
                    .iter()
                    .position(|byte| *byte == b'\n')
                    .unwrap_or(rest.len());
                rest = rest.get(length..).unwrap_or_default();
                continue;
            }
            b'"' | b'\'' => string(&mut rest, b"", &mut line),
            b'0'..=b'9' => number(&mut rest),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' | 0x80.. => {
                let length = rest
                    .iter()
                    .take_while(|byte| {
                        byte.is_ascii_alphanumeric() || **byte == b'_' || **byte >= 0x80
                    })
                    .count();
                let (word, after) = rest.split_at_checked(length).unwrap_or((rest, b""));
                let quote = after
                    .first()
                    .is_some_and(|byte| matches!(byte, b'"' | b'\''));
                if quote && length <= 2 && word.iter().all(|byte| b"rRbBuUfF".contains(byte)) {
                    rest = after;
                    string(&mut rest, word, &mut line)
                } else {
                    rest = after;
                    Kind::Name(String::from_utf8_lossy(word).into_owned())
                }
            }
            b';' => {
                rest = tail;
                Kind::End
            }
            b':' if !rest.starts_with(b":=") => {
                rest = tail;
                Kind::Op(":")
            }
            b'=' if !rest.starts_with(b"==") => {
                rest = tail;
                Kind::Op("=")
            }
            _ => {
                let operator = OPERATORS
                    .iter()
                    .find(|operator| rest.starts_with(operator.as_bytes()));
                let Some(operator) = operator else {
                    rest = tail;
                    continue;
                };
                rest = rest.get(operator.len()..).unwrap_or_default();
                match *operator {
                    "(" | "[" | "{" => brackets += 1,
                    ")" | "]" | "}" => brackets = brackets.saturating_sub(1),
                    _ => {}
                }
                Kind::Op(operator)
            }
        };
        tokens.push(Token { kind, line });
    }
    tokens
}

/// Reads a string literal; `rest` stands at its quote.
fn string(rest: &mut &[u8], prefix: &[u8], line: &mut u32) -> Kind {
    let text = *rest;
    let quote = text.first().copied().unwrap_or(b'"');
    let triple = text.get(1) == Some(&quote) && text.get(2) == Some(&quote);
    let width = if triple { 3 } else { 1 };
    let mut at = width;
    let end;
    loop {
        match text.get(at) {
            None => {
                end = text.len();
                break;
            }
            Some(b'\\') => {
                *line += u32::from(text.get(at + 1) == Some(&b'\n'));
                at += 2;
            }
            Some(b'\n') if !triple => {
                end = at;
                break;
            }
            Some(byte) if *byte == quote => {
                let closes = !triple
                    || (text.get(at + 1) == Some(&quote) && text.get(at + 2) == Some(&quote));
                if closes {
                    end = at;
                    break;
                }
                at += 1;
            }
            Some(byte) => {
                *line += u32::from(*byte == b'\n');
                at += 1;
            }
        }
    }
    let body = text.get(width..end.max(width)).unwrap_or_default();
    let closed = text.get(end) == Some(&quote);
    *rest = text
        .get(if closed { end + width } else { end }..)
        .unwrap_or_default();
    let has = |letter: u8| prefix.iter().any(|byte| byte.eq_ignore_ascii_case(&letter));
    let bytes = if has(b'r') {
        body.to_vec()
    } else {
        let joined = without_continuations(body);
        codec::unescape(&joined, Escapes::Ansi)
    };
    Kind::Text {
        bytes,
        is_bytes: has(b'b'),
        format: has(b'f'),
    }
}

fn without_continuations(body: &[u8]) -> Vec<u8> {
    let mut joined = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((first, tail)) = rest.split_first() {
        match rest {
            [b'\\', b'\n', after @ ..] => rest = after,
            [b'\\', next, after @ ..] => {
                joined.extend([b'\\', *next]);
                rest = after;
            }
            _ => {
                joined.push(*first);
                rest = tail;
            }
        }
    }
    joined
}

fn number(rest: &mut &[u8]) -> Kind {
    let text = *rest;
    let length = text
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
        .count();
    let word = String::from_utf8_lossy(text.get(..length).unwrap_or_default()).replace('_', "");
    *rest = text.get(length..).unwrap_or_default();
    let lower = word.to_ascii_lowercase();
    let (digits, base) = match lower.get(..2) {
        Some("0x") => (lower.get(2..), 16),
        Some("0o") => (lower.get(2..), 8),
        Some("0b") => (lower.get(2..), 2),
        _ => (Some(lower.as_str()), 10),
    };
    let value = digits.and_then(|digits| i64::from_str_radix(digits, base).ok());
    match value {
        Some(value) => Kind::Number(value),
        None => Kind::Name(String::from("_number")),
    }
}
