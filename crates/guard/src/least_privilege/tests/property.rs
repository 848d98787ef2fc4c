//! What holds for any names.

use proptest::prelude::*;
use rempart_aws_model::ActionName;
use rempart_policy::context::Context;
use rempart_policy::{Decision, Principal, Reference, Request, Stack};

use super::ROLE;
use crate::least_privilege::observe::Pairs;
use crate::least_privilege::{Generalise, Subject, compiled, draft, pack, proof};

/// Names of every sort: ordinary ones, and ones that look like patterns and variables.
fn name() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "churn",
        "fraud",
        "a",
        "1",
        "2",
        "*",
        "?",
        "${",
        "}",
        "$",
        "${*}",
        "aws:username",
        "é",
    ]);
    prop::collection::vec((words, prop::sample::select(vec!["-", "_", "."])), 1..4).prop_map(
        |parts| {
            let mut name = String::new();
            for (word, separator) in &parts {
                name.push_str(word);
                name.push_str(separator);
            }
            name.pop();
            name
        },
    )
}

fn request(action: &str, arn: &str) -> Request {
    let principal = Principal::parse(ROLE).expect("a role");
    Request::new(
        &mut Reference::new(),
        ActionName::parse(action).expect("an action"),
        principal,
        arn,
        None,
        Context::new(),
    )
}

fn policy_for(requests: &[Request], how: Generalise) -> Stack {
    let keys = draft::condition_keys(&[]).expect("keys");
    let mut pairs = Pairs::new(1_000);
    for request in requests {
        pairs.add(request, &keys);
    }
    let documents = pack::documents(&draft::draft(&pairs, &keys, how).statements);
    let policies: Vec<_> = documents
        .iter()
        .map(|document| compiled(&document.to_string()).expect("valid"))
        .collect();
    proof::alone(&policies, &Subject::parse(ROLE).expect("a role"))
}

proptest! {
    #[test]
    fn what_was_observed_is_allowed_and_nothing_else_with_exact_arns(
        observed in prop::collection::btree_set(name(), 1..12),
        others in prop::collection::btree_set(name(), 1..12),
    ) {
        let describe = "sagemaker:DescribeModel";
        let arn = |name: &str| format!("arn:aws:sagemaker:eu-west-1:111122223333:model/{name}");
        // Names with colons are no names of the type, but exact ARNs all the same.
        let requests: Vec<Request> =
            observed.iter().map(|name| request(describe, &arn(name))).collect();
        for how in [Generalise::None, Generalise::Names, Generalise::Types] {
            let stack = policy_for(&requests, how);
            for request in &requests {
                prop_assert_eq!(stack.decide(request).decision, Decision::Allowed);
            }
            for name in &others {
                let is_observed = observed.contains(name);
                let decision = stack.decide(&request(describe, &arn(name))).decision;
                if how == Generalise::None {
                    prop_assert_eq!(decision == Decision::Allowed, is_observed, "{}", name);
                }
                // Never another action, type, account or Region.
                for elsewhere in [
                    request("sagemaker:DeleteModel", &arn(name)),
                    request(describe, &arn(name).replace(":model/", ":endpoint/")),
                    request(describe, &arn(name).replace("111122223333", "444455556666")),
                    request(describe, &arn(name).replace("eu-west-1", "us-east-1")),
                ] {
                    prop_assert_ne!(stack.decide(&elsewhere).decision, Decision::Allowed);
                }
            }
        }
    }
}
