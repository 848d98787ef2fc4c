//! The machine at work: nightly pipelines, approvals, deployments, serving, monitoring.

use serde_json::json;

use super::cast::{
    ARTIFACT_BUCKET, CI_ROLE, DATA_KEY, DEV, INGEST_ROLE, MONITOR_IMAGE, PIPELINE_ROLE, PROD,
    PROD_BUCKET, PROD_CI_ROLE, PROD_KEY, PROD_PIPELINE_ROLE, RUNNER, SCORING_ROLE, SKLEARN_IMAGE,
    STUDIO_PEOPLE, TRAINING_BUCKET, XGBOOST_IMAGE, job_session,
};
use super::stage::Stage;
use super::studio::job_traces;
use crate::random::Random;
use crate::record::{Actor, Agent, Client, Record, Role};
use crate::time::{HOUR, MINUTE, Time};

const PROVIDER: &str = "token.actions.githubusercontent.com";

/// A CI job gets its credentials with a token of the code host.
pub(super) fn ci_session(
    stage: &mut Stage,
    role: Role,
    subject: &str,
    started: Time,
    agent: Agent,
) -> Actor {
    let client = Client::new(RUNNER, agent);
    // The name that the usual CI step gives when nobody chooses one.
    let session = "GitHubActions";
    let workload = Actor::web_identity(role.account, PROVIDER, subject, client.clone());
    stage.emit(
        Record::call(&workload, started, "sts", "AssumeRoleWithWebIdentity")
            .request(json!({ "roleArn": role.arn(), "roleSessionName": session, "durationSeconds": 3600 }))
            .response(json!({
                "credentials": { "accessKeyId": crate::record::temporary_key(&format!("{}/{session}/{}", role.arn(), started.0)), "expiration": started.plus(HOUR).iso() },
                "subjectFromWebIdentityToken": subject, "provider": format!("arn:aws:iam::{}:oidc-provider/{PROVIDER}", role.account), "audience": "sts.amazonaws.com",
                "assumedRoleUser": { "assumedRoleId": format!("{}:{session}", role.id()), "arn": role.session_arn(session) },
            }))
            .resource("AWS::IAM::Role", role.account, &role.arn()),
    );
    role.session(session, started, client)
}

/// The version of a model package that a night produces.
fn package_version(day: Time) -> i64 {
    (day.0 - Time::date(2026, 1, 1).0) / 86_400
}

fn package_arn(project: &str, day: Time) -> String {
    format!(
        "arn:aws:sagemaker:eu-west-1:{DEV}:model-package/{project}-models/{}",
        package_version(day)
    )
}

/// Ingest, pipeline and registration of one night.
pub(super) fn night(stage: &mut Stage, day: Time) {
    for (index, project) in ["churn", "fraud"].into_iter().enumerate() {
        let start = day
            .at(1, 10 + 50 * index as i64)
            .plus(stage.random.between(0, 50));
        ingest(stage, project, start.plus(-40 * MINUTE));
        nightly_pipeline(stage, project, day, start);
    }
}

fn ingest(stage: &mut Stage, project: &str, time: Time) {
    let client = Client::private("10.20.12.7", Agent::Java, "vpce-0a1b2c3d4e5f60718");
    let session = INGEST_ROLE.session("GlueJobRunnerSession", time, client);
    stage.assume_by_service(INGEST_ROLE, time, "glue", "GlueJobRunnerSession");
    for part in 0..8 {
        let size = stage.random.between(3_000_000, 40_000_000);
        stage.object(
            &session,
            time.plus(60 + part * 4),
            "PutObject",
            TRAINING_BUCKET,
            &format!("{project}/train/part-{part:05}.parquet"),
            size,
        );
    }
    for count in 0..4 {
        let record = Record::call(&session, time.plus(120 + count), "sagemaker", "PutRecord")
            .request(json!({ "featureGroupName": "customer-profile", "record": "HIDDEN_DUE_TO_SECURITY_REASONS", "targetStores": ["OnlineStore", "OfflineStore"] }))
            .resource("AWS::SageMaker::FeatureGroup", DEV, &format!("arn:aws:sagemaker:eu-west-1:{DEV}:feature-group/customer-profile"))
            .data();
        stage.emit(record);
    }
    stage.read(&session, time.plus(160), "glue", "UpdateTable", json!({ "databaseName": format!("lake_{project}"), "tableInput": { "name": "events", "tableType": "EXTERNAL_TABLE" } }));
}

