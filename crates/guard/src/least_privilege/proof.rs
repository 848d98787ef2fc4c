//! The second reading: every call that went through is decided with the new policy alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rempart_policy::document::{Policy, PolicyKind};
use rempart_policy::{CompiledPolicy, Decision, Known, Stack};
use rempart_trail::record::Record;
use serde::Serialize;

use super::generalise::Generalise;
use super::observe::{Pair, Pairs, Precision, named};
use super::reading::{Input, Work, read};
use super::{LeastPrivilegeOptions, Subject, escape};
use crate::event_request::{DerivedRequest, EventRequests, LoggedDecision, Reason, caller_of};
use crate::replay::{event_id, shortened};

/// Rows that the report lists; calls of further ones are counted.
const MOST_ROWS: usize = 1_000;
const MOST_EXAMPLES: usize = 3;

/// Why an observed call is not covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum WhyNot {
    /// No action of IAM is known for the event
    UnknownAction,
    /// The record does not say which resource the call was about
    UnknownResource,
    /// The record does not say in which case SageMaker wrote the name into the ARN
    UnknownLetters,
    /// The name holds characters that AWS does not accept in policies, or is no ARN
    NotWritable,
    /// Too many pairs of action and resource
    OverLimit,
    /// The generated policy does not allow it, which is a fault of rempart
    NotAllowed,
}

impl WhyNot {
    /// In words.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::UnknownAction => "no IAM action is known for the event",
            Self::UnknownResource => "the record does not name the whole resource",
            Self::UnknownLetters => "the case of letters in the ARN is not known",
            Self::NotWritable => "the name cannot be written into a policy",
            Self::OverLimit => "over the limit of pairs of action and resource",
            Self::NotAllowed => "the generated policy does not allow it: a fault of rempart",
        }
    }
}

/// Observed calls that the policy does not cover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NotCovered {
    /// The action; source and name of the event where none is known.
    pub action: Box<str>,
    /// Why.
    pub reason: WhyNot,
    /// What is known of the resource.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub resource: Box<str>,
    /// How many calls.
    pub calls: u64,
    /// Ids of some events.
    pub examples: Vec<Box<str>>,
}

type Row = (Box<str>, WhyNot, Box<str>);

#[derive(Debug, Default)]
pub(super) struct Proved {
    pub(super) covered: u64,
    pub(super) not_covered_calls: u64,
    pub(super) not_covered: Vec<NotCovered>,
}

struct Checker<'a> {
    subject: &'a Subject,
    stack: &'a Stack,
    pairs: &'a Pairs,
    how: Generalise,
    requests: EventRequests,
    covered: u64,
    not_covered: u64,
    rows: BTreeMap<Row, (u64, BTreeSet<Box<str>>)>,
}

/// Reads the trail for the second time.
pub(super) fn prove(
    input: &Input<'_>,
    subject: &Subject,
    policies: &[Arc<CompiledPolicy>],
    pairs: &Pairs,
    options: &LeastPrivilegeOptions,
) -> Proved {
    let stack = alone(policies, subject);
    let (checker, _) = read(input, options, || Checker {
        subject,
        stack: &stack,
        pairs,
        how: options.generalise,
        requests: EventRequests::for_policies(&[&stack]),
        covered: 0,
        not_covered: 0,
        rows: BTreeMap::new(),
    });
    let rows = checker.rows.into_iter();
    Proved {
        covered: checker.covered,
        not_covered_calls: checker.not_covered,
        not_covered: rows
            .map(
                |((action, reason, resource), (calls, examples))| NotCovered {
                    action,
                    reason,
                    resource,
                    calls,
                    examples: examples.into_iter().collect(),
                },
            )
            .collect(),
    }
}

/// The policies with nothing beside them that allows by itself. Keys, roles and resources of other
/// accounts leave the decision to the account of the caller, since without that no identity policy
/// could allow anything there.
pub(super) fn alone(policies: &[Arc<CompiledPolicy>], subject: &Subject) -> Stack {
    let (partition, account) = (subject.partition(), subject.account());
    let compiled = |kind, principal: &str| {
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", {principal}"Action": "*", "Resource": "*"}}}}"#
        );
        // The text is ours; a policy that does not parse would allow nothing, and prove nothing.
        let policy = Policy::parse(&text, kind).ok()?;
        Some(Arc::new(CompiledPolicy::new("account", Arc::new(policy))))
    };
    let delegating = compiled(
        PolicyKind::Resource,
        &format!(r#""Principal": {{"AWS": "arn:{partition}:iam::{account}:root"}}, "#),
    );
    Stack {
        identity: Known::Is(policies.to_vec()),
        // A federated session has no permissions but by its session policies.
        session: Known::Is(compiled(PolicyKind::Session, "").into_iter().collect()),
        resource: Known::Is(delegating),
        ..Stack::default()
    }
}

impl Work for Checker<'_> {
    fn take(&mut self, record: &Record<'_>) {
        let is_subject = caller_of(record).is_some_and(|caller| self.subject.is_behind(&caller));
        if !is_subject || LoggedDecision::of(record) != LoggedDecision::Allowed {
            return;
        }
        let requests = self.requests.all_requests(record);
        let derived = match &requests {
            Ok(derived) => derived,
            Err(Reason::UnknownAction) => {
                self.not_covered += 1;
                let action = named(record, &requests).into();
                return self.row((action, WhyNot::UnknownAction, "".into()), record);
            }
            Err(_) => return,
        };
        let missing: BTreeSet<Row> = derived
            .iter()
            .filter(|of| of.judge(self.stack).outcome.decision != Decision::Allowed)
            .map(|of| self.why_not(of))
            .collect();
        if missing.is_empty() && !derived.is_empty() {
            self.covered += 1;
            return;
        }
        self.not_covered += 1;
        for row in missing {
            self.row(row, record);
        }
    }

    fn merge(&mut self, other: Self) {
        self.covered += other.covered;
        self.not_covered += other.not_covered;
        for (row, (calls, examples)) in other.rows {
            self.put(row, calls, examples);
        }
    }
}

impl Checker<'_> {
    fn why_not(&self, derived: &DerivedRequest) -> Row {
        let pair = Pair::of(&derived.request);
        let is_kept = self.pairs.of.contains_key(&pair);
        let reason = if pair.precision == Precision::Open {
            WhyNot::UnknownResource
        } else if pair.precision == Precision::Letters && self.how == Generalise::None {
            WhyNot::UnknownLetters
        } else if !is_kept {
            WhyNot::OverLimit
        } else if !escape::is_writable(&pair.resource)
            || rempart_aws_model::Arn::parse(&pair.resource).is_err()
        {
            WhyNot::NotWritable
        } else {
            WhyNot::NotAllowed
        };
        let resource = shortened(&pair.resource).into_owned();
        (pair.action.as_str().into(), reason, resource.into())
    }

    fn row(&mut self, row: Row, record: &Record<'_>) {
        self.put(row, 1, BTreeSet::from([event_id(record).into()]));
    }

    fn put(&mut self, row: Row, calls: u64, examples: BTreeSet<Box<str>>) {
        let known = self.rows.entry(row).or_default();
        known.0 += calls;
        known.1.extend(examples);
        while known.1.len() > MOST_EXAMPLES {
            known.1.pop_last();
        }
        // The last by name makes room; its calls stay in the total.
        if self.rows.len() > MOST_ROWS {
            self.rows.pop_last();
        }
    }
}
