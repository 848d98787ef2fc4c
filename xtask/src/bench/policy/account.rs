//! A whole account: who can do what to which resource.

use std::fmt::Write as _;
use std::time::Instant;

use anyhow::ensure;
use rempart_aws_model::ActionName;
use rempart_policy::account::{Identity, Inventory};
use rempart_policy::{Decision, Reference};

use super::Measured;

const ROLES: usize = 500;
const RESOURCES: usize = 100;
const ACTIONS: [&str; 20] = [
    "sagemaker:CreateTrainingJob",
    "sagemaker:DescribeTrainingJob",
    "sagemaker:StopTrainingJob",
    "sagemaker:CreateModel",
    "sagemaker:DeleteModel",
    "sagemaker:InvokeEndpoint",
    "sagemaker:UpdateEndpoint",
    "sagemaker:DeleteEndpoint",
    "sagemaker:CreateNotebookInstance",
    "sagemaker:UpdateNotebookInstance",
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "kms:CreateGrant",
    "iam:PassRole",
    "secretsmanager:GetSecretValue",
    "ecr:BatchGetImage",
    "sts:AssumeRole",
];

pub(super) fn measure(table: &mut Vec<Measured>) -> anyhow::Result<()> {
    let mut inventory = Inventory::default();
    let problems = inventory.add_details(&details()?)?;
    ensure!(problems.is_empty(), "{problems:?}");
    let resources = resources();
    let actions: Vec<ActionName> = ACTIONS
        .iter()
        .map(|name| ActionName::parse(name))
        .collect::<Result<_, _>>()?;
    let identities = inventory.identities();
    let (left, right) = identities.split_at(identities.len() / 2);
    let started = Instant::now();
    let (allowed, decided) = std::thread::scope(|scope| {
        let other = scope.spawn(|| count(&inventory, right, &actions, &resources));
        let own = count(&inventory, left, &actions, &resources);
        let other = other.join().unwrap_or_default();
        (own.0 + other.0, own.1 + other.1)
    });
    let seconds = started.elapsed().as_secs_f64();
    ensure!(
        decided == ROLES * RESOURCES * ACTIONS.len(),
        "{decided} decided"
    );
    table.push(Measured {
        what: "1,000,000 (principal, action, resource) triples, 500 roles",
        measured: format!("{seconds:.2} s"),
        aim: "< 5 s",
        is_met: seconds < 5.0,
        note: format!(
            "four policies a role, requests made anew each time; {:.0} % allowed",
            100.0 * allowed as f64 / decided as f64
        ),
    });
    Ok(())
}

fn count(
    inventory: &Inventory,
    identities: &[Identity],
    actions: &[ActionName],
    resources: &[String],
) -> (usize, usize) {
    let mut reference = Reference::new();
    let (mut allowed, mut decided) = (0, 0);
    for resource in resources {
        let entry = inventory.resource(resource);
        for identity in identities {
            let stack = inventory.stack(identity, entry);
            for action in actions {
                let request = inventory.request(identity, action, resource, None, &mut reference);
                let outcome = stack.decide(&request);
                allowed += usize::from(outcome.decision == Decision::Allowed);
                decided += 1;
            }
        }
    }
    (allowed, decided)
}

fn resources() -> Vec<String> {
    (0..RESOURCES)
        .map(|number| {
            let kind = ["training-job", "model", "endpoint", "notebook-instance"]
                .get(number % 4)
                .copied()
                .unwrap_or_default();
            format!(
                "arn:aws:sagemaker:eu-west-1:111122223333:{kind}/team-{}-x",
                number % 50
            )
        })
        .collect()
}

/// What `get-account-authorization-details` would print.
fn details() -> anyhow::Result<String> {
    let mut roles = String::new();
    for number in 0..ROLES {
        let team = number % 50;
        write!(
            roles,
            r#"{}{{"Path":"/","RoleName":"role-{number}","RoleId":"AROA{number:016}","Arn":"arn:aws:iam::111122223333:role/role-{number}","RolePolicyList":[{{"PolicyName":"own","PolicyDocument":{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":["sagemaker:Create*","sagemaker:Describe*","sagemaker:Stop*"],"Resource":"arn:aws:sagemaker:*:111122223333:*/team-{team}-*"}},{{"Effect":"Deny","Action":"sagemaker:Delete*","Resource":"*","Condition":{{"BoolIfExists":{{"aws:MultiFactorAuthPresent":"false"}}}}}}]}}}}],"AttachedManagedPolicies":[{{"PolicyName":"a","PolicyArn":"arn:aws:iam::111122223333:policy/read"}},{{"PolicyName":"b","PolicyArn":"arn:aws:iam::111122223333:policy/data"}},{{"PolicyName":"c","PolicyArn":"arn:aws:iam::111122223333:policy/{}"}}],"Tags":[{{"Key":"team","Value":"team-{team}"}}]}}"#,
            if number == 0 { "" } else { "," },
            if number % 10 == 0 { "invoke" } else { "pass" }
        )?;
    }
    let policy = |name: &str, statements: &str| {
        format!(
            r#"{{"PolicyName":"{name}","Arn":"arn:aws:iam::111122223333:policy/{name}","PolicyVersionList":[{{"VersionId":"v1","IsDefaultVersion":true,"Document":{{"Version":"2012-10-17","Statement":[{statements}]}}}}]}}"#
        )
    };
    let policies = [
        policy(
            "read",
            r#"{"Effect":"Allow","Action":["sagemaker:Describe*","sagemaker:List*"],"Resource":"*"}"#,
        ),
        policy(
            "data",
            r#"{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::ml-${aws:PrincipalTag/team}/*"},{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}"#,
        ),
        policy(
            "invoke",
            r#"{"Effect":"Allow","Action":"sagemaker:InvokeEndpoint","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":["team-0","team-10","team-20"]}}}"#,
        ),
        policy(
            "pass",
            r#"{"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::111122223333:role/sm-*","Condition":{"StringEquals":{"iam:PassedToService":"sagemaker.amazonaws.com"}}}"#,
        ),
    ];
    Ok(format!(
        r#"{{"UserDetailList":[],"GroupDetailList":[],"RoleDetailList":[{roles}],"Policies":[{}]}}"#,
        policies.join(",")
    ))
}
