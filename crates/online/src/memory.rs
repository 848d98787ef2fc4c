//! Everything in memory, lost with the process: for tests, and the oracle of the other engines.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::engine::{
    Applied, Durability, Engine, EngineError, GroupId, Mutation, QueueEntry, RowKey, Stored, Usage,
    Version,
};
use crate::rules::applies;

/// Keeps rows in memory.
#[derive(Debug, Default)]
pub struct MemoryEngine {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    rows: BTreeMap<RowKey, Stored>,
    secrets: BTreeMap<RowKey, Bytes>,
    queues: BTreeMap<GroupId, VecDeque<QueueEntry>>,
    notes: BTreeMap<String, Bytes>,
    last: u64,
}

impl MemoryEngine {
    /// An empty engine.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Whoever panicked had not begun to change anything that would be left half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    fn apply(&mut self, mutation: Mutation) -> Applied {
        if mutation.secret.is_some() && self.secrets.contains_key(&mutation.key) {
            return Applied::HasSecret;
        }
        let applies = applies(mutation.condition, self.rows.get(&mutation.key));
        if let Some(secret) = mutation.secret {
            self.secrets.insert(mutation.key, secret);
        }
        if applies {
            let version = Version(self.next());
            match mutation.row {
                Some(row) => self.rows.insert(mutation.key, Stored { row, version }),
                None => self.rows.remove(&mutation.key),
            };
        }
        if let Some(sealed) = mutation.queue
            && (applies || !mutation.queue_if_applied)
        {
            let sequence = self.next();
            let queue = self.queues.entry(mutation.key.group).or_default();
            queue.push_back(QueueEntry { sequence, sealed });
        }
        if applies { Applied::Yes } else { Applied::No }
    }
}

fn range(group: GroupId) -> std::ops::RangeInclusive<RowKey> {
    let key = |byte| RowKey {
        group,
        blind: [byte; 16],
    };
    key(0)..=key(0xFF)
}

impl Engine for MemoryEngine {
    fn durability(&self) -> Durability {
        Durability::Process
    }

    fn is_local(&self) -> bool {
        true
    }

    fn get(&self, key: &RowKey) -> Result<Option<Stored>, EngineError> {
        Ok(self.state().rows.get(key).cloned())
    }

    fn get_many(&self, keys: &[RowKey]) -> Result<Vec<Option<Stored>>, EngineError> {
        let state = self.state();
        Ok(keys
            .iter()
            .map(|key| state.rows.get(key).cloned())
            .collect())
    }

    fn apply(&self, mutations: Vec<Mutation>) -> Result<Vec<Applied>, EngineError> {
        let mut state = self.state();
        Ok(mutations
            .into_iter()
            .map(|mutation| state.apply(mutation))
            .collect())
    }

    fn secret(&self, key: &RowKey) -> Result<Option<Bytes>, EngineError> {
        Ok(self.state().secrets.get(key).cloned())
    }

    fn secrets(&self, keys: &[RowKey]) -> Result<Vec<Option<Bytes>>, EngineError> {
        let state = self.state();
        Ok(keys
            .iter()
            .map(|key| state.secrets.get(key).cloned())
            .collect())
    }

    fn forget(&self, key: &RowKey) -> Result<bool, EngineError> {
        let mut state = self.state();
        state.rows.remove(key);
        Ok(state.secrets.remove(key).is_some())
    }

    fn compact(&self) -> Result<(), EngineError> {
        Ok(())
    }

    fn scan(
        &self,
        group: GroupId,
        after: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<Vec<([u8; 16], Stored)>, EngineError> {
        let state = self.state();
        let rows = state.rows.range(range(group));
        let rows = rows.filter(|(key, _)| after.is_none_or(|after| key.blind > after));
        Ok(rows
            .take(limit)
            .map(|(key, stored)| (key.blind, stored.clone()))
            .collect())
    }

    fn sweep(&self, group: GroupId, now: i64, limit: usize) -> Result<usize, EngineError> {
        let mut state = self.state();
        let expired = |stored: &Stored| stored.row.expires_at.is_some_and(|end| end <= now);
        let keys: Vec<RowKey> = state
            .rows
            .range(range(group))
            .filter(|(_, stored)| expired(stored))
            .map(|(key, _)| *key)
            .take(limit)
            .collect();
        for key in &keys {
            state.rows.remove(key);
            state.secrets.remove(key);
        }
        Ok(keys.len())
    }

    fn drop_group(&self, group: GroupId) -> Result<(), EngineError> {
        let mut state = self.state();
        state.rows.retain(|key, _| key.group != group);
        state.secrets.retain(|key, _| key.group != group);
        Ok(())
    }

    fn queued(
        &self,
        group: GroupId,
        limit: usize,
        bytes: usize,
    ) -> Result<Vec<QueueEntry>, EngineError> {
        let state = self.state();
        let mut taken = Vec::new();
        let mut size = 0;
        for entry in state.queues.get(&group).into_iter().flatten().take(limit) {
            size += entry.sealed.len();
            if size > bytes && !taken.is_empty() {
                break;
            }
            taken.push(entry.clone());
        }
        Ok(taken)
    }

    fn dequeue(&self, group: GroupId, through: u64) -> Result<(), EngineError> {
        if let Some(queue) = self.state().queues.get_mut(&group) {
            queue.retain(|entry| entry.sequence > through);
        }
        Ok(())
    }

    fn put_note(&self, name: &str, value: Option<&[u8]>) -> Result<(), EngineError> {
        let mut state = self.state();
        match value {
            Some(value) => state
                .notes
                .insert(name.to_owned(), Bytes::copy_from_slice(value)),
            None => state.notes.remove(name),
        };
        Ok(())
    }

    fn notes(&self, prefix: &str) -> Result<Vec<(String, Bytes)>, EngineError> {
        let state = self.state();
        Ok(state
            .notes
            .range(prefix.to_owned()..)
            .take_while(|(name, _)| name.starts_with(prefix))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect())
    }

    fn usage(&self, group: GroupId) -> Result<Usage, EngineError> {
        let state = self.state();
        let mut usage = Usage::default();
        for (_, stored) in state.rows.range(range(group)) {
            usage.rows += 1;
            usage.bytes += stored.row.sealed.len() as u64;
        }
        usage.queued = state
            .queues
            .get(&group)
            .map_or(0, |queue| queue.len() as u64);
        Ok(usage)
    }
}
