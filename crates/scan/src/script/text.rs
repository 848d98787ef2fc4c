//! Bytes to text: byte order marks, UTF-16, line ends, printability.

use sha2::{Digest, Sha256};

/// SHA-256 in lower-case hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        text.push(hex_digit(byte >> 4));
        text.push(hex_digit(byte & 15));
    }
    text
}

fn hex_digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).unwrap_or('0')
}

/// Turns bytes into UTF-8 text with `\n` line ends. Answers `None` for content
/// that is not text: many control characters, or not a known encoding.
pub(super) fn to_text(bytes: &[u8]) -> Option<Vec<u8>> {
    if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        return to_text(rest);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return Some(utf16(rest, u16::from_le_bytes));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return Some(utf16(rest, u16::from_be_bytes));
    }
    let sample = bytes.get(..bytes.len().min(4096)).unwrap_or_default();
    if sample.len() >= 4 {
        let zeros_at = |parity: usize| {
            let zeros = sample.iter().skip(parity).step_by(2);
            zeros.filter(|byte| **byte == 0).count()
        };
        let most = sample.len() * 2 / 5;
        if zeros_at(1) >= most && zeros_at(0) == 0 {
            return Some(utf16(bytes, u16::from_le_bytes));
        }
        if zeros_at(0) >= most && zeros_at(1) == 0 {
            return Some(utf16(bytes, u16::from_be_bytes));
        }
    }
    is_text(bytes).then(|| unix_lines(bytes))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Vec<u8> {
    let units = bytes.chunks_exact(2).filter_map(|pair| match pair {
        [first, second] => Some(unit([*first, *second])),
        _ => None,
    });
    let text: String = char::decode_utf16(units)
        .map(|decoded| decoded.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    unix_lines(text.as_bytes())
}

/// Replaces `\r\n` by `\n`. A lone `\r` stays: it is a way to hide text.
pub(super) fn unix_lines(bytes: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\r' || rest.peek() != Some(&b'\n') {
            lines.push(byte);
        }
    }
    lines
}

/// True when the bytes read as text: at least 19 of 20 are printable ASCII,
/// blanks or parts of valid UTF-8.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    if bytes.is_empty() {
        return false;
    }
    let valid_utf8 = std::str::from_utf8(bytes).is_ok();
    let odd = bytes
        .iter()
        .filter(|byte| match byte {
            b'\t' | b'\n' | b'\r' | 0x1b | 0x20..=0x7e => false,
            0x80.. => !valid_utf8,
            _ => true,
        })
        .count();
    odd * 20 <= bytes.len()
}

/// Pictures and documents, which scripts carry for themes and logos.
pub(super) fn is_media(bytes: &[u8]) -> bool {
    let marks: [&[u8]; 5] = [
        b"\x89PNG\r\n",
        b"\xff\xd8\xff",
        b"GIF8",
        b"%PDF-",
        b"\0\0\x01\0",
    ];
    marks.iter().any(|mark| bytes.starts_with(mark))
}

/// A script that reads its own text may take code out of its comments.
pub(super) fn reads_itself(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    ["\"$0\"", " $0", "BASH_SOURCE", "${0}", "__file__"]
        .iter()
        .any(|mark| text.contains(mark))
}

/// A printable, bounded copy of a place in a text.
pub(super) fn excerpt(bytes: &[u8], most: usize) -> String {
    let text = String::from_utf8_lossy(bytes.get(..bytes.len().min(most * 4)).unwrap_or_default());
    let mut short: String = text
        .trim()
        .chars()
        .take(most)
        .map(|found| if found.is_control() { ' ' } else { found })
        .collect();
    if text.trim().chars().count() > most || bytes.len() > most * 4 {
        short.pop();
        short.push('…');
    }
    short
}

/// Offsets of line starts, to turn an offset into a line number.
#[derive(Debug)]
pub(super) struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    pub(super) fn of(text: &[u8]) -> Self {
        let mut starts = vec![0];
        for (offset, byte) in text.iter().enumerate() {
            if *byte == b'\n' {
                starts.push(offset + 1);
            }
        }
        Self { starts }
    }

    /// Line of an offset, from 1.
    pub(super) fn number(&self, offset: usize) -> u32 {
        let line = self.starts.partition_point(|start| *start <= offset);
        u32::try_from(line).unwrap_or(u32::MAX)
    }

    /// Offset at which a line begins.
    pub(super) fn start(&self, line: u32) -> usize {
        let index = usize::try_from(line)
            .unwrap_or(usize::MAX)
            .saturating_sub(1);
        self.starts.get(index).copied().unwrap_or(usize::MAX)
    }

    /// The text of the line that holds an offset.
    pub(super) fn text<'t>(&self, text: &'t [u8], offset: usize) -> &'t [u8] {
        let index = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts.get(index.wrapping_sub(1)).copied();
        let end = self.starts.get(index).map_or(text.len(), |next| next - 1);
        text.get(start.unwrap_or(0)..end).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_of_text() {
        assert_eq!(to_text(b"\xef\xbb\xbfa\r\nb").unwrap(), b"a\nb");
        assert_eq!(to_text(b"\xff\xfea\0b\0").unwrap(), b"ab");
        assert_eq!(to_text(b"\0a\0b\0c\0d").unwrap(), b"abcd");
        assert_eq!(to_text(&[1, 2, 3, 200, 201, 0]), None);
    }

    #[test]
    fn offsets_become_lines() {
        let text = b"one\ntwo\nthree";
        let lines = Lines::of(text);
        assert_eq!(lines.number(0), 1);
        assert_eq!(lines.number(4), 2);
        assert_eq!(lines.text(text, 5), b"two");
        assert_eq!(lines.text(text, 12), b"three");
    }
}
