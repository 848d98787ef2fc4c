//! A feature store that behaves like SageMaker Feature Store: feature groups, an online and an offline
//! store, customer-managed keys, grants, and access decided by the policy engine on every call.
//!
//! What the crate guarantees:
//! - No call is answered that the policies of caller, group and key do not allow at that moment.
//! - Feature values and record identifiers leave the crate sealed or not at all.
//! - An acknowledged write is durable as the engine's `Durability` says, in both stores.

pub mod control;
pub mod data;
mod group;
pub mod registry;

pub use group::{
    CollectionType, FeatureDefinition, FeatureMetadata, FeatureType, Group, GroupStatus,
    LastUpdate, OfflineConfig, OfflineStatus, OnlineConfig, SealedDataKey, StorageType, StoreKeys,
    TableChoice, Throughput, Ttl, TtlUnit,
};