fn nightly_pipeline(stage: &mut Stage, project: &str, day: Time, start: Time) {
    let ci = ci_session(
        stage,
        CI_ROLE,
        "repo:example-ml/platform:ref:refs/heads/main",
        start,
        Agent::Cli,
    );
    let pipeline = format!("{project}-nightly");
    let run = stage.random.letters(12).to_lowercase();
    let execution =
        format!("arn:aws:sagemaker:eu-west-1:{DEV}:pipeline/{pipeline}/execution/{run}");
    stage.read(
        &ci,
        start.plus(3),
        "sagemaker",
        "DescribePipeline",
        json!({ "pipelineName": pipeline }),
    );
    stage.emit(
        Record::call(&ci, start.plus(6), "sagemaker", "StartPipelineExecution")
            .request(json!({ "pipelineName": pipeline, "pipelineExecutionDisplayName": format!("nightly-{}", package_version(day)), "pipelineParameters": [{ "name": "InputPrefix", "value": format!("s3://{TRAINING_BUCKET}/{project}/train/") }], "clientRequestToken": stage.random.uuid() }))
            .response(json!({ "pipelineExecutionArn": execution })),
    );
    for poll in 0..8 {
        let record = Record::call(
            &ci,
            start.plus(60 + poll * 300),
            "sagemaker",
            "ListPipelineExecutionSteps",
        )
        .request(json!({ "pipelineExecutionArn": execution }));
        let throttled = stage.random.chance(4);
        stage.emit(if throttled {
            record.error("ThrottlingException", "Rate exceeded")
        } else {
            record
        });
    }
    let orchestrator = PIPELINE_ROLE.session(
        "SageMaker",
        start.plus(8),
        Client::service("pipelines.sagemaker"),
    );
    stage.assume_by_service(PIPELINE_ROLE, start.plus(8), "sagemaker", "SageMaker");
    for (step, offset) in [("prepare", 20), ("evaluate", 2_000)] {
        let job = format!("pipelines-{run}-{step}-{}", stage.random.letters(10));
        stage.emit(
            Record::call(&orchestrator, start.plus(offset), "sagemaker", "CreateProcessingJob")
                .request(json!({
                    "processingJobName": job, "roleArn": PIPELINE_ROLE.arn(),
                    "appSpecification": { "imageUri": SKLEARN_IMAGE, "containerEntrypoint": ["python3", format!("/opt/ml/processing/input/code/{step}.py")] },
                    "processingInputs": [{ "inputName": "data", "s3Input": { "s3Uri": format!("s3://{TRAINING_BUCKET}/{project}/train/"), "localPath": "/opt/ml/processing/input", "s3DataType": "S3Prefix", "s3InputMode": "File" } }],
                    "processingOutputConfig": { "outputs": [{ "outputName": "out", "s3Output": { "s3Uri": format!("s3://{ARTIFACT_BUCKET}/{project}/{step}"), "localPath": "/opt/ml/processing/output", "s3UploadMode": "EndOfJob" } }], "kmsKeyId": DATA_KEY },
                    "processingResources": { "clusterConfig": { "instanceCount": 1, "instanceType": "ml.m5.xlarge", "volumeSizeInGB": 30, "volumeKmsKeyId": DATA_KEY } },
                    "networkConfig": { "enableNetworkIsolation": true, "vpcConfig": { "securityGroupIds": ["sg-0a1b2c3d4e5f60001"], "subnets": ["subnet-0a1b2c3d4e5f60001"] } },
                    "experimentConfig": { "experimentName": pipeline, "trialName": run },
                    "tags": [{ "key": "sagemaker:pipeline-execution-arn", "value": execution }],
                }))
                .response(json!({ "processingJobArn": format!("arn:aws:sagemaker:eu-west-1:{DEV}:processing-job/{job}") })),
        );
        job_traces(
            stage,
            PIPELINE_ROLE,
            &job,
            start.plus(offset),
            project,
            SKLEARN_IMAGE,
            false,
        );
    }
    let job = format!("pipelines-{run}-train-{}", stage.random.letters(10));
    stage.emit(
        Record::call(&orchestrator, start.plus(900), "sagemaker", "CreateTrainingJob")
            .request(json!({
                "trainingJobName": job, "roleArn": PIPELINE_ROLE.arn(),
                "algorithmSpecification": { "trainingImage": XGBOOST_IMAGE, "trainingInputMode": "File" },
                "inputDataConfig": [{ "channelName": "train", "dataSource": { "s3DataSource": { "s3DataType": "S3Prefix", "s3Uri": format!("s3://{TRAINING_BUCKET}/{project}/train/"), "s3DataDistributionType": "FullyReplicated" } } }],
                "outputDataConfig": { "s3OutputPath": format!("s3://{ARTIFACT_BUCKET}/{project}/output"), "kmsKeyId": DATA_KEY },
                "resourceConfig": { "instanceType": "ml.m5.4xlarge", "instanceCount": 1, "volumeSizeInGB": 50, "volumeKmsKeyId": DATA_KEY },
                "stoppingCondition": { "maxRuntimeInSeconds": 7_200 }, "enableNetworkIsolation": true, "enableInterContainerTrafficEncryption": true,
                "tags": [{ "key": "sagemaker:pipeline-execution-arn", "value": execution }],
            }))
            .response(json!({ "trainingJobArn": format!("arn:aws:sagemaker:eu-west-1:{DEV}:training-job/{job}") })),
    );
    job_traces(
        stage,
        PIPELINE_ROLE,
        &job,
        start.plus(900),
        project,
        XGBOOST_IMAGE,
        true,
    );
    stage.emit(
        Record::call(&orchestrator, start.plus(2_400), "sagemaker", "CreateModelPackage")
            .request(json!({
                "modelPackageGroupName": format!("{project}-models"), "modelApprovalStatus": "PendingManualApproval", "clientToken": stage.random.uuid(),
                "inferenceSpecification": { "containers": [{ "image": XGBOOST_IMAGE, "modelDataUrl": format!("s3://{ARTIFACT_BUCKET}/{project}/output/{job}/output/model.tar.gz") }], "supportedContentTypes": ["text/csv"], "supportedResponseMIMETypes": ["text/csv"] },
            }))
            .response(json!({ "modelPackageArn": package_arn(project, day) })),
    );
}

