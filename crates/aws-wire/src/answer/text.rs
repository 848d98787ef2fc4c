//! Texts in JSON.

/// Writes a text as a JSON string, quotes included. Characters beyond ASCII stay as they are.
pub fn push_json_string(body: &mut Vec<u8>, text: &str) {
    body.reserve(text.len() + 2);
    body.push(b'"');
    let bytes = text.as_bytes();
    let mut rest = bytes;
    while let Some(position) = rest.iter().position(|byte| needs_escape(*byte)) {
        let (plain, tail) = rest.split_at(position);
        body.extend_from_slice(plain);
        let Some((byte, tail)) = tail.split_first() else {
            break;
        };
        match byte {
            b'"' => body.extend_from_slice(b"\\\""),
            b'\\' => body.extend_from_slice(b"\\\\"),
            b'\n' => body.extend_from_slice(b"\\n"),
            b'\r' => body.extend_from_slice(b"\\r"),
            b'\t' => body.extend_from_slice(b"\\t"),
            byte => {
                body.extend_from_slice(b"\\u00");
                body.push(digit(byte >> 4));
                body.push(digit(byte & 15));
            }
        }
        rest = tail;
    }
    body.extend_from_slice(rest);
    body.push(b'"');
}

fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

fn digit(value: u8) -> u8 {
    if value < 10 {
        b'0' + value
    } else {
        b'a' + value - 10
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_reader_of_json_gets_the_text(text in "\\PC{0,20}|[\\x00-\\x7f]{0,20}") {
            let mut body = Vec::new();
            push_json_string(&mut body, &text);
            prop_assert_eq!(serde_json::from_slice::<String>(&body).unwrap(), text);
        }
    }
}
