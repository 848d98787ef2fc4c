//! The pipeline: sources → records → rules → findings.

use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rempart_findings::{Coverage, Finding, ProblemLine, RunSummary, Severity};
use rempart_sigma::correlate::Limits as StateLimits;
use rempart_trail::accounting::Accounting;
use rempart_trail::dedup::Deduplicator;
use rempart_trail::read::{Limits, Scratch};
use rempart_trail::source::{Discovery, Location, Problem, Source};
use rempart_trail::time::EventTime;

use crate::coverage::coverage;
use crate::derive::KnownAccounts;
use crate::filter::RecordFilter;
use crate::guardrails::Guardrails;
use crate::observe::Observers;
use crate::progress::Progress;
use crate::rulebook::RuleBook;
use crate::sequencer::Sequencer;
use crate::sink::Sink;
use crate::worker::{Shared, Worker};

/// How a hunt runs.
#[derive(Debug, Clone)]
pub struct HuntOptions {
    /// Which records the rules see.
    pub filter: RecordFilter,
    /// Accounts that are not foreign wherever they appear.
    pub accounts: KnownAccounts,
    /// What the reader accepts.
    pub limits: Limits,
    /// Memory for correlations and history.
    pub state: StateLimits,
    /// Threads; at least one.
    pub threads: usize,
    /// Findings below this severity are counted, not returned.
    pub min_severity: Option<Severity>,
    /// Events that deduplication remembers, 29 to 58 bytes each.
    pub most_events: usize,
    /// Guardrails that findings name when they would have stopped some call of theirs.
    pub guardrails: Option<Arc<dyn Guardrails>>,
    /// Others who see the records as well.
    pub observers: Option<Arc<dyn Observers>>,
}

impl Default for HuntOptions {
    fn default() -> Self {
        Self {
            filter: RecordFilter::default(),
            accounts: KnownAccounts::default(),
            limits: Limits::default(),
            state: StateLimits::default(),
            threads: 1,
            min_severity: None,
            most_events: 200_000_000,
            guardrails: None,
            observers: None,
        }
    }
}

/// What a hunt found and what it rests on.
#[derive(Debug)]
pub struct HuntReport {
    /// Findings, gravest first, then by time.
    pub findings: Vec<Finding>,
    /// Findings that `min_severity` left out.
    pub below_min_severity: u64,
    /// What these logs could not show.
    pub coverage: Coverage,
    /// The account of every record, per source and in total.
    pub accounting: Accounting,
    /// The run in numbers.
    pub summary: RunSummary,
    /// Bytes that the deduplication set took.
    pub dedup_bytes: usize,
}

impl HuntReport {
    /// Whether any record could be read.
    #[must_use]
    pub fn has_read_anything(&self) -> bool {
        let total = &self.accounting.total;
        total.kept + total.duplicate + total.filtered > 0
    }
}

/// Hunts through sources. Nothing in the input makes it fail: what cannot be read is accounted for.
#[must_use]
pub fn hunt(
    discovery: &Discovery,
    book: &RuleBook,
    options: &HuntOptions,
    progress: &Progress,
) -> HuntReport {
    let sources = in_order_of_delivery(&discovery.sources);
    let names: Vec<Arc<str>> = sources
        .iter()
        .map(|source| source.name.as_str().into())
        .collect();
    let sizes = discovery
        .sources
        .iter()
        .filter_map(|source| source.size)
        .sum();
    progress
        .sources
        .store(discovery.sources.len() as u64, Ordering::Relaxed);
    progress.total_bytes.store(sizes, Ordering::Relaxed);
    let dedup = deduplicator(options);
    let sequencer = Sequencer::new(book, &names, &dedup, options.state);
    let shared = Shared {
        book,
        filter: &options.filter,
        accounts: &options.accounts,
        limits: &options.limits,
        guardrails: options.guardrails.as_deref(),
        observers: options.observers.as_deref(),
        dedup: &dedup,
        sequencer: &sequencer,
        progress,
    };
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 1..options.threads.max(1) {
            scope.spawn(|| read_sources(&shared, &sources, &names, &next));
        }
        read_sources(&shared, &sources, &names, &next);
    });
    let mut sink = sequencer.into_sink();
    let found = sink.finish();
    report(
        sink,
        found.findings,
        found.incomplete,
        discovery,
        book,
        options,
    )
}

