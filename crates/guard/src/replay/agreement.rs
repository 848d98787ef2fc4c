//! Policies in force, compared with what AWS decided.
//!
//! Only service and resource control policies are known. They can deny what AWS denied for another
//! reason, and AWS denies much for reasons that lie elsewhere. So a call that AWS denied contradicts
//! them only if AWS names a policy of their kind as the reason.

use rempart_policy::{Decision, Stack};
use rempart_trail::record::{Field, Record};

use super::report::Disagreement;
use super::tally::Tally;
use super::verdict::{Bearing, Verdict, verdict};
use super::worker::{event_id, shortened};
use crate::event_request::{DerivedRequest, LoggedDecision};

/// Compares one call. A call that the policies cannot stop comes without requests.
pub(super) fn compare(
    tally: &mut Tally,
    current: &Stack,
    record: &Record<'_>,
    requests: &[DerivedRequest],
    logged: LoggedDecision,
) {
    let allowed_by_aws = match logged {
        LoggedDecision::Allowed => true,
        LoggedDecision::Denied => false,
        LoggedDecision::FailedOtherwise => {
            tally.agreement.not_recorded += 1;
            return;
        }
    };
    let (decision, bearing) = match verdict(current, requests) {
        Verdict::Unclear(_) => {
            tally.agreement.undecided += 1;
            return;
        }
        Verdict::Allowed => (Decision::Allowed, Vec::new()),
        // Without a statement no policy allows the call.
        Verdict::Denied(bearing) if bearing.iter().all(|one| one.statement.is_empty()) => {
            (Decision::ImplicitlyDenied, bearing)
        }
        Verdict::Denied(bearing) => (Decision::ExplicitlyDenied, bearing),
    };
    let allowed_here = decision == Decision::Allowed;
    if allowed_here == allowed_by_aws {
        tally.agreement.agree += 1;
        return;
    }
    if allowed_here && !is_blamed(current, record, logged) {
        tally.agreement.denied_by_others += 1;
        return;
    }
    tally.agreement.disagree += 1;
    let Some(first) = requests.first() else {
        return;
    };
    let mut by: Vec<_> = bearing.iter().map(Bearing::name).collect();
    by.sort_unstable();
    by.dedup();
    tally.disagree(Disagreement {
        time: record.event_time().map(|time| time.to_rfc3339()),
        event_id: event_id(record),
        principal: shortened(first.request.principal().as_str()).into_owned(),
        action: first.request.action().as_str().to_owned(),
        allowed_by_aws,
        decision: decision.name(),
        by,
    });
}

/// Whether AWS's message names a policy of a kind that is known here: "with an explicit deny in a
/// service control policy", "because no service control policy allows the action". Of several kinds
/// that deny, AWS names one.
pub(super) fn is_blamed(current: &Stack, record: &Record<'_>, logged: LoggedDecision) -> bool {
    if logged != LoggedDecision::Denied {
        return false;
    }
    let message = record.text(Field::ErrorMessage).unwrap_or_default();
    let message = message.to_ascii_lowercase();
    let has_levels = |known: Option<&Vec<_>>| known.is_some_and(|levels| !levels.is_empty());
    let service = has_levels(current.service_control.known());
    let resource = has_levels(current.resource_control.known());
    (service && message.contains("service control policy"))
        || (resource && message.contains("resource control policy"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::replay::tests::{event, no_vpc, proposed, run, stack};
    use crate::replay::{Replay, text};

    #[test]
    fn policies_in_force_are_compared_with_what_aws_decided() {
        let denied = |why: &str| {
            json!({
                "errorCode": "AccessDenied", "errorMessage": format!("User is not authorized, {why}"),
                "requestParameters": {"vpcConfig": {"subnets": ["subnet-1"], "securityGroupIds": ["sg-1"]}},
            })
        };
        let replay = Replay {
            current: Some(stack(&no_vpc())),
            ..proposed(json!([{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]))
        };
        let report = run(
            &replay,
            &[
                event(1, json!({})),
                event(2, json!({"errorCode": "AccessDenied"})),
                event(3, json!({"requestParameters": null})),
                event(4, json!({"errorCode": "ValidationException"})),
                // With a network, which they allow: AWS denied for a policy of this kind, or another one.
                event(
                    5,
                    denied("with an explicit deny in a service control policy"),
                ),
                event(
                    6,
                    denied("because no resource control policy allows the action"),
                ),
                event(
                    7,
                    denied("because no identity-based policy allows the action"),
                ),
            ],
        );
        let agreement = report.current.clone().unwrap();
        assert_eq!((agreement.agree, agreement.disagree), (1, 2));
        assert_eq!(agreement.denied_by_others, 2);
        assert_eq!((agreement.undecided, agreement.not_recorded), (1, 1));
        let [first, second] = &report.disagreements[..] else {
            panic!("{:?}", report.disagreements);
        };
        assert_eq!(first.decision, "ExplicitlyDenied");
        assert_eq!(first.by, ["guard/NoVpc".into()]);
        assert_eq!((second.decision, second.by.len()), ("Allowed", 0));
        assert_eq!(report.totals.untouched, 3);
        assert!(text(&report, 80).contains("ExplicitlyDenied here by guard/NoVpc"));
    }
}
