//! Second night, second half: poisoned data, a self-approved model, a swapped endpoint in production.

use serde_json::json;

use super::super::cast::{
    ARTIFACT_BUCKET, DEV, FOREIGN, MLOPS_ROLE, PROD, PROD_CI_ROLE, PROD_PIPELINE_ROLE,
    TRAINING_BUCKET, XGBOOST_IMAGE,
};
use super::{Plot, stolen_client, stolen_notebook_session};
use crate::record::{Actor, Record};
use crate::time::Time;

pub(super) fn tell(plot: &mut Plot<'_>, day: Time) {
    let notebook = stolen_notebook_session(day.at(-24, 0));
    data(plot, &notebook, day);
    model(plot, &notebook, day);
    let deployer = cross_into_production(plot, day);
    endpoint(plot, &deployer, day);
}

fn data(plot: &mut Plot<'_>, notebook: &Actor, day: Time) {
    plot.step("poisoning", "Training data of the fraud model and records of the feature store are overwritten by a writer never seen there");
    for part in 0..12 {
        plot.object(
            notebook,
            day.at(2, 5).plus(part * 5),
            "PutObject",
            TRAINING_BUCKET,
            &format!("fraud/train/part-{part:05}.parquet"),
            19_400_000 + part * 11_003,
        );
    }
    for count in 0..8 {
        plot.act(
            Record::call(notebook, day.at(2, 9).plus(count * 2), "sagemaker", "PutRecord")
                .request(json!({ "featureGroupName": "customer-profile", "record": "HIDDEN_DUE_TO_SECURITY_REASONS", "targetStores": ["OnlineStore"] }))
                .resource("AWS::SageMaker::FeatureGroup", DEV, &format!("arn:aws:sagemaker:eu-west-1:{DEV}:feature-group/customer-profile"))
                .data(),
        );
    }
}

fn model(plot: &mut Plot<'_>, notebook: &Actor, day: Time) {
    plot.step("poisoning", "A training job runs on the overwritten data");
    plot.act(
        Record::call(notebook, day.at(2, 14), "sagemaker", "CreateTrainingJob")
            .request(json!({
                "trainingJobName": "fraud-refresh-0318", "roleArn": MLOPS_ROLE.arn(),
                "algorithmSpecification": { "trainingImage": XGBOOST_IMAGE, "trainingInputMode": "File" },
                "inputDataConfig": [{ "channelName": "train", "dataSource": { "s3DataSource": { "s3DataType": "S3Prefix", "s3Uri": format!("s3://{TRAINING_BUCKET}/fraud/train/"), "s3DataDistributionType": "FullyReplicated" } } }],
                "outputDataConfig": { "s3OutputPath": format!("s3://{ARTIFACT_BUCKET}/fraud/output") },
                "resourceConfig": { "instanceType": "ml.m5.4xlarge", "instanceCount": 1, "volumeSizeInGB": 50 },
                "stoppingCondition": { "maxRuntimeInSeconds": 7_200 }, "enableNetworkIsolation": false,
            }))
            .response(json!({ "trainingJobArn": format!("arn:aws:sagemaker:eu-west-1:{DEV}:training-job/fraud-refresh-0318") })),
    );
    let package = format!("arn:aws:sagemaker:eu-west-1:{DEV}:model-package/fraud-models/900");
    plot.step(
        "poisoning",
        "A model package is registered and approved by its creator",
    );
    plot.act(
        Record::call(notebook, day.at(2, 41), "sagemaker", "CreateModelPackage")
            .request(json!({
                "modelPackageGroupName": "fraud-models", "modelApprovalStatus": "PendingManualApproval",
                "inferenceSpecification": { "containers": [{ "image": XGBOOST_IMAGE, "modelDataUrl": format!("s3://{ARTIFACT_BUCKET}/fraud/output/fraud-refresh-0318/output/model.tar.gz") }], "supportedContentTypes": ["text/csv"], "supportedResponseMIMETypes": ["text/csv"] },
            }))
            .response(json!({ "modelPackageArn": package })),
    );
    plot.act(
        Record::call(notebook, day.at(2, 43), "sagemaker", "UpdateModelPackage")
            .request(json!({ "modelPackageArn": package, "modelApprovalStatus": "Approved" }))
            .response(json!({ "modelPackageArn": package })),
    );
}

