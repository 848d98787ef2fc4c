//! The timeline and the indicators for other programs.
//!
//! All give the same bytes for the same case. Texts are in the language that is asked for; names of
//! columns and vocabularies are those of the formats. A step whose time cannot be read is exported
//! at 1970-01-01T00:00:00Z and says so, since none of the formats has a place for 'unknown' and a
//! step that is left out would be missed by nobody.

mod cells;
mod iris;
mod ocsf;
mod pattern;
mod stix;
mod stix_objects;
mod timesketch;

pub use iris::iris_csv;
pub use ocsf::ocsf;
pub use stix::stix;
pub use timesketch::{timesketch_csv, timesketch_jsonl};

/// What a step is exported at whose time cannot be read.
pub(crate) const NO_TIME: &str = "1970-01-01T00:00:00Z";
