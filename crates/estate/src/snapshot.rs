//! Snapshots on disk.

mod lasting;
pub(crate) mod layout;
pub(crate) mod lines;
pub(crate) mod manifest;
pub(crate) mod open;
pub(crate) mod verify;
pub(crate) mod writer;
