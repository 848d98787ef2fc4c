//! What an engine does.

use std::fmt;
use std::path::PathBuf;

use bytes::Bytes;

/// A feature group of this store, by a number that is never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupId(pub u64);

/// A record: its group and its blinded identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowKey {
    /// The group.
    pub group: GroupId,
    /// HMAC of the identifier under the group's index key.
    pub blind: [u8; 16],
}

/// A row as it is stored. The times are milliseconds since 1970 and not secret; all else is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Event time.
    pub event_time: i64,
    /// When the row stops being readable.
    pub expires_at: Option<i64>,
    /// The row is the marker of a soft delete.
    pub is_deleted: bool,
    /// What the layer above sealed.
    pub sealed: Bytes,
}

/// Tells two states of one row apart; changes with every write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Version(pub u64);

/// A row with its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The row.
    pub row: Row,
    /// Its version.
    pub version: Version,
}

/// When a mutation applies to the online row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// When there is no row, its event time is less than `event_time`, or equal and `on_equal`. A row
    /// that has expired by `now` counts as none
    NotOlder {
        /// Event time of the mutation, in milliseconds since 1970
        event_time: i64,
        /// Whether an equal event time overwrites
        on_equal: bool,
        /// The time of the call, in milliseconds since 1970
        now: i64,
    },
    /// When the row has this version still
    Unchanged(Version),
    /// Always
    Always,
    /// Never: only the queue entry is written
    QueueOnly,
}

/// A row for the offline store, in the order in which it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueEntry {
    /// Position, given by the engine; rising, not without gaps.
    pub sequence: u64,
    /// What the layer above sealed.
    pub sealed: Bytes,
}

/// A change of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutation {
    /// The record.
    pub key: RowKey,
    /// When it applies online.
    pub condition: Condition,
    /// The new row; `None` removes it (hard delete).
    pub row: Option<Row>,
    /// Queued for the offline store whether or not the condition holds, unless `queue_if_applied`.
    pub queue: Option<Bytes>,
    /// Queue only when the condition held (hard deletes, updates).
    pub queue_if_applied: bool,
    /// A secret to keep beside the row, in a place of its own, if the record has none yet: the sealed
    /// key of its subject. If it has one already, nothing of the mutation is done and the answer is
    /// [`Applied::HasSecret`].
    pub secret: Option<Bytes>,
}

/// What became of a mutation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The online row is as the mutation says
    Yes,
    /// The condition did not hold: the row is newer or has changed
    No,
    /// The record has a secret already; nothing was done
    HasSecret,
}

/// What a write survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Power loss: it is synced before it is acknowledged
    PowerLoss,
    /// The crash of one node, except for what a replica had not received
    Asynchronous,
    /// Nothing beyond the process
    Process,
}

/// What a group takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Rows, markers included; approximate where the engine says no better.
    pub rows: u64,
    /// Bytes of sealed rows.
    pub bytes: u64,
    /// Rows waiting for the offline store.
    pub queued: u64,
}

/// Why an engine could not do it. Nothing that was acknowledged is lost.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The disk or the server failed; the work was not done, or it is not known whether it was
    #[error("{place}: {reason}")]
    Failed {
        /// File or address
        place: String,
        /// Why
        reason: String,
    },
    /// A stored thing does not read
    #[error("{path}: damaged: {reason}", path = .path.display())]
    Damaged {
        /// File
        path: PathBuf,
        /// What is wrong
        reason: String,
    },
    /// Another process has the directory
    #[error("{path}: in use by another process", path = .path.display())]
    InUse {
        /// Directory
        path: PathBuf,
    },
    /// The disk is full; nothing was written
    #[error("{path}: no space left", path = .path.display())]
    Full {
        /// Directory
        path: PathBuf,
    },
}

/// Keeps rows. Calls block; many threads call at once.
pub trait Engine: Send + Sync + fmt::Debug {
    /// What an acknowledged write survives.
    fn durability(&self) -> Durability;

