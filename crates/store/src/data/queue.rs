//! Rows on their way to the offline store.
//!
//! An entry is version (1), schema version (4), blinded identifier (16), event time (8), time of the call
//! (8), flags (1), then the record, sealed under a key of the queue. Times and blinded identifier are
//! not secret; all of it is bound by the seal.

use super::queue_key::QueueKeys;
use super::seal::{self, Nonces, SealError};
use super::view::{Kind, View};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const HEADER: usize = 1 + 4 + 16 + 8 + 8 + 1;
const IS_DELETED: u8 = 1;

/// What stands before the sealed part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) schema_version: u32,
    pub(crate) blind: [u8; 16],
    pub(crate) event_time: i64,
    pub(crate) api_invocation_time: i64,
    pub(crate) is_deleted: bool,
}

/// Seals an entry.
pub(crate) fn seal_entry(
    nonces: &mut Nonces,
    view: &View,
    keys: &QueueKeys,
    head: &Head,
    record: &[u8],
) -> Result<Vec<u8>, SealError> {
    let head = Head {
        schema_version: view.schema.version,
        ..*head
    };
    let key = keys.current().ok_or(SealError)?;
    let mut out = Vec::with_capacity(HEADER + seal::OVERHEAD + record.len());
    out.push(VERSION);
    out.extend_from_slice(&head.schema_version.to_le_bytes());
    out.extend_from_slice(&head.blind);
    out.extend_from_slice(&head.event_time.to_le_bytes());
    out.extend_from_slice(&head.api_invocation_time.to_le_bytes());
    out.push(if head.is_deleted { IS_DELETED } else { 0 });
    let name = name(&head);
    let aad = view.place(kind(&head), head.schema_version, &name, head.event_time);
    seal::seal_into(&mut out, key, nonces, &aad, record)?;
    Ok(out)
}

/// The head of an entry, and its sealed part. Not authenticated before the entry is opened.
pub(crate) fn head(entry: &[u8]) -> Option<(Head, &[u8])> {
    let (&VERSION, rest) = entry.split_first()? else {
        return None;
    };
    let (version, rest) = rest.split_first_chunk()?;
    let (blind, rest) = rest.split_first_chunk()?;
    let (event_time, rest) = rest.split_first_chunk()?;
    let (called, rest) = rest.split_first_chunk()?;
    let (flags, sealed) = rest.split_first()?;
    Some((
        Head {
            schema_version: u32::from_le_bytes(*version),
            blind: *blind,
            event_time: i64::from_le_bytes(*event_time),
            api_invocation_time: i64::from_le_bytes(*called),
            is_deleted: flags & IS_DELETED != 0,
        },
        sealed,
    ))
}

/// Opens the record of an entry.
pub(crate) fn open_entry(
    view: &View,
    keys: &QueueKeys,
    head: &Head,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let key = keys
        .key(seal::key_id(sealed).ok_or(SealError)?)
        .ok_or(SealError)?;
    let name = name(head);
    let aad = view.place(kind(head), head.schema_version, &name, head.event_time);
    seal::open(key, &aad, sealed)
}

fn kind(head: &Head) -> Kind {
    if head.is_deleted {
        Kind::QueuedMarker
    } else {
        Kind::Queued
    }
}

fn name(head: &Head) -> [u8; 24] {
    let mut name = [0; 24];
    let (blind, time) = name.split_at_mut(16);
    blind.copy_from_slice(&head.blind);
    time.copy_from_slice(&head.api_invocation_time.to_be_bytes());
    name
}
