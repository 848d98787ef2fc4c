//! Resources as patterns.

use rempart_aws_model::{action, action_service};
use rempart_policy::Pattern;

use crate::least_privilege::Generalise;
use crate::least_privilege::generalise::patterns;
use crate::least_privilege::observe::Precision;

use super::JOBS;

fn resources_of(action_name: &str, arns: &[&str], how: Generalise) -> Vec<String> {
    let arns = arns.iter().map(|arn| (*arn, Precision::Exact));
    let made = patterns(action(action_name), arns, how);
    made.patterns.into_iter().collect()
}

fn jobs(names: &[&str], how: Generalise) -> Vec<String> {
    let arns: Vec<String> = names.iter().map(|name| format!("{JOBS}{name}")).collect();
    let arns: Vec<&str> = arns.iter().map(String::as_str).collect();
    let found = resources_of("sagemaker:DescribeTrainingJob", &arns, how);
    found
        .iter()
        .map(|pattern| pattern.strip_prefix(JOBS).expect("of the type").to_owned())
        .collect()
}

#[test]
fn names_are_joined_at_words_from_three_on() {
    let names = Generalise::Names;
    assert_eq!(jobs(&["churn-1", "churn-2"], names), ["churn-1", "churn-2"]);
    assert_eq!(jobs(&["churn-1", "churn-2", "churn-3"], names), ["churn-*"]);
    let dated = ["churn-2026-03-01", "churn-2026-03-02", "churn-2026-03-03"];
    assert_eq!(jobs(&dated, names), ["churn-2026-03-*"]);
    assert_eq!(
        jobs(&["churn-1", "churn-2", "churn-3", "fraud-1", "x"], names),
        ["churn-*", "fraud-1", "x"]
    );
    // One word alone is no prefix: it would match any name that begins so.
    assert_eq!(jobs(&["aa", "ab", "ac"], names), ["aa", "ab", "ac"]);
    assert_eq!(jobs(&dated, Generalise::None), dated);
    assert_eq!(jobs(&["a", "b"], Generalise::Types), ["*"]);
}

#[test]
fn hostile_names_are_text() {
    let hostile = ["a-*", "a-?", "a-${aws:username}", "*"];
    assert_eq!(jobs(&hostile[..2], Generalise::Names), ["a-${*}", "a-${?}"]);
    assert_eq!(
        jobs(&hostile, Generalise::None),
        ["${*}", "a-${$}{aws:username}", "a-${*}", "a-${?}"]
    );
    let joined = ["a*-1", "a*-2", "a*-3"];
    assert_eq!(jobs(&joined, Generalise::Names), ["a${*}-*"]);
    let written = ["${x}-1", "${x}-2", "${x}-3"];
    assert_eq!(jobs(&written, Generalise::Names), ["${$}{x}-*"]);
    // IAM accepts no such characters, and readers would not see them.
    assert!(jobs(&["日本-1", "a\u{202e}b", "a\nb"], Generalise::Names).is_empty());
}

