//! `rempart guard`.

pub(crate) mod compare;
pub(crate) mod gaps;
pub(crate) mod generate;
pub(crate) mod least_privilege;
pub(super) mod proposal;
pub(crate) mod prove;
pub(crate) mod replay;
