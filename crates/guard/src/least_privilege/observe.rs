//! The first reading: what the principal did.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rempart_aws_model::{AccountId, ActionName};
use rempart_policy::context::{KeyName, KeyState};
use rempart_policy::{Request, ResourceAccount};
use rempart_trail::record::{Field, Record};
use serde::Serialize;

use super::draft::ConditionKey;
use super::reading::{Input, Reading, Work, read};
use super::{LeastPrivilegeOptions, Subject};
use crate::event_request::{DerivedRequest, EventRequests, LoggedDecision, Reason, caller_of};
use crate::replay::{event_id, shortened};

/// Different values of one key that a condition lists.
const MOST_VALUES: usize = 50;
/// Bytes of an ARN or value that are kept; AWS has none as long.
const LONGEST_TEXT: usize = 2_048;
/// Names of calls that are listed.
const MOST_NAMES: usize = 1_000;
/// Ids of events that are shown of each.
const MOST_EXAMPLES: usize = 3;

/// How well a resource is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Precision {
    /// The whole ARN
    Exact,
    /// All but the case of some letters, which are `?`
    Letters,
    /// Parts are missing
    Open,
}

/// An action on a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pair {
    pub(super) action: ActionName,
    pub(super) resource: Box<str>,
    pub(super) precision: Precision,
}

/// The values of a condition key in all calls of a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Values {
    /// Every call had it, with these values
    All(BTreeSet<Arc<str>>),
    /// Some call had none, or it is not known; or there are too many values
    NotAll,
}

/// What was seen of a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) calls: u64,
    /// Whose the resource is.
    pub(super) account: Option<AccountId>,
    /// In the order of the condition keys.
    pub(super) values: Vec<Values>,
}

/// The pairs. When there are too many, those that come last make room, so that the rest does not
/// depend on the order of the calls.
#[derive(Debug)]
pub(super) struct Pairs {
    pub(super) of: BTreeMap<Pair, Seen>,
    most: usize,
    is_full: bool,
}

/// Calls for one action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActionCalls {
    /// The action; source and name of the event where no action is known.
    pub action: Box<str>,
    /// How many.
    pub calls: u64,
    /// Ids of some events.
    pub examples: Vec<Box<str>>,
}

/// Calls by action.
#[derive(Debug, Default)]
pub(super) struct ByAction {
    of: BTreeMap<Box<str>, (u64, BTreeSet<Box<str>>)>,
    /// Calls for actions that found no room.
    others: u64,
}

/// The principal's records in numbers: each is one of these.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallTotals {
    /// Records of all principals, copies included.
    pub records: u64,
    /// Copies of records that were read before.
    pub copies: u64,
    /// Calls of the principal that went through.
    pub allowed: u64,
    /// Calls that AWS denied.
    pub denied: u64,
    /// Calls that failed for another reason.
    pub failed: u64,
    /// Records of the principal that are no calls, such as sign-ins.
    pub no_calls: u64,
}

/// What the first reading gathers.
#[derive(Debug)]
pub(super) struct Observed {
    pub(super) totals: CallTotals,
    pub(super) pairs: Pairs,
    pub(super) denied: ByAction,
    pub(super) failed: ByAction,
}

struct Observer<'a> {
    subject: &'a Subject,
    keys: &'a [ConditionKey],
    requests: EventRequests,
    observed: Observed,
}

/// Reads the trail for the first time.
pub(super) fn observe(
    input: &Input<'_>,
    subject: &Subject,
    keys: &[ConditionKey],
    options: &LeastPrivilegeOptions,
) -> (Observed, Reading) {
    let names: Vec<KeyName> = keys.iter().map(|key| key.name.clone()).collect();
    let (observer, reading) = read(input, options, || Observer {
        subject,
        keys,
        requests: EventRequests::with_keys(&names),
        observed: Observed {
            totals: CallTotals::default(),
            pairs: Pairs::new(options.most_pairs),
            denied: ByAction::default(),
            failed: ByAction::default(),
        },
    });
    let mut observed = observer.observed;
    observed.totals.records = reading.records;
    observed.totals.copies = reading.copies;
    (observed, reading)
}

impl Work for Observer<'_> {
    fn take(&mut self, record: &Record<'_>) {
        let Some(caller) = caller_of(record) else {
            return;
        };
        if !self.subject.is_behind(&caller) {
            return;
        }
        let totals = &mut self.observed.totals;
        let requests = self.requests.all_requests(record);
        if let Err(reason) = requests
            && reason != Reason::UnknownAction
        {
            totals.no_calls += 1;
            return;
        }
        match LoggedDecision::of(record) {
            LoggedDecision::Denied => {
                totals.denied += 1;
                self.observed.denied.add(&named(record, &requests), record);
            }
            LoggedDecision::FailedOtherwise => {
                totals.failed += 1;
                self.observed.failed.add(&named(record, &requests), record);
            }
            LoggedDecision::Allowed => {
                totals.allowed += 1;
                for derived in requests.iter().flatten() {
                    self.observed.pairs.add(&derived.request, self.keys);
                }
            }
        }
    }

    fn merge(&mut self, other: Self) {
        let (ours, theirs) = (&mut self.observed, other.observed);
        ours.totals.allowed += theirs.totals.allowed;
        ours.totals.denied += theirs.totals.denied;
        ours.totals.failed += theirs.totals.failed;
        ours.totals.no_calls += theirs.totals.no_calls;
        ours.denied.merge(theirs.denied);
        ours.failed.merge(theirs.failed);
        ours.pairs.is_full |= theirs.pairs.is_full;
        for (pair, seen) in theirs.pairs.of {
            ours.pairs.put(pair, seen);
        }
    }
}

