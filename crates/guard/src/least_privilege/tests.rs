use std::collections::BTreeSet;

use proptest::prelude::*;
use rempart_aws_model::{ActionName, action};
use rempart_policy::context::Context;
use rempart_policy::{Decision, Reference, Request};
use serde_json::{Value, json};

use super::generalise::patterns;
use super::observe::{Pairs, Precision};
use super::*;

const ROLE: &str = "arn:aws:iam::111122223333:role/ml/Build";
const JOBS: &str = "arn:aws:sagemaker:eu-west-1:111122223333:training-job/";

/// A call of a session of the role.
fn call(id: u32, source: &str, name: &str, changes: Value) -> Value {
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole", "principalId": "AROAEXAMPLE:s1", "accountId": "111122223333",
            "arn": "arn:aws:sts::111122223333:assumed-role/Build/s1",
            "sessionContext": {"sessionIssuer": {"type": "Role", "arn": ROLE, "userName": "Build",
                "accountId": "111122223333", "principalId": "AROAEXAMPLE"}},
        },
        "eventTime": "2026-03-02T10:00:00Z",
        "eventSource": format!("{source}.amazonaws.com"),
        "eventName": name,
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.17.0",
        "requestParameters": null,
        "responseElements": null,
        "eventID": format!("00000000-0000-4000-8000-{id:012}"),
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
    });
    for (name, value) in changes.as_object().expect("an object") {
        record[name] = value.clone();
    }
    record
}

fn job(id: u32, name: &str) -> Value {
    let parameters = json!({"requestParameters": {"trainingJobName": name}});
    call(id, "sagemaker", "DescribeTrainingJob", parameters)
}

fn made(records: &[Value], options: &LeastPrivilegeOptions) -> LeastPrivilege {
    let text = json!({ "Records": records }).to_string();
    let subject = Subject::parse(ROLE).expect("a role");
    least_privilege_of_bytes(text.as_bytes(), &subject, options).expect("a policy")
}

fn how(generalise: Generalise) -> LeastPrivilegeOptions {
    LeastPrivilegeOptions {
        generalise,
        ..LeastPrivilegeOptions::default()
    }
}

fn statements(report: &LeastPrivilege) -> Vec<Value> {
    let documents = report.policies.iter();
    documents
        .flat_map(|policy| policy.document["Statement"].as_array().expect("a list"))
        .cloned()
        .collect()
}

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

