//! Keys of the queue of an offline store.
//!
//! Queued rows must stay readable whatever becomes of the customer's online key and of the rows
//! themselves, and yet be gone with every copy once they were erased. So the queue has keys of its own,
//! sealed under the offline store's keys and kept as secrets of the engine, in a place that is dropped
//! with no group. An erasure begins a new key; the old one is destroyed as soon as no entry needs it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError};

use rempart_aws_wire::ServiceError;
use rempart_online::{Applied, Condition, GroupId, Mutation, RowKey};
use serde::{Deserialize, Serialize};

use super::Data;
use super::access::Open;
use super::maintain::background;
use super::material::Material;
use super::metrics::add;
use super::refusal::{engine, internal};
use super::ring::User;
use super::seal::{self, PreparedKey};
use super::view::{Kind, Side, View};

/// Numbers of groups have this bit clear; with it set they are the places of queue keys.
const SHADOW: u64 = 1 << 63;

/// The keys of one queue, oldest first; entries are sealed under the last.
pub(crate) struct QueueKeys {
    keys: BTreeMap<u32, Arc<PreparedKey>>,
    current: u32,
}

impl fmt::Debug for QueueKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "QueueKeys({})", self.current)
    }
}

impl QueueKeys {
    /// The key of new entries.
    pub(crate) fn current(&self) -> Option<&PreparedKey> {
        self.key(self.current)
    }

    /// How many keys wait to be destroyed.
    pub(crate) fn old(&self) -> usize {
        self.keys.len().saturating_sub(1)
    }

