//! The one thread that writes: it takes what waits, decides it in order and makes it durable at once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use bytes::Bytes;
use fjall::{OwnedWriteBatch, PersistMode};
use foldhash::fast::RandomState;

use super::files::Files;
use crate::encode;
use crate::engine::{Applied, EngineError, GroupId, Mutation, RowKey, Stored, Usage, Version};
use crate::rules::applies;

/// What a batch has changed so far. A key is written once per batch, with its last state.
pub(super) struct Pending<'a> {
    files: &'a Files,
    batch: OwnedWriteBatch,
    rows: HashMap<RowKey, Change<Stored>, RandomState>,
    secrets: HashMap<RowKey, Change<Bytes>, RandomState>,
    usage: HashMap<GroupId, Usage, RandomState>,
    next: &'a mut u64,
}

/// State before the batch and state after.
struct Change<T> {
    before: Option<T>,
    after: Option<T>,
    is_changed: bool,
}

impl<T: Clone> Change<T> {
    fn of(value: Option<T>) -> Self {
        Self {
            after: value.clone(),
            before: value,
            is_changed: false,
        }
    }
}

impl<'a> Pending<'a> {
    pub(super) fn new(files: &'a Files, next: &'a mut u64) -> Self {
        Self {
            batch: files
                .database
                .batch()
                .durability(Some(PersistMode::SyncAll)),
            files,
            rows: HashMap::default(),
            secrets: HashMap::default(),
            usage: HashMap::default(),
            next,
        }
    }

    /// Decides one mutation.
    pub(super) fn apply(&mut self, mutation: Mutation) -> Result<Applied, EngineError> {
        let key = mutation.key;
        if let Some(secret) = mutation.secret {
            let change = self.secret(&key)?;
            if change.after.is_some() {
                return Ok(Applied::HasSecret);
            }
            change.after = Some(secret);
            change.is_changed = true;
        }
        let current = &self.row(&key)?.after;
        let does_apply = applies(mutation.condition, current.as_ref());
        if does_apply {
            let version = Version(self.number());
            let row = mutation.row.map(|row| Stored { row, version });
            self.set_row(&key, row)?;
        }
        if let Some(sealed) = mutation.queue
            && (does_apply || !mutation.queue_if_applied)
        {
            let sequence = self.number();
            let place = encode::queue_key(key.group, sequence);
            self.batch.insert(&self.files.queue, place, sealed);
            self.usage(key.group)?.queued += 1;
        }
        Ok(if does_apply {
            Applied::Yes
        } else {
            Applied::No
        })
    }

    /// Removes a row and its secret. Gives whether there was a secret.
    pub(super) fn forget(&mut self, key: &RowKey) -> Result<bool, EngineError> {
        self.set_row(key, None)?;
        let change = self.secret(key)?;
        change.is_changed = true;
        Ok(change.after.take().is_some())
    }

    /// Removes entries of a queue.
    pub(super) fn dequeue(&mut self, group: GroupId, sequences: &[u64]) -> Result<(), EngineError> {
        for sequence in sequences {
            let place = encode::queue_key(group, *sequence);
            self.batch.remove(&self.files.queue, place);
        }
        let usage = self.usage(group)?;
        usage.queued = usage.queued.saturating_sub(sequences.len() as u64);
        Ok(())
    }

    /// Sets or removes a note.
    pub(super) fn note(&mut self, name: &str, value: Option<&[u8]>) {
        match value {
            Some(value) => self.batch.insert(&self.files.notes, name, value),
            None => self.batch.remove(&self.files.notes, name),
        }
    }

    /// Makes everything durable.
    pub(super) fn commit(mut self) -> Result<(), EngineError> {
        for (key, change) in self
            .rows
            .into_iter()
            .filter(|(_, change)| change.is_changed)
        {
            let place = encode::row_key(&key);
            let expiry =
                |stored: &Option<Stored>| stored.as_ref().and_then(|row| row.row.expires_at);
            let (before, after) = (expiry(&change.before), expiry(&change.after));
            if before != after {
                if let Some(before) = before {
                    self.batch
                        .remove(&self.files.expiry, encode::expiry_key(&key, before));
                }
                if let Some(after) = after {
                    self.batch
                        .insert(&self.files.expiry, encode::expiry_key(&key, after), b"");
                }
            }
            match &change.after {
                Some(stored) => self
                    .batch
                    .insert(&self.files.rows, place, encode::stored(stored)),
                None => self.batch.remove(&self.files.rows, place),
            }
        }
        for (key, change) in self
            .secrets
            .into_iter()
            .filter(|(_, change)| change.is_changed)
        {
            let place = encode::row_key(&key);
            match change.after {
                Some(secret) => self.batch.insert(&self.files.secrets, place, secret),
                None => self.batch.remove(&self.files.secrets, place),
            }
        }
        for (group, usage) in self.usage {
            let name = usage_name(group);
            self.batch
                .insert(&self.files.notes, name.as_str(), encode::usage(usage));
        }
        self.batch.commit().map_err(|error| self.files.wrong(error))
    }

    fn number(&mut self) -> u64 {
        *self.next += 1;
        *self.next
    }

    fn row(&mut self, key: &RowKey) -> Result<&mut Change<Stored>, EngineError> {
        Ok(match self.rows.entry(*key) {
            Entry::Occupied(found) => found.into_mut(),
            Entry::Vacant(place) => place.insert(Change::of(self.files.row(key)?)),
        })
    }

    fn secret(&mut self, key: &RowKey) -> Result<&mut Change<Bytes>, EngineError> {
        Ok(match self.secrets.entry(*key) {
            Entry::Occupied(found) => found.into_mut(),
            Entry::Vacant(place) => place.insert(Change::of(self.files.secret(key)?)),
        })
    }

    fn usage(&mut self, group: GroupId) -> Result<&mut Usage, EngineError> {
        Ok(match self.usage.entry(group) {
            Entry::Occupied(found) => found.into_mut(),
            Entry::Vacant(place) => place.insert(self.files.usage(&usage_name(group))?),
        })
    }

    fn set_row(&mut self, key: &RowKey, row: Option<Stored>) -> Result<(), EngineError> {
        let size = |stored: &Stored| stored.row.sealed.len() as u64;
        let new = row.as_ref().map(size);
        let change = self.row(key)?;
        change.is_changed = true;
        let old = std::mem::replace(&mut change.after, row).as_ref().map(size);
        let usage = self.usage(key.group)?;
        usage.rows =
            (usage.rows + u64::from(new.is_some())).saturating_sub(u64::from(old.is_some()));
        usage.bytes = (usage.bytes + new.unwrap_or(0)).saturating_sub(old.unwrap_or(0));
        Ok(())
    }
}

/// The note that holds the counters of a group. Names given from outside begin otherwise.
pub(super) fn usage_name(group: GroupId) -> String {
    format!("\u{1}usage/{:016x}", group.0)
}
