//! `rempart trail`.

pub(crate) mod explain;
pub(crate) mod verify;
