//! `rempart guard`.

pub(super) mod proposal;
pub(crate) mod replay;
