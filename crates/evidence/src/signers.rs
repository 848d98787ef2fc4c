//! Checking signatures, and whom to believe: the `allowed_signers` file of OpenSSH
//! (ssh-keygen(1), ALLOWED SIGNERS).

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use serde::Serialize;
use ssh_key::public::KeyData;
use ssh_key::{HashAlg, LineEnding, PublicKey, SshSig};

/// Largest signature text, in bytes. One with Ed25519 has about 300.
const LARGEST_SIGNATURE: usize = 4096;

/// What a signature says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "kebab-case")]
pub enum SignatureStatus {
    /// There is none.
    Unsigned,
    /// It fits the bytes.
    Valid(Signer),
    /// It does not.
    Invalid {
        /// Why.
        reason: String,
    },
}

/// Whose key made a signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signer {
    /// `SHA256:` and base64.
    pub fingerprint: String,
    /// Whether the key is one to believe.
    #[serde(flatten)]
    pub trust: Trust,
}

/// Whether a key is one to believe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "trust", rename_all = "kebab-case")]
pub enum Trust {
    /// The list of allowed signers has it.
    Allowed {
        /// Principals of its line; empty when the list was a plain public key.
        principals: String,
    },
    /// No list was given: anybody may have made this signature with a key of their own.
    Unknown,
    /// The list does not have it, or not for this.
    NotAllowed {
        /// Why.
        reason: String,
    },
}

/// Keys whose signatures are believed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedSigners {
    lines: Vec<Line>,
    /// Lines that could not be used. They allow nothing.
    pub faults: Vec<Fault>,
}

/// A line that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// From 1.
    pub line: usize,
    /// Why.
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    principals: String,
    key: KeyData,
    namespaces: Option<String>,
    valid_after: Option<Timestamp>,
    valid_before: Option<Timestamp>,
}

impl AllowedSigners {
    /// Reads an `allowed_signers` file, or public keys, one a line.
    ///
    /// Understood are the options `namespaces`, `valid-after` and `valid-before` (with `Z`: other
    /// times depend on the machine). Lines with other options, certificate authorities and keys
    /// other than Ed25519 allow nothing and are faults.
    pub fn parse(text: &str) -> Self {
        let mut signers = Self::default();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match parse_line(line) {
                Ok(line) => signers.lines.push(line),
                Err(reason) => signers.faults.push(Fault {
                    line: number + 1,
                    reason,
                }),
            }
        }
        signers
    }

    /// How many lines allow a key.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether no key is allowed.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    fn trust(&self, key: &KeyData, namespace: &str, now: Option<Timestamp>) -> Trust {
        let mut reason = "the key is not in the list";
        for line in self.lines.iter().filter(|line| line.key == *key) {
            let named = line.namespaces.as_deref();
            if named.is_some_and(|patterns| !in_patterns(patterns, namespace)) {
                reason = "the list has the key for other namespaces";
                continue;
            }
            let bounded = line.valid_after.is_some() || line.valid_before.is_some();
            match now {
                None if bounded => {
                    reason = "the list has the key for a time, and the time is not known";
                }
                Some(now)
                    if line.valid_after.is_some_and(|after| now < after)
                        || line.valid_before.is_some_and(|before| now > before) =>
                {
                    reason = "the list has the key for another time";
                }
                _ => {
                    return Trust::Allowed {
                        principals: line.principals.clone(),
                    };
                }
            }
        }
        Trust::NotAllowed {
            reason: reason.to_owned(),
        }
    }
}

/// Checks a signature of OpenSSH (PROTOCOL.sshsig) over a message.
///
/// Only the one text that an Ed25519 signature has is taken: other line lengths, white space or
/// text around it are invalid, although `ssh-keygen` may accept them. `now` is for lists with
/// times.
pub fn check_signature(
    signature: &[u8],
    namespace: &str,
    message: &[u8],
    allowed: Option<&AllowedSigners>,
    now: Option<Timestamp>,
) -> SignatureStatus {
    let invalid = |reason: &str| SignatureStatus::Invalid {
        reason: reason.to_owned(),
    };
    if signature.len() > LARGEST_SIGNATURE {
        return invalid("it is too large for a signature");
    }
    let Ok(parsed) = SshSig::from_pem(signature) else {
        return invalid("it is not a signature of OpenSSH");
    };
    let KeyData::Ed25519(_) = parsed.public_key() else {
        return invalid("its key is not of type ssh-ed25519");
    };
    let text = parsed.to_pem(LineEnding::LF);
    if !text.is_ok_and(|text| text.as_bytes() == signature) || !parsed.reserved().is_empty() {
        return invalid("its text is not the one that the signature has");
    }
    if parsed.namespace() != namespace {
        return invalid("it was made for another namespace");
    }
    let key = parsed.public_key().clone();
    let public = PublicKey::from(key.clone());
    if public.verify(namespace, message, &parsed).is_err() {
        return invalid("it does not fit the bytes and the key");
    }
    SignatureStatus::Valid(Signer {
        fingerprint: public.fingerprint(HashAlg::Sha256).to_string(),
        trust: allowed.map_or(Trust::Unknown, |list| list.trust(&key, namespace, now)),
    })
}

