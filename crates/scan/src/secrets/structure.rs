//! Secrets with a structure: private keys, JSON web tokens, addresses with a
//! password, authorization headers.

use crate::script::codec;

use super::text::Found;
use super::{
    AUTHORIZATION_HEADER, BASIC_AUTH_URL, CONNECTION_STRING, JWT, PASSWORD, PRIVATE_KEY, value,
};

/// Schemes of the web and of files; every other one is of a data store, queue
/// or the like.
const WEB: [&str; 10] = [
    "http",
    "https",
    "ftp",
    "ftps",
    "sftp",
    "git",
    "git+https",
    "ssh",
    "ws",
    "wss",
];

/// A private key whose header begins at `at`.
pub(super) fn private_key(text: &str, at: usize) -> Option<Found> {
    let rest = text.get(at..)?;
    let label = rest.strip_prefix("-----BEGIN ")?;
    let header = label
        .bytes()
        .take(60)
        .take_while(|byte| byte.is_ascii_uppercase() || matches!(byte, b' ' | b'0'..=b'9'))
        .count();
    let (label, body) = label.split_at_checked(header)?;
    let body = body.strip_prefix("-----")?;
    if !label.ends_with("PRIVATE KEY") && !label.ends_with("PRIVATE KEY BLOCK") {
        return None;
    }
    // Line ends may be escaped, as in JSON and in variables.
    let mut letters = 0;
    let mut examined = 0;
    let mut end = at + rest.len() - body.len();
    let mut bytes = body.bytes().enumerate().peekable();
    while let Some((offset, byte)) = bytes.next() {
        examined += 1;
        if examined > 16 << 10 {
            break;
        }
        match byte {
            b'\\'
                if bytes
                    .peek()
                    .is_some_and(|(_, next)| matches!(next, b'n' | b'r')) =>
            {
                bytes.next();
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' | b'=' => letters += 1,
            // Headers such as `Proc-Type: 4,ENCRYPTED`.
            b':' | b',' | b'-' | b'.' | b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' => {
                if body
                    .get(offset..)
                    .is_some_and(|tail| tail.starts_with("-----"))
                {
                    break;
                }
            }
            _ => break,
        }
        end = at + rest.len() - body.len() + offset + 1;
    }
    // A header at the end of the text: the key stood in the next log line.
    let cut = body.trim().is_empty();
    (letters >= 32 || cut).then_some(Found {
        range: at..end,
        kind: PRIVATE_KEY,
    })
}

/// A key of PuTTY.
pub(super) fn putty_key(text: &str, at: usize) -> Option<Found> {
    let line = text.get(at..)?.lines().next()?;
    let is_key = line.starts_with("PuTTY-User-Key-File-") && line.contains(": ");
    is_key.then(|| Found {
        range: at..at + line.len(),
        kind: PRIVATE_KEY,
    })
}

/// A signed JSON web token that begins at `at`.
pub(super) fn jwt(text: &str, at: usize) -> Option<Found> {
    let bytes = text.as_bytes();
    let before = at.checked_sub(1).and_then(|at| bytes.get(at));
    if before.is_some_and(|byte| is_url_letter(*byte) || *byte == b'.') {
        return None;
    }
    let mut ends = [0; 3];
    let mut place = at;
    for (number, end) in ends.iter_mut().enumerate() {
        if number > 0 {
            if bytes.get(place) != Some(&b'.') {
                return None;
            }
            place += 1;
        }
        let rest = bytes.get(place..)?;
        place += rest.iter().take_while(|byte| is_url_letter(**byte)).count();
        *end = place;
    }
    let [header_end, payload_end, end] = ends;
    let header = codec::base64(bytes.get(at..header_end)?).ok()?;
    let header: serde_json::Value = serde_json::from_slice(&header.bytes).ok()?;
    let algorithm = header.get("alg")?.as_str()?;
    let payload = codec::base64(bytes.get(header_end + 1..payload_end)?).ok()?;
    let is_object = serde_json::from_slice::<serde_json::Map<_, _>>(&payload.bytes).is_ok();
    let signed = end - payload_end > 10 && !algorithm.eq_ignore_ascii_case("none");
    // The payload of an encrypted token is not JSON.
    let encrypted = header.get("enc").is_some();
    (signed && (is_object || encrypted)).then_some(Found {
        range: at..end,
        kind: JWT,
    })
}

