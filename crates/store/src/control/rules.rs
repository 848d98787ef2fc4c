//! What a feature group must look like, beyond the shapes of the service model (API reference,
//! `CreateFeatureGroup` and `UpdateFeatureGroup`).

pub(super) mod location;

use std::collections::{BTreeMap, HashSet};

use rempart_aws_wire::ServiceError;

use super::input::{Input, flag, has, number, object, objects, text};
use super::refusal::invalid;
use crate::group::{
    CollectionType, FeatureDefinition, FeatureType, OnlineConfig, StorageType, Throughput, Ttl,
    TtlUnit,
};

/// Columns that the offline store adds.
const RESERVED_NAMES: [&str; 3] = ["is_deleted", "write_time", "api_invocation_time"];
/// Features in a group.
const MOST_FEATURES: usize = 2_500;
/// Tags of a group.
pub(super) const MOST_TAGS: usize = 50;

pub(super) fn definitions(
    input: &Input,
    member: &str,
) -> Result<Vec<FeatureDefinition>, ServiceError> {
    objects(input, member).map(definition).collect()
}

fn definition(input: &Input) -> Result<FeatureDefinition, ServiceError> {
    let name = text(input, "FeatureName").unwrap_or_default();
    if RESERVED_NAMES
        .iter()
        .any(|reserved| name.eq_ignore_ascii_case(reserved))
    {
        return Err(invalid(format!(
            "The feature name {name} is reserved: is_deleted, write_time and api_invocation_time \
             cannot be used."
        )));
    }
    let kind = match text(input, "FeatureType") {
        Some("String") => FeatureType::String,
        Some("Integral") => FeatureType::Integral,
        Some("Fractional") => FeatureType::Fractional,
        _ => return Err(invalid(format!("The feature {name} has no FeatureType."))),
    };
    let dimension = object(input, "CollectionConfig")
        .and_then(|config| object(config, "VectorConfig"))
        .and_then(|config| number(config, "Dimension"));
    let has_config = has(input, "CollectionConfig");
    let collection = match text(input, "CollectionType") {
        None if has_config => {
            return Err(invalid(format!(
                "The feature {name} has a CollectionConfig and no CollectionType."
            )));
        }
        None => None,
        Some("Vector") => {
            if kind != FeatureType::Fractional {
                return Err(invalid(format!(
                    "The feature {name} is a Vector: its FeatureType must be Fractional."
                )));
            }
            let dimension = dimension.ok_or_else(|| {
                invalid(format!(
                    "The feature {name} is a Vector: CollectionConfig.VectorConfig.Dimension is \
                     required."
                ))
            })?;
            Some(CollectionType::Vector { dimension })
        }
        Some(_) if has_config => {
            return Err(invalid(format!(
                "The feature {name} has a CollectionConfig, which only a Vector has."
            )));
        }
        Some("Set") => Some(CollectionType::Set),
        Some(_) => Some(CollectionType::List),
    };
    Ok(FeatureDefinition {
        name: name.to_owned(),
        kind,
        collection,
    })
}

/// All definitions of a group, old ones first: no name twice, not too many. Names that differ only in
/// case would be one column of the offline store.
pub(super) fn check_definitions(all: &[FeatureDefinition]) -> Result<(), ServiceError> {
    if all.len() > MOST_FEATURES {
        return Err(ServiceError::new(
            "ResourceLimitExceeded",
            format!("A FeatureGroup has at most {MOST_FEATURES} features."),
        ));
    }
    let mut seen = HashSet::with_capacity(all.len());
    for definition in all {
        if !seen.insert(definition.name.to_ascii_lowercase()) {
            return Err(invalid(format!(
                "The feature name {} is given more than once (names are compared without case).",
                definition.name
            )));
        }
    }
    Ok(())
}

/// Record identifier and event time are features, of the right kinds.
pub(super) fn check_roles(
    features: &[FeatureDefinition],
    identifier: &str,
    event_time: &str,
) -> Result<(), ServiceError> {
    let find = |member: &str, name: &str| {
        let found = features.iter().find(|feature| feature.name == name);
        let feature = found.ok_or_else(|| {
            invalid(format!(
                "{member} {name} is not among the FeatureDefinitions."
            ))
        })?;
        match feature.collection {
            None => Ok(feature),
            Some(_) => Err(invalid(format!("{member} {name} cannot be a collection."))),
        }
    };
    find("RecordIdentifierFeatureName", identifier)?;
    let time = find("EventTimeFeatureName", event_time)?;
    if time.kind == FeatureType::Integral {
        return Err(invalid(format!(
            "EventTimeFeatureName {event_time} must be of type String or Fractional."
        )));
    }
    if identifier == event_time {
        return Err(invalid(
            "RecordIdentifierFeatureName and EventTimeFeatureName must be two features.",
        ));
    }
    Ok(())
}

