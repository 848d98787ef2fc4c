//! `rempart guard`.

mod proposal;
pub(crate) mod replay;
