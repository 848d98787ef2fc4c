//! What is sent to the servers, and what their answers mean.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use bytes::Bytes;
use redis::{Cmd, Value};

use super::keys::Bucket;
use super::{LATEST, RedisEngine};
use crate::encode;
use crate::engine::{Applied, Condition, Engine, EngineError, GroupId, Mutation, Stored};

pub(super) type Keyed = ([u8; 16], Stored);

pub(super) fn get(bucket: &Bucket, blind: &[u8]) -> Cmd {
    let mut command = redis::cmd("GET");
    command.arg(bucket.row(blind));
    command
}

impl RedisEngine {
    pub(super) fn unexpected(&self, what: &str) -> EngineError {
        EngineError::Damaged {
            path: self.pool.place().into(),
            reason: what.to_owned(),
        }
    }

    pub(super) fn stored(&self, value: Value) -> Result<Option<Stored>, EngineError> {
        let Some(bytes) = self.bytes(value)? else {
            return Ok(None);
        };
        let stored = encode::read_stored(&bytes);
        stored
            .map(Some)
            .ok_or_else(|| self.unexpected("a row does not read"))
    }

    pub(super) fn bytes(&self, value: Value) -> Result<Option<Bytes>, EngineError> {
        match value {
            Value::Nil => Ok(None),
            Value::BulkString(bytes) => Ok(Some(bytes.into())),
            _ => Err(self.unexpected("an answer is of another kind")),
        }
    }

    /// Members of a sorted set: blind keys.
    pub(super) fn blinds(&self, value: Value) -> Result<Vec<[u8; 16]>, EngineError> {
        let Value::Array(members) = value else {
            return Err(self.unexpected("an answer is no list"));
        };
        let blind = |member| match member {
            Value::BulkString(bytes) => <[u8; 16]>::try_from(bytes).ok(),
            _ => None,
        };
        let blinds: Option<_> = members.into_iter().map(blind).collect();
        blinds.ok_or_else(|| self.unexpected("a key in an index does not read"))
    }

    pub(super) fn number(&self, value: &Value) -> Result<u64, EngineError> {
        let number = match value {
            Value::Nil => Some(0),
            Value::Int(number) => Some(u64::try_from(*number).unwrap_or(0)),
            Value::BulkString(text) => std::str::from_utf8(text)
                .ok()
                .and_then(|text| text.parse::<i64>().ok())
                .map(|number| u64::try_from(number).unwrap_or(0)),
            _ => None,
        };
        number.ok_or_else(|| self.unexpected("an answer is no number"))
    }

    /// Changes the rows.
    pub(super) fn send(&self, mutations: &[Mutation]) -> Result<Vec<Applied>, EngineError> {
        let mut calls: Vec<(Bucket, Vec<(usize, &Mutation)>)> = Vec::new();
        let mut places: HashMap<(GroupId, u8), usize> = HashMap::new();
        // What only queues needs no server.
        let is_here = |mutation: &Mutation| {
            mutation.condition == Condition::QueueOnly && mutation.secret.is_none()
        };
        for (number, mutation) in mutations.iter().enumerate() {
            if is_here(mutation) {
                continue;
            }
            let [first, ..] = mutation.key.blind;
            match places.entry((mutation.key.group, first)) {
                Entry::Occupied(place) => {
                    if let Some((_, some)) = calls.get_mut(*place.get()) {
                        some.push((number, mutation));
                    }
                }
                Entry::Vacant(place) => {
                    place.insert(calls.len());
                    calls.push((self.bucket(&mutation.key), vec![(number, mutation)]));
                }
            }
        }
        let commands = calls
            .iter()
            .map(|(bucket, some)| {
                let blinds = some.iter().map(|(_, mutation)| &mutation.key.blind[..]);
                let mut command = bucket.call(&self.apply, blinds);
                for (_, mutation) in some {
                    self.arguments(&mut command, mutation);
                }
                command
            })
            .collect();
        let answers = self.pool.write(commands)?;
        let mut applied: Vec<Option<Applied>> = mutations
            .iter()
            .map(|mutation| is_here(mutation).then_some(Applied::No))
            .collect();
        for ((_, some), answer) in calls.iter().zip(answers) {
            let Value::Array(answer) = answer else {
                return Err(self.unexpected("an answer is no list"));
            };
            for ((number, _), answer) in some.iter().zip(answer) {
                if let Some(place) = applied.get_mut(*number) {
                    *place = match answer {
                        Value::Int(0) => Some(Applied::No),
                        Value::Int(1) => Some(Applied::Yes),
                        Value::Int(2) => Some(Applied::HasSecret),
                        _ => None,
                    };
                }
            }
        }
        let applied: Option<_> = applied.into_iter().collect();
        applied.ok_or_else(|| self.unexpected("an answer is missing"))
    }

