//! A feature group as the store keeps it.

use std::collections::BTreeMap;

use jiff::Timestamp;
pub use rempart_aws_wire::records::TtlUnit;
use rempart_online::GroupId;
use serde::{Deserialize, Serialize};

/// `FeatureType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FeatureType {
    /// UTF-8 text
    String,
    /// Signed 64-bit
    Integral,
    /// IEEE 754 double
    Fractional,
}

/// `CollectionType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CollectionType {
    /// Ordered
    List,
    /// Without order
    Set,
    /// Of this many numbers
    Vector {
        /// 1 to 8,192
        dimension: u32,
    },
}

/// `FeatureDefinition`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeatureDefinition {
    /// Name.
    pub name: String,
    /// Type of its values.
    pub kind: FeatureType,
    /// Whether it holds several.
    pub collection: Option<CollectionType>,
}

/// `StorageType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StorageType {
    /// `Standard`
    Standard,
    /// `Standard_V2`
    StandardV2,
    /// `InMemory`
    InMemory,
}

/// `TtlDuration`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ttl {
    /// Unit.
    pub unit: TtlUnit,
    /// At least 1.
    pub value: u32,
}

impl Ttl {
    /// Milliseconds.
    pub fn millis(self) -> i64 {
        i64::from(self.value).saturating_mul(self.unit.seconds() * 1_000)
    }
}

/// The online store of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnlineConfig {
    /// ARN of the customer's key; `None` for the service's own.
    pub kms_key: Option<String>,
    /// `KmsKeyId` as it was given, which `DescribeFeatureGroup` returns.
    pub kms_key_given: Option<String>,
    /// TTL of records without one of their own.
    pub ttl: Option<Ttl>,
    /// Tier.
    pub storage: StorageType,
}

/// What was asked for the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableChoice {
    /// `Catalog`.
    pub catalog: String,
    /// `Database`.
    pub database: String,
    /// `TableName`.
    pub table: String,
}

/// The offline store of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfflineConfig {
    /// `S3Uri`.
    pub s3_uri: String,
    /// `ResolvedOutputS3Uri`; it ends in `/data`.
    pub resolved_uri: String,
    /// ARN of the customer's key; `None` for the account's `aws/s3`.
    pub kms_key: Option<String>,
    /// `KmsKeyId` as it was given.
    pub kms_key_given: Option<String>,
    /// `DisableGlueTableCreation`.
    pub disable_table: bool,
    /// Names in the catalogue; `None` when there is no table.
    pub table: Option<TableChoice>,
    /// `TableFormat` is `Iceberg`.
    pub iceberg: bool,
}

/// `ThroughputConfig`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throughput {
    /// `Provisioned`, not `OnDemand`.
    pub provisioned: bool,
    /// Read units.
    pub read_units: Option<u32>,
    /// Write units.
    pub write_units: Option<u32>,
    /// When it was last switched to `OnDemand`, which AWS lets be done once in 24 hours.
    #[serde(default)]
    pub on_demand_since: Option<Timestamp>,
}

/// `FeatureGroupStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the states of AWS")]
pub enum GroupStatus {
    Creating,
    Created,
    CreateFailed,
    Deleting,
    DeleteFailed,
}

/// `OfflineStoreStatus`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum OfflineStatus {
    /// Writing
    Active,
    /// Cannot write; rows wait
    Blocked {
        /// Why
        reason: String,
    },
    /// Off
    Disabled,
}

/// `LastUpdateStatus`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LastUpdate {
    /// Running
    InProgress,
    /// Done
    Successful,
    /// Not done
    Failed {
        /// Why
        reason: String,
    },
}

/// Description and parameters of a feature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct FeatureMetadata {
    /// `Description`.
    pub description: Option<String>,
    /// `Parameters`.
    pub parameters: BTreeMap<String, String>,
    /// `LastModifiedTime`.
    pub modified: Option<Timestamp>,
}

/// A data key of a group, sealed under its store key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedDataKey {
    /// Number; rising.
    pub id: u32,
    /// Sealed.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub created: Timestamp,
}

/// Keys of one store of a group. Everything in it is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreKeys {
    /// ARN of the KMS key that the store key is sealed under.
    pub kms_key: String,
    /// The store key, as the KMS sealed it.
    pub store_key: Vec<u8>,
    /// Generation of the store key.
    pub generation: u32,
    /// The index key, sealed under the store key.
    pub index_key: Vec<u8>,
    /// Data keys, oldest first; new writes use the last.
    pub data_keys: Vec<SealedDataKey>,
    /// The grant that the store works under; `None` where no customer's key is used.
    pub grant_id: Option<String>,
}

/// A feature group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Number, never given twice.
    #[serde(with = "group_id")]
    pub id: GroupId,
    /// Name.
    pub name: String,
    /// ARN.
    pub arn: String,
    /// Account.
    pub account: String,
    /// Region.
    pub region: String,
    /// `RecordIdentifierFeatureName`.
    pub identifier: String,
    /// `EventTimeFeatureName`.
    pub event_time: String,
    /// Definitions; additions come last.
    pub features: Vec<FeatureDefinition>,
    /// Online store.
    pub online: Option<OnlineConfig>,
    /// Offline store.
    pub offline: Option<OfflineConfig>,
    /// Throughput.
    pub throughput: Option<Throughput>,
    /// `RoleArn`.
    pub role_arn: Option<String>,
    /// `Description`.
    pub description: Option<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// `CreationTime`.
    pub created: Timestamp,
    /// `LastModifiedTime`.
    pub modified: Timestamp,
    /// Status.
    pub status: GroupStatus,
    /// `FailureReason`.
    pub failure: Option<String>,
    /// Status of the offline store.
    pub offline_status: Option<OfflineStatus>,
    /// Last update.
    pub last_update: Option<LastUpdate>,
    /// By name of the feature.
    pub metadata: BTreeMap<String, FeatureMetadata>,
    /// Keys of the online store.
    pub online_keys: Option<StoreKeys>,
    /// Keys of the offline store and its queue.
    pub offline_keys: Option<StoreKeys>,
    /// Rises with every change of the definitions.
    pub schema_version: u32,
}

mod group_id {
    use rempart_online::GroupId;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(id: &GroupId, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(id.0)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<GroupId, D::Error> {
        u64::deserialize(from).map(GroupId)
    }
}
