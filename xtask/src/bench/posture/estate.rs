//! The estate of the benchmark: a mix of what ML platforms have much of.

use rempart_testkit::aws_double::{ACCOUNT, AwsDouble, FixtureError, REGION};
use serde_json::{Map, Value, json};

/// Fills the double with so many resources.
pub(super) fn fill(double: &AwsDouble, resources: usize) -> Result<(), FixtureError> {
    let share = |percent: usize| resources * percent / 100;
    double.set(
        "sts:GetCallerIdentity",
        json!({"Account": ACCOUNT, "UserId": "AROAEXAMPLE:bench",
            "Arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/reader/bench")}),
    )?;
    jobs(double, share(50), share(15))?;
    serving(double, share(10), share(8), share(2))?;
    notebooks(double, share(5))?;
    buckets(double, share(1))?;
    keys(double, share(2))?;
    roles(double, share(3))?;
    network(double, share(4))
}

fn arn(service: &str, rest: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}")
}

fn role(number: usize) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/ml-{}", number % 200)
}

fn key(number: usize) -> String {
    arn("kms", &format!("key/{:08}-0000-4000-8000-000000000000", number % 100))
}

/// The number at the end of a parameter.
fn number(parameters: &Map<String, Value>, name: &str) -> usize {
    let text = parameters.get(name).and_then(Value::as_str).unwrap_or_default();
    let digits = text.rsplit(['-', '/']).next().unwrap_or_default();
    digits.parse().unwrap_or_default()
}

fn list(count: usize, make: impl Fn(usize) -> Value) -> Value {
    Value::Array((0..count).map(make).collect())
}

fn jobs(double: &AwsDouble, training: usize, processing: usize) -> Result<(), FixtureError> {
    let summaries = list(training, |n| {
        json!({"TrainingJobName": format!("train-{n}"),
            "TrainingJobArn": arn("sagemaker", &format!("training-job/train-{n}")),
            "CreationTime": 1_790_000_000.0 + n as f64, "TrainingJobStatus": "Completed"})
    });
    double.set("sagemaker:ListTrainingJobs", json!({ "TrainingJobSummaries": summaries }))?;
    double.answer_with("sagemaker:DescribeTrainingJob", |parameters| {
        let n = number(parameters, "TrainingJobName");
        let parameters: Map<String, Value> = (0..12)
            .map(|i| (format!("parameter-{i}"), Value::String(format!("{}", n * i))))
            .collect();
        let mut job = json!({
            "TrainingJobName": format!("train-{n}"),
            "TrainingJobArn": arn("sagemaker", &format!("training-job/train-{n}")),
            "RoleArn": role(n), "TrainingJobStatus": "Completed", "SecondaryStatus": "Completed",
            "CreationTime": 1_790_000_000.0, "ModelArtifacts": {"S3ModelArtifacts": "s3://ml-1/model.tar.gz"},
            "AlgorithmSpecification": {"TrainingImage": format!("{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/train:1"), "TrainingInputMode": "File"},
            "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://ml-0/data/"}}}],
            "OutputDataConfig": {"S3OutputPath": "s3://ml-1/out/", "KmsKeyId": key(n)},
            "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1 + n % 3, "VolumeSizeInGB": 50},
            "VpcConfig": {"SecurityGroupIds": ["sg-00000001"], "Subnets": ["subnet-00000001"]},
            "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
            "EnableNetworkIsolation": n.is_multiple_of(2), "EnableInterContainerTrafficEncryption": true,
            "EnableManagedSpotTraining": false, "HyperParameters": parameters,
            "Environment": {"STAGE": "production", "OWNER": "risk"}
        });
        if n.is_multiple_of(4)
            && let Some(config) = job.get_mut("ResourceConfig")
        {
            config["VolumeKmsKeyId"] = Value::String(key(n));
        }
        job
    })?;
    let summaries = list(processing, |n| {
        json!({"ProcessingJobName": format!("process-{n}"),
            "ProcessingJobArn": arn("sagemaker", &format!("processing-job/process-{n}")),
            "CreationTime": 1_790_000_000.0 + n as f64, "ProcessingJobStatus": "Completed"})
    });
    double.set("sagemaker:ListProcessingJobs", json!({ "ProcessingJobSummaries": summaries }))?;
    double.answer_with("sagemaker:DescribeProcessingJob", |parameters| {
        let n = number(parameters, "ProcessingJobName");
        json!({
            "ProcessingJobName": format!("process-{n}"),
            "ProcessingJobArn": arn("sagemaker", &format!("processing-job/process-{n}")),
            "ProcessingJobStatus": "Completed", "CreationTime": 1_790_000_000.0, "RoleArn": role(n),
            "AppSpecification": {"ImageUri": format!("{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/process:1")},
            "ProcessingResources": {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 30}},
            "NetworkConfig": {"EnableNetworkIsolation": n.is_multiple_of(2)},
            "Environment": {"STAGE": "production"}
        })
    })
}

