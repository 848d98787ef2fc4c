//! How values of conditions are read and compared.

pub(crate) mod address;
pub(crate) mod date;
pub(crate) mod decimal;
pub(crate) mod fold;