fn parse_line(line: &str) -> Result<Line, String> {
    if line.starts_with("ssh-") || line.starts_with("ecdsa-") || line.starts_with("sk-") {
        return Ok(Line {
            principals: String::new(),
            key: public_key(line)?,
            namespaces: None,
            valid_after: None,
            valid_before: None,
        });
    }
    let (principals, mut rest) = field(line)?;
    let mut parsed = Line {
        principals: principals.replace('"', ""),
        key: KeyData::Ed25519(ssh_key::public::Ed25519PublicKey([0; 32])),
        namespaces: None,
        valid_after: None,
        valid_before: None,
    };
    if !(rest.starts_with("ssh-") || rest.starts_with("ecdsa-") || rest.starts_with("sk-")) {
        let (options, behind) = field(rest)?;
        rest = behind;
        for option in split_options(options) {
            parse_option(option, &mut parsed)?;
        }
    }
    parsed.key = public_key(rest)?;
    Ok(parsed)
}

fn parse_option(option: &str, line: &mut Line) -> Result<(), String> {
    let (name, value) = option.split_once('=').unwrap_or((option, ""));
    let value = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'))
        .unwrap_or(value);
    match name.to_ascii_lowercase().as_str() {
        "namespaces" if line.namespaces.is_none() => line.namespaces = Some(value.to_owned()),
        "valid-after" if line.valid_after.is_none() => line.valid_after = Some(instant(value)?),
        "valid-before" if line.valid_before.is_none() => line.valid_before = Some(instant(value)?),
        "namespaces" | "valid-after" | "valid-before" => {
            return Err(format!("the option {name} is there twice"));
        }
        "cert-authority" => return Err("certificate authorities are not supported".to_owned()),
        _ => return Err(format!("the option {name:?} is not known")),
    }
    Ok(())
}

fn public_key(text: &str) -> Result<KeyData, String> {
    let mut words = text.split_ascii_whitespace();
    let kind = words.next().unwrap_or_default();
    if kind != "ssh-ed25519" {
        return Err(format!(
            "a key of type {kind:?} is not supported, only ssh-ed25519"
        ));
    }
    let bare = format!("{kind} {}", words.next().unwrap_or_default());
    let key = PublicKey::from_openssh(&bare);
    Ok(key
        .map_err(|error| format!("the key cannot be read: {error}"))?
        .key_data()
        .clone())
}

/// The text up to white space outside quotation marks, and what follows.
fn field(text: &str) -> Result<(&str, &str), String> {
    let mut quoted = false;
    for (place, character) in text.char_indices() {
        quoted ^= character == '"';
        if !quoted && (character == ' ' || character == '\t') {
            let (field, rest) = text.split_at_checked(place).unwrap_or((text, ""));
            return Ok((field, rest.trim_start()));
        }
    }
    Err("ends before the key".to_owned())
}

fn split_options(text: &str) -> Vec<&str> {
    let mut quoted = false;
    text.split(|character| {
        quoted ^= character == '"';
        !quoted && character == ','
    })
    .collect()
}

/// `YYYYMMDD[HHMM[SS]]Z`.
fn instant(text: &str) -> Result<Timestamp, String> {
    let Some(digits) = text.strip_suffix(['Z', 'z']) else {
        return Err(format!(
            "the time {text:?} has no Z at its end, so it depends on the machine"
        ));
    };
    let number = |from: usize, to: usize| -> Option<i16> {
        let part = digits.get(from..to)?;
        let plain = part.bytes().all(|byte| byte.is_ascii_digit());
        if plain { part.parse().ok() } else { None }
    };
    let parts = || -> Option<DateTime> {
        if !matches!(digits.len(), 8 | 12 | 14) {
            return None;
        }
        let small = |value: i16| i8::try_from(value).ok();
        let or_zero = |from: usize| match digits.get(from..from + 2) {
            None => Some(0),
            Some(_) => small(number(from, from + 2)?),
        };
        let date = Date::new(number(0, 4)?, small(number(4, 6)?)?, small(number(6, 8)?)?).ok()?;
        let time = Time::new(or_zero(8)?, or_zero(10)?, or_zero(12)?, 0).ok()?;
        Some(date.to_datetime(time))
    };
    parts()
        .and_then(|time| TimeZone::UTC.to_timestamp(time).ok())
        .ok_or_else(|| format!("the time {text:?} is not YYYYMMDD[HHMM[SS]]Z"))
}

