//! Puts the work of all threads back into one order.
//!
//! Whatever thread finishes first, stretches are taken in the order of sources and records. So the
//! same input gives the same findings, the same record of two copies is the one that is cited, and
//! deduplication is exact. A thread that is far ahead waits, which bounds memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use rempart_sigma::correlate::Limits;
use rempart_trail::dedup::Deduplicator;

use crate::batch::Batch;
use crate::rulebook::RuleBook;
use crate::sink::Sink;

/// Stretches that may wait for earlier ones.
const MOST_WAITING: usize = 24;

/// Collects stretches from all threads.
#[derive(Debug)]
pub(crate) struct Sequencer<'a> {
    state: Mutex<State<'a>>,
    moved_on: Condvar,
}

#[derive(Debug)]
struct State<'a> {
    next: (usize, u32),
    waiting: BTreeMap<(usize, u32), Batch>,
    sink: Sink<'a>,
}

impl<'a> Sequencer<'a> {
    pub(crate) fn new(
        book: &'a RuleBook,
        sources: &'a [Arc<str>],
        dedup: &'a Deduplicator,
        limits: Limits,
    ) -> Self {
        let sink = Sink::new(book, sources, dedup, limits);
        Self {
            state: Mutex::new(State {
                next: (0, 0),
                waiting: BTreeMap::new(),
                sink,
            }),
            moved_on: Condvar::new(),
        }
    }

    /// Takes a stretch. Blocks while too many later stretches wait; the thread that reads the earliest
    /// unfinished source never blocks.
    pub(crate) fn submit(&self, batch: Batch) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (batch.source, batch.part);
        while place != state.next
            && state.waiting.len() >= MOST_WAITING
            && state.next.0 != batch.source
        {
            state = self
                .moved_on
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.waiting.insert(place, batch);
        let mut has_moved = false;
        loop {
            let next = state.next;
            let Some(batch) = state.waiting.remove(&next) else {
                break;
            };
            state.next = if batch.is_last {
                (next.0 + 1, 0)
            } else {
                (next.0, next.1 + 1)
            };
            state.sink.take(batch);
            has_moved = true;
        }
        drop(state);
        if has_moved {
            self.moved_on.notify_all();
        }
    }

    pub(crate) fn into_sink(self) -> Sink<'a> {
        self.state
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .sink
    }
}
