//! Rotation and change of the key of an online store. Rows are never rewritten at once: what changes is
//! under what the store key is sealed, and which data key new rows get.

use rempart_aws_wire::ServiceError;
use rempart_directory::{Caller, Connection};
use rempart_keys::Requester;

use super::delete::granted;
use super::material::{new_data_key, store_context};
use super::permissions::check_kind;
use super::refusal::{internal, invalid, of_key};
use super::update::{ACTION, check_changeable};
use super::{Call, Control};
use crate::data::Side;
use crate::group::{Group, StoreKeys};

impl Control {
    /// Seals the store key under the newest material of its KMS key, after that was rotated.
    ///
    /// # Errors
    /// The caller may not update the group; the group has no online store; the KMS failed.
    pub fn rotate(
        &self,
        caller: &Caller,
        connection: &Connection,
        name_or_arn: &str,
    ) -> Result<(), ServiceError> {
        self.audited(caller, connection, "RotateStoreKey", name_or_arn, |call| {
            let group = self.target(call, ACTION, name_or_arn, Vec::new())?;
            let keys = online_keys(&group)?;
            let sealed = self.reseal(connection, &group, keys, &keys.kms_key)?;
            self.replace(&group, keys, |new| new.store_key = sealed)
        })
    }

    /// Begins a new epoch: rows that are written from now on get a new data key. Old ones stay readable.
    ///
    /// # Errors
    /// As [`Control::rotate`].
    pub fn new_epoch(
        &self,
        caller: &Caller,
        connection: &Connection,
        name_or_arn: &str,
    ) -> Result<(), ServiceError> {
        self.audited(caller, connection, "RotateDataKey", name_or_arn, |call| {
            let group = self.target(call, ACTION, name_or_arn, Vec::new())?;
            let keys = online_keys(&group)?;
            let service = self.service_for(&group);
            let requester = Requester {
                caller: &service,
                connection,
                via: None,
                tokens: &[],
            };
            let context = store_context(&group.arn, Side::Online, keys.generation);
            let store_key = self
                .parts
                .keys
                .decrypt(&requester, &keys.kms_key, &keys.store_key, &context)
                .map_err(|error| of_key(&keys.kms_key, &error))?;
            let newest = keys.data_keys.last().map_or(0, |key| key.id);
            let id = newest
                .checked_add(1)
                .ok_or_else(|| internal("no number for a data key is left"))?;
            let data_key = new_data_key(&store_key, &group.arn, Side::Online, id, connection.time)?;
            self.replace(&group, keys, |new| new.data_keys.push(data_key))
        })
    }

    /// Changes the customer's key of the online store. The caller needs on the new key what the creation
    /// of a group needs. The grant on the new key is made and tried, the store key is sealed under it,
    /// the registry switches from one to the other at once, and then the grant on the old key is retired:
    /// a crash at any point leaves a store that can be read.
    ///
    /// # Errors
    /// The caller may not update the group or lacks a permission on the new key; the new key cannot be
    /// used; the store cannot use its old key; the KMS failed.
    pub fn rekey(
        &self,
        caller: &Caller,
        connection: &Connection,
        name_or_arn: &str,
        new_key: &str,
    ) -> Result<(), ServiceError> {
        self.audited(caller, connection, "RekeyStore", name_or_arn, |call| {
            self.rekey_unrecorded(call, name_or_arn, new_key)
        })
    }

