//! Reading a trail with several threads, each with a tool of its own.

use std::hash::BuildHasher;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rempart_findings::ProblemLine;
use rempart_trail::dedup::{Deduplicator, Sighting};
use rempart_trail::read::{
    Place, ReadError, Scratch, SourceReport, Visitor, read_bytes, read_source,
};
use rempart_trail::record::Record;
use rempart_trail::source::{Discovery, Source};

use super::LeastPrivilegeOptions;
use crate::replay::Progress;

/// Problems that one source may list; the rest are counted.
const MOST_PROBLEMS: usize = 10;

/// What is read.
pub(super) enum Input<'a> {
    Sources(&'a Discovery, &'a Progress),
    Bytes(&'a [u8]),
}

/// What one thread does with records, and how two threads' work becomes one.
pub(super) trait Work: Send {
    fn take(&mut self, record: &Record<'_>);
    fn merge(&mut self, other: Self);
}

/// What the reading itself found.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) records: u64,
    pub(super) copies: u64,
    /// Seconds of the first and the last event.
    pub(super) span: Option<(i64, i64)>,
    pub(super) problems: Vec<ProblemLine>,
    pub(super) more_problems: u64,
    pub(super) not_read: u64,
    pub(super) not_remembered: u64,
}

/// Reads all, copies of records once.
pub(super) fn read<W: Work>(
    input: &Input<'_>,
    options: &LeastPrivilegeOptions,
    make: impl Fn() -> W + Sync,
) -> (W, Reading) {
    // The seed keeps somebody who writes log files from foreseeing digests; it changes no result.
    let seed = std::hash::RandomState::new().hash_one(0);
    let dedup = Deduplicator::new(options.most_events, seed);
    let (work, mut reading) = match input {
        Input::Bytes(bytes) => {
            let mut reader = Reader::new(make(), &dedup, options, None);
            reader.bytes(bytes);
            (reader.work, reader.reading)
        }
        Input::Sources(discovery, progress) => {
            read_sources(discovery, progress, &dedup, options, &make)
        }
    };
    reading.not_remembered = dedup.not_remembered();
    (work, reading)
}

fn read_sources<W: Work>(
    discovery: &Discovery,
    progress: &Progress,
    dedup: &Deduplicator,
    options: &LeastPrivilegeOptions,
    make: &(impl Fn() -> W + Sync),
) -> (W, Reading) {
    let sources = &discovery.sources;
    progress
        .sources
        .fetch_add(sources.len() as u64, Ordering::Relaxed);
    let gathered = Mutex::new((make(), Reading::default()));
    let next = AtomicUsize::new(0);
    let work = || {
        let mut reader = Reader::new(make(), dedup, options, Some(progress));
        let mut scratch = Scratch::default();
        while let Some(source) = sources.get(next.fetch_add(1, Ordering::Relaxed)) {
            if progress.is_stopped() {
                reader.reading.not_read += 1;
                continue;
            }
            reader.source(source, &mut scratch);
        }
        let mut gathered = gathered.lock().unwrap_or_else(PoisonError::into_inner);
        gathered.0.merge(reader.work);
        gathered.1.merge(reader.reading);
    };
    std::thread::scope(|scope| {
        for _ in 1..options.threads.max(1) {
            scope.spawn(work);
        }
        work();
    });
    gathered
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
}

impl Reading {
    fn merge(&mut self, other: Self) {
        self.records += other.records;
        self.copies += other.copies;
        self.span = match (self.span, other.span) {
            (Some((first, last)), Some((start, end))) => Some((first.min(start), last.max(end))),
            (one, other) => one.or(other),
        };
        self.problems.extend(other.problems);
        self.more_problems += other.more_problems;
        self.not_read += other.not_read;
    }
}

struct Reader<'a, W> {
    work: W,
    reading: Reading,
    dedup: &'a Deduplicator,
    options: &'a LeastPrivilegeOptions,
    progress: Option<&'a Progress>,
    name: String,
    of_source: usize,
    shown: u64,
}

impl<'a, W: Work> Reader<'a, W> {
    fn new(
        work: W,
        dedup: &'a Deduplicator,
        options: &'a LeastPrivilegeOptions,
        progress: Option<&'a Progress>,
    ) -> Self {
        Self {
            work,
            reading: Reading::default(),
            dedup,
            options,
            progress,
            name: "(bytes)".to_owned(),
            of_source: 0,
            shown: 0,
        }
    }

    fn source(&mut self, source: &Source, scratch: &mut Scratch) {
        self.name = source.name.clone();
        let limits = self.options.limits;
        let report = read_source(source, &limits, scratch, self);
        self.end(&report);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        let limits = self.options.limits;
        let report = read_bytes(bytes, &limits, &mut Scratch::default(), self);
        self.end(&report);
    }

    fn end(&mut self, report: &SourceReport) {
        for problem in &report.problems {
            self.problem(Some(problem.offset), problem.reason.to_string());
        }
        self.of_source = 0;
        if let Some(progress) = self.progress {
            progress
                .inflated_bytes
                .fetch_add(report.inflated_bytes, Ordering::Relaxed);
            progress.sources_done.fetch_add(1, Ordering::Relaxed);
            let records = self.reading.records - self.shown;
            progress.records.fetch_add(records, Ordering::Relaxed);
            self.shown = self.reading.records;
        }
    }

    fn problem(&mut self, offset: Option<u64>, reason: String) {
        if self.of_source >= MOST_PROBLEMS {
            self.reading.more_problems += 1;
            return;
        }
        self.of_source += 1;
        self.reading.problems.push(ProblemLine {
            source: self.name.clone(),
            offset,
            reason,
        });
    }
}

impl<W: Work> Visitor for Reader<'_, W> {
    fn record(&mut self, record: &Record<'_>, _: Place) {
        self.reading.records += 1;
        if self.dedup.sight(record) == Sighting::SameBytes {
            self.reading.copies += 1;
            return;
        }
        if let Some(time) = record.event_time() {
            let (first, last) = self.reading.span.unwrap_or((time.0, time.0));
            self.reading.span = Some((first.min(time.0), last.max(time.0)));
        }
        self.work.take(record);
    }

    fn unreadable(&mut self, place: Place, reason: &ReadError, _: &[u8]) {
        self.problem(Some(place.offset), reason.to_string());
    }

    fn other(&mut self, _: Place, _: &str) {}
}
