//! Bounds of the HTTP layer.

use std::time::Duration;

/// Bounds. All of them hold before a signature is checked.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections at a time.
    pub connections: usize,
    /// Calls that are worked on at a time; more are refused.
    pub calls: usize,
    /// Longest body of a request, in bytes, where the operation has no lower bound: 25 records of
    /// 350 KB, escaped.
    pub body: usize,
    /// Bytes of bodies in memory at a time. They count as they come, not as they are announced.
    pub bodies: usize,
    /// Longest head of a request, in bytes.
    pub head: usize,
    /// Time for the head of a request, and between requests.
    pub head_time: Duration,
    /// Time for the body of a request.
    pub body_time: Duration,
    /// Time for a client to take a part of an answer.
    pub answer_time: Duration,
    /// Time for TLS to be agreed on.
    pub tls_time: Duration,
    /// Age at which a connection is asked to end, so that others get their turn and a new certificate
    /// reaches everybody.
    pub connection_time: Duration,
    /// Time for calls in flight when the server ends.
    pub shutdown_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4_096,
            calls: 512,
            body: 16 << 20,
            bodies: 256 << 20,
            head: 32 << 10,
            head_time: Duration::from_secs(30),
            body_time: Duration::from_secs(30),
            answer_time: Duration::from_secs(30),
            tls_time: Duration::from_secs(10),
            connection_time: Duration::from_secs(3_600),
            shutdown_time: Duration::from_secs(20),
        }
    }
}
