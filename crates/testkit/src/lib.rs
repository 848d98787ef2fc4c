//! Test data for the other crates: CloudTrail records, the synthetic incident, the benchmark
//! corpus, and an AWS on loopback (feature `aws-double`).
//!
//! Everything is made from a constant seed: no clock, no environment, no outside randomness, so two
//! runs give the same bytes. Accounts, addresses and keys are documentation values; no record is
//! taken from a real log.

#[cfg(feature = "aws-double")]
pub mod aws_double;
pub mod corpus;
pub mod delivery;
pub mod digest_chain;
pub mod incident;
pub mod naive_policy;
pub mod policy_scenarios;
pub mod random;
pub mod record;
pub mod time;
