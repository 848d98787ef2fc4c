//! One verification: read everything, judge digests, then logs, then what is absent.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use super::chain::{self, Asked};
use super::event::{self, LoggingChange};
use super::logs::{self, Cover, Reference, References};
use super::scan::{self, Content, Fault, Scanned};
use super::signature::Origin;
use super::tree::{ChainKey, Item, Members, Tree};
use super::verdict::{
    ChainReport, FileKind, FileVerdict, Gap, IntegrityProblem, IntegrityReport, Verdict,
};
use super::{IntegrityOptions, IntegrityProgress, name, parallel};
use crate::read::{Limits, Place, ReadError, Scratch, Visitor, read_source};
use crate::record::Record;
use crate::source::{Discovery, Source};
use crate::time::EventTime;

const HOUR: i64 = 3_600;

pub(super) fn verify(
    discovery: &Discovery,
    options: &IntegrityOptions,
    progress: &IntegrityProgress,
) -> IntegrityReport {
    let sources = &discovery.sources;
    let scanned = read_all(sources, options, progress);
    let mut tree = Tree::new(sources, &scanned, options);
    for (key, members) in &tree.chains {
        chain::link(&mut tree.items, members, key.backfill);
    }
    let tree = tree;
    let mut run = Run {
        sources,
        scanned: &scanned,
        tree: &tree,
        options,
        report: IntegrityReport::default(),
        logs_of: BTreeMap::new(),
    };
    run.report.problems = discovery.problems.iter().map(Into::into).collect();
    run.report.keys = options.keys.len() as u64;
    for file in &scanned {
        run.report.stored_bytes += file.stored;
        run.report.inflated_bytes += file.inflated;
    }
    let references = References::new(&tree);
    let (verified, unnamed) = run.named_logs(&references);
    let events = run.events(&verified);
    let gaps = run.gaps(&events, &unnamed);
    run.unnamed_logs(&unnamed, &gaps);
    run.digests();
    run.chains(gaps);
    run.notes();
    run.finish()
}

fn read_all(
    sources: &[Source],
    options: &IntegrityOptions,
    progress: &IntegrityProgress,
) -> Vec<Scanned> {
    progress
        .files
        .store(sources.len() as u64, Ordering::Relaxed);
    let scan = |number: usize, scratch: &mut Scratch| {
        let source = sources.get(number)?;
        let scanned = scan::scan(source, &options.limits, scratch);
        progress.files_done.fetch_add(1, Ordering::Relaxed);
        progress
            .inflated_bytes
            .fetch_add(scanned.inflated, Ordering::Relaxed);
        Some(scanned)
    };
    let scanned = parallel::for_each(sources.len(), options.threads, scan);
    scanned.into_iter().flatten().collect()
}

struct Run<'a> {
    sources: &'a [Source],
    scanned: &'a [Scanned],
    tree: &'a Tree,
    options: &'a IntegrityOptions,
    report: IntegrityReport,
    /// Verdicts of the logs that a digest names, by the number of the digest.
    logs_of: BTreeMap<usize, BTreeMap<Verdict, u64>>,
}

type Gaps<'a> = Vec<(&'a ChainKey, &'a Members, Vec<Gap>)>;

impl<'a> Run<'a> {
    fn is_in_period(&self, item: &Item) -> bool {
        let options = self.options;
        options.from.is_none_or(|from| item.digest.end > from)
            && options.to.is_none_or(|to| item.digest.start < to)
    }

