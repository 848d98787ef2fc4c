//! The grant under which the store works with a customer's key: one for each online store.

use rempart_aws_wire::ServiceError;
use rempart_directory::{Caller, Connection};
use rempart_keys::{EncryptionContext, GrantRequest, Requester};
use serde_json::{Map, Value};

use super::access::{self, SERVICE};
use super::delete::granted;
use super::material::{ARN_IN_CONTEXT, FIRST_GENERATION, store_context};
use super::record::{self, Asked, Trace};
use super::refusal::{invalid, of_key};
use super::{Call, Control, Grantee};
use crate::data::Side;
use crate::group::Group;
use crate::registry::GrantDebt;

/// What the store does under the grant. It makes no further grants.
const OPERATIONS: [&str; 7] = [
    "Encrypt",
    "Decrypt",
    "GenerateDataKey",
    "ReEncryptFrom",
    "ReEncryptTo",
    "DescribeKey",
    "RetireGrant",
];

/// Name of the grant of a store.
pub(super) fn name_of(group_arn: &str, side: Side) -> String {
    format!("{group_arn}:{}", side.name())
}

/// ARN of the group, and its store, that a grant of this name is for.
pub(super) fn group_of(name: &str) -> Option<(&str, Side)> {
    [Side::Online, Side::Offline].into_iter().find_map(|side| {
        let arn = name.strip_suffix(side.name())?.strip_suffix(':')?;
        Some((arn, side))
    })
}

impl Control {
    /// The grant that a group needs. The same each time, so that a retry finds the old one.
    pub(super) fn grant_request(&self, group_arn: &str, side: Side) -> GrantRequest {
        let mut request = GrantRequest {
            name: Some(name_of(group_arn, side)),
            operations: OPERATIONS.map(str::to_owned).to_vec(),
            context_subset: EncryptionContext::from([(
                ARN_IN_CONTEXT.to_owned(),
                group_arn.to_owned(),
            )]),
            ..GrantRequest::default()
        };
        match &self.settings.grantee {
            Grantee::Service => {
                request.grantee_service = Some(SERVICE.to_owned());
                request.retiring_service = Some(SERVICE.to_owned());
                request.source_arn = Some(group_arn.to_owned());
            }
            Grantee::Principal(arn) => {
                request.grantee = Some(arn.clone());
                request.retiring = Some(arn.clone());
            }
        }
        request
    }

    /// The debt of a grant: written down before the grant is made or retired.
    pub(super) fn debt(group: &Group, side: Side, key: &str, grant_id: Option<&str>) -> GrantDebt {
        GrantDebt {
            group_arn: group.arn.clone(),
            created: group.created,
            kms_key: key.to_owned(),
            name: name_of(&group.arn, side),
            grant_id: grant_id.map(str::to_owned),
        }
    }

    /// Makes the grant in the caller's name, through the store, and sees that it serves. Gives its id.
    pub(super) fn make_grant(
        &self,
        caller: &Caller,
        connection: &Connection,
        group: &Group,
        side: Side,
        key: &str,
    ) -> Result<String, ServiceError> {
        let requester = Requester {
            caller,
            connection,
            via: Some(&self.via_sagemaker),
            tokens: &[],
        };
        let request = self.grant_request(&group.arn, side);
        let context = store_context(&group.arn, side, generation_of(group, side));
        let made = self.parts.keys.create_grant(&requester, key, &request);
        let (id, token) = made.map_err(|error| of_key(key, &error))?;
        let service = self.service_for(group);
        let tokens = [token];
        let by_service = Requester {
            caller: &service,
            connection,
            via: None,
            tokens: &tokens,
        };
        let serves = self
            .parts
            .keys
            .check(&by_service, "kms:Decrypt", key, &context, None);
        if let Err(error) = serves {
            if self.retire_grant(connection, group, key, &id).is_err() {
                self.parts
                    .registry
                    .owe(Self::debt(group, side, key, Some(&id)))?;
            }
            return Err(invalid(format!(
                "The store cannot work under a grant on the KMS key {key}: {}",
                error.message
            )));
        }
        Ok(id)
    }

