//! Segments: records that were not delivered yet, one a line, each bound to the one before.
//!
//! A line is `<HMAC of the previous one, recipient and record> <recipient> <record>`; the key of the HMAC
//! follows from the root key, so that who can write the file cannot write a line that fits. The first
//! line of a segment is the last HMAC of the segment before.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use ring::hmac;

use crate::files::{AuditError, push_hex, sync_folder};

/// What stands for the HMAC before the first record of all.
pub(crate) const FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// How the first line of a segment begins.
const HEAD: &str = "rempart-audit-1 ";
/// Length of the first line, with its end.
const HEAD_LINE: usize = HEAD.len() + 64 + 1;

/// The segment that is written.
pub(crate) struct Segment {
    pub(crate) path: PathBuf,
    file: File,
    key: hmac::Key,
    /// What the system does not have yet. Nothing leaves it before it was written.
    pending: Vec<u8>,
    /// Bytes at the start of `pending` that were written.
    written: usize,
    pub(crate) hash: String,
    pub(crate) bytes: u64,
    pub(crate) records: u64,
}

impl Segment {
    /// Begins a segment.
    pub(crate) fn begin(path: &Path, hash: &str, key: &hmac::Key) -> Result<Self, AuditError> {
        let failed = |error: std::io::Error| AuditError::new(path, error);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(failed)?;
        let begun = writeln!(file, "{HEAD}{hash}").and_then(|()| file.sync_all());
        if let Err(error) = begun {
            // It holds nothing yet, and would be in the way of the next attempt.
            std::fs::remove_file(path).ok();
            return Err(failed(error));
        }
        sync_folder(path.parent().unwrap_or(path))?;
        Ok(Self {
            path: path.to_owned(),
            file,
            key: key.clone(),
            pending: Vec::with_capacity(1 << 18),
            written: 0,
            hash: hash.to_owned(),
            bytes: 0,
            records: 0,
        })
    }

    /// Appends a record, in memory. `recipient` has twelve digits.
    pub(crate) fn append(&mut self, recipient: &str, record: &[u8]) {
        let hash = next(&self.key, &self.hash, recipient, record);
        self.hash.clear();
        push_hex(&mut self.hash, hash.as_ref());
        let before = self.pending.len();
        self.pending.extend_from_slice(self.hash.as_bytes());
        self.pending.push(b' ');
        self.pending.extend_from_slice(recipient.as_bytes());
        self.pending.push(b' ');
        self.pending.extend_from_slice(record);
        self.pending.push(b'\n');
        self.bytes += (self.pending.len() - before) as u64;
        self.records += 1;
    }

    /// Bytes that the system does not have yet.
    pub(crate) fn pending(&self) -> usize {
        self.pending.len() - self.written
    }

    /// Hands what is pending to the system. What it does not take stays, and is tried again.
    pub(crate) fn flush(&mut self) -> Result<(), AuditError> {
        while let Some(rest) = self
            .pending
            .get(self.written..)
            .filter(|rest| !rest.is_empty())
        {
            match self.file.write(rest) {
                Ok(0) => return Err(AuditError::new(&self.path, "the system takes no more")),
                Ok(count) => self.written += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(AuditError::new(&self.path, error)),
            }
        }
        self.pending.clear();
        self.written = 0;
        Ok(())
    }

    /// Makes what was handed to the system durable.
    pub(crate) fn sync(&mut self) -> Result<(), AuditError> {
        let synced = self.file.sync_data();
        synced.map_err(|error| AuditError::new(&self.path, error))
    }
}

/// What a segment holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Content<'a> {
    /// Recipients and records.
    pub(crate) records: Vec<(&'a str, &'a [u8])>,
    /// What its first line quotes; `None` when not even that is whole.
    pub(crate) before: Option<&'a str>,
    /// The last HMAC.
    pub(crate) hash: String,
    /// Bytes of a last line that is not whole: what a crash leaves.
    pub(crate) torn: usize,
}

