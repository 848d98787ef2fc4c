//! An account of a company that trains a lot: mostly jobs, models and endpoints, and what they need.

use rempart_testkit::aws_double::{ACCOUNT, AwsDouble, FixtureError, REGION};
use serde_json::{Map, Value, json};

/// Kinds and their share in ten thousand.
const TRAINING: usize = 4_000;
const PROCESSING: usize = 1_200;
const TRANSFORM: usize = 800;
const MODELS: usize = 1_200;
const CONFIGS: usize = 800;
const ENDPOINTS: usize = 400;
const PACKAGES: usize = 400;
const FEATURE_GROUPS: usize = 300;
const NOTEBOOKS: usize = 200;
const ROLES: usize = 200;
const BUCKETS: usize = 150;
const KEYS: usize = 100;
const GROUPS: usize = 150;
const USERS: usize = 100;

/// 2026-11-01T00:00:00Z.
const TIME: f64 = 1_793_491_200.0;

/// Fills the double; returns the number of resources.
pub(super) fn fill(double: &AwsDouble, resources: usize) -> Result<usize, FixtureError> {
    let of = |share: usize| (resources * share / 10_000).max(1);
    double.set(
        "sts:GetCallerIdentity",
        json!({"Account": ACCOUNT, "Arn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/reader/s")}),
    )?;
    jobs(double, &of)?;
    models(double, &of)?;
    searched(double, &of)?;
    double.set(
        "sagemaker:ListNotebookInstances",
        json!({"NotebookInstances": items(of(NOTEBOOKS), |n| json!({
            "NotebookInstanceName": format!("notebook-{n}"),
            "NotebookInstanceArn": arn("notebook-instance", &format!("notebook-{n}")),
            "CreationTime": TIME,
        }))}),
    )?;
    double.answer_with("sagemaker:DescribeNotebookInstance", notebook)?;
    double.answer_with("sagemaker:ListTags", |_| {
        json!({"Tags": [{"Key": "team", "Value": "churn"}, {"Key": "environment", "Value": "prod"}]})
    })?;
    account(double, &of)?;
    let all = [
        TRAINING,
        PROCESSING,
        TRANSFORM,
        MODELS,
        CONFIGS,
        ENDPOINTS,
        PACKAGES,
        FEATURE_GROUPS,
        NOTEBOOKS,
        ROLES,
        BUCKETS,
        KEYS,
        GROUPS,
        USERS,
    ];
    Ok(all.into_iter().map(of).sum())
}

fn items(count: usize, item: impl Fn(usize) -> Value) -> Vec<Value> {
    (0..count).map(item).collect()
}

fn arn(kind: &str, name: &str) -> String {
    format!("arn:aws:sagemaker:{REGION}:{ACCOUNT}:{kind}/{name}")
}

fn role(number: usize) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/role-{}", number % 100)
}

fn key(number: usize) -> String {
    format!(
        "arn:aws:kms:{REGION}:{ACCOUNT}:key/{}",
        key_id(number % 100)
    )
}

fn key_id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn bucket(number: usize) -> String {
    format!("bucket-{}", number % 100)
}

fn image(number: usize) -> String {
    format!(
        "{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/image-{}:latest",
        number % 7
    )
}

fn vpc(number: usize) -> Value {
    json!({"Subnets": [format!("subnet-{:08x}", number % 4)], "SecurityGroupIds": [format!("sg-{:08x}", number % 100)]})
}

/// Name and number of what is asked for.
fn asked(given: &Map<String, Value>, parameter: &str) -> (String, usize) {
    let name = given
        .get(parameter)
        .and_then(Value::as_str)
        .unwrap_or_default();
    let number = name
        .rsplit(['-', '/'])
        .next()
        .and_then(|end| end.parse().ok());
    (name.to_owned(), number.unwrap_or_default())
}

/// Adds members under a condition, since few resources have everything.
fn with(mut body: Value, condition: bool, more: Value) -> Value {
    if let (true, Value::Object(members), Value::Object(more)) = (condition, &mut body, more) {
        members.extend(more);
    }
    body
}

fn listed(
    double: &AwsDouble,
    list: &str,
    member: &str,
    what: (&str, &str),
    count: usize,
    more: Value,
) -> Result<(), FixtureError> {
    let (prefix, kind) = what;
    let list_items = items(count, |n| {
        let name = format!("{kind}-{n}");
        let body = json!({
            format!("{prefix}Name"): name,
            format!("{prefix}Arn"): arn(kind, &name),
            "CreationTime": TIME + n as f64,
        });
        with(body, true, more.clone())
    });
    double.set(list, json!({ member: list_items }))
}

