//! Working days of the people in Studio.

use serde_json::json;

use super::cast::{
    ARTIFACT_BUCKET, DATA_KEY, DEV, DEV_GATEWAY, DOMAIN, NOTEBOOK_ROLE, PYTORCH_IMAGE, Person,
    STUDIO_PEOPLE, TRAINING_BUCKET, XGBOOST_IMAGE,
};
use super::stage::Stage;
use crate::record::{Actor, Agent, Client, Record, Role};
use crate::time::{HOUR, MINUTE, Time};

/// A working day of everybody.
pub(super) fn working_day(stage: &mut Stage, day: Time) {
    for (index, person) in STUDIO_PEOPLE.iter().enumerate() {
        // Nobody works every day: one person in nine is away.
        if (day.0 / 86_400 + index as i64 * 4) % 9 == 0 {
            continue;
        }
        sign_in(stage, person, DEV, day);
        open_studio(stage, person, day);
        notebook_work(stage, person, day);
        if stage.random.chance(70) {
            training(stage, person, day);
        }
        if stage.random.chance(60) {
            experiment_tracking(stage, person, day);
        }
        match person.name {
            "erossi" => feature_work(stage, person, day),
            "dnovak" if day.weekday() == 2 => tuning(stage, person, day),
            "cokafor" => review(stage, person, day),
            _ => {}
        }
        close_studio(stage, person, day);
    }
}

/// The federated sign-in to the console: the second factor is checked by the identity provider, so
/// the record itself says `MFAUsed: No`.
pub(super) fn sign_in(stage: &mut Stage, person: &Person, account: &'static str, day: Time) {
    let console = person.console(account, day);
    let time = day.plus(7 * HOUR + 1_543);
    let role = person.reserved_role(account);
    let mut saml = Actor::service(account, "sso");
    saml.identity = json!({
        "type": "SAMLUser",
        "principalId": format!("AWSSSO_example_DO_NOT_DELETE:{}", person.name),
        "userName": person.name,
        "identityProvider": "AWSSSO_example_DO_NOT_DELETE",
    });
    saml.client = Client::new(person.address, Agent::Java);
    stage.emit(
        Record::call(&saml, time, "sts", "AssumeRoleWithSAML")
            .request(json!({ "roleArn": role.arn(), "principalArn": format!("arn:aws:iam::{account}:saml-provider/AWSSSO_example_DO_NOT_DELETE"), "roleSessionName": person.name, "durationSeconds": 28_800 }))
            .response(json!({ "assumedRoleUser": { "assumedRoleId": format!("{}:{}", role.id(), person.name), "arn": role.session_arn(person.name) }, "subjectType": "persistent" }))
            .resource("AWS::IAM::Role", account, &role.arn()),
    );
    stage.emit(
        Record::call(&console, time.plus(2), "signin", "ConsoleLogin")
            .response(json!({ "ConsoleLogin": "Success" }))
            .additional(json!({ "LoginTo": "https://eu-west-1.console.aws.amazon.com/sagemaker/home", "MobileVersion": "No", "MFAUsed": "No" }))
            .event_type("AwsConsoleSignIn"),
    );
}

