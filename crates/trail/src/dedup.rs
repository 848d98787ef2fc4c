//! Records that were delivered more than once.
//!
//! CloudTrail delivers at least once, and trails overlap, so up to a fifth of real logs are copies. A
//! copy has the same `eventID` and the same bytes. The same id with other bytes is no copy: both
//! records are kept and flagged.
//!
//! Memory: 24 bytes for each distinct pair of id and digest and 1 byte of bookkeeping, in tables
//! that are filled between 7/16 and 7/8. A million events take between 29 and 58 MB, whatever the
//! size of the records. Ids that are not UUIDs take their text in addition, at most
//! [`LONGEST_TEXT`] bytes each.

use std::borrow::Cow;
use std::hash::{BuildHasher, Hash};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use foldhash::quality::FixedState;
use hashbrown::HashTable;
use sha2::{Digest, Sha256};

use crate::json::Json;
use crate::record::{Field, Record};

/// Longer ids that are not UUIDs are kept as their SHA-256.
pub const LONGEST_TEXT: usize = 128;

/// Tables, each behind its own lock, so that threads seldom meet.
const SHARDS: usize = 64;

/// What tells one event from another: `eventID`, or `eventId` of aggregated records.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum EventKey<'a> {
    /// A UUID in canonical form, in either case.
    Uuid(u128),
    /// Any other text.
    Text(Cow<'a, str>),
}

impl<'a> EventKey<'a> {
    /// The key of a record; `None` when it has no id.
    #[must_use]
    pub fn of(record: &Record<'a>) -> Option<Self> {
        let value = record
            .get(Field::EventId)
            .or_else(|| record.get(Field::AggregatedEventId))?;
        key_of_text(value)
    }
}

/// The key that a string makes.
pub(crate) fn key_of_text(value: Json<'_>) -> Option<EventKey<'_>> {
    if let Some(uuid) = value.string_bytes().and_then(uuid) {
        return Some(EventKey::Uuid(uuid));
    }
    let text = value.as_str()?;
    if text.is_empty() {
        return None;
    }
    // A UUID may be written with escapes.
    Some(uuid(text.as_bytes()).map_or(EventKey::Text(text), EventKey::Uuid))
}

/// What [`Deduplicator::observe`] says of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sighting {
    /// No record with this id was seen before.
    First,
    /// A record with this id and the same bytes was seen before.
    SameBytes,
    /// A record with this id was seen before, none of them with these bytes.
    OtherBytes,
}

/// Remembers every event that was seen. Threads share one.
///
/// How many sightings of each sort there are does not depend on the order of the records; which of
/// several equal copies is the first one does.
#[derive(Debug)]
pub struct Deduplicator {
    uuids: Vec<Mutex<HashTable<Seen>>>,
    texts: Mutex<HashTable<(TextKey, u64)>>,
    hasher: FixedState,
    remembered: AtomicUsize,
    max_events: usize,
    not_remembered: AtomicU64,
}

/// The two halves of a UUID and the digest; an `u128` would pad it to 32 bytes.
type Seen = [u64; 3];

#[derive(Debug, PartialEq, Eq, Hash)]
enum TextKey {
    Text(Box<str>),
    Sha256([u8; 32]),
}

impl Deduplicator {
    /// Remembers at most `max_events` pairs of id and digest; further events count as
    /// [`Sighting::First`] and are told by [`Deduplicator::not_remembered`].
    ///
    /// `seed` makes digests hard to foresee: somebody who can write log files and knows it could
    /// build two records with one digest. Take it from the system's randomness, unless the input is
    /// trusted; it changes no result otherwise.
    #[must_use]
    pub fn new(max_events: usize, seed: u64) -> Self {
        Self {
            uuids: (0..SHARDS).map(|_| Mutex::default()).collect(),
            texts: Mutex::default(),
            hasher: FixedState::with_seed(seed),
            remembered: AtomicUsize::new(0),
            max_events,
            not_remembered: AtomicU64::new(0),
        }
    }

    /// The digest of a record's text under this deduplicator's seed.
    #[must_use]
    pub fn digest(&self, raw: &[u8]) -> u64 {
        self.hasher.hash_one(raw)
    }

