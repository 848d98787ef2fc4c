//! Encodings that AWS applies to texts in its answers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::unknown::contains_unknown;

/// Whether nothing in a value is unknown.
pub(crate) fn is_known(value: &Value) -> bool {
    !contains_unknown(value)
}

/// Base64 with padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Percent-encoding of everything but unreserved characters, as in IAM answers.
pub(crate) fn url_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The line of a byte of a text, from 1.
pub(crate) fn line_of(bytes: &[u8], offset: usize) -> u64 {
    let before = bytes.get(..offset).unwrap_or(bytes);
    before
        .iter()
        .fold(1, |lines, byte| lines + u64::from(*byte == b'\n'))
}

/// The lines of a text, for many questions.
pub(crate) struct Lines {
    /// Offsets of line ends.
    ends: Vec<usize>,
}

impl Lines {
    pub(crate) fn new(text: &str) -> Self {
        let bytes = text.bytes().enumerate();
        Self {
            ends: bytes
                .filter_map(|(offset, byte)| (byte == b'\n').then_some(offset))
                .collect(),
        }
    }

    /// The line of a byte, from 1.
    pub(crate) fn of(&self, offset: usize) -> u64 {
        let before = self.ends.partition_point(|end| *end < offset);
        u64::try_from(before).unwrap_or(u64::MAX).saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::{Lines, line_of, url_encode};

    #[test]
    fn lines_are_counted_from_one() {
        let text = "a\nb\n\nc";
        let lines = Lines::new(text);
        for offset in 0..=text.len() {
            assert_eq!(
                lines.of(offset),
                line_of(text.as_bytes(), offset),
                "{offset}"
            );
        }
        assert_eq!(lines.of(5), 4);
    }

    #[test]
    fn policies_are_percent_encoded() {
        assert_eq!(url_encode(r#"{"a": "*"}"#), "%7B%22a%22%3A%20%22%2A%22%7D");
    }
}