/// Reads the text of a segment. Without a key nothing is verified.
///
/// # Errors
/// A line that is whole does not fit its HMAC.
pub(crate) fn parse<'a>(
    path: &Path,
    bytes: &'a [u8],
    key: Option<&hmac::Key>,
) -> Result<Content<'a>, AuditError> {
    let altered = |line: usize| {
        AuditError::new(
            path,
            format!("line {line} was altered: it does not fit its hash"),
        )
    };
    let mut content = Content::default();
    let head = bytes
        .get(..HEAD_LINE)
        .and_then(|line| line.strip_suffix(b"\n"));
    let Some(head) = head else {
        content.torn = bytes.len();
        return if bytes.contains(&b'\n') {
            Err(altered(1))
        } else {
            Ok(content)
        };
    };
    let head = std::str::from_utf8(head).map_err(|_| altered(1))?;
    let before = head.strip_prefix(HEAD).ok_or_else(|| altered(1))?;
    content.before = Some(before);
    before.clone_into(&mut content.hash);
    let mut rest = bytes.get(HEAD_LINE..).unwrap_or_default();
    for number in 2.. {
        let Some(end) = memchr::memchr(b'\n', rest) else {
            content.torn = rest.len();
            break;
        };
        let (line, after) = rest.split_at(end);
        rest = after.get(1..).unwrap_or_default();
        let read = line.get(..64).zip(line.get(65..77)).zip(line.get(78..));
        let ((hash, recipient), record) = read.ok_or_else(|| altered(number))?;
        let recipient = std::str::from_utf8(recipient).map_err(|_| altered(number))?;
        if line.get(64) != Some(&b' ') || line.get(77) != Some(&b' ') || !is_account(recipient) {
            return Err(altered(number));
        }
        if let Some(key) = key {
            let expected = next(key, &content.hash, recipient, record);
            content.hash.clear();
            push_hex(&mut content.hash, expected.as_ref());
            if content.hash.as_bytes() != hash {
                return Err(altered(number));
            }
        }
        content.records.push((recipient, record));
    }
    Ok(content)
}

/// Whether this is the number of an account. It becomes part of paths.
pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

// Length and form of the first two are fixed, so that the parts cannot be shifted.
fn next(key: &hmac::Key, previous: &str, recipient: &str, record: &[u8]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(key);
    context.update(previous.as_bytes());
    context.update(recipient.as_bytes());
    context.update(record);
    context.sign()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &[byte; 32])
    }

    #[test]
    fn what_a_full_disk_does_not_take_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("1.jsonl");
        let mut segment = Segment::begin(&path, FIRST, &key(1)).unwrap();
        let disk = std::mem::replace(
            &mut segment.file,
            OpenOptions::new().write(true).open("/dev/full").unwrap(),
        );
        segment.append("111122223333", b"{\"a\":1}");
        assert!(segment.flush().is_err());
        segment.append("111122223333", b"{\"a\":2}");
        assert!(segment.flush().is_err());
        segment.file = disk;
        segment.flush().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let content = parse(&path, &bytes, Some(&key(1))).unwrap();
        let records: Vec<&[u8]> = content.records.iter().map(|(_, record)| *record).collect();
        assert_eq!(records, [b"{\"a\":1}", b"{\"a\":2}"]);
        assert_eq!(content.torn, 0);
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("1.jsonl");
        let mut segment = Segment::begin(&path, FIRST, &key(1)).unwrap();
        for number in 0..3 {
            segment.append("111122223333", format!("{{\"a\":{number}}}").as_bytes());
        }
        segment.flush().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let whole = parse(&path, &bytes, Some(&key(1))).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            // The line end of the last line turns it into a torn one; a segment that is not the last must
            // have none. A change of the first line shows in what it quotes at the latest.
            match parse(&path, &changed, Some(&key(1))) {
                Ok(content) => assert!(
                    content.torn > 0 && at == bytes.len() - 1 || content.before != whole.before,
                    "{at}"
                ),
                Err(error) => assert!(error.reason.contains("altered"), "{error}"),
            }
        }
        assert!(parse(&path, &bytes, Some(&key(2))).is_err());
    }

    proptest::proptest! {
        #[test]
        fn what_nobody_wrote_is_no_record(
            mut bytes: Vec<u8>,
            lines in proptest::collection::vec("[0-9a-f ]{60,90}", 0..4),
            is_headed: bool,
        ) {
            if is_headed {
                let mut text = format!("{HEAD}{FIRST}\n{}", lines.join("\n")).into_bytes();
                text.append(&mut bytes);
                bytes = text;
            }
            if let Ok(content) = parse(Path::new("p"), &bytes, Some(&key(1))) {
                proptest::prop_assert!(content.records.is_empty());
                proptest::prop_assert!(content.torn <= bytes.len());
            }
            parse(Path::new("p"), &bytes, None).ok();
        }
    }
}
