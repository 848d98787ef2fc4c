//! Counters of a collection, for those who watch it.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters that grow while a collection runs.
#[derive(Debug, Default)]
pub struct Progress {
    calls: AtomicU64,
    done: AtomicU64,
    denied: AtomicU64,
    failed: AtomicU64,
    bytes: AtomicU64,
}

impl Progress {
    /// Calls that are known to be needed so far.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Calls that are done.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Calls that AWS refused.
    pub fn denied(&self) -> u64 {
        self.denied.load(Ordering::Relaxed)
    }

    /// Calls that failed or were throttled to the end.
    pub fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }

    /// Bytes of answers.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(super) fn add_calls(&self, count: usize) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.calls.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn add_done(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn add_answer(&self, answer: &rempart_estate::Answer) {
        use rempart_estate::Outcome;
        let bytes = u64::try_from(answer.body.len()).unwrap_or(u64::MAX);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        match answer.outcome {
            Outcome::Denied => self.denied.fetch_add(1, Ordering::Relaxed),
            Outcome::Failed | Outcome::Throttled => self.failed.fetch_add(1, Ordering::Relaxed),
            _ => 0,
        };
    }
}