fn open_studio(stage: &mut Stage, person: &Person, day: Time) {
    let console = person.console(DEV, day);
    let mut time = day.plus(7 * HOUR + 1_600 + stage.random.between(0, 900));
    for name in [
        "ListDomains",
        "DescribeDomain",
        "ListUserProfiles",
        "DescribeUserProfile",
        "ListSpaces",
        "ListApps",
    ] {
        stage.read(
            &console,
            time,
            "sagemaker",
            name,
            match name {
                "DescribeUserProfile" => {
                    json!({ "domainId": DOMAIN, "userProfileName": person.name })
                }
                "ListDomains" => json!({ "maxResults": 50 }),
                "DescribeDomain" => json!({ "domainId": DOMAIN }),
                _ => json!({ "domainIdEquals": DOMAIN, "maxResults": 100 }),
            },
        );
        time = time.plus(stage.random.between(1, 9));
    }
    stage.emit(
        Record::call(&console, time, "sagemaker", "CreatePresignedDomainUrl")
            .request(json!({ "domainId": DOMAIN, "userProfileName": person.name, "sessionExpirationDurationInSeconds": 43_200, "expiresInSeconds": 5 }))
            .response(json!({ "authorizedUrl": "HIDDEN_DUE_TO_SECURITY_REASONS" })),
    );
    let space = format!("{}-lab", person.name);
    stage.emit(
        Record::call(&console, time.plus(40), "sagemaker", "CreateApp")
            .request(json!({
                "domainId": DOMAIN, "spaceName": space, "appType": "JupyterLab", "appName": "default",
                "resourceSpec": { "instanceType": "ml.t3.large", "sageMakerImageArn": "arn:aws:sagemaker:eu-west-1:819792524951:image/sagemaker-distribution-cpu", "sageMakerImageVersionAlias": "2.4.1", "lifecycleConfigArn": format!("arn:aws:sagemaker:eu-west-1:{DEV}:studio-lifecycle-config/auto-stop-idle") },
                "tags": person.tags(),
            }))
            .response(json!({ "appArn": format!("arn:aws:sagemaker:eu-west-1:{DEV}:app/{DOMAIN}/{space}/jupyterlab/default") })),
    );
    stage.assume_by_service(person.role, time.plus(44), "sagemaker", "SageMaker");
    for poll in 0..4 {
        stage.read(&console, time.plus(50 + poll * 15), "sagemaker", "DescribeApp", json!({ "domainId": DOMAIN, "spaceName": space, "appType": "JupyterLab", "appName": "default" }));
    }
}

fn notebook_work(stage: &mut Stage, person: &Person, day: Time) {
    let studio = person.studio(day);
    let gateway = studio.with(Client::new(DEV_GATEWAY, Agent::StudioSdk));
    stage.emit(
        Record::call(&gateway, day.at(8, 6), "sts", "GetCallerIdentity")
            .response(serde_json::Value::Null),
    );
    let rounds = stage.random.between(9, 15);
    for _ in 0..rounds {
        let time = day.plus(stage.random.between(8 * HOUR + 600, 17 * HOUR));
        let part = stage.random.below(40);
        let key = format!("{}/train/part-{part:05}.parquet", person.project);
        match stage.random.below(9) {
            0 => {
                stage.read(&studio, time, "s3", "ListObjects", json!({ "list-type": "2", "bucketName": TRAINING_BUCKET, "prefix": format!("{}/", person.project), "encoding-type": "url", "Host": format!("{TRAINING_BUCKET}.s3.eu-west-1.amazonaws.com") }));
            }
            1..=3 => {
                let size = stage.random.between(900_000, 30_000_000);
                stage.object(&studio, time, "GetObject", TRAINING_BUCKET, &key, size);
                let through = studio.through("s3");
                stage.decrypt(
                    &through,
                    time,
                    json!({ "aws:s3:arn": format!("arn:aws:s3:::{TRAINING_BUCKET}") }),
                );
            }
            4 => {
                let stamp = stage.random.hex(8);
                stage.object(
                    &studio,
                    time,
                    "PutObject",
                    ARTIFACT_BUCKET,
                    &format!("notebooks/{}/scratch-{stamp}.parquet", person.name),
                    482_113,
                );
            }
            5 => {
                let query = stage.random.uuid();
                stage.emit(
                    Record::call(&studio, time, "athena", "StartQueryExecution")
                        .request(json!({ "queryString": "***OMITTED***", "clientRequestToken": stage.random.uuid(), "queryExecutionContext": { "database": format!("lake_{}", person.project) }, "workGroup": "ml-development" }))
                        .response(json!({ "queryExecutionId": query })),
                );
                stage.read(
                    &studio,
                    time.plus(6),
                    "athena",
                    "GetQueryResults",
                    json!({ "queryExecutionId": query, "maxResults": 1000 }),
                );
            }
            6 => {
                stage.read(&studio, time, "glue", "GetTable", json!({ "databaseName": format!("lake_{}", person.project), "name": stage.random.pick(["customers", "transactions", "events", "labels"]) }));
            }
            7 => {
                stage.read(&studio, time, "sagemaker", "ListTrainingJobs", json!({ "nameContains": person.project, "maxResults": 20, "sortBy": "CreationTime" }));
            }
            _ => {
                stage.read(&studio, time, "logs", "GetLogEvents", json!({ "logGroupName": "/aws/sagemaker/TrainingJobs", "logStreamName": format!("{}-{}/algo-1", person.project, stage.random.hex(8)), "startFromHead": true }));
            }
        }
    }
}

