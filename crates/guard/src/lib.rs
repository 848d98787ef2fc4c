//! Guardrails: what policies would do to the traffic that CloudTrail recorded.
//!
//! What the crate guarantees:
//! - what a record does not say is unknown, never assumed: a decision that depends on it is reported
//!   as one that cannot be told;
//! - the same trail and policies give the same report, whatever the number of threads;
//! - memory is bounded; what a bound left out is said in the report.

pub mod event_request;
pub mod gaps;
pub mod least_privilege;
pub mod replay;
