//! Runs of base64 in a text, and the texts inside.

use std::ops::Range;

use crate::script::codec;

/// Shortest run that is decoded.
const LEAST: usize = 24;
/// A line of at least this length goes on in the next.
const WRAPPED: usize = 60;
/// Symbols that are decoded to see whether there is text inside.
const PROBE: usize = 64;

/// All runs of base64 of at least [`LEAST`] symbols, lines joined.
pub(super) fn runs(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut runs: Vec<Range<usize>> = Vec::new();
    let mut place = 0;
    while place < bytes.len() {
        let rest = bytes.get(place..).unwrap_or_default();
        let length = rest.iter().take_while(|byte| is_symbol(**byte)).count();
        if length == 0 {
            place += rest
                .iter()
                .take_while(|byte| !is_symbol(**byte))
                .count()
                .max(1);
            continue;
        }
        let start = place;
        place += length;
        let mut line = length;
        // Go on over the line end of wrapped base64.
        while line >= WRAPPED {
            let tail = bytes.get(place..).unwrap_or_default();
            let end = match tail {
                [b'\n', ..] => 1,
                [b'\r', b'\n', ..] => 2,
                _ => break,
            };
            let next = tail.get(end..).unwrap_or_default();
            line = next.iter().take_while(|byte| is_symbol(**byte)).count();
            if line == 0 {
                break;
            }
            place += end + line;
        }
        let padding = bytes.get(place..).unwrap_or_default();
        place += padding
            .iter()
            .take(2)
            .take_while(|byte| **byte == b'=')
            .count();
        if place - start >= LEAST {
            runs.push(start..place);
        }
    }
    runs
}

fn is_symbol(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// The text that a run holds; `None` when it holds something else.
pub(super) fn text_inside(run: &str) -> Option<String> {
    let probe = run.as_bytes().get(..run.len().min(PROBE))?;
    if !is_readable(&codec::base64(probe).ok()?.bytes) {
        return None;
    }
    let decoded = codec::base64(run.as_bytes()).ok()?;
    let text = String::from_utf8(decoded.bytes).ok()?;
    is_readable(text.as_bytes()).then_some(text)
}

/// Nearly all of it is printable; a character may be cut at the end.
fn is_readable(bytes: &[u8]) -> bool {
    let odd = bytes
        .iter()
        .filter(|byte| byte.is_ascii_control() && !matches!(byte, b'\n' | b'\r' | b'\t'))
        .count();
    let foreign = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    !bytes.is_empty() && odd * 50 <= bytes.len() && foreign * 4 <= bytes.len()
}