fn is_url_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// An address with user and password; `at` is the place of its `://`.
pub(super) fn address(text: &str, at: usize) -> Option<Found> {
    let bytes = text.as_bytes();
    let scheme_length = bytes
        .get(..at)?
        .iter()
        .rev()
        .take(32)
        .take_while(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-' | b':')
        })
        .count();
    let scheme = text.get(at - scheme_length..at)?.to_ascii_lowercase();
    if scheme.is_empty() {
        return None;
    }
    let start = at + 3;
    let rest = bytes.get(start..)?;
    let authority = rest
        .iter()
        .take(512)
        .take_while(|byte| {
            !byte.is_ascii_whitespace()
                && !matches!(
                    byte,
                    b'/' | b'"' | b'\'' | b'`' | b'<' | b'?' | b'#' | b'\\'
                )
        })
        .count();
    let authority = text.get(start..start + authority)?;
    // A password may hold an `@` that nobody encoded.
    let (credentials, host) = authority.rsplit_once('@')?;
    let (user, password) = credentials.split_once(':')?;
    if host.is_empty() || password.is_empty() {
        return None;
    }
    if value::is_reference(password) || value::is_placeholder(password) || password.starts_with('$')
    {
        return None;
    }
    let password_start = start + user.len() + 1;
    let last = scheme.rsplit(':').next().unwrap_or_default();
    let kind = if WEB.contains(&last) {
        BASIC_AUTH_URL
    } else {
        CONNECTION_STRING
    };
    Some(Found {
        range: password_start..password_start + password.len(),
        kind,
    })
}

/// `Bearer …` and `Basic …`; `at` is the place of the word.
pub(super) fn authorization(text: &str, at: usize) -> Option<Found> {
    let rest = text.get(at..)?;
    let (scheme, tail) = rest.split_once(' ')?;
    let start = at + scheme.len() + 1;
    let length = tail
        .bytes()
        .take(4096)
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(byte))
        .count();
    let credentials = tail.get(..length)?;
    if value::is_placeholder(credentials) {
        return None;
    }
    if let Some(found) = jwt(text, start) {
        return Some(found);
    }
    let is_secret = if scheme.eq_ignore_ascii_case("basic") {
        let from = at.saturating_sub(24);
        let before = text.as_bytes().get(from..at)?.to_ascii_lowercase();
        let decoded = codec::base64(credentials.as_bytes()).ok()?;
        let pair = String::from_utf8(decoded.bytes).ok()?;
        before.windows(13).any(|word| word == b"authorization")
            && pair.split_once(':').is_some_and(|(_, password)| {
                !password.is_empty() && !value::is_placeholder(password)
            })
    } else {
        credentials.len() >= 20 && value::is_random(credentials)
    };
    is_secret.then_some(Found {
        range: start..start + length,
        kind: AUTHORIZATION_HEADER,
    })
}

/// `curl -u user:password`; `at` is the place of the blank before the option.
pub(super) fn user_option(text: &str, at: usize) -> Option<Found> {
    let before = text.as_bytes().get(at.saturating_sub(200)..at)?;
    let line = before.rsplit(|byte| *byte == b'\n').next()?;
    if !line.windows(4).any(|word| word == b"curl") {
        return None;
    }
    let rest = text.get(at + 1..)?;
    let (option, argument) = rest.split_once(' ')?;
    let quoted = argument.starts_with(['"', '\'']);
    let argument = argument.get(usize::from(quoted)..)?;
    let length = argument
        .bytes()
        .take(512)
        .take_while(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'\''))
        .count();
    let (user, password) = argument.get(..length)?.split_once(':')?;
    if password.is_empty() || value::is_reference(password) || value::is_placeholder(password) {
        return None;
    }
    let start = at + 1 + option.len() + 1 + usize::from(quoted) + user.len() + 1;
    let range = start..start + password.len();
    Some(Found {
        range,
        kind: PASSWORD,
    })
}
