//! Canonical JSON (RFC 8785, JCS).
//!
//! Members are sorted by the UTF-16 code units of their names, there is no white space, and strings
//! have one form. Numbers are whole and at most 2^53 - 1: within that range the text of RFC 8785 is
//! the plain decimal one, and nothing here needs more.

use serde::Serialize;
use serde_json::Value;
use thiserror::Error;

const LARGEST: u64 = (1 << 53) - 1;

/// The value has no canonical text here.
#[derive(Debug, Error)]
pub enum CanonicalError {
    /// A fraction, a negative number, or one above 2^53 - 1.
    #[error("{0} is not a whole number between 0 and 2^53 - 1")]
    Number(String),
    /// The value cannot be told as JSON.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
}

/// The canonical text of a value.
pub(crate) fn to_bytes(value: &impl Serialize) -> Result<Vec<u8>, CanonicalError> {
    let mut text = Vec::new();
    write(&serde_json::to_value(value)?, &mut text)?;
    Ok(text)
}

// Values come from types of this crate, whose depth is small and fixed.
fn write(value: &Value, text: &mut Vec<u8>) -> Result<(), CanonicalError> {
    match value {
        Value::Null => text.extend(b"null"),
        Value::Bool(true) => text.extend(b"true"),
        Value::Bool(false) => text.extend(b"false"),
        Value::Number(number) => match number.as_u64() {
            Some(whole) if whole <= LARGEST => text.extend(whole.to_string().as_bytes()),
            _ => return Err(CanonicalError::Number(number.to_string())),
        },
        // serde_json escapes as RFC 8785 asks: two-character escapes where they exist, \u00xx in
        // lower case for other control characters, nothing else.
        Value::String(string) => serde_json::to_writer(text, string)?,
        Value::Array(values) => {
            text.push(b'[');
            for (number, value) in values.iter().enumerate() {
                if number > 0 {
                    text.push(b',');
                }
                write(value, text)?;
            }
            text.push(b']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by(|left, right| left.0.encode_utf16().cmp(right.0.encode_utf16()));
            text.push(b'{');
            for (number, (name, value)) in sorted.into_iter().enumerate() {
                if number > 0 {
                    text.push(b',');
                }
                serde_json::to_writer(&mut *text, name)?;
                text.push(b':');
                write(value, text)?;
            }
            text.push(b'}');
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        let value: Value = serde_json::from_str(text).unwrap();
        String::from_utf8(to_bytes(&value).unwrap()).unwrap()
    }

    // The examples of RFC 8785, sections 3.2.2 and 3.2.3, without their fractions.
    #[test]
    fn examples_of_the_rfc() {
        assert_eq!(
            canonical(
                r#"{"numbers": [333, 450, 2],
                    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
                    "literals": [null, true, false]}"#
            ),
            "{\"literals\":[null,true,false],\"numbers\":[333,450,2],\
             \"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}"
        );
        assert_eq!(
            canonical(
                r#"{"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh",
                    "1": "One", "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control",
                    "\u00f6": "Latin Small Letter O With Diaeresis"}"#
            ),
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\
             \"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\
             \"😀\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}"
        );
    }

    #[test]
    fn other_numbers_are_refused() {
        for text in ["1.5", "-1", "1e30", "9007199254740992"] {
            let value: Value = serde_json::from_str(text).unwrap();
            assert!(to_bytes(&value).is_err(), "{text}");
        }
        assert_eq!(canonical("9007199254740991"), "9007199254740991");
    }
}
