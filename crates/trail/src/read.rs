//! Reading sources: from stored bytes to records, one after the other.
//!
//! - What a source holds is decided by its content: compression by magic numbers, the envelope by
//!   the text. Names are never looked at.
//! - Records are visited in the order in which they stand. Text that is no record is reported with
//!   its place, and reading goes on behind it.
//! - Objects up to [`Limits::inflated_whole`] are inflated at once into a buffer that is used again
//!   for the next source; larger ones pass through a window that never holds more than one
//!   incomplete record.
//! - Where an envelope carries a record as a string (`lookup-events`, CloudWatch Logs, SNS, SQS,
//!   SIEM exports), the record's text is the unescaped string: that text is the evidence, and
//!   [`Place::offset`] points at the element of the envelope that carries it.
//! - Where an export has torn a record into columns (Athena, CloudTrail Lake), the record's text is
//!   rebuilt from them, with CloudTrail's names and types.

use std::ops::ControlFlow;

use thiserror::Error;

use crate::json::JsonErrorKind;
use crate::record::Record;
use crate::source::{Location, Source};

mod ahead;
mod decode;
mod inflate;
mod packed;
mod rows;
mod sniff;
mod stream;
mod struct_text;
mod table;
mod text;
mod unwrap;
mod walker;

pub use inflate::Scratch;
pub(crate) use text::read_text;

/// What a reader accepts before it gives up on a record or a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Sources that inflate to at most this many bytes are held in memory as a whole; larger ones are
    /// streamed.
    pub inflated_whole: usize,
    /// Bytes of text of one record. A larger record is skipped and counted as unreadable.
    pub record: usize,
    /// Bytes that one source may inflate to. Reading stops there and the source counts as incomplete.
    pub inflated_total: u64,
    /// Inflated bytes per stored byte, looked at once more than `ratio_from` bytes were inflated.
    /// Gzip cannot exceed 1,032; CloudTrail files stay below 50.
    pub ratio: u64,
    /// Inflated bytes below which the ratio is not looked at.
    pub ratio_from: u64,
    /// Envelopes inside envelopes.
    pub nesting: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            inflated_whole: 32 << 20,
            record: 16 << 20,
            inflated_total: 64 << 30,
            ratio: 300,
            ratio_from: 1 << 30,
            nesting: 8,
        }
    }
}

/// Where in a source something was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Place {
    /// Number of the item in the source, from 0. Records, unreadable text and other elements count.
    pub index: u64,
    /// Bytes from the start of the inflated text.
    pub offset: u64,
}