    /// Judges the logs that digests name. Gives those whose records may be believed, with what names
    /// them, and the files that no digest names.
    fn named_logs(
        &mut self,
        references: &References<'a>,
    ) -> (Vec<(usize, Reference<'a>)>, Vec<usize>) {
        let (mut believed, mut unnamed) = (Vec::new(), Vec::new());
        let mut found = BTreeSet::new();
        for (number, (source, scanned)) in self.sources.iter().zip(self.scanned).enumerate() {
            if matches!(scanned.content, Content::Digest(_)) {
                continue;
            }
            let Some(reference) = references.of(source, scanned) else {
                unnamed.push(number);
                continue;
            };
            found.insert(reference.object());
            let verdict = references.judge(source, scanned, &reference);
            // Without any key, what is asked is whether the files agree with each other.
            let is_believed = verdict.verdict == Verdict::Verified
                || (self.options.keys.is_empty() && verdict.verdict == Verdict::UnknownKey);
            if is_believed {
                believed.push((number, reference));
            }
            self.named(&reference, verdict);
        }
        for reference in references.missing(&found) {
            self.named(&reference, logs::missing(&reference));
        }
        (believed, unnamed)
    }

    fn named(&mut self, reference: &Reference<'_>, verdict: FileVerdict) {
        if !self.is_in_period(reference.digest) {
            self.report.outside_period += 1;
            return;
        }
        let counts = self.logs_of.entry(reference.item).or_default();
        *counts.entry(verdict.verdict).or_default() += 1;
        self.report.files.push(verdict);
    }

    /// Changes of logging in believed logs of the hours in which one would explain something.
    fn events(&self, believed: &[(usize, Reference<'_>)]) -> Vec<LoggingChange> {
        let windows = self.windows();
        let is_wanted = |reference: &Reference<'_>| {
            let time = |text: &Option<String>, or: EventTime| {
                let time = text.as_deref().and_then(EventTime::parse);
                time.unwrap_or(or).0
            };
            let digest = &reference.digest.digest;
            let oldest = time(&reference.entry.oldest_event_time, digest.start);
            let newest = time(&reference.entry.newest_event_time, digest.end);
            windows
                .iter()
                .any(|(from, to)| newest >= *from && oldest <= *to)
        };
        let wanted: Vec<usize> = believed
            .iter()
            .filter(|(_, reference)| is_wanted(reference))
            .map(|(number, _)| *number)
            .collect();
        let read = |number: usize, scratch: &mut Scratch| {
            let source = wanted.get(number).and_then(|it| self.sources.get(*it));
            let read = |source| event::read(source, &self.options.limits, scratch);
            source.map(read).unwrap_or_default()
        };
        let mut events: Vec<LoggingChange> =
            parallel::for_each(wanted.len(), self.options.threads, read)
                .into_iter()
                .flatten()
                .chain(self.options.events.iter().cloned())
                .collect();
        events.sort();
        events.dedup();
        events
    }

    /// Times around the starts and ends of chains.
    fn windows(&self) -> Vec<(i64, i64)> {
        let mut windows = Vec::new();
        for members in self.tree.chains.values() {
            let spine = chain::spine(&self.tree.items, members);
            let mut before: Option<&Item> = None;
            for item in spine
                .iter()
                .filter_map(|number| self.tree.items.get(*number))
            {
                let (start, end) = (item.digest.start.0, item.digest.end.0);
                if item.digest.previous.is_none() {
                    windows.push((start - 2 * HOUR, end + HOUR));
                    if let Some(before) = before {
                        windows.push((before.digest.start.0 - HOUR, before.digest.end.0 + HOUR));
                    }
                }
                before = Some(item);
            }
            if let Some(last) = before {
                windows.push((last.digest.start.0 - HOUR, last.digest.end.0 + HOUR));
            }
        }
        windows
    }

    fn gaps(&self, events: &[LoggingChange], unnamed: &[usize]) -> Gaps<'a> {
        let unnamed: Vec<name::LogName> = unnamed
            .iter()
            .filter_map(|number| name::log_name(&self.sources.get(*number)?.name))
            .collect();
        let mut ends: Vec<(&ChainKey, EventTime)> = Vec::new();
        for (key, members) in &self.tree.chains {
            let last = chain::spine(&self.tree.items, members).pop();
            if let Some(last) = last.and_then(|number| self.tree.items.get(number)) {
                ends.push((key, last.digest.end));
            }
        }
        let gaps = self.tree.chains.iter().map(|(key, members)| {
            let logs = unnamed
                .iter()
                .filter(|log| log.account == key.account && log.region == key.region)
                .map(|log| log.delivered);
            let others = ends
                .iter()
                .filter(|(other, _)| {
                    let is_same_trail = other.account == key.account
                        && other.trail == key.trail
                        && other.home_region == key.home_region;
                    is_same_trail && !other.backfill
                })
                .map(|(_, end)| *end);
            let asked = Asked {
                options: self.options,
                events,
                alive_until: logs.chain(others).max(),
            };
            (key, members, chain::gaps(self.tree, key, members, &asked))
        });
        gaps.collect()
    }

    /// Judges the files that no digest names: logs, by their time; files of another kind are counted.
    fn unnamed_logs(&mut self, unnamed: &[usize], gaps: &Gaps<'_>) {
        let covers = self.covers(gaps);
        let holds = |position: usize, scratch: &mut Scratch| {
            let number = *unnamed.get(position)?;
            let (source, scanned) = (self.sources.get(number)?, self.scanned.get(number)?);
            let is_log = match scanned.content {
                Content::Log => true,
                _ => holds_records(source, &self.options.limits, scratch),
            };
            Some((source, scanned, is_log))
        };
        let looked_at = parallel::for_each(unnamed.len(), self.options.threads, holds);
        for (source, scanned, is_log) in looked_at.into_iter().flatten() {
            if is_log {
                match logs::unreferenced(source, scanned, &covers, self.options) {
                    Some(verdict) => self.report.files.push(verdict),
                    None => self.report.outside_period += 1,
                }
                continue;
            }
            self.report.other_files += 1;
            if let Some(Fault::Unread(message)) = &scanned.fault {
                self.report.problems.push(IntegrityProblem {
                    source: source.name.clone(),
                    message: message.clone(),
                });
            }
        }
    }

    fn covers(&self, gaps: &Gaps<'_>) -> BTreeMap<(String, String), Cover> {
        let mut covers: BTreeMap<(String, String), Cover> = BTreeMap::new();
        for (key, members, gaps) in gaps.iter().filter(|(key, ..)| !key.backfill) {
            let place = (key.account.clone(), key.region.clone());
            let cover = covers.entry(place).or_default();
            let spine = chain::spine(&self.tree.items, members);
            let of = |number: Option<&usize>| self.tree.items.get(*number?);
            if let (Some(first), Some(last)) = (of(spine.first()), of(spine.last())) {
                cover.starts.push(first.digest.start);
                cover.ends.push(last.digest.end);
            }
            for item in spine
                .iter()
                .filter_map(|number| self.tree.items.get(*number))
            {
                let files = item.digest.document.log_files.iter();
                let named = files.filter_map(|file| name::log_name(&file.s3_object));
                for folder in named.map(|name| name.folder) {
                    if folder != "CloudTrail" && !cover.folders.contains(&folder) {
                        cover.folders.insert(folder);
                    }
                }
            }
            for gap in gaps {
                let from = gap.from.as_deref().and_then(EventTime::parse);
                if let Some(to) = EventTime::parse(&gap.to) {
                    cover.gaps.push((from, to, gap.verdict));
                }
            }
        }
        covers
    }

    fn digests(&mut self) {
        for item in &self.tree.items {
            if !self.is_in_period(item) {
                self.report.outside_period += 1;
                continue;
            }
            for number in &item.sources {
                let source = self.sources.get(*number);
                self.report.files.push(FileVerdict {
                    source: source.map(|source| source.name.clone()).unwrap_or_default(),
                    kind: FileKind::Digest,
                    verdict: item.verdict,
                    reason: item.reason.clone(),
                    object: Some(item.object.clone()),
                    digest: None,
                    sha256: Some(item.sha256.clone()),
                });
            }
            *self.report.digests.entry(item.verdict).or_default() += 1;
        }
        for file in &self.tree.unreadable {
            let source = self.sources.get(file.source);
            self.report.files.push(FileVerdict {
                source: source.map(|source| source.name.clone()).unwrap_or_default(),
                kind: FileKind::Digest,
                verdict: file.verdict,
                reason: file.reason.clone(),
                object: None,
                digest: None,
                sha256: None,
            });
            *self.report.digests.entry(file.verdict).or_default() += 1;
        }
    }

    fn chains(&mut self, gaps: Gaps<'_>) {
        for (key, members, gaps) in gaps {
            let spine = chain::spine(&self.tree.items, members);
            let of = |number: Option<&usize>| self.tree.items.get(*number?);
            let mut report = ChainReport {
                account: key.account.clone(),
                region: key.region.clone(),
                trail: key.trail.clone(),
                home_region: key.home_region.clone(),
                backfill: key.backfill,
                from: of(spine.first()).map(|item| item.digest.start.to_rfc3339()),
                to: of(spine.last()).map(|item| item.digest.end.to_rfc3339()),
                digests: BTreeMap::new(),
                logs: BTreeMap::new(),
                gaps,
            };
            for number in &members.items {
                let Some(item) = self.tree.items.get(*number) else {
                    continue;
                };
                if self.is_in_period(item) {
                    *report.digests.entry(item.verdict).or_default() += 1;
                }
                for (verdict, count) in self.logs_of.get(number).into_iter().flatten() {
                    *report.logs.entry(*verdict).or_default() += count;
                }
            }
            for number in &members.unreadable {
                if let Some(file) = self.tree.unreadable.get(*number) {
                    *report.digests.entry(file.verdict).or_default() += 1;
                }
            }
            for gap in &report.gaps {
                *self.report.gap_hours.entry(gap.verdict).or_default() += gap.hours;
            }
            self.report.chains.push(report);
        }
    }

    /// What explains verdicts as a whole.
    fn notes(&mut self) {
        let items = &self.tree.items;
        let notes = &mut self.report.notes;
        if items.is_empty() {
            return;
        }
        if self.options.keys.is_empty() {
            notes.push(
                "without public keys no signature can be checked: hashes and links were compared, \
                 and nothing is verified"
                    .to_owned(),
            );
        }
        let quoted = items
            .iter()
            .filter(|item| matches!(item.origin, Origin::Quoted(_)))
            .count();
        if quoted > 0 {
            notes.push(format!(
                "signatures of {quoted} digests are those that the next digest quotes; the newest \
                 digest of a chain, and the logs that it names, need the signature of its object"
            ));
        }
        if self.options.to.is_none() {
            notes.push(
                "no end of the period was given: digests and logs that were deleted together at the \
                 end of a chain leave no trace"
                    .to_owned(),
            );
        }
    }

    fn finish(self) -> IntegrityReport {
        let mut report = self.report;
        report.files.sort();
        report.problems.sort();
        for file in report
            .files
            .iter()
            .filter(|file| file.kind == FileKind::Log)
        {
            *report.logs.entry(file.verdict).or_default() += 1;
        }
        report
    }
}

/// Whether a file holds a record in whatever envelope.
fn holds_records(source: &Source, limits: &Limits, scratch: &mut Scratch) -> bool {
    struct First(bool);
    impl Visitor for First {
        fn record(&mut self, _: &Record<'_>, _: Place) {
            self.0 = true;
        }
        fn unreadable(&mut self, _: Place, _: &ReadError, _: &[u8]) {}
        fn other(&mut self, _: Place, _: &str) {}
        fn flow(&mut self) -> ControlFlow<()> {
            if self.0 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        }
    }
    let mut first = First(false);
    read_source(source, limits, scratch, &mut first);
    first.0
}
