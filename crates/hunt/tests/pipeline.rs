//! The pipeline from files to findings: what must not change them, and what must be said.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

#[path = "pipeline/accounting.rs"]
mod accounting;
#[path = "pipeline/copies.rs"]
mod copies;
#[path = "pipeline/limits.rs"]
mod limits;
#[path = "pipeline/order.rs"]
mod order;
#[path = "pipeline/outcome.rs"]
mod outcome;
#[path = "pipeline/support.rs"]
mod support;
