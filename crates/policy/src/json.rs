//! JSON with positions: what policy documents need and ordinary readers do not keep.
//!
//! Strict RFC 8259. Duplicate keys are refused (AWS does), nesting is bounded, numbers stay text so
//! that no digit is lost.

use std::collections::HashSet;
use std::fmt;

/// Deepest nesting that is read. Policy documents need eight levels.
pub const DEEPEST: usize = 64;

/// A place in a text: lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Why a text is no JSON, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {reason}", position.line, position.column)]
pub struct JsonError {
    /// Where reading stopped.
    pub position: Position,
    /// Why.
    pub reason: String,
}

/// A value and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Its first character.
    pub position: Position,
}

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number, as written
    Number(Box<str>),
    /// A string, unescaped
    String(Box<str>),
    /// A list
    Array(Vec<Node>),
    /// An object, in the order of the text
    Object(Vec<Member>),
}

/// A member of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Name, unescaped.
    pub key: Box<str>,
    /// Where the name begins.
    pub position: Position,
    /// The value.
    pub node: Node,
}

impl Value {
    /// The kind, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

/// Reads one JSON value, and nothing after it.
///
/// # Errors
/// The first fault, with its position.
pub fn parse(text: &str) -> Result<Node, JsonError> {
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: 0,
        line: 1,
        line_start: 0,
        continuation: 0,
    };
    reader.space();
    let node = reader.value(0)?;
    reader.space();
    if reader.at < reader.bytes.len() {
        return Err(reader.error("text after the end of the value"));
    }
    Ok(node)
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    line: u32,
    line_start: usize,
    /// Bytes since the start of the line that begin no character.
    continuation: usize,
}