/// Hunts through bytes that are at hand, as through one file.
#[must_use]
pub fn hunt_bytes(bytes: &[u8], book: &RuleBook, options: &HuntOptions) -> HuntReport {
    let progress = Progress::default();
    let names: [Arc<str>; 1] = ["(bytes)".into()];
    let dedup = deduplicator(options);
    let sequencer = Sequencer::new(book, &names, &dedup, options.state);
    let shared = Shared {
        book,
        filter: &options.filter,
        accounts: &options.accounts,
        limits: &options.limits,
        guardrails: options.guardrails.as_deref(),
        observers: options.observers.as_deref(),
        dedup: &dedup,
        sequencer: &sequencer,
        progress: &progress,
    };
    let mut worker = Worker::new(&shared);
    worker.read_bytes(bytes, &names[0], &mut Scratch::default());
    worker.finish();
    let mut sink = sequencer.into_sink();
    let found = sink.finish();
    report(
        sink,
        found.findings,
        found.incomplete,
        &Discovery::default(),
        book,
        options,
    )
}

/// The seed keeps somebody who writes log files from foreseeing digests; it changes no result.
fn deduplicator(options: &HuntOptions) -> Deduplicator {
    let seed = std::hash::RandomState::new().hash_one(0);
    Deduplicator::new(options.most_events, seed)
}

/// Sources are taken in order, so the earliest unfinished one is always being read by some thread.
fn read_sources(
    shared: &Shared<'_, '_>,
    sources: &[&Source],
    names: &[Arc<str>],
    next: &AtomicUsize,
) {
    let mut worker = Worker::new(shared);
    let mut scratch = Scratch::default();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let (Some(source), Some(name)) = (sources.get(number), names.get(number)) else {
            break;
        };
        if shared.progress.is_stopped() {
            break;
        }
        worker.read(number, source, name, &mut scratch);
    }
    worker.finish();
}

/// Folders of a trail are sorted by account and Region first. Files are taken by the time of delivery in
/// their names instead, so that windows over several accounts can be settled when memory is short.
/// Objects of a bucket stay in the order in which they are fetched ahead.
fn in_order_of_delivery(sources: &[Source]) -> Vec<&Source> {
    let mut ordered: Vec<&Source> = sources.iter().collect();
    if ordered
        .iter()
        .all(|source| matches!(source.location, Location::File(_)))
    {
        ordered.sort_by_cached_key(|source| delivery_time(&source.name));
    }
    ordered
}

/// The time in a name such as `111122223333_CloudTrail_eu-west-1_20260301T1145Z_7xgocspSowgK0Gto.json.gz`.
fn delivery_time(name: &str) -> Option<&str> {
    let file = name.rsplit('/').next()?;
    file.split('_').find(|part| {
        let bytes = part.as_bytes();
        let is_digit = |place: &usize| bytes.get(*place).is_some_and(u8::is_ascii_digit);
        bytes.len() == 14
            && bytes.get(8) == Some(&b'T')
            && bytes.get(13) == Some(&b'Z')
            && (0..8).chain(9..13).all(|place| is_digit(&place))
    })
}