fn jobs(double: &AwsDouble, of: &dyn Fn(usize) -> usize) -> Result<(), FixtureError> {
    let done = |name: &str| json!({ name: "Completed" });
    listed(
        double,
        "sagemaker:ListTrainingJobs",
        "TrainingJobSummaries",
        ("TrainingJob", "training-job"),
        of(TRAINING),
        done("TrainingJobStatus"),
    )?;
    double.answer_with("sagemaker:DescribeTrainingJob", |given| {
        let (name, n) = asked(given, "TrainingJobName");
        training_job(&name, n, true)
    })?;
    listed(
        double,
        "sagemaker:ListProcessingJobs",
        "ProcessingJobSummaries",
        ("ProcessingJob", "processing-job"),
        of(PROCESSING),
        done("ProcessingJobStatus"),
    )?;
    double.answer_with("sagemaker:DescribeProcessingJob", |given| {
        let (name, n) = asked(given, "ProcessingJobName");
        let body = json!({
            "ProcessingJobName": name,
            "ProcessingJobArn": arn("processing-job", &name),
            "ProcessingJobStatus": "Completed",
            "AppSpecification": {"ImageUri": image(n), "ContainerEntrypoint": ["python3", "/opt/ml/processing/input/code/preprocess.py"]},
            "Environment": {"LOG_LEVEL": "INFO"},
            "ProcessingInputs": [{"InputName": "data", "AppManaged": false, "S3Input": {"S3Uri": format!("s3://{}/raw/", bucket(n)), "LocalPath": "/opt/ml/processing/input", "S3DataType": "S3Prefix", "S3InputMode": "File"}}],
            "ProcessingOutputConfig": {"Outputs": [{"OutputName": "train", "AppManaged": false, "S3Output": {"S3Uri": format!("s3://{}/train/", bucket(n)), "LocalPath": "/opt/ml/processing/train", "S3UploadMode": "EndOfJob"}}]},
            "ProcessingResources": {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 30}},
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
            "RoleArn": role(n),
            "CreationTime": TIME,
        });
        let network = json!({"NetworkConfig": {"EnableNetworkIsolation": n.is_multiple_of(2), "EnableInterContainerTrafficEncryption": n.is_multiple_of(4), "VpcConfig": vpc(n)}});
        with(body, !n.is_multiple_of(3), network)
    })?;
    listed(
        double,
        "sagemaker:ListTransformJobs",
        "TransformJobSummaries",
        ("TransformJob", "transform-job"),
        of(TRANSFORM),
        done("TransformJobStatus"),
    )?;
    double.answer_with("sagemaker:DescribeTransformJob", |given| {
        let (name, n) = asked(given, "TransformJobName");
        json!({
            "TransformJobName": name,
            "TransformJobArn": arn("transform-job", &name),
            "TransformJobStatus": "Completed",
            "ModelName": format!("model-{n}"),
            "TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": format!("s3://{}/in/", bucket(n))}}, "ContentType": "text/csv"},
            "TransformOutput": with(json!({"S3OutputPath": format!("s3://{}/out/", bucket(n))}), n.is_multiple_of(2), json!({"KmsKeyId": key(n)})),
            "TransformResources": with(json!({"InstanceType": "ml.m5.xlarge", "InstanceCount": 1}), n.is_multiple_of(3), json!({"VolumeKmsKeyId": key(n)})),
            "CreationTime": TIME,
        })
    })
}

