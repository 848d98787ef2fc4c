//! Finds encoded text by its shape, without knowing who will decode it.
//!
//! This catches payloads whose decoder is not understood (another language, a
//! file read later). A candidate counts only when it decodes to text or to a
//! compressed stream; paths and hashes decode to noise and fall away.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::bytes::Regex;

use super::codec::{self, Escapes};
use super::inflate::Format;
use super::text::{is_text, to_text};

/// A piece that decodes to something readable.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) offset: usize,
    pub(super) encoding: &'static str,
    pub(super) bytes: Vec<u8>,
}

/// Candidates examined in one text.
const MOST_CANDIDATES: usize = 200;

type Decoder = fn(&[u8]) -> Option<Vec<u8>>;

struct Shape {
    encoding: &'static str,
    regex: Regex,
    decode: Decoder,
}

static SHAPES: LazyLock<Vec<Shape>> = LazyLock::new(|| {
    let shapes: [(&'static str, &str, Decoder); 8] = [
        ("hex", r"(?:[0-9a-fA-F]{2}){8,}", decode_hex),
        (
            "hex",
            r"(?:[0-9a-fA-F]{2}[ :]){8,}[0-9a-fA-F]{2}",
            decode_hex,
        ),
        (
            "base64",
            r"[A-Za-z0-9+/_-]{20,}(?:\r?\n[A-Za-z0-9+/_-]{16,})*={0,2}",
            decode_base64,
        ),
        ("base32", r"[A-Z2-7]{24,}={0,6}", codec::base32),
        ("url", r"(?:[!-~]*%[0-9a-fA-F]{2}){3}[!-~]*", decode_percent),
        (
            "escapes",
            r"(?:\\(?:x[0-9a-fA-F]{2}|u00[0-9a-fA-F]{2}|0?[0-1][0-7]{2})[ -\[\]-~]?){4,}",
            decode_escapes,
        ),
        (
            "codes",
            r"(?:\b[0-9]{1,3}\b[, ]+){7,}[0-9]{1,3}\b",
            decode_codes,
        ),
        (
            "hex",
            r"(?:\b0x[0-9a-fA-F]{2}\b[, ]*){8,}",
            decode_hex_codes,
        ),
    ];
    shapes
        .into_iter()
        .filter_map(|(encoding, pattern, decode)| {
            let pattern = format!("(?-u){pattern}");
            let regex = Regex::new(&pattern).ok()?;
            Some(Shape {
                encoding,
                regex,
                decode,
            })
        })
        .collect()
});

/// Words that show that a text is written backwards.
static REVERSED: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words = [
        "lruc",
        "tegw",
        "//:ptth",
        "//:sptth",
        "hsab/",
        "pct/ved",
        "pdu/ved",
        "46esab",
        "tropmi",
        "muitarts",
        "girmx",
        "nohtyp",
        "429.861.",
        "452.961.962",
        "hs/nib",
        "batnorc",
        "dlroc/",
    ];
    AhoCorasick::new(words).ok()
});

/// Words that show that letters are shifted by thirteen.
static SHIFTED: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words = [
        "phey ", "jtrg ", "uggc://", "uggcf://", "onfu ", "/onfu", "/qri/gpc", "onfr64", "vzcbeg ",
        "fgenghz", "kzevt", "clguba", "pebagno", "/ova/fu",
    ];
    AhoCorasick::new(words).ok()
});

