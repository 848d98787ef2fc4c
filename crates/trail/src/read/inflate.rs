//! From stored bytes to text: plain, gzip, zstd.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

use libdeflater::{DecompressionError, Decompressor};

use super::stream::{visit_stream, visit_whole};
use super::{Compression, Limits, ReadError, SourceReport, Visitor};

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Shortest gzip member: header, empty block, trailer.
const SHORTEST_MEMBER: usize = 20;

/// Buffers that are used again from one source to the next: at most the largest source that is read
/// as a whole, stored and inflated.
pub struct Scratch {
    stored: Vec<u8>,
    inflated: Vec<u8>,
    decompressor: Decompressor,
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
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
    match opened {
        Ok((_, file)) => read_reader(file, limits, scratch, visitor),
        Err(error) => unreadable_source(&error),
    }
}

pub(super) fn read_stdin<V: Visitor + ?Sized>(
    limits: &Limits,
    scratch: &mut Scratch,
    visitor: &mut V,
) -> SourceReport {
    read_reader(std::io::stdin().lock(), limits, scratch, visitor)
}

fn unreadable_source(error: &std::io::Error) -> SourceReport {
    let mut report = SourceReport::default();
    report.cut_short(ReadError::Io(error.to_string()));
    report
}

/// Reads a small source into memory and streams the rest of a large one behind what was read.
fn read_reader<R: Read, V: Visitor + ?Sized>(
    mut reader: R,
    limits: &Limits,
    scratch: &mut Scratch,
    visitor: &mut V,
) -> SourceReport {
    let mut stored = std::mem::take(&mut scratch.stored);
    stored.clear();
    let most = limits.inflated_whole as u64;
    let outcome = reader.by_ref().take(most).read_to_end(&mut stored);
    let report = match outcome {
        Err(error) => unreadable_source(&error),
        Ok(_) if (stored.len() as u64) < most => read_stored(&stored, limits, scratch, visitor),
        Ok(_) => {
            let whole = Cursor::new(stored.as_slice()).chain(reader);
            read_stream(BufReader::with_capacity(1 << 16, whole), limits, visitor)
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
    let mut report = SourceReport {
        stored_bytes: stored.len() as u64,
        complete: true,
        ..SourceReport::default()
    };
    if stored.starts_with(&GZIP) {
        report.compression = Compression::Gzip;
        let mut inflated = std::mem::take(&mut scratch.inflated);
        let length = inflate_whole(stored, limits, &mut scratch.decompressor, &mut inflated);
        if let Some(text) = length.and_then(|length| inflated.get(..length)) {
            visit_whole(text, limits, &mut report, visitor);
            scratch.inflated = inflated;
            return report;
        }
        scratch.inflated = inflated;
        return read_stream(stored, limits, visitor);
    }
    if stored.starts_with(&ZSTD) {
        return read_stream(stored, limits, visitor);
    }
    visit_whole(stored, limits, &mut report, visitor);
    report
}

/// Inflates a gzip file that is one intact member and fits; anything else is left to the stream,
/// which finds out what is wrong.
fn inflate_whole(
    stored: &[u8],
    limits: &Limits,
    decompressor: &mut Decompressor,
    inflated: &mut Vec<u8>,
) -> Option<usize> {
    let claimed = u32::from_le_bytes(*stored.last_chunk::<4>()?) as usize;
    if stored.len() < SHORTEST_MEMBER || claimed > limits.inflated_whole {
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
    let mut trailer = [0u8; 8];
    let (checksum_part, length_part) = trailer.split_at_mut(4);
    length_part.copy_from_slice(&length.to_le_bytes());
    if !stored.ends_with(length_part) {
        return false;
    }
    if memchr::memmem::find(stored, length_part) == Some(stored.len() - 4) {
        return true;
    }
    checksum_part.copy_from_slice(&libdeflater::crc32(text).to_le_bytes());
    memchr::memmem::find(stored, &trailer) == Some(stored.len() - 8)
}

/// Reads stored bytes as they come.
fn read_stream<R: BufRead, V: Visitor + ?Sized>(
    mut stored: R,
    limits: &Limits,
    visitor: &mut V,
) -> SourceReport {
    let mut report = SourceReport {
        complete: true,
        ..SourceReport::default()
    };
    let magic = match stored.fill_buf() {
        Ok(magic) => magic,
        Err(error) => return unreadable_source(&error),
    };
    if magic.starts_with(&GZIP) {
        report.compression = Compression::Gzip;
        let mut reader = Gunzip::new(stored, limits);
        let outcome = visit_stream(&mut reader, limits, &mut report, visitor);
        finish(outcome, &mut report);
        return report;
    }
    let outcome = visit_stream(&mut stored, limits, &mut report, visitor);
    finish(outcome, &mut report);
    report
}

fn finish(outcome: Result<(), std::io::Error>, report: &mut SourceReport) {
    if let Err(error) = outcome {
        report.cut_short(ReadError::Corrupt(error.to_string()));
    }
}

/// Inflates member after member.
struct Gunzip<R: BufRead> {
    member: flate2::bufread::MultiGzDecoder<R>,
}

impl<R: BufRead> Gunzip<R> {
    fn new(stored: R, _limits: &Limits) -> Self {
        Self {
            member: flate2::bufread::MultiGzDecoder::new(stored),
        }
    }
}

impl<R: BufRead> Read for Gunzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.member.read(buffer)
    }
}
