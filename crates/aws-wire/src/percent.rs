//! Percent-decoding, once and strictly.

use std::borrow::Cow;

/// What cannot be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DecodeError {
    #[error("a `%` without two hexadecimal digits")]
    Escape,
    #[error("no UTF-8")]
    Text,
}

/// The bytes; `+` is itself.
pub(crate) fn decode_bytes(text: &str) -> Result<Cow<'_, [u8]>, DecodeError> {
    if !text.as_bytes().contains(&b'%') {
        return Ok(Cow::Borrowed(text.as_bytes()));
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = bytes.next().and_then(hex).zip(bytes.next().and_then(hex));
            let (high, low) = digits.ok_or(DecodeError::Escape)?;
            decoded.push(high << 4 | low);
        } else {
            decoded.push(byte);
        }
    }
    Ok(Cow::Owned(decoded))
}

/// The text; `+` is itself.
pub(crate) fn decode(text: &str) -> Result<Cow<'_, str>, DecodeError> {
    match decode_bytes(text)? {
        Cow::Borrowed(_) => Ok(Cow::Borrowed(text)),
        Cow::Owned(bytes) => String::from_utf8(bytes)
            .map(Cow::Owned)
            .map_err(|_| DecodeError::Text),
    }
}

/// The text of a form field: `+` is a space.
pub(crate) fn decode_form(text: &str) -> Result<Cow<'_, str>, DecodeError> {
    if !text.contains('+') {
        return decode(text);
    }
    let spaced = text.replace('+', " ");
    decode(&spaced).map(|text| Cow::Owned(text.into_owned()))
}

/// Value of a hexadecimal digit.
pub(crate) fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn strict() {
        assert_eq!(decode("a%2Fb%20+").unwrap(), "a/b +");
        assert_eq!(decode("%252F").unwrap(), "%2F");
        assert_eq!(decode_form("a+b%2B").unwrap(), "a b+");
        for bad in ["%", "%2", "%zz", "a%2"] {
            assert_eq!(decode(bad), Err(DecodeError::Escape), "{bad}");
        }
        assert_eq!(decode("%ff"), Err(DecodeError::Text));
    }

    proptest! {
        #[test]
        fn what_was_encoded(text in "\\PC{0,20}") {
            use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
            let encoded = utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string();
            prop_assert_eq!(decode(&encoded).unwrap(), text);
        }
    }
}
