//! The full product, decided one by one through scenarios, against grouped and indexed answers.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

mod common;

use proptest::prelude::*;
use rempart_policy::scenario::ScenarioReader;
use rempart_reach::{Options, Row};
use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";
const USER: &str = "arn:aws:iam::111122223333:user/mallory";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/k1";

fn action() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "s3:*",
        "s3:Get*",
        "s3:GetObject",
        "s3:Put*",
        "s3:*Policy",
        "kms:*",
        "kms:Decrypt",
        "sagemaker:*",
        "sagemaker:*NotebookInstance",
        "sagemaker:Create*",
        "iam:*User*",
        "*",
    ])
}

fn resource() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "*",
        "arn:aws:s3:::red",
        "arn:aws:s3:::red/*",
        "arn:aws:s3:::red/train/*",
        "arn:aws:s3:::r*",
        "arn:aws:s3:::*/train/*",
        "arn:aws:s3:::${aws:PrincipalTag/team}*",
        "arn:aws:kms:*:111122223333:key/*",
        "arn:aws:sagemaker:*:*:notebook-instance/a*",
        "arn:aws:iam::*:user/${aws:username}",
    ])
}

fn condition() -> impl Strategy<Value = Option<Value>> {
    prop::sample::select(vec![
        None,
        None,
        None,
        Some(json!({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})),
        Some(json!({"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}})),
        Some(json!({"Bool": {"aws:SecureTransport": "false"}})),
        Some(json!({"StringEquals": {"aws:PrincipalTag/team": "red"}})),
        Some(json!({"StringEquals": {"aws:ResourceTag/team": "red"}})),
        Some(json!({"StringLike": {"sagemaker:InstanceTypes": "ml.t*"}})),
        Some(json!({"Null": {"s3:x-amz-server-side-encryption": "true"}})),
    ])
}

prop_compose! {
    fn statement()(
        allow in prop::bool::weighted(0.75),
        negated in prop::bool::weighted(0.1),
        action in action(), resource in resource(), condition in condition(),
    ) -> Value {
        let mut statement = json!({"Effect": if allow { "Allow" } else { "Deny" }, "Resource": resource});
        statement[if negated { "NotAction" } else { "Action" }] = json!(action);
        if let Some(condition) = condition {
            statement["Condition"] = condition;
        }
        statement
    }
}

fn policy() -> impl Strategy<Value = Value> {
    prop::collection::vec(statement(), 1..4)
        .prop_map(|statements| json!({"Version": "2012-10-17", "Statement": statements}))
}

fn bucket_policy(name: &'static str) -> impl Strategy<Value = Value> {
    (action(), prop::bool::ANY, prop::bool::ANY, condition()).prop_map(
        move |(action, allow, everybody, condition)| {
            let action = if action.starts_with("s3:") { action } else { "s3:*" };
            let principal = if everybody { json!("*") } else { json!({"AWS": USER}) };
            let mut statement = json!({"Effect": if allow { "Allow" } else { "Deny" }, "Principal": principal,
                "Action": action, "Resource": [format!("arn:aws:s3:::{name}"), format!("arn:aws:s3:::{name}/train/*")]});
            if let Some(condition) = condition {
                statement["Condition"] = condition;
            }
            json!({"Version": "2012-10-17", "Statement": [statement]})
        },
    )
}

#[derive(Clone, Debug)]
struct World {
    identity: Vec<Value>,
    boundary: Option<Value>,
    buckets: [Option<Value>; 2],
    key: Value,
    team: Option<&'static str>,
}

prop_compose! {
    fn world()(
        identity in prop::collection::vec(policy(), 1..3),
        boundary in prop::option::weighted(0.3, policy()),
        red in prop::option::of(bucket_policy("red")),
        blue in prop::option::of(bucket_policy("blue")),
        delegates in prop::bool::ANY,
        team in prop::sample::select(vec![None, Some("red"), Some("blue")]),
    ) -> World {
        let principal = if delegates { format!("arn:aws:iam::{ACCOUNT}:root") } else { USER.to_owned() };
        let key = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kms:*", "Resource": "*"}]});
        World { identity, boundary, buckets: [red, blue], key, team }
    }
}

impl World {
    fn case(&self) -> Value {
        let inline: Vec<Value> = self.identity.iter().enumerate()
            .map(|(number, policy)| json!({"PolicyName": format!("p{number}"), "PolicyDocument": policy}))
            .collect();
        let mut user = json!({"Arn": USER, "UserName": "mallory", "UserId": "AIDAMALLORY",
            "UserPolicyList": inline});
        if let Some(team) = self.team {
            user["Tags"] = json!([{"Key": "team", "Value": team}]);
        }
        let mut policies = Vec::new();
        if let Some(boundary) = &self.boundary {
            let arn = "arn:aws:iam::111122223333:policy/limit";
            user["PermissionsBoundary"] = json!({"PermissionsBoundaryArn": arn});
            policies.push(json!({"Arn": arn, "PolicyVersionList": [
                {"VersionId": "v1", "IsDefaultVersion": true, "Document": boundary}]}));
        }
        let global = "111122223333/global";
        let regional = "111122223333/eu-west-1";
        let mut answers = vec![
            json!({"place": global, "operation": "iam:GetAccountAuthorizationDetails",
                   "body": {"UserDetailList": [user], "Policies": policies}}),
            json!({"place": global, "operation": "s3:ListBuckets",
                   "body": {"Buckets": [{"Name": "red"}, {"Name": "blue"}]}}),
            json!({"place": global, "operation": "s3control:GetPublicAccessBlock", "outcome": "absent"}),
            json!({"place": regional, "operation": "kms:ListKeys",
                   "body": {"Keys": [{"KeyId": "k1", "KeyArn": KEY}]}}),
            json!({"place": regional, "operation": "kms:DescribeKey", "parameters": {"KeyId": "k1"},
                   "body": {"KeyMetadata": {"KeyId": "k1", "Arn": KEY}}}),
            json!({"place": regional, "operation": "kms:GetKeyPolicy",
                   "parameters": {"KeyId": "k1", "PolicyName": "default"},
                   "body": {"Policy": self.key.to_string()}}),
            json!({"place": regional, "operation": "kms:ListGrants", "parameters": {"KeyId": "k1"},
                   "body": {"Grants": []}}),
            json!({"place": regional, "operation": "kms:ListResourceTags", "parameters": {"KeyId": "k1"},
                   "body": {"Tags": []}}),
        ];
        for (name, policy) in ["red", "blue"].iter().zip(&self.buckets) {
            let mut one = json!({"place": global, "operation": "s3:GetBucketPolicy",
                "parameters": {"Bucket": name}});
            match policy {
                Some(policy) => one["body"] = json!({"Policy": policy.to_string()}),
                None => one["outcome"] = json!("absent"),
            }
            answers.push(one);
            answers.push(
                json!({"place": global, "operation": "s3:GetPublicAccessBlock",
                "parameters": {"Bucket": name}, "outcome": "absent"}),
            );
            answers.push(json!({"place": global, "operation": "s3:GetBucketLocation",
                "parameters": {"Bucket": name}, "body": {"LocationConstraint": "eu-west-1"}}));
        }
        for (name, tag) in [("a1", "red"), ("a2", "blue"), ("b1", "red")] {
            let arn = format!("arn:aws:sagemaker:eu-west-1:{ACCOUNT}:notebook-instance/{name}");
            answers.push(
                json!({"place": regional, "operation": "sagemaker:DescribeNotebookInstance",
                "parameters": {"NotebookInstanceName": name},
                "body": {"NotebookInstanceName": name, "NotebookInstanceArn": arn}}),
            );
            answers.push(json!({"place": regional, "operation": "sagemaker:ListTags",
                "parameters": {"ResourceArn": arn}, "body": {"Tags": [{"Key": "team", "Value": tag}]}}));
        }
        json!({"from": "2026-03-10T00:00:00Z", "to": "2026-03-20T00:00:00Z",
               "suspects": [{"arn": USER}],
               "snapshots": [{"at": "2026-03-09T00:00:00Z", "answers": answers}]})
    }

    /// The label of one action, by a scenario.
    fn label(&self, reader: &mut ScenarioReader, row: &Row, action: &str) -> &'static str {
        let resource = row.resource.replace('*', "zq7x9k2vw4");
        let bucket = resource
            .strip_prefix("arn:aws:s3:::")
            .map(|rest| rest.split('/').next().unwrap());
        let policy = match bucket {
            Some("red") => self.buckets[0].clone(),
            Some(_) => self.buckets[1].clone(),
            None if resource == KEY => Some(self.key.clone()),
            None => None,
        };
        let mut context = json!({"aws:SecureTransport": "true"});
        context["aws:PrincipalTag/team"] = json!(self.team);
        let mut unknown: Vec<&str> = Vec::new();
        if &*row.kind == "AWS::IAM::User" {
            unknown.push("aws:RequestedRegion");
            context["aws:ResourceTag/team"] = json!(self.team);
        } else {
            context["aws:RequestedRegion"] = json!("eu-west-1");
        }
        match &*row.kind {
            "AWS::IAM::User" => {}
            "AWS::KMS::Key" => context["aws:ResourceTag/team"] = Value::Null,
            "AWS::SageMaker::NotebookInstance" => {
                let tag = if resource.ends_with("a2") {
                    "blue"
                } else {
                    "red"
                };
                context["aws:ResourceTag/team"] = json!(tag);
            }
            _ => unknown.push("aws:ResourceTag/team"),
        }
        let scenario = json!({
            "request": {"action": action, "principal": USER, "resource": resource,
                        "resourceAccount": ACCOUNT, "context": context},
            "unknownKeys": unknown,
            "identityPolicies": self.identity, "permissionsBoundary": self.boundary,
            "resourcePolicy": policy, "principalFacts": {"principalId": "AIDAMALLORY"}});
        let answer = reader.answer(&scenario.to_string()).unwrap();
        let opens = answer.unresolved.iter().any(|key| {
            key.carried_by_action
                && key
                    .changes
                    .iter()
                    .any(|change| change.decision == "Allowed")
        });
        match answer.decision {
            "Allowed" => "reachable",
            _ if opens => "reachable-if",
            "Unsupported" => "unknown",
            _ => "not-reachable",
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn the_full_product_says_the_same(world in world()) {
        let case = world.case();
        let reach = common::reach(&case, &Options::default());
        let mut reader = ScenarioReader::new();
        let mut seen = std::collections::BTreeSet::new();
        let kinds = ["AWS::S3::Bucket", "S3:Object", "AWS::KMS::Key", "AWS::SageMaker::NotebookInstance", "AWS::IAM::User"];
        for row in &reach.rows {
            let identity = &reach.identities[row.identity];
            let is_plain = identity.arn == USER && identity.changed.is_empty();
            if !is_plain || row.gate.is_some() || row.after.is_some() || !kinds.contains(&&*row.kind) {
                continue;
            }
            for action in row.actions.iter() {
                prop_assert!(seen.insert((row.resource.clone(), action.clone())), "{} {action} twice", row.resource);
                let expected = world.label(&mut reader, row, action);
                prop_assert_eq!(row.label.name(), expected, "{} on {}\n{:?}", action, &row.resource, &row.proofs);
            }
        }
        // Nothing is missing: every action of a bucket, for both buckets.
        let buckets = rempart_aws_model::actions_of("s3").iter()
            .filter(|action| action.resources.iter().any(|one| one.name == "bucket"));
        for action in buckets {
            for bucket in ["arn:aws:s3:::red", "arn:aws:s3:::blue"] {
                let name = format!("s3:{}", action.name);
                prop_assert!(seen.contains(&(bucket.into(), name.as_str().into())), "{name} on {bucket}");
            }
        }
    }
}
