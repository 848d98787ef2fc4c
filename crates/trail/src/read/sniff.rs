//! What text is, from its first bytes.

use super::table::{self, Layout};

/// What a source holds, as far as its beginning tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Nothing but white space.
    Empty,
    /// JSON of any envelope; perhaps with broken lines.
    Json,
    /// CSV with a row for each record.
    Table(Layout),
    /// Something known that holds no records.
    Other(&'static str),
    /// Nothing that is known.
    Unknown(&'static str),
}

/// Bytes at the start of the text that [`content`] wants to see.
pub(super) const HEAD: usize = 64 << 10;

/// Bytes of a UTF-8 byte order mark at the start.
pub(super) fn byte_order_mark(bytes: &[u8]) -> usize {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    }
}

/// Decides from the first [`HEAD`] bytes of the text (or all of it).
pub(super) fn content(head: &[u8]) -> Content {
    let head = head.get(byte_order_mark(head)..).unwrap_or_default();
    let Some(first) = head.iter().find(|byte| !byte.is_ascii_whitespace()) else {
        return Content::Empty;
    };
    if matches!(first, b'{' | b'[') {
        return Content::Json;
    }
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return Content::Unknown("UTF-16 text");
    }
    if head.starts_with(b"PAR1") {
        return Content::Other("Parquet file");
    }
    if head.starts_with(b"\x1f\x8b") {
        return Content::Unknown("gzip inside gzip");
    }
    let first_line = head.split(|&byte| byte == b'\n').next().unwrap_or_default();
    if first_line.starts_with(b"version account-id interface-id") || is_flow_log(first_line) {
        return Content::Other("VPC flow log");
    }
    if let Some(layout) = table::layout(head) {
        return Content::Table(layout);
    }
    if *first == b'"' {
        return Content::Json;
    }
    let has_json_line = head
        .split(|&byte| byte == b'\n')
        .any(|line| line.contains(&b'{'));
    if has_json_line {
        return Content::Json;
    }
    if is_text(head) {
        return Content::Other("text that is no CloudTrail record");
    }
    Content::Unknown("neither JSON nor a table of records")
}

/// Text of more than a few characters: something for people. Whatever is shorter may be what is left
/// of a record.
fn is_text(head: &[u8]) -> bool {
    let has_control = |text: &str| text.chars().any(|c| c.is_control() && !c.is_whitespace());
    let is_utf8 = match std::str::from_utf8(head) {
        Ok(text) => !has_control(text),
        // A character may be cut where the head ends.
        Err(error) => head.len() - error.valid_up_to() < 4,
    };
    is_utf8 && head.len() > 16
}

/// `2 123456789012 eni-... `
fn is_flow_log(line: &[u8]) -> bool {
    let mut words = line.split(|&byte| byte == b' ');
    let version = words.next().unwrap_or_default();
    let account = words.next().unwrap_or_default();
    let interface = words.next().unwrap_or_default();
    version.len() == 1
        && account.len() == 12
        && account.iter().all(u8::is_ascii_digit)
        && interface.starts_with(b"eni-")
}
