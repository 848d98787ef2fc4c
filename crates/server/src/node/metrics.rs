//! What a node counts, in the text format of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use rempart_audit::Sink as _;
use rempart_store::{GroupStatus, OfflineStatus};

use super::Node;

/// Upper bounds of the histogram, in microseconds.
const BOUNDS: [u64; 12] = [
    50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 100_000, 500_000, 2_000_000,
];

/// Counters of requests.
#[derive(Debug)]
pub(super) struct Counters {
    since: Instant,
    operations: RwLock<BTreeMap<&'static str, Operation>>,
    failures: Mutex<BTreeMap<(&'static str, String), u64>>,
}

#[derive(Debug, Default)]
struct Operation {
    buckets: [AtomicU64; BOUNDS.len()],
    count: AtomicU64,
    micros: AtomicU64,
}

impl Counters {
    pub(super) fn new() -> Self {
        Self {
            since: Instant::now(),
            operations: RwLock::default(),
            failures: Mutex::default(),
        }
    }

    pub(super) fn count(&self, name: &'static str, code: &str, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        if !code.is_empty() {
            let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
            *failures.entry((name, code.to_owned())).or_default() += 1;
        }
        if let Some(operation) = self
            .operations
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
        {
            return operation.add(micros);
        }
        let mut operations = self
            .operations
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        operations.entry(name).or_default().add(micros);
    }

    /// Calls that were answered.
    pub(super) fn total(&self) -> u64 {
        let operations = self
            .operations
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        operations
            .values()
            .map(|operation| operation.count.load(Ordering::Relaxed))
            .sum()
    }
}

impl Operation {
    fn add(&self, micros: u64) {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
        let bucket = BOUNDS.iter().position(|bound| micros <= *bound);
        if let Some(bucket) = bucket.and_then(|at| self.buckets.get(at)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Lines of the text format.
#[derive(Default)]
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(
            self.0,
            "# HELP rempart_{name} {help}\n# TYPE rempart_{name} {kind}"
        );
    }

    fn value(&mut self, name: &str, labels: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.0, "rempart_{name}{labels} {value}");
    }

    fn single(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.family(name, kind, help);
        self.value(name, "", value);
    }
}

impl Node {
    pub(super) fn render_metrics(&self) -> String {
        let mut text = Text::default();
        self.requests(&mut text);
        self.data_plane(&mut text);
        self.groups(&mut text);
        let audit = self.audit.stats();
        text.single(
            "audit_events_total",
            "counter",
            "Events taken by the audit log",
            audit.taken,
        );
        text.single(
            "audit_events_refused_total",
            "counter",
            "Events the audit log could not take",
            audit.refused,
        );
        text.single(
            "audit_waiting_events",
            "gauge",
            "Events that wait to be written",
            audit.waiting,
        );
        text.single(
            "audit_undelivered_segments",
            "gauge",
            "Segments that wait to become log files",
            audit.undelivered,
        );
        text.single(
            "audit_healthy",
            "gauge",
            "Whether audit records can be kept",
            u8::from(self.audit.healthy()),
        );
        text.single(
            "uptime_seconds",
            "gauge",
            "Time since the node was opened",
            self.counters.since.elapsed().as_secs(),
        );
        text.0
    }

    fn requests(&self, text: &mut Text) {
        text.family(
            "request_duration_seconds",
            "histogram",
            "Time from request to answer",
        );
        let operations = self
            .counters
            .operations
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        for (name, operation) in &*operations {
            let mut below = 0;
            for (bound, bucket) in BOUNDS.iter().zip(&operation.buckets) {
                below += bucket.load(Ordering::Relaxed);
                let seconds = Duration::from_micros(*bound).as_secs_f64();
                let labels = format!("{{operation=\"{name}\",le=\"{seconds}\"}}");
                text.value("request_duration_seconds_bucket", &labels, below);
            }
            let count = operation.count.load(Ordering::Relaxed);
            let labels = format!("{{operation=\"{name}\",le=\"+Inf\"}}");
            text.value("request_duration_seconds_bucket", &labels, count);
            let labels = format!("{{operation=\"{name}\"}}");
            let sum = Duration::from_micros(operation.micros.load(Ordering::Relaxed)).as_secs_f64();
            text.value("request_duration_seconds_sum", &labels, sum);
            text.value("request_duration_seconds_count", &labels, count);
        }
        text.family(
            "request_failures_total",
            "counter",
            "Answers that are errors, by code",
        );
        let failures = self
            .counters
            .failures
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for ((name, code), count) in &*failures {
            text.value(
                "request_failures_total",
                &format!("{{operation=\"{name}\",code=\"{code}\"}}"),
                count,
            );
        }
    }

    fn data_plane(&self, text: &mut Text) {
        let metrics = self.data.metrics();
        let counters = [
            ("read_units_total", "Read units", &metrics.read_units),
            ("write_units_total", "Write units", &metrics.write_units),
            ("throttled_total", "Calls over a quota", &metrics.throttled),
            (
                "kms_decrypts_total",
                "Decrypt calls for callers",
                &metrics.kms_decrypts,
            ),
            (
                "key_cache_hits_total",
                "Operations with a key in memory",
                &metrics.key_hits,
            ),
            (
                "key_evictions_by_time_total",
                "Keys dropped by age or use",
                &metrics.evictions_by_time,
            ),
            (
                "key_evictions_by_denial_total",
                "Keys dropped by a denial",
                &metrics.evictions_by_denial,
            ),
            (
                "key_evictions_by_state_total",
                "Keys dropped by the state of a key",
                &metrics.evictions_by_key_state,
            ),
            (
                "key_inaccessible_alarms_total",
                "Stores paused",
                &metrics.key_inaccessible_alarms,
            ),
            (
                "key_recoveries_total",
                "Stores that work again",
                &metrics.key_recoveries,
            ),
            (
                "damaged_total",
                "Stored things that do not open",
                &metrics.damaged,
            ),
            ("expired_rows_total", "Expired rows removed", &metrics.swept),
            (
                "offline_rows_total",
                "Rows written to offline stores",
                &metrics.flushed_rows,
            ),
            (
                "offline_files_total",
                "Files written to offline stores",
                &metrics.flushed_files,
            ),
            (
                "offline_failures_total",
                "Flushes that failed",
                &metrics.flush_failures,
            ),
            ("erased_total", "Subjects erased", &metrics.erased),
        ];
        for (name, help, counter) in counters {
            text.single(name, "counter", help, counter.load(Ordering::Relaxed));
        }
    }

    fn groups(&self, text: &mut Text) {
        let (mut created, mut blocked, mut inaccessible, mut queued) = (0, 0, 0, 0);
        for group in self.registry.all() {
            created += u64::from(group.status == GroupStatus::Created);
            blocked += u64::from(matches!(
                group.offline_status,
                Some(OfflineStatus::Blocked { .. })
            ));
            inaccessible += u64::from(self.data.key_inaccessible(group.id).is_some());
            queued += self.engine.usage(group.id).map_or(0, |usage| usage.queued);
        }
        text.single("groups", "gauge", "Feature groups", created);
        text.single(
            "groups_offline_blocked",
            "gauge",
            "Groups whose offline store cannot be written",
            blocked,
        );
        text.single(
            "groups_key_inaccessible",
            "gauge",
            "Groups paused for want of their key",
            inaccessible,
        );
        text.single(
            "offline_queue_rows",
            "gauge",
            "Rows waiting for offline stores",
            queued,
        );
    }
}
