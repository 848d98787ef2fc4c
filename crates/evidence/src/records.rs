//! Raw records: packs of lines, found by the SHA-256 of the record.
//!
//! A case can hold a million records; a file for each would be slow to write, copy and check. So
//! `records/<first two digits>.jsonl` holds the records whose digest starts with these digits, one
//! canonical JSON object a line, sorted by digest, source and index.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use thiserror::Error;

use crate::Digest;

/// Directory of the packs.
pub(crate) const RECORDS: &str = "records";
/// Media type of a pack.
pub(crate) const PACK_TYPE: &str = "application/jsonl";
/// Longest record, in bytes.
const LONGEST_RECORD: usize = 64 << 20;
/// Longest line of a pack: every byte escaped, and what stands beside it.
const LONGEST_LINE: u64 = 7 * (LONGEST_RECORD as u64);
const LARGEST_INDEX: u64 = (1 << 53) - 1;

/// A record as it was read.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// The source that held it, as evidence references name it.
    pub source: &'a str,
    /// Its number in the source, from 0.
    pub index: u64,
    /// Its bytes, never rewritten.
    pub raw: &'a [u8],
    /// What checking the integrity of its source gave; absent when it was not checked.
    pub integrity: Option<&'a str>,
}

/// A record found in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRecord {
    /// See [`Record::source`].
    pub source: String,
    /// See [`Record::index`].
    pub index: u64,
    /// See [`Record::raw`]; they have the digest that was asked for.
    pub raw: Vec<u8>,
    /// See [`Record::integrity`].
    pub integrity: Option<String>,
}

/// Why a record could not be looked up.
#[derive(Debug, Error)]
pub enum ReadRecordError {
    /// The pack cannot be read.
    #[error("{path}: {error}")]
    Io {
        /// Path of the pack in the directory.
        path: String,
        /// What went wrong.
        error: io::Error,
    },
    /// A line is none.
    #[error("{path}:{line}: {reason}")]
    Line {
        /// Path of the pack in the directory.
        path: String,
        /// From 1.
        line: u64,
        /// Why.
        reason: String,
    },
}

/// The record with this digest, once for every place it was found at; empty when the directory has
/// none. The digest vouches for the bytes, [`crate::verify`] for the rest.
pub fn find_record(directory: &Path, digest: &Digest) -> Result<Vec<FoundRecord>, ReadRecordError> {
    let path = pack_path(digest);
    let failed = |error| ReadRecordError::Io {
        path: path.clone(),
        error,
    };
    let file = match File::open(directory.join(&path)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        opened => opened.map_err(failed)?,
    };
    let mut found = Vec::new();
    let mut lines = PackLines::new(BufReader::new(file));
    while let Some((number, text)) = lines.next_line().map_err(failed)? {
        let (line, raw) = parse_line(text).map_err(|reason| ReadRecordError::Line {
            path: path.clone(),
            line: number,
            reason,
        })?;
        match line.sha256.cmp(digest) {
            Ordering::Less => {}
            Ordering::Greater => break,
            Ordering::Equal => found.push(FoundRecord {
                source: line.source.into_owned(),
                index: line.index,
                raw: raw.into_owned(),
                integrity: line.integrity.map(Cow::into_owned),
            }),
        }
    }
    Ok(found)
}

pub(crate) fn pack_path(digest: &Digest) -> String {
    let digits: String = digest.to_string().chars().take(2).collect();
    format!("{RECORDS}/{digits}.jsonl")
}

/// Records in the order in which they come, until they are sorted. Memory holds about 60 bytes for
/// each; their bytes wait in a file.
#[derive(Debug)]
pub(crate) struct Spool {
    file: BufWriter<File>,
    end: u64,
    index: Vec<Spooled>,
    words: Vec<String>,
    numbers: HashMap<String, u32>,
}

#[derive(Debug)]
struct Spooled {
    sha256: Digest,
    source: u32,
    index: u64,
    integrity: Option<u32>,
    start: u64,
    length: usize,
}

impl Spool {
    /// `file` is empty, and can be read and written.
    pub(crate) fn new(file: File) -> Self {
        Self {
            file: BufWriter::with_capacity(256 << 10, file),
            end: 0,
            index: Vec::new(),
            words: Vec::new(),
            numbers: HashMap::new(),
        }
    }

    pub(crate) fn add(&mut self, record: &Record<'_>) -> io::Result<Digest> {
        if record.raw.len() > LONGEST_RECORD || record.index > LARGEST_INDEX {
            let reason = format!(
                "the record has more than {LONGEST_RECORD} bytes, or its index is above 2^53 - 1"
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
        }
        let sha256 = Digest::of(record.raw);
        let source = self.word(record.source)?;
        let integrity = record.integrity.map(|word| self.word(word)).transpose()?;
        self.file.write_all(record.raw)?;
        self.index.push(Spooled {
            sha256,
            source,
            index: record.index,
            integrity,
            start: self.end,
            length: record.raw.len(),
        });
        self.end += record.raw.len() as u64;
        Ok(sha256)
    }

    /// Sorts what was added; what was added twice stays once. Returns the packs.
    pub(crate) fn finish(mut self) -> io::Result<Packs> {
        let words = &self.words;
        let word = |number: u32| words.get(number as usize);
        let key = |record: &Spooled| {
            (
                record.sha256,
                word(record.source),
                record.index,
                record.integrity.map(word),
            )
        };
        self.index.sort_by(|left, right| key(left).cmp(&key(right)));
        self.index.dedup_by(|right, left| key(right) == key(left));
        let file = self.file.into_inner().map_err(|error| error.into_error())?;
        Ok(Packs {
            file,
            index: self.index,
            words: self.words,
        })
    }

    fn word(&mut self, word: &str) -> io::Result<u32> {
        if let Some(number) = self.numbers.get(word) {
            return Ok(*number);
        }
        let number = u32::try_from(self.words.len()).map_err(io::Error::other)?;
        self.words.push(word.to_owned());
        self.numbers.insert(word.to_owned(), number);
        Ok(number)
    }
}

/// Sorted records, ready to be written.
#[derive(Debug)]
pub(crate) struct Packs {
    file: File,
    index: Vec<Spooled>,
    words: Vec<String>,
}

impl Packs {
    pub(crate) fn records(&self) -> u64 {
        self.index.len() as u64
    }

