//! Walking JSON text: where a value ends, and whether it is JSON at all (RFC 8259).
//!
//! Two walks share the string loop. [`value_end`] checks everything but the UTF-8 of strings; it is
//! used once, when a record is split off. The `trusted_*` walks only look for the end of text that
//! has been checked already.

use thiserror::Error;

/// Deepest nesting that is accepted. Real records nest less than 20 levels.
pub const MAX_DEPTH: usize = 1024;

/// Why text is not JSON, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{kind} at byte {offset}")]
pub struct JsonError {
    /// Bytes from the start of the text that was given.
    pub offset: usize,
    /// What is wrong there.
    pub kind: JsonErrorKind,
}

impl JsonError {
    pub(crate) const fn new(offset: usize, kind: JsonErrorKind) -> Self {
        Self { offset, kind }
    }
}

/// The ways in which text fails to be JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum JsonErrorKind {
    /// The text stops inside a value; more bytes could complete it
    #[error("text ends inside a value")]
    UnexpectedEnd,
    /// A byte that cannot stand here
    #[error("unexpected byte")]
    UnexpectedByte,
    /// A control character inside a string
    #[error("control character in a string")]
    ControlCharacter,
    /// A backslash followed by something that is no escape
    #[error("unknown escape in a string")]
    BadEscape,
    /// A number with a leading zero, a bare minus, or missing digits
    #[error("malformed number")]
    BadNumber,
    /// Nested deeper than [`MAX_DEPTH`]
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// Something follows the value
    #[error("data after the value")]
    TrailingData,
}

/// The first position at or after `position` that is not JSON white space.
#[must_use]
#[inline]
pub fn skip_whitespace(bytes: &[u8], mut position: usize) -> usize {
    while matches!(bytes.get(position), Some(b' ' | b'\t' | b'\n' | b'\r')) {
        position += 1;
    }
    position
}

/// Checks the value that starts at `start` and returns the position after it.
///
/// # Errors
/// [`JsonErrorKind::UnexpectedEnd`] when the bytes stop inside the value; otherwise what is wrong.
/// A number at the very end of the bytes counts as complete.
#[inline]
pub fn value_end(bytes: &[u8], start: usize) -> Result<usize, JsonError> {
    let position = skip_whitespace(bytes, start);
    match byte_at(bytes, position)? {
        b'"' => string_end(bytes, position + 1),
        b'{' | b'[' => match container_end(bytes, position, ShallowNesting::default()) {
            Err(error) if error.kind == JsonErrorKind::TooDeep => {
                container_end(bytes, position, Nesting::new())
            }
            outcome => outcome,
        },
        byte => scalar_value_end(bytes, position, byte),
    }
}

/// A literal or a number.
#[inline]
fn scalar_value_end(bytes: &[u8], position: usize, first: u8) -> Result<usize, JsonError> {
    match first {
        b't' => literal_end(bytes, position, b"true"),
        b'f' => literal_end(bytes, position, b"false"),
        b'n' => literal_end(bytes, position, b"null"),
        b'-' | b'0'..=b'9' => number_end(bytes, position),
        _ => Err(JsonError::new(position, JsonErrorKind::UnexpectedByte)),
    }
}

/// Checks the object or array at `start`.
fn container_end<N: Stack>(bytes: &[u8], start: usize, mut nesting: N) -> Result<usize, JsonError> {
    let mut position = start;
    loop {
        position = skip_whitespace(bytes, position);
        match byte_at(bytes, position)? {
            b'"' => position = string_end(bytes, position + 1)?,
            b'{' => {
                nesting.push(true, position)?;
                position = skip_whitespace(bytes, position + 1);
                if byte_at(bytes, position)? == b'}' {
                    nesting.pop();
                    position += 1;
                } else {
                    position = key_end(bytes, position)?;
                    continue;
                }
            }
            b'[' => {
                nesting.push(false, position)?;
                position = skip_whitespace(bytes, position + 1);
                if byte_at(bytes, position)? == b']' {
                    nesting.pop();
                    position += 1;
                } else {
                    continue;
                }
            }
            byte => position = scalar_value_end(bytes, position, byte)?,
        }
        loop {
            if nesting.is_empty() {
                return Ok(position);
            }
            position = skip_whitespace(bytes, position);
            match (byte_at(bytes, position)?, nesting.in_object()) {
                (b',', true) => {
                    position = skip_whitespace(bytes, position + 1);
                    position = key_end(bytes, position)?;
                    break;
                }
                (b',', false) => {
                    position += 1;
                    break;
                }
                (b'}', true) | (b']', false) => {
                    nesting.pop();
                    position += 1;
                }
                _ => return Err(JsonError::new(position, JsonErrorKind::UnexpectedByte)),
            }
        }
    }
}

