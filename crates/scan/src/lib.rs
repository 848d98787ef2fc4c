//! Static scanners: what scripts would do, and secrets in text.
//!
//! What this crate guarantees:
//! - nothing is executed, opened or fetched; the answer depends only on the input;
//! - work is bounded and linear in the input; what a bound left out is said in the answer;
//! - what cannot be read is never called clean;
//! - no answer, and no `Debug` of one, holds a secret.

pub mod script;
pub mod secrets;