    /// First bytes of the digests for which there is a pack, ascending.
    pub(crate) fn prefixes(&self) -> Vec<u8> {
        let mut prefixes: Vec<u8> = self.index.iter().map(Spooled::prefix).collect();
        prefixes.dedup();
        prefixes
    }

    /// Writes the lines of a pack.
    pub(crate) fn write(&mut self, prefix: u8, out: &mut impl Write) -> io::Result<()> {
        let start = self.index.partition_point(|one| one.prefix() < prefix);
        let end = self.index.partition_point(|one| one.prefix() <= prefix);
        let mut raw = Vec::new();
        for record in self.index.get(start..end).unwrap_or_default() {
            raw.resize(record.length, 0);
            self.file.seek(SeekFrom::Start(record.start))?;
            self.file.read_exact(&mut raw)?;
            let word = |number: u32| self.words.get(number as usize).map_or("", String::as_str);
            write!(out, "{{\"index\":{}", record.index)?;
            if let Some(integrity) = record.integrity {
                out.write_all(b",\"integrity\":")?;
                serde_json::to_writer(&mut *out, word(integrity))?;
            }
            match str::from_utf8(&raw) {
                Ok(text) => {
                    out.write_all(b",\"raw\":")?;
                    serde_json::to_writer(&mut *out, text)?;
                }
                Err(_) => write!(out, ",\"rawBase64\":\"{}\"", STANDARD.encode(&raw))?,
            }
            write!(out, ",\"sha256\":\"{}\",\"source\":", record.sha256)?;
            serde_json::to_writer(&mut *out, word(record.source))?;
            out.write_all(b"}\n")?;
        }
        Ok(())
    }
}

impl Spooled {
    fn prefix(&self) -> u8 {
        let [first, ..] = self.sha256.0;
        first
    }
}

/// Checks that every line is a record with the digest it names, in its pack and in order. Returns
/// how many there are, or what is wrong; the reader is then somewhere before its end.
pub(crate) fn check_pack(path: &str, reader: impl BufRead) -> io::Result<Result<u64, String>> {
    let mut lines = PackLines::new(reader);
    let mut previous: Option<Digest> = None;
    while let Some((number, text)) = lines.next_line()? {
        let problem = match parse_line(text) {
            Err(reason) => Some(reason),
            Ok((line, _)) if pack_path(&line.sha256) != path => {
                Some("the record belongs into another pack".to_owned())
            }
            Ok((line, _)) if previous.is_some_and(|previous| previous > line.sha256) => {
                Some("the record is not in order".to_owned())
            }
            Ok((line, _)) => {
                previous = Some(line.sha256);
                None
            }
        };
        if let Some(reason) = problem {
            return Ok(Err(format!("line {number}: {reason}")));
        }
    }
    Ok(Ok(lines.number))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PackLine<'a> {
    index: u64,
    #[serde(borrow, default)]
    integrity: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    raw: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    raw_base64: Option<Cow<'a, str>>,
    sha256: Digest,
    #[serde(borrow)]
    source: Cow<'a, str>,
}

/// A line and the record's bytes, which have the digest that the line names.
fn parse_line(text: &[u8]) -> Result<(PackLine<'_>, Cow<'_, [u8]>), String> {
    let Some(text) = text.strip_suffix(b"\n") else {
        return Err("the line is cut off or longer than a record can be".to_owned());
    };
    let mut line: PackLine<'_> = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let raw = match (line.raw.take(), line.raw_base64.take()) {
        (Some(Cow::Borrowed(raw)), None) => Cow::Borrowed(raw.as_bytes()),
        (Some(Cow::Owned(raw)), None) => Cow::Owned(raw.into_bytes()),
        (None, Some(raw)) => match STANDARD.decode(raw.as_bytes()) {
            Ok(raw) => Cow::Owned(raw),
            Err(error) => return Err(format!("rawBase64: {error}")),
        },
        _ => return Err("the line must have either raw or rawBase64".to_owned()),
    };
    if Digest::of(&raw) != line.sha256 {
        return Err("the record does not have the digest that its line names".to_owned());
    }
    Ok((line, raw))
}

struct PackLines<R> {
    reader: R,
    text: Vec<u8>,
    number: u64,
}

impl<R: BufRead> PackLines<R> {
    fn new(reader: R) -> Self {
        Self {
            reader,
            text: Vec::new(),
            number: 0,
        }
    }

    fn next_line(&mut self) -> io::Result<Option<(u64, &[u8])>> {
        self.text.clear();
        let mut bounded = (&mut self.reader).take(LONGEST_LINE);
        if bounded.read_until(b'\n', &mut self.text)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        Ok(Some((self.number, &self.text)))
    }
}
