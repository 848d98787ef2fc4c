//! The keys of a store in memory.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use ring::hmac;

use super::seal::{self, Key, PreparedKey, Purpose, SealError};
use super::view::Side;
use crate::group::{SealedDataKey, StoreKeys};

/// A data key, ready for use. What `ring` holds inside is not wiped when it is dropped.
pub(crate) struct ReadyKey {
    /// Seals and opens.
    pub(crate) key: PreparedKey,
    /// Makes other keys from it.
    pub(crate) maker: hmac::Key,
}

/// The keys of one store of a group, until the last user lets go of them.
pub(crate) struct Material {
    store_key: Key,
    index_key: hmac::Key,
    /// By id.
    data_keys: HashMap<u32, ReadyKey, foldhash::fast::RandomState>,
    newest: u32,
    generation: u32,
    kms_key: Box<str>,
    sealed_store_key: Box<[u8]>,
    /// Seals under the newest data key since it was opened here.
    seals: AtomicU64,
}

impl std::fmt::Debug for Material {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Material(…)")
    }
}

impl Material {
    /// Opens what is sealed under the store key.
    pub(crate) fn open(
        store_key: &Key,
        keys: &StoreKeys,
        arn: &str,
        side: Side,
    ) -> Result<Self, SealError> {
        let index_key = seal::unwrap(
            store_key,
            Purpose::IndexKey,
            &index_aad(arn, side),
            &keys.index_key,
        )?;
        let mut data_keys = HashMap::default();
        let mut newest = None;
        for sealed in &keys.data_keys {
            let key = seal::unwrap(
                store_key,
                Purpose::DataKey,
                &data_key_aad(arn, side, sealed.id),
                &sealed.sealed,
            )?;
            let maker = hmac::Key::new(hmac::HMAC_SHA256, key.as_slice());
            let key = seal::prepare(&key, sealed.id);
            data_keys.insert(sealed.id, ReadyKey { key, maker });
            newest = Some(sealed.id);
        }
        Ok(Self {
            store_key: store_key.clone(),
            index_key: hmac::Key::new(hmac::HMAC_SHA256, index_key.as_slice()),
            data_keys,
            newest: newest.ok_or(SealError)?,
            generation: keys.generation,
            kms_key: keys.kms_key.as_str().into(),
            sealed_store_key: keys.store_key.as_slice().into(),
            seals: AtomicU64::new(0),
        })
    }

    /// Whether this is what `keys` holds, no more and no less.
    pub(crate) fn is_of(&self, keys: &StoreKeys) -> bool {
        self.generation == keys.generation
            && *self.kms_key == *keys.kms_key
            && *self.sealed_store_key == *keys.store_key
            && keys.data_keys.len() == self.data_keys.len()
            && keys
                .data_keys
                .last()
                .is_some_and(|key| key.id == self.newest)
    }

    pub(crate) fn blind(&self, identifier: &str) -> [u8; 16] {
        seal::blind(&self.index_key, identifier.as_bytes())
    }

    /// The data key of new seals, counted.
    pub(crate) fn newest(&self) -> Result<&ReadyKey, SealError> {
        self.seals.fetch_add(1, Ordering::Relaxed);
        self.data_key(self.newest)
    }

    /// A data key by its id.
    pub(crate) fn data_key(&self, id: u32) -> Result<&ReadyKey, SealError> {
        self.data_keys.get(&id).ok_or(SealError)
    }

    /// The data key that a sealed value names.
    pub(crate) fn key_of(&self, sealed: &[u8]) -> Result<&ReadyKey, SealError> {
        self.data_key(seal::key_id(sealed).ok_or(SealError)?)
    }

    pub(crate) fn seals(&self) -> u64 {
        self.seals.load(Ordering::Relaxed)
    }

    pub(crate) fn newest_id(&self) -> u32 {
        self.newest
    }

    /// A further data key, sealed.
    pub(crate) fn next_data_key(
        &self,
        arn: &str,
        side: Side,
        created: Timestamp,
    ) -> Result<SealedDataKey, SealError> {
        new_data_key(
            &self.store_key,
            arn,
            side,
            self.newest.checked_add(1).ok_or(SealError)?,
            created,
        )
    }
}

/// A new index key, sealed under a store key.
pub(crate) fn new_index_key(store_key: &Key, arn: &str, side: Side) -> Result<Vec<u8>, SealError> {
    seal::wrap(
        store_key,
        Purpose::IndexKey,
        &index_aad(arn, side),
        &seal::new_key()?,
    )
}

/// A new data key, sealed under a store key.
pub(crate) fn new_data_key(
    store_key: &Key,
    arn: &str,
    side: Side,
    id: u32,
    created: Timestamp,
) -> Result<SealedDataKey, SealError> {
    let sealed = seal::wrap(
        store_key,
        Purpose::DataKey,
        &data_key_aad(arn, side, id),
        &seal::new_key()?,
    )?;
    Ok(SealedDataKey {
        id,
        sealed,
        created,
    })
}

fn index_aad(arn: &str, side: Side) -> Vec<u8> {
    format!("index-key\0{arn}\0{}", side.name()).into_bytes()
}

fn data_key_aad(arn: &str, side: Side, id: u32) -> Vec<u8> {
    format!("data-key\0{arn}\0{}\0{id}", side.name()).into_bytes()
}
