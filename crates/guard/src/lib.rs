//! Guardrails: properties and proofs for every request, replay of what CloudTrail recorded, generation.
//!
//! What the crate guarantees:
//! - a property is called proved only when no request that it forbids is allowed and every request that
//!   it permits is, whatever AWS leaves undocumented; a refutation is a request that the policy engine
//!   decided;
//! - what a record does not say is unknown, never assumed: a decision that depends on it is reported
//!   as one that cannot be told;
//! - the same input gives the same report, whatever the number of threads;
//! - memory is bounded; what a bound left out is said in the report.

pub mod compare;
pub mod content;
pub mod event_request;
pub mod gaps;
pub mod generate;
pub mod least_privilege;
pub mod library;
pub mod parameters;
pub mod placing;
pub mod proof;
pub mod property;
pub mod replay;
pub mod report;
pub mod stopper;
