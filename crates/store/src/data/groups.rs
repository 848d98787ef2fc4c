//! What the data plane needs of the registry.

use std::fmt;
use std::sync::Arc;

use rempart_online::GroupId;
use rempart_policy::CompiledPolicy;

use super::view::Side;
use crate::group::{Group, OfflineStatus, SealedDataKey};
use crate::registry::{Registry, RegistryError};

/// A registry of groups. Reads are linearizable: a group that was created is found from then on.
pub trait Groups: Send + Sync + fmt::Debug {
    /// The group that a name or an ARN means to callers of this account, in any status.
    fn find(&self, account: &str, name_or_arn: &str) -> Option<Arc<Group>>;

    /// All groups.
    fn all(&self) -> Vec<Arc<Group>>;

    /// Deleted groups whose queues may still hold rows for the offline store.
    fn buried(&self) -> Vec<Arc<Group>>;

    /// A deleted group has no queued row any more.
    ///
    /// # Errors
    /// It was not kept; the text says why.
    fn drained(&self, group: GroupId) -> Result<(), String>;

    /// The resource policy of a group: what is shared with other accounts.
    fn share(&self, group: &Group) -> Option<Arc<CompiledPolicy>>;

    /// Sets the status of an offline store, durably.
    ///
    /// # Errors
    /// It was not kept; the text says why.
    fn set_offline_status(&self, group: GroupId, status: OfflineStatus) -> Result<(), String>;

    /// Adds a data key, durably. Nothing happens when there is one with this id already.
    ///
    /// # Errors
    /// It was not kept; the text says why.
    fn add_data_key(&self, group: GroupId, side: Side, key: SealedDataKey) -> Result<(), String>;
}

/// The registry of one server, without shares of other accounts.
impl Groups for Registry {
    fn find(&self, account: &str, name_or_arn: &str) -> Option<Arc<Group>> {
        self.group(account, name_or_arn)
    }

    fn all(&self) -> Vec<Arc<Group>> {
        Registry::all(self)
    }

    fn buried(&self) -> Vec<Arc<Group>> {
        Registry::buried(self)
    }

    fn drained(&self, group: GroupId) -> Result<(), String> {
        self.forget(group).map_err(|error| error.to_string())
    }

    fn share(&self, _group: &Group) -> Option<Arc<CompiledPolicy>> {
        None
    }

    fn set_offline_status(&self, group: GroupId, status: OfflineStatus) -> Result<(), String> {
        self.update(group, |group| {
            group.offline_status = Some(status);
            Ok::<(), RegistryError>(())
        })
        .map(|_| ())
        .map_err(|error| error.to_string())
    }

    fn add_data_key(&self, group: GroupId, side: Side, key: SealedDataKey) -> Result<(), String> {
        self.update(group, |group| {
            let keys = match side {
                Side::Online => &mut group.online_keys,
                Side::Offline => &mut group.offline_keys,
            };
            if let Some(keys) = keys
                && keys.data_keys.last().is_none_or(|last| last.id < key.id)
            {
                keys.data_keys.push(key);
            }
            Ok::<(), RegistryError>(())
        })
        .map(|_| ())
        .map_err(|error| error.to_string())
    }
}
