//! Looks through the journals before the database reads them.
//!
//! The database drops what follows the first batch that does not read, and goes on without a word; and it
//! refuses to open when a power cut left holes in the last batch. Both are wrong here: an acknowledged batch
//! that does not read is damage, and the last batch, if it was never synced, is to be dropped.
//!
//! What tells them apart: the writer syncs each batch before it writes the next, so whatever is followed by
//! another batch was whole once. The last batch is taken as torn when its end is missing or a sector in it
//! is empty, as space that was set aside and never written is; whole but wrong, it is damage.
//! The format is that of fjall 3 (`journal/entry.rs` there, trailer `FJL` 3).

use std::fs;
use std::hash::Hasher;
use std::io;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::Xxh3;

use crate::engine::EngineError;

const TRAILER: &[u8] = b"FJL\x03";
const START: u8 = 1;
const ITEM: u8 = 2;
const END: u8 = 3;
const CLEAR: u8 = 4;
const SECTOR: usize = 512;
const PAGE: usize = 4_096;
/// The numbers of two batches in succession differ by less.
const STEP: u64 = 1 << 24;
/// Tag, items, sequence number.
const START_SIZE: usize = 1 + 4 + 8;

/// Checks the journals of a database, and cuts a torn batch off the last one.
///
/// # Errors
/// A batch that was whole does not read, or the disk failed.
pub(super) fn check(database: &Path) -> Result<(), EngineError> {
    let failed = |error: io::Error| EngineError::Failed {
        place: database.display().to_string(),
        reason: error.to_string(),
    };
    let mut journals: Vec<(u64, PathBuf)> = Vec::new();
    let entries = match fs::read_dir(database) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|name| name == "jnl") {
            let number = path
                .file_stem()
                .and_then(|name| name.to_str()?.parse().ok());
            let damaged = || damaged(&path, "its name is no number");
            journals.push((number.ok_or_else(damaged)?, path.clone()));
        }
    }
    journals.sort();
    let last = journals.pop();
    for (_, path) in journals {
        let bytes = fs::read(&path).map_err(failed)?;
        let (end, _) = whole(&bytes);
        if written(&bytes) > end {
            return Err(damaged(
                &path,
                &format!("the batch at byte {end} does not read"),
            ));
        }
    }
    let Some((_, path)) = last else {
        return Ok(());
    };
    let bytes = fs::read(&path).map_err(failed)?;
    let (end, sequence) = whole(&bytes);
    let written = written(&bytes);
    if written <= end {
        return Ok(());
    }
    let rest = bytes.get(end..written).unwrap_or_default();
    if is_followed(rest, sequence) || (ends_whole(rest) && !has_hole(&bytes, end, written)) {
        return Err(damaged(
            &path,
            &format!("the batch at byte {end} does not read"),
        ));
    }
    let file = fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .map_err(failed)?;
    file.set_len(end as u64).map_err(failed)?;
    file.sync_all().map_err(failed)
}

fn damaged(path: &Path, reason: &str) -> EngineError {
    EngineError::Damaged {
        path: path.to_owned(),
        reason: reason.to_owned(),
    }
}

/// Where the batches that read end, and the sequence number of the last of them.
fn whole(bytes: &[u8]) -> (usize, u64) {
    let (mut end, mut last) = (0, 0);
    while let Some((next, sequence)) = batch(bytes, end) {
        // Rising numbers, since a batch's checksum does not cover its number.
        if end > 0 && !is_next(sequence, last) {
            break;
        }
        (end, last) = (next, sequence);
    }
    (end, last)
}

fn is_next(sequence: u64, last: u64) -> bool {
    sequence > last && sequence - last < STEP
}

