//! The request behind a record, and what guardrails do to it.

use std::sync::LazyLock;

use rempart_guard::event_request::{Derived, EventRequests};
use rempart_guard::library;
use rempart_guard::replay::{Proposal, Replay, ReplayOptions, replay_bytes};
use rempart_guard::stopper::Stopper;
use rempart_policy::document::{Policy, PolicyKind};
use rempart_policy::{Decision, Stack};
use rempart_trail::read::{Place, ReadError, Scratch, Visitor, read_bytes};
use rempart_trail::record::Record;

/// Statements about names, tags, times, addresses and passed roles, of both kinds.
const ODD: [(PolicyKind, &str); 2] = [
    (
        PolicyKind::ServiceControl,
        r#"{"Version": "2012-10-17", "Statement": [
            {"Sid": "Named", "Effect": "Deny", "Action": "*",
             "Resource": ["arn:aws:sagemaker:*:*:*/secret*", "arn:aws:s3:::secret/*", "arn:aws:kms:*:111122223333:key/*"]},
            {"Sid": "Tagged", "Effect": "Deny", "NotAction": "iam:*", "Resource": "*",
             "Condition": {"StringNotEqualsIfExists": {"aws:RequestTag/team": "${aws:PrincipalTag/team}"},
                           "ForAnyValue:StringLike": {"aws:TagKeys": "t*"}}},
            {"Sid": "Passed", "Effect": "Deny", "Action": "iam:PassRole", "NotResource": "arn:aws:iam::*:role/ml/*"},
            {"Sid": "Late", "Effect": "Deny", "Action": "sagemaker:*", "Resource": "*",
             "Condition": {"DateGreaterThan": {"aws:CurrentTime": "2026-03-02T00:00:00Z"},
                           "NotIpAddress": {"aws:SourceIp": ["198.51.100.0/24", "2001:db8::/32"]},
                           "NumericGreaterThan": {"aws:MultiFactorAuthAge": "3600"}}}]}"#,
    ),
    (
        PolicyKind::ResourceControl,
        r#"{"Version": "2012-10-17", "Statement": {"Sid": "Outside", "Effect": "Deny", "Principal": "*", "Action": ["s3:*", "kms:*", "sts:*"],
            "Resource": "*", "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalAccount": "111122223333"},
            "Bool": {"aws:PrincipalIsAWSService": "false"}}}}"#,
    ),
];

static STACKS: LazyLock<[Stack; 2]> = LazyLock::new(|| {
    let mut odd = Proposal::default();
    for (kind, text) in ODD {
        let policy = Policy::parse(text, kind).expect("a policy");
        assert!(odd.add("", "odd", policy));
    }
    [odd.stack(), library::proposal().stack()]
});

/// Any text as a record: the same requests twice, whatever was remembered; what no statement concerns
/// is allowed; and what is said of one call is what a replay of it says.
pub fn guard_record(bytes: &[u8]) {
    let Ok(record) = Record::parse(bytes) else {
        return;
    };
    every_key(&record);
    for stack in &*STACKS {
        let mut requests = EventRequests::for_policies(&[stack]);
        let all = requests.all_requests(&record);
        assert_eq!(
            all,
            requests.all_requests(&record),
            "remembered plans differ"
        );
        let may_be_stopped = requests.may_be_stopped(&record).unwrap_or_default();
        for derived in all.iter().flatten() {
            let judged = derived.judge_limits(stack);
            assert_eq!(judged, derived.judge_limits(stack));
            let decision = judged.outcome.decision;
            assert!(
                may_be_stopped || decision == Decision::Allowed,
                "{judged:?}"
            );
            if decision == Decision::ExplicitlyDenied {
                assert!(judged.denials.iter().all(|denial| denial.truth.is_true()));
                assert!(!judged.denials.is_empty());
            }
            assert!(!derived.judge(stack).outcome.decision.name().is_empty());
        }
        replayed(bytes, stack);
    }
}

/// Every documented key, not those alone that policies ask for.
fn every_key(record: &Record<'_>) {
    let mut requests = EventRequests::new();
    let all = requests.all_requests(record);
    match (requests.request(record), &all) {
        (Derived::Request(first), Ok(all)) => assert_eq!(Some(&*first), all.first()),
        (Derived::NoRequest(reason), Err(other)) => assert_eq!(reason, *other),
        (Derived::NoRequest(_), Ok(all)) => assert!(all.is_empty()),
        (derived, all) => panic!("{derived:?} {all:?}"),
    }
}

/// What is said of the calls one by one, as the reader gives them.
struct OneByOne<'a> {
    stopper: Stopper<'a>,
    stopped: u64,
}

impl Visitor for OneByOne<'_> {
    fn record(&mut self, record: &Record<'_>, _: Place) {
        let names = self.stopper.stopping(record);
        assert!(names.is_sorted_by(|a, b| a < b));
        self.stopped += u64::from(!names.is_empty());
    }

    fn unreadable(&mut self, _: Place, _: &ReadError, _: &[u8]) {}

    fn other(&mut self, _: Place, _: &str) {}
}

fn replayed(bytes: &[u8], stack: &Stack) {
    let text = [b"{\"Records\":[", bytes, b"]}"].concat();
    let replay = Replay {
        stack: stack.clone(),
        current: Some(stack.clone()),
        exempt: Vec::new(),
        organization: None,
    };
    let options = ReplayOptions::default();
    let report = replay_bytes(&text, &replay, &options);
    let totals = &report.totals;
    let no_requests: u64 = totals.not_requests.values().sum();
    let calls = totals.calls;
    assert_eq!(totals.records, totals.duplicates + no_requests + calls);
    let sorted = [
        totals.untouched,
        totals.allowed,
        totals.newly_denied,
        totals.may_be_denied,
        totals.denied_already,
    ];
    assert_eq!(calls, sorted.iter().sum::<u64>());
    let agreement = report.current.expect("policies in force were given");
    let compared = [
        agreement.agree,
        agreement.disagree,
        agreement.denied_by_others,
        agreement.undecided,
        agreement.not_recorded,
    ];
    assert_eq!(calls, compared.iter().sum::<u64>());
    let mut visitor = OneByOne {
        stopper: Stopper::new(stack, &[]),
        stopped: 0,
    };
    read_bytes(
        &text,
        &options.limits,
        &mut Scratch::default(),
        &mut visitor,
    );
    if totals.duplicates == 0 {
        let least = visitor.stopped;
        // Calls that failed for other reasons are counted by the replay alone.
        let most = least + totals.failed_otherwise;
        assert!((least..=most).contains(&totals.newly_denied));
    }
}
