//! The embedded engine: a log-structured merge tree in a directory of its own.
//!
//! One thread writes. What waits for it is decided in the order of arrival, written into the journal as
//! one batch and synced once, so that many writers share the price of a sync. Reads never wait for it.

mod files;
mod journal;
mod room;
mod shared;
mod whole;
mod work;
mod writer;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use bytes::Bytes;
use crossbeam_channel::{Sender, bounded};

use crate::encode;
use crate::engine::{
    Applied, Durability, Engine, EngineError, GroupId, Mutation, QueueEntry, RowKey, Stored, Usage,
};
pub use files::EmbeddedOptions;
use room::Room;
use shared::Shared;
use work::{Done, Job, Work, Worker};
use writer::usage_name;

/// Calls that may wait for the writer; more wait outside.
const WAITING: usize = 4_096;
/// Bytes that may wait for the writer.
const WAITING_BYTES: usize = 64 << 20;

/// Keeps rows in a directory.
///
/// While less than the reserve of the disk is free, what would add to it is refused with
/// [`EngineError::Full`]; reads and what frees space go on, and so do writes when there is space again. After
/// an error of a sync nothing more is written until the process begins anew: nobody knows what the disk has.
pub struct EmbeddedEngine {
    shared: Arc<Shared>,
    room: Room,
    jobs: Option<Sender<Job>>,
    writer: Option<JoinHandle<()>>,
}

impl fmt::Debug for EmbeddedEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedEngine")
            .field("path", &self.shared.path)
            .finish_non_exhaustive()
    }
}

impl EmbeddedEngine {
    /// Opens a directory, or makes it. What a crash or a power cut left half written is dropped: nothing of
    /// it was acknowledged.
    ///
    /// # Errors
    /// Another process has it, it is of another version, damaged, or the disk fails.
    pub fn open(path: &Path, options: &EmbeddedOptions) -> Result<Self, EngineError> {
        let shared = Arc::new(Shared::open(path, options)?);
        let worker = Worker::new(Arc::clone(&shared))?;
        let (jobs, waiting) = bounded(WAITING);
        let writer = std::thread::Builder::new()
            .name("online-writer".to_owned())
            .spawn(move || worker.run(&waiting))
            .map_err(|error| EngineError::Failed {
                place: path.display().to_string(),
                reason: error.to_string(),
            })?;
        Ok(Self {
            shared,
            room: Room::new(WAITING_BYTES),
            jobs: Some(jobs),
            writer: Some(writer),
        })
    }

    fn ask(&self, work: Work) -> Result<Done, EngineError> {
        let gone = || EngineError::Failed {
            place: self.shared.path.display().to_string(),
            reason: "the writer has ended".to_owned(),
        };
        let _place = self.room.take(work.size());
        let (answer, answered) = bounded(1);
        let jobs = self.jobs.as_ref().ok_or_else(gone)?;
        jobs.send(Job { work, answer }).map_err(|_| gone())?;
        answered.recv().map_err(|_| gone())?
    }

    fn count(&self, work: Work) -> Result<usize, EngineError> {
        Ok(match self.ask(work)? {
            Done::Count(count) => count,
            Done::Applied(_) => 0,
        })
    }
}

impl Drop for EmbeddedEngine {
    fn drop(&mut self) {
        // Without a sender the writer ends when nothing waits any more.
        self.jobs = None;
        if let Some(writer) = self.writer.take() {
            writer.join().ok();
        }
    }
}

impl Engine for EmbeddedEngine {
    fn durability(&self) -> Durability {
        Durability::PowerLoss
    }

    fn is_local(&self) -> bool {
        true
    }

    fn get(&self, key: &RowKey) -> Result<Option<Stored>, EngineError> {
        self.shared.files()?.row(key)
    }

    fn get_many(&self, keys: &[RowKey]) -> Result<Vec<Option<Stored>>, EngineError> {
        let files = self.shared.files()?;
        keys.iter().map(|key| files.row(key)).collect()
    }

    fn apply(&self, mutations: Vec<Mutation>) -> Result<Vec<Applied>, EngineError> {
        Ok(match self.ask(Work::Apply(mutations))? {
            Done::Applied(applied) => applied,
            Done::Count(_) => Vec::new(),
        })
    }

