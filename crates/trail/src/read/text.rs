//! The text of a source as it is, without looking for records in it.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, ErrorKind, Read};

use super::decode::{CountRead, Decode, Gunzip, Limited, Unzstd};
use super::inflate::{self, GZIP, LEAST_AT_ONCE, Scratch, ZSTD};
use super::{Compression, Limits, ReadError, SourceReport};
use crate::source::{Location, Source};

/// Bytes that the receiver is given at once, unless the source is read as a whole.
const BLOCK: usize = 256 << 10;

/// Hands the inflated text of a source to `receive`, piece by piece, in order. The first piece holds
/// at least the first 64 KiB, or everything. The report counts no items.
pub(crate) fn read_text(
    source: &Source,
    limits: &Limits,
    scratch: &mut Scratch,
    receive: &mut dyn FnMut(&[u8]),
) -> SourceReport {
    match &source.location {
        Location::File(path) => match File::open(path) {
            Ok(file) => from_reader(file, limits, scratch, receive),
            Err(error) => inflate::unreadable_source(&error.to_string()),
        },
        Location::Stdin => from_reader(std::io::stdin(), limits, scratch, receive),
        #[cfg(feature = "s3")]
        Location::S3 { .. } if source.size == Some(0) => {
            from_reader(std::io::empty(), limits, scratch, receive)
        }
        #[cfg(feature = "s3")]
        Location::S3 { bucket, number } => match bucket.read(*number) {
            Ok(object) => from_reader(object, limits, scratch, receive),
            Err(error) => inflate::unreadable_source(&error.to_string()),
        },
    }
}

fn from_reader<R: Read>(
    mut reader: R,
    limits: &Limits,
    scratch: &mut Scratch,
    receive: &mut dyn FnMut(&[u8]),
) -> SourceReport {
    let mut stored = std::mem::take(&mut scratch.stored);
    stored.clear();
    let most = limits.inflated_whole.max(LEAST_AT_ONCE) as u64;
    let report = match reader.by_ref().take(most).read_to_end(&mut stored) {
        Err(error) => inflate::unreadable_source(&error.to_string()),
        Ok(_) if (stored.len() as u64) < most => from_stored(&stored, limits, scratch, receive),
        Ok(_) => {
            let whole = Cursor::new(stored.as_slice()).chain(reader);
            from_stream(BufReader::with_capacity(1 << 17, whole), limits, receive)
        }
    };
    scratch.stored = stored;
    report
}

fn from_stored(
    stored: &[u8],
    limits: &Limits,
    scratch: &mut Scratch,
    receive: &mut dyn FnMut(&[u8]),
) -> SourceReport {
    if !stored.starts_with(&GZIP) {
        return from_stream(stored, limits, receive);
    }
    let Scratch {
        inflated,
        decompressor,
        ..
    } = scratch;
    let length = inflate::inflate_whole(stored, limits, decompressor, inflated);
    let Some(text) = length.and_then(|length| inflated.get(..length)) else {
        return from_stream(stored, limits, receive);
    };
    receive(text);
    SourceReport {
        compression: Compression::Gzip,
        stored_bytes: stored.len() as u64,
        inflated_bytes: text.len() as u64,
        complete: true,
        ..SourceReport::default()
    }
}

fn from_stream<R: BufRead>(
    stored: R,
    limits: &Limits,
    receive: &mut dyn FnMut(&[u8]),
) -> SourceReport {
    let mut report = SourceReport {
        complete: true,
        ..SourceReport::default()
    };
    let mut stored = CountRead::new(stored);
    let magic = match stored.fill_buf() {
        Ok(magic) => magic,
        Err(error) => return inflate::unreadable_source(&error.to_string()),
    };
    if magic.starts_with(&GZIP) {
        report.compression = Compression::Gzip;
        decoded(Gunzip::new(stored), limits, &mut report, receive);
    } else if magic.starts_with(&ZSTD) {
        report.compression = Compression::Zstd;
        match Unzstd::new(stored) {
            Ok(decoder) => decoded(decoder, limits, &mut report, receive),
            Err(error) => report.cut_short(ReadError::Corrupt(error.to_string())),
        }
    } else {
        decoded(stored, limits, &mut report, receive);
    }
    report
}

fn decoded<D: Decode>(
    decoder: D,
    limits: &Limits,
    report: &mut SourceReport,
    receive: &mut dyn FnMut(&[u8]),
) {
    let mut reader = Limited::new(decoder, limits);
    let mut block = vec![0; BLOCK];
    let outcome = loop {
        let mut length = 0;
        let mut outcome = Ok(());
        while let Some(free) = block.get_mut(length..).filter(|free| !free.is_empty()) {
            match reader.read(free) {
                Ok(0) => break,
                Ok(count) => length += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            }
        }
        report.inflated_bytes += length as u64;
        if length > 0 {
            receive(block.get(..length).unwrap_or_default());
        }
        if outcome.is_err() || length < BLOCK {
            break outcome;
        }
    };
    reader.end(outcome, report);
}
