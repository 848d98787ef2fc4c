//! Counters that a run keeps up to date, for whoever wants to show them.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Progress of a run. All counters only grow.
#[derive(Debug, Default)]
pub struct Progress {
    /// Sources to read.
    pub sources: AtomicU64,
    /// Sources read.
    pub sources_done: AtomicU64,
    /// Bytes to read, as far as sizes are known.
    pub total_bytes: AtomicU64,
    /// Bytes read, as stored.
    pub stored_bytes: AtomicU64,
    /// Bytes after decompression.
    pub inflated_bytes: AtomicU64,
    /// Records matched against the rules.
    pub records: AtomicU64,
    /// Records that at least one rule wants.
    pub matches: AtomicU64,
    stopped: AtomicBool,
}

impl Progress {
    /// Asks the run to stop after the sources that are being read.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Whether the run was asked to stop.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}