fn serving(
    double: &AwsDouble,
    models: usize,
    configurations: usize,
    endpoints: usize,
) -> Result<(), FixtureError> {
    let summaries = list(models, |n| {
        json!({"ModelName": format!("model-{n}"), "ModelArn": arn("sagemaker", &format!("model/model-{n}")),
            "CreationTime": 1_790_000_000.0})
    });
    double.set("sagemaker:ListModels", json!({ "Models": summaries }))?;
    double.answer_with("sagemaker:DescribeModel", |parameters| {
        let n = number(parameters, "ModelName");
        json!({
            "ModelName": format!("model-{n}"), "ModelArn": arn("sagemaker", &format!("model/model-{n}")),
            "CreationTime": 1_790_000_000.0, "ExecutionRoleArn": role(n),
            "PrimaryContainer": {"Image": format!("{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/serve:1"),
                "ModelDataUrl": "s3://ml-1/model.tar.gz", "Environment": {"WORKERS": "4"}},
            "EnableNetworkIsolation": n.is_multiple_of(3)
        })
    })?;
    let summaries = list(configurations, |n| {
        json!({"EndpointConfigName": format!("config-{n}"),
            "EndpointConfigArn": arn("sagemaker", &format!("endpoint-config/config-{n}")),
            "CreationTime": 1_790_000_000.0})
    });
    double.set("sagemaker:ListEndpointConfigs", json!({ "EndpointConfigs": summaries }))?;
    double.answer_with("sagemaker:DescribeEndpointConfig", |parameters| {
        let n = number(parameters, "EndpointConfigName");
        json!({
            "EndpointConfigName": format!("config-{n}"),
            "EndpointConfigArn": arn("sagemaker", &format!("endpoint-config/config-{n}")),
            "CreationTime": 1_790_000_000.0, "KmsKeyId": key(n),
            "ProductionVariants": [{"VariantName": "a", "ModelName": format!("model-{n}"),
                "InitialInstanceCount": 1 + n % 2, "InstanceType": "ml.m5.large"}]
        })
    })?;
    let summaries = list(endpoints, |n| {
        json!({"EndpointName": format!("endpoint-{n}"),
            "EndpointArn": arn("sagemaker", &format!("endpoint/endpoint-{n}")),
            "CreationTime": 1_790_000_000.0, "LastModifiedTime": 1_790_000_000.0, "EndpointStatus": "InService"})
    });
    double.set("sagemaker:ListEndpoints", json!({ "Endpoints": summaries }))?;
    double.answer_with("sagemaker:DescribeEndpoint", |parameters| {
        let n = number(parameters, "EndpointName");
        json!({
            "EndpointName": format!("endpoint-{n}"),
            "EndpointArn": arn("sagemaker", &format!("endpoint/endpoint-{n}")),
            "EndpointConfigName": format!("config-{n}"), "EndpointStatus": "InService",
            "CreationTime": 1_790_000_000.0, "LastModifiedTime": 1_790_000_000.0,
            "ProductionVariants": [{"VariantName": "a", "CurrentInstanceCount": 1}]
        })
    })
}

fn notebooks(double: &AwsDouble, count: usize) -> Result<(), FixtureError> {
    let summaries = list(count, |n| {
        json!({"NotebookInstanceName": format!("lab-{n}"),
            "NotebookInstanceArn": arn("sagemaker", &format!("notebook-instance/lab-{n}")),
            "NotebookInstanceStatus": "InService"})
    });
    double.set("sagemaker:ListNotebookInstances", json!({ "NotebookInstances": summaries }))?;
    double.answer_with("sagemaker:DescribeNotebookInstance", |parameters| {
        let n = number(parameters, "NotebookInstanceName");
        json!({
            "NotebookInstanceName": format!("lab-{n}"),
            "NotebookInstanceArn": arn("sagemaker", &format!("notebook-instance/lab-{n}")),
            "NotebookInstanceStatus": "InService", "InstanceType": "ml.t3.medium", "RoleArn": role(n),
            "SubnetId": "subnet-00000001", "SecurityGroups": ["sg-00000001"], "KmsKeyId": key(n),
            "DirectInternetAccess": if n.is_multiple_of(5) { "Enabled" } else { "Disabled" },
            "RootAccess": "Disabled", "PlatformIdentifier": "notebook-al2023-v1",
            "LastModifiedTime": 1_790_000_000.0, "CreationTime": 1_790_000_000.0,
            "InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": "2"}
        })
    })
}