/// The old notebook instance of the fraud team: it reads data and lists jobs.
pub(super) fn legacy_notebook(stage: &mut Stage, day: Time) {
    let started = day.plus(8 * HOUR + 700);
    let endpoint = Client::private("10.20.6.9", Agent::StudioSdk, "vpce-0a1b2c3d4e5f60718");
    let session = NOTEBOOK_ROLE.session("SageMaker", started, endpoint);
    stage.assume_by_service(NOTEBOOK_ROLE, started, "sagemaker", "SageMaker");
    let gateway = session.with(Client::new(DEV_GATEWAY, Agent::StudioSdk));
    stage.read(
        &gateway,
        started.plus(60),
        "sts",
        "GetCallerIdentity",
        serde_json::Value::Null,
    );
    for _ in 0..stage.random.between(3, 7) {
        let time = started.plus(stage.random.between(300, 6 * HOUR));
        let key = format!("fraud/train/part-{:05}.parquet", stage.random.below(40));
        stage.object(
            &session,
            time,
            "GetObject",
            TRAINING_BUCKET,
            &key,
            8_113_402,
        );
        stage.read(
            &session,
            time.plus(40),
            "sagemaker",
            "ListTrainingJobs",
            json!({ "nameContains": "fraud", "maxResults": 10 }),
        );
    }
}

fn training(stage: &mut Stage, person: &Person, day: Time) {
    let studio = person.studio(day);
    let started = day.plus(stage.random.between(9 * HOUR, 15 * HOUR));
    let job = format!("{}-{}-{}", person.project, person.name, stage.random.hex(8));
    let accelerated = person.instance.starts_with("ml.g");
    let image = if accelerated {
        PYTORCH_IMAGE
    } else {
        XGBOOST_IMAGE
    };
    let request = json!({
        "trainingJobName": job,
        "algorithmSpecification": { "trainingImage": image, "trainingInputMode": "File", "enableSageMakerMetricsTimeSeries": true },
        "roleArn": person.role.arn(),
        "inputDataConfig": [{ "channelName": "train", "dataSource": { "s3DataSource": { "s3DataType": "S3Prefix", "s3Uri": format!("s3://{TRAINING_BUCKET}/{}/train/", person.project), "s3DataDistributionType": "FullyReplicated" } }, "compressionType": "None" }],
        "outputDataConfig": { "s3OutputPath": format!("s3://{ARTIFACT_BUCKET}/{}/output", person.project), "kmsKeyId": DATA_KEY },
        "resourceConfig": { "instanceType": person.instance, "instanceCount": 1, "volumeSizeInGB": 100, "volumeKmsKeyId": DATA_KEY },
        "stoppingCondition": { "maxRuntimeInSeconds": 21_600 },
        "hyperParameters": { "max_depth": "6", "eta": "0.2", "sagemaker_program": "\"train.py\"", "sagemaker_submit_directory": format!("\"s3://{ARTIFACT_BUCKET}/{}/{job}/source/sourcedir.tar.gz\"", person.project) },
        "vpcConfig": { "securityGroupIds": ["sg-0a1b2c3d4e5f60001"], "subnets": ["subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"] },
        "enableNetworkIsolation": false, "enableInterContainerTrafficEncryption": true,
        "tags": person.tags(),
    });
    let response = json!({ "trainingJobArn": format!("arn:aws:sagemaker:eu-west-1:{DEV}:training-job/{job}") });
    // The account's limit for the accelerators is small; now and then a start has to wait.
    if accelerated && stage.random.chance(15) {
        stage.emit(Record::call(&studio, started.plus(-700), "sagemaker", "CreateTrainingJob").request(request.clone()).error(
            "ResourceLimitExceeded",
            &format!("The account-level service limit '{} for training job usage' is 2 Instances, with current utilization of 2 Instances and a request delta of 1 Instances.", person.instance),
        ));
    }
    stage.object(
        &studio,
        started.plus(-3),
        "PutObject",
        ARTIFACT_BUCKET,
        &format!("{}/{job}/source/sourcedir.tar.gz", person.project),
        18_112,
    );
    stage.emit(
        Record::call(&studio, started, "sagemaker", "CreateTrainingJob")
            .request(request)
            .response(response),
    );
    job_traces(
        stage,
        person.role,
        &job,
        started,
        person.project,
        image,
        true,
    );
    for poll in 0..stage.random.between(4, 9) {
        let time = started.plus(20 + poll * 35);
        let describe = Record::call(&studio, time, "sagemaker", "DescribeTrainingJob")
            .request(json!({ "trainingJobName": job }));
        let throttled = stage.random.chance(2);
        stage.emit(if throttled {
            describe.error("ThrottlingException", "Rate exceeded")
        } else {
            describe
        });
    }
    if stage.random.chance(12) {
        stage.emit(
            Record::call(&studio, started.plus(900), "sagemaker", "StopTrainingJob")
                .request(json!({ "trainingJobName": job })),
        );
    }
}

