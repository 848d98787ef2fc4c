//! Data keys that were decrypted in the name of a session, for a while.
//!
//! The model is that of S3 Bucket Keys: one entry per store and requester, so that each requester causes
//! a logged `Decrypt` of its own; the same role in another session is another requester. An entry lives
//! for a bounded time and number of uses. What is cached is key material, never a decision: with the
//! built-in provider [`crate::Provider::check`] is asked on every operation all the same. With a remote
//! KMS the maximum age is the time for which a revoked permission still works.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rempart_aws_wire::ServiceError;
use rempart_directory::SessionKey;

/// How long an entry may be used. The three times are independent of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheLimits {
    /// Since the key was decrypted. At most [`CacheLimits::LONGEST_AGE`].
    pub maximum_age: Duration,
    /// Since the last use.
    pub idle: Duration,
    /// Beyond the maximum age, while the KMS does not answer in time. Zero: no use beyond it.
    pub grace: Duration,
    /// Uses of one entry.
    pub uses: u64,
    /// Entries; the one that was decrypted first goes when there are more.
    pub entries: usize,
}

impl CacheLimits {
    /// Longest maximum age.
    pub const LONGEST_AGE: Duration = Duration::from_mins(5);
}

impl Default for CacheLimits {
    fn default() -> Self {
        Self {
            maximum_age: Self::LONGEST_AGE,
            idle: Self::LONGEST_AGE,
            grace: Duration::ZERO,
            uses: 1 << 24,
            entries: 100_000,
        }
    }
}

/// Whose key of which store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CacheId {
    /// The store, by a number that is never given twice.
    pub store: u64,
    /// Generation of its key.
    pub generation: u32,
    /// The requester.
    pub session: SessionKey,
}

/// Why an entry went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// It reached the maximum age
    Age,
    /// It was not used
    Idle,
    /// It was used as often as it may be
    Uses,
    /// Others needed the room
    Room,
    /// The KMS refused: permission, grant or state of the key
    Refused,
    /// It was evicted by the store
    Evicted,
}

/// What happened so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CacheCounters {
    /// Uses that found an entry.
    pub hits: u64,
    /// Calls of the KMS.
    pub calls: u64,
    /// Calls that failed.
    pub failed_calls: u64,
    /// Uses beyond the maximum age while the KMS did not answer.
    pub graced: u64,
    /// Entries that went, by cause, in the order of [`Cause`].
    pub evictions: [u64; 6],
    /// Entries there are.
    pub entries: usize,
    /// Age of the oldest of them.
    pub oldest: Duration,
}

struct Entry<T> {
    value: Arc<T>,
    key_arn: Arc<str>,
    decrypted: Instant,
    used: Instant,
    uses: u64,
}

type Shard<T> = HashMap<CacheId, Entry<T>>;

const SHARDS: usize = 16;

/// The cache. `T` is what the store makes of a data key; it must wipe itself when it is dropped, as
/// [`crate::DataKey`] does. It is dropped when the last use of it ends.
pub struct DataKeyCache<T> {
    limits: CacheLimits,
    shards: [Mutex<Shard<T>>; SHARDS],
    /// Counts evictions by the store and refusals: what was decrypted before one is not kept after it.
    epoch: AtomicU64,
    hits: AtomicU64,
    calls: AtomicU64,
    failed_calls: AtomicU64,
    graced: AtomicU64,
    evictions: [AtomicU64; 6],
}

