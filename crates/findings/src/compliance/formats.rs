//! One file per output format.

pub(crate) mod asff;
pub(crate) mod csv;
pub(crate) mod html;
pub(crate) mod jsonl;
pub(crate) mod junit;
pub(crate) mod ocsf;
pub(crate) mod sarif;
pub(crate) mod table;
