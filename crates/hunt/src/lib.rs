//! Hunting: the rule pack for SageMaker and the pipeline from trail to findings.
//!
//! What this crate guarantees:
//! - the same input, rules and options give the same findings, whatever the number of threads;
//! - every record that was read is accounted for, and the sums agree;
//! - memory is bounded; what a bound left out is said in the report;

mod assemble;
mod batch;
pub mod coverage;
pub mod derive;
pub mod event;
pub mod facts;
pub mod filter;
pub mod guardrails;
mod known_values;
pub mod observe;
pub mod pack;
pub mod progress;
pub mod rule_tests;
pub mod rulebook;
pub mod run;
mod sequencer;
pub mod shared_texts;
pub mod singles;
mod sink;
pub mod template;
mod twins;
mod worker;
