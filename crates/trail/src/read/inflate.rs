//! From stored bytes to text: plain, gzip, zstd.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

use libdeflater::{DecompressionError, Decompressor};

use super::ahead::visit_ahead;
use super::decode::{CountRead, Decode, Gunzip, Limited, Unzstd};
use super::stream::{visit_stream, visit_whole};
use super::{Compression, Limits, ReadError, SourceReport, Visitor};

pub(super) const GZIP: [u8; 2] = [0x1f, 0x8b];
pub(super) const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Shortest gzip member: header, empty block, trailer.
const SHORTEST_MEMBER: usize = 20;

/// Bytes that are read at once in any case: enough to see what a source is.
pub(super) const LEAST_AT_ONCE: usize = 64 << 10;

/// Stored bytes below which one thread inflates and reads.
const ONE_THREAD: usize = 1 << 20;

/// Buffers that are used again from one source to the next: at most the largest source that is read
/// as a whole, stored and inflated.
pub struct Scratch {
    pub(super) stored: Vec<u8>,
    pub(super) inflated: Vec<u8>,
    pub(super) decompressor: Decompressor,
}

impl Scratch {
    /// Empty buffers.
    #[must_use]
    pub fn new() -> Self {
        Self {
            stored: Vec::new(),
            inflated: Vec::new(),
            decompressor: Decompressor::new(),
        }
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Scratch {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Scratch")
            .field("stored", &self.stored.len())
            .field("inflated", &self.inflated.len())
            .finish_non_exhaustive()
    }
}

pub(super) fn read_file<V: Visitor + ?Sized>(
    path: &Path,
    limits: &Limits,
    scratch: &mut Scratch,
    visitor: &mut V,
) -> SourceReport {
    match File::open(path) {
        Ok(file) => read_reader(file, limits, scratch, visitor),
        Err(error) => unreadable_source(&error.to_string()),
    }
}

pub(super) fn unreadable_source(message: &str) -> SourceReport {
    let mut report = SourceReport::default();
    report.cut_short(ReadError::Io(message.to_owned()));
    report
}

/// Reads a small source into memory and streams a large one.
pub(super) fn read_reader<R: Read + Send, V: Visitor + ?Sized>(
    mut reader: R,
    limits: &Limits,
    scratch: &mut Scratch,
    visitor: &mut V,
) -> SourceReport {
    let mut stored = std::mem::take(&mut scratch.stored);
    stored.clear();
    let most = limits.inflated_whole.max(LEAST_AT_ONCE) as u64;
    let outcome = reader.by_ref().take(most).read_to_end(&mut stored);
    let report = match outcome {
        Err(error) if stored.is_empty() => unreadable_source(&error.to_string()),
        Err(error) => {
            let mut report = read_stored(&stored, limits, scratch, visitor);
            report.cut_short(ReadError::Io(error.to_string()));
            report
        }
        Ok(_) if (stored.len() as u64) < most => read_stored(&stored, limits, scratch, visitor),
        Ok(_) => {
            let whole = Cursor::new(stored.as_slice()).chain(reader);
            read_stream(
                BufReader::with_capacity(1 << 17, whole),
                Size::Large,
                limits,
                visitor,
            )
        }
    };
    scratch.stored = stored;
    report
}

/// Reads stored bytes that are at hand as a whole.
pub(super) fn read_stored<V: Visitor + ?Sized>(
    stored: &[u8],
    limits: &Limits,
    scratch: &mut Scratch,
    visitor: &mut V,
) -> SourceReport {
    if stored.starts_with(&GZIP) {
        let mut report = whole_report(stored, Compression::Gzip);
        let mut inflated = std::mem::take(&mut scratch.inflated);
        let length = inflate_whole(stored, limits, &mut scratch.decompressor, &mut inflated);
        let text = length.and_then(|length| inflated.get(..length));
        if let Some(text) = text {
            visit_whole(text, limits, &mut report, visitor);
        }
        let is_read = text.is_some();
        scratch.inflated = inflated;
        return if is_read {
            report
        } else {
            read_stream(stored, size_of(stored), limits, visitor)
        };
    }
    if stored.starts_with(&ZSTD) || stored.len() > limits.inflated_whole {
        return read_stream(stored, size_of(stored), limits, visitor);
    }
    let mut report = whole_report(stored, Compression::Plain);
    visit_whole(stored, limits, &mut report, visitor);
    report
}

fn size_of(stored: &[u8]) -> Size {
    if stored.len() < ONE_THREAD {
        Size::Small
    } else {
        Size::Large
    }
}

fn whole_report(stored: &[u8], compression: Compression) -> SourceReport {
    SourceReport {
        compression,
        stored_bytes: stored.len() as u64,
        complete: true,
        ..SourceReport::default()
    }
}

/// Inflates a gzip file that is one intact member and fits; anything else is left to the stream,
/// which finds out what is wrong.
pub(super) fn inflate_whole(
    stored: &[u8],
    limits: &Limits,
    decompressor: &mut Decompressor,
    inflated: &mut Vec<u8>,
) -> Option<usize> {
    let claimed = u32::from_le_bytes(*stored.last_chunk::<4>()?) as usize;
    let most = limits
        .inflated_whole
        .min(usize::try_from(limits.inflated_total).unwrap_or(usize::MAX));
    if stored.len() < SHORTEST_MEMBER || claimed > most {
        return None;
    }
    if inflated.len() < claimed {
        inflated.resize(claimed, 0);
    }
    let length = match decompressor.gzip_decompress(stored, inflated) {
        Ok(length) => length,
        Err(DecompressionError::InsufficientSpace | DecompressionError::BadData) => return None,
    };
    is_single_member(stored, inflated.get(..length)?).then_some(length)
}

/// Whether the member that inflated to `text` ends where `stored` ends.
///
/// libdeflate does not say where it stopped, but it has checked the member's last eight bytes: the
/// checksum and the length of the text. If these occur in `stored` at its very end and nowhere
/// before, the member ends there. The length alone is looked for first, since that needs no
/// checksum.
fn is_single_member(stored: &[u8], text: &[u8]) -> bool {
    let Ok(length) = u32::try_from(text.len()) else {
        return false;
    };
    let length = length.to_le_bytes();
    if !stored.ends_with(&length) {
        return false;
    }
    if memchr::memmem::find(stored, &length) == Some(stored.len() - length.len()) {
        return true;
    }
    let checksum = libdeflater::crc32(text).to_le_bytes();
    let trailer = [checksum, length].concat();
    memchr::memmem::find(stored, &trailer) == Some(stored.len() - trailer.len())
}

/// Reads stored bytes as they come.
fn read_stream<R: BufRead + Send, V: Visitor + ?Sized>(
    stored: R,
    size: Size,
    limits: &Limits,
    visitor: &mut V,
) -> SourceReport {
    let mut report = SourceReport {
        complete: true,
        ..SourceReport::default()
    };
    let mut stored = CountRead::new(stored);
    let magic = match stored.fill_buf() {
        Ok(magic) => magic,
        Err(error) => return unreadable_source(&error.to_string()),
    };
    if magic.starts_with(&GZIP) {
        report.compression = Compression::Gzip;
        visit_decoded(Gunzip::new(stored), size, limits, &mut report, visitor);
    } else if magic.starts_with(&ZSTD) {
        report.compression = Compression::Zstd;
        match Unzstd::new(stored) {
            Ok(decoder) => visit_decoded(decoder, size, limits, &mut report, visitor),
            Err(error) => report.cut_short(ReadError::Corrupt(error.to_string())),
        }
    } else {
        visit_decoded(stored, Size::Small, limits, &mut report, visitor);
    }
    report
}

/// Whether a thread for inflating pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    Small,
    Large,
}

fn visit_decoded<D: Decode + Send, V: Visitor + ?Sized>(
    decoder: D,
    size: Size,
    limits: &Limits,
    report: &mut SourceReport,
    visitor: &mut V,
) {
    let mut reader = Limited::new(decoder, limits);
    if size == Size::Large {
        return visit_ahead(reader, limits, report, visitor);
    }
    let outcome = visit_stream(&mut reader, limits, report, visitor);
    reader.end(outcome, report);
}
