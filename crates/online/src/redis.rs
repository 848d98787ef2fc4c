//! Rows in Redis or Valkey, one server or a cluster; the queue and notes in a directory of this process.
//!
//! What an acknowledged write survives is less than with the embedded engine: a server that takes the place
//! of another may lack the last writes. `replicas` makes each write wait for copies, which narrows that and
//! does not end it. The directory beside it is synced as the embedded engine's is.
//!
//! **Queue and rows are not changed in one step.** A queue entry that is written in any case is made
//! durable first, then the row is sent: a crash in between leaves a row offline that no caller was told of,
//! and the caller, who had no answer, repeats it. An entry that depends on what becomes of the row
//! (`queue_if_applied`, or a `secret`) is written after it, and so are all entries of the same call, to keep
//! their order: a crash in between leaves a change online, of which no caller was told either, whose entry
//! comes with the repetition.
//!
//! **Each bucket has an index** of its rows. `SCAN` by prefix would walk the keys of all groups for each
//! page, on each server, in no order; the index costs about 100 bytes a row and is changed by the script
//! that changes the row.
//!
//! Rows that expire are removed by [`Engine::sweep`]. The server removes them too, `expiry_margin` later, in
//! case nobody sweeps: not earlier, since its clock may be ahead. Counts of bytes then stay too high.
//!
//! [`Engine::compact`] rewrites the directory alone: the server's own files (`appendonly`, dumps, replicas,
//! copies) are its operator's, with `BGREWRITEAOF` and `BGSAVE`.

mod calls;
mod keys;
mod link;
mod same;

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use redis::{Script, Value};

use crate::embedded::{EmbeddedEngine, EmbeddedOptions};
use crate::engine::{
    Applied, Condition, Durability, Engine, EngineError, GroupId, Mutation, QueueEntry, RowKey,
    Stored, Usage, Version,
};
use calls::{Keyed, get};
use keys::Bucket;
use link::Pool;

/// Buckets that are asked at once.
const AT_ONCE: u16 = 32;
/// Rows that are removed at once.
const REMOVED_AT_ONCE: usize = 1_000;
/// Rows that are read at once.
const PAGE: usize = 10_000;
/// Times from here on (the year 287396) are not given to the server as an expiry.
const LATEST: i64 = 1 << 53;

/// How to reach the servers.
#[derive(Clone)]
pub struct RedisOptions {
    /// `redis://[user:password@]host:port`, or `rediss://` for TLS. One, or some nodes of one cluster.
    pub addresses: Vec<String>,
    /// Whether they are nodes of a cluster.
    pub is_cluster: bool,
    /// Certificates, in PEM, of those who vouch for the servers. `None`: those of the system.
    pub root_certificates: Option<Vec<u8>>,
    /// What keys begin with: letters, digits, `-`, `_`, `:`. Two stores on one server have different ones.
    pub prefix: String,
    /// Connections, at most; for a cluster, to each node.
    pub connections: usize,
    /// Time for connecting, and for an answer.
    pub timeout: Duration,
    /// Replicas that must have a write before it is acknowledged (`WAIT`).
    pub replicas: u32,
    /// How much later than a row's expiry the server removes it by itself.
    pub expiry_margin: Duration,
}

impl RedisOptions {
    /// Whether keys can begin so.
    pub fn is_prefix(text: &str) -> bool {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_:".contains(&byte);
        (1..=64).contains(&text.len()) && text.bytes().all(is_plain)
    }
}

impl Default for RedisOptions {
    fn default() -> Self {
        Self {
            addresses: vec!["redis://127.0.0.1:6379".to_owned()],
            is_cluster: false,
            root_certificates: None,
            prefix: "rempart".to_owned(),
            connections: 16,
            timeout: Duration::from_secs(5),
            replicas: 0,
            expiry_margin: Duration::from_secs(3_600),
        }
    }
}

impl std::fmt::Debug for RedisOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Addresses may hold passwords.
        f.debug_struct("RedisOptions")
            .field("is_cluster", &self.is_cluster)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// Keeps rows in Redis.
#[derive(Debug)]
pub struct RedisEngine {
    pool: Pool,
    local: EmbeddedEngine,
    prefix: String,
    margin: i64,
    replicas: u32,
    apply: Script,
    remove: Script,
    versions: Mutex<fastrand::Rng>,
}