fn training_job(name: &str, n: usize, described: bool) -> Value {
    let body = json!({
        "TrainingJobName": name,
        "TrainingJobArn": arn("training-job", name),
        "ModelArtifacts": {"S3ModelArtifacts": format!("s3://{}/out/{name}/output/model.tar.gz", bucket(n))},
        "TrainingJobStatus": "Completed",
        "SecondaryStatus": "Completed",
        "HyperParameters": {"epochs": "10", "learning_rate": "0.001", "batch_size": "256", "sagemaker_program": "train.py"},
        "AlgorithmSpecification": {"TrainingImage": image(n), "TrainingInputMode": "File", "EnableSageMakerMetricsTimeSeries": true},
        "RoleArn": role(n),
        "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": format!("s3://{}/train/", bucket(n)), "S3DataDistributionType": "FullyReplicated"}}, "CompressionType": "None", "RecordWrapperType": "None"}],
        "OutputDataConfig": with(json!({"S3OutputPath": format!("s3://{}/out/", bucket(n))}), n.is_multiple_of(2), json!({"KmsKeyId": key(n)})),
        "ResourceConfig": with(json!({"InstanceType": "ml.p3.2xlarge", "InstanceCount": 1 + n % 3, "VolumeSizeInGB": 100}), n.is_multiple_of(2), json!({"VolumeKmsKeyId": key(n)})),
        "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
        "CreationTime": TIME,
        "TrainingStartTime": TIME,
        "TrainingEndTime": TIME + 3600.0,
        "LastModifiedTime": TIME + 3600.0,
        "SecondaryStatusTransitions": [
            {"Status": "Starting", "StartTime": TIME, "EndTime": TIME + 60.0, "StatusMessage": "Preparing the instances for training"},
            {"Status": "Training", "StartTime": TIME + 60.0, "EndTime": TIME + 3500.0, "StatusMessage": "Training image download completed. Training in progress."},
            {"Status": "Completed", "StartTime": TIME + 3500.0, "EndTime": TIME + 3600.0, "StatusMessage": "Training job completed"},
        ],
        "EnableNetworkIsolation": n.is_multiple_of(2),
        "EnableInterContainerTrafficEncryption": n.is_multiple_of(5),
        "EnableManagedSpotTraining": false,
        "Environment": {"LOG_LEVEL": "INFO"},
    });
    let body = with(body, !n.is_multiple_of(3), json!({"VpcConfig": vpc(n)}));
    with(
        body,
        described,
        json!({"RemoteDebugConfig": {"EnableRemoteDebug": false}, "ProfilingStatus": "Disabled"}),
    )
}

fn model(name: &str, n: usize) -> Value {
    let body = json!({
        "ModelName": name,
        "ModelArn": arn("model", name),
        "PrimaryContainer": {"Image": image(n), "Mode": "SingleModel", "ModelDataUrl": format!("s3://{}/model.tar.gz", bucket(n)), "Environment": {"SAGEMAKER_PROGRAM": "inference.py"}},
        "ExecutionRoleArn": role(n),
        "CreationTime": TIME,
        "EnableNetworkIsolation": n.is_multiple_of(2),
    });
    with(body, n.is_multiple_of(2), json!({"VpcConfig": vpc(n)}))
}

