//! Changes of keys: written to the disk first, then seen.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard};

use jiff::{SignedDuration, Timestamp};
use rempart_aws_model::AccountId;
use rempart_aws_wire::ServiceError;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::authorise::Cx;
use super::grants::Grants;
use super::key::{Key, Meta, Rotated, Rotation, State};
use super::resolve::Named;
use super::state::row;
use super::{BuiltinKms, internal, policy};
use crate::DataKey;
use crate::ciphertext::MaterialId;
use crate::root::encode_hex;
use crate::storage::{Change, Storage, Table};

/// Services that have a managed key in each account that uses them, as `alias/aws/<service>`.
const MANAGED_SERVICES: [&str; 2] = ["s3", "sagemaker"];
/// Period of rotation of managed keys.
const MANAGED_PERIOD_DAYS: u32 = 365;

/// What a new key is made of.
#[derive(Debug)]
pub(super) struct NewKey<'a> {
    pub(super) account: AccountId,
    pub(super) description: &'a str,
    pub(super) spec: &'a str,
    pub(super) usage: &'a str,
    pub(super) service: Option<&'a str>,
    pub(super) policy: &'a str,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) alias: Option<&'a str>,
}

/// A time so many days later.
pub(super) fn days_after(time: Timestamp, days: u32) -> Timestamp {
    let span = SignedDuration::from_hours(i64::from(days) * 24);
    time.checked_add(span).unwrap_or(Timestamp::MAX)
}

impl BuiltinKms {
    /// The right to change keys, and the key as it is now.
    pub(super) fn locked(
        &self,
        cx: &Cx<'_>,
        named: &Named,
    ) -> Result<(MutexGuard<'_, Storage>, Arc<Key>), ServiceError> {
        let storage = self.storage();
        let key = self.keys().get(&named.key.id).cloned();
        match key {
            Some(key) if !key.meta.is_gone(cx.now) => Ok((storage, key)),
            _ => {
                let message = format!("Key '{}' does not exist", named.key.arn());
                Err(ServiceError::new("NotFoundException", message))
            }
        }
    }

    /// Writes changes and puts the keys that they make.
    pub(super) fn store(
        &self,
        storage: &Storage,
        changes: &[Change],
        keys: Vec<Key>,
    ) -> Result<(), ServiceError> {
        storage.commit(changes).map_err(|error| {
            tracing::error!(%error, "a change of keys was not written");
            internal("the change could not be written")
        })?;
        let mut all = self.keys_mut();
        for key in keys {
            if let Some(due) = key.meta.due() {
                self.next_due
                    .fetch_min(due.as_millisecond(), Ordering::AcqRel);
            }
            all.put(Arc::new(key));
        }
        Ok(())
    }

    /// Writes other metadata of a key. The policy stays.
    pub(super) fn store_meta(
        &self,
        storage: &Storage,
        key: &Key,
        meta: Meta,
    ) -> Result<(), ServiceError> {
        let change = Change::put(Table::Keys, meta.id.clone(), &meta);
        self.store(storage, &[change], vec![key.with_meta(meta)])
    }

    /// A new key, not stored yet.
    pub(super) fn made(
        &self,
        new: NewKey<'_>,
        now: Timestamp,
    ) -> Result<(Key, Vec<Change>), ServiceError> {
        let mut id = [0; 16];
        self.fill_random(&mut id)?;
        let id = uuid::Builder::from_random_bytes(id).into_uuid();
        let name = id.hyphenated().to_string();
        let arn = self.key_arn(new.account, &name);
        let policy = policy::compiled(new.policy, &arn)?;
        let mut meta = Meta {
            id: name,
            account: new.account.as_str().to_owned(),
            arn,
            created: now,
            description: new.description.to_owned(),
            spec: new.spec.to_owned(),
            usage: new.usage.to_owned(),
            service: new.service.map(str::to_owned),
            state: State::Enabled,
            deletion: None,
            pending_window: None,
            policy: new.policy.to_owned(),
            tags: new.tags,
            aliases: new.alias.map(str::to_owned).into_iter().collect(),
            rotation: new.service.map(|_| Rotation {
                period_days: MANAGED_PERIOD_DAYS,
                next: days_after(now, MANAGED_PERIOD_DAYS),
            }),
            rotations: Vec::new(),
            material: None,
            first_material: None,
        };
        let mut changes = Vec::new();
        let mut materials = BTreeMap::new();
        if meta.is_symmetric() {
            let (material_id, material) = self.new_material()?;
            let hex = encode_hex(&material_id);
            changes.push(put_material(&meta.id, &hex, &material));
            materials.insert(material_id, material);
            meta.first_material = Some(hex.clone());
            meta.material = Some(hex);
        }
        changes.push(Change::put(Table::Keys, meta.id.clone(), &meta));
        let account = new.account;
        let key = Key::new(
            meta,
            id.into_bytes(),
            account,
            policy,
            materials,
            Grants::default(),
        );
        Ok((key, changes))
    }