/// Approval of the night's package by the lead engineer and deployment to production by the CI.
pub(super) fn release(stage: &mut Stage, day: Time) {
    let Some(lead) = STUDIO_PEOPLE.iter().find(|person| person.name == "cokafor") else {
        return;
    };
    let project = if day.weekday() % 2 == 0 {
        "churn"
    } else {
        "fraud"
    };
    let console = lead.console(DEV, day);
    let time = day.at(9, 20).plus(stage.random.between(0, 2_000));
    let package = package_arn(project, day);
    stage.read(
        &console,
        time,
        "sagemaker",
        "DescribeModelPackage",
        json!({ "modelPackageName": package }),
    );
    stage.emit(
        Record::call(&console, time.plus(240), "sagemaker", "UpdateModelPackage")
            .request(json!({ "modelPackageArn": package, "modelApprovalStatus": "Approved", "approvalDescription": "metrics reviewed, see change ticket" }))
            .response(json!({ "modelPackageArn": package })),
    );
    if matches!(day.weekday(), 1 | 3) {
        deploy(stage, project, day, time.plus(1_500));
    }
}

fn deploy(stage: &mut Stage, project: &str, day: Time, time: Time) {
    let ci = ci_session(
        stage,
        PROD_CI_ROLE,
        "repo:example-ml/serving:environment:production",
        time,
        Agent::Cli,
    );
    let version = package_version(day);
    let (model, config) = (
        format!("{project}-v{version}"),
        format!("{project}-config-v{version}"),
    );
    cross_account_read(
        stage,
        &ci,
        time.plus(12),
        &format!("{project}/output/release-{version}/model.tar.gz"),
    );
    stage.object(
        &ci,
        time.plus(30),
        "PutObject",
        PROD_BUCKET,
        &format!("{project}/release-{version}/model.tar.gz"),
        48_000_000,
    );
    stage.emit(
        Record::call(&ci, time.plus(60), "sagemaker", "CreateModel")
            .request(json!({
                "modelName": model, "executionRoleArn": PROD_PIPELINE_ROLE.arn(), "enableNetworkIsolation": true,
                "primaryContainer": { "image": XGBOOST_IMAGE, "mode": "SingleModel", "modelDataUrl": format!("s3://{PROD_BUCKET}/{project}/release-{version}/model.tar.gz") },
                "vpcConfig": { "securityGroupIds": ["sg-0f9e8d7c6b5a40001"], "subnets": ["subnet-0f9e8d7c6b5a40001", "subnet-0f9e8d7c6b5a40002"] },
            }))
            .response(json!({ "modelArn": format!("arn:aws:sagemaker:eu-west-1:{PROD}:model/{model}") })),
    );
    stage.emit(
        Record::call(&ci, time.plus(64), "sagemaker", "CreateEndpointConfig")
            .request(json!({
                "endpointConfigName": config, "kmsKeyId": PROD_KEY,
                "productionVariants": [{ "variantName": "AllTraffic", "modelName": model, "instanceType": "ml.m5.xlarge", "initialInstanceCount": 2, "initialVariantWeight": 1 }],
                "dataCaptureConfig": { "enableCapture": true, "initialSamplingPercentage": 20, "destinationS3Uri": format!("s3://{PROD_BUCKET}/capture/{project}"), "kmsKeyId": PROD_KEY, "captureOptions": [{ "captureMode": "Input" }, { "captureMode": "Output" }] },
            }))
            .response(json!({ "endpointConfigArn": format!("arn:aws:sagemaker:eu-west-1:{PROD}:endpoint-config/{config}") })),
    );
    stage.emit(
        Record::call(&ci, time.plus(70), "sagemaker", "UpdateEndpoint")
            .request(json!({ "endpointName": format!("{project}-scoring"), "endpointConfigName": config, "deploymentConfig": { "blueGreenUpdatePolicy": { "trafficRoutingConfiguration": { "type": "CANARY", "canarySize": { "type": "CAPACITY_PERCENT", "value": 50 }, "waitIntervalInSeconds": 300 } } } }))
            .response(json!({ "endpointArn": format!("arn:aws:sagemaker:eu-west-1:{PROD}:endpoint/{project}-scoring") })),
    );
    stage.assume_by_service(PROD_PIPELINE_ROLE, time.plus(90), "sagemaker", "SageMaker");
    for poll in 0..10 {
        stage.read(
            &ci,
            time.plus(100 + poll * 60),
            "sagemaker",
            "DescribeEndpoint",
            json!({ "endpointName": format!("{project}-scoring") }),
        );
    }
}