    /// Whether reads are quick enough to be made on a thread that serves others (no network).
    fn is_local(&self) -> bool;

    /// The row, markers and expired rows included.
    ///
    /// # Errors
    /// The engine failed.
    fn get(&self, key: &RowKey) -> Result<Option<Stored>, EngineError>;

    /// The rows, in the order of the keys.
    ///
    /// # Errors
    /// The engine failed.
    fn get_many(&self, keys: &[RowKey]) -> Result<Vec<Option<Stored>>, EngineError>;

    /// Applies mutations in their order, durably, and says what became of each. Mutations of several
    /// threads are made durable together.
    ///
    /// # Errors
    /// The engine failed; it is not known which of them are applied.
    fn apply(&self, mutations: Vec<Mutation>) -> Result<Vec<Applied>, EngineError>;

    /// The secret of a record.
    ///
    /// # Errors
    /// The engine failed.
    fn secret(&self, key: &RowKey) -> Result<Option<Bytes>, EngineError>;

    /// The secrets of records, in the order of the keys.
    ///
    /// # Errors
    /// The engine failed.
    fn secrets(&self, keys: &[RowKey]) -> Result<Vec<Option<Bytes>>, EngineError>;

    /// Destroys the secret of a record and its row, durably, and overwrites them where the engine can.
    /// Gives whether there was a secret.
    ///
    /// # Errors
    /// The engine failed.
    fn forget(&self, key: &RowKey) -> Result<bool, EngineError>;

    /// Rewrites the files, so that what was overwritten, removed or forgotten is in none of them. Takes
    /// long: for erasure.
    ///
    /// # Errors
    /// The engine failed.
    fn compact(&self) -> Result<(), EngineError>;

    /// Where copies of rows and secrets may be that [`Engine::forget`] and [`Engine::compact`] do not
    /// reach, for the receipts of erasures; `None` when there are none.
    fn out_of_reach(&self) -> Option<&'static str> {
        None
    }

    /// Rows of a group in the order of their keys, after a key, at most `limit`.
    ///
    /// # Errors
    /// The engine failed.
    fn scan(
        &self,
        group: GroupId,
        after: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<Vec<([u8; 16], Stored)>, EngineError>;

    /// Removes rows whose `expires_at` is not after `now`, with their secrets; at most `limit`. Gives how
    /// many.
    ///
    /// # Errors
    /// The engine failed.
    fn sweep(&self, group: GroupId, now: i64, limit: usize) -> Result<usize, EngineError>;

    /// Removes all rows and secrets of a group. Its queue stays.
    ///
    /// # Errors
    /// The engine failed.
    fn drop_group(&self, group: GroupId) -> Result<(), EngineError>;

    /// The oldest entries of a group's queue, at most `limit` entries and about `bytes` bytes.
    ///
    /// # Errors
    /// The engine failed.
    fn queued(
        &self,
        group: GroupId,
        limit: usize,
        bytes: usize,
    ) -> Result<Vec<QueueEntry>, EngineError>;

    /// Removes the entries of a group's queue up to and including a position, durably.
    ///
    /// # Errors
    /// The engine failed.
    fn dequeue(&self, group: GroupId, through: u64) -> Result<(), EngineError>;

    /// A note under a name, durably; `None` removes it. For the manifests of flushes.
    ///
    /// # Errors
    /// The engine failed.
    fn put_note(&self, name: &str, value: Option<&[u8]>) -> Result<(), EngineError>;

    /// The notes whose names begin so, in the order of their names.
    ///
    /// # Errors
    /// The engine failed.
    fn notes(&self, prefix: &str) -> Result<Vec<(String, Bytes)>, EngineError>;

    /// What a group takes.
    ///
    /// # Errors
    /// The engine failed.
    fn usage(&self, group: GroupId) -> Result<Usage, EngineError>;
}
