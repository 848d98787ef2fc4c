mod patterns;
mod property;

use std::collections::BTreeSet;

use serde_json::{Value, json};

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
fn long_names_and_federated_callers() {
    let long = "x".repeat(100_000);
    let text = json!({"Records": [job(1, &long)]}).to_string();
    let subject = Subject::parse(ROLE).expect("a role");
    let options = how(Generalise::None);
    let report = least_privilege_of_bytes(text.as_bytes(), &subject, &options).expect("made");
    assert!(report.policies.is_empty());
    assert_eq!(report.not_covered[0].reason, WhyNot::NotWritable);
    // Whoever a user federates has the user's permissions at most.
    let mut record = job(2, "churn-1");
    record["userIdentity"] = json!({
        "type": "FederatedUser", "principalId": "111122223333:guest", "accountId": "111122223333",
        "arn": "arn:aws:sts::111122223333:federated-user/guest",
        "sessionContext": {"sessionIssuer": {"type": "IAMUser", "userName": "alice",
            "arn": "arn:aws:iam::111122223333:user/alice", "accountId": "111122223333",
            "principalId": "AIDAEXAMPLE"}}});
    let text = json!({"Records": [record]}).to_string();
    let subject = Subject::parse("arn:aws:iam::111122223333:user/alice").expect("a user");
    let report = least_privilege_of_bytes(text.as_bytes(), &subject, &options).expect("made");
    assert!(
        report.is_proved() && report.covered_calls == 1,
        "{report:?}"
    );
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
