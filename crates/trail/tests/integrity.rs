//! Chains of signed digests, untouched and manipulated.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

#[path = "integrity/properties.rs"]
mod properties;
#[path = "integrity/rows.rs"]
mod rows;
#[path = "integrity/signatures.rs"]
mod signatures;
#[path = "integrity/support.rs"]
mod support;
#[path = "integrity/verdicts.rs"]
mod verdicts;
