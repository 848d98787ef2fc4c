//! `UpdateFeatureGroup`.

use jiff::{SignedDuration, Timestamp};
use rempart_aws_wire::ServiceError;
use serde_json::{Value, json};

use super::input::{Input, has, object, objects, text};
use super::refusal::{invalid, limit};
use super::rules::{self, TtlChange};
use super::{Call, Control, required};
use crate::group::{Group, GroupStatus, LastUpdate, StorageType};

pub(super) const ACTION: &str = "sagemaker:UpdateFeatureGroup";
/// Between two switches to `OnDemand`.
const BETWEEN_SWITCHES: SignedDuration = SignedDuration::from_hours(24);
const PARAMETERS: [&str; 3] = ["FeatureAdditions", "OnlineStoreConfig", "ThroughputConfig"];

impl Control {
    pub(super) fn update(&self, call: &mut Call<'_>) -> Result<Value, ServiceError> {
        let name = required(call.input, "FeatureGroupName")?;
        let group = self.target(call, ACTION, name, Vec::new())?;
        let given = PARAMETERS
            .iter()
            .filter(|name| has(call.input, name))
            .count();
        if given != 1 {
            return Err(invalid(format!(
                "UpdateFeatureGroup takes exactly one of {} per call.",
                PARAMETERS.join(", ")
            )));
        }
        for definition in objects(call.input, "FeatureAdditions") {
            if let Some(name) = text(definition, "FeatureName") {
                call.trace.watch("a FeatureName", name);
            }
        }
        let (input, now) = (call.input, call.connection.time);
        self.parts.registry.update(group.id, |group| {
            check_changeable(group)?;
            change(group, input, now)?;
            group.modified = now;
            group.last_update = Some(LastUpdate::Successful);
            Ok::<_, ServiceError>(())
        })?;
        call.trace.answers(json!({ "featureGroupArn": group.arn }));
        Ok(json!({ "FeatureGroupArn": group.arn }))
    }
}

/// Whether the group is there to stay, and nothing else is being changed.
pub(super) fn check_changeable(group: &Group) -> Result<(), ServiceError> {
    if group.status != GroupStatus::Created {
        return Err(invalid(format!(
            "The FeatureGroup {} is {} and cannot be changed.",
            group.name,
            super::describe::status_text(group.status)
        )));
    }
    if group.last_update == Some(LastUpdate::InProgress) {
        return Err(invalid(format!(
            "Another update of the FeatureGroup {} is in progress.",
            group.name
        )));
    }
    Ok(())
}

fn change(group: &mut Group, input: &Input, now: Timestamp) -> Result<(), ServiceError> {
    if has(input, "FeatureAdditions") {
        let additions = rules::definitions(input, "FeatureAdditions")?;
        if additions.is_empty() {
            return Err(invalid("FeatureAdditions is empty."));
        }
        group.features.extend(additions);
        rules::check_definitions(&group.features)?;
        group.schema_version = group
            .schema_version
            .checked_add(1)
            .ok_or_else(|| limit("The FeatureGroup was changed too often."))?;
        return Ok(());
    }
    if let Some(config) = object(input, "OnlineStoreConfig") {
        return change_online(group, config);
    }
    let Some(config) = object(input, "ThroughputConfig") else {
        return Err(invalid("ThroughputConfig is no structure."));
    };
    let mut throughput = rules::throughput(config, group.online.as_ref())?;
    let old = group.throughput;
    throughput.on_demand_since = old.and_then(|old| old.on_demand_since);
    let was_provisioned = old.is_some_and(|old| old.provisioned);
    if was_provisioned && !throughput.provisioned {
        let last = throughput.on_demand_since;
        if last.is_some_and(|last| now.duration_since(last) < BETWEEN_SWITCHES) {
            return Err(limit(
                "The throughput mode can be switched to OnDemand once in 24 hours.",
            ));
        }
        throughput.on_demand_since = Some(now);
    }
    group.throughput = Some(throughput);
    Ok(())
}

fn change_online(group: &mut Group, config: &Input) -> Result<(), ServiceError> {
    let provisioned = group
        .throughput
        .is_some_and(|throughput| throughput.provisioned);
    let Some(online) = &mut group.online else {
        return Err(invalid(format!(
            "The FeatureGroup {} has no online store.",
            group.name
        )));
    };
    if !has(config, "TtlDuration") && !has(config, "StorageType") {
        return Err(invalid(
            "OnlineStoreConfig needs a TtlDuration or a StorageType.",
        ));
    }
    if let Some(duration) = object(config, "TtlDuration") {
        online.ttl = match rules::ttl(duration)? {
            TtlChange::To(ttl) => Some(ttl),
            TtlChange::Removed => None,
        };
    }
    if let Some(storage) = rules::storage(config)
        && storage != online.storage
    {
        if (online.storage, storage) != (StorageType::Standard, StorageType::StandardV2) {
            return Err(invalid(
                "The StorageType can be changed from Standard to Standard_V2 only.",
            ));
        }
        if provisioned {
            return Err(invalid(
                "Provisioned throughput needs a Standard online store.",
            ));
        }
        online.storage = storage;
    }
    Ok(())
}
