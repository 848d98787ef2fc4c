//! The embedded engine: a log-structured merge tree in a directory of its own.
//!
//! One thread writes. What waits for it is decided in the order of arrival, written into the journal as
//! one batch and synced once, so that many writers share the price of a sync. Reads never wait for it.

mod encode;
mod files;
mod writer;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use bytes::Bytes;
use crossbeam_channel::{Receiver, Sender, bounded};

use crate::engine::{
    Applied, Durability, Engine, EngineError, GroupId, Mutation, QueueEntry, RowKey, Stored, Usage,
};
pub use files::EmbeddedOptions;
use files::Files;
use writer::{Pending, usage_name};

/// Calls that may wait for the writer; more wait outside.
const WAITING: usize = 4_096;
/// Mutations that are made durable together, at most.
const TOGETHER: usize = 4_096;
/// The note that holds how often the directory was opened. Numbers given in one opening begin with it.
const OPENINGS: &str = "\u{1}openings";
/// Numbers that one opening can give: 2^40.
const OPENING_BITS: u32 = 40;

type Answer<T> = Sender<Result<T, EngineError>>;

enum Work {
    Apply(Vec<Mutation>),
    Forget(Vec<RowKey>),
    Sweep(GroupId, i64, usize),
    DropGroup(GroupId),
    Dequeue(GroupId, u64),
    Note(String, Option<Vec<u8>>),
}

enum Done {
    Applied(Vec<Applied>),
    Count(usize),
}

struct Job {
    work: Work,
    answer: Answer<Done>,
}

/// Keeps rows in a directory.
pub struct EmbeddedEngine {
    files: Arc<Files>,
    jobs: Option<Sender<Job>>,
    writer: Option<JoinHandle<()>>,
}

impl fmt::Debug for EmbeddedEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedEngine")
            .field("path", &self.files.path)
            .finish_non_exhaustive()
    }
}

impl EmbeddedEngine {
    /// Opens a directory, or makes it.
    ///
    /// # Errors
    /// Another process has it, it is of another version, damaged, or the disk fails.
    pub fn open(path: &Path, options: &EmbeddedOptions) -> Result<Self, EngineError> {
        let files = Arc::new(Files::open(path, options)?);
        let openings = files
            .notes
            .get(OPENINGS)
            .map_err(|error| files.wrong(error))?;
        let openings = match openings {
            None => 0,
            Some(bytes) => <[u8; 8]>::try_from(&*bytes)
                .map(u64::from_le_bytes)
                .map_err(|_| files.damaged("the number of openings does not read"))?,
        };
        let mut next = (openings + 1) << OPENING_BITS;
        let mut first = Pending::new(&files, &mut next);
        first.note(OPENINGS, Some(&(openings + 1).to_le_bytes()));
        first.commit()?;
        let (jobs, waiting) = bounded(WAITING);
        let its_files = Arc::clone(&files);
        let writer = std::thread::Builder::new()
            .name("online-writer".to_owned())
            .spawn(move || write(&its_files, &waiting, next))
            .map_err(|error| EngineError::Failed {
                place: path.display().to_string(),
                reason: error.to_string(),
            })?;
        Ok(Self {
            files,
            jobs: Some(jobs),
            writer: Some(writer),
        })
    }