    fn new_material(&self) -> Result<(MaterialId, DataKey), ServiceError> {
        let mut id = [0; 32];
        self.fill_random(&mut id)?;
        let mut material = Zeroizing::new([0; 32]);
        self.fill_random(material.as_mut_slice())?;
        Ok((id, DataKey(material)))
    }

    /// Gives a key new material; the old one keeps decrypting.
    pub(super) fn rotate(
        &self,
        storage: &Storage,
        key: &Key,
        now: Timestamp,
        on_demand: bool,
    ) -> Result<(), ServiceError> {
        let (id, material) = self.new_material()?;
        let hex = encode_hex(&id);
        let mut meta = (*key.meta).clone();
        meta.rotations.push(Rotated {
            material: hex.clone(),
            at: now,
            on_demand,
        });
        if let (false, Some(rotation)) = (on_demand, &mut meta.rotation) {
            rotation.next = days_after(now, rotation.period_days);
        }
        meta.material = Some(hex.clone());
        let changes = [
            put_material(&meta.id, &hex, &material),
            Change::put(Table::Keys, meta.id.clone(), &meta),
        ];
        let mut materials = (*key.materials).clone();
        materials.insert(id, material);
        let rotated = Key {
            materials: Arc::new(materials),
            ..key.with_meta(meta)
        };
        self.store(storage, &changes, vec![rotated])
    }

    pub(super) fn rotate_due(
        &self,
        storage: &Storage,
        key: &Key,
        now: Timestamp,
    ) -> Result<(), ServiceError> {
        self.rotate(storage, key, now, false)
    }

    /// Removes a key, its material and its grants.
    pub(super) fn destroy(&self, storage: &Storage, key: &Key) -> Result<(), ServiceError> {
        let id = &key.meta.id;
        let mut changes = vec![Change::Remove(Table::Keys, id.clone())];
        let materials = key.materials.keys();
        changes.extend(
            materials
                .map(|material| Change::Remove(Table::Materials, row(id, &encode_hex(material)))),
        );
        let grants = key.grants.all();
        changes
            .extend(grants.map(|grant| Change::Remove(Table::Grants, row(id, &grant.record.id))));
        self.store(storage, &changes, Vec::new())?;
        self.keys_mut().remove(key.id);
        Ok(())
    }

    /// The key that a service has in an account, made when it is first named. `None` for aliases of
    /// other services and of other accounts.
    pub(super) fn managed_key(
        &self,
        cx: &Cx<'_>,
        account: AccountId,
        alias: &str,
    ) -> Result<Option<Arc<Key>>, ServiceError> {
        let service = alias
            .strip_prefix("alias/aws/")
            .filter(|service| MANAGED_SERVICES.contains(service));
        let Some(service) = service.filter(|_| account == self.account_of(cx)) else {
            return Ok(None);
        };
        let storage = self.storage();
        if let Some(key) = self.keys().by_alias(account, alias) {
            return Ok(Some(Arc::clone(key)));
        }
        let (partition, region) = (&self.settings.partition, &self.settings.region);
        let policy = if account == self.settings.service_account {
            policy::owned_policy(service)
        } else {
            policy::managed_policy(partition, region, account, service)
        };
        let new = NewKey {
            account,
            description: &format!(
                "Default key that protects data of {service} when no other key is defined"
            ),
            spec: "SYMMETRIC_DEFAULT",
            usage: "ENCRYPT_DECRYPT",
            service: Some(service),
            policy: &policy,
            tags: BTreeMap::new(),
            alias: Some(alias),
        };
        let (key, changes) = self.made(new, cx.now)?;
        let id = key.id;
        self.store(&storage, &changes, vec![key])?;
        Ok(self.keys().get(&id).cloned())
    }
}

fn put_material(key: &str, material: &str, value: &DataKey) -> Change {
    let bytes = Zeroizing::new(value.0.to_vec());
    Change::Put(Table::Materials, row(key, material), bytes)
}

/// Bytes of a UUID in a text.
pub(super) fn uuid_text(id: [u8; 16]) -> String {
    Uuid::from_bytes(id).hyphenated().to_string()
}
