//! JSON written straight into the answer.

/// Appends a string with its quotes.
pub(crate) fn string(to: &mut Vec<u8>, text: &str) {
    to.push(b'"');
    let bytes = text.as_bytes();
    let mut rest = bytes;
    // Most texts hold nothing to escape and are copied whole.
    while let Some(at) = rest
        .iter()
        .position(|byte| *byte < 0x20 || *byte == b'"' || *byte == b'\\')
    {
        let (plain, escaped) = rest.split_at(at);
        to.extend_from_slice(plain);
        let Some((byte, after)) = escaped.split_first() else {
            break;
        };
        escape(to, *byte);
        rest = after;
    }
    to.extend_from_slice(rest);
    to.push(b'"');
}

/// Appends `,` unless this is the first element.
pub(crate) fn comma(to: &mut Vec<u8>, is_first: &mut bool) {
    if *is_first {
        *is_first = false;
    } else {
        to.push(b',');
    }
}

fn escape(to: &mut Vec<u8>, byte: u8) {
    match byte {
        b'"' => to.extend_from_slice(b"\\\""),
        b'\\' => to.extend_from_slice(b"\\\\"),
        b'\n' => to.extend_from_slice(b"\\n"),
        b'\r' => to.extend_from_slice(b"\\r"),
        b'\t' => to.extend_from_slice(b"\\t"),
        _ => to.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn serde_reads_what_is_written(text in any::<String>()) {
            let mut out = Vec::new();
            super::string(&mut out, &text);
            let back: String = serde_json::from_slice(&out).unwrap();
            prop_assert_eq!(back, text);
        }
    }
}
