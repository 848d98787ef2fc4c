//! `rempart guard`.

pub(crate) mod gaps;
pub(crate) mod least_privilege;
mod proposal;
pub(crate) mod replay;
