//! The keys of a new store: one that the KMS seals, and others sealed under it.

use jiff::Timestamp;
use rempart_aws_wire::ServiceError;
use rempart_keys::{DataKey, EncryptionContext, Requester};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

use super::Control;
use super::refusal::{internal, of_key};
use crate::data::Side;
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
        let index_key = new_index_key(&made.plain, group_arn, side)?;
        let data_key = new_data_key(&made.plain, group_arn, side, 1, now)?;
        Ok(StoreKeys {
            kms_key: made.key_arn,
            store_key: made.sealed,
            generation,
            index_key,
            data_keys: vec![data_key],
            grant_id: None,
        })
    }
}

/// A new index key, sealed under a store key.
fn new_index_key(
    store_key: &DataKey,
    group_arn: &str,
    side: Side,
) -> Result<Vec<u8>, ServiceError> {
    let place = format!("index-key\0{group_arn}\0{}", side.name());
    wrap_new_key(store_key, place.as_bytes())
}

/// A new data key, sealed under a store key.
pub(super) fn new_data_key(
    store_key: &DataKey,
    group_arn: &str,
    side: Side,
    id: u32,
    created: Timestamp,
) -> Result<SealedDataKey, ServiceError> {
    let place = format!("data-key\0{group_arn}\0{}\0{id}", side.name());
    Ok(SealedDataKey {
        id,
        sealed: wrap_new_key(store_key, place.as_bytes())?,
        created,
    })
}

fn wrap_new_key(store_key: &DataKey, place: &[u8]) -> Result<Vec<u8>, ServiceError> {
    let failed = || internal("a key of the store cannot be made");
    let random = SystemRandom::new();
    let mut key = Zeroizing::new([0_u8; 32]);
    random.fill(key.as_mut_slice()).map_err(|_| failed())?;
    let mut nonce = [0_u8; NONCE_LEN];
    random.fill(&mut nonce).map_err(|_| failed())?;
    let cipher = UnboundKey::new(&AES_256_GCM, store_key.0.as_slice()).map_err(|_| failed())?;
    let mut body = Zeroizing::new(key.to_vec());
    let tag = LessSafeKey::new(cipher)
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(place),
            &mut body,
        )
        .map_err(|_| failed())?;
    Ok([nonce.as_slice(), &body, tag.as_ref()].concat())
}
