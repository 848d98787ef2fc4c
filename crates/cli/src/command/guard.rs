//! `rempart guard`.

pub(crate) mod compare;
pub(crate) mod generate;
mod proposal;
pub(crate) mod prove;
pub(crate) mod replay;
