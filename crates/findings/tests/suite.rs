//! Every writer over one small set of findings, and over hostile text.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "suite/hostile.rs"]
mod hostile;
#[path = "suite/properties.rs"]
mod properties;
#[path = "suite/sample.rs"]
mod sample;
#[path = "suite/snapshots.rs"]
mod snapshots;
#[path = "suite/snapshots_exchange.rs"]
mod snapshots_exchange;
#[path = "suite/structure.rs"]
mod structure;
