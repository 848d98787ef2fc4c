//! `rempart guard`.

pub(crate) mod compare;
pub(crate) mod generate;
pub(super) mod proposal;
pub(crate) mod prove;
pub(crate) mod replay;