    /// Looks a record up and remembers it. Records without id are always the first of their kind.
    #[must_use]
    pub fn sight(&self, record: &Record<'_>) -> Sighting {
        match EventKey::of(record) {
            Some(key) => self.observe(key, self.digest(record.raw())),
            None => Sighting::First,
        }
    }

    /// Looks an event up and remembers it.
    #[must_use]
    pub fn observe(&self, key: EventKey<'_>, digest: u64) -> Sighting {
        match key {
            EventKey::Uuid(uuid) => self.observe_uuid(uuid, digest),
            EventKey::Text(text) => self.observe_text(&text, digest),
        }
    }

    /// Pairs of id and digest that are remembered.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.remembered.load(Ordering::Relaxed)
    }

    /// Events that found no room. When this is not 0, copies may have been counted as events.
    #[must_use]
    pub fn not_remembered(&self) -> u64 {
        self.not_remembered.load(Ordering::Relaxed)
    }

    /// Bytes that the tables take now.
    #[must_use]
    pub fn memory(&self) -> usize {
        let tables: usize = self
            .uuids
            .iter()
            .map(|shard| lock(shard).allocation_size())
            .sum();
        let texts = lock(&self.texts);
        let text_bytes: usize = texts
            .iter()
            .map(|(key, _)| match key {
                TextKey::Text(text) => text.len(),
                TextKey::Sha256(_) => 0,
            })
            .sum();
        tables + texts.allocation_size() + text_bytes
    }

    fn observe_uuid(&self, uuid: u128, digest: u64) -> Sighting {
        let (high, low) = ((uuid >> 64) as u64, uuid as u64);
        let hash_of = |seen: &Seen| self.hasher.hash_one([seen[0], seen[1]]);
        let hash = hash_of(&[high, low, 0]);
        // The table itself uses the lowest and the highest bits.
        let shard = (hash >> 40) as usize % SHARDS;
        let Some(shard) = self.uuids.get(shard) else {
            return Sighting::First;
        };
        let mut table = lock(shard);
        let sighting = sighting(
            table
                .iter_hash(hash)
                .filter(|seen| seen[0] == high && seen[1] == low)
                .map(|seen| seen[2]),
            digest,
        );
        if sighting != Sighting::SameBytes && self.has_room() {
            table.insert_unique(hash, [high, low, digest], hash_of);
        }
        sighting
    }

    fn observe_text(&self, text: &str, digest: u64) -> Sighting {
        let key = if text.len() > LONGEST_TEXT {
            TextKey::Sha256(Sha256::digest(text.as_bytes()).into())
        } else {
            TextKey::Text(text.into())
        };
        let hash_of = |seen: &(TextKey, u64)| self.hasher.hash_one(&seen.0);
        let hash = self.hasher.hash_one(&key);
        let mut table = lock(&self.texts);
        let sighting = sighting(
            table
                .iter_hash(hash)
                .filter(|(seen, _)| *seen == key)
                .map(|(_, digest)| *digest),
            digest,
        );
        if sighting != Sighting::SameBytes && self.has_room() {
            table.insert_unique(hash, (key, digest), hash_of);
        }
        sighting
    }

    fn has_room(&self) -> bool {
        let has_room = self.remembered.fetch_add(1, Ordering::Relaxed) < self.max_events;
        if !has_room {
            self.remembered.fetch_sub(1, Ordering::Relaxed);
            self.not_remembered.fetch_add(1, Ordering::Relaxed);
        }
        has_room
    }
}

fn sighting(mut digests: impl Iterator<Item = u64>, digest: u64) -> Sighting {
    let Some(first) = digests.next() else {
        return Sighting::First;
    };
    if first == digest || digests.any(|seen| seen == digest) {
        Sighting::SameBytes
    } else {
        Sighting::OtherBytes
    }
}

/// A thread that panicked while it held the lock left the table whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `8-4-4-4-12` hexadecimal digits.
fn uuid(text: &[u8]) -> Option<u128> {
    let text: &[u8; 36] = text.try_into().ok()?;
    let mut value = 0u128;
    for (place, &byte) in text.iter().enumerate() {
        if matches!(place, 8 | 13 | 18 | 23) {
            if byte != b'-' {
                return None;
            }
            continue;
        }
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            b'A'..=b'F' => byte - b'A' + 10,
            _ => return None,
        };
        value = value << 4 | u128::from(digit);
    }
    Some(value)
}
