//! What the HTTP layer counts, in the text format of Prometheus.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Why a request was refused before the node saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The head is too long
    LongHead,
    /// The body is longer than the operation may have
    TooLong,
    /// The body did not come in time
    TooSlow,
    /// The body broke off or was malformed
    Malformed,
    /// No room for the body, or no place to work
    Busy,
    /// The call failed in a way that is a defect
    Failed,
}

const REFUSALS: [(&str, Refusal); 6] = [
    ("long_head", Refusal::LongHead),
    ("too_long", Refusal::TooLong),
    ("too_slow", Refusal::TooSlow),
    ("malformed", Refusal::Malformed),
    ("busy", Refusal::Busy),
    ("failed", Refusal::Failed),
];

/// Counters.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    accepted: AtomicU64,
    connections: AtomicUsize,
    tls_failures: AtomicU64,
    timed_out: AtomicU64,
    requests: AtomicU64,
    in_flight: AtomicUsize,
    refused: [AtomicU64; REFUSALS.len()],
}

/// Counts a connection as open until it is dropped.
#[derive(Debug)]
pub(crate) struct Open(Arc<Counters>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Counts a request as in flight until it is dropped.
#[derive(Debug)]
pub(crate) struct InFlight<'a>(&'a Counters);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Counters {
    pub(crate) fn open(self: &Arc<Self>) -> Open {
        self.accepted.fetch_add(1, Ordering::Relaxed);
        self.connections.fetch_add(1, Ordering::AcqRel);
        Open(Arc::clone(self))
    }

    pub(crate) fn open_connections(&self) -> usize {
        self.connections.load(Ordering::Acquire)
    }

    pub(crate) fn request(&self) -> InFlight<'_> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(self)
    }

    pub(crate) fn refuse(&self, refusal: Refusal) {
        let place = REFUSALS.iter().position(|(_, other)| *other == refusal);
        if let Some(counter) = place.and_then(|place| self.refused.get(place)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn tls_failure(&self) {
        self.tls_failures.fetch_add(1, Ordering::Relaxed);
    }

    /// A connection was closed because nothing happened on it in time.
    pub(crate) fn time_out(&self) {
        self.timed_out.fetch_add(1, Ordering::Relaxed);
    }

    /// The counters as text.
    pub(crate) fn render(&self) -> String {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let mut text = String::new();
        let mut family = |name: &str, kind: &str, help: &str, values: &[(String, u64)]| {
            // Writing to a string does not fail.
            let _ = writeln!(
                text,
                "# HELP rempart_http_{name} {help}\n# TYPE rempart_http_{name} {kind}"
            );
            for (labels, value) in values {
                let _ = writeln!(text, "rempart_http_{name}{labels} {value}");
            }
        };
        let single = |value| [(String::new(), value)];
        let accepted = count(&self.accepted);
        family(
            "connections_accepted_total",
            "counter",
            "Connections accepted",
            &single(accepted),
        );
        let open = self.open_connections() as u64;
        family(
            "connections",
            "gauge",
            "Connections that are open",
            &single(open),
        );
        let failures = count(&self.tls_failures);
        family(
            "tls_failures_total",
            "counter",
            "Connections without agreement on TLS",
            &single(failures),
        );
        let timed_out = count(&self.timed_out);
        family(
            "connections_timed_out_total",
            "counter",
            "Connections closed for want of progress",
            &single(timed_out),
        );
        let requests = count(&self.requests);
        family(
            "requests_total",
            "counter",
            "Requests whose head was read",
            &single(requests),
        );
        let in_flight = self.in_flight.load(Ordering::Relaxed) as u64;
        family(
            "requests_in_flight",
            "gauge",
            "Requests that are worked on",
            &single(in_flight),
        );
        let refused = REFUSALS.iter().zip(&self.refused);
        let refused: Vec<(String, u64)> = refused
            .map(|((name, _), counter)| (format!("{{reason=\"{name}\"}}"), count(counter)))
            .collect();
        family(
            "requests_refused_total",
            "counter",
            "Requests refused before the node saw them",
            &refused,
        );
        text
    }
}
