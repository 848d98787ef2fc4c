//! A group becomes one: registry, grant, keys; or nothing is left of it.

use rempart_aws_wire::ServiceError;
use rempart_keys::Requester;

use crate::control::refusal::{internal, name_taken};
use crate::control::{Call, Control};
use crate::data::Side;
use crate::group::{Group, GroupStatus, StoreKeys};
use crate::registry::{GrantDebt, RegistryError};

impl Control {
    /// Makes the group: it is on disk as `Creating` first, and without a trace when a later step fails.
    pub(super) fn establish(&self, call: &Call<'_>, group: Group) -> Result<String, ServiceError> {
        let name = group.name.clone();
        let group = match self.parts.registry.create(group) {
            Ok(group) => group,
            Err(RegistryError::NameTaken) => return Err(name_taken(&name)),
            Err(error) => return Err(error.into()),
        };
        let mut debts = Vec::new();
        let made = self.make_keys(call, &group, &mut debts).and_then(|keys| {
            self.parts.registry.update(group.id, |group| {
                (group.online_keys, group.offline_keys) = keys;
                group.status = GroupStatus::Created;
                Ok::<_, ServiceError>(())
            })
        });
        if let Err(error) = made {
            self.undo(call, &group, debts)?;
            return Err(error);
        }
        for debt in &debts {
            self.parts.registry.settle(debt)?;
        }
        Ok(group.arn.clone())
    }

    fn make_keys(
        &self,
        call: &Call<'_>,
        group: &Group,
        debts: &mut Vec<GrantDebt>,
    ) -> Result<(Option<StoreKeys>, Option<StoreKeys>), ServiceError> {
        let now = call.connection.time;
        let service = self.service_for(group);
        let by_service = Requester {
            caller: &service,
            connection: call.connection,
            via: None,
            tokens: &[],
        };
        let service_key = self.settings.service_key.as_str();
        let online_key = group
            .online
            .as_ref()
            .map(|online| online.kms_key.as_deref());
        let online = match online_key {
            None => None,
            Some(None) => {
                let arn = &group.arn;
                let keys = self.new_store_keys(&by_service, service_key, arn, Side::Online, now)?;
                Some(keys)
            }
            Some(Some(key)) => {
                let id = self.granted_anew(call, group, Side::Online, key, debts)?;
                let requester = self.by_caller(call);
                let mut keys =
                    self.new_store_keys(&requester, key, &group.arn, Side::Online, now)?;
                keys.grant_id = Some(id);
                Some(keys)
            }
        };
        // What waits for the offline store must stay readable while its key is not usable, so that no
        // row is lost: it is under the service's own key. Files are sealed under the customer's.
        let offline = match &group.offline {
            None => None,
            Some(_) => {
                let arn = &group.arn;
                let keys =
                    self.new_store_keys(&by_service, service_key, arn, Side::Offline, now)?;
                Some(keys)
            }
        };
        Ok((online, offline))
    }

    /// Makes a grant, written down before.
    fn granted_anew(
        &self,
        call: &Call<'_>,
        group: &Group,
        side: Side,
        key: &str,
        debts: &mut Vec<GrantDebt>,
    ) -> Result<String, ServiceError> {
        let debt = Self::debt(group, side, key, None);
        self.parts.registry.owe(debt.clone())?;
        debts.push(debt.clone());
        let id = self.make_grant(call.caller, call.connection, group, side, key)?;
        debts.pop();
        debts.push(GrantDebt {
            grant_id: Some(id.clone()),
            ..debt
        });
        Ok(id)
    }

    /// Leaves nothing behind; what cannot be undone now stays written down.
    fn undo(
        &self,
        call: &Call<'_>,
        group: &Group,
        debts: Vec<GrantDebt>,
    ) -> Result<(), ServiceError> {
        for debt in debts {
            match &debt.grant_id {
                Some(id) => {
                    let retired = self.retire_grant(call.connection, group, &debt.kms_key, id);
                    match retired {
                        Ok(()) => self.parts.registry.settle(&debt)?,
                        Err(_) => self.parts.registry.owe(debt)?,
                    }
                }
                // None was made, or `make_grant` wrote down its id.
                None if self.parts.registry.debts().contains(&debt) => {
                    self.parts.registry.settle(&debt)?;
                }
                None => {}
            }
        }
        self.parts
            .registry
            .forget(group.id)
            .map_err(|_| internal("the registry of feature groups failed"))
    }
}
