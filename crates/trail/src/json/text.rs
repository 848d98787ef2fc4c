//! Strings of JSON: resolving escapes.

use std::borrow::Cow;

/// The content of a string from the bytes between its quotes. Lone surrogates and bytes that are
/// not UTF-8 become U+FFFD.
pub(super) fn unescape(inner: &[u8]) -> Cow<'_, str> {
    let Some(first_escape) = memchr::memchr(b'\\', inner) else {
        return match std::str::from_utf8(inner) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(inner),
        };
    };
    let mut output = Vec::with_capacity(inner.len());
    output.extend_from_slice(inner.get(..first_escape).unwrap_or_default());
    let mut rest = inner.get(first_escape..).unwrap_or_default();
    while let Some((&byte, tail)) = rest.split_first() {
        if byte != b'\\' {
            let plain = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
            let (text, tail) = rest.split_at(plain);
            output.extend_from_slice(text);
            rest = tail;
            continue;
        }
        rest = escape(tail, &mut output);
    }
    match String::from_utf8(output) {
        Ok(text) => Cow::Owned(text),
        Err(error) => Cow::Owned(String::from_utf8_lossy(error.as_bytes()).into_owned()),
    }
}

/// Resolves one escape whose backslash has been consumed; returns what follows it.
fn escape<'a>(tail: &'a [u8], output: &mut Vec<u8>) -> &'a [u8] {
    let Some((&letter, rest)) = tail.split_first() else {
        return tail;
    };
    let plain = match letter {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 8,
        b'f' => 12,
        b'u' => return unicode_escape(rest, output),
        other => other,
    };
    output.push(plain);
    rest
}

fn unicode_escape<'a>(rest: &'a [u8], output: &mut Vec<u8>) -> &'a [u8] {
    let Some((unit, after)) = hex_unit(rest) else {
        push_char(char::REPLACEMENT_CHARACTER, output);
        return rest;
    };
    let is_high_surrogate = (0xD800..0xDC00).contains(&unit);
    let low = if is_high_surrogate {
        after
            .strip_prefix(b"\\u")
            .and_then(hex_unit)
            .filter(|(low, _)| (0xDC00..0xE000).contains(low))
    } else {
        None
    };
    if let Some((low, after_pair)) = low {
        let code = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        push_char(
            char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
            output,
        );
        return after_pair;
    }
    push_char(
        char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER),
        output,
    );
    after
}

fn hex_unit(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (digits, rest) = bytes.split_at_checked(4)?;
    let text = std::str::from_utf8(digits).ok()?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    Some((u32::from_str_radix(text, 16).ok()?, rest))
}

fn push_char(character: char, output: &mut Vec<u8>) {
    let mut buffer = [0u8; 4];
    output.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
}