/// Reads one batch; gives where it ends and its sequence number.
fn batch(bytes: &[u8], at: usize) -> Option<(usize, u64)> {
    let mut input = Input { bytes, at };
    if input.byte()? != START {
        return None;
    }
    let items = u32::from_le_bytes(input.array()?);
    let sequence = u64::from_le_bytes(input.array()?);
    let mut sum = Xxh3::new();
    for _ in 0..items {
        let begun = input.at;
        match input.byte()? {
            ITEM => {
                let [kind, compression] = input.array()?;
                if !matches!(kind, 0 | 1 | 2 | 4) || compression != 0 {
                    return None;
                }
                input.array::<8>()?;
                let key = u16::from_le_bytes(input.array()?);
                let size = u32::from_le_bytes(input.array()?);
                let stored = u32::from_le_bytes(input.array()?);
                if size != stored {
                    return None;
                }
                input.take(usize::from(key))?;
                input.take(usize::try_from(stored).ok()?)?;
            }
            CLEAR => {
                input.array::<8>()?;
            }
            _ => return None,
        }
        sum.update(bytes.get(begun..input.at)?);
    }
    if input.byte()? != END {
        return None;
    }
    let expected = u64::from_le_bytes(input.array()?);
    let is_whole = expected == sum.finish() && input.take(TRAILER.len())? == TRAILER;
    is_whole.then_some((input.at, sequence))
}

/// Where the last byte is that is not empty.
fn written(bytes: &[u8]) -> usize {
    let mut left = bytes;
    // Most of a journal may be set aside: whole pages are passed over.
    while let Some((rest, page)) = left.split_last_chunk::<PAGE>() {
        if *page != [0; PAGE] {
            break;
        }
        left = rest;
    }
    let last = left.iter().rposition(|byte| *byte != 0);
    last.map_or(0, |at| at + 1)
}

/// Whether the end of a batch is followed by the start of a later one.
fn is_followed(rest: &[u8], last: u64) -> bool {
    let joints = rest.windows(TRAILER.len() + START_SIZE);
    joints.into_iter().any(|joint| {
        let start = joint.strip_prefix(TRAILER).unwrap_or_default();
        let sequence = start
            .get(5..START_SIZE)
            .and_then(|bytes| bytes.try_into().ok());
        start.first() == Some(&START)
            // A plausible number: a sealed row may hold the other bytes by chance.
            && sequence.is_some_and(|bytes| is_next(u64::from_le_bytes(bytes), last))
    })
}

/// Whether the end mark is there, one byte of it damaged perhaps.
fn ends_whole(rest: &[u8]) -> bool {
    rest.last_chunk::<4>().is_some_and(|end| {
        end.iter()
            .zip(TRAILER)
            .filter(|(one, other)| one != other)
            .count()
            < 2
    })
}

/// Whether a whole sector of the file between two places is empty.
fn has_hole(bytes: &[u8], from: usize, to: usize) -> bool {
    let first = from.next_multiple_of(SECTOR);
    let sectors = bytes
        .get(first..to)
        .unwrap_or_default()
        .chunks_exact(SECTOR);
    sectors
        .into_iter()
        .any(|sector| sector.iter().all(|byte| *byte == 0))
}

struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    fn take(&mut self, size: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(size)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(
            head in prop_oneof![
                Just(vec![]),
                Just(vec![START, 1, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, ITEM, 0, 0]),
                Just(vec![START, 255, 255, 255, 255, 9, 0, 0, 0, 0, 0, 0, 0, CLEAR]),
            ],
            tail: Vec<u8>,
        ) {
            let bytes = [head, tail].concat();
            let (end, sequence) = whole(&bytes);
            prop_assert!(end <= bytes.len());
            let rest = &bytes[end..];
            is_followed(rest, sequence);
            ends_whole(rest);
            has_hole(&bytes, end, written(&bytes).max(end));
        }

        #[test]
        fn the_end_of_what_is_written_is_found(mut bytes: Vec<u8>, empty in 0..20_000_usize) {
            bytes.push(1);
            let size = bytes.len();
            bytes.resize(size + empty, 0);
            prop_assert_eq!(written(&bytes), size);
        }
    }
}
