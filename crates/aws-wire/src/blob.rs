//! Blobs: base64 with padding, strictly.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The bytes of a blob member.
///
/// `None` when the text is no canonical base64; a parsed input has only such that are.
pub fn blob(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Bytes as a blob member.
pub fn to_blob(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Number of bytes that the text stands for, without decoding it: plaintext is copied no more often
/// than needed.
pub(crate) fn decoded_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    if !bytes.len().is_multiple_of(4) {
        return None;
    }
    let body = text.trim_end_matches('=');
    let padding = bytes.len() - body.len();
    let mut last = 0;
    for byte in body.bytes() {
        last = value(byte)?;
    }
    let loose = match padding {
        0 => 0,
        1 => 0b11,
        2 => 0b1111,
        _ => return None,
    };
    (last & loose == 0).then_some(bytes.len() / 4 * 3 - padding)
}

fn value(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn as_the_decoder_has_it(text in "[A-Da-d01+/]{0,9}={0,3}|[Aa/=_\n]{0,8}") {
            prop_assert_eq!(decoded_length(&text), blob(&text).map(|bytes| bytes.len()), "{:?}", text);
        }

        #[test]
        fn whole(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let text = to_blob(&bytes);
            prop_assert_eq!(decoded_length(&text), Some(bytes.len()));
            prop_assert_eq!(blob(&text), Some(bytes));
        }
    }
}
