//! Why a store does not open.

use std::path::PathBuf;

/// Why a store does not open, or a command on it fails.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// There is no store
    #[error("{path} holds no store: `rempart store init` makes one", path = .path.display())]
    NoStore {
        /// Directory
        path: PathBuf,
    },
    /// There is something already
    #[error("{path} is not empty: a store is made in a directory of its own", path = .path.display())]
    NotEmpty {
        /// Directory
        path: PathBuf,
    },
    /// Another process has the store
    #[error("{path}: in use by another process", path = .path.display())]
    InUse {
        /// Directory
        path: PathBuf,
    },
    /// The root key
    #[error("root key: {0}")]
    RootKey(#[from] rempart_keys::RootKeyError),
    /// The directory of users and policies
    #[error("{0}")]
    Directory(#[from] rempart_directory::ReadError),
    /// The keystore
    #[error("keys: {0}")]
    Keys(#[from] rempart_keys::StorageError),
    /// The registry of groups
    #[error("groups: {0}")]
    Registry(#[from] rempart_store::registry::RegistryError),
    /// The online store
    #[error("online store: {0}")]
    Online(#[from] rempart_online::EngineError),
    /// The audit log
    #[error("audit log: {0}")]
    Audit(#[from] rempart_audit::AuditError),
    /// Something else
    #[error("{place}: {reason}")]
    Failed {
        /// File or part
        place: String,
        /// Why
        reason: String,
    },
}

impl NodeError {
    pub(super) fn failed(place: impl ToString, reason: impl ToString) -> Self {
        Self::Failed {
            place: place.to_string(),
            reason: reason.to_string(),
        }
    }
}
