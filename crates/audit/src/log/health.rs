//! Whether events are being kept, and what is counted.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

/// What the log counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditStats {
    /// Events taken.
    pub taken: u64,
    /// Events that could not be taken.
    pub refused: u64,
    /// Events that wait for the writer.
    pub waiting: usize,
    /// Segments that wait for their delivery.
    pub undelivered: u64,
    /// Why the log could not be written last, as long as it cannot.
    pub writing: Option<String>,
    /// Why nothing could be delivered last, as long as it cannot. Nothing is lost by that.
    pub delivering: Option<String>,
}

/// What was found when the log was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Segments that had not been delivered.
    pub segments: u64,
    /// Bytes of a last line that a crash had torn.
    pub torn_bytes: usize,
    /// Segments that were altered and set aside, with what is wrong.
    pub altered: Vec<String>,
}

/// Events of an account that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) count: u64,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
}

#[derive(Debug, Default)]
pub(super) struct Health {
    pub(super) taken: AtomicU64,
    refused: AtomicU64,
    pub(super) undelivered: AtomicU64,
    overflows: AtomicBool,
    cannot_write: AtomicBool,
    gaps: Mutex<BTreeMap<Arc<str>, Refused>>,
    writing: Mutex<Option<String>>,
    delivering: Mutex<Option<String>>,
}

impl Health {
    pub(super) fn is_well(&self) -> bool {
        !self.is_overflowing() && !self.cannot_write.load(Ordering::Acquire)
    }

    pub(super) fn is_overflowing(&self) -> bool {
        self.overflows.load(Ordering::Acquire)
    }

    /// Counts an event that could not be taken, for the record that will say so.
    pub(super) fn refuse(&self, recipient: Arc<str>, now: Timestamp) {
        self.refused.fetch_add(1, Ordering::Relaxed);
        let mut gaps = self.gaps.lock().unwrap_or_else(PoisonError::into_inner);
        let gap = gaps.entry(recipient).or_insert(Refused {
            count: 0,
            first: now,
            last: now,
        });
        gap.count += 1;
        gap.last = now;
        drop(gaps);
        self.overflows.store(true, Ordering::Release);
    }

    /// The log has room again: gives the gaps that are to be recorded.
    pub(super) fn drained(&self) -> BTreeMap<Arc<str>, Refused> {
        if !self.overflows.swap(false, Ordering::AcqRel) {
            return BTreeMap::new();
        }
        std::mem::take(&mut *self.gaps.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn note_writing(&self, problem: Option<String>) {
        self.cannot_write
            .store(problem.is_some(), Ordering::Release);
        *self.writing.lock().unwrap_or_else(PoisonError::into_inner) = problem;
    }

    pub(super) fn note_delivering(&self, problem: Option<String>) {
        *self
            .delivering
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = problem;
    }

    pub(super) fn stats(&self, waiting: usize) -> AuditStats {
        let text = |text: &Mutex<Option<String>>| {
            text.lock().unwrap_or_else(PoisonError::into_inner).clone()
        };
        AuditStats {
            taken: self.taken.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            waiting,
            undelivered: self.undelivered.load(Ordering::Relaxed),
            writing: text(&self.writing),
            delivering: text(&self.delivering),
        }
    }
}
