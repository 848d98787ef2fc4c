//! `rempart trail`.

pub(crate) mod verify;