impl<T> fmt::Debug for DataKeyCache<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataKeyCache")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl<T> DataKeyCache<T> {
    /// An empty cache. A maximum age beyond the longest is cut to it.
    pub fn new(limits: CacheLimits) -> Self {
        Self {
            limits: CacheLimits {
                maximum_age: limits.maximum_age.min(CacheLimits::LONGEST_AGE),
                ..limits
            },
            shards: std::array::from_fn(|_| Mutex::new(HashMap::new())),
            epoch: AtomicU64::new(0),
            hits: AtomicU64::new(0),
            calls: AtomicU64::new(0),
            failed_calls: AtomicU64::new(0),
            graced: AtomicU64::new(0),
            evictions: Default::default(),
        }
    }

    /// The limits.
    pub fn limits(&self) -> CacheLimits {
        self.limits
    }

    /// The key of a session, decrypted by `load` (one `Decrypt` in the requester's name) when there is
    /// none that may be used. No lock is held while it loads: two operations of one new session at the
    /// same time may load both.
    ///
    /// # Errors
    /// What `load` answers. Any error but `DependencyTimeoutException` evicts the entry; that one does
    /// not end an entry that is within its grace.
    pub fn get_or_load(
        &self,
        id: CacheId,
        key_arn: &Arc<str>,
        now: Instant,
        load: impl FnOnce() -> Result<T, ServiceError>,
    ) -> Result<Arc<T>, ServiceError> {
        if let Some(value) = self.get(id, now) {
            return Ok(value);
        }
        let epoch = self.epoch.load(Ordering::Acquire);
        self.calls.fetch_add(1, Ordering::Relaxed);
        match load() {
            Ok(value) => {
                let value = Arc::new(value);
                self.keep(id, key_arn, &value, now, epoch);
                Ok(value)
            }
            Err(error) => {
                self.failed_calls.fetch_add(1, Ordering::Relaxed);
                if error.code != "DependencyTimeoutException" {
                    self.epoch.fetch_add(1, Ordering::AcqRel);
                    if self.shard(id).remove(&id).is_some() {
                        self.note(Cause::Refused, 1);
                    }
                    return Err(error);
                }
                self.within_grace(id, now).ok_or(error)
            }
        }
    }

    /// The key of a session, when there is one that may be used.
    pub fn get(&self, id: CacheId, now: Instant) -> Option<Arc<T>> {
        let mut shard = self.shard(id);
        let entry = shard.get_mut(&id)?;
        if let Some(cause) = self.ended(entry, now) {
            // Within its grace an old entry stays: the KMS may be out of reach.
            if cause != Cause::Age
                || self.limits.grace.is_zero()
                || self.is_beyond_grace(entry, now)
            {
                shard.remove(&id);
                drop(shard);
                self.note(cause, 1);
            }
            return None;
        }
        entry.used = now;
        entry.uses += 1;
        self.hits.fetch_add(1, Ordering::Relaxed);
        Some(Arc::clone(&entry.value))
    }

    /// Evicts what lies under a KMS key: it was disabled, its deletion was scheduled, a grant was revoked.
    pub fn evict_key(&self, key_arn: &str) {
        self.evict(|_, entry| &*entry.key_arn == key_arn);
    }

    /// Evicts what belongs to a store.
    pub fn evict_store(&self, store: u64) {
        self.evict(|id, _| id.store == store);
    }

    /// Evicts what belongs to a session.
    pub fn evict_session(&self, session: SessionKey) {
        self.evict(|id, _| id.session == session);
    }

    /// Evicts everything.
    pub fn clear(&self) {
        self.evict(|_, _| true);
    }

    /// Drops entries whose time is over, so that no key stays in memory because nobody asks for it.
    pub fn sweep(&self, now: Instant) {
        for shard in &self.shards {
            let mut shard = lock(shard);
            shard.retain(|_, entry| match self.ended(entry, now) {
                Some(Cause::Age) if !self.is_beyond_grace(entry, now) => true,
                Some(cause) => {
                    self.note(cause, 1);
                    false
                }
                None => true,
            });
        }
    }

    /// What happened so far.
    pub fn counters(&self, now: Instant) -> CacheCounters {
        let (mut entries, mut oldest) = (0, Duration::ZERO);
        for shard in &self.shards {
            let shard = lock(shard);
            entries += shard.len();
            let ages = shard.values().map(|entry| age(now, entry.decrypted));
            oldest = ages.max().unwrap_or_default().max(oldest);
        }
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        CacheCounters {
            hits: count(&self.hits),
            calls: count(&self.calls),
            failed_calls: count(&self.failed_calls),
            graced: count(&self.graced),
            evictions: std::array::from_fn(|at| self.evictions.get(at).map_or(0, count)),
            entries,
            oldest,
        }
    }

    fn keep(&self, id: CacheId, key_arn: &Arc<str>, value: &Arc<T>, now: Instant, epoch: u64) {
        let room = (self.limits.entries / SHARDS).max(1);
        let mut shard = self.shard(id);
        if self.epoch.load(Ordering::Acquire) != epoch {
            return;
        }
        if shard.len() >= room && !shard.contains_key(&id) {
            let oldest = shard.iter().min_by_key(|(_, entry)| entry.decrypted);
            if let Some(oldest) = oldest.map(|(id, _)| *id) {
                shard.remove(&oldest);
                self.note(Cause::Room, 1);
            }
        }
        let entry = Entry {
            value: Arc::clone(value),
            key_arn: Arc::clone(key_arn),
            decrypted: now,
            used: now,
            uses: 1,
        };
        shard.insert(id, entry);
    }

    fn within_grace(&self, id: CacheId, now: Instant) -> Option<Arc<T>> {
        let shard = self.shard(id);
        let entry = shard.get(&id)?;
        let may_be_used = !self.is_beyond_grace(entry, now)
            && !self.limits.grace.is_zero()
            && entry.uses < self.limits.uses;
        may_be_used.then(|| {
            self.graced.fetch_add(1, Ordering::Relaxed);
            Arc::clone(&entry.value)
        })
    }

    fn ended(&self, entry: &Entry<T>, now: Instant) -> Option<Cause> {
        if entry.uses >= self.limits.uses {
            Some(Cause::Uses)
        } else if age(now, entry.decrypted) >= self.limits.maximum_age {
            Some(Cause::Age)
        } else if age(now, entry.used) >= self.limits.idle {
            Some(Cause::Idle)
        } else {
            None
        }
    }

    fn is_beyond_grace(&self, entry: &Entry<T>, now: Instant) -> bool {
        let whole = self.limits.maximum_age.saturating_add(self.limits.grace);
        age(now, entry.decrypted) >= whole
    }

    fn evict(&self, concerns: impl Fn(&CacheId, &Entry<T>) -> bool) {
        // First the epoch: what is being decrypted now is not kept.
        self.epoch.fetch_add(1, Ordering::AcqRel);
        for shard in &self.shards {
            let mut shard = lock(shard);
            let before = shard.len();
            shard.retain(|id, entry| !concerns(id, entry));
            let gone = before.saturating_sub(shard.len());
            self.note(Cause::Evicted, u64::try_from(gone).unwrap_or(u64::MAX));
        }
    }

    fn note(&self, cause: Cause, count: u64) {
        if let Some(counter) = self.evictions.get(cause as usize) {
            counter.fetch_add(count, Ordering::Relaxed);
        }
    }

    fn shard(&self, id: CacheId) -> MutexGuard<'_, Shard<T>> {
        let [first, ..] = id.session.0;
        let at = (usize::from(first) ^ (id.store as usize)) % SHARDS;
        let [zero, ..] = &self.shards;
        lock(self.shards.get(at).unwrap_or(zero))
    }
}

fn lock<T>(shard: &Mutex<Shard<T>>) -> MutexGuard<'_, Shard<T>> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

fn age(now: Instant, since: Instant) -> Duration {
    now.saturating_duration_since(since)
}
