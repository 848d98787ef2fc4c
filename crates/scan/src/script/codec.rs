//! Decoders of text encodings, tolerant where shells and Python are.

/// Outcome of decoding base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Base64 {
    pub(crate) bytes: Vec<u8>,
    /// The number of symbols, with padding, is a multiple of four.
    pub(crate) complete: bool,
    /// The end is one that no encoder produces.
    pub(crate) cut: bool,
}

/// Decodes base64 in the standard or the URL-safe alphabet. White space is
/// skipped and decoding goes on after padding, as in joined pieces. Answers
/// the offset of the first foreign byte.
pub(crate) fn base64(text: &[u8]) -> Result<Base64, usize> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut held) = (0_u32, 0_u32);
    let (mut symbols, mut padding) = (0_usize, 0_usize);
    for (offset, byte) in text.iter().enumerate() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                padding += 1;
                continue;
            }
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            _ => return Err(offset),
        };
        if padding > 0 {
            (bits, held, symbols, padding) = (0, 0, 0, 0);
        }
        symbols += 1;
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(((bits >> held) & 0xff) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Ok(Base64 {
        bytes,
        complete: (symbols + padding) % 4 == 0,
        // An encoder leaves the unused bits of the last symbol at zero.
        cut: symbols % 4 == 1 || (padding == 0 && bits != 0),
    })
}

/// Decodes base32 with or without padding; `None` on a foreign byte.
pub(super) fn base32(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 8 * 5 + 5);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a',
            b'2'..=b'7' => byte - b'2' + 26,
            b'=' | b' ' | b'\t' | b'\r' | b'\n' => continue,
            _ => return None,
        };
        bits = (bits << 5) | u32::from(value);
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push(((bits >> held) & 0xff) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Some(bytes)
}

/// Decodes pairs of hexadecimal digits; everything else is skipped, as
/// `xxd -r -p` does. A lone last digit is dropped.
pub(super) fn hex(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut high = None;
    for byte in text {
        let Some(value) = digit(*byte, 16) else {
            continue;
        };
        match high.take() {
            None => high = Some(value),
            Some(first) => bytes.push(((first << 4) | value) as u8),
        }
    }
    bytes
}

/// Decodes `%41` sequences; `+` stays.
pub(super) fn percent(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, tail)) = rest.split_first() {
        if *first == b'%'
            && let [high, low, after @ ..] = tail
            && let (Some(high), Some(low)) = (digit(*high, 16), digit(*low, 16))
        {
            bytes.push(((high << 4) | low) as u8);
            rest = after;
            continue;
        }
        bytes.push(*first);
        rest = tail;
    }
    bytes
}

/// Which backslash sequences are known where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escapes {
    /// `echo -e`, `printf %b`: octal needs a leading zero but is accepted
    /// without, as several shells do.
    Echo,
    /// `$'…'`, Python and C strings.
    Ansi,
}

/// Decodes backslash sequences. `\c` ends the text under [`Escapes::Echo`].
pub(super) fn unescape(text: &[u8], escapes: Escapes) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let Some((kind, tail)) = rest.split_first() else {
            bytes.push(b'\\');
            break;
        };
        rest = tail;
        let plain = match kind {
            b'a' => 7,
            b'b' => 8,
            b'e' | b'E' => 0x1b,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 11,
            b'\\' => b'\\',
            b'\'' if escapes == Escapes::Ansi => b'\'',
            b'"' => b'"',
            b'c' if escapes == Escapes::Echo => return bytes,
            b'x' | b'u' | b'U' => {
                let most = match kind {
                    b'x' => 2,
                    b'u' => 4,
                    _ => 8,
                };
                let (value, used) = number(rest, 16, most);
                rest = rest.get(used..).unwrap_or_default();
                if used == 0 {
                    bytes.extend([b'\\', *kind]);
                } else if *kind == b'x' {
                    bytes.push((value & 0xff) as u8);
                } else if let Some(found) = char::from_u32(value) {
                    bytes.extend(found.to_string().as_bytes());
                }
                continue;
            }
            b'0'..=b'7' => {
                let from = if *kind == b'0' && escapes == Escapes::Echo {
                    rest
                } else {
                    text.get(text.len() - rest.len() - 1..).unwrap_or_default()
                };
                let (value, used) = number(from, 8, 3);
                let end = text.len() - from.len() + used;
                rest = text.get(end..).unwrap_or_default();
                bytes.push((value & 0xff) as u8);
                continue;
            }
            other => {
                bytes.extend([b'\\', *other]);
                continue;
            }
        };
        bytes.push(plain);
    }
    bytes
}

/// Reads up to `most` digits; answers the value and how many were used.
pub(super) fn number(text: &[u8], base: u32, most: usize) -> (u32, usize) {
    let mut value = 0_u32;
    let mut used = 0;
    for byte in text.iter().take(most) {
        let Some(found) = digit(*byte, base) else {
            break;
        };
        value = value.wrapping_mul(base).wrapping_add(found);
        used += 1;
    }
    (value, used)
}

/// The value of a digit.
pub(super) fn digit(byte: u8, base: u32) -> Option<u32> {
    char::from(byte).to_digit(base)
}

/// Shifts ASCII letters by thirteen.
pub(super) fn rot13(text: &[u8]) -> Vec<u8> {
    text.iter()
        .map(|byte| match byte {
            b'a'..=b'z' => (byte - b'a' + 13) % 26 + b'a',
            b'A'..=b'Z' => (byte - b'A' + 13) % 26 + b'A',
            other => *other,
        })
        .collect()
}

/// Reverses each line.
pub(super) fn reverse_lines(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let (body, end) = match line.split_last() {
            Some((b'\n', body)) => (body, true),
            _ => (line, false),
        };
        bytes.extend(body.iter().rev());
        if end {
            bytes.push(b'\n');
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_variants() {
        let decoded = |text: &str| base64(text.as_bytes()).unwrap();
        assert_eq!(decoded("aGVsbG8=").bytes, b"hello");
        assert!(decoded("aGVsbG8=").complete);
        assert_eq!(decoded("aGVs\nbG8").bytes, b"hello");
        assert!(!decoded("aGVsbG8").complete);
        assert!(decoded("aGVsb").cut);
        assert_eq!(decoded("-_-_").bytes, decoded("+/+/").bytes);
        assert_eq!(base64(b"aG!"), Err(2));
    }

    #[test]
    fn other_encodings() {
        assert_eq!(base32(b"NBSWY3DP").unwrap(), b"hello");
        assert_eq!(hex(b"68 65:6c6c6f6"), b"hello");
        assert_eq!(percent(b"%68ello%zz"), b"hello%zz");
        assert_eq!(unescape(br"\x68\145l\u006co", Escapes::Ansi), b"hello");
        assert_eq!(unescape(br"\0150ello\c no", Escapes::Echo), b"hello");
        assert_eq!(rot13(b"uryyb"), b"hello");
        assert_eq!(reverse_lines(b"ab\ncd"), b"ba\ndc");
    }
}
