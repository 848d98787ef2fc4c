//! What policies let whom do. Documents are decided by the policy engine and, where a question is about
//! all requests, by the prover; nothing here looks for words in a document.

pub(crate) mod actions;
pub(crate) mod admission;
pub(crate) mod ask;
pub(crate) mod closed;
pub(crate) mod document;
pub(crate) mod escalation;
pub(crate) mod event_pattern;
pub(crate) mod filter_pattern;
pub(crate) mod gaps;
pub(crate) mod guardrails;
pub(crate) mod identities;
pub(crate) mod power;
pub(crate) mod providers;
pub(crate) mod transport;
