//! Fields about images, buckets, accounts, instances and names in a request.

use serde_json::{Value, json};

use super::{OWN, asking, check, check_requests, derive, derive_with};
use crate::derive::KnownAccounts;

#[test]
fn images() {
    let ecr = |account: &str| format!("{account}.dkr.ecr.eu-west-1.amazonaws.com/team/app:1");
    let both = json!({"containers": [{"image": ecr(OWN)}, {"image": ecr("999988887777")}]});
    let digest = format!("{OWN}.dkr.ecr.eu-west-1.amazonaws.com/app@sha256:00");
    check_requests(
        "rempart.image.uris",
        &[
            (both.clone(), json!([ecr(OWN), ecr("999988887777")])),
            (json!({"baseImage": "python:3"}), json!(["python:3"])),
            (json!({"imageName": "x"}), Value::Null),
            (json!({"image": {"deep": [1]}}), Value::Null),
            (Value::Null, Value::Null),
        ],
    );
    check_requests(
        "rempart.image.repositories",
        &[
            (
                json!({"image": ecr(OWN)}),
                json!(["111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/app"]),
            ),
            (
                json!({"image": digest}),
                json!(["111122223333.dkr.ecr.eu-west-1.amazonaws.com/app"]),
            ),
            (json!({"image": "python:3"}), json!(["python"])),
            (
                json!({"image": "registry.example:5000/app"}),
                json!(["registry.example:5000/app"]),
            ),
            (
                json!({"image": "registry.example:5000/app:2@sha256:00"}),
                json!(["registry.example:5000/app"]),
            ),
            (json!({"image": "@:/é:"}), Value::Null),
            (json!({"image": ""}), Value::Null),
            (
                json!({"baseImage": "arn:aws:sagemaker:eu-west-1:111122223333:image/x"}),
                Value::Null,
            ),
        ],
    );
    check_requests(
        "rempart.image.foreign",
        &[
            (both, json!([ecr("999988887777")])),
            (json!({"image": ecr(OWN)}), Value::Null),
            (json!({"image": "python:3"}), Value::Null),
        ],
    );
    check_requests(
        "rempart.image.public",
        &[
            (
                json!({"image": "public.ecr.aws/x/y:1"}),
                json!(["public.ecr.aws/x/y:1"]),
            ),
            (json!({"image": "python:3"}), json!(["python:3"])),
            (json!({"image": ecr("999988887777")}), Value::Null),
            (json!({"image": ""}), Value::Null),
        ],
    );
    let trusted = KnownAccounts::new(["999988887777".to_owned()]);
    let record = asking(json!({"image": ecr("999988887777")}));
    assert_eq!(
        derive_with(&trusted, &record, "rempart.image.foreign"),
        Value::Null
    );
}

#[test]
fn foreign_arns() {
    let role = "arn:aws:iam::999988887777:role/x";
    let key = "arn:aws:kms:eu-west-1:999988887777:key/1";
    let own = "arn:aws:iam::111122223333:role/x";
    let request = json!({"roleArn": role, "list": [{"kmsKeyId": key}, own]});
    check_requests("rempart.foreign.roles", &[(request.clone(), json!([role]))]);
    check_requests("rempart.foreign.keys", &[(request.clone(), json!([key]))]);
    check_requests(
        "rempart.foreign.arns",
        &[
            (request, json!([role, key])),
            (json!({"a": own}), Value::Null),
            (json!({"a": "arn:aws:iam::"}), Value::Null),
            (
                json!({"a": "arn:aws:s3:::bucket/999988887777"}),
                Value::Null,
            ),
            (json!({"a": ["arn", 1, true, null]}), Value::Null),
        ],
    );
    // Nothing is foreign to an unknown account.
    let unknown = json!({"requestParameters": {"roleArn": role}});
    assert_eq!(derive(&unknown, "rempart.foreign.roles"), Value::Null);
}

#[test]
fn foreign_buckets() {
    check_requests(
        "rempart.foreign.buckets",
        &[
            (
                json!({"s3OutputPath": "s3://sagemaker-eu-west-1-999988887777/x"}),
                json!(["sagemaker-eu-west-1-999988887777"]),
            ),
            (
                json!({"bucketName": "data.999988887777"}),
                json!(["data.999988887777"]),
            ),
            (
                json!({"s3OutputPath": "s3://sagemaker-111122223333/x"}),
                Value::Null,
            ),
            (json!({"s3OutputPath": "s3://x1999988887777"}), Value::Null),
            (
                json!({"s3OutputPath": ["s3://", {"a": "s3:///"}]}),
                Value::Null,
            ),
        ],
    );
}

