//! What the HTTP layer asks of the node behind it.

use std::net::IpAddr;
use std::sync::Arc;

use rempart_aws_wire::{Answer, Incoming};
use serde_json::Value;

/// The other end of a connection.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Its address.
    pub address: IpAddr,
    /// CloudTrail's `tlsDetails`; `None` without TLS.
    pub tls: Option<Arc<Value>>,
}

/// Answers requests.
pub trait Front: Send + Sync + 'static {
    /// Answers a request. It may block on disks and networks.
    fn answer(&self, incoming: &Incoming<'_>, peer: &Peer) -> Answer;

    /// Whether a request is answered without waiting for a disk or a network: then it is answered on the
    /// thread that serves the connection.
    fn is_quick(&self, method: &str, path: &str) -> bool;

    /// The answer to a request that there is no room for.
    fn busy(&self, incoming: &Incoming<'_>) -> Answer;

    /// Whether calls can be served now, and why not.
    ///
    /// # Errors
    /// Why not.
    fn ready(&self) -> Result<(), String>;

    /// What is counted, in the text format of Prometheus.
    fn metrics(&self) -> String;

    /// Reads what may be read again: directory, certificates. The outcome is logged.
    fn reload(&self);
}