#[test]
fn patterns_stay_within_account_type_and_owner() {
    let at = |account: &str, name: &str| {
        format!("arn:aws:sagemaker:eu-west-1:{account}:training-job/{name}")
    };
    let arns: Vec<String> = ["1", "2", "3"]
        .iter()
        .flat_map(|number| {
            let name = format!("churn-{number}");
            [at("111122223333", &name), at("444455556666", &name)]
        })
        .collect();
    let arns: Vec<&str> = arns.iter().map(String::as_str).collect();
    let found = resources_of("sagemaker:DescribeTrainingJob", &arns, Generalise::Names);
    assert_eq!(
        found,
        [at("111122223333", "churn-*"), at("444455556666", "churn-*")]
    );
    // ARNs of buckets do not say whose they are, so buckets stay as they are.
    let buckets = [
        "arn:aws:s3:::ml-a",
        "arn:aws:s3:::ml-b",
        "arn:aws:s3:::ml-c",
    ];
    for how in [Generalise::Names, Generalise::Types] {
        assert_eq!(resources_of("s3:ListBucket", &buckets, how), buckets);
    }
    let objects = ["arn:aws:s3:::ml-a/x/1", "arn:aws:s3:::ml-b/x/1"];
    assert_eq!(
        resources_of("s3:GetObject", &objects, Generalise::Types),
        ["arn:aws:s3:::ml-a/*", "arn:aws:s3:::ml-b/*"]
    );
    // A pattern for pipelines would match their executions.
    let pipelines: Vec<String> = (0..3)
        .map(|number| format!("arn:aws:sagemaker:eu-west-1:111122223333:pipeline/p-{number}"))
        .collect();
    let pipelines: Vec<&str> = pipelines.iter().map(String::as_str).collect();
    for how in [Generalise::Names, Generalise::Types] {
        assert_eq!(
            resources_of("sagemaker:DescribePipeline", &pipelines, how),
            pipelines
        );
    }
    // Ids that AWS makes share no words, and power is never handed out more widely.
    let keys = ["1", "2", "3"]
        .map(|number| format!("arn:aws:kms:eu-west-1:111122223333:key/mrk-{number}"));
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    assert_eq!(resources_of("kms:Decrypt", &keys, Generalise::Names), keys);
    let roles = ["1", "2", "3"].map(|number| format!("arn:aws:iam::111122223333:role/r-{number}"));
    let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
    for how in [Generalise::Names, Generalise::Types] {
        assert_eq!(resources_of("iam:PassRole", &roles, how), roles);
        assert_eq!(resources_of("sts:AssumeRole", &roles, how), roles);
    }
}

/// An ARN of a type, with these names.
fn sample(pattern: &str, name: &str) -> String {
    let mut arn = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        arn.push_str(before);
        let (variable, behind) = after.split_once('}').expect("closed");
        arn.push_str(match variable {
            "Partition" => "aws",
            "Region" => "eu-west-1",
            "Account" => "111122223333",
            _ => name,
        });
        rest = behind;
    }
    arn + rest
}

/// Every action and resource type of some services, against samples of all their other types.
#[test]
fn no_pattern_matches_another_type() {
    let mut joined = 0;
    for prefix in [
        "sagemaker",
        "s3",
        "logs",
        "ecr",
        "lambda",
        "glue",
        "ssm",
        "bedrock",
    ] {
        let service = action_service(prefix).expect("a service");
        let names = ["team-a-1", "team-a-2", "team-a-3"];
        let mut samples: Vec<(&str, String)> = Vec::new();
        for of_type in service.resource_types() {
            for name in ["team-a-4", "team-a-", "execution", "x"] {
                samples.push((of_type.arn_pattern, sample(of_type.arn_pattern, name)));
            }
        }
        // Actions on the same types are alike, save those that hand out power.
        let mut seen = std::collections::BTreeSet::new();
        for action in service.actions() {
            let types: Vec<&str> = action.resources.iter().map(|used| used.name).collect();
            if !seen.insert(types) {
                continue;
            }
            for used in &action.resources {
                let own = service
                    .resource_type(used.name)
                    .expect("listed")
                    .arn_pattern;
                let arns = names.map(|name| sample(own, name));
                for how in [Generalise::Names, Generalise::Types] {
                    let observed = arns.iter().map(|arn| (&**arn, Precision::Exact));
                    for pattern in patterns(Some(action), observed, how).patterns {
                        joined += usize::from(pattern.contains('*'));
                        let pattern = Pattern::of_resource(&pattern);
                        for (other, arn) in &samples {
                            let is_other = *other != own && !arns.contains(arn);
                            assert!(!is_other || !pattern.matches(arn), "{} {arn}", action.name);
                        }
                    }
                }
            }
        }
    }
    assert!(joined > 200, "{joined}");
}
