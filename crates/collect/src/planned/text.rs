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

#[cfg(test)]
mod tests {
    use super::url_encode;

    #[test]
    fn policies_are_percent_encoded() {
        assert_eq!(url_encode(r#"{"a": "*"}"#), "%7B%22a%22%3A%20%22%2A%22%7D");
    }
}