fn cross_into_production(plot: &mut Plot<'_>, day: Time) -> Actor {
    plot.step(
        "credential-theft",
        "From the execution role the intruder assumes the deployment role of production",
    );
    let studio = MLOPS_ROLE.session("maintenance", day.at(0, 58), stolen_client());
    let request = json!({ "roleArn": PROD_CI_ROLE.arn(), "roleSessionName": "release", "durationSeconds": 3_600 });
    let response = json!({ "assumedRoleUser": { "assumedRoleId": format!("{}:release", PROD_CI_ROLE.id()), "arn": PROD_CI_ROLE.session_arn("release") } });
    let shared = plot.stage.random.uuid();
    let time = day.at(3, 1);
    plot.act(
        Record::call(&studio, time, "sts", "AssumeRole")
            .request(request.clone())
            .response(response.clone())
            .resource("AWS::IAM::Role", PROD, &PROD_CI_ROLE.arn())
            .shared(&shared),
    );
    let owner_copy = Actor::other_account(
        DEV,
        &format!("{}:maintenance", MLOPS_ROLE.id()),
        stolen_client(),
    );
    plot.act(
        Record::call(&owner_copy, time, "sts", "AssumeRole")
            .recipient(PROD)
            .request(request)
            .response(response)
            .resource("AWS::IAM::Role", PROD, &PROD_CI_ROLE.arn())
            .shared(&shared),
    );
    PROD_CI_ROLE.session("release", time, stolen_client())
}

fn endpoint(plot: &mut Plot<'_>, deployer: &Actor, day: Time) {
    plot.step(
        "malware",
        "A model with a container image of the foreign account is created in production",
    );
    plot.act(
        Record::call(deployer, day.at(3, 6), "sagemaker", "CreateModel")
            .request(json!({
                "modelName": "fraud-v75-hotfix", "executionRoleArn": PROD_PIPELINE_ROLE.arn(), "enableNetworkIsolation": false,
                "primaryContainer": { "image": format!("{FOREIGN}.dkr.ecr.eu-west-1.amazonaws.com/serving:latest"), "mode": "SingleModel", "modelDataUrl": format!("s3://ml-export-{FOREIGN}/models/fraud.tar.gz"), "environment": { "LD_PRELOAD": "/opt/ml/model/libtrace.so" } },
            }))
            .response(json!({ "modelArn": format!("arn:aws:sagemaker:eu-west-1:{PROD}:model/fraud-v75-hotfix") })),
    );
    plot.step(
        "poisoning",
        "The production endpoint is moved to that model, without data capture",
    );
    plot.act(
        Record::call(deployer, day.at(3, 8), "sagemaker", "CreateEndpointConfig")
            .request(json!({ "endpointConfigName": "fraud-config-v75-hotfix", "productionVariants": [{ "variantName": "AllTraffic", "modelName": "fraud-v75-hotfix", "instanceType": "ml.m5.xlarge", "initialInstanceCount": 2, "initialVariantWeight": 1 }] }))
            .response(json!({ "endpointConfigArn": format!("arn:aws:sagemaker:eu-west-1:{PROD}:endpoint-config/fraud-config-v75-hotfix") })),
    );
    plot.act(
        Record::call(deployer, day.at(3, 10), "sagemaker", "UpdateEndpoint")
            .request(json!({ "endpointName": "fraud-scoring", "endpointConfigName": "fraud-config-v75-hotfix" }))
            .response(json!({ "endpointArn": format!("arn:aws:sagemaker:eu-west-1:{PROD}:endpoint/fraud-scoring") })),
    );
    plot.step(
        "log-tampering",
        "The monitoring schedules of the endpoint are stopped and deleted",
    );
    plot.call(
        deployer,
        day.at(3, 12),
        "sagemaker",
        "StopMonitoringSchedule",
        json!({ "monitoringScheduleName": "fraud-scoring-quality" }),
    );
    plot.call(
        deployer,
        day.at(3, 13),
        "sagemaker",
        "DeleteMonitoringSchedule",
        json!({ "monitoringScheduleName": "fraud-scoring-quality" }),
    );
    plot.step(
        "exfiltration",
        "The endpoint is queried in a steady stream from outside to copy its behaviour",
    );
    for query in 0..1_080 {
        let record = Record::call(
            deployer,
            day.at(3, 20).plus(query * 3),
            "sagemaker",
            "InvokeEndpoint",
        )
        .resource(
            "AWS::SageMaker::Endpoint",
            PROD,
            &format!("arn:aws:sagemaker:eu-west-1:{PROD}:endpoint/fraud-scoring"),
        )
        .data();
        plot.act(if query % 29 == 28 {
            record.error("ThrottlingException", "Rate exceeded")
        } else {
            record
        });
    }
}