/// Checks a key that should start at `position`, and its colon; returns the position after the colon.
///
/// # Errors
/// As [`value_end`].
#[inline]
pub(crate) fn key_end(bytes: &[u8], position: usize) -> Result<usize, JsonError> {
    Ok(key(bytes, position)?.1)
}

/// As [`key_end`], with the bytes between the quotes.
#[inline]
pub(crate) fn key(bytes: &[u8], position: usize) -> Result<(&[u8], usize), JsonError> {
    if byte_at(bytes, position)? != b'"' {
        return Err(JsonError::new(position, JsonErrorKind::UnexpectedByte));
    }
    let after_key = string_end(bytes, position + 1)?;
    let name = bytes.get(position + 1..after_key - 1).unwrap_or_default();
    let colon = skip_whitespace(bytes, after_key);
    if byte_at(bytes, colon)? != b':' {
        return Err(JsonError::new(colon, JsonErrorKind::UnexpectedByte));
    }
    Ok((name, colon + 1))
}

/// Checks the string whose first byte after the quote is `position`; returns the position after the
/// closing quote.
///
/// # Errors
/// As [`value_end`].
#[inline]
pub(crate) fn string_end(bytes: &[u8], mut position: usize) -> Result<usize, JsonError> {
    loop {
        position = next_special(bytes, position);
        match byte_at(bytes, position)? {
            b'"' => return Ok(position + 1),
            b'\\' => position = escape_end(bytes, position + 1)?,
            _ => return Err(JsonError::new(position, JsonErrorKind::ControlCharacter)),
        }
    }
}

pub(super) fn skip_separators(bytes: &[u8], mut position: usize) -> usize {
    while matches!(
        bytes.get(position),
        Some(b' ' | b'\t' | b'\n' | b'\r' | b',' | b':')
    ) {
        position += 1;
    }
    position
}

pub(super) fn trusted_string_end(bytes: &[u8], mut position: usize) -> Option<usize> {
    loop {
        position = next_special(bytes, position);
        match bytes.get(position)? {
            b'"' => return Some(position + 1),
            b'\\' => position += 2,
            _ => position += 1,
        }
    }
}

pub(super) fn trusted_value_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut position = start;
    let mut depth = 0usize;
    loop {
        match bytes.get(position)? {
            b'"' => position = trusted_string_end(bytes, position + 1)?,
            b'{' | b'[' => {
                depth += 1;
                position += 1;
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                position += 1;
            }
            b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' => position += 1,
            _ => position = scalar_end(bytes, position),
        }
        if depth == 0 {
            return Some(position);
        }
    }
}

fn scalar_end(bytes: &[u8], mut position: usize) -> usize {
    position += 1;
    while matches!(
        bytes.get(position),
        Some(b'0'..=b'9' | b'a'..=b'z' | b'E' | b'+' | b'-' | b'.')
    ) {
        position += 1;
    }
    position
}

const LOW_BITS: u64 = 0x0101_0101_0101_0101;
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// The first quote, backslash or control character at or after `position`, or the end of the bytes.
///
/// Sixteen bytes in two words at a time: strings of CloudTrail are short, so a call into a vectorised
/// search costs more than it saves.
#[inline]
fn next_special(bytes: &[u8], mut position: usize) -> usize {
    while let Some(chunk) = bytes.get(position..).and_then(<[u8]>::first_chunk::<16>) {
        let words = u128::from_le_bytes(*chunk);
        let low = special_bytes(words as u64);
        let high = special_bytes((words >> 64) as u64);
        if low != 0 {
            return position + (low.trailing_zeros() / 8) as usize;
        }
        if high != 0 {
            return position + 8 + (high.trailing_zeros() / 8) as usize;
        }
        position += 16;
    }
    while let Some(&byte) = bytes.get(position) {
        if byte == b'"' || byte == b'\\' || byte < 0x20 {
            return position;
        }
        position += 1;
    }
    position
}

/// The high bit of each special byte; bits above the first one may be wrong.
#[inline]
const fn special_bytes(word: u64) -> u64 {
    let quote = word ^ (LOW_BITS * 0x22);
    let backslash = word ^ (LOW_BITS * 0x5c);
    let found = (quote.wrapping_sub(LOW_BITS) & !quote)
        | (backslash.wrapping_sub(LOW_BITS) & !backslash)
        | (word.wrapping_sub(LOW_BITS * 0x20) & !word);
    found & HIGH_BITS
}

