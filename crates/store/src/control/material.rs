//! The keys of a new store: one that the KMS seals, and others sealed under it.

use jiff::Timestamp;
use rempart_aws_wire::ServiceError;
use rempart_keys::{DataKey, EncryptionContext, Requester};

use super::Control;
use super::refusal::{internal, of_key};
use crate::data::{Side, material};
use crate::group::{SealedDataKey, StoreKeys};

/// The pair of the encryption context that the grants of a group are bound to.
pub(super) const ARN_IN_CONTEXT: &str = "aws:sagemaker:feature-group-arn";

/// Generation of a new store key.
pub(super) const FIRST_GENERATION: u32 = 1;

/// The encryption context of a store key.
pub fn store_context(group_arn: &str, side: Side, generation: u32) -> EncryptionContext {
    EncryptionContext::from([
        (ARN_IN_CONTEXT.to_owned(), group_arn.to_owned()),
        ("rempart:store".to_owned(), side.name().to_owned()),
        ("rempart:generation".to_owned(), generation.to_string()),
    ])
}

impl Control {
    /// A store key that the KMS makes for the requester, with index key and first data key under it.
    pub(super) fn new_store_keys(
        &self,
        requester: &Requester<'_>,
        key: &str,
        group_arn: &str,
        side: Side,
        now: Timestamp,
    ) -> Result<StoreKeys, ServiceError> {
        let generation = FIRST_GENERATION;
        let context = store_context(group_arn, side, generation);
        let made = self
            .parts
            .keys
            .generate_data_key(requester, key, &context)
            .map_err(|error| of_key(key, &error))?;
        let index_key = material::new_index_key(&made.plain.0, group_arn, side);
        let data_key = new_data_key(&made.plain, group_arn, side, 1, now)?;
        Ok(StoreKeys {
            kms_key: made.key_arn,
            store_key: made.sealed,
            generation,
            index_key: index_key.map_err(|_| not_made())?,
            data_keys: vec![data_key],
            grant_id: None,
        })
    }
}

/// A new data key, sealed under a store key.
pub(super) fn new_data_key(
    store_key: &DataKey,
    group_arn: &str,
    side: Side,
    id: u32,
    created: Timestamp,
) -> Result<SealedDataKey, ServiceError> {
    material::new_data_key(&store_key.0, group_arn, side, id, created).map_err(|_| not_made())
}

fn not_made() -> ServiceError {
    internal("a key of the store cannot be made")
}