    fn secret(&self, key: &RowKey) -> Result<Option<Bytes>, EngineError> {
        self.shared.files()?.secret(key)
    }

    fn secrets(&self, keys: &[RowKey]) -> Result<Vec<Option<Bytes>>, EngineError> {
        let files = self.shared.files()?;
        keys.iter().map(|key| files.secret(key)).collect()
    }

    fn forget(&self, key: &RowKey) -> Result<bool, EngineError> {
        Ok(self.count(Work::Forget(vec![*key]))? > 0)
    }

    fn compact(&self) -> Result<(), EngineError> {
        self.shared.files()?.compact()
    }

    fn scan(
        &self,
        group: GroupId,
        after: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<Vec<([u8; 16], Stored)>, EngineError> {
        let files = self.shared.files()?;
        let start = |blind| encode::row_key(&RowKey { group, blind });
        let after = after.map(start);
        let from = after.unwrap_or_else(|| start([0; 16]));
        let mut rows = Vec::new();
        for entry in files.rows.range(from..=start([0xFF; 16])) {
            if rows.len() == limit {
                break;
            }
            let (key, value) = entry.into_inner().map_err(|error| files.wrong(error))?;
            if after.is_some_and(|after| *key == after) {
                continue;
            }
            let blind = encode::blind(&key);
            let stored = encode::read_stored(&Bytes::from(value));
            let (Some(blind), Some(stored)) = (blind, stored) else {
                return Err(files.damaged("a row does not read"));
            };
            rows.push((blind, stored));
        }
        Ok(rows)
    }

    fn sweep(&self, group: GroupId, now: i64, limit: usize) -> Result<usize, EngineError> {
        self.count(Work::Sweep(group, now, limit))
    }

    fn drop_group(&self, group: GroupId) -> Result<(), EngineError> {
        while self.count(Work::DropGroup(group))? > 0 {}
        Ok(())
    }

    fn queued(
        &self,
        group: GroupId,
        limit: usize,
        bytes: usize,
    ) -> Result<Vec<QueueEntry>, EngineError> {
        let files = self.shared.files()?;
        let mut taken = Vec::new();
        let mut size = 0;
        for entry in files.queue.prefix(group.0.to_be_bytes()).take(limit) {
            let (key, value) = entry.into_inner().map_err(|error| files.wrong(error))?;
            let sequence = encode::sequence(&key);
            let sequence =
                sequence.ok_or_else(|| files.damaged("a key of the queue does not read"))?;
            size += value.len();
            if size > bytes && !taken.is_empty() {
                break;
            }
            taken.push(QueueEntry {
                sequence,
                sealed: Bytes::from(value),
            });
        }
        Ok(taken)
    }

    fn dequeue(&self, group: GroupId, through: u64) -> Result<(), EngineError> {
        self.count(Work::Dequeue(group, through)).map(drop)
    }

    fn put_note(&self, name: &str, value: Option<&[u8]>) -> Result<(), EngineError> {
        if name.starts_with('\u{1}') {
            return Err(EngineError::Failed {
                place: self.shared.path.display().to_string(),
                reason: "names of notes that begin with U+0001 are the engine's own".to_owned(),
            });
        }
        let value = value.map(<[u8]>::to_vec);
        self.count(Work::Note(name.to_owned(), value)).map(drop)
    }

    fn notes(&self, prefix: &str) -> Result<Vec<(String, Bytes)>, EngineError> {
        let files = self.shared.files()?;
        let mut notes = Vec::new();
        for entry in files.notes.prefix(prefix) {
            let (key, value) = entry.into_inner().map_err(|error| files.wrong(error))?;
            let name = String::from_utf8(key.to_vec());
            let name = name.map_err(|_| files.damaged("a note's name does not read"))?;
            if !name.starts_with('\u{1}') {
                notes.push((name, Bytes::from(value)));
            }
        }
        Ok(notes)
    }

    /// Exact: counters that are written with each batch.
    fn usage(&self, group: GroupId) -> Result<Usage, EngineError> {
        self.shared.files()?.usage(&usage_name(group))
    }
}