fn escape_end(bytes: &[u8], position: usize) -> Result<usize, JsonError> {
    match byte_at(bytes, position)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(position + 1),
        b'u' => {
            for place in position + 1..position + 5 {
                if !byte_at(bytes, place)?.is_ascii_hexdigit() {
                    return Err(JsonError::new(place, JsonErrorKind::BadEscape));
                }
            }
            Ok(position + 5)
        }
        _ => Err(JsonError::new(position, JsonErrorKind::BadEscape)),
    }
}

#[inline]
fn literal_end(bytes: &[u8], position: usize, literal: &[u8]) -> Result<usize, JsonError> {
    let rest = bytes.get(position..).unwrap_or_default();
    if rest.starts_with(literal) {
        return Ok(position + literal.len());
    }
    if literal.starts_with(rest) {
        return Err(JsonError::new(bytes.len(), JsonErrorKind::UnexpectedEnd));
    }
    Err(JsonError::new(position, JsonErrorKind::UnexpectedByte))
}

fn number_end(bytes: &[u8], start: usize) -> Result<usize, JsonError> {
    let mut position = start;
    if bytes.get(position) == Some(&b'-') {
        position += 1;
    }
    match byte_at(bytes, position)? {
        b'0' => position += 1,
        b'1'..=b'9' => position = digits_end(bytes, position),
        _ => return Err(JsonError::new(position, JsonErrorKind::BadNumber)),
    }
    if bytes.get(position) == Some(&b'.') {
        position = required_digits(bytes, position + 1)?;
    }
    if matches!(bytes.get(position), Some(b'e' | b'E')) {
        position += 1;
        if matches!(bytes.get(position), Some(b'+' | b'-')) {
            position += 1;
        }
        position = required_digits(bytes, position)?;
    }
    if matches!(bytes.get(position), Some(b'0'..=b'9')) {
        return Err(JsonError::new(position, JsonErrorKind::BadNumber));
    }
    Ok(position)
}

fn required_digits(bytes: &[u8], position: usize) -> Result<usize, JsonError> {
    if byte_at(bytes, position)?.is_ascii_digit() {
        return Ok(digits_end(bytes, position));
    }
    Err(JsonError::new(position, JsonErrorKind::BadNumber))
}

fn digits_end(bytes: &[u8], mut position: usize) -> usize {
    while matches!(bytes.get(position), Some(b'0'..=b'9')) {
        position += 1;
    }
    position
}

#[inline]
pub(crate) fn byte_at(bytes: &[u8], position: usize) -> Result<u8, JsonError> {
    match bytes.get(position) {
        Some(&byte) => Ok(byte),
        None => Err(JsonError::new(bytes.len(), JsonErrorKind::UnexpectedEnd)),
    }
}

/// Which containers are open: one bit each, set for an object.
trait Stack {
    fn push(&mut self, object: bool, position: usize) -> Result<(), JsonError>;
    fn pop(&mut self);
    fn is_empty(&self) -> bool;
    fn in_object(&self) -> bool;
}

/// Up to 64 levels, which is all that real records need.
#[derive(Default)]
struct ShallowNesting {
    bits: u64,
    depth: u32,
}

impl Stack for ShallowNesting {
    #[inline]
    fn push(&mut self, object: bool, position: usize) -> Result<(), JsonError> {
        if self.depth == u64::BITS {
            return Err(JsonError::new(position, JsonErrorKind::TooDeep));
        }
        self.depth += 1;
        self.bits = self.bits << 1 | u64::from(object);
        Ok(())
    }

    #[inline]
    fn pop(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.bits >>= 1;
    }

    #[inline]
    fn is_empty(&self) -> bool {
        self.depth == 0
    }

    #[inline]
    fn in_object(&self) -> bool {
        self.bits & 1 == 1
    }
}

/// Up to [`MAX_DEPTH`] levels.
struct Nesting {
    bits: [u64; MAX_DEPTH / 64],
    depth: usize,
}

impl Nesting {
    const fn new() -> Self {
        Self {
            bits: [0; MAX_DEPTH / 64],
            depth: 0,
        }
    }
}

impl Stack for Nesting {
    fn push(&mut self, object: bool, position: usize) -> Result<(), JsonError> {
        let Some(word) = self.bits.get_mut(self.depth / 64) else {
            return Err(JsonError::new(position, JsonErrorKind::TooDeep));
        };
        let bit = 1u64 << (self.depth % 64);
        if object {
            *word |= bit
        } else {
            *word &= !bit
        }
        self.depth += 1;
        Ok(())
    }

    fn pop(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    fn is_empty(&self) -> bool {
        self.depth == 0
    }

    fn in_object(&self) -> bool {
        let Some(innermost) = self.depth.checked_sub(1) else {
            return false;
        };
        let word = self.bits.get(innermost / 64).copied().unwrap_or_default();
        word >> (innermost % 64) & 1 == 1
    }
}
