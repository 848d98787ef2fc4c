//! One thread's work: read sources, decide what their records ask for.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rempart_aws_model::ActionName;
use rempart_findings::ProblemLine;
use rempart_policy::{Principal, Stack};
use rempart_trail::dedup::{Deduplicator, EventKey, Sighting};
use rempart_trail::read::{
    Place, ReadError, Scratch, SourceReport, Visitor, read_bytes, read_source,
};
use rempart_trail::record::Record;
use rempart_trail::source::Source;

use super::Replay;
use super::agreement::{compare, is_blamed};
use super::groups::{Call, GroupKey};
use super::run::{Progress, ReplayOptions};
use super::tally::Tally;
use super::verdict::{Bearing, Verdict, verdict};
use crate::event_request::{DerivedRequest, EventRequests, LoggedDecision, Reason};

/// Problems that one source may list; the rest are counted.
const MOST_PROBLEMS: usize = 10;
/// Characters of a name that are kept; ARNs of IAM have up to 700.
const LONGEST_TEXT: usize = 1_000;
/// Records after which the shared counters are brought up to date.
const RECORDS_PER_REPORT: u64 = 1_000;

/// One thread's tools and counts.
#[derive(Debug)]
pub(super) struct Worker<'a> {
    replay: &'a Replay,
    options: &'a ReplayOptions,
    dedup: &'a Deduplicator,
    progress: &'a Progress,
    requests: EventRequests,
    pub(super) tally: Tally,
    pub(super) problems: Vec<ProblemLine>,
    pub(super) more_problems: u64,
    /// Sources that were read.
    pub(super) read: u64,
    /// For each action whether the proposal may stop it. The names are those of the reference.
    may_stop: BTreeMap<ActionName, bool>,
    source: Arc<str>,
    of_source: usize,
    reported: (u64, u64),
}

impl<'a> Worker<'a> {
    pub(super) fn new(
        replay: &'a Replay,
        options: &'a ReplayOptions,
        dedup: &'a Deduplicator,
        progress: &'a Progress,
    ) -> Self {
        let mut stacks: Vec<&Stack> = vec![&replay.stack];
        stacks.extend(&replay.current);
        Self {
            requests: EventRequests::for_policies(&stacks)
                .with_exempt_accounts(&replay.exempt)
                .with_organization(replay.organization.as_ref()),
            tally: Tally::new(options),
            problems: Vec::new(),
            more_problems: 0,
            read: 0,
            may_stop: BTreeMap::new(),
            source: "".into(),
            of_source: 0,
            reported: (0, 0),
            replay,
            options,
            dedup,
            progress,
        }
    }

    /// Reads one source to its end.
    pub(super) fn read(&mut self, source: &Source, scratch: &mut Scratch) {
        self.source = source.name.as_str().into();
        let limits = self.options.limits;
        let report = read_source(source, &limits, scratch, self);
        self.end_source(&report);
    }

    /// Reads bytes as the only source.
    pub(super) fn read_bytes(&mut self, bytes: &[u8]) {
        self.source = "(bytes)".into();
        let limits = self.options.limits;
        let report = read_bytes(bytes, &limits, &mut Scratch::default(), self);
        self.end_source(&report);
    }

    fn end_source(&mut self, report: &SourceReport) {
        for problem in &report.problems {
            self.problem(Some(problem.offset), problem.reason.to_string());
        }
        self.read += 1;
        self.of_source = 0;
        self.progress
            .inflated_bytes
            .fetch_add(report.inflated_bytes, Ordering::Relaxed);
        self.progress.sources_done.fetch_add(1, Ordering::Relaxed);
        self.show();
    }

    fn problem(&mut self, offset: Option<u64>, reason: String) {
        if self.of_source >= MOST_PROBLEMS {
            self.more_problems += 1;
            return;
        }
        self.of_source += 1;
        self.problems.push(ProblemLine {
            source: self.source.to_string(),
            offset,
            reason,
        });
    }

    fn show(&mut self) {
        let totals = &self.tally.totals;
        let (records, denied) = self.reported;
        self.progress
            .records
            .fetch_add(totals.records - records, Ordering::Relaxed);
        self.progress
            .newly_denied
            .fetch_add(totals.newly_denied - denied, Ordering::Relaxed);
        self.reported = (totals.records, totals.newly_denied);
    }

    fn no_request(&mut self, reason: Reason) {
        let count = self.tally.totals.not_requests.entry(reason).or_default();
        *count += 1;
    }

    fn call(&mut self, record: &Record<'_>) {
        let may_stop = match self.requests.may_be_stopped(record) {
            Ok(may_stop) => may_stop,
            Err(reason) => return self.no_request(reason),
        };
        let logged = LoggedDecision::of(record);
        let is_denied = logged == LoggedDecision::Denied;
        let current = self.replay.current.as_ref();
        let is_compared = current.is_some();
        // A call that no policy may stop needs no request, unless AWS says that one did.
        let is_looked_at = (may_stop && (is_compared || !is_denied))
            || current.is_some_and(|current| is_blamed(current, record, logged));
        if !is_looked_at {
            self.tally.totals.calls += 1;
            if let Some(current) = current {
                compare(&mut self.tally, current, record, &[], logged);
            }
            if is_denied {
                self.tally.totals.denied_already += 1;
            } else {
                self.tally.totals.untouched += 1;
            }
            return;
        }
        let requests = match self.requests.all_requests(record) {
            Ok(requests) => requests,
            Err(reason) => return self.no_request(reason),
        };
        self.tally.totals.calls += 1;
        self.tally.totals.requests += requests.len() as u64;
        if let Some(current) = current {
            compare(&mut self.tally, current, record, &requests, logged);
        }
        if is_denied {
            self.tally.totals.denied_already += 1;
            return;
        }
        if logged == LoggedDecision::FailedOtherwise {
            self.tally.totals.failed_otherwise += 1;
        }
        self.tally.totals.recorded_by_owner += u64::from(is_owners_copy(record, &requests));
        if is_compared && !self.proposal_may_stop(&requests) {
            self.tally.totals.untouched += 1;
            return;
        }
        match verdict(&self.replay.stack, &requests) {
            Verdict::Allowed => self.tally.totals.allowed += 1,
            Verdict::Denied(bearing) => {
                self.tally.totals.newly_denied += 1;
                self.note(record, &requests, bearing, true);
            }
            Verdict::Unclear(bearing) => {
                self.tally.totals.may_be_denied += 1;
                self.note(record, &requests, bearing, false);
            }
        }
    }

