//! CloudTrail: the record model, every envelope in which records travel, and the accounting of what
//! was read.
//!
//! What this crate guarantees:
//! - a [`record::Record`] borrows from the bytes that were read; those bytes stay reachable, unchanged;
//! - JSON is checked completely, but no tree is built: values are found when they are asked for;
//! - a log counts as [`integrity`] verified only if a signed digest names it and every byte agrees;
//! - no input panics, recurses without bound, or stops the rest from being read.

pub mod accounting;
pub mod dedup;
pub mod identity;
pub mod integrity;
pub mod json;
pub mod linked;
pub mod read;
pub mod record;
pub mod record_kind;
#[cfg(feature = "s3")]
pub mod s3;
pub mod source;
pub mod time;