/// What a running job leaves in the log: role, image, network, key, data, artifact.
pub(super) fn job_traces(
    stage: &mut Stage,
    role: Role,
    job: &str,
    started: Time,
    project: &str,
    image: &str,
    artifact: bool,
) {
    let (input, output) = if role.account == DEV {
        (TRAINING_BUCKET, ARTIFACT_BUCKET)
    } else {
        (super::cast::PROD_BUCKET, super::cast::PROD_BUCKET)
    };
    stage.assume_by_service(role, started.plus(2), "sagemaker", "SageMaker");
    let address = stage.random.pick([
        "10.20.8.11",
        "10.20.8.12",
        "10.20.8.13",
        "10.20.9.11",
        "10.20.9.12",
    ]);
    let session = super::cast::job_session(role, started.plus(2), address);
    let through = session.through("sagemaker");
    stage.emit(
        Record::call(&through, started.plus(20), "kms", "CreateGrant")
            .request(json!({ "keyId": if role.account == DEV { DATA_KEY } else { super::cast::PROD_KEY }, "granteePrincipal": format!("sagemaker.eu-west-1.amazonaws.com"), "operations": ["CreateGrant", "Decrypt", "GenerateDataKeyWithoutPlaintext"], "constraints": { "encryptionContextSubset": { "aws:sagemaker:job": job } } }))
            .response(json!({ "grantId": stage.random.hex(64), "keyId": if role.account == DEV { DATA_KEY } else { super::cast::PROD_KEY } })),
    );
    stage.emit(
        Record::call(&through, started.plus(25), "ec2", "CreateNetworkInterface")
            .request(json!({ "subnetId": "subnet-0a1b2c3d4e5f60001", "description": format!("[Do not delete] ENI managed by SageMaker for TrainingJob {job}"), "groupSet": { "items": [{ "groupId": "sg-0a1b2c3d4e5f60001" }] } }))
            .response(json!({ "networkInterface": { "networkInterfaceId": format!("eni-{}", stage.random.hex(17)), "subnetId": "subnet-0a1b2c3d4e5f60001", "privateIpAddress": address, "status": "pending" } })),
    );
    if image.starts_with(role.account) {
        stage.read(&through, started.plus(30), "ecr", "BatchGetImage", json!({ "registryId": role.account, "repositoryName": "ml-serving", "imageIds": [{ "imageTag": "stable" }] }));
    }
    stage.emit(
        Record::call(&through, started.plus(70), "logs", "CreateLogStream")
            .request(json!({ "logGroupName": "/aws/sagemaker/TrainingJobs", "logStreamName": format!("{job}/algo-1-{}", started.0) })),
    );
    for part in 0..stage.random.between(2, 5) {
        let size = stage.random.between(2_000_000, 60_000_000);
        stage.object(
            &session,
            started.plus(90 + part),
            "GetObject",
            input,
            &format!("{project}/train/part-{part:05}.parquet"),
            size,
        );
        stage.decrypt(
            &session.through("s3"),
            started.plus(90 + part),
            json!({ "aws:s3:arn": format!("arn:aws:s3:::{input}") }),
        );
    }
    if artifact {
        let size = stage.random.between(4_000_000, 900_000_000);
        stage.object(
            &session,
            started.plus(14 * MINUTE),
            "PutObject",
            output,
            &format!("{project}/output/{job}/output/model.tar.gz"),
            size,
        );
    }
}

