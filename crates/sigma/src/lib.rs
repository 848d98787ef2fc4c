//! The Sigma rule language, version 2.1.
//!
//! What this crate guarantees:
//! - a rule is applied as written or refused with its line: nothing is half-applied;
//! - no rule file and no record panics, recurses without bound or takes unbounded memory;
//! - matching is a pure function of rules and record: no clock, no network, no order dependence.
//!
//! [`parse::parse_documents`] reads rule files, [`RuleSet::compile`] turns the documents into a set, and
//! [`RuleSet::evaluate`] asks it about a record. What a match means for correlations comes from
//! [`RuleSet::observations`]; [`correlate`] decides them.

pub mod ast;
mod compile;
pub mod condition;
pub mod correlate;
mod derive;
mod dispatch;
mod encode;
pub mod first_seen;
mod fold;
mod glob;
mod info;
mod items;
mod keywords;
pub mod lint;
mod lookup;
mod matcher;
pub mod modifier;
mod number;
mod observe;
mod options;
pub mod parse;
pub mod plan;
mod program;
mod regexes;
mod ruleset;
mod scratch;
mod texts;
mod times;
mod tree;
pub mod yaml;

pub use derive::{DERIVED_PREFIX, Derive, Derived, NothingDerived};
pub use info::CompiledRuleInfo;
pub use lookup::lookup;
pub use options::{CompileOptions, Diagnostic, EventNameAliases, Severity};
pub use ruleset::RuleSet;
pub use scratch::Scratch;
