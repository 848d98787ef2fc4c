//! `rempart guard`.

pub(crate) mod gaps;
mod proposal;
pub(crate) mod replay;
