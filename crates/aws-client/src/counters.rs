//! Counts per operation, for the record of a run.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// What happened to the calls of one operation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OperationCounters {
    /// Calls and pages asked for.
    pub calls: u64,
    /// Requests sent, retries included.
    pub requests: u64,
    /// Requests that AWS throttled.
    pub throttled: u64,
    /// Requests that failed on the way or by a fault of the service.
    pub failed: u64,
    /// Calls that were denied in the end.
    pub denied: u64,
}

/// The counters of a run, by full name of the operation.
#[derive(Debug, Default)]
pub(crate) struct Counters(Mutex<BTreeMap<&'static str, OperationCounters>>);

impl Counters {
    pub(crate) fn count(
        &self,
        operation: &'static str,
        change: impl FnOnce(&mut OperationCounters),
    ) {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(counters.entry(operation).or_default());
    }

    pub(crate) fn all(&self) -> BTreeMap<&'static str, OperationCounters> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