fn buckets(double: &AwsDouble, count: usize) -> Result<(), FixtureError> {
    let buckets = list(count, |n| {
        json!({"Name": format!("ml-{n}"), "BucketRegion": REGION, "CreationDate": "2026-01-01T00:00:00Z"})
    });
    double.set("s3:ListBuckets", json!({ "Buckets": buckets }))?;
    let absent = |operation: &str, code: &str| double.error(operation, Value::Null, 404, code, "none");
    absent("s3:GetBucketPolicy", "NoSuchBucketPolicy")?;
    absent("s3:GetBucketLifecycleConfiguration", "NoSuchLifecycleConfiguration")?;
    absent("s3:GetObjectLockConfiguration", "ObjectLockConfigurationNotFoundError")?;
    double.set(
        "s3:GetBucketEncryption",
        json!({"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}}),
    )?;
    double.set("s3:GetBucketVersioning", json!({"Status": "Enabled"}))
}

fn keys(double: &AwsDouble, count: usize) -> Result<(), FixtureError> {
    let id = |n: usize| format!("{n:08}-0000-4000-8000-000000000000");
    let keys = list(count, |n| {
        json!({"KeyId": id(n), "KeyArn": arn("kms", &format!("key/{}", id(n)))})
    });
    double.set("kms:ListKeys", json!({ "Keys": keys }))?;
    double.answer_with("kms:DescribeKey", |parameters| {
        let id = parameters.get("KeyId").and_then(Value::as_str).unwrap_or_default().to_owned();
        json!({"KeyMetadata": {"KeyId": id, "Arn": arn("kms", &format!("key/{id}")), "AWSAccountId": ACCOUNT,
            "Enabled": true, "KeyManager": "CUSTOMER", "KeyState": "Enabled", "KeySpec": "SYMMETRIC_DEFAULT",
            "KeyUsage": "ENCRYPT_DECRYPT", "Origin": "AWS_KMS", "MultiRegion": false}})
    })?;
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")}, "Action": "kms:*", "Resource": "*"}]});
    double.set("kms:GetKeyPolicy", json!({"Policy": policy.to_string(), "PolicyName": "default"}))?;
    double.set("kms:GetKeyRotationStatus", json!({"KeyRotationEnabled": true}))
}

fn roles(double: &AwsDouble, count: usize) -> Result<(), FixtureError> {
    let trust = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22sagemaker.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";
    let policy = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%5B%22s3%3AGetObject%22%2C%22s3%3APutObject%22%5D%2C%22Resource%22%3A%22arn%3Aaws%3As3%3A%3A%3Aml-0%2F%2A%22%7D%5D%7D";
    let roles = list(count, |n| {
        json!({"RoleName": format!("ml-{n}"), "Arn": format!("arn:aws:iam::{ACCOUNT}:role/ml-{n}"),
            "RoleId": format!("AROA{n:016}"), "Path": "/", "CreateDate": "2026-01-01T00:00:00Z",
            "AssumeRolePolicyDocument": trust, "AttachedManagedPolicies": [], "InstanceProfileList": [], "Tags": [],
            "RolePolicyList": [{"PolicyName": "data", "PolicyDocument": policy}]})
    });
    double.set(
        "iam:GetAccountAuthorizationDetails",
        json!({"RoleDetailList": roles, "UserDetailList": [], "GroupDetailList": [], "Policies": []}),
    )
}

fn network(double: &AwsDouble, count: usize) -> Result<(), FixtureError> {
    double.set(
        "ec2:DescribeVpcs",
        json!({"Vpcs": [{"VpcId": "vpc-00000001", "OwnerId": ACCOUNT, "CidrBlock": "10.0.0.0/8"}]}),
    )?;
    let subnets = list(count / 2, |n| {
        json!({"SubnetId": format!("subnet-{n:08}"), "VpcId": "vpc-00000001", "OwnerId": ACCOUNT,
            "MapPublicIpOnLaunch": false, "CidrBlock": "10.0.0.0/24"})
    });
    double.set("ec2:DescribeSubnets", json!({ "Subnets": subnets }))?;
    double.set(
        "ec2:DescribeRouteTables",
        json!({"RouteTables": [{"RouteTableId": "rtb-00000001", "VpcId": "vpc-00000001", "OwnerId": ACCOUNT,
            "Associations": [{"Main": true, "RouteTableId": "rtb-00000001", "RouteTableAssociationId": "rtbassoc-1"}],
            "Routes": [{"DestinationCidrBlock": "10.0.0.0/8", "GatewayId": "local", "State": "active"}]}]}),
    )?;
    let groups = list(count / 2, |n| {
        json!({"GroupId": format!("sg-{n:08}"), "GroupName": format!("ml-{n}"), "VpcId": "vpc-00000001",
            "OwnerId": ACCOUNT, "Description": "ml",
            "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}],
            "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]})
    });
    double.set("ec2:DescribeSecurityGroups", json!({ "SecurityGroups": groups }))
}