    fn ask(&self, work: Work) -> Result<Done, EngineError> {
        let gone = || EngineError::Failed {
            place: self.files.path.display().to_string(),
            reason: "the writer has ended".to_owned(),
        };
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

fn write(files: &Files, waiting: &Receiver<Job>, mut next: u64) {
    while let Ok(first) = waiting.recv() {
        let mut jobs = vec![first];
        let mut mutations = 0;
        while mutations < TOGETHER
            && let Ok(job) = waiting.try_recv()
        {
            if let Work::Apply(some) = &job.work {
                mutations += some.len();
            }
            jobs.push(job);
        }
        together(files, jobs, &mut next);
    }
}

/// Decides the jobs in their order and makes them durable as one.
fn together(files: &Files, jobs: Vec<Job>, next: &mut u64) {
    let mut pending = Pending::new(files, next);
    let space = files.check_space();
    let mut answers = Vec::with_capacity(jobs.len());
    for job in jobs {
        // What frees space goes on when there is little.
        let adds = matches!(job.work, Work::Apply(_) | Work::Note(_, Some(_)));
        let done = match (&space, adds) {
            (Err(error), true) => Err(copy(error)),
            _ => work(files, &mut pending, job.work),
        };
        let failed = done.is_err() && space.is_ok();
        answers.push((job.answer, done));
        if failed {
            // The batch may hold half a job: nothing of it is written.
            let reason = "another write of the same moment failed";
            return for_all(answers, || EngineError::Failed {
                place: files.path.display().to_string(),
                reason: reason.to_owned(),
            });
        }
    }
    match pending.commit() {
        Ok(()) => {
            for (answer, done) in answers {
                // Nobody waits for it any more when this fails.
                answer.send(done).ok();
            }
        }
        Err(error) => for_all(answers, || copy(&error)),
    }
}

fn for_all(
    answers: Vec<(Answer<Done>, Result<Done, EngineError>)>,
    error: impl Fn() -> EngineError,
) {
    for (answer, done) in answers {
        let error = done.err().unwrap_or_else(&error);
        answer.send(Err(error)).ok();
    }
}

fn copy(error: &EngineError) -> EngineError {
    match error {
        EngineError::Failed { place, reason } => EngineError::Failed {
            place: place.clone(),
            reason: reason.clone(),
        },
        EngineError::Damaged { path, reason } => EngineError::Damaged {
            path: path.clone(),
            reason: reason.clone(),
        },
        EngineError::InUse { path } => EngineError::InUse { path: path.clone() },
        EngineError::Full { path } => EngineError::Full { path: path.clone() },
    }
}

fn work(files: &Files, pending: &mut Pending<'_>, work: Work) -> Result<Done, EngineError> {
    let wrong = |error| files.wrong(error);
    match work {
        Work::Apply(mutations) => {
            let applied = mutations
                .into_iter()
                .map(|mutation| pending.apply(mutation));
            Ok(Done::Applied(applied.collect::<Result<_, _>>()?))
        }
        Work::Forget(keys) => {
            let mut forgotten = 0;
            for key in keys {
                forgotten += usize::from(pending.forget(&key)?);
            }
            Ok(Done::Count(forgotten))
        }
        Work::Sweep(group, now, limit) => {
            let mut expired = Vec::new();
            for entry in files.expiry.prefix(group.0.to_be_bytes()).take(limit) {
                let key = entry.key().map_err(wrong)?;
                let read = encode::expiry(&key);
                let (key, at) =
                    read.ok_or_else(|| files.damaged("the index of expiry does not read"))?;
                if at > now {
                    break;
                }
                expired.push(key);
            }
            for key in &expired {
                pending.forget(key)?;
            }
            Ok(Done::Count(expired.len()))
        }
        Work::DropGroup(group) => {
            // A bounded part at a time; the caller asks until nothing is left.
            let mut keys = Vec::new();
            for entry in files.rows.prefix(group.0.to_be_bytes()).take(TOGETHER) {
                keys.push(entry.key().map_err(wrong)?);
            }
            if keys.is_empty() {
                for entry in files.secrets.prefix(group.0.to_be_bytes()).take(TOGETHER) {
                    keys.push(entry.key().map_err(wrong)?);
                }
            }
            for key in &keys {
                let blind =
                    encode::blind(key).ok_or_else(|| files.damaged("a key does not read"))?;
                pending.forget(&RowKey { group, blind })?;
            }
            Ok(Done::Count(keys.len()))
        }
        Work::Dequeue(group, through) => {
            let last = encode::queue_key(group, through);
            let mut sequences = Vec::new();
            for entry in files.queue.range(encode::queue_key(group, 0)..=last) {
                let key = entry.key().map_err(wrong)?;
                sequences.extend(encode::sequence(&key));
            }
            pending.dequeue(group, &sequences)?;
            Ok(Done::Count(sequences.len()))
        }
        Work::Note(name, value) => {
            pending.note(&name, value.as_deref());
            Ok(Done::Count(1))
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
        self.files.row(key)
    }

    fn get_many(&self, keys: &[RowKey]) -> Result<Vec<Option<Stored>>, EngineError> {
        keys.iter().map(|key| self.files.row(key)).collect()
    }

    fn apply(&self, mutations: Vec<Mutation>) -> Result<Vec<Applied>, EngineError> {
        Ok(match self.ask(Work::Apply(mutations))? {
            Done::Applied(applied) => applied,
            Done::Count(_) => Vec::new(),
        })
    }

    fn secret(&self, key: &RowKey) -> Result<Option<Bytes>, EngineError> {
        self.files.secret(key)
    }

    fn secrets(&self, keys: &[RowKey]) -> Result<Vec<Option<Bytes>>, EngineError> {
        keys.iter().map(|key| self.files.secret(key)).collect()
    }

    fn forget(&self, key: &RowKey) -> Result<bool, EngineError> {
        Ok(self.count(Work::Forget(vec![*key]))? > 0)
    }

    fn compact(&self) -> Result<(), EngineError> {
        self.files.compact()
    }

    fn scan(
        &self,
        group: GroupId,
        after: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<Vec<([u8; 16], Stored)>, EngineError> {
        let start = |blind| encode::row_key(&RowKey { group, blind });
        let after = after.map(start);
        let from = after.unwrap_or_else(|| start([0; 16]));
        let mut rows = Vec::new();
        for entry in self.files.rows.range(from..=start([0xFF; 16])) {
            if rows.len() == limit {
                break;
            }
            let (key, value) = entry
                .into_inner()
                .map_err(|error| self.files.wrong(error))?;
            if after.is_some_and(|after| *key == after) {
                continue;
            }
            let blind = encode::blind(&key);
            let stored = encode::read_stored(&Bytes::from(value));
            let (Some(blind), Some(stored)) = (blind, stored) else {
                return Err(self.files.damaged("a row does not read"));
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
        let mut taken = Vec::new();
        let mut size = 0;
        for entry in self.files.queue.prefix(group.0.to_be_bytes()).take(limit) {
            let (key, value) = entry
                .into_inner()
                .map_err(|error| self.files.wrong(error))?;
            let sequence = encode::sequence(&key);
            let sequence =
                sequence.ok_or_else(|| self.files.damaged("a key of the queue does not read"))?;
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
        let value = value.map(<[u8]>::to_vec);
        self.count(Work::Note(name.to_owned(), value)).map(drop)
    }

    fn notes(&self, prefix: &str) -> Result<Vec<(String, Bytes)>, EngineError> {
        let mut notes = Vec::new();
        for entry in self.files.notes.prefix(prefix) {
            let (key, value) = entry
                .into_inner()
                .map_err(|error| self.files.wrong(error))?;
            let name = String::from_utf8(key.to_vec());
            let name = name.map_err(|_| self.files.damaged("a note's name does not read"))?;
            if !name.starts_with('\u{1}') {
                notes.push((name, Bytes::from(value)));
            }
        }
        Ok(notes)
    }

    fn usage(&self, group: GroupId) -> Result<Usage, EngineError> {
        self.files.usage(&usage_name(group))
    }
}