fn experiment_tracking(stage: &mut Stage, person: &Person, day: Time) {
    let studio = person.studio(day);
    let time = day.plus(stage.random.between(10 * HOUR, 16 * HOUR));
    let trial = format!("{}-run-{}", person.project, stage.random.hex(6));
    let component = format!("{trial}-training");
    stage.emit(
        Record::call(&studio, time, "sagemaker", "CreateTrial")
            .request(json!({ "trialName": trial, "experimentName": format!("{}-2026q1", person.project), "tags": person.tags() }))
            .response(json!({ "trialArn": format!("arn:aws:sagemaker:eu-west-1:{DEV}:experiment-trial/{trial}") })),
    );
    stage.emit(
        Record::call(&studio, time.plus(1), "sagemaker", "CreateTrialComponent")
            .request(json!({ "trialComponentName": component, "displayName": "training", "status": { "primaryStatus": "InProgress" } }))
            .response(json!({ "trialComponentArn": format!("arn:aws:sagemaker:eu-west-1:{DEV}:experiment-trial-component/{component}") })),
    );
    for step in 0..3 {
        stage.emit(
            Record::call(
                &studio,
                time.plus(60 + step * 60),
                "metrics-sagemaker",
                "BatchPutMetrics",
            )
            .request(json!({ "trialComponentName": component }))
            .resource(
                "AWS::SageMaker::ExperimentTrialComponent",
                DEV,
                &format!(
                    "arn:aws:sagemaker:eu-west-1:{DEV}:experiment-trial-component/{component}"
                ),
            )
            .data(),
        );
    }
    stage.read(&studio, time.plus(400), "sagemaker", "Search", json!({ "resource": "ExperimentTrialComponent", "maxResults": 50, "searchExpression": { "filters": [{ "name": "Parents.ExperimentName", "operator": "Equals", "value": format!("{}-2026q1", person.project) }] } }));
}

fn feature_work(stage: &mut Stage, person: &Person, day: Time) {
    let studio = person.studio(day);
    let time = day.at(11, 5);
    for (index, group) in ["customer-profile", "card-transactions"].iter().enumerate() {
        stage.read(
            &studio,
            time.plus(index as i64),
            "sagemaker",
            "DescribeFeatureGroup",
            json!({ "featureGroupName": group }),
        );
    }
    stage.read(
        &studio,
        time.plus(30),
        "sagemaker",
        "ListFeatureGroups",
        json!({ "maxResults": 50 }),
    );
    for count in 0..4 {
        stage.emit(
            Record::call(&studio, time.plus(60 + count), "sagemaker", "GetRecord")
                .request(json!({ "featureGroupName": "customer-profile", "recordIdentifierValueAsString": "HIDDEN_DUE_TO_SECURITY_REASONS" }))
                .resource("AWS::SageMaker::FeatureGroup", DEV, &format!("arn:aws:sagemaker:eu-west-1:{DEV}:feature-group/customer-profile"))
                .data(),
        );
    }
    // A bucket policy that data engineers may not read, asked for by a tool they use.
    if day.weekday() == 0 {
        stage.emit(
            Record::call(&studio, time.plus(200), "s3", "GetBucketPolicy")
                .request(json!({ "bucketName": TRAINING_BUCKET, "policy": "" }))
                .denied(),
        );
    }
}