fn models(double: &AwsDouble, of: &dyn Fn(usize) -> usize) -> Result<(), FixtureError> {
    let nothing = json!({});
    listed(
        double,
        "sagemaker:ListModels",
        "Models",
        ("Model", "model"),
        of(MODELS),
        nothing.clone(),
    )?;
    listed(
        double,
        "sagemaker:ListEndpointConfigs",
        "EndpointConfigs",
        ("EndpointConfig", "endpoint-config"),
        of(CONFIGS),
        nothing,
    )?;
    double.answer_with("sagemaker:DescribeEndpointConfig", |given| {
        let (name, n) = asked(given, "EndpointConfigName");
        let body = json!({
            "EndpointConfigName": name,
            "EndpointConfigArn": arn("endpoint-config", &name),
            "ProductionVariants": [{"VariantName": "main", "ModelName": format!("model-{n}"), "InitialInstanceCount": 1 + n % 3, "InstanceType": "ml.m5.large", "InitialVariantWeight": 1.0}],
            "CreationTime": TIME,
        });
        let body = with(body, n.is_multiple_of(2), json!({"KmsKeyId": key(n)}));
        with(body, n.is_multiple_of(3), json!({"DataCaptureConfig": {"EnableCapture": true, "InitialSamplingPercentage": 100, "DestinationS3Uri": format!("s3://{}/capture", bucket(n)), "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}]}}))
    })?;
    listed(
        double,
        "sagemaker:ListEndpoints",
        "Endpoints",
        ("Endpoint", "endpoint"),
        of(ENDPOINTS),
        json!({"EndpointStatus": "InService", "LastModifiedTime": TIME}),
    )?;
    double.answer_with("sagemaker:DescribeEndpoint", |given| {
        let (name, n) = asked(given, "EndpointName");
        json!({
            "EndpointName": name,
            "EndpointArn": arn("endpoint", &name),
            "EndpointConfigName": format!("endpoint-config-{n}"),
            "EndpointStatus": "InService",
            "ProductionVariants": [{"VariantName": "main", "CurrentInstanceCount": 1, "DesiredInstanceCount": 1}],
            "CreationTime": TIME,
            "LastModifiedTime": TIME,
        })
    })
}

/// What a search returns whole.
fn searched(double: &AwsDouble, of: &dyn Fn(usize) -> usize) -> Result<(), FixtureError> {
    let results =
        |count: usize, result: &dyn Fn(usize) -> Value| json!({"Results": items(count, result)});
    let search = |kind: &str, body: Value| {
        double.answer("sagemaker:Search", json!({"Resource": kind}), body)
    };
    search(
        "TrainingJob",
        results(
            of(TRAINING),
            &|n| json!({"TrainingJob": training_job(&format!("training-job-{n}"), n, false)}),
        ),
    )?;
    search(
        "Model",
        results(
            of(MODELS),
            &|n| json!({"Model": {"Model": model(&format!("model-{n}"), n)}}),
        ),
    )?;
    let package = |n: usize| arn("model-package", &format!("group-{}/{n}", n % 50));
    double.set(
        "sagemaker:ListModelPackages",
        json!({"ModelPackageSummaryList": items(of(PACKAGES), |n| json!({
            "ModelPackageGroupName": format!("group-{}", n % 50),
            "ModelPackageVersion": n,
            "ModelPackageArn": package(n),
            "ModelPackageStatus": "Completed",
            "CreationTime": TIME,
        }))}),
    )?;
    search(
        "ModelPackage",
        results(of(PACKAGES), &|n| {
            json!({"ModelPackage": {
                "ModelPackageGroupName": format!("group-{}", n % 50),
                "ModelPackageVersion": n,
                "ModelPackageArn": package(n),
                "ModelPackageStatus": "Completed",
                "ModelApprovalStatus": "Approved",
                "InferenceSpecification": {"Containers": [{"Image": image(n), "ModelDataUrl": format!("s3://{}/model.tar.gz", bucket(n))}]},
                "CreationTime": TIME,
            }})
        }),
    )?;
    listed(
        double,
        "sagemaker:ListFeatureGroups",
        "FeatureGroupSummaries",
        ("FeatureGroup", "feature-group"),
        of(FEATURE_GROUPS),
        json!({"FeatureGroupStatus": "Created"}),
    )?;
    search(
        "FeatureGroup",
        results(of(FEATURE_GROUPS), &|n| {
            json!({"FeatureGroup": {
                "FeatureGroupName": format!("feature-group-{n}"),
                "FeatureGroupArn": arn("feature-group", &format!("feature-group-{n}")),
                "RecordIdentifierFeatureName": "id",
                "EventTimeFeatureName": "time",
                "FeatureDefinitions": [{"FeatureName": "id", "FeatureType": "String"}, {"FeatureName": "time", "FeatureType": "Fractional"}],
                "OnlineStoreConfig": with(json!({"EnableOnlineStore": true}), n.is_multiple_of(2), json!({"SecurityConfig": {"KmsKeyId": key(n)}})),
                "OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": format!("s3://{}/features", bucket(n)), "KmsKeyId": key(n)}, "DisableGlueTableCreation": true},
                "RoleArn": role(n),
                "FeatureGroupStatus": "Created",
                "CreationTime": TIME,
            }})
        }),
    )
}

fn notebook(given: &Map<String, Value>) -> Value {
    let (name, n) = asked(given, "NotebookInstanceName");
    let body = json!({
        "NotebookInstanceName": name,
        "NotebookInstanceArn": arn("notebook-instance", &name),
        "NotebookInstanceStatus": "InService",
        "InstanceType": "ml.t3.medium",
        "RoleArn": role(n),
        "DirectInternetAccess": if n.is_multiple_of(2) { "Enabled" } else { "Disabled" },
        "RootAccess": if n.is_multiple_of(3) { "Enabled" } else { "Disabled" },
        "VolumeSizeInGB": 20,
        "PlatformIdentifier": "notebook-al2-v2",
        "InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": "2"},
        "SubnetId": format!("subnet-{:08x}", n % 4),
        "SecurityGroups": [format!("sg-{:08x}", n % 100)],
        "CreationTime": TIME,
        "LastModifiedTime": TIME,
    });
    with(body, n.is_multiple_of(2), json!({"KmsKeyId": key(n)}))
}

fn account(double: &AwsDouble, of: &dyn Fn(usize) -> usize) -> Result<(), FixtureError> {
    let trust = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22sagemaker.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";
    let reading = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%5B%22s3%3AGetObject%22%2C%22s3%3APutObject%22%5D%2C%22Resource%22%3A%22arn%3Aaws%3As3%3A%3A%3Abucket-1%2F%2A%22%7D%5D%7D";
    let roles = items(of(ROLES), |n| {
        json!({
            "RoleName": format!("role-{n}"), "RoleId": format!("AROA{n:016}"), "Path": "/",
            "Arn": format!("arn:aws:iam::{ACCOUNT}:role/role-{n}"),
            "CreateDate": TIME, "AssumeRolePolicyDocument": trust,
            "RolePolicyList": [{"PolicyName": "data", "PolicyDocument": reading}],
            "AttachedManagedPolicies": [], "InstanceProfileList": [], "Tags": [],
            "RoleLastUsed": {"LastUsedDate": TIME, "Region": REGION},
        })
    });
    let users = items(of(USERS), |n| {
        json!({
            "UserName": format!("user-{n}"), "UserId": format!("AIDA{n:016}"), "Path": "/",
            "Arn": format!("arn:aws:iam::{ACCOUNT}:user/user-{n}"),
            "CreateDate": TIME, "GroupList": [], "AttachedManagedPolicies": [],
        })
    });
    double.set("iam:ListUsers", json!({"IsTruncated": false, "Users": users.iter().map(|user| {
        let take = |name: &str| user.get(name).cloned().unwrap_or_default();
        json!({"UserName": take("UserName"), "UserId": take("UserId"), "Path": "/", "Arn": take("Arn"), "CreateDate": TIME})
    }).collect::<Vec<_>>()}))?;
    double.set("iam:GetAccountAuthorizationDetails", json!({
        "RoleDetailList": roles, "UserDetailList": users, "GroupDetailList": [], "Policies": [], "IsTruncated": false,
    }))?;
    double.set(
        "s3:ListBuckets",
        json!({"Buckets": items(of(BUCKETS), |n| json!({
            "Name": format!("bucket-{n}"), "BucketRegion": REGION, "CreationDate": TIME,
        }))}),
    )?;
    for (operation, code) in [
        ("s3:GetBucketPolicy", "NoSuchBucketPolicy"),
        ("s3:GetBucketPolicyStatus", "NoSuchBucketPolicy"),
        (
            "s3:GetObjectLockConfiguration",
            "ObjectLockConfigurationNotFoundError",
        ),
        (
            "s3:GetBucketLifecycleConfiguration",
            "NoSuchLifecycleConfiguration",
        ),
    ] {
        double.error(operation, Value::Null, 404, code, "There is none")?;
    }
    double.set("s3:GetPublicAccessBlock", json!({"PublicAccessBlockConfiguration": {
        "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true,
    }}))?;
    double.set(
        "kms:ListKeys",
        json!({"Keys": items(of(KEYS), |n| json!({
        "KeyId": key_id(n), "KeyArn": format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/{}", key_id(n)),
    })), "Truncated": false}),
    )?;
    double.answer_with("kms:DescribeKey", |given| {
        let (id, _) = asked(given, "KeyId");
        json!({"KeyMetadata": {
            "KeyId": id, "Arn": format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/{id}"),
            "AWSAccountId": ACCOUNT, "Enabled": true, "KeyState": "Enabled", "KeyManager": "CUSTOMER",
            "KeyUsage": "ENCRYPT_DECRYPT", "Origin": "AWS_KMS", "MultiRegion": false, "CreationDate": TIME,
        }})
    })?;
    double.set("kms:GetKeyPolicy", json!({"PolicyName": "default", "Policy": format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{ACCOUNT}:root"}},"Action":"kms:*","Resource":"*"}}]}}"#
    )}))?;
    double.set(
        "kms:GetKeyRotationStatus",
        json!({"KeyRotationEnabled": true}),
    )?;
    double.set("ec2:DescribeSubnets", json!({"Subnets": items(4, |n| json!({
        "SubnetId": format!("subnet-{n:08x}"), "VpcId": "vpc-00000001", "MapPublicIpOnLaunch": false, "OwnerId": ACCOUNT,
    }))}))?;
    double.set(
        "ec2:DescribeVpcs",
        json!({"Vpcs": [{"VpcId": "vpc-00000001", "OwnerId": ACCOUNT, "IsDefault": false}]}),
    )?;
    double.set("ec2:DescribeSecurityGroups", json!({"SecurityGroups": items(of(GROUPS), |n| json!({
        "GroupId": format!("sg-{n:08x}"), "GroupName": format!("group-{n}"), "VpcId": "vpc-00000001", "OwnerId": ACCOUNT,
        "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}],
        "IpPermissionsEgress": [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}],
    }))}))
}
