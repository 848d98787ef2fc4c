//! One file per output format.

pub(crate) mod csv;
pub(crate) mod html;
pub(crate) mod jsonl;
pub(crate) mod navigator;
pub(crate) mod ocsf;
pub(crate) mod page;
pub(crate) mod sarif;
pub(crate) mod table;
pub(crate) mod wording;