fn tuning(stage: &mut Stage, person: &Person, day: Time) {
    let studio = person.studio(day);
    let started = day.at(16, 20);
    let name = format!("documents-hpo-{}", stage.random.hex(6));
    stage.emit(
        Record::call(&studio, started, "sagemaker", "CreateHyperParameterTuningJob")
            .request(json!({
                "hyperParameterTuningJobName": name,
                "hyperParameterTuningJobConfig": { "strategy": "Bayesian", "resourceLimits": { "maxNumberOfTrainingJobs": 8, "maxParallelTrainingJobs": 2 } },
                "trainingJobDefinition": { "algorithmSpecification": { "trainingImage": PYTORCH_IMAGE, "trainingInputMode": "File" }, "roleArn": person.role.arn(), "outputDataConfig": { "s3OutputPath": format!("s3://{ARTIFACT_BUCKET}/documents/output") }, "resourceConfig": { "instanceType": person.instance, "instanceCount": 1, "volumeSizeInGB": 100 }, "stoppingCondition": { "maxRuntimeInSeconds": 14_400 }, "enableNetworkIsolation": false },
                "tags": person.tags(),
            }))
            .response(json!({ "hyperParameterTuningJobArn": format!("arn:aws:sagemaker:eu-west-1:{DEV}:hyper-parameter-tuning-job/{name}") })),
    );
    let service = Actor::service_event(DEV, "sagemaker");
    for child in 1..=8 {
        let job = format!("{name}-{child:03}-{}", stage.random.hex(8));
        let time = started.plus(60 + (child - 1) / 2 * 3_000);
        stage.emit(
            Record::call(&service, time, "sagemaker", "CreateTrainingJob")
                .event_type("AwsServiceEvent")
                .extra("serviceEventDetails", json!({ "trainingJobName": job, "trainingJobArn": format!("arn:aws:sagemaker:eu-west-1:{DEV}:training-job/{job}"), "tuningJobArn": format!("arn:aws:sagemaker:eu-west-1:{DEV}:hyper-parameter-tuning-job/{name}") })),
        );
        job_traces(
            stage,
            person.role,
            &job,
            time,
            "documents",
            PYTORCH_IMAGE,
            true,
        );
    }
}

/// The lead engineer reads the registry in the morning; approvals follow in the pipeline story.
fn review(stage: &mut Stage, person: &Person, day: Time) {
    let console = person.console(DEV, day);
    let time = day.at(8, 40);
    for group in ["churn-models", "fraud-models"] {
        stage.read(
            &console,
            time,
            "sagemaker",
            "DescribeModelPackageGroup",
            json!({ "modelPackageGroupName": group }),
        );
        stage.read(&console, time.plus(3), "sagemaker", "ListModelPackages", json!({ "modelPackageGroupName": group, "modelApprovalStatus": "PendingManualApproval" }));
    }
    stage.read(
        &console,
        time.plus(30),
        "sagemaker",
        "ListEndpoints",
        json!({ "maxResults": 50, "sortBy": "CreationTime" }),
    );
}

fn close_studio(stage: &mut Stage, person: &Person, day: Time) {
    if stage.random.chance(45) {
        let time = day.plus(17 * HOUR + stage.random.between(0, 3_000));
        let console = person.console(DEV, day);
        stage.emit(Record::call(&console, time, "sagemaker", "DeleteApp").request(json!({ "domainId": DOMAIN, "spaceName": format!("{}-lab", person.name), "appType": "JupyterLab", "appName": "default" })));
    }
}