    fn rekey_unrecorded(
        &self,
        call: &mut Call<'_>,
        name_or_arn: &str,
        new_key: &str,
    ) -> Result<(), ServiceError> {
        let (caller, connection) = (call.caller, call.connection);
        let group = self.target(call, ACTION, name_or_arn, Vec::new())?;
        check_changeable(&group)?;
        let keys = online_keys(&group)?;
        let requester = Requester {
            caller,
            connection,
            via: Some(&self.via_sagemaker),
            tokens: &[],
        };
        let view = self
            .parts
            .keys
            .describe(&requester, new_key)
            .map_err(|error| of_key(new_key, &error))?;
        check_kind(&view, &self.settings.region)?;
        if view.arn == keys.kms_key {
            return Err(invalid("The online store is under this key already."));
        }
        let context = store_context(&group.arn, Side::Online, keys.generation);
        let request = self.grant_request(&group.arn, Side::Online);
        self.check_permissions(caller, connection, &view.arn, &context, &request)?;

        let mut owed = Self::debt(&group, Side::Online, &view.arn, None);
        self.parts.registry.owe(owed.clone())?;
        let made = self.make_grant(caller, connection, &group, Side::Online, &view.arn);
        let id = match made {
            Ok(id) => id,
            Err(error) => {
                if self.parts.registry.debts().contains(&owed) {
                    self.parts.registry.settle(&owed)?;
                }
                return Err(error);
            }
        };
        owed.grant_id = Some(id.clone());
        self.parts.registry.owe(owed.clone())?;
        let old = granted(Some(keys));
        let old_debt = old.map(|(key, id)| Self::debt(&group, Side::Online, key, Some(id)));
        let switched = self
            .reseal(connection, &group, keys, &view.arn)
            .and_then(|sealed| {
                if let Some(debt) = &old_debt {
                    self.parts.registry.owe(debt.clone())?;
                }
                self.switch(&group, keys, &view.arn, new_key, sealed, &id)
            });
        if let Err(error) = switched {
            if let Some(debt) = &old_debt {
                self.parts.registry.settle(debt)?;
            }
            if self
                .retire_grant(connection, &group, &view.arn, &id)
                .is_ok()
            {
                self.parts.registry.settle(&owed)?;
            }
            return Err(error);
        }
        self.parts.registry.settle(&owed)?;
        if let (Some((key, id)), Some(debt)) = (old, &old_debt)
            && self.retire_grant(connection, &group, key, id).is_ok()
        {
            self.parts.registry.settle(debt)?;
        }
        Ok(())
    }

    /// The store key, sealed under another key or the newest material of its own, by the store itself.
    fn reseal(
        &self,
        connection: &Connection,
        group: &Group,
        keys: &StoreKeys,
        to: &str,
    ) -> Result<Vec<u8>, ServiceError> {
        let service = self.service_for(group);
        let requester = Requester {
            caller: &service,
            connection,
            via: None,
            tokens: &[],
        };
        let context = store_context(&group.arn, Side::Online, keys.generation);
        self.parts
            .keys
            .re_encrypt(&requester, &keys.kms_key, to, &keys.store_key, &context)
            .map_err(|error| of_key(&keys.kms_key, &error))
    }

    fn switch(
        &self,
        group: &Group,
        old: &StoreKeys,
        key: &str,
        given: &str,
        sealed: Vec<u8>,
        grant_id: &str,
    ) -> Result<(), ServiceError> {
        self.parts.registry.update(group.id, |group| {
            check_changeable(group)?;
            let (Some(keys), Some(online)) = (&mut group.online_keys, &mut group.online) else {
                return Err(internal("the online store lost its keys"));
            };
            check_unchanged(keys, old)?;
            keys.kms_key = key.to_owned();
            keys.store_key = sealed;
            keys.grant_id = Some(grant_id.to_owned());
            online.kms_key = Some(key.to_owned());
            online.kms_key_given = Some(given.to_owned());
            Ok(())
        })
    }

    fn replace(
        &self,
        group: &Group,
        old: &StoreKeys,
        change: impl FnOnce(&mut StoreKeys),
    ) -> Result<(), ServiceError> {
        self.parts.registry.update(group.id, |group| {
            check_changeable(group)?;
            let keys = group.online_keys.as_mut();
            let keys = keys.ok_or_else(|| internal("the online store lost its keys"))?;
            check_unchanged(keys, old)?;
            change(keys);
            Ok(())
        })
    }
}

fn online_keys(group: &Group) -> Result<&StoreKeys, ServiceError> {
    group
        .online_keys
        .as_ref()
        .ok_or_else(|| invalid("The FeatureGroup has no online store."))
}

/// Keys that another call changed meanwhile are not overwritten.
fn check_unchanged(now: &StoreKeys, before: &StoreKeys) -> Result<(), ServiceError> {
    if now == before {
        return Ok(());
    }
    Err(invalid(
        "The keys of the FeatureGroup were changed by another call; try again.",
    ))
}