#[test]
fn observed_calls_are_covered_and_the_rest_is_told() {
    let denied = json!({"requestParameters": {"modelName": "m"}, "errorCode": "AccessDenied",
        "errorMessage": "User is not authorized to perform: sagemaker:DeleteModel"});
    let throttled =
        json!({"requestParameters": {"modelName": "m"}, "errorCode": "ThrottlingException"});
    let mut other = job(20, "not-ours");
    other["userIdentity"]["arn"] = "arn:aws:sts::111122223333:assumed-role/Other/s1".into();
    other["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] =
        "arn:aws:iam::111122223333:role/Other".into();
    let records = [
        job(1, "churn-1"),
        job(1, "churn-1"),
        job(2, "churn-2"),
        call(3, "sagemaker", "ListModels", json!({})),
        call(4, "sagemaker", "DeleteModel", denied),
        call(5, "sagemaker", "DescribeModel", throttled),
        call(6, "sagemaker", "FrobnicateModel", json!({})),
        call(
            7,
            "logs",
            "CreateLogStream",
            json!({"requestParameters": {"logGroupName": "g"}}),
        ),
        other,
    ];
    let report = made(&records, &LeastPrivilegeOptions::default());
    assert_eq!(
        statements(&report),
        [
            json!({"Effect": "Allow", "Action": "sagemaker:DescribeTrainingJob",
                "Resource": [format!("{JOBS}churn-1"), format!("{JOBS}churn-2")]}),
            json!({"Effect": "Allow", "Action": "sagemaker:ListModels", "Resource": "*"}),
        ]
    );
    let totals = report.totals;
    assert_eq!((totals.allowed, totals.denied, totals.failed), (5, 1, 1));
    assert_eq!((totals.records, totals.copies), (9, 1));
    assert_eq!((report.covered_calls, report.not_covered_calls), (3, 2));
    assert!(!report.is_proved());
    let missing: Vec<(&str, WhyNot, u64)> = report
        .not_covered
        .iter()
        .map(|row| (&*row.action, row.reason, row.calls))
        .collect();
    assert_eq!(
        missing,
        [
            ("logs:CreateLogStream", WhyNot::UnknownResource, 1),
            (
                "sagemaker.amazonaws.com FrobnicateModel",
                WhyNot::UnknownAction,
                1
            ),
        ]
    );
    assert_eq!(
        &*report.not_covered[1].examples[0],
        "00000000-0000-4000-8000-000000000006"
    );
    assert_eq!(&*report.denied[0].action, "sagemaker:DeleteModel");
    assert_eq!(&*report.failed[0].action, "sagemaker:DescribeModel");
}

#[test]
fn passed_roles_are_tied_to_the_service() {
    let parameters = json!({"requestParameters": {
        "trainingJobName": "churn-1", "roleArn": "arn:aws:iam::111122223333:role/Train",
        "resourceConfig": {"instanceType": "ml.m5.large"}}});
    let records = [call(1, "sagemaker", "CreateTrainingJob", parameters)];
    let report = made(&records, &LeastPrivilegeOptions::default());
    assert!(report.is_proved());
    assert_eq!(
        statements(&report)[0],
        json!({"Effect": "Allow", "Action": "iam:PassRole",
            "Resource": "arn:aws:iam::111122223333:role/Train",
            "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}})
    );
}

#[test]
fn conditions_are_added_where_every_call_had_the_key() {
    let train = |id: u32, kind: &str| {
        let parameters = json!({"requestParameters": {
            "trainingJobName": format!("churn-{id}"), "resourceConfig": {"instanceType": kind}}});
        call(id, "sagemaker", "CreateTrainingJob", parameters)
    };
    let options = LeastPrivilegeOptions {
        conditions: vec![
            KeyName::new("sagemaker:instancetypes"),
            KeyName::new("aws:SourceIp"),
            KeyName::new("sagemaker:VpcSubnets"),
        ],
        ..LeastPrivilegeOptions::default()
    };
    let report = made(
        &[train(1, "ml.m5.large"), train(2, "ml.m5.xlarge")],
        &options,
    );
    assert!(report.is_proved());
    assert_eq!(
        statements(&report)[0]["Condition"],
        json!({
            "ForAllValues:StringEquals":
                {"sagemaker:InstanceTypes": ["ml.m5.large", "ml.m5.xlarge"]},
            "Null": {"sagemaker:InstanceTypes": "false"},
            "IpAddress": {"aws:SourceIp": "198.51.100.7"},
        })
    );
    let left_out: Vec<&str> = report.conditions_left_out.iter().map(|of| of.key).collect();
    assert_eq!(left_out, ["sagemaker:VpcSubnets"]);
    for key in [
        "aws:CurrentTime",
        "aws:EpochTime",
        "aws:Nonsense",
        "aws:RequestTag/team",
    ] {
        assert!(
            draft::condition_keys(&[KeyName::new(key)]).is_err(),
            "{key}"
        );
    }
}

#[test]
fn capitals_are_open_letters() {
    let records = [job(1, "Churn-1")];
    let report = made(&records, &how(Generalise::Names));
    assert!(report.is_proved());
    assert_eq!(statements(&report)[0]["Resource"], format!("{JOBS}?hurn-1"));
    let report = made(&records, &how(Generalise::None));
    assert_eq!(report.not_covered[0].reason, WhyNot::UnknownLetters);
    assert!(report.policies.is_empty());
}

#[test]
fn long_policies_are_split_and_still_proved() {
    let records: Vec<Value> = (0..300)
        .map(|number| job(number, &format!("j{number}{}", "x".repeat(40))))
        .collect();
    let report = made(&records, &how(Generalise::None));
    assert!(report.policies.len() >= 5, "{}", report.policies.len());
    assert!(
        report
            .policies
            .iter()
            .all(|policy| policy.characters <= 6_144)
    );
    assert!(report.is_proved());
    assert_eq!(report.covered_calls, 300);
}

#[test]
fn too_many_pairs_are_told() {
    let records: Vec<Value> = (0..9)
        .map(|number| job(number, &format!("j{number}")))
        .collect();
    let options = LeastPrivilegeOptions {
        most_pairs: 5,
        ..LeastPrivilegeOptions::default()
    };
    let report = made(&records, &options);
    assert_eq!((report.covered_calls, report.not_covered_calls), (5, 4));
    assert_eq!(report.not_covered[0].reason, WhyNot::OverLimit);
    assert!(!report.incomplete.is_empty());
}

/// What allows in the proof is the policy: with another one nothing is covered.
#[test]
fn the_proof_can_fail() {
    let subject = Subject::parse(ROLE).expect("a role");
    let key = "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-4000-8000-000000000001";
    let decrypt = json!({"resources": [{"ARN": key, "accountId": "111122223333"}]});
    let records = [
        job(1, "churn-1"),
        call(2, "kms", "Decrypt", decrypt),
        call(
            3,
            "s3",
            "GetObject",
            json!({"requestParameters": {"bucketName": "b", "key": "k"}}),
        ),
        call(
            4,
            "sts",
            "AssumeRole",
            json!({"requestParameters": {"roleArn": "arn:aws:iam::444455556666:role/Prod"}}),
        ),
    ];
    let text = json!({ "Records": records }).to_string();
    let input = Input::Bytes(text.as_bytes());
    let options = LeastPrivilegeOptions::default();
    let whole = made(&records, &options);
    assert!(whole.is_proved(), "{:?}", whole.not_covered);
    let keys = draft::condition_keys(&[]).expect("keys");
    let (observed, _) = observe::observe(&input, &subject, &keys, &options);
    let other = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}}"#;
    let other = [compiled(other).expect("a policy")];
    let proved = proof::prove(&input, &subject, &other, &observed.pairs, &options);
    assert_eq!((proved.covered, proved.not_covered_calls), (0, 4));
    assert!(
        proved
            .not_covered
            .iter()
            .all(|row| row.reason == WhyNot::NotAllowed)
    );
}

#[test]
fn policies_in_force_are_compared() {
    let current = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["sagemaker:Describe*", "sqs:SendMessage"], "Resource": "*"},
        {"Effect": "Deny", "Action": "sagemaker:DescribeModel", "Resource": "*"}]}"#;
    let options = LeastPrivilegeOptions {
        current: vec![compiled(current).expect("a policy")],
        ..LeastPrivilegeOptions::default()
    };
    let records = [
        job(1, "churn-1"),
        call(2, "sagemaker", "ListModels", json!({})),
    ];
    let report = made(&records, &options);
    let current = report.current.as_ref().expect("compared");
    let standings: Vec<(&str, Standing)> = current
        .no_more_permissive
        .iter()
        .map(|of| (&*of.action, of.standing))
        .collect();
    assert_eq!(
        standings,
        [
            ("sagemaker:DescribeTrainingJob", Standing::Proved),
            ("sagemaker:ListModels", Standing::Refuted),
        ]
    );
    assert!(report.is_proved() && !report.is_no_more_permissive());
    assert_eq!(current.unused.by_service["sqs"], 1);
    let unused: BTreeSet<&str> = current.unused.actions.iter().map(|name| &**name).collect();
    assert!(unused.contains("sagemaker:DescribeApp"));
    assert!(!unused.contains("sagemaker:DescribeModel"));
    assert!(!unused.contains("sagemaker:DescribeTrainingJob"));
}

