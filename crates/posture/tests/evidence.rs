//! Evidence of the examples of all controls, taken away piece by piece: what is missing, refused or
//! unknown never makes a verdict better, and no value ends the program.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

#[path = "evidence/trial.rs"]
mod trial;

use rempart_estate::{Outcome, unknown};
use serde_json::{Value, json};
use trial::{Change, Trial, Verdict, each, members, some_answers, spread};

/// Answers that were read and without which the control still passes, since another answer decides.
const NOT_NEEDED: &[(&str, &str)] = &[
    // Digests are as fresh as they must be, whether or not they are asked for.
    ("CT-02", "cloudtrail:GetTrail"),
    // Either half of the question about ACLs is enough, and either level of blocking.
    ("CT-06", "s3:GetBucketOwnershipControls"),
    ("CT-06", "s3:GetPublicAccessBlock"),
    ("S3-02", "s3:GetPublicAccessBlock"),
    ("S3-03", "s3:GetBucketOwnershipControls"),
    ("S3-03", "s3:GetPublicAccessBlock"),
    // An inference component or another configuration says that the model serves.
    ("GV-04", "sagemaker:DescribeEndpointConfig"),
    ("GV-06", "sagemaker:DescribeEndpointConfig"),
    ("MM-07", "sagemaker:DescribeEndpointConfig"),
    // A policy of a higher level denies as well.
    ("OR-02", "organizations:ListPoliciesForTarget"),
    // A job looks at the bucket where discovery does not.
    ("TJ-08", "macie2:GetAutomatedDiscoveryConfiguration"),
    // Every profile has a role of its own, so that the default is nobody's.
    ("UP-01", "sagemaker:DescribeDomain"),
];

/// Accounts and networks that nobody knows are strangers: these may fail for lack of a list of one's own.
const STRANGERS: &[(&str, &str)] = &[
    ("GV-10", "organizations:ListAccounts"),
    ("S3-04", "ec2:DescribeVpcEndpoints"),
];

fn listed(list: &[(&str, &str)], trial: &Trial<'_>, operation: &str) -> bool {
    list.contains(&(trial.control.id.as_str(), operation))
}

/// What an answer that is missing or refused must not do.
fn without(trial: &Trial<'_>, number: usize, now: Verdict, what: &str) -> Result<(), String> {
    let operation = &trial.answers[number].operation;
    let told = format!(
        "{}: {operation} {what}: {} becomes {now}",
        trial.name(),
        trial.verdict
    );
    if trial.verdict == now {
        let decides = trial.verdict == Verdict::Pass && trial.was_read(number);
        return match decides && !listed(NOT_NEEDED, trial, operation) {
            true => Err(told),
            false => Ok(()),
        };
    }
    match now {
        Verdict::Unknown | Verdict::Nothing => Ok(()),
        Verdict::Fail if listed(STRANGERS, trial, operation) => Ok(()),
        _ => Err(told),
    }
}

#[test]
fn a_refused_answer_decides_nothing() {
    refused_answers(3);
}

#[test]
#[ignore = "takes minutes: every answer of every example"]
fn no_refused_answer_decides_anything() {
    refused_answers(usize::MAX);
}

fn refused_answers(most: usize) {
    let outcomes = [Outcome::Denied, Outcome::Throttled, Outcome::Failed];
    each(most, |trial, faults| {
        for number in some_answers(trial) {
            let outcome = outcomes[trial.hash(number) % outcomes.len()];
            let (now, unlisted) = trial.after(&Change::Outcome(number, outcome));
            if now == Verdict::Nothing && !unlisted {
                faults.push(format!("{}: {number} {outcome}: silence", trial.name()));
            }
            faults.extend(without(trial, number, now, outcome.name()).err());
        }
    });
}

/// A kind of resources of which nothing was asked was left out by the user: controls about what SageMaker
/// uses do not wait for it. Everything else that nobody asked is unknown.
#[test]
fn a_missing_answer_decides_nothing() {
    each(3, |trial, faults| {
        for number in some_answers(trial) {
            let (now, _) = trial.after(&Change::Removed(number));
            let of_users = trial.answers[number].operation.starts_with("sagemaker:");
            if now == Verdict::NotApplicable && of_users {
                continue;
            }
            faults.extend(without(trial, number, now, "left out").err());
        }
    });
}

#[test]
fn an_unknown_value_decides_nothing() {
    each(3, unknown_values);
}

#[test]
#[ignore = "takes minutes: every member of every example"]
fn no_unknown_value_decides_anything() {
    each(usize::MAX, unknown_values);
}

fn unknown_values(trial: &Trial<'_>, faults: &mut Vec<String>) {
    for (number, path) in spread(trial, &members(trial)) {
        let change = Change::Value(number, &path, unknown("later"));
        let (now, same) = (trial.after(&change).0, trial.has_same_resources(&change));
        // A resource whose identifier is hidden is another question.
        let decided = ![Verdict::Unknown, Verdict::Nothing, trial.verdict].contains(&now);
        if same && decided {
            let operation = &trial.answers[number].operation;
            faults.push(format!(
                "{}: {operation} {path} unknown: {} becomes {now}",
                trial.name(),
                trial.verdict
            ));
        }
    }
}

#[test]
fn no_value_ends_the_program() {
    each(1, |trial, _| {
        for (number, path) in spread(trial, &members(trial)) {
            let values = strange_values();
            let value = values[trial.hash(number + path.len()) % values.len()].clone();
            trial.after(&Change::Value(number, &path, value));
        }
    });
}

fn strange_values() -> Vec<Value> {
    let mut deep = json!([]);
    for _ in 0..100 {
        deep = json!([{"A": deep}]);
    }
    vec![
        Value::Null,
        json!(""),
        json!("é\u{0}\u{1b}[31m"),
        json!("{\"Statement\":"),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(-1e308),
        json!(true),
        json!({}),
        json!([null]),
        json!(["x".repeat(100_000)]),
        json!([{"Effect": "Allow", "Principal": {"AWS": [[]]}, "Action": {"a": 1}}]),
        deep,
    ]
}