/// All pieces of a text that decode to something readable.
pub(super) fn find(text: &[u8]) -> Vec<Found> {
    let mut found = Vec::new();
    for shape in SHAPES.iter() {
        for place in shape.regex.find_iter(text).take(MOST_CANDIDATES) {
            let piece = place.as_bytes();
            let Some(bytes) = (shape.decode)(piece) else {
                continue;
            };
            if bytes.as_slice() != piece && is_readable(&bytes) {
                found.push(Found {
                    offset: place.start(),
                    encoding: shape.encoding,
                    bytes,
                });
            }
        }
    }
    let lines: [(&'static str, &LazyLock<Option<AhoCorasick>>, Decoder); 2] = [
        ("reversed", &REVERSED, |line| {
            Some(codec::reverse_lines(line))
        }),
        ("rot13", &SHIFTED, |line| Some(codec::rot13(line))),
    ];
    for (encoding, words, decode) in lines {
        let Some(words) = words.as_ref() else {
            continue;
        };
        let mut offset = 0;
        let mut taken = 0;
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            if taken < MOST_CANDIDATES && words.is_match(line) {
                taken += 1;
                let bytes = decode(line).unwrap_or_default();
                found.push(Found {
                    offset,
                    encoding,
                    bytes,
                });
            }
            offset += line.len();
        }
    }
    found
}

/// Text of at least six bytes, or a compressed stream.
fn is_readable(bytes: &[u8]) -> bool {
    if bytes.len() < 6 {
        return false;
    }
    match Format::of(bytes) {
        Some(Format::Zlib) | None => {}
        Some(_) => return true,
    }
    let readable = match std::str::from_utf8(bytes) {
        Ok(text) => text.is_ascii() && is_text(bytes),
        Err(_) => false,
    };
    if readable {
        return true;
    }
    let utf16 = bytes.len() >= 16 && bytes.contains(&0);
    if utf16 && to_text(bytes).is_some_and(|text| text.is_ascii()) {
        return true;
    }
    // A zlib header alone proves little, so a long stream is asked for.
    Format::of(bytes) == Some(Format::Zlib) && bytes.len() >= 24
}

fn decode_hex(piece: &[u8]) -> Option<Vec<u8>> {
    Some(codec::hex(piece))
}

fn decode_base64(piece: &[u8]) -> Option<Vec<u8>> {
    // A word of letters only is prose or a path, not a payload.
    let decoded = codec::base64(piece).ok()?;
    (!decoded.cut || piece.len() > 200).then_some(decoded.bytes)
}

fn decode_percent(piece: &[u8]) -> Option<Vec<u8>> {
    Some(codec::percent(piece))
}

fn decode_escapes(piece: &[u8]) -> Option<Vec<u8>> {
    Some(codec::unescape(piece, Escapes::Ansi))
}

fn decode_codes(piece: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for number in piece.split(|byte| !byte.is_ascii_digit()) {
        if number.is_empty() {
            continue;
        }
        let (value, _) = codec::number(number, 10, 3);
        bytes.push(u8::try_from(value).ok()?);
    }
    Some(bytes)
}

fn decode_hex_codes(piece: &[u8]) -> Option<Vec<u8>> {
    let digits: Vec<u8> = piece
        .split(|byte| *byte == b'x')
        .skip(1)
        .filter_map(|code| code.get(..2))
        .flatten()
        .copied()
        .collect();
    Some(codec::hex(&digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_compiles_and_paths_are_not_payloads() {
        assert_eq!(SHAPES.len(), 8);
        assert!(find(b"/home/ec2-user/anaconda3/envs/python3/lib/site-packages").is_empty());
        assert!(find(b"0123456789abcdef0123456789abcdef").is_empty());
    }

    #[test]
    fn payloads_are_found() {
        let one = |text: &str| {
            let found = find(text.as_bytes());
            let first = found.first().unwrap();
            (
                first.encoding,
                String::from_utf8_lossy(&first.bytes).into_owned(),
            )
        };
        assert_eq!(
            one("x='ZWNobyBoZWxsbyB3b3JsZA=='"),
            ("base64", "echo hello world".into())
        );
        assert_eq!(one("6563686f2068656c6c6f"), ("hex", "echo hello".into()));
        assert_eq!(
            one("[101,99,104,111,32,104,105,33]"),
            ("codes", "echo hi!".into())
        );
        assert_eq!(
            one("hsab | moc.elpmaxe//:ptth lruc").1,
            "curl http://example.com | bash"
        );
    }
}
