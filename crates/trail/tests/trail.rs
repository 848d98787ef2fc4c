//! Reading, from bytes on disk to records, with everything that can go wrong on the way.

#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    clippy::panic,
    clippy::bool_assert_comparison,
    reason = "tests"
)]

#[path = "trail/accounting.rs"]
mod accounting;
#[path = "trail/chunks.rs"]
mod chunks;
#[path = "trail/corpus.rs"]
mod corpus;
#[path = "trail/dedup.rs"]
mod dedup;
#[path = "trail/envelopes.rs"]
mod envelopes;
#[path = "trail/fields.rs"]
mod fields;
#[path = "trail/hostile.rs"]
mod hostile;
#[path = "trail/identities.rs"]
mod identities;
#[cfg(feature = "s3")]
#[path = "trail/object_store.rs"]
mod object_store;
#[path = "trail/sources.rs"]
mod sources;
#[path = "trail/support.rs"]
mod support;
#[path = "trail/tables.rs"]
mod tables;
