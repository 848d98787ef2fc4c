//! Investigations over CloudTrail: who acted, how they came in, what they touched, and what the logs
//! cannot tell.
//!
//! What the crate guarantees:
//! - every statement of an answer cites the records, policies or findings on which it rests, and has a
//!   certainty; a statement is as certain as its weakest part;
//! - it never says that something did not happen, only that the logs which exist hold no evidence of it;
//! - where the logs allow a set of people, the answer is the set;
//! - the same input gives the same case, whatever the number of threads and the order of files;
//! - text is data ([`rempart_locale::Text`]): one case is read in both languages.

mod activities;
mod answers;
mod assemble;
mod attribution;
mod blast;
mod coverage;
mod deadlines;
pub mod diff;
pub mod explain;
mod facts;
mod gather;
mod history;
mod hosts;
mod index;
mod indicators;
mod integrity;
mod lineage;
mod lives;
mod material;
pub mod model;
mod open;
mod overview;
mod propose;
mod scope;
mod sessions;
mod suspect;
mod targets;
pub mod text;
mod timeline;
mod view;
mod words;
mod workplace;

pub use assemble::assemble;
pub use blast::Policies;
pub use material::{Event, Evidence, MOST_CITED, Material, Reachable};
pub use model::*;
pub use open::{OpenError, OpenOptions, Opened, open};
pub use suspect::{Given, SuspectError, SuspectKind};
