//! Every writer of verdicts over one small run, and over hostile text.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests"
)]

#[path = "compliance/account.rs"]
mod account;
#[path = "compliance/exchange.rs"]
mod exchange;
#[path = "compliance/hostile.rs"]
mod hostile;
#[path = "compliance/page.rs"]
mod page;
#[path = "compliance/properties.rs"]
mod properties;
#[path = "compliance/sample.rs"]
mod sample;
#[path = "compliance/snapshots.rs"]
mod snapshots;
#[path = "compliance/xml.rs"]
mod xml;
