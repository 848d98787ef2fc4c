//! What a server did, as records in CloudTrail's format, in log files that signed digests bind.
//!
//! What the crate guarantees:
//! - Records hold no feature value, no record identifier, no secret and no grant token: whoever makes
//!   an [`Event`] gives parameters that are safe to log.
//! - `rempart trail verify` accepts what is written here, and `rempart hunt` reads it.

mod event;

pub use event::{Category, Event, Failure, Resource, Sink};