/// Receives what a source holds. The bytes behind a record are valid during the call only.
pub trait Visitor {
    /// A CloudTrail record.
    fn record(&mut self, record: &Record<'_>, place: Place);

    /// Text that should be a record and cannot be read. `raw` is that text as far as it is at hand;
    /// it may be incomplete or empty.
    fn unreadable(&mut self, place: Place, reason: &ReadError, raw: &[u8]);

    /// Something well-formed that is no CloudTrail record; `what` names it where it is known.
    fn other(&mut self, place: Place, what: &str);

    /// Asked after each item; `Break` ends the reading of this source.
    fn flow(&mut self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Why a record, or the rest of a source, cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReadError {
    /// The text is not JSON
    #[error("not JSON: {0}")]
    Json(JsonErrorKind),
    /// A record over [`Limits::record`]
    #[error("record larger than the limit of {limit} bytes")]
    TooLarge {
        /// The limit
        limit: usize,
    },
    /// A record of a later major version than this reader knows
    #[error("eventVersion {version} is newer than this reader")]
    NewerVersion {
        /// As written in the record
        version: String,
    },
    /// Envelopes nested deeper than [`Limits::nesting`]
    #[error("envelopes nested deeper than {limit} levels")]
    Nesting {
        /// The limit
        limit: usize,
    },
    /// A string that should carry base64 and gzip does not
    #[error("packed data of a log subscription: {0}")]
    Packed(String),
    /// A row of a table from which no record can be rebuilt
    #[error("row of a table: {0}")]
    Row(String),
    /// The content is neither JSON nor CSV nor anything else that is known
    #[error("unknown format: {0}")]
    UnknownFormat(&'static str),
    /// The source cannot be opened or read
    #[error("cannot be read: {0}")]
    Io(String),
    /// Compressed data stop before their end
    #[error("compressed data are truncated")]
    Truncated,
    /// Compressed data are damaged
    #[error("compressed data are damaged: {0}")]
    Corrupt(String),
    /// A second gzip member follows; it was read too
    #[error("data after the first gzip member: a further member of {inflated} bytes was read too")]
    FurtherMember {
        /// Inflated bytes of that member
        inflated: u64,
    },
    /// Bytes that are no gzip member follow the last one
    #[error("data after the first gzip member: {bytes} bytes that are not gzip")]
    TrailingBytes {
        /// How many
        bytes: u64,
    },
    /// More than [`Limits::inflated_total`]
    #[error("inflates to more than the limit of {limit} bytes")]
    InflatedLimit {
        /// The limit
        limit: u64,
    },
    /// More than [`Limits::ratio`]
    #[error("inflates to more than {limit} times its size")]
    RatioLimit {
        /// The limit
        limit: u64,
    },
}

/// How a source was compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compression {
    /// Not compressed
    #[default]
    Plain,
    /// RFC 1952
    Gzip,
    /// RFC 8878
    Zstd,
}

/// Something wrong with a source as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceProblem {
    /// Bytes of inflated text before it.
    pub offset: u64,
    /// What it is.
    pub reason: ReadError,
}

/// What became of one source. `items = records + unreadable + other`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceReport {
    /// How it was compressed.
    pub compression: Compression,
    /// Bytes as stored.
    pub stored_bytes: u64,
    /// Bytes of text.
    pub inflated_bytes: u64,
    /// Everything that was visited.
    pub items: u64,
    /// Records visited.
    pub records: u64,
    /// Unreadable pieces visited.
    pub unreadable: u64,
    /// Other things visited.
    pub other: u64,
    /// Records that hold bytes which are not UTF-8. They are visited like all others. Records that one
    /// envelope carries as text count once.
    pub invalid_utf8: u64,
    /// What is wrong with the source as a whole, first come first.
    pub problems: Vec<SourceProblem>,
    /// False when a part of the source was not read.
    pub complete: bool,
}

impl SourceReport {
    fn problem(&mut self, reason: ReadError) {
        let offset = self.inflated_bytes;
        self.problems.push(SourceProblem { offset, reason });
    }

    fn cut_short(&mut self, reason: ReadError) {
        self.complete = false;
        self.problem(reason);
    }
}

/// Reads one source. Never fails: what could not be read is in the report.
///
/// `scratch` keeps buffers from one source to the next; give each thread one.
pub fn read_source<V: Visitor + ?Sized>(
    source: &Source,
    limits: &Limits,
    scratch: &mut Scratch,
    visitor: &mut V,
) -> SourceReport {
    match &source.location {
        Location::File(path) => inflate::read_file(path, limits, scratch, visitor),
        Location::Stdin => inflate::read_reader(std::io::stdin(), limits, scratch, visitor),
        #[cfg(feature = "s3")]
        Location::S3 { .. } if source.size == Some(0) => read_bytes(b"", limits, scratch, visitor),
        #[cfg(feature = "s3")]
        Location::S3 { bucket, number } => match bucket.read(*number) {
            Ok(object) => inflate::read_reader(object, limits, scratch, visitor),
            Err(error) => inflate::unreadable_source(&error.to_string()),
        },
    }
}

/// Reads bytes as [`read_source`] reads the content of a file.
pub fn read_bytes<V: Visitor + ?Sized>(
    bytes: &[u8],
    limits: &Limits,
    scratch: &mut Scratch,
    visitor: &mut V,
) -> SourceReport {
    inflate::read_stored(bytes, limits, scratch, visitor)
}