    /// Retires a grant of a group, as the service. A grant or key that is gone already is fine.
    pub(super) fn retire_grant(
        &self,
        connection: &Connection,
        group: &Group,
        key: &str,
        id: &str,
    ) -> Result<(), ServiceError> {
        self.retire_as(connection, &group.arn, &group.account, key, id)
    }

    pub(super) fn retire_as(
        &self,
        connection: &Connection,
        group_arn: &str,
        account: &str,
        key: &str,
        id: &str,
    ) -> Result<(), ServiceError> {
        let service = access::service_for(&*self.parts.authorizer, group_arn, account);
        let requester = Requester {
            caller: &service,
            connection,
            via: None,
            tokens: &[],
        };
        match self.parts.keys.retire_grant(&requester, key, id) {
            Ok(()) => Ok(()),
            Err(error)
                if matches!(
                    &*error.code,
                    "NotFoundException" | "InvalidGrantIdException"
                ) =>
            {
                Ok(())
            }
            Err(error) => Err(of_key(key, &error)),
        }
    }

    pub(super) fn service_for(&self, group: &Group) -> Caller {
        access::service_for(&*self.parts.authorizer, &group.arn, &group.account)
    }

    /// Makes the grants of a group anew, for a caller who could create it: after they were revoked, the
    /// stores work again. Gives the ids of the grants; one that is still there keeps its id.
    ///
    /// # Errors
    /// The caller may not update the group or lacks a permission on the key; the group has no grant; the
    /// KMS failed.
    pub fn repair(
        &self,
        caller: &Caller,
        connection: &Connection,
        name_or_arn: &str,
    ) -> Result<Vec<String>, ServiceError> {
        self.audited(
            caller,
            connection,
            "RepairFeatureGroup",
            name_or_arn,
            |call| {
                let group = self.target(call, super::update::ACTION, name_or_arn, Vec::new())?;
                let mut ids = Vec::new();
                for (side, keys) in [
                    (Side::Online, &group.online_keys),
                    (Side::Offline, &group.offline_keys),
                ] {
                    let Some((key, _)) = granted(keys.as_ref()) else {
                        continue;
                    };
                    if side == Side::Online {
                        let context = store_context(&group.arn, side, generation_of(&group, side));
                        let request = self.grant_request(&group.arn, side);
                        self.check_permissions(caller, connection, key, &context, &request)?;
                    }
                    let id = self.make_grant(caller, connection, &group, side, key)?;
                    self.parts.registry.update(group.id, |group| {
                        let keys = match side {
                            Side::Online => &mut group.online_keys,
                            Side::Offline => &mut group.offline_keys,
                        };
                        if let Some(keys) = keys {
                            keys.grant_id = Some(id.clone());
                        }
                        Ok::<_, ServiceError>(())
                    })?;
                    ids.push(id);
                }
                if ids.is_empty() {
                    return Err(invalid("No store of the FeatureGroup works under a grant."));
                }
                Ok(ids)
            },
        )
    }

    /// An operation that is none of AWS's, on record like the others.
    pub(super) fn audited<T>(
        &self,
        caller: &Caller,
        connection: &Connection,
        operation: &'static str,
        name_or_arn: &str,
        work: impl FnOnce(&mut Call<'_>) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        let mut input = Map::new();
        input.insert("FeatureGroupName".to_owned(), Value::from(name_or_arn));
        let mut trace = Trace::default();
        let answer = work(&mut Call {
            caller,
            connection,
            input: &input,
            trace: &mut trace,
        });
        let asked = Asked {
            caller,
            connection,
            operation,
            input: &input,
            region: &self.settings.region,
        };
        for event in record::events(asked, trace, answer.as_ref().err()) {
            self.parts.audit.record(event);
        }
        answer
    }
}

/// Generation of a store's key: the first, where there is none yet.
fn generation_of(group: &Group, side: Side) -> u32 {
    let keys = match side {
        Side::Online => &group.online_keys,
        Side::Offline => &group.offline_keys,
    };
    keys.as_ref()
        .map_or(FIRST_GENERATION, |keys| keys.generation)
}
