//! Resources of accounts as raw evidence: snapshots on disk, answers, kinds, lookups, relations,
//! differences.
//!
//! What the crate guarantees:
//! - the bytes that AWS answered are kept and found again: every body comes with its file, line and
//!   SHA-256;
//! - what was not collected, refused or unreadable is a [`Gap`] with its reason, never an absent
//!   resource or an empty answer;
//! - a list counts only if all its pages are there;
//! - the same answers give the same estate, in the same order;
//! - memory holds an index, not the bodies; input is hostile: sizes and depths are bounded, and what
//!   cannot be read is a problem with its file and line.

mod answer;
mod decode;
mod diff;
mod estate;
mod gap;
mod kind;
mod line;
mod path;
mod relation;
mod scan;
mod snapshot;
mod unknown;

pub use answer::{Address, Answer, AnswerError, Outcome, OutcomeError};
pub use decode::{DecodeError, decode, policy_document, policy_text};
pub use diff::{Change, DiffEntry, DiffOptions, Difference, ResourceName, diff};
pub use estate::{Estate, EvidenceRef, Found, Place, Problem, Resource, enumerates};
pub use gap::Gap;
pub use kind::{Kind, kind, kinds};
pub use line::{LineError, read_line, write_line};
pub use relation::Relation;
pub use snapshot::manifest::{Manifest, OperationSummary};
pub use snapshot::open::OpenError;
pub use snapshot::verify::verify;
pub use snapshot::writer::{SnapshotWriter, WriteError};
pub use unknown::{unknown, unknown_reason};
