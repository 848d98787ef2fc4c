//! `DescribeFeatureGroup`, and groups as answers show them.

use rempart_aws_wire::ServiceError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::input::{seconds, text};
use super::refusal::internal;
use super::{Call, Control, required};
use crate::group::{
    CollectionType, FeatureDefinition, FeatureType, Group, GroupStatus, LastUpdate, OfflineConfig,
    OfflineStatus, OnlineConfig, StorageType, Throughput, Ttl,
};

const ACTION: &str = "sagemaker:DescribeFeatureGroup";

/// Where the next page of definitions begins. Definitions are only ever added.
#[derive(Serialize, Deserialize)]
struct Place(usize);

impl Control {
    pub(super) fn describe(&self, call: &mut Call<'_>) -> Result<Value, ServiceError> {
        let name = required(call.input, "FeatureGroupName")?;
        let group = self.target(call, ACTION, name, Vec::new())?;
        let question = format!("DescribeFeatureGroup\0{}\0{}", group.arn, group.id.0);
        let first = match text(call.input, "NextToken").filter(|token| !token.is_empty()) {
            Some(token) => self.tokens.open::<Place>(&question, token)?.0,
            None => 0,
        };
        let page = self.settings.definitions_per_page.max(1);
        let next = first.saturating_add(page);
        let mut answer = group_json(&group, first, page);
        if let Some(throughput) = &group.throughput {
            answer.insert("ThroughputConfig".to_owned(), throughput_json(throughput));
        }
        if group.online.is_some() {
            let usage = self.parts.engine.usage(group.id);
            let usage = usage.map_err(|_| internal("the online store failed"))?;
            answer.insert("OnlineStoreTotalSizeBytes".to_owned(), usage.bytes.into());
        }
        if next < group.features.len() {
            let token = self.tokens.seal(&question, &Place(next))?;
            answer.insert("NextToken".to_owned(), token.into());
        }
        Ok(Value::Object(answer))
    }
}

/// The members that `DescribeFeatureGroup` and `Search` share, with a part of the definitions.
pub(super) fn group_json(group: &Group, first: usize, page: usize) -> Map<String, Value> {
    let definitions: Vec<Value> = group
        .features
        .iter()
        .skip(first)
        .take(page)
        .map(definition_json)
        .collect();
    let mut answer = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            answer.insert(name.to_owned(), value);
        }
    };
    put("FeatureGroupArn", group.arn.as_str().into());
    put("FeatureGroupName", group.name.as_str().into());
    put(
        "RecordIdentifierFeatureName",
        group.identifier.as_str().into(),
    );
    put("EventTimeFeatureName", group.event_time.as_str().into());
    put("FeatureDefinitions", definitions.into());
    put("CreationTime", seconds(group.created));
    put("LastModifiedTime", seconds(group.modified));
    put(
        "OnlineStoreConfig",
        group.online.as_ref().map(online_json).into(),
    );
    put(
        "OfflineStoreConfig",
        group.offline.as_ref().map(offline_json).into(),
    );
    put("RoleArn", group.role_arn.as_deref().into());
    put("FeatureGroupStatus", status_text(group.status).into());
    put(
        "OfflineStoreStatus",
        group
            .offline_status
            .as_ref()
            .map(offline_status_json)
            .into(),
    );
    put(
        "LastUpdateStatus",
        group.last_update.as_ref().map(last_update_json).into(),
    );
    put("FailureReason", group.failure.as_deref().into());
    put("Description", group.description.as_deref().into());
    answer
}

pub(super) fn type_text(kind: FeatureType) -> &'static str {
    match kind {
        FeatureType::String => "String",
        FeatureType::Integral => "Integral",
        FeatureType::Fractional => "Fractional",
    }
}

fn definition_json(definition: &FeatureDefinition) -> Value {
    let mut answer = json!({
        "FeatureName": definition.name,
        "FeatureType": type_text(definition.kind),
    });
    let collection = match definition.collection {
        None => return answer,
        Some(CollectionType::List) => "List",
        Some(CollectionType::Set) => "Set",
        Some(CollectionType::Vector { dimension }) => {
            if let Value::Object(members) = &mut answer {
                members.insert(
                    "CollectionConfig".to_owned(),
                    json!({ "VectorConfig": { "Dimension": dimension } }),
                );
            }
            "Vector"
        }
    };
    if let Value::Object(members) = &mut answer {
        members.insert("CollectionType".to_owned(), collection.into());
    }
    answer
}