/// The online store that is asked for; its key is not resolved yet. `None` when it is not enabled.
pub(super) fn online(input: &Input) -> Result<Option<OnlineConfig>, ServiceError> {
    let Some(config) = object(input, "OnlineStoreConfig") else {
        return Ok(None);
    };
    let key = object(config, "SecurityConfig").and_then(|security| text(security, "KmsKeyId"));
    let key = key.filter(|key| !key.is_empty());
    if !flag(config, "EnableOnlineStore") {
        let says_more = key.is_some() || has(config, "TtlDuration") || has(config, "StorageType");
        if says_more {
            return Err(invalid(
                "OnlineStoreConfig has settings of an online store, but EnableOnlineStore is false.",
            ));
        }
        return Ok(None);
    }
    let ttl = match object(config, "TtlDuration") {
        None => None,
        Some(given) => match ttl(given)? {
            TtlChange::To(ttl) => Some(ttl),
            TtlChange::Removed => return Err(invalid("TtlDuration needs Unit and Value.")),
        },
    };
    Ok(Some(OnlineConfig {
        kms_key: None,
        kms_key_given: key.map(str::to_owned),
        ttl,
        storage: storage(config).unwrap_or(StorageType::Standard),
    }))
}

pub(super) fn storage(config: &Input) -> Option<StorageType> {
    match text(config, "StorageType")? {
        "Standard_V2" => Some(StorageType::StandardV2),
        "InMemory" => Some(StorageType::InMemory),
        _ => Some(StorageType::Standard),
    }
}

/// What a `TtlDuration` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TtlChange {
    To(Ttl),
    /// `Unit` and `Value` are null or left out
    Removed,
}

pub(super) fn ttl(input: &Input) -> Result<TtlChange, ServiceError> {
    let unit = text(input, "Unit").and_then(TtlUnit::named);
    if !has(input, "Value") && unit.is_none() {
        return Ok(TtlChange::Removed);
    }
    match (unit, number(input, "Value")) {
        (Some(unit), Some(value)) if value > 0 => Ok(TtlChange::To(Ttl { unit, value })),
        _ => Err(invalid(
            "TtlDuration needs a Unit and a Value of at least 1, or neither.",
        )),
    }
}

/// Throughput for a group with this online store.
pub(super) fn throughput(
    config: &Input,
    online: Option<&OnlineConfig>,
) -> Result<Throughput, ServiceError> {
    let read_units = number(config, "ProvisionedReadCapacityUnits");
    let write_units = number(config, "ProvisionedWriteCapacityUnits");
    let provisioned = match text(config, "ThroughputMode") {
        Some("Provisioned") => true,
        Some(_) => false,
        None => return Err(invalid("ThroughputConfig needs a ThroughputMode.")),
    };
    if !provisioned {
        if read_units.is_some() || write_units.is_some() {
            return Err(invalid(
                "Capacity units are not applicable to the throughput mode OnDemand.",
            ));
        }
    } else {
        if online.is_some_and(|online| online.storage != StorageType::Standard) {
            return Err(invalid(
                "Provisioned throughput needs a Standard online store, or an offline store only.",
            ));
        }
        if online.is_none() && read_units.is_some() {
            return Err(invalid(
                "ProvisionedReadCapacityUnits needs an online store.",
            ));
        }
        if write_units.is_none() || (online.is_some() && read_units.is_none()) {
            return Err(invalid("Provisioned throughput needs its capacity units."));
        }
    }
    Ok(Throughput {
        provisioned,
        read_units,
        write_units,
        on_demand_since: None,
    })
}

/// Tags as they are given. A key twice is an error.
pub(super) fn tags(input: &Input) -> Result<BTreeMap<String, String>, ServiceError> {
    let mut tags = BTreeMap::new();
    for tag in objects(input, "Tags") {
        let key = text(tag, "Key").unwrap_or_default();
        let value = text(tag, "Value").unwrap_or_default();
        check_tag_key(key)?;
        if tags.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(invalid(format!(
                "The tag key {key} is given more than once."
            )));
        }
    }
    Ok(tags)
}

/// Keys that begin with `aws:` are AWS's (Tagging AWS Resources, "Tag naming limits").
pub(super) fn check_tag_key(key: &str) -> Result<(), ServiceError> {
    let prefix = key.get(..4).unwrap_or_default();
    if prefix.eq_ignore_ascii_case("aws:") {
        return Err(invalid(
            "Tag keys that begin with aws: are reserved for AWS.",
        ));
    }
    Ok(())
}

/// Condition keys are compared without case: two tags of a group whose keys differ in case only cannot
/// be decided on.
pub(super) fn check_tags(tags: &BTreeMap<String, String>) -> Result<(), ServiceError> {
    if tags.len() > MOST_TAGS {
        return Err(limit_of_tags());
    }
    let mut seen = HashSet::with_capacity(tags.len());
    for key in tags.keys() {
        if !seen.insert(key.to_lowercase()) {
            return Err(invalid(format!(
                "The tag key {key} differs from another one in case only."
            )));
        }
    }
    Ok(())
}

fn limit_of_tags() -> ServiceError {
    super::refusal::limit(format!("A FeatureGroup has at most {MOST_TAGS} tags."))
}
