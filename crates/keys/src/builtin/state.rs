//! All keys in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rempart_aws_model::AccountId;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::grants::{GrantRecord, Grants, LiveGrant};
use super::key::{Key, Meta, material_id};
use super::policy;
use crate::DataKey;
use crate::ciphertext::MaterialId;
use crate::storage::{Storage, StorageError, Table};

/// All keys, and the aliases that lead to them.
#[derive(Debug, Default)]
pub(super) struct Keys {
    by_id: HashMap<[u8; 16], Arc<Key>>,
    aliases: HashMap<AccountId, BTreeMap<Box<str>, [u8; 16]>>,
}

/// Name of a row that belongs to a key.
pub(super) fn row(key: &str, part: &str) -> String {
    format!("{key}/{part}")
}

impl Keys {
    /// Reads all keys.
    pub(super) fn load(storage: &Storage) -> Result<Self, StorageError> {
        let mut materials: HashMap<String, BTreeMap<MaterialId, DataKey>> = HashMap::new();
        for (row, bytes) in storage.rows(Table::Materials)? {
            let damaged = || storage.damaged(format!("the row {row} is no key material"));
            let (key, id) = row.split_once('/').ok_or_else(damaged)?;
            let id = material_id(id).ok_or_else(damaged)?;
            let material = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| damaged())?;
            let material = DataKey(Zeroizing::new(material));
            let of_key = materials.entry(key.to_owned()).or_default();
            of_key.insert(id, material);
        }
        let mut grants: HashMap<String, Grants> = HashMap::new();
        for (_, record) in storage.values::<GrantRecord>(Table::Grants)? {
            let of_key = grants.entry(record.key.clone()).or_default();
            of_key.insert(LiveGrant::new(record));
        }
        let mut keys = Self::default();
        for (row, meta) in storage.values::<Meta>(Table::Keys)? {
            let damaged = |what: &str| storage.damaged(format!("the key {row}: {what}"));
            let id = Uuid::try_parse(&row).map_err(|_| damaged("its id is none"))?;
            let account =
                AccountId::parse(&meta.account).map_err(|_| damaged("its account is none"))?;
            let policy = policy::compiled(&meta.policy, &meta.arn)
                .map_err(|error| damaged(&error.message))?;
            let materials = materials.remove(&row).unwrap_or_default();
            let current = meta.material.as_deref().map(material_id);
            let has_current = match current {
                None => true,
                Some(id) => id.is_some_and(|id| materials.contains_key(&id)),
            };
            if !has_current {
                return Err(damaged("its key material is missing"));
            }
            let grants = grants.remove(&row).unwrap_or_default();
            let key = Key::new(meta, id.into_bytes(), account, policy, materials, grants);
            keys.put(Arc::new(key));
        }
        Ok(keys)
    }

    /// Puts a key in the place of its former self.
    pub(super) fn put(&mut self, key: Arc<Key>) {
        self.forget_aliases(key.id);
        let aliases = self.aliases.entry(key.account).or_default();
        for alias in &key.meta.aliases {
            aliases.insert(alias.as_str().into(), key.id);
        }
        self.by_id.insert(key.id, key);
    }

    pub(super) fn remove(&mut self, id: [u8; 16]) {
        self.forget_aliases(id);
        self.by_id.remove(&id);
    }

    fn forget_aliases(&mut self, id: [u8; 16]) {
        let Some(key) = self.by_id.get(&id) else {
            return;
        };
        if let Some(aliases) = self.aliases.get_mut(&key.account) {
            for alias in &key.meta.aliases {
                if aliases.get(alias.as_str()) == Some(&id) {
                    aliases.remove(alias.as_str());
                }
            }
        }
    }

    pub(super) fn get(&self, id: &[u8; 16]) -> Option<&Arc<Key>> {
        self.by_id.get(id)
    }

    pub(super) fn by_alias(&self, account: AccountId, alias: &str) -> Option<&Arc<Key>> {
        self.by_id.get(self.aliases.get(&account)?.get(alias)?)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Key>> {
        self.by_id.values()
    }

    pub(super) fn of_account(&self, account: AccountId) -> impl Iterator<Item = &Arc<Key>> {
        self.all().filter(move |key| key.account == account)
    }

    /// When the first key is due, in milliseconds since 1970.
    pub(super) fn next_due(&self) -> i64 {
        let due = self.all().filter_map(|key| key.meta.due());
        due.map(|time| time.as_millisecond())
            .min()
            .unwrap_or(i64::MAX)
    }
}
