//! The canonical request and its hash.

use std::borrow::Cow;

use ring::digest::{SHA256, digest};

use super::{Claim, incomplete, invalid};
use crate::error::ServiceError;
use crate::incoming::{Header, Incoming};
use crate::percent::decode_bytes;

/// SHA-256 of the canonical request.
pub(super) fn request_hash(
    incoming: &Incoming<'_>,
    claim: &Claim<'_>,
) -> Result<[u8; 32], ServiceError> {
    let body = hash(incoming.body);
    check_declared(incoming, &body)?;
    let mut text = Vec::with_capacity(512 + incoming.query.len());
    text.extend_from_slice(incoming.method.as_bytes());
    text.push(b'\n');
    push_path(&mut text, incoming.path);
    text.push(b'\n');
    push_query(&mut text, incoming.query)?;
    text.push(b'\n');
    push_headers(&mut text, incoming, &claim.signed_headers);
    text.push(b'\n');
    text.extend_from_slice(claim.signed_headers.as_bytes());
    text.push(b'\n');
    text.extend_from_slice(&hex(&body));
    Ok(hash(&text))
}

/// A declared hash of the body has to be that of the body; other payload modes are S3's.
fn check_declared(incoming: &Incoming<'_>, body: &[u8; 32]) -> Result<(), ServiceError> {
    match incoming.header("x-amz-content-sha256") {
        Header::Absent => Ok(()),
        Header::Once(declared) if declared.as_bytes() == hex(body) => Ok(()),
        Header::Once(declared)
            if declared == "UNSIGNED-PAYLOAD" || declared.starts_with("STREAMING-") =>
        {
            Err(invalid(
                "this service does not accept bodies that are not signed as a whole",
            ))
        }
        _ => Err(invalid(
            "x-amz-content-sha256 is not the SHA-256 of the body in lower-case hexadecimal digits",
        )),
    }
}

/// The path without `.`, `..` and empty segments, encoded once more. Routes are found by the path as it
/// came, and no route has such segments, so that normalising opens no second way to a resource.
fn push_path(text: &mut Vec<u8>, path: &str) {
    let odd = path
        .split('/')
        .skip(1)
        .any(|segment| matches!(segment, "" | "." | ".."));
    let path = if path != "/" && (odd || !path.starts_with('/')) {
        Cow::Owned(normalised(path))
    } else {
        Cow::Borrowed(path)
    };
    for byte in path.bytes() {
        if byte == b'/' || is_unreserved(byte) {
            text.push(byte);
        } else {
            push_escape(text, byte);
        }
    }
}

fn normalised(path: &str) -> String {
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment),
        }
    }
    let mut text = String::with_capacity(path.len() + 1);
    for segment in &segments {
        text.push('/');
        text.push_str(segment);
    }
    let directory = matches!(path.rsplit('/').next(), Some("" | "." | ".."));
    if text.is_empty() || directory {
        text.push('/');
    }
    text
}

/// Parameters, decoded and encoded again, sorted by name, then value; without the signature.
fn push_query(text: &mut Vec<u8>, query: &str) -> Result<(), ServiceError> {
    if query.is_empty() {
        return Ok(());
    }
    let mut pairs = Vec::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if pair.is_empty() || name == "X-Amz-Signature" {
            continue;
        }
        pairs.push((encoded(name)?, encoded(value)?));
    }
    pairs.sort();
    for (position, (name, value)) in pairs.iter().enumerate() {
        if position > 0 {
            text.push(b'&');
        }
        text.extend_from_slice(name);
        text.push(b'=');
        text.extend_from_slice(value);
    }
    Ok(())
}

/// Everything but unreserved characters as `%XX`, once.
fn encoded(text: &str) -> Result<Cow<'_, [u8]>, ServiceError> {
    if text.bytes().all(is_unreserved) {
        return Ok(Cow::Borrowed(text.as_bytes()));
    }
    let decoded =
        decode_bytes(text).map_err(|error| incomplete(format!("the query string has {error}")))?;
    let mut encoded = Vec::with_capacity(text.len() + 8);
    for byte in decoded.iter() {
        if is_unreserved(*byte) {
            encoded.push(*byte);
        } else {
            push_escape(&mut encoded, *byte);
        }
    }
    Ok(Cow::Owned(encoded))
}

/// Each signed header: name, `:`, its values with runs of blanks made one, joined by `,`.
fn push_headers(text: &mut Vec<u8>, incoming: &Incoming<'_>, signed: &str) {
    for name in signed.split(';') {
        text.extend_from_slice(name.as_bytes());
        text.push(b':');
        let mut first = true;
        for (header, value) in incoming.headers {
            if header.eq_ignore_ascii_case(name) {
                if !first {
                    text.push(b',');
                }
                first = false;
                push_value(text, value);
            }
        }
        text.push(b'\n');
    }
}

fn push_value(text: &mut Vec<u8>, value: &[u8]) {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let words = value.split(is_blank).filter(|word| !word.is_empty());
    for (position, word) in words.enumerate() {
        if position > 0 {
            text.push(b' ');
        }
        text.extend_from_slice(word);
    }
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~')
}

fn push_escape(text: &mut Vec<u8>, byte: u8) {
    let digit = |value: u8| {
        if value < 10 {
            b'0' + value
        } else {
            b'A' + value - 10
        }
    };
    text.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte & 15)]);
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    for (place, byte) in hash.iter_mut().zip(digest(&SHA256, bytes).as_ref()) {
        *place = *byte;
    }
    hash
}

fn hex(bytes: &[u8; 32]) -> [u8; 64] {
    let digit = |value: u8| {
        if value < 10 {
            b'0' + value
        } else {
            b'a' + value - 10
        }
    };
    let mut text = [0; 64];
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
    text
}

/// Writes a hash in hexadecimal digits.
pub(super) fn push_hex(text: &mut String, bytes: &[u8; 32]) {
    text.extend(hex(bytes).map(char::from));
}
