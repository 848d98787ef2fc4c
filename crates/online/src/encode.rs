//! Keys and values in the files.
//!
//! Numbers in keys are big-endian, so that order of bytes is order of numbers.

use bytes::Bytes;

use crate::engine::{GroupId, Row, RowKey, Stored, Usage, Version};

const DELETED: u8 = 1;
const EXPIRES: u8 = 2;
/// Version, flags, event time, expiry.
const HEAD: usize = 8 + 1 + 8 + 8;

/// Key of a row and of its secret.
pub(crate) fn row_key(key: &RowKey) -> [u8; 24] {
    let mut bytes = [0; 24];
    let (group, blind) = bytes.split_at_mut(8);
    group.copy_from_slice(&key.group.0.to_be_bytes());
    blind.copy_from_slice(&key.blind);
    bytes
}

/// The blind part of a row's key.
pub(crate) fn blind(bytes: &[u8]) -> Option<[u8; 16]> {
    bytes.get(8..24)?.try_into().ok()
}

/// Key of a queue entry.
pub(crate) fn queue_key(group: GroupId, sequence: u64) -> [u8; 16] {
    let mut bytes = [0; 16];
    let (first, second) = bytes.split_at_mut(8);
    first.copy_from_slice(&group.0.to_be_bytes());
    second.copy_from_slice(&sequence.to_be_bytes());
    bytes
}

/// The position in a queue entry's key.
pub(crate) fn sequence(bytes: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.get(8..16)?.try_into().ok()?))
}

/// Key in the index of expiry: group, time, blind.
pub(crate) fn expiry_key(key: &RowKey, expires_at: i64) -> [u8; 32] {
    let mut bytes = [0; 32];
    let (group, rest) = bytes.split_at_mut(8);
    let (time, blind) = rest.split_at_mut(8);
    group.copy_from_slice(&key.group.0.to_be_bytes());
    time.copy_from_slice(&ordered(expires_at));
    blind.copy_from_slice(&key.blind);
    bytes
}

/// The row that an entry of the index of expiry names, and when it expires.
pub(crate) fn expiry(bytes: &[u8]) -> Option<(RowKey, i64)> {
    let group = u64::from_be_bytes(bytes.get(..8)?.try_into().ok()?);
    let time = u64::from_be_bytes(bytes.get(8..16)?.try_into().ok()?);
    let key = RowKey {
        group: GroupId(group),
        blind: bytes.get(16..32)?.try_into().ok()?,
    };
    Some((key, (time ^ (1 << 63)).cast_signed()))
}

/// A signed number whose bytes sort as the number does.
fn ordered(number: i64) -> [u8; 8] {
    (number.cast_unsigned() ^ (1 << 63)).to_be_bytes()
}

/// A row with its version.
pub(crate) fn stored(stored: &Stored) -> Vec<u8> {
    let row = &stored.row;
    let mut bytes = Vec::with_capacity(HEAD + row.sealed.len());
    bytes.extend_from_slice(&stored.version.0.to_le_bytes());
    let mut flags = 0;
    if row.is_deleted {
        flags |= DELETED;
    }
    if row.expires_at.is_some() {
        flags |= EXPIRES;
    }
    bytes.push(flags);
    bytes.extend_from_slice(&row.event_time.to_le_bytes());
    bytes.extend_from_slice(&row.expires_at.unwrap_or_default().to_le_bytes());
    bytes.extend_from_slice(&row.sealed);
    bytes
}

/// Reads a row; `None` when the bytes are none.
pub(crate) fn read_stored(bytes: &Bytes) -> Option<Stored> {
    let number = |at: usize| <[u8; 8]>::try_from(bytes.get(at..at + 8)?).ok();
    let flags = *bytes.get(8)?;
    if flags & !(DELETED | EXPIRES) != 0 || bytes.len() < HEAD {
        return None;
    }
    let expires_at = i64::from_le_bytes(number(17)?);
    Some(Stored {
        version: Version(u64::from_le_bytes(number(0)?)),
        row: Row {
            event_time: i64::from_le_bytes(number(9)?),
            expires_at: (flags & EXPIRES != 0).then_some(expires_at),
            is_deleted: flags & DELETED != 0,
            sealed: bytes.slice(HEAD..),
        },
    })
}

/// Counters of a group.
pub(crate) fn usage(usage: Usage) -> [u8; 24] {
    let mut bytes = [0; 24];
    for (place, number) in bytes
        .chunks_exact_mut(8)
        .zip([usage.rows, usage.bytes, usage.queued])
    {
        place.copy_from_slice(&number.to_le_bytes());
    }
    bytes
}

/// Reads counters.
pub(crate) fn read_usage(bytes: &[u8]) -> Option<Usage> {
    let number = |at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
    Some(Usage {
        rows: number(0)?,
        bytes: number(8)?,
        queued: number(16)?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_read_as_they_were_written(
            version: u64, event_time: i64, expires_at: Option<i64>, is_deleted: bool, sealed: Vec<u8>,
        ) {
            let row = Row { event_time, expires_at, is_deleted, sealed: sealed.into() };
            let row = Stored { row, version: Version(version) };
            prop_assert_eq!(read_stored(&stored(&row).into()), Some(row));
        }

        #[test]
        fn any_bytes_read_without_panic(bytes: Vec<u8>) {
            read_stored(&bytes.clone().into());
            read_usage(&bytes);
            expiry(&bytes);
        }

        #[test]
        fn expiry_sorts_by_time(one: i64, other: i64, blind: [u8; 16]) {
            let key = RowKey { group: GroupId(7), blind };
            prop_assert_eq!(expiry_key(&key, one).cmp(&expiry_key(&key, other)), one.cmp(&other));
            prop_assert_eq!(expiry(&expiry_key(&key, one)), Some((key, one)));
        }
    }
}
