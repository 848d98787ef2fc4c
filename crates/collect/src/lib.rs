//! Where estates come from: live accounts, Terraform plans and CloudFormation templates.
//!
//! What the crate guarantees:
//! - a collection only lists, gets, describes and searches, never asks for a secret, and leaves no
//!   silent hole: every call that was refused, failed or was left out is an answer of the snapshot,
//!   with the permission that it needs;
//! - an interrupted collection goes on where it stopped;
//! - a plan gives answers of the same form as a live account, so that a control cannot tell them apart;
//! - a value that a plan does not know is an unknown value with its reason, never a default;
//! - what a plan cannot say, such as what else exists in the account, is not answered;
//! - nothing is lost silently: types, attributes and resources that are not read are reported, each
//!   with its address;
//! - no input makes it panic, and nesting, size and repetition of the input are bounded.

pub mod changers;
#[cfg(feature = "live")]
pub mod live;
pub mod planned;
