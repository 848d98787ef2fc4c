//! The Sigma rule language, version 2.1.
//!
//! What this crate guarantees:
//! - a rule is applied as written or refused with its line: nothing is half-applied;
//! - no rule file and no record panics, recurses without bound or takes unbounded memory;
//! - matching is a pure function of rules and record: no clock, no network, no order dependence.

pub mod ast;
pub mod condition;
pub mod correlate;
pub mod first_seen;
pub mod info;
pub mod modifier;
pub mod parse;
pub mod plan;
pub mod yaml;
