//! Which guardrails stop a single call: for whoever looks at records one by one.

use std::sync::Arc;

use rempart_aws_model::AccountId;
use rempart_policy::Stack;
use rempart_trail::record::Record;

use crate::event_request::{EventRequests, LoggedDecision};
use crate::replay::verdict::{Bearing, Verdict, verdict};

/// Names the guardrails that stop calls. Look-ups are remembered, so keep one for many records; it
/// belongs to one thread.
#[derive(Debug)]
pub struct Stopper<'a> {
    stack: &'a Stack,
    requests: EventRequests,
}

impl<'a> Stopper<'a> {
    /// `stack` is that of [`crate::replay::Proposal::stack`]; accounts in `exempt` are not concerned.
    #[must_use]
    pub fn new(stack: &'a Stack, exempt: &[AccountId]) -> Self {
        Self {
            stack,
            requests: EventRequests::for_policies(&[stack]).with_exempt_accounts(exempt),
        }
    }

    /// The statements (`policy/Sid`) that deny the call behind a record, sorted, each once. Empty when
    /// none does, when the record does not tell, when the call failed anyway, and for records that are
    /// no calls.
    pub fn stopping(&mut self, record: &Record<'_>) -> Vec<Arc<str>> {
        let may_be_stopped = self.requests.may_be_stopped(record).unwrap_or_default();
        if !may_be_stopped || LoggedDecision::of(record) != LoggedDecision::Allowed {
            return Vec::new();
        }
        let requests = self.requests.all_requests(record).unwrap_or_default();
        let Verdict::Denied(bearing) = verdict(self.stack, &requests) else {
            return Vec::new();
        };
        let mut names: Vec<Arc<str>> = bearing.iter().map(Bearing::name).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

#[cfg(test)]
mod tests {
    use rempart_policy::document::{Policy, PolicyKind};

    use super::*;
    use crate::replay::Proposal;

    /// What is said of a record of `StopLogging` with these members more.
    fn stopping(condition: &str, more: &str, exempt: &[AccountId]) -> Vec<String> {
        let policy = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Deny", "Action": "cloudtrail:*", "Resource": "*" {condition}}}}}"#
        );
        let mut proposal = Proposal::default();
        for name in ["b", "a", "a"] {
            let policy = Policy::parse(&policy, PolicyKind::ServiceControl).expect("a policy");
            proposal.add("", name, policy);
        }
        let stack = proposal.stack();
        let text = format!(
            r#"{{"eventVersion": "1.11", "eventType": "AwsApiCall", "eventSource": "cloudtrail.amazonaws.com",
                "eventName": "StopLogging", "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
                "userIdentity": {{"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/bob",
                    "accountId": "111122223333", "userName": "bob"}} {more}}}"#
        );
        let record = Record::parse(text.as_bytes()).expect("a record");
        let names = Stopper::new(&stack, exempt).stopping(&record);
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn policies_that_certainly_deny_a_call_that_went_through_are_named_once() {
        assert_eq!(stopping("", "", &[]), ["a/statement 1", "b/statement 1"]);
        let failed = r#", "errorCode": "AccessDenied""#;
        assert_eq!(stopping("", failed, &[]), [""; 0]);
        let failed = r#", "errorCode": "TrailNotFoundException""#;
        assert_eq!(stopping("", failed, &[]), [""; 0]);
        let unknown = r#", "Condition": {"StringEquals": {"aws:PrincipalTag/team": "x"}}"#;
        assert_eq!(stopping(unknown, "", &[]), [""; 0]);
        let exempt = AccountId::parse("111122223333").expect("an account");
        assert_eq!(stopping("", "", &[exempt]), [""; 0]);
    }
}