#[test]
fn foreign_accounts() {
    let foreign = json!(["999988887777"]);
    check_requests(
        "rempart.foreign.accounts",
        &[
            (
                json!({"createVolumePermission": {"add": {"items": [{"userId": "999988887777"}, {"userId": OWN}]}}}),
                foreign.clone(),
            ),
            (
                json!({"createVolumePermission": {"remove": {"items": [{"userId": "999988887777"}]}}}),
                Value::Null,
            ),
            (json!({"userIds": ["999988887777"]}), foreign.clone()),
            (
                json!({"principals": ["999988887777", "o-abc"]}),
                foreign.clone(),
            ),
            (json!({"valuesToAdd": ["999988887777"]}), foreign.clone()),
            (json!({"valuesToRemove": ["999988887777"]}), Value::Null),
            (
                json!({"accountIdsToAdd": [999_988_887_777_u64]}),
                foreign.clone(),
            ),
            (json!({"targetAccountId": "999988887777"}), foreign.clone()),
            (
                json!({"principal": {"dataLakePrincipalIdentifier": "999988887777"}}),
                foreign,
            ),
            (json!({"jobName": "999988887777"}), Value::Null),
            (json!({"userId": "99998888777"}), Value::Null),
            (json!({"userId": "９９９９８８８８７７７７"}), Value::Null),
            (json!({"userId": {"a": null}}), Value::Null),
            (json!("999988887777"), Value::Null),
        ],
    );
    let trusted = KnownAccounts::new(["999988887777".to_owned()]);
    let record = asking(json!({"userIds": ["999988887777", "888877776666"]}));
    assert_eq!(
        derive_with(&trusted, &record, "rempart.foreign.accounts"),
        json!(["888877776666"])
    );
}

#[test]
fn buckets_of_requests() {
    let request = json!({
        "inputDataConfig": [{"dataSource": {"s3DataSource": {"s3Uri": "s3://in/x"}}}],
        "outputDataConfig": {"s3OutputPath": "s3://out/x"},
        "code": "https://code.s3.eu-west-1.amazonaws.com/a.tar.gz",
        "old": "https://s3.amazonaws.com/old/a",
        "web": "https://example.com/no",
    });
    check_requests(
        "rempart.s3.outputs",
        &[
            (request.clone(), json!(["out"])),
            (
                json!({"dataCaptureConfig": {"destinationS3Uri": "s3://cap"}}),
                json!(["cap"]),
            ),
            (json!({"outputConfig": ["s3://", 1, null]}), Value::Null),
        ],
    );
    check_requests(
        "rempart.s3.inputs",
        &[
            (request, json!(["code", "in", "old"])),
            (
                json!({"modelDataUrl": "arn:aws:s3:::models/x"}),
                json!(["models"]),
            ),
            (json!({"modelDataUrl": {"a": {}}}), Value::Null),
        ],
    );
}

#[test]
fn instances() {
    check_requests(
        "rempart.instance.types",
        &[
            (
                json!({"resourceConfig": {"instanceType": "ml.p4d.24xlarge"}, "x": [{"InstanceType": "ml.m5.large"}]}),
                json!(["ml.m5.large", "ml.p4d.24xlarge"]),
            ),
            (json!({"instanceType": "system"}), Value::Null),
            (json!({"instanceType": {"a": 1}}), Value::Null),
        ],
    );
    let accelerated = |kind: &str| json!({ "instanceType": kind });
    check_requests(
        "rempart.instance.accelerated",
        &[
            (accelerated("ml.p4d.24xlarge"), json!(true)),
            (accelerated("g5.xlarge"), json!(true)),
            (accelerated("ml.trn1.32xlarge"), json!(true)),
            (accelerated("ml.inf2.xlarge"), json!(true)),
            (accelerated("ml.m5.large"), json!(false)),
            (accelerated("ml.."), json!(false)),
            (json!({}), Value::Null),
        ],
    );
    check_requests(
        "rempart.instance.count",
        &[
            (
                json!({"a": {"instanceCount": 2}, "b": [{"initialInstanceCount": 9}]}),
                json!(9.0),
            ),
            (json!({"maxCount": "4"}), json!(4.0)),
            (
                json!({"nodesToAdd": [{"incrementTargetCountBy": 16}]}),
                json!(16.0),
            ),
            (json!({"instanceCount": "many"}), Value::Null),
            (json!({"instanceCount": 1e40}), Value::Null),
            (json!({"instanceCount": [null, {}]}), Value::Null),
        ],
    );
}

#[test]
fn resource_name() {
    check_requests(
        "rempart.resource.name",
        &[
            (json!({"trainingJobName": "Churn-1"}), json!("churn-1")),
            (json!({"modelName": "m", "endpointName": "E"}), json!("e")),
            (
                json!({"endpointName": "e", "inferenceComponentName": "C"}),
                json!("c"),
            ),
            (json!({"jobName": "J"}), json!("j")),
            (
                json!({"trialComponentName": "T", "metricData": []}),
                json!("t"),
            ),
            (json!({"endpointName": 5, "modelName": "m"}), json!("m")),
            (json!({"deep": {"modelName": "m"}}), Value::Null),
            (json!([]), Value::Null),
            (Value::Null, Value::Null),
        ],
    );
    let invoke = |name: &str, resources: Value| json!({"eventName": name, "resources": resources});
    let arn = "arn:aws:sagemaker:eu-west-1:111122223333:endpoint/Fraud";
    check(
        "rempart.resource.name",
        &[
            (
                invoke(
                    "InvokeEndpoint",
                    json!([{"ARN": "arn:aws:s3:::x"}, {"ARN": arn}]),
                ),
                json!("fraud"),
            ),
            (
                invoke("InvokeEndpointWithResponseStream", json!([{"ARN": arn}])),
                json!("fraud"),
            ),
            (invoke("GetObject", json!([{"ARN": arn}])), Value::Null),
            (
                invoke("InvokeEndpoint", json!([{"ARN": 5}, "x", null])),
                Value::Null,
            ),
            (invoke("InvokeEndpoint", json!("x")), Value::Null),
        ],
    );
}
