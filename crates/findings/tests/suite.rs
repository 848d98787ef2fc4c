//! Every writer over one small set of findings, and over hostile text.

#[path = "suite/hostile.rs"]
mod hostile;
#[path = "suite/properties.rs"]
mod properties;
#[path = "suite/sample.rs"]
mod sample;
#[path = "suite/snapshots.rs"]
mod snapshots;
#[path = "suite/structure.rs"]
mod structure;
