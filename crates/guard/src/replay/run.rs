//! The run: sources → records → requests → decisions → report.

use std::hash::BuildHasher;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use rempart_findings::ProblemLine;
use rempart_trail::dedup::Deduplicator;
use rempart_trail::read::{Limits, Scratch};
use rempart_trail::source::Discovery;
use rempart_trail::time::EventTime;

use super::Replay;
use super::report::{ReplayReport, StatementCalls};
use super::tally::Tally;
use super::worker::Worker;

/// Problems that the report lists.
const MOST_PROBLEMS: usize = 100;

/// How a replay runs.
#[derive(Debug, Clone)]
pub struct ReplayOptions {
    /// Threads; at least one.
    pub threads: usize,
    /// What the reader accepts.
    pub limits: Limits,
    /// Groups of each sort that are kept; calls of further ones are counted together.
    pub most_groups: usize,
    /// Events that are remembered as stopped, about 40 bytes each and thread.
    pub most_stopped: usize,
    /// Events that deduplication remembers, 29 to 58 bytes each.
    pub most_events: usize,
}

impl Default for ReplayOptions {
    fn default() -> Self {
        Self {
            threads: 1,
            limits: Limits::default(),
            most_groups: 10_000,
            most_stopped: 2_000_000,
            most_events: 200_000_000,
        }
    }
}

/// Counters that a run keeps up to date, for whoever wants to show them.
#[derive(Debug, Default)]
pub struct Progress {
    /// Sources to read.
    pub sources: AtomicU64,
    /// Sources read.
    pub sources_done: AtomicU64,
    /// Bytes after decompression.
    pub inflated_bytes: AtomicU64,
    /// Records seen.
    pub records: AtomicU64,
    /// Calls that would newly be denied.
    pub newly_denied: AtomicU64,
    stopped: AtomicBool,
}

impl Progress {
    /// Asks the run to stop after the sources that are being read.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Whether the run was asked to stop.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

/// What the threads bring together.
#[derive(Debug)]
struct Gathered {
    tally: Tally,
    problems: Vec<ProblemLine>,
    more_problems: u64,
    read: u64,
}

/// Replays the calls of a trail. Nothing in the input makes it fail: what cannot be read is reported.
#[must_use]
pub fn replay(
    discovery: &Discovery,
    replay: &Replay,
    options: &ReplayOptions,
    progress: &Progress,
) -> ReplayReport {
    let sources = &discovery.sources;
    progress
        .sources
        .store(sources.len() as u64, Ordering::Relaxed);
    let dedup = deduplicator(options);
    let gathered = Mutex::new(Gathered::new(options));
    let next = AtomicUsize::new(0);
    let work = || {
        let mut worker = Worker::new(replay, options, &dedup, progress);
        let mut scratch = Scratch::default();
        while let Some(source) = sources.get(next.fetch_add(1, Ordering::Relaxed)) {
            if progress.is_stopped() {
                break;
            }
            worker.read(source, &mut scratch);
        }
        gather(&gathered, worker);
    };
    std::thread::scope(|scope| {
        for _ in 1..options.threads.max(1) {
            scope.spawn(work);
        }
        work();
    });
    let mut gathered = gathered
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    let found = discovery.problems.iter().map(|problem| ProblemLine {
        source: problem.name.clone(),
        offset: None,
        reason: problem.message.clone(),
    });
    gathered.problems.extend(found);
    report(gathered, sources.len() as u64, replay, &dedup)
}

/// Replays bytes that are at hand, as one file.
#[must_use]
pub fn replay_bytes(bytes: &[u8], replay: &Replay, options: &ReplayOptions) -> ReplayReport {
    let dedup = deduplicator(options);
    let progress = Progress::default();
    let mut worker = Worker::new(replay, options, &dedup, &progress);
    worker.read_bytes(bytes);
    let gathered = Mutex::new(Gathered::new(options));
    gather(&gathered, worker);
    let gathered = gathered
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    report(gathered, 1, replay, &dedup)
}

/// The seed keeps somebody who writes log files from foreseeing digests; it changes no result.
fn deduplicator(options: &ReplayOptions) -> Deduplicator {
    let seed = std::hash::RandomState::new().hash_one(0);
    Deduplicator::new(options.most_events, seed)
}

fn gather(gathered: &Mutex<Gathered>, worker: Worker<'_>) {
    let mut gathered = gathered.lock().unwrap_or_else(PoisonError::into_inner);
    gathered.read += worker.read;
    gathered.more_problems += worker.more_problems;
    gathered.problems.extend(worker.problems);
    gathered.tally.merge(worker.tally);
}

impl Gathered {
    fn new(options: &ReplayOptions) -> Self {
        Self {
            tally: Tally::new(options),
            problems: Vec::new(),
            more_problems: 0,
            read: 0,
        }
    }
}

fn report(gathered: Gathered, sources: u64, replay: &Replay, dedup: &Deduplicator) -> ReplayReport {
    let Gathered {
        tally,
        mut problems,
        mut more_problems,
        read,
    } = gathered;
    problems
        .sort_by(|a, b| (&a.source, a.offset, &a.reason).cmp(&(&b.source, b.offset, &b.reason)));
    more_problems += problems.len().saturating_sub(MOST_PROBLEMS) as u64;
    problems.truncate(MOST_PROBLEMS);
    let mut incomplete = Vec::new();
    if read < sources {
        incomplete.push(format!(
            "{} sources were not read: the run was stopped",
            sources - read
        ));
    }
    if dedup.not_remembered() > 0 {
        incomplete.push(format!(
            "{} events over the limit of the deduplication set: copies of them may be counted",
            dedup.not_remembered()
        ));
    }
    if !tally.stopped.is_whole() || !tally.may_be_stopped.is_whole() {
        incomplete.push(
            "more events would be stopped than are remembered: findings may be joined in part"
                .to_owned(),
        );
    }
    let mut by_statement: Vec<StatementCalls> = tally
        .by_statement
        .into_iter()
        .map(|((policy, statement), calls)| StatementCalls {
            policy,
            statement,
            calls,
        })
        .collect();
    by_statement.sort_by_key(|statement| std::cmp::Reverse(statement.calls));
    let time = |seconds: i64| EventTime(seconds).to_rfc3339();
    ReplayReport {
        first_event: tally.span.map(|(first, _)| time(first)),
        last_event: tally.span.map(|(_, last)| time(last)),
        totals: tally.totals,
        sources,
        by_statement,
        newly_denied: tally.newly_denied.finish(),
        may_be_denied: tally.may_be_denied.finish(),
        current: replay.current.is_some().then_some(tally.agreement),
        disagreements: tally.disagreements.into_iter().collect(),
        incomplete,
        problems,
        more_problems,
        stopped: tally.stopped,
        may_be_stopped: tally.may_be_stopped,
    }
}
