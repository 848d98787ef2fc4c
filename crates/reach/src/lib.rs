//! Blast radius: which identities a suspect could gain and which resources it could get at.
//!
//! What the crate guarantees:
//! - every answer is a decision of the one policy engine, for a request that is given with it; what is
//!   called reachable can be decided again;
//! - what policies say is taken as of each moment between the first bad event and containment. A state
//!   that cannot be told from snapshots and records is unknown, with the reason, and never guessed;
//! - what is not known is never called out of reach: it is `unknown`, with what to collect;
//! - a way that was only possible is never called taken: `reached` and `observed` cite records;
//! - it is pure, bounded, and the same input gives the same answer, whatever the number of threads;
//!   what a bound left out is said.

mod actions;
mod asked;
mod changes;
mod classes;
pub mod controls;
mod fixpoint;
mod gates;
mod model;
mod node;
mod picture;
mod radius;
mod steps;
mod table;
mod targets;
mod verdict;

pub use model::*;
pub use radius::blast_radius;
