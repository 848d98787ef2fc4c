//! The wire protocols of AWS as a server sees them: which operation a request names, its input checked
//! against the service's model, answers and errors in the form that AWS clients read, and signatures.
//!
//! What the crate guarantees:
//! - It is pure: no input or output, no clock, no randomness; bytes and instants are passed in.
//! - It never panics and bounds depth, size and time on any input.

mod error;
pub mod model;

pub use error::ServiceError;