/// A read across accounts: one record for the caller, one with less detail for the owner.
fn cross_account_read(stage: &mut Stage, ci: &Actor, time: Time, key: &str) {
    let shared = stage.random.uuid();
    let size = 48_000_000;
    let caller = Record::call(ci, time, "s3", "GetObject")
        .object(ARTIFACT_BUCKET, DEV, key, (0, size), &stage.random)
        .shared(&shared);
    stage.emit(caller);
    let reduced = Actor::other_account(PROD, &PROD_CI_ROLE.id(), ci.client.clone());
    let owner = Record::call(&reduced, time, "s3", "GetObject")
        .recipient(DEV)
        .object(ARTIFACT_BUCKET, DEV, key, (0, size), &stage.random)
        .shared(&shared);
    stage.emit(owner);
}

/// Traffic of the two production endpoints and the online feature store during a day.
pub(super) fn serving(stage: &mut Stage, day: Time) {
    let client = Client::private("10.40.3.21", Agent::Java, "vpce-0f9e8d7c6b5a40312");
    for index in 0..90 {
        let time = day.plus(index * 960 + stage.random.between(0, 900));
        let caller =
            SCORING_ROLE.session(&Random::of_label(&day.iso()).hex(32), day, client.clone());
        let endpoint = stage
            .random
            .pick(["churn-scoring", "fraud-scoring", "fraud-scoring"]);
        let record = Record::call(&caller, time, "sagemaker", "InvokeEndpoint")
            .resource(
                "AWS::SageMaker::Endpoint",
                PROD,
                &format!("arn:aws:sagemaker:eu-west-1:{PROD}:endpoint/{endpoint}"),
            )
            .data();
        let throttled = stage.random.chance(1);
        stage.emit(if throttled {
            record.error("ThrottlingException", "Rate exceeded")
        } else {
            record
        });
        if index % 3 == 0 {
            stage.emit(
                Record::call(&caller, time.plus(-1), "sagemaker", "GetRecord")
                    .request(json!({ "featureGroupName": "customer-profile", "recordIdentifierValueAsString": "HIDDEN_DUE_TO_SECURITY_REASONS" }))
                    .resource("AWS::SageMaker::FeatureGroup", PROD, &format!("arn:aws:sagemaker:eu-west-1:{PROD}:feature-group/customer-profile"))
                    .data(),
            );
        }
    }
}