fn report(
    sink: Sink<'_>,
    mut findings: Vec<Finding>,
    mut incomplete: Vec<String>,
    discovery: &Discovery,
    book: &RuleBook,
    options: &HuntOptions,
) -> HuntReport {
    let mut by_severity: BTreeMap<Severity, u64> = BTreeMap::new();
    for finding in &findings {
        *by_severity.entry(finding.severity).or_default() += 1;
    }
    let all = findings.len();
    if let Some(least) = options.min_severity {
        findings.retain(|finding| finding.severity >= least);
    }
    let below_min_severity = (all - findings.len()) as u64;
    let (dedup_bytes, dedup_left_out) = sink.dedup_state();
    let accounting = sink.accounting;
    let total = accounting.total;
    if sink.without_time > 0 {
        incomplete.push(format!(
            "{} matching records carry no readable time",
            sink.without_time
        ));
    }
    let unread = (discovery.sources.len() as u64).saturating_sub(accounting.sources.len() as u64);
    if unread > 0 {
        incomplete.push(format!(
            "{unread} sources were not read: the run was stopped"
        ));
    }
    let mut problems: Vec<ProblemLine> = discovery.problems.iter().map(problem_line).collect();
    for source in &accounting.sources {
        let line = |problem: &String| ProblemLine {
            source: source.name.clone(),
            offset: None,
            reason: problem.clone(),
        };
        problems.extend(source.problems.iter().map(line));
    }
    problems.extend(accounting.unreadable.iter().map(|piece| ProblemLine {
        source: piece.source.clone(),
        offset: Some(piece.offset),
        reason: piece.reason.clone(),
    }));
    if dedup_left_out > 0 {
        incomplete.push(format!("{dedup_left_out} events over the limit of the deduplication set: copies of them may be counted"));
    }
    let time = |seconds: i64| EventTime(seconds).to_rfc3339();
    let summary = RunSummary {
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        sources: discovery.sources.len() as u64,
        records_read: total.read,
        kept: total.kept,
        duplicates: total.duplicate,
        conflicting_duplicates: total.conflicting,
        filtered: total.filtered,
        unreadable: total.unreadable,
        not_cloudtrail: total.other,
        bytes_read: accounting.stored_bytes,
        bytes_inflated: accounting.inflated_bytes,
        first_event: sink.facts.span.map(|(first, _)| time(first)),
        last_event: sink.facts.span.map(|(_, last)| time(last)),
        accounts: sink.facts.accounts(),
        regions: sink.facts.regions(),
        findings_by_severity: by_severity,
        rules_loaded: book.len() as u64,
        incomplete,
        problems,
    };
    let coverage = coverage(&sink.facts, book.longest_learning());
    HuntReport {
        findings,
        below_min_severity,
        coverage,
        accounting,
        summary,
        dedup_bytes,
    }
}

fn problem_line(problem: &Problem) -> ProblemLine {
    ProblemLine {
        source: problem.name.clone(),
        offset: None,
        reason: problem.message.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> Source {
        Source {
            name: name.to_owned(),
            location: Location::File(name.into()),
            size: None,
        }
    }

    #[test]
    fn files_of_several_accounts_are_taken_by_time_and_others_as_they_come() {
        let sources = [
            "a/1_CloudTrail_eu-west-1_20260302T0000Z_x.json.gz",
            "a/1_CloudTrail_eu-west-1_20260304T0000Z_x.json.gz",
            "b/2_CloudTrail_us-east-1_20260301T0000Z_x.json.gz",
            "b/2_CloudTrail_us-east-1_20260302T0000Z_x.json.gz",
            "z.json",
            "c.json",
        ]
        .map(file);
        let ordered: Vec<&str> = in_order_of_delivery(&sources)
            .iter()
            .map(|source| source.name.as_str())
            .collect();
        assert_eq!(
            ordered,
            [
                "z.json",
                "c.json",
                "b/2_CloudTrail_us-east-1_20260301T0000Z_x.json.gz",
                "a/1_CloudTrail_eu-west-1_20260302T0000Z_x.json.gz",
                "b/2_CloudTrail_us-east-1_20260302T0000Z_x.json.gz",
                "a/1_CloudTrail_eu-west-1_20260304T0000Z_x.json.gz",
            ]
        );
        assert_eq!(delivery_time("x_20260302T00é0Z_y"), None);
        assert_eq!(delivery_time(""), None);
    }
}