fn ttl_json(ttl: Ttl) -> Value {
    json!({ "Unit": ttl.unit.name(), "Value": ttl.value })
}

fn online_json(online: &OnlineConfig) -> Value {
    let mut answer = Map::new();
    if let Some(key) = &online.kms_key_given {
        answer.insert("SecurityConfig".to_owned(), json!({ "KmsKeyId": key }));
    }
    answer.insert("EnableOnlineStore".to_owned(), true.into());
    if let Some(ttl) = online.ttl {
        answer.insert("TtlDuration".to_owned(), ttl_json(ttl));
    }
    let storage = match online.storage {
        StorageType::Standard => "Standard",
        StorageType::StandardV2 => "Standard_V2",
        StorageType::InMemory => "InMemory",
    };
    answer.insert("StorageType".to_owned(), storage.into());
    Value::Object(answer)
}

fn offline_json(offline: &OfflineConfig) -> Value {
    let mut storage = json!({
        "S3Uri": offline.s3_uri,
        "ResolvedOutputS3Uri": offline.resolved_uri,
    });
    if let (Some(key), Value::Object(members)) = (&offline.kms_key_given, &mut storage) {
        members.insert("KmsKeyId".to_owned(), key.as_str().into());
    }
    let mut answer = Map::new();
    answer.insert("S3StorageConfig".to_owned(), storage);
    answer.insert(
        "DisableGlueTableCreation".to_owned(),
        offline.disable_table.into(),
    );
    if let Some(table) = &offline.table {
        answer.insert(
            "DataCatalogConfig".to_owned(),
            json!({
                "TableName": table.table,
                "Catalog": table.catalog,
                "Database": table.database,
            }),
        );
    }
    let format = if offline.iceberg { "Iceberg" } else { "Glue" };
    answer.insert("TableFormat".to_owned(), format.into());
    Value::Object(answer)
}

fn throughput_json(throughput: &Throughput) -> Value {
    let mode = if throughput.provisioned {
        "Provisioned"
    } else {
        "OnDemand"
    };
    let mut answer = json!({ "ThroughputMode": mode });
    if let Value::Object(members) = &mut answer {
        for (name, units) in [
            ("ProvisionedReadCapacityUnits", throughput.read_units),
            ("ProvisionedWriteCapacityUnits", throughput.write_units),
        ] {
            if let Some(units) = units {
                members.insert(name.to_owned(), units.into());
            }
        }
    }
    answer
}

pub(super) fn status_text(status: GroupStatus) -> &'static str {
    match status {
        GroupStatus::Creating => "Creating",
        GroupStatus::Created => "Created",
        GroupStatus::CreateFailed => "CreateFailed",
        GroupStatus::Deleting => "Deleting",
        GroupStatus::DeleteFailed => "DeleteFailed",
    }
}

pub(super) fn offline_status_text(status: &OfflineStatus) -> &'static str {
    match status {
        OfflineStatus::Active => "Active",
        OfflineStatus::Blocked { .. } => "Blocked",
        OfflineStatus::Disabled => "Disabled",
    }
}

/// The model's limit for reasons, in characters.
const LONGEST_REASON: usize = 1024;

pub(super) fn offline_status_json(status: &OfflineStatus) -> Value {
    let mut answer = json!({ "Status": offline_status_text(status) });
    if let (OfflineStatus::Blocked { reason }, Value::Object(members)) = (status, &mut answer) {
        let reason: String = reason.chars().take(LONGEST_REASON).collect();
        members.insert("BlockedReason".to_owned(), reason.into());
    }
    answer
}

fn last_update_json(update: &LastUpdate) -> Value {
    match update {
        LastUpdate::InProgress => json!({ "Status": "InProgress" }),
        LastUpdate::Successful => json!({ "Status": "Successful" }),
        LastUpdate::Failed { reason } => {
            let reason: String = reason.chars().take(LONGEST_REASON).collect();
            json!({ "Status": "Failed", "FailureReason": reason })
        }
    }
}