    /// The five arguments of a mutation; `apply.lua` reads them.
    pub(super) fn arguments(&self, command: &mut Cmd, mutation: &Mutation) {
        let mut rule = Vec::with_capacity(19);
        let secret = if mutation.secret.is_some() {
            b'S'
        } else {
            b'-'
        };
        match mutation.condition {
            Condition::Always => rule.extend_from_slice(&[b'A', secret]),
            Condition::QueueOnly => rule.extend_from_slice(&[b'Q', secret]),
            Condition::Unchanged(version) => {
                rule.extend_from_slice(&[b'U', secret]);
                rule.extend_from_slice(&version.0.to_le_bytes());
            }
            Condition::NotOlder {
                event_time,
                on_equal,
                now,
            } => {
                rule.extend_from_slice(&[b'N', secret, if on_equal { b'=' } else { b'>' }]);
                rule.extend_from_slice(&event_time.to_le_bytes());
                rule.extend_from_slice(&now.to_le_bytes());
            }
        }
        command.arg(&mutation.key.blind[..]).arg(rule);
        match &mutation.row {
            Some(row) => {
                let stored = encode::stored(&Stored {
                    row: row.clone(),
                    version: self.version(),
                });
                command.arg(stored);
            }
            None => {
                command.arg(&b""[..]);
            }
        }
        command.arg(mutation.secret.as_deref().unwrap_or_default());
        let expires_at = mutation.row.as_ref().and_then(|row| row.expires_at);
        let removed_at = expires_at.map(|at| at.saturating_add(self.margin).max(1));
        match removed_at.filter(|at| *at < LATEST) {
            Some(at) => command.arg(at),
            None => command.arg(&b""[..]),
        };
    }

    /// Removes rows and secrets of one bucket; only what has expired by a time, when one is given. Gives how
    /// many went, and how many had a secret.
    pub(super) fn removal(&self, bucket: &Bucket, blinds: &[[u8; 16]], now: Option<i64>) -> Cmd {
        let mut command = bucket.call(&self.remove, blinds.iter().map(|blind| &blind[..]));
        match now {
            Some(now) => command.arg(&now.to_le_bytes()[..]),
            None => command.arg(&b""[..]),
        };
        for blind in blinds {
            command.arg(&blind[..]);
        }
        command
    }

    pub(super) fn removed(&self, value: &Value) -> Result<(u64, u64), EngineError> {
        match value {
            Value::Array(counts) => match &counts[..] {
                [removed, had_secret] => Ok((self.number(removed)?, self.number(had_secret)?)),
                _ => Err(self.unexpected("an answer has other parts")),
            },
            _ => Err(self.unexpected("an answer is no list")),
        }
    }

    /// Writes queue entries into the directory.
    pub(super) fn enqueue(&self, entries: Vec<Mutation>) -> Result<(), EngineError> {
        if !entries.is_empty() {
            self.local.apply(entries)?;
        }
        Ok(())
    }

    /// Rows of some buckets in order, after a key; and the last key that was looked at, when there may be
    /// more.
    pub(super) fn page(
        &self,
        buckets: &[Bucket],
        after: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<(Vec<Keyed>, Option<[u8; 16]>), EngineError> {
        let after = after.map_or_else(|| b"-".to_vec(), |after| [&b"("[..], &after[..]].concat());
        let listed = buckets
            .iter()
            .map(|bucket| {
                let mut command = redis::cmd("ZRANGEBYLEX");
                command.arg(bucket.index()).arg(&after[..]).arg("+");
                command.arg("LIMIT").arg(0).arg(limit);
                command
            })
            .collect();
        let mut found = Vec::new();
        for (bucket, members) in buckets.iter().zip(self.pool.read(listed)?) {
            for blind in self.blinds(members)? {
                if found.len() < limit {
                    found.push((bucket, blind));
                }
            }
        }
        let commands = found
            .iter()
            .map(|(bucket, blind)| get(bucket, blind))
            .collect();
        let rows = self.pool.read(commands)?;
        let last = found.last().map(|(_, blind)| *blind);
        let last = last.filter(|_| found.len() == limit);
        let mut page = Vec::with_capacity(found.len());
        for ((_, blind), row) in found.into_iter().zip(rows) {
            // One that the server has removed by itself is in the index until the next sweep.
            if let Some(stored) = self.stored(row)? {
                page.push((blind, stored));
            }
        }
        Ok((page, last))
    }
}