impl RedisEngine {
    /// Connects, and opens the directory of the queue.
    ///
    /// # Errors
    /// The servers are not reached, are older than 6.2, would throw rows away (`maxmemory-policy`) or have
    /// lost what this store left there; the directory does not open.
    pub fn open(
        options: &RedisOptions,
        queue: &Path,
        queue_options: &EmbeddedOptions,
    ) -> Result<Self, EngineError> {
        if !RedisOptions::is_prefix(&options.prefix) {
            return Err(EngineError::Failed {
                place: "redis".to_owned(),
                reason: "a prefix is 1 to 64 letters, digits, '-', '_' and ':'".to_owned(),
            });
        }
        if options
            .addresses
            .iter()
            .any(|one| one.starts_with("rediss:"))
        {
            // When another part of the program has chosen one already, that is used.
            rustls::crypto::ring::default_provider()
                .install_default()
                .ok();
        }
        let apply = Script::new(include_str!("redis/apply.lua"));
        let remove = Script::new(include_str!("redis/remove.lua"));
        let margin = i64::try_from(options.expiry_margin.as_millis()).unwrap_or(LATEST);
        let engine = Self {
            pool: Pool::open(options, vec![apply.clone(), remove.clone()])?,
            local: EmbeddedEngine::open(queue, queue_options)?,
            prefix: options.prefix.clone(),
            margin,
            replicas: options.replicas,
            apply,
            remove,
            // Several processes may write the same rows: their numbers differ by chance, not by order.
            versions: Mutex::new(fastrand::Rng::with_seed(
                RandomState::new().build_hasher().finish(),
            )),
        };
        engine.check_servers()?;
        Ok(engine)
    }

    /// Replicas that have each acknowledged write.
    pub fn replicas(&self) -> u32 {
        self.replicas
    }

    fn version(&self) -> Version {
        let mut versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        Version(versions.u64(..))
    }

    fn bucket(&self, key: &RowKey) -> Bucket {
        Bucket::of(&self.prefix, key)
    }

    fn buckets(&self, group: GroupId) -> impl Iterator<Item = Bucket> {
        (0..=u8::MAX).map(move |number| Bucket::new(&self.prefix, group, number))
    }
}

/// A mutation that writes only the queue entry of another.
fn entry(mutation: &Mutation) -> Option<Mutation> {
    Some(Mutation {
        key: mutation.key,
        condition: Condition::QueueOnly,
        row: None,
        queue: Some(mutation.queue.clone()?),
        queue_if_applied: false,
        secret: None,
    })
}

impl Engine for RedisEngine {
    fn durability(&self) -> Durability {
        Durability::Asynchronous
    }

    fn is_local(&self) -> bool {
        false
    }

