//! The wire protocols of AWS as a server sees them: which operation a request names, its input checked
//! against the service's model, answers and errors in the form that AWS clients read, and signatures.
//!
//! What the crate guarantees:
//! - It is pure: no input or output, no clock, no randomness; bytes and instants are passed in.
//! - It never panics and bounds depth, size and time on any input.
//! - What the model does not have is refused, never passed on: unknown members, other types, members
//!   that are there twice, encodings that can be read in two ways.
//! - Messages of errors repeat no text of a request but names, ARNs and numbers; `Debug` shows no
//!   header, query string, body, input or secret.

mod answer;
mod blob;
mod check;
mod error;
mod incoming;
pub mod model;
mod parse;
mod percent;
pub mod records;
mod request;
mod route;
pub mod sign;

pub use answer::{
    Answer, answer, empty, error, json, push_json_string, seconds, status_of, wire_code,
};
pub use blob::{blob, to_blob};
pub use check::check_output;
pub use error::ServiceError;
pub use incoming::{Dialect, Header, Incoming};
pub use parse::{Call, MAX_DEPTH, MAX_VALUES, input, parse};
pub use request::Request;
pub use route::{Route, route};