/// Pattern lists of OpenSSH (ssh_config(5), PATTERNS): `*`, `?`, and `!` before what must not match.
fn in_patterns(patterns: &str, name: &str) -> bool {
    let mut found = false;
    for pattern in patterns.split(',') {
        match pattern.strip_prefix('!') {
            Some(pattern) if matches(pattern.as_bytes(), name.as_bytes()) => return false,
            Some(_) => {}
            None => found |= matches(pattern.as_bytes(), name.as_bytes()),
        }
    }
    found
}

// Backtracks to the last star only, so the time is at most the product of the lengths.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at_pattern, mut at_name) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at_name < name.len() {
        match pattern.get(at_pattern) {
            Some(b'*') => {
                star = Some((at_pattern, at_name));
                at_pattern += 1;
            }
            Some(&byte) if byte == b'?' || name.get(at_name) == Some(&byte) => {
                at_pattern += 1;
                at_name += 1;
            }
            _ => {
                let Some((place, start)) = star else {
                    return false;
                };
                star = Some((place, start + 1));
                at_pattern = place + 1;
                at_name = start + 1;
            }
        }
    }
    pattern
        .get(at_pattern..)
        .is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";

    fn trust(list: &str, now: Option<&str>) -> Trust {
        let key = public_key(KEY).unwrap();
        AllowedSigners::parse(list).trust(
            &key,
            MANIFEST_NAMESPACE,
            now.map(|now| now.parse().unwrap()),
        )
    }
    use crate::MANIFEST_NAMESPACE;

    #[test]
    fn lines_that_allow() {
        for (list, principals) in [
            (KEY.to_owned(), ""),
            (
                format!("# comment\n\nana@example.com {KEY} a comment"),
                "ana@example.com",
            ),
            (
                format!("\"ana b\",c namespaces=\"git,rempart-*\" {KEY}"),
                "ana b,c",
            ),
            (
                format!("a valid-after=20260101Z,valid-before=\"202612312359Z\" {KEY}"),
                "a",
            ),
        ] {
            let found = trust(&list, Some("2026-05-01T00:00:00Z"));
            let principals = principals.to_owned();
            assert_eq!(found, Trust::Allowed { principals }, "{list}");
        }
    }

    #[test]
    fn lines_that_do_not() {
        for list in [
            String::new(),
            format!("a namespaces=\"file\" {KEY}"),
            format!("a namespaces=\"*,!rempart-case\" {KEY}"),
            format!("a cert-authority {KEY}"),
            format!("a no-such-option {KEY}"),
            format!("a valid-after=20260601Z {KEY}"),
            format!("a valid-before=20260401Z {KEY}"),
            format!("a valid-before=20270401 {KEY}"),
            format!("a valid-before=20271301Z {KEY}"),
            "a".to_owned(),
            "a ssh-ed25519 AAAA".to_owned(),
            "a ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
                .to_owned(),
        ] {
            let found = trust(&list, Some("2026-05-01T00:00:00Z"));
            assert!(matches!(found, Trust::NotAllowed { .. }), "{list}");
        }
        let bounded = format!("a valid-after=20200101Z {KEY}");
        assert!(matches!(trust(&bounded, None), Trust::NotAllowed { .. }));
    }

    #[test]
    fn faults_have_lines() {
        let signers = AllowedSigners::parse(&format!(
            "{KEY}\n\nb ssh-rsa AAAA\nc cert-authority {KEY}\n"
        ));
        assert_eq!(signers.len(), 1);
        let lines: Vec<_> = signers.faults.iter().map(|fault| fault.line).collect();
        assert_eq!(lines, [3, 4]);
    }

    #[test]
    fn patterns() {
        assert!(matches(b"rempart-*", b"rempart-case"));
        assert!(matches(b"*a*se", b"rempart-case"));
        assert!(matches(b"rempart?case", b"rempart-case"));
        assert!(!matches(b"rempart", b"rempart-case"));
        assert!(!matches(b"", b"a"));
        assert!(matches(b"**", b""));
    }
}