impl Reader<'_> {
    fn position(&self) -> Position {
        let column = self.at.saturating_sub(self.line_start + self.continuation) + 1;
        Position {
            line: self.line,
            column: u32::try_from(column).unwrap_or(u32::MAX),
        }
    }

    fn error(&self, reason: impl Into<String>) -> JsonError {
        JsonError {
            position: self.position(),
            reason: reason.into(),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' => {
                    self.at += 1;
                    self.line = self.line.saturating_add(1);
                    self.line_start = self.at;
                    self.continuation = 0;
                }
                b' ' | b'\t' | b'\r' => self.at += 1,
                _ => return,
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node, JsonError> {
        if depth > DEEPEST {
            return Err(self.error(format!("nested more than {DEEPEST} levels deep")));
        }
        let position = self.position();
        let value = match self.peek() {
            Some(b'{') => Value::Object(self.object(depth)?),
            Some(b'[') => Value::Array(self.array(depth)?),
            Some(b'"') => Value::String(self.string()?),
            Some(b't') => self.word("true", Value::Bool(true))?,
            Some(b'f') => self.word("false", Value::Bool(false))?,
            Some(b'n') => self.word("null", Value::Null)?,
            Some(b'-' | b'0'..=b'9') => Value::Number(self.number()?),
            Some(_) => return Err(self.error("a JSON value is expected here")),
            None => return Err(self.error("the text ends where a value is expected")),
        };
        Ok(Node { value, position })
    }

    fn object(&mut self, depth: usize) -> Result<Vec<Member>, JsonError> {
        self.at += 1;
        let mut members: Vec<Member> = Vec::new();
        let mut seen: HashSet<Box<str>> = HashSet::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(members);
        }
        loop {
            self.space();
            let position = self.position();
            if self.peek() != Some(b'"') {
                return Err(self.error("a member name in quotes is expected here"));
            }
            let key = self.string()?;
            // A set only pays for objects that are large, and those may be hostile.
            let is_double = if members.len() < 16 {
                members.iter().any(|member| member.key == key)
            } else {
                if seen.is_empty() {
                    seen.extend(members.iter().map(|member| member.key.clone()));
                }
                !seen.insert(key.clone())
            };
            if is_double {
                return Err(JsonError {
                    position,
                    reason: format!("the member `{key}` stands twice in one object"),
                });
            }
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.error("`:` is expected here"));
            }
            self.at += 1;
            self.space();
            let node = self.value(depth + 1)?;
            members.push(Member {
                key,
                position,
                node,
            });
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(members);
                }
                _ => return Err(self.error("`,` or `}` is expected here")),
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Vec<Node>, JsonError> {
        self.at += 1;
        let mut nodes = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(nodes);
        }
        loop {
            self.space();
            nodes.push(self.value(depth + 1)?);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(nodes);
                }
                _ => return Err(self.error("`,` or `]` is expected here")),
            }
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, JsonError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if !rest.starts_with(word.as_bytes()) {
            return Err(self.error("a JSON value is expected here"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Result<Box<str>, JsonError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let leads_with_zero = self.peek() == Some(b'0');
        let integer = self.digits();
        if integer == 0 || (leads_with_zero && integer > 1) {
            return Err(self.error("this is no JSON number"));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err(self.error("digits are expected after the point"));
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(self.error("digits are expected in the exponent"));
            }
        }
        Ok(self.text.get(start..self.at).unwrap_or_default().into())
    }

    fn string(&mut self) -> Result<Box<str>, JsonError> {
        self.at += 1;
        let start = self.at;
        // Most strings hold no escape and are taken in one piece.
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    let text = self.text.get(start..self.at).unwrap_or_default();
                    self.at += 1;
                    return Ok(text.into());
                }
                b'\\' => break,
                0..=0x1f => {
                    return Err(self.error("a control character in a string must be escaped"));
                }
                0x80..=0xbf => self.continuation += 1,
                _ => {}
            }
            self.at += 1;
        }
        let mut text = self.text.get(start..self.at).unwrap_or_default().to_owned();
        loop {
            let Some(byte) = self.peek() else {
                return Err(self.error("the text ends inside a string"));
            };
            match byte {
                b'"' => {
                    self.at += 1;
                    return Ok(text.into());
                }
                b'\\' => text.push(self.escape()?),
                0..=0x1f => {
                    return Err(self.error("a control character in a string must be escaped"));
                }
                _ => {
                    let rest = self.text.get(self.at..).unwrap_or_default();
                    let Some(character) = rest.chars().next() else {
                        return Err(self.error("the text ends inside a string"));
                    };
                    text.push(character);
                    self.at += character.len_utf8();
                    self.continuation += character.len_utf8() - 1;
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        self.at += 1;
        let Some(byte) = self.peek() else {
            return Err(self.error("the text ends inside a string"));
        };
        let character = match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                self.at += 1;
                return self.unicode();
            }
            _ => return Err(self.error("there is no such escape in JSON")),
        };
        self.at += 1;
        Ok(character)
    }

    fn unicode(&mut self) -> Result<char, JsonError> {
        let first = self.four_digits()?;
        if let Some(character) = char::from_u32(first) {
            return Ok(character);
        }
        let is_high = (0xd800..0xdc00).contains(&first);
        let follows = self.bytes.get(self.at..self.at + 2) == Some(b"\\u");
        if !is_high || !follows {
            return Err(self.error("half of a surrogate pair stands alone"));
        }
        self.at += 2;
        let second = self.four_digits()?;
        if !(0xdc00..0xe000).contains(&second) {
            return Err(self.error("half of a surrogate pair stands alone"));
        }
        let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        char::from_u32(code).ok_or_else(|| self.error("there is no such character"))
    }

    fn four_digits(&mut self) -> Result<u32, JsonError> {
        let digits = self.text.get(self.at..self.at + 4);
        let is_hex = |digits: &&str| digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let code = digits
            .filter(is_hex)
            .and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let Some(code) = code else {
            return Err(self.error("four hexadecimal digits are expected after `\\u`"));
        };
        self.at += 4;
        Ok(code)
    }
}
