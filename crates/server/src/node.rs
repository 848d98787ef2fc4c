//! A node: everything of one store, from its directory on disk.

mod answer;
mod background;
mod backup;
mod error;
mod keys;
mod lake;
mod metrics;
mod offline;
mod open;
mod operator;
mod parts;
mod rows;
mod signer;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rempart_audit::AuditLog;
use rempart_aws_wire::sign::{KeyCache, Replay, ReplayGuard};
use rempart_directory::Live;
use rempart_keys::{BuiltinKms, Provider};
use rempart_lake::Lake;
use rempart_online::{EmbeddedOptions, Engine};
use rempart_store::control::Control;
use rempart_store::data::Data;
use rempart_store::registry::Registry;

use crate::settings::{AuditSync, StoreSettings};
pub use background::Background;
pub use backup::Copied;
pub use error::NodeError;
use metrics::Counters;
pub use open::{Made, RootSource};
pub use operator::socket::{Remote, send};
pub use operator::{Command, Done, RowFormat};

/// What a node is opened with.
#[derive(Debug, Clone)]
pub struct NodeOptions {
    /// Directory of the store.
    pub path: PathBuf,
    /// Where the root key comes from.
    pub root: RootSource,
    /// Sizes of the online store.
    pub online: EmbeddedOptions,
    /// Which repetitions of signed requests are refused.
    pub replay: Replay,
    /// What the store is built of: `store.yaml`.
    pub settings: StoreSettings,
}

/// A store that is open.
#[derive(Debug)]
pub struct Node {
    path: PathBuf,
    region: Arc<str>,
    live: Arc<Live>,
    /// The service's own keys, and those of customers unless AWS KMS keeps them.
    kms: Arc<BuiltinKms>,
    /// The keys of groups.
    keys: Arc<dyn Provider>,
    /// Whether customers' keys are in `kms`, so that its API is served.
    keeps_keys: bool,
    /// Where rows, keys and files are, for people.
    built_of: String,
    audit_sync: AuditSync,
    /// Directory of the engine.
    rows: PathBuf,
    audit: Arc<AuditLog>,
    registry: Arc<Registry>,
    engine: Arc<dyn Engine>,
    control: Control,
    data: Arc<Data>,
    lake: Arc<Lake>,
    signing_keys: KeyCache,
    replay: ReplayGuard,
    counters: Counters,
    signer: signer::Signer,
    is_closing: AtomicBool,
}