    fn out_of_reach(&self) -> Option<&'static str> {
        Some(
            "files, replicas and copies of the Redis servers: BGREWRITEAOF and BGSAVE rewrite their files, \
             older copies have to be removed",
        )
    }

    fn get(&self, key: &RowKey) -> Result<Option<Stored>, EngineError> {
        let row = self.get_many(&[*key])?.pop();
        Ok(row.flatten())
    }

    fn get_many(&self, keys: &[RowKey]) -> Result<Vec<Option<Stored>>, EngineError> {
        let commands = keys
            .iter()
            .map(|key| get(&self.bucket(key), &key.blind))
            .collect();
        let values = self.pool.read(commands)?;
        values.into_iter().map(|value| self.stored(value)).collect()
    }

    fn apply(&self, mutations: Vec<Mutation>) -> Result<Vec<Applied>, EngineError> {
        let depends = |mutation: &Mutation| {
            mutation.queue.is_some() && (mutation.queue_if_applied || mutation.secret.is_some())
        };
        if !mutations.iter().any(depends) {
            self.enqueue(mutations.iter().filter_map(entry).collect())?;
            return self.send(&mutations);
        }
        let applied = self.send(&mutations)?;
        let queued = mutations
            .iter()
            .zip(&applied)
            .filter(|(mutation, applied)| match applied {
                Applied::Yes => true,
                Applied::No => !mutation.queue_if_applied,
                Applied::HasSecret => false,
            });
        self.enqueue(queued.filter_map(|(mutation, _)| entry(mutation)).collect())?;
        Ok(applied)
    }

    fn secret(&self, key: &RowKey) -> Result<Option<Bytes>, EngineError> {
        let secret = self.secrets(&[*key])?.pop();
        Ok(secret.flatten())
    }

    fn secrets(&self, keys: &[RowKey]) -> Result<Vec<Option<Bytes>>, EngineError> {
        let commands = keys
            .iter()
            .map(|key| {
                let mut command = redis::cmd("HGET");
                command.arg(self.bucket(key).secrets()).arg(&key.blind[..]);
                command
            })
            .collect();
        let values = self.pool.read(commands)?;
        values.into_iter().map(|value| self.bytes(value)).collect()
    }

    fn forget(&self, key: &RowKey) -> Result<bool, EngineError> {
        let call = self.removal(&self.bucket(key), &[key.blind], None);
        let answers = self.pool.write(vec![call])?;
        let answer = answers.first().unwrap_or(&Value::Nil);
        Ok(self.removed(answer)?.1 > 0)
    }

    fn compact(&self) -> Result<(), EngineError> {
        self.local.compact()
    }

    fn scan(
        &self,
        group: GroupId,
        after: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<Vec<Keyed>, EngineError> {
        let mut rows = Vec::new();
        let mut after = after;
        let mut from = after.map_or(0, |[number, ..]| u16::from(number));
        while rows.len() < limit && from < 256 {
            // The bucket where the last page ended is read alone: the key is not compared in the others.
            let to = match after {
                Some(_) => from + 1,
                None => (from + AT_ONCE).min(256),
            };
            let buckets: Vec<Bucket> = (from..to)
                .filter_map(|number| u8::try_from(number).ok())
                .map(|number| Bucket::new(&self.prefix, group, number))
                .collect();
            let (page, last) = self.page(&buckets, after, (limit - rows.len()).min(PAGE))?;
            rows.extend(page);
            after = last;
            from = last.map_or(to, |[number, ..]| u16::from(number));
        }
        Ok(rows)
    }

    fn sweep(&self, group: GroupId, now: i64, limit: usize) -> Result<usize, EngineError> {
        let buckets: Vec<Bucket> = self.buckets(group).collect();
        let mut swept = 0;
        for some in buckets.chunks(usize::from(AT_ONCE)) {
            while swept < limit {
                let mut left = (limit - swept).min(REMOVED_AT_ONCE);
                let listed = some.iter().map(|bucket| {
                    let mut command = redis::cmd("ZRANGEBYSCORE");
                    command.arg(bucket.expiry()).arg("-inf").arg(now);
                    command.arg("LIMIT").arg(0).arg(left);
                    command
                });
                let listed = self.pool.read(listed.collect())?;
                let mut calls = Vec::new();
                for (bucket, members) in some.iter().zip(listed) {
                    let mut blinds = self.blinds(members)?;
                    blinds.truncate(left);
                    left -= blinds.len();
                    if !blinds.is_empty() {
                        calls.push(self.removal(bucket, &blinds, Some(now)));
                    }
                }
                let mut removed = 0;
                for answer in self.pool.write(calls)? {
                    removed += usize::try_from(self.removed(&answer)?.0).unwrap_or(0);
                }
                swept += removed;
                if removed == 0 {
                    break;
                }
            }
        }
        Ok(swept)
    }

    fn drop_group(&self, group: GroupId) -> Result<(), EngineError> {
        let buckets: Vec<Bucket> = self.buckets(group).collect();
        for some in buckets.chunks(usize::from(AT_ONCE)) {
            loop {
                let listed = some.iter().map(|bucket| {
                    let mut command = redis::cmd("ZRANGE");
                    command.arg(bucket.index()).arg(0);
                    command.arg(REMOVED_AT_ONCE - 1);
                    command
                });
                let listed = self.pool.read(listed.collect())?;
                let mut calls = Vec::new();
                for (bucket, members) in some.iter().zip(listed) {
                    let blinds = self.blinds(members)?;
                    if !blinds.is_empty() {
                        calls.push(self.removal(bucket, &blinds, None));
                    }
                }
                if calls.is_empty() {
                    break;
                }
                self.pool.write(calls)?;
            }
            // Secrets without rows are left.
            let emptied = some.iter().map(|bucket| {
                let mut command = redis::cmd("UNLINK");
                command.arg(bucket.index()).arg(bucket.expiry());
                command.arg(bucket.bytes()).arg(bucket.secrets());
                command
            });
            self.pool.write(emptied.collect())?;
        }
        Ok(())
    }

    fn queued(
        &self,
        group: GroupId,
        limit: usize,
        bytes: usize,
    ) -> Result<Vec<QueueEntry>, EngineError> {
        self.local.queued(group, limit, bytes)
    }

    fn dequeue(&self, group: GroupId, through: u64) -> Result<(), EngineError> {
        self.local.dequeue(group, through)
    }

    fn put_note(&self, name: &str, value: Option<&[u8]>) -> Result<(), EngineError> {
        self.local.put_note(name, value)
    }

    fn notes(&self, prefix: &str) -> Result<Vec<(String, Bytes)>, EngineError> {
        self.local.notes(prefix)
    }

    /// Rows are counted by the indices; bytes are approximate.
    fn usage(&self, group: GroupId) -> Result<Usage, EngineError> {
        let mut commands = Vec::with_capacity(512);
        for bucket in self.buckets(group) {
            let mut rows = redis::cmd("ZCARD");
            rows.arg(bucket.index());
            let mut bytes = redis::cmd("GET");
            bytes.arg(bucket.bytes());
            commands.push(rows);
            commands.push(bytes);
        }
        let mut usage = self.local.usage(group)?;
        for pair in self.pool.read(commands)?.chunks_exact(2) {
            if let [rows, bytes] = pair {
                usage.rows += self.number(rows)?;
                usage.bytes += self.number(bytes)?;
            }
        }
        Ok(usage)
    }
}
