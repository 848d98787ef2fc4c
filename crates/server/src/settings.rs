//! What a store is built of and how it behaves where AWS's pages leave it open: `store.yaml`, beside
//! `rempart.yaml`. A store without that file has the defaults.
//!
//! The file is read when the store opens, by every command that opens it, so that no two commands can
//! take one store for different things. Secrets are not in it: passwords of Redis come from
//! `REMPART_REDIS`, credentials of AWS from where its tools find them.

mod choices;
mod number;
mod read;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rempart_directory::{ReadError, text_of};
use rempart_keys::Unpredicted;
use rempart_store::control::{PermissionCheck, TableNaming};
use rempart_store::data;

/// The file that `init` writes: the defaults, and what else there is.
pub(crate) const TEMPLATE: &str = include_str!("settings/template.yaml");
/// Name of the file.
pub(crate) const FILE: &str = "store.yaml";
/// Variable with the addresses of Redis, passwords included, with commas between them.
pub const REDIS_VARIABLE: &str = "REMPART_REDIS";
/// Longest file that is read, in bytes.
const LONGEST: usize = 64 << 10;

/// What a store is built of.
#[derive(Debug, Clone, Default)]
pub struct StoreSettings {
    /// Where rows are.
    pub online: OnlineSettings,
    /// Who keeps the keys of customers.
    pub keys: KeySettings,
    /// Where files of offline stores are.
    pub offline: OfflineSettings,
    /// Data plane.
    pub data: data::Settings,
    /// Permissions asked of who creates a group.
    pub create_permission_check: PermissionCheck,
    /// Names of tables.
    pub table_naming: TableNaming,
    /// Groups for each account; `None` for no limit.
    pub groups_per_account: Option<usize>,
    /// Which calls wait for their audit records.
    pub audit_sync: AuditSync,
}

/// Which calls are answered only when their audit records are durable. Others may lose, in a power cut,
/// the records of the last second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AuditSync {
    /// None
    #[default]
    None,
    /// Those that change something
    Writes,
    /// All
    All,
}

impl AuditSync {
    /// Whether a call of this kind waits.
    pub(crate) fn waits(self, is_read: bool) -> bool {
        match self {
            Self::None => false,
            Self::Writes => !is_read,
            Self::All => true,
        }
    }
}

/// Where rows are.
#[derive(Debug, Clone, Default)]
pub enum OnlineSettings {
    /// In `online/` of the store
    #[default]
    Embedded,
    /// In Redis or Valkey; queue and notes in `queue/` of the store
    Redis(RedisSettings),
}

/// Redis or Valkey.
#[derive(Clone)]
pub struct RedisSettings {
    /// `redis://` or `rediss://`, passwords included.
    pub addresses: Vec<String>,
    /// Whether they are nodes of a cluster.
    pub is_cluster: bool,
    /// What keys begin with; `None` for a name of this store's own.
    pub prefix: Option<String>,
    /// File with the certificates of those who vouch for the servers.
    pub certificates: Option<PathBuf>,
    /// Connections, at most.
    pub connections: usize,
    /// Time for connecting, and for an answer.
    pub timeout: Duration,
    /// Replicas that must have a write before it is acknowledged.
    pub replicas: u32,
}

impl std::fmt::Debug for RedisSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Addresses may hold passwords.
        f.debug_struct("RedisSettings")
            .field("addresses", &self.addresses.len())
            .field("is_cluster", &self.is_cluster)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// Who keeps the keys of customers. Those that the service owns are always in `keys/` of the store.
#[derive(Debug, Clone, Default)]
pub enum KeySettings {
    /// The store itself
    #[default]
    Builtin,
    /// AWS KMS, or what speaks its API
    Aws(AwsKeySettings),
}

/// AWS KMS.
#[derive(Debug, Clone)]
pub struct AwsKeySettings {
    /// Principal whose credentials the server has: it holds the grants.
    pub server_principal: String,
    /// Another address than AWS's.
    pub endpoint: Option<String>,
    /// What happens where the caller's permission cannot be predicted.
    pub unpredicted: Unpredicted,
    /// How long what was read of a key may be used.
    pub maximum_age: Duration,
    /// How much longer while the KMS does not answer.
    pub grace: Duration,
    /// How long one call may take.
    pub deadline: Duration,
}

/// Where files of offline stores are.
#[derive(Debug, Clone, Default)]
pub enum OfflineSettings {
    /// In `offline/` of the store, each encrypted with a key of its own
    #[default]
    Directory,
    /// In the buckets that groups name, encrypted there under the group's KMS key
    S3(S3Settings),
}

/// S3, or what speaks its API.
#[derive(Debug, Clone, Default)]
pub struct S3Settings {
    /// Region of the buckets; the store's by default.
    pub region: Option<String>,
    /// Another address than AWS's.
    pub endpoint: Option<String>,
    /// Whether objects are encrypted under a bucket key.
    pub bucket_key: bool,
}

impl StoreSettings {
    /// The settings of the store in a directory. `variable` gives the value of a variable of the
    /// environment.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub fn of_store(
        store: &Path,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ReadError> {
        let path = store.join(FILE);
        // Only a file that is not there is no file: one that cannot be read must not be passed over.
        if matches!(path.try_exists(), Ok(false)) {
            return Ok(Self::default());
        }
        let text =
            text_of(&path, LONGEST).map_err(|message| read::single(&path, read::START, message))?;
        Self::read_text(&path, &text, variable)
    }

    /// Where rows, keys and files are, in a few words.
    pub fn summary(&self) -> String {
        let rows = match &self.online {
            OnlineSettings::Embedded => "embedded",
            OnlineSettings::Redis(redis) if redis.is_cluster => "Redis Cluster",
            OnlineSettings::Redis(_) => "Redis",
        };
        let keys = match &self.keys {
            KeySettings::Builtin => "built-in KMS",
            KeySettings::Aws(_) => "AWS KMS",
        };
        let files = match &self.offline {
            OfflineSettings::Directory => "directory",
            OfflineSettings::S3(_) => "S3",
        };
        format!("{rows}, {keys}, {files}")
    }
}