/// The monitoring schedules of production, four times a day.
pub(super) fn monitoring(stage: &mut Stage, day: Time) {
    for run in 0..4 {
        for endpoint in ["churn", "fraud"] {
            let time = day.at(run * 6, 5).plus(stage.random.between(0, 600));
            let job = format!("model-monitoring-{}", stage.random.hex(24));
            let session = job_session(PROD_PIPELINE_ROLE, time, "10.40.8.11")
                .with(Client::service("sagemaker"));
            stage.emit(
                Record::call(&session, time, "sagemaker", "CreateProcessingJob")
                    .request(json!({
                        "processingJobName": job, "roleArn": PROD_PIPELINE_ROLE.arn(),
                        "appSpecification": { "imageUri": MONITOR_IMAGE },
                        "environment": { "dataset_format": "{\"sagemakerCaptureJson\":{\"captureIndexNames\":[\"endpointInput\",\"endpointOutput\"]}}", "publish_cloudwatch_metrics": "Enabled" },
                        "processingOutputConfig": { "outputs": [{ "outputName": "monitoring_output", "s3Output": { "s3Uri": format!("s3://{PROD_BUCKET}/monitoring/{endpoint}"), "localPath": "/opt/ml/processing/output", "s3UploadMode": "Continuous" } }], "kmsKeyId": PROD_KEY },
                        "processingResources": { "clusterConfig": { "instanceCount": 1, "instanceType": "ml.m5.large", "volumeSizeInGB": 20 } },
                        "networkConfig": { "enableNetworkIsolation": false },
                    }))
                    .response(json!({ "processingJobArn": format!("arn:aws:sagemaker:eu-west-1:{PROD}:processing-job/{job}") })),
            );
            job_traces(
                stage,
                PROD_PIPELINE_ROLE,
                &job,
                time,
                &format!("capture/{endpoint}"),
                MONITOR_IMAGE,
                false,
            );
        }
    }
}
