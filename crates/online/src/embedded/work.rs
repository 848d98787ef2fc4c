//! What the writer is asked to do, and how it does what waits at once.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};

use super::files::{Files, check_space, may_heal};
use super::shared::Shared;
use super::writer::Pending;
use crate::encode;
use crate::engine::{Applied, EngineError, GroupId, Mutation, RowKey};

/// Mutations that are made durable together, at most.
const TOGETHER: usize = 4_096;
/// The note that holds how often the directory was opened. Numbers given in one opening begin with it.
const OPENINGS: &str = "\u{1}openings";
/// Numbers that one opening can give: 2^40.
const OPENING_BITS: u32 = 40;

type Answer = Sender<Result<Done, EngineError>>;

pub(super) enum Work {
    Apply(Vec<Mutation>),
    Forget(Vec<RowKey>),
    Sweep(GroupId, i64, usize),
    DropGroup(GroupId),
    Dequeue(GroupId, u64),
    Note(String, Option<Vec<u8>>),
}

pub(super) enum Done {
    Applied(Vec<Applied>),
    Count(usize),
}

pub(super) struct Job {
    pub(super) work: Work,
    pub(super) answer: Answer,
}

impl Work {
    /// Bytes, about.
    pub(super) fn size(&self) -> usize {
        let of = |bytes: Option<usize>| bytes.unwrap_or(0);
        match self {
            Self::Apply(mutations) => mutations
                .iter()
                .map(|mutation| {
                    size_of::<Mutation>()
                        + of(mutation.row.as_ref().map(|row| row.sealed.len()))
                        + of(mutation.queue.as_ref().map(bytes::Bytes::len))
                        + of(mutation.secret.as_ref().map(bytes::Bytes::len))
                })
                .sum(),
            Self::Note(name, value) => name.len() + of(value.as_ref().map(Vec::len)),
            Self::Forget(keys) => keys.len() * size_of::<RowKey>(),
            Self::Sweep(..) | Self::DropGroup(_) | Self::Dequeue(..) => 0,
        }
    }

    /// Whether it looks through the files, where what is pending is not yet.
    fn looks_through_files(&self) -> bool {
        matches!(
            self,
            Self::Sweep(..) | Self::DropGroup(_) | Self::Dequeue(..)
        )
    }

    /// What frees space goes on when there is little.
    fn adds(&self) -> bool {
        matches!(self, Self::Apply(_) | Self::Note(_, Some(_)))
    }
}

/// Whether the files take writes.
enum Health {
    Well,
    /// Opening them anew may help
    Broken,
    /// It does not
    Lost(EngineError),
}

/// The thread that writes.
pub(super) struct Worker {
    shared: Arc<Shared>,
    next: u64,
    health: Health,
}

impl Worker {
    pub(super) fn new(shared: Arc<Shared>) -> Result<Self, EngineError> {
        let files = shared.files()?;
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
        Ok(Self {
            shared,
            next,
            health: Health::Well,
        })
    }

    /// Works until nobody can ask any more.
    pub(super) fn run(mut self, waiting: &Receiver<Job>) {
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
            let mut jobs = jobs.into_iter().peekable();
            while let Some(first) = jobs.next() {
                let mut some = vec![first];
                while let Some(job) = jobs.next_if(|job| !job.work.looks_through_files()) {
                    some.push(job);
                }
                self.together(some);
            }
        }
    }

    /// Decides the jobs in their order and makes them durable as one.
    fn together(&mut self, jobs: Vec<Job>) {
        let files = match self.files() {
            Ok(files) => files,
            Err(error) => {
                for job in jobs {
                    job.answer.send(Err(copy(&error))).ok();
                }
                return;
            }
        };
        let mut pending = Pending::new(&files, &mut self.next);
        let space = files.check_space();
        let mut answers = Vec::with_capacity(jobs.len());
        let mut has_failed = false;
        for job in jobs {
            if has_failed {
                // The batch may hold half a job: nothing of it is written.
                answers.push((job.answer, Err(other_failed(&files))));
                continue;
            }
            let done = match &space {
                Err(error) if job.work.adds() => Err(copy(error)),
                _ => {
                    let done = work(&files, &mut pending, job.work);
                    has_failed = done.is_err();
                    done
                }
            };
            answers.push((job.answer, done));
        }
        let committed = if has_failed {
            Err(other_failed(&files))
        } else {
            files.wait_for_tables().and_then(|()| pending.commit())
        };
        if let Err(error) = &committed
            && !has_failed
        {
            self.health = if may_heal(error) {
                Health::Broken
            } else {
                Health::Lost(copy(error))
            };
        }
        for (answer, done) in answers {
            let done = match &committed {
                Ok(()) => done,
                Err(error) => Err(done.err().unwrap_or_else(|| copy(error))),
            };
            // Nobody waits for it any more when this fails.
            answer.send(done).ok();
        }
    }

    /// The files, opened anew when that may help.
    fn files(&mut self) -> Result<Arc<Files>, EngineError> {
        match &self.health {
            Health::Well => {}
            Health::Lost(error) => return Err(copy(error)),
            Health::Broken => {
                check_space(&self.shared.path, self.shared.options.reserve)?;
                self.shared.reopen()?;
                self.health = Health::Well;
            }
        }
        self.shared.files()
    }
}

fn other_failed(files: &Files) -> EngineError {
    EngineError::Failed {
        place: files.path.display().to_string(),
        reason: "another write of the same moment failed".to_owned(),
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
