//! What a store that was whole once must still have. Each part makes its files where there are none, so
//! that one that was lost would come back empty, and nobody would be told.

use std::path::Path;

use super::NodeError;
use super::open::write_private;

/// Says that a store has had all of its parts.
const WHOLE: &str = "whole";
/// Files of every store.
const PARTS: [&str; 4] = [
    "keys/keys.redb",
    "groups.redb",
    "audit/signing.key",
    "audit/public-keys.json",
];
/// What has been delivered, and the file that says so.
const DELIVERED: [&str; 2] = ["audit/AWSLogs", "audit/state.json"];
/// A file of each engine.
const ENGINES: [&str; 2] = ["online/FORMAT", "queue/FORMAT"];

/// Refuses a store that lacks what it had.
///
/// # Errors
/// Names the file that is missing.
pub(super) fn check(store: &Path) -> Result<(), NodeError> {
    if !store.join(WHOLE).exists() {
        return Ok(());
    }
    let is_there = |part: &&str| store.join(part).exists();
    let missing = PARTS.iter().find(|part| !is_there(part));
    let [delivered, state] = &DELIVERED;
    let missing = missing.or((is_there(delivered) && !is_there(state)).then_some(state));
    let engine = ENGINES.iter().any(is_there);
    let missing = match (missing, engine) {
        (Some(part), _) => part,
        (None, true) => return Ok(()),
        (None, false) => "online",
    };
    Err(NodeError::failed(
        store.join(missing).display(),
        "it is missing, and this store had it: put it back from a copy",
    ))
}

/// Remembers that a store has all of its parts.
///
/// # Errors
/// The disk fails.
pub(super) fn mark(store: &Path) -> Result<(), NodeError> {
    let path = store.join(WHOLE);
    let is_whole = PARTS.iter().all(|part| store.join(part).exists());
    if path.exists() || !is_whole {
        return Ok(());
    }
    write_private(&path, b"This store has had all of its files.\n")
}
