//! Accounts, users, roles, credentials and policies from one reviewed file, and the question whether a
//! caller may do something, which the policy engine answers.
//!
//! What the crate guarantees:
//! - Every decision is `rempart_policy`'s. What cannot be decided is refused, with the reason.
//! - Secrets are sealed in the file and never printed. They cannot be hashed instead: a signature of
//!   version 4 is checked with the secret itself.
//! - A directory does not change. A new one takes its place whole, or not at all.

mod caller;
mod callers;
mod decide;
mod jwt;
mod key_policy;
mod live;
mod model;
mod question;
mod read;
mod seal;
mod sts;
mod template;
mod token;

pub use caller::{Caller, Connection, SessionKey};
pub use key_policy::check_key_policy;
pub use live::{Credential, Live};
pub use model::Directory;
pub use question::{Authorizer, Question, Verdict};
pub use read::{Problem, Read, ReadError, text_of};
pub use seal::{SealError, Sealer};
pub use template::{NewCredential, template};