    /// With policies in force to compare, requests are derived for calls that the proposal leaves
    /// alone, too.
    fn proposal_may_stop(&mut self, requests: &[DerivedRequest]) -> bool {
        requests.iter().any(|derived| {
            let action = derived.request.action();
            if let Some(known) = self.may_stop.get(action) {
                return *known;
            }
            let may_stop = self.replay.stack.may_stop(action);
            self.may_stop.insert(action.clone(), may_stop);
            may_stop
        })
    }

    fn note(
        &mut self,
        record: &Record<'_>,
        requests: &[DerivedRequest],
        bearing: Vec<Bearing>,
        is_certain: bool,
    ) {
        let Some(first) = requests.first() else {
            return;
        };
        let caller = first.request.principal();
        let principal: Arc<str> = shortened(&principal_name(caller)).into();
        let key = EventKey::of(record);
        let event_id = event_id(record);
        let session = session_name(caller).map(shortened);
        let call = Call {
            time: record.event_time(),
            event_id: &event_id,
            session: session.as_deref(),
        };
        if let Some(key) = key {
            let mut names: Vec<Arc<str>> = bearing.iter().map(Bearing::name).collect();
            names.sort_unstable();
            names.dedup();
            let events = if is_certain {
                &mut self.tally.stopped
            } else {
                &mut self.tally.may_be_stopped
            };
            events.add(&key, names);
        }
        let mut counted: Vec<(Arc<str>, Arc<str>)> = Vec::new();
        let mut grouped: Vec<GroupKey> = Vec::new();
        for bearing in bearing {
            let statement = (Arc::clone(&bearing.policy), Arc::clone(&bearing.statement));
            if is_certain && !counted.contains(&statement) {
                counted.push(statement.clone());
                *self.tally.by_statement.entry(statement).or_default() += 1;
            }
            let key = GroupKey {
                principal: Arc::clone(&principal),
                action: bearing.action,
                policy: bearing.policy,
                statement: bearing.statement,
                unknown: bearing.unknown,
            };
            // Several resources of one call may meet the same statement.
            if !grouped.contains(&key) {
                grouped.push(key);
            }
        }
        let groups = if is_certain {
            &mut self.tally.newly_denied
        } else {
            &mut self.tally.may_be_denied
        };
        for key in grouped {
            groups.add(key, call);
        }
    }
}

impl Visitor for Worker<'_> {
    fn record(&mut self, record: &Record<'_>, _: Place) {
        self.tally.totals.records += 1;
        if self.dedup.sight(record) == Sighting::SameBytes {
            self.tally.totals.duplicates += 1;
            return;
        }
        self.tally.saw(record.event_time().map(|time| time.0));
        self.call(record);
        if self.tally.totals.records - self.reported.0 >= RECORDS_PER_REPORT {
            self.show();
        }
    }

    fn unreadable(&mut self, place: Place, reason: &ReadError, _: &[u8]) {
        self.problem(Some(place.offset), reason.to_string());
    }

    fn other(&mut self, _: Place, _: &str) {}
}

/// Names as long as AWS allows; what a forged record adds is cut off, since groups are kept.
pub(crate) fn shortened(text: &str) -> Cow<'_, str> {
    let end = text.char_indices().nth(LONGEST_TEXT).map(|(end, _)| end);
    match end.and_then(|end| text.get(..end)) {
        Some(start) => format!("{start}…").into(),
        None => text.into(),
    }
}

/// Whether the account that received the record is not the caller's, and the two share an id.
fn is_owners_copy(record: &Record<'_>, requests: &[DerivedRequest]) -> bool {
    let caller = requests
        .first()
        .and_then(|derived| derived.request.principal().account());
    let recipient = record.recipient_account();
    match (caller, recipient) {
        (Some(caller), Some(recipient)) => {
            *recipient != *caller.as_str() && record.shared_event_id().is_some()
        }
        _ => false,
    }
}

pub(crate) fn event_id(record: &Record<'_>) -> String {
    let id = record.text(rempart_trail::record::Field::EventId);
    id.map(|id| shortened(&id).into_owned()).unwrap_or_default()
}

/// The role of a session, else the caller.
fn principal_name(caller: &Principal) -> String {
    match caller {
        Principal::RoleSession { .. } => caller.principal_arn(),
        _ => None,
    }
    .unwrap_or_else(|| caller.as_str().to_owned())
}

fn session_name(caller: &Principal) -> Option<&str> {
    match caller {
        Principal::RoleSession { arn, .. } => arn.rsplit('/').next(),
        _ => None,
    }
}
