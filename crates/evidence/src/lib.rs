//! Directories of evidence whose every byte is bound by a signed manifest.
//!
//! What the crate guarantees:
//! - a directory without a `manifest.json` is not sealed; the manifest comes last, under its name
//!   only when it is whole, so nothing half-made looks complete;
//! - the same items, header and key give the same bytes: the sealed part holds no time, host name or
//!   random value that the caller did not put there;
//! - [`verify`] notices every byte that was altered, added or removed in the directory, and every
//!   file that was added or removed. What somebody can do who rewrites everything is another
//!   question: against that only a signature helps, checked against keys that are known
//!   (`docs/evidence.md` says who can do what);
//! - what is checked is one form only: manifest, head and journal must be the very bytes that this
//!   crate writes for their content (canonical JSON, RFC 8785), so no byte of them is free;
//! - input is hostile: sizes are bounded, symbolic links are never followed, paths cannot leave the
//!   directory, and nothing panics.
//!
//! The crate reads and writes files and reads no clock, environment or chance.

mod atomic;
mod canonical;
mod digest;
mod item;
mod journal;
mod key;
mod manifest;
mod merkle;
mod read;
mod records;
mod signers;
mod verify;
mod writer;

pub use digest::{Digest, DigestError};
pub use item::{Item, ItemInfo, PathError, Source, check_item_path};
pub use journal::append::{AppendError, Appended, append_note};
pub use journal::{Entry, Journal, JournalError, Note, ReadJournalError, read_notes};
pub use key::{JOURNAL_NAMESPACE, KeyError, MANIFEST_NAMESPACE, SigningKey};
pub use manifest::{Header, Input, Manifest, ManifestError, Tool};
pub use merkle::merkle_root;
pub use read::ReadError;
pub use records::{FoundRecord, ReadRecordError, Record, find_record};
pub use signers::{AllowedSigners, Fault, SignatureStatus, Signer, Trust, check_signature};
pub use verify::report::{JournalSummary, Problem, ProblemKind, Verdict, VerifyReport};
pub use verify::{VerifyError, VerifyOptions, verify};
pub use writer::{DirectoryWriter, SealError, Sealed, WriteError};

/// The file that binds all others.
pub const MANIFEST: &str = "manifest.json";
/// The signature of [`MANIFEST`], in the form of OpenSSH; only in signed directories.
pub const MANIFEST_SIGNATURE: &str = "manifest.json.sig";
/// The journal: one entry a line, chained by hashes.
pub const JOURNAL: &str = "journal.jsonl";
/// How long the journal is and how it ends.
pub const JOURNAL_HEAD: &str = "journal.head";
