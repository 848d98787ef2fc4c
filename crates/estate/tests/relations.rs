//! From notebooks and endpoints to roles, keys, images and buckets.

#![expect(clippy::expect_used, reason = "helpers of tests")]

use rempart_estate::{Answer, Estate, Gap, Place, unknown};
use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";

fn answer(region: &str, operation: &str, parameters: Value, body: Value) -> Answer {
    Answer {
        account: ACCOUNT.to_owned(),
        region: region.to_owned(),
        operation: operation.to_owned(),
        parameters: parameters.as_object().cloned().expect("an object"),
        body: body.to_string().into_bytes(),
        ..Answer::default()
    }
}

fn estate() -> Estate {
    let here = "eu-west-1";
    let uri = format!("{ACCOUNT}.dkr.ecr.{here}.amazonaws.com/serve");
    let role = format!("arn:aws:iam::{ACCOUNT}:role/ml");
    Estate::from_answers([
        answer(
            here,
            "sagemaker:DescribeEndpoint",
            json!({"EndpointName": "e"}),
            json!({"EndpointName": "e", "EndpointConfigName": "c"}),
        ),
        answer(
            here,
            "sagemaker:DescribeEndpointConfig",
            json!({"EndpointConfigName": "c"}),
            json!({"EndpointConfigName": "c", "KmsKeyId": unknown("later"),
                   "ProductionVariants": [{"ModelName": "m"}, {"ModelName": "other"}]}),
        ),
        answer(
            here,
            "sagemaker:ListModels",
            json!({}),
            json!({"Models": [{"ModelName": "m"}]}),
        ),
        answer(
            here,
            "sagemaker:DescribeModel",
            json!({"ModelName": "m"}),
            json!({"ModelName": "m", "ExecutionRoleArn": role,
                   "PrimaryContainer": {"Image": format!("{uri}:1"), "ModelDataUrl": "s3://models/m.tar.gz"}}),
        ),
        answer(
            here,
            "ecr:DescribeRepositories",
            json!({}),
            json!({"repositories": [{"repositoryName": "serve", "repositoryArn": "arn:r", "repositoryUri": uri}]}),
        ),
        answer(
            "global",
            "s3:ListBuckets",
            json!({}),
            json!({"Buckets": [{"Name": "models", "BucketRegion": here}]}),
        ),
        answer(
            "global",
            "iam:GetAccountAuthorizationDetails",
            json!({}),
            json!({"RoleDetailList": [{"RoleName": "ml", "Arn": role, "AttachedManagedPolicies": [
                {"PolicyName": "P", "PolicyArn": "arn:aws:iam::111122223333:policy/P"}]}],
                "Policies": [{"PolicyName": "P", "Arn": "arn:aws:iam::111122223333:policy/P"}], "IsTruncated": false}),
        ),
        answer(
            here,
            "sagemaker:DescribeApp",
            json!({"DomainId": "d", "UserProfileName": "u", "AppType": "JupyterLab", "AppName": "default"}),
            json!({"DomainId": "d", "UserProfileName": "u", "AppType": "JupyterLab", "AppName": "default"}),
        ),
        answer(
            here,
            "sagemaker:DescribeUserProfile",
            json!({"DomainId": "d", "UserProfileName": "u"}),
            json!({"DomainId": "d", "UserProfileName": "u"}),
        ),
    ])
}

/// Label, reference, id of the other or code of the gap.
fn shown(estate: &Estate, kind: &str, id: &str) -> Vec<String> {
    let place = Place::new(ACCOUNT, "eu-west-1");
    let resource = estate.find(kind, id, &place).expect("a resource");
    let relations = estate.relations_of(resource);
    let mut shown: Vec<_> = relations
        .iter()
        .filter(|relation| !relation.path.contains('#'))
        .map(|relation| {
            let to = match &relation.to {
                Ok(other) => other.id.clone(),
                Err(gap) => gap.code().to_owned(),
            };
            format!("{} {}", relation.label, to)
        })
        .collect();
    shown.sort();
    shown
}

#[test]
fn from_an_endpoint_to_its_artifact() {
    let estate = estate();
    assert_eq!(
        shown(&estate, "AWS::SageMaker::Endpoint", "e"),
        ["endpoint-config c"]
    );
    assert_eq!(
        shown(&estate, "AWS::SageMaker::EndpointConfig", "c"),
        ["key known_after_apply", "model m", "model unresolvable"]
    );
    assert_eq!(
        shown(&estate, "AWS::SageMaker::Model", "m"),
        ["bucket models", "image serve", "role ml"]
    );
    assert_eq!(
        shown(&estate, "AWS::IAM::Role", "ml"),
        [format!("policy arn:aws:iam::{ACCOUNT}:policy/P")]
    );
    assert_eq!(
        shown(&estate, "AWS::SageMaker::App", "d/u/-/JupyterLab/default"),
        ["domain not_collected", "user-profile d/u"]
    );
}

#[test]
fn relations_are_found_from_both_ends() {
    let estate = estate();
    let place = Place::new(ACCOUNT, "eu-west-1");
    let bucket = estate.find("AWS::S3::Bucket", "models", &place).unwrap();
    let related = estate.related_to(bucket);
    let from: Vec<_> = related
        .iter()
        .filter(|relation| relation.to == Ok(bucket))
        .map(|relation| (relation.from.kind, relation.reference.as_str()))
        .collect();
    assert_eq!(from, [("AWS::SageMaker::Model", "s3://models/m.tar.gz")]);
    // What could not be asked is said.
    let encryption = related
        .iter()
        .find(|relation| relation.label == "key")
        .unwrap();
    assert_eq!(
        encryption.to,
        Err(Gap::NotCollected {
            operation: "s3:GetBucketEncryption".to_owned()
        })
    );
    let all = estate.relations().count();
    let each: usize = estate
        .kinds()
        .flat_map(|kind| estate.resources(kind.name()))
        .map(|resource| estate.relations_of(resource).len())
        .sum();
    assert_eq!(all, each);
}