    /// A key by its number.
    pub(crate) fn key(&self, id: u32) -> Option<&PreparedKey> {
        self.keys.get(&id).map(|key| &**key)
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Note {
    ids: Vec<u32>,
}

impl Data {
    /// The keys of a group's queue; the first is made when there is none.
    pub(crate) fn queue_keys(&self, open: &Open, now: i64) -> Result<Arc<QueueKeys>, ServiceError> {
        let lock = &open.state.queue_keys;
        if let Some(keys) = &*lock.read().unwrap_or_else(PoisonError::into_inner) {
            return Ok(Arc::clone(keys));
        }
        let mut kept = lock.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(keys) = &*kept {
            return Ok(Arc::clone(keys));
        }
        let view = &open.view;
        let material = self.offline_material(open, now)?;
        let mut keys = BTreeMap::new();
        for id in self.queue_key_ids(view)? {
            let secret = self
                .engine
                .secret(&place_of(view, id))
                .map_err(|error| engine(&error))?;
            // A key in the list that is not there was being made, or being destroyed, in a crash.
            if let Some(secret) = secret {
                let key = open_key(view, &material, id, &secret).ok_or_else(|| {
                    add(&self.metrics.damaged, 1);
                    internal("The key of the offline store's queue does not open")
                })?;
                keys.insert(id, Arc::new(key));
            }
        }
        let made = match keys.keys().last() {
            Some(last) => QueueKeys {
                current: *last,
                keys,
            },
            None => self.next_queue_key(view, &material, keys)?,
        };
        let made = Arc::new(made);
        *kept = Some(Arc::clone(&made));
        Ok(made)
    }

    /// Begins a new key. No write is under way meanwhile: the caller holds the gate alone.
    pub(crate) fn rotate_queue_key(&self, open: &Open, now: i64) -> Result<u32, ServiceError> {
        let old = self.queue_keys(open, now)?;
        let material = self.offline_material(open, now)?;
        let new = self.next_queue_key(&open.view, &material, old.keys.clone())?;
        let current = new.current;
        *open
            .state
            .queue_keys
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(new));
        Ok(current)
    }

    /// Destroys the keys before `oldest`, which no entry is sealed under. Gives how many.
    pub(crate) fn destroy_queue_keys(
        &self,
        open: &Open,
        now: i64,
        oldest: u32,
    ) -> Result<usize, ServiceError> {
        let keys = self.queue_keys(open, now)?;
        let oldest = oldest.min(keys.current);
        let gone: Vec<u32> = keys.keys.range(..oldest).map(|(id, _)| *id).collect();
        if gone.is_empty() {
            return Ok(0);
        }
        let view = &open.view;
        for id in &gone {
            self.engine
                .forget(&place_of(view, *id))
                .map_err(|error| engine(&error))?;
        }
        let left: BTreeMap<u32, Arc<PreparedKey>> = keys
            .keys
            .iter()
            .filter(|(id, _)| !gone.contains(id))
            .map(|(id, key)| (*id, Arc::clone(key)))
            .collect();
        self.put_queue_key_ids(view, left.keys().copied().collect())?;
        let mut kept = open
            .state
            .queue_keys
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *kept = Some(Arc::new(QueueKeys {
            keys: left,
            current: keys.current,
        }));
        Ok(gone.len())
    }

    /// Keys of the offline store: the service's own, which no customer's key stands above.
    fn offline_material(&self, open: &Open, now: i64) -> Result<Arc<Material>, ServiceError> {
        open.state.ring(Side::Offline).keys(
            &*self.provider,
            &open.view,
            User::Store,
            &background(now)?,
            &self.settings.keys,
            &self.metrics,
        )
    }

    fn next_queue_key(
        &self,
        view: &View,
        material: &Material,
        mut keys: BTreeMap<u32, Arc<PreparedKey>>,
    ) -> Result<QueueKeys, ServiceError> {
        let broken = |_| internal("No key for the offline store's queue can be made");
        // Numbers are not used again, also when the last key was destroyed.
        let last = self.queue_key_ids(view)?.into_iter().max().unwrap_or(0);
        let mut id = last.saturating_add(1);
        let mut ids: Vec<u32> = keys.keys().copied().collect();
        loop {
            ids.push(id);
            self.put_queue_key_ids(view, ids.clone())?;
            let key = seal::new_key().map_err(broken)?;
            let sealed = material
                .newest()
                .and_then(|data_key| {
                    let name = id.to_be_bytes();
                    let aad = view.place(Kind::QueueKey, 0, &name, 0);
                    seal::seal(&data_key.key, &aad, key.as_slice())
                })
                .map_err(broken)?;
            let applied = self
                .engine
                .apply(vec![Mutation {
                    key: place_of(view, id),
                    condition: Condition::QueueOnly,
                    row: None,
                    queue: None,
                    queue_if_applied: false,
                    secret: Some(sealed.into()),
                }])
                .map_err(|error| engine(&error))?;
            if applied.first() != Some(&Applied::HasSecret) {
                keys.insert(id, Arc::new(seal::prepare(&key, id)));
                return Ok(QueueKeys { keys, current: id });
            }
            ids.pop();
            id = id
                .checked_add(1)
                .ok_or_else(|| internal("No number is left"))?;
        }
    }

    fn queue_key_ids(&self, view: &View) -> Result<Vec<u32>, ServiceError> {
        let name = note_name(view.group.id);
        let notes = self.engine.notes(&name).map_err(|error| engine(&error))?;
        let Some((_, json)) = notes.into_iter().find(|(found, _)| *found == name) else {
            return Ok(Vec::new());
        };
        serde_json::from_slice(&json)
            .map(|note: Note| note.ids)
            .map_err(|_| internal("The list of the queue's keys does not read"))
    }

    fn put_queue_key_ids(&self, view: &View, ids: Vec<u32>) -> Result<(), ServiceError> {
        let json = serde_json::to_vec(&Note { ids })
            .map_err(|_| internal("the list of keys does not encode"))?;
        self.engine
            .put_note(&note_name(view.group.id), Some(&json))
            .map_err(|error| engine(&error))
    }
}

fn open_key(view: &View, material: &Material, id: u32, sealed: &[u8]) -> Option<PreparedKey> {
    let data_key = &material.key_of(sealed).ok()?.key;
    let name = id.to_be_bytes();
    let plain = seal::open(data_key, &view.place(Kind::QueueKey, 0, &name, 0), sealed).ok()?;
    (plain.len() == 32).then(|| seal::prepare(&seal::Key::new(seal::first_bytes(&plain)), id))
}

fn place_of(view: &View, id: u32) -> RowKey {
    let mut blind = [0; 16];
    for (to, from) in blind.iter_mut().zip(id.to_be_bytes()) {
        *to = from;
    }
    RowKey {
        group: GroupId(view.group.id.0 | SHADOW),
        blind,
    }
}

fn note_name(group: GroupId) -> String {
    format!("queuekeys/{:016x}", group.0)
}