/// The action of a call, else what the event is called.
pub(super) fn named(record: &Record<'_>, requests: &Result<Vec<DerivedRequest>, Reason>) -> String {
    let first = requests.iter().flatten().next();
    if let Some(first) = first {
        return first.request.action().as_str().to_owned();
    }
    let source = record.text(Field::EventSource).unwrap_or_default();
    let name = record.text(Field::EventName).unwrap_or_default();
    shortened(&format!("{source} {name}")).into_owned()
}

impl Pair {
    pub(super) fn of(request: &Request) -> Self {
        let resource = request.resource();
        let precision = match request.is_partial() {
            false => Precision::Exact,
            true if resource.contains('*') => Precision::Open,
            true => Precision::Letters,
        };
        Self {
            action: request.action().clone(),
            resource: shortened_resource(resource).into_owned().into(),
            precision,
        }
    }
}

/// What a forged record adds to an ARN is cut off. The mark at the end is no character of policies, so
/// that the cut name is written into none.
fn shortened_resource(resource: &str) -> Cow<'_, str> {
    if resource.len() <= LONGEST_TEXT {
        return resource.into();
    }
    let end = resource.floor_char_boundary(LONGEST_TEXT);
    format!("{}…", resource.get(..end).unwrap_or_default()).into()
}

impl Pairs {
    pub(super) fn new(most: usize) -> Self {
        Self {
            of: BTreeMap::new(),
            most: most.max(1),
            is_full: false,
        }
    }

    /// Whether pairs were left out.
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }

    pub(super) fn add(&mut self, request: &Request, keys: &[ConditionKey]) {
        let values = keys
            .iter()
            .map(|key| Values::of(request.context().get(&key.name)));
        let seen = Seen {
            calls: 1,
            account: match request.resource_account() {
                ResourceAccount::Account(account) => Some(account),
                ResourceAccount::Callers => request.principal().account(),
                ResourceAccount::Unknown => None,
            },
            values: values.collect(),
        };
        self.put(Pair::of(request), seen);
    }

    fn put(&mut self, pair: Pair, seen: Seen) {
        if let Some(known) = self.of.get_mut(&pair) {
            known.merge(seen);
            return;
        }
        self.of.insert(pair, seen);
        if self.of.len() > self.most {
            self.of.pop_last();
            self.is_full = true;
        }
    }
}

impl Seen {
    fn merge(&mut self, other: Self) {
        self.calls += other.calls;
        if self.account != other.account {
            self.account = None;
        }
        for (ours, theirs) in self.values.iter_mut().zip(other.values) {
            ours.merge(theirs);
        }
    }
}

impl Values {
    fn of(state: Option<&KeyState>) -> Self {
        match state {
            Some(state @ (KeyState::Single(_) | KeyState::Several(_))) => {
                let values: BTreeSet<Arc<str>> = state.values().iter().cloned().collect();
                Self::All(values).bounded()
            }
            Some(KeyState::Null | KeyState::Unknown) | None => Self::NotAll,
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        let all = match (&mut *self, other) {
            (Self::All(ours), Self::All(theirs)) => {
                ours.extend(theirs);
                return self.bound();
            }
            _ => Self::NotAll,
        };
        *self = all;
    }

    fn bound(&mut self) {
        if let Self::All(values) = self
            && (values.is_empty()
                || values.len() > MOST_VALUES
                || values.iter().any(|value| value.len() > LONGEST_TEXT))
        {
            *self = Self::NotAll;
        }
    }

    fn bounded(mut self) -> Self {
        self.bound();
        self
    }
}

impl ByAction {
    pub(super) fn add(&mut self, action: &str, record: &Record<'_>) {
        self.put(action.into(), 1, BTreeSet::from([event_id(record).into()]));
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.others += other.others;
        for (action, (calls, examples)) in other.of {
            self.put(action, calls, examples);
        }
    }

    fn put(&mut self, action: Box<str>, calls: u64, examples: BTreeSet<Box<str>>) {
        let known = self.of.entry(action).or_default();
        known.0 += calls;
        known.1.extend(examples);
        while known.1.len() > MOST_EXAMPLES {
            known.1.pop_last();
        }
        // Names of unknown events are free text. The last by name makes room, so that the order of
        // the calls does not matter.
        if self.of.len() > MOST_NAMES
            && let Some((_, (calls, _))) = self.of.pop_last()
        {
            self.others += calls;
        }
    }

    pub(super) fn finish(self) -> Vec<ActionCalls> {
        let others = (self.others > 0).then(|| ActionCalls {
            action: "(further names)".into(),
            calls: self.others,
            examples: Vec::new(),
        });
        let calls = self.of.into_iter();
        calls
            .map(|(action, (calls, examples))| ActionCalls {
                action,
                calls,
                examples: examples.into_iter().collect(),
            })
            .chain(others)
            .collect()
    }
}
