//! The requests: what a data scientist does under the playbook's nine SCPs.

use serde_json::{Value, json};

/// The nine SCPs of the playbook.
const PLAYBOOK: [(&str, &str); 9] = [
    (
        "vpc",
        include_str!("../../../../guardrails/playbook/1-vpc-deployment.json"),
    ),
    (
        "volumes",
        include_str!("../../../../guardrails/playbook/2-encrypted-volumes.json"),
    ),
    (
        "traffic",
        include_str!("../../../../guardrails/playbook/3-inter-container-encryption.json"),
    ),
    (
        "isolation",
        include_str!("../../../../guardrails/playbook/4-network-isolation.json"),
    ),
    (
        "presigned",
        include_str!("../../../../guardrails/playbook/5-presigned-notebook-url.json"),
    ),
    (
        "internet",
        include_str!("../../../../guardrails/playbook/6-no-direct-internet.json"),
    ),
    (
        "root",
        include_str!("../../../../guardrails/playbook/7-no-root.json"),
    ),
    (
        "notebooks",
        include_str!("../../../../guardrails/playbook/8-notebook-instance-types.json"),
    ),
    (
        "studio",
        include_str!("../../../../guardrails/playbook/9-studio-instance-types.json"),
    ),
];

const ACCOUNT: &str = "111122223333";

/// The scenarios as compact JSON: nine SCPs, `FullAWSAccess`, and two identity policies each.
pub(super) fn scenarios() -> Vec<String> {
    let policies = [
        ("identityPolicies", identity()),
        ("serviceControlPolicies", json!([scps()])),
    ];
    let mut scenarios = Vec::new();
    for (number, (action, resource, context)) in calls().into_iter().enumerate() {
        let mut scenario = json!({
            "name": format!("{action} {number}"),
            "request": {
                "action": action,
                "principal": format!("arn:aws:iam::{ACCOUNT}:role/DataScientist"),
                "resource": format!("arn:aws:sagemaker:eu-west-1:{ACCOUNT}:{resource}"),
                "resourceAccount": ACCOUNT,
                "context": context,
            },
        });
        if let Value::Object(members) = &mut scenario {
            for (name, value) in &policies {
                members.insert((*name).to_owned(), value.clone());
            }
        }
        scenarios.push(scenario.to_string());
    }
    scenarios
}

fn scps() -> Value {
    let full = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
    let mut policies = vec![json!({"name": "FullAWSAccess", "document": full})];
    for (name, text) in PLAYBOOK {
        // A made-up range stands for the blank of the fifth.
        let text = text.replace("[ENTER_PUBLIC_IP_ADDRESS]", "192.0.2.0/24");
        let document: Value = serde_json::from_str(&text).unwrap_or_default();
        policies.push(json!({"name": name, "document": document}));
    }
    policies.into()
}

fn identity() -> Value {
    json!([
        {"name": "work", "document": {"Version": "2012-10-17", "Statement": [
            {"Sid": "Train", "Effect": "Allow", "Action": ["sagemaker:Create*", "sagemaker:Describe*", "sagemaker:List*", "sagemaker:UpdateNotebookInstance"], "Resource": "*"},
            {"Sid": "Data", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::ml-data/*"}]}},
        {"name": "pass", "document": {"Version": "2012-10-17", "Statement": [
            {"Sid": "Pass", "Effect": "Allow", "Action": "iam:PassRole", "Resource": format!("arn:aws:iam::{ACCOUNT}:role/sm-*"), "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}},
            {"Sid": "NotOurs", "Effect": "Deny", "Action": "sagemaker:*", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/owner": "platform"}}}]}}
    ])
}

type Call = (&'static str, &'static str, Value);

/// Each call in the ways that the SCPs tell apart.
fn calls() -> Vec<Call> {
    let network =
        json!({"sagemaker:VpcSubnets": ["subnet-a"], "sagemaker:VpcSecurityGroupIds": ["sg-a"]});
    let mut calls = Vec::new();
    for isolation in [None, Some("true"), Some("false")] {
        for has_network in [true, false] {
            for encrypted in [None, Some("true")] {
                let mut context = if has_network {
                    network.clone()
                } else {
                    json!({})
                };
                set(&mut context, "sagemaker:NetworkIsolation", isolation);
                set(
                    &mut context,
                    "sagemaker:InterContainerTrafficEncryption",
                    encrypted,
                );
                set(
                    &mut context,
                    "sagemaker:VolumeKmsKey",
                    encrypted.map(|_| "arn:aws:kms:eu-west-1:111122223333:key/k"),
                );
                for (action, resource) in [
                    ("sagemaker:CreateTrainingJob", "training-job/churn"),
                    ("sagemaker:CreateModel", "model/churn"),
                    ("sagemaker:CreateProcessingJob", "processing-job/churn"),
                ] {
                    calls.push((action, resource, context.clone()));
                }
            }
        }
    }
    for root in [None, Some("Enabled"), Some("Disabled")] {
        for instance in ["ml.t3.medium", "ml.p4d.24xlarge"] {
            let mut context = network.clone();
            set(&mut context, "sagemaker:RootAccess", root);
            set(&mut context, "sagemaker:DirectInternetAccess", root);
            if let Value::Object(members) = &mut context {
                members.insert("sagemaker:InstanceTypes".to_owned(), json!([instance]));
            }
            calls.push((
                "sagemaker:CreateNotebookInstance",
                "notebook-instance/nb",
                context.clone(),
            ));
            calls.push((
                "sagemaker:CreateApp",
                "app/d-1/p/JupyterLab/default",
                json!({"sagemaker:InstanceTypes": [instance]}),
            ));
        }
    }
    for address in ["192.0.2.7", "198.51.100.9"] {
        calls.push((
            "sagemaker:CreatePresignedNotebookInstanceUrl",
            "notebook-instance/nb",
            json!({"aws:SourceIp": address}),
        ));
    }
    calls.push(("sagemaker:DeleteModel", "model/churn", json!({})));
    calls.push((
        "sagemaker:DescribeTrainingJob",
        "training-job/churn",
        json!({}),
    ));
    calls
}

fn set(context: &mut Value, key: &str, value: Option<&str>) {
    if let (Value::Object(members), Some(value)) = (context, value) {
        members.insert(key.to_owned(), value.into());
    }
}
