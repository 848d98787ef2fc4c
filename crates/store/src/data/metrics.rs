//! Counters.

use std::sync::atomic::{AtomicU64, Ordering};

/// What the data plane counts. All only rise.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Metrics {
    pub calls: AtomicU64,
    pub refused: AtomicU64,
    pub read_units: AtomicU64,
    pub write_units: AtomicU64,
    pub throttled: AtomicU64,
    pub kms_decrypts: AtomicU64,
    pub key_hits: AtomicU64,
    pub key_graces: AtomicU64,
    pub evictions_by_time: AtomicU64,
    pub evictions_by_denial: AtomicU64,
    pub evictions_by_key_state: AtomicU64,
    pub key_inaccessible_alarms: AtomicU64,
    pub key_recoveries: AtomicU64,
    pub data_keys_made: AtomicU64,
    /// Things that were stored and do not open
    pub damaged: AtomicU64,
    pub swept: AtomicU64,
    pub flushed_rows: AtomicU64,
    pub flushed_files: AtomicU64,
    pub flush_failures: AtomicU64,
    /// Queued rows that an erasure dropped
    pub erased_queue_rows: AtomicU64,
    pub erased: AtomicU64,
}

pub(crate) fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::Relaxed);
}

/// Read units of so many bytes: one for each 4 KB begun.
pub(crate) fn read_units(bytes: usize) -> u64 {
    (bytes as u64).div_ceil(4_096)
}

/// Write units of so many bytes: one for each 1 KB begun, and one at least.
pub(crate) fn write_units(bytes: usize) -> u64 {
    (bytes as u64).div_ceil(1_024).max(1)
}