#[test]
fn only_users_and_roles_have_policies() {
    for text in [
        "arn:aws:sts::111122223333:assumed-role/Build/s1",
        "arn:aws:iam::111122223333:root",
        "sagemaker.amazonaws.com",
        "Build",
        "",
    ] {
        assert!(Subject::parse(text).is_err(), "{text}");
    }
    let session = |text: &str| rempart_policy::Principal::parse(text).expect("a principal");
    let subject = Subject::parse(ROLE).expect("a role");
    // Without the path the name decides, within the account.
    assert!(subject.is_behind(&session("arn:aws:sts::111122223333:assumed-role/Build/x")));
    assert!(!subject.is_behind(&session("arn:aws:sts::444455556666:assumed-role/Build/x")));
    assert!(!subject.is_behind(&session("arn:aws:sts::111122223333:assumed-role/build/x")));
    let user = Subject::parse("arn:aws:iam::111122223333:user/Build").expect("a user");
    assert!(!user.is_behind(&session("arn:aws:sts::111122223333:assumed-role/Build/x")));
}

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
    let principal = rempart_policy::Principal::parse(ROLE).expect("a role");
    Request::new(
        &mut Reference::new(),
        ActionName::parse(action).expect("an action"),
        principal,
        arn,
        None,
        Context::new(),
    )
}

fn policy_for(requests: &[Request], how: Generalise) -> rempart_policy::Stack {
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
