//! Accounts, users, roles, credentials and policies from one reviewed file, and the question whether a
//! caller may do something, which the policy engine answers.
//!
//! What the crate guarantees:
//! - Every decision is `rempart_policy`'s. What cannot be decided is refused, with the reason.
//! - Secrets are sealed in the file and never printed.

mod caller;
mod question;

pub use caller::{Caller, Connection, SessionKey};
pub use question::{Authorizer, Question, Verdict};
