//! Questions about AWS policies, decided for all requests at once.
//!
//! What the crate guarantees:
//! - It is pure, never panics, and bounds states, nodes and time: what goes over a bound is
//!   [`Verdict::Unknown`] with the part of the request that caused it.
//! - [`Verdict::Proved`] holds for every request of the action that AWS's own reference allows for, in
//!   every way in which AWS may fill keys that a request omits, under the assumptions that the
//!   certificate lists.
//! - [`Verdict::Refuted`] comes with a complete request that `rempart-policy` decided before it was
//!   shown.
//! - What AWS does not define is never taken for a yes.
//!
//! How it works: the values of every condition key, of the resource and of every field fall into
//! finitely many cells that no policy and no property tells apart ([`ask::cells`]). Over the cells
//! everything is boolean, and a decision diagram ([`bdd`]) answers the question.

pub mod ask;
mod automaton;
pub mod bdd;
mod condition;
pub mod formula;
pub mod inclusion;
pub mod language;
mod layers;
mod model;
mod predicate;
pub mod problem;
mod question;
pub mod smtlib;
pub mod solve;
mod witness;

pub use layers::Decided;
pub use model::{Caller, Model, Presence, Setting, example_resource};
pub use predicate::{Predicate, Subject, Test, is_address_range, is_number};
pub use question::{
    Certificate, ComponentCells, Everything, Prover, Refutation, StatementUse, Verdict,
    guardrails_only,
};
pub use solve::{Budget, Reason};
pub use witness::{FieldValue, OmittedField, Witness};
