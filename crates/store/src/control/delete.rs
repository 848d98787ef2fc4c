//! `DeleteFeatureGroup`, and what a crash left half done.

use rempart_aws_wire::ServiceError;
use rempart_directory::Connection;
use rempart_online::GroupId;
use serde_json::{Value, json};

use super::refusal::{internal, invalid};
use super::{Call, Control, required};
use crate::group::{Group, GroupStatus, StoreKeys};
use crate::registry::{GroupArn, RegistryError};

const ACTION: &str = "sagemaker:DeleteFeatureGroup";

impl Control {
    /// The group is unreadable from its first step on. Its rows go, then its grant and no other; objects
    /// of the offline store and the catalogue stay.
    pub(super) fn delete(&self, call: &mut Call<'_>) -> Result<Value, ServiceError> {
        let name = required(call.input, "FeatureGroupName")?;
        if GroupArn::parse(name).is_some() {
            return Err(invalid("DeleteFeatureGroup takes a name, not an ARN."));
        }
        let group = self.target(call, ACTION, name, Vec::new())?;
        self.parts.registry.update(group.id, |group| {
            if group.status == GroupStatus::Creating {
                return Err(invalid(format!(
                    "The FeatureGroup {} is being created.",
                    group.name
                )));
            }
            group.status = GroupStatus::Deleting;
            group.failure = None;
            group.modified = call.connection.time;
            Ok::<_, ServiceError>(())
        })?;
        self.finish_deletion(call.connection, group.id)?;
        Ok(json!({}))
    }

    /// Drops the rows, retires the grant, buries the group.
    fn finish_deletion(&self, connection: &Connection, id: GroupId) -> Result<(), ServiceError> {
        let group = self.parts.registry.by_id(id);
        let group = group.ok_or(RegistryError::NoGroup)?;
        let done = self.drop_and_retire(connection, &group);
        if let Err(error) = done {
            self.parts.registry.update(id, |group| {
                group.status = GroupStatus::DeleteFailed;
                group.failure = Some(error.message.clone());
                Ok::<_, ServiceError>(())
            })?;
            return Err(error);
        }
        let usage = self.parts.engine.usage(id);
        let usage = usage.map_err(|_| internal("the online store failed"))?;
        if group.offline.is_some() && usage.queued > 0 {
            // Acknowledged rows still go to the offline store.
            self.parts.registry.bury(id)?;
        } else {
            self.parts.registry.forget(id)?;
        }
        Ok(())
    }

    fn drop_and_retire(&self, connection: &Connection, group: &Group) -> Result<(), ServiceError> {
        self.parts
            .engine
            .drop_group(group.id)
            .map_err(|_| internal("the rows of the online store could not be dropped"))?;
        if let Some((key, id)) = granted(group.online_keys.as_ref()) {
            self.retire_grant(connection, group, key, id)?;
        }
        Ok(())
    }

    /// Brings to an end what a crash interrupted: creations become `CreateFailed`, deletions are finished,
    /// grants that nobody uses are retired. To be called once, before the first call is answered.
    ///
    /// # Errors
    /// The registry failed. What the KMS or the engine refuse stays for the next time.
    pub fn resume(&self, connection: &Connection) -> Result<(), ServiceError> {
        for group in self.parts.registry.all() {
            match group.status {
                GroupStatus::Creating => {
                    self.parts.registry.update(group.id, |group| {
                        group.status = GroupStatus::CreateFailed;
                        group.failure = Some("The creation was interrupted.".to_owned());
                        Ok::<_, ServiceError>(())
                    })?;
                }
                GroupStatus::Deleting => {
                    // A failure is in the state of the group.
                    drop(self.finish_deletion(connection, group.id));
                }
                GroupStatus::Created | GroupStatus::CreateFailed | GroupStatus::DeleteFailed => {}
            }
        }
        self.settle_debts(connection)
    }

    /// Retires grants that were left over: their group is gone, and its rows are where they belong. To be
    /// called from time to time.
    ///
    /// # Errors
    /// The registry failed. What the KMS refuses stays for the next time.
    pub fn settle_debts(&self, connection: &Connection) -> Result<(), ServiceError> {
        let mut groups = self.parts.registry.all();
        let living = groups.len();
        groups.extend(self.parts.registry.buried());
        for debt in self.parts.registry.debts() {
            let Some(id) = &debt.grant_id else {
                continue;
            };
            let user = groups.iter().position(|group| {
                [&group.online_keys, &group.offline_keys]
                    .into_iter()
                    .any(|keys| granted(keys.as_ref()) == Some((&debt.kms_key, id)))
            });
            match user {
                Some(position) if position < living => self.parts.registry.settle(&debt)?,
                // Buried: it is still needed, and will not be.
                Some(_) => {}
                None => {
                    if self.retire_of(connection, &debt.group_arn, &debt.kms_key, id) {
                        self.parts.registry.settle(&debt)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Retires a grant of a group that may be gone. Gives whether it is.
    pub(super) fn retire_of(
        &self,
        connection: &Connection,
        group_arn: &str,
        key: &str,
        id: &str,
    ) -> bool {
        let account = GroupArn::parse(group_arn).map_or("", |arn| arn.account);
        self.retire_as(connection, group_arn, account, key, id)
            .is_ok()
    }
}

/// Key and id of the grant of a store.
pub(super) fn granted(keys: Option<&StoreKeys>) -> Option<(&str, &str)> {
    let keys = keys?;
    Some((&keys.kms_key, keys.grant_id.as_deref()?))
}
