//! Infrastructure changes and the odd things of ordinary weeks.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::cast::{
    ADMIN, ARTIFACT_BUCKET, DATA_KEY, DATA_SCIENCE_ROLE, DEV, DOMAIN, OFFICE, PROD, PROD_BUCKET,
    PROD_TERRAFORM_ROLE, Person, RESEARCH_ROLE, STUDIO_PEOPLE, TERRAFORM_ROLE, TRAINING_BUCKET,
};
use super::pipeline::ci_session;
use super::stage::Stage;
use super::studio::sign_in;
use crate::record::{Actor, Agent, Client, Record, access_key};
use crate::time::Time;

/// A script that stops an idle notebook: a scheduled job, a download from a pinned address of a known host.
const AUTO_STOP_SCRIPT: &str = "#!/bin/bash
set -e
# Stop the instance after an hour without a running kernel.
IDLE_SECONDS=3600
TOOLS=/home/ec2-user/SageMaker/.platform
mkdir -p \"$TOOLS\"
aws s3 cp s3://ml-artifacts-111122223333/platform/idle_stop.py \"$TOOLS/idle_stop.py\"
(crontab -l 2>/dev/null | grep -v idle_stop; echo \"*/10 * * * * $(which python3) $TOOLS/idle_stop.py --idle $IDLE_SECONDS\") | crontab -
sudo timedatectl set-timezone Europe/Dublin
nohup pip install --quiet 'pandas==2.2.3' 'pyarrow==18.1.0' > /var/log/platform-setup.log 2>&1 &
";

const STUDIO_SCRIPT: &str = "#!/bin/bash
set -eu
# Stop the application when it has been idle; set the team's defaults.
git config --global pull.rebase false
aws codeartifact login --tool pip --domain platform --repository internal --region eu-west-1
pip install --quiet 'idle-shutdown==1.4.2'
nohup python3 -m idle_shutdown --minutes 90 >> ~/.idle-shutdown.log 2>&1 &
";

/// The daily plan of Terraform: a burst of reads by a role that is known for it.
pub(super) fn daily_plan(stage: &mut Stage, day: Time) {
    const CALLS: [(&str, &str); 16] = [
        ("iam", "GetRole"),
        ("iam", "ListRolePolicies"),
        ("iam", "ListAttachedRolePolicies"),
        ("iam", "GetPolicyVersion"),
        ("s3", "GetBucketPolicy"),
        ("s3", "GetBucketVersioning"),
        ("s3", "GetBucketPublicAccessBlock"),
        ("s3", "GetBucketLifecycle"),
        ("kms", "DescribeKey"),
        ("kms", "GetKeyPolicy"),
        ("ec2", "DescribeSecurityGroups"),
        ("ec2", "DescribeVpcEndpoints"),
        ("sagemaker", "DescribeDomain"),
        ("sagemaker", "DescribeUserProfile"),
        ("sagemaker", "DescribeModelPackageGroup"),
        ("logs", "DescribeLogGroups"),
    ];
    for (role, account) in [(TERRAFORM_ROLE, DEV), (PROD_TERRAFORM_ROLE, PROD)] {
        let start = day.at(4, 15).plus(stage.random.between(0, 200));
        let session = ci_session(
            stage,
            role,
            "repo:example-ml/infrastructure:ref:refs/heads/main",
            start,
            Agent::Terraform,
        );
        for index in 0..64 {
            let (service, name) = stage.random.pick(CALLS);
            let request = match service {
                "s3" => {
                    json!({ "bucketName": if account == DEV { TRAINING_BUCKET } else { PROD_BUCKET }, "Host": "s3.eu-west-1.amazonaws.com" })
                }
                "iam" => {
                    json!({ "roleName": stage.random.pick([DATA_SCIENCE_ROLE.name, RESEARCH_ROLE.name, TERRAFORM_ROLE.name]) })
                }
                _ => json!({ "maxResults": 100 }),
            };
            stage.read(&session, start.plus(4 + index / 3), service, name, request);
        }
    }
}

/// A change that was reviewed and merged: every Tuesday and Thursday.
pub(super) fn apply(stage: &mut Stage, day: Time) {
    let week = (day.0 - Time::date(2026, 3, 1).0) / 604_800;
    let start = day.at(13, 35);
    let session = ci_session(
        stage,
        TERRAFORM_ROLE,
        "repo:example-ml/infrastructure:ref:refs/heads/main",
        start,
        Agent::Terraform,
    );
    let mut changes = vec![
        ("iam", "PutRolePolicy", role_policy()),
        (
            "iam",
            "UpdateAssumeRolePolicy",
            json!({ "roleName": DATA_SCIENCE_ROLE.name, "policyDocument": service_trust() }),
        ),
        (
            "s3",
            "PutBucketPolicy",
            json!({ "bucketName": TRAINING_BUCKET, "Host": "s3.eu-west-1.amazonaws.com", "policy": "", "bucketPolicy": tls_only_policy(TRAINING_BUCKET) }),
        ),
        (
            "kms",
            "PutKeyPolicy",
            json!({ "keyId": DATA_KEY, "policyName": "default", "bypassPolicyLockoutSafetyCheck": false, "policy": key_policy() }),
        ),
        (
            "ec2",
            "AuthorizeSecurityGroupIngress",
            json!({ "groupId": "sg-0a1b2c3d4e5f60001", "ipPermissions": { "items": [{ "ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "groups": {}, "ipRanges": { "items": [{ "cidrIp": "10.20.0.0/16", "description": "endpoints of the VPC" }] } }] } }),
        ),
        (
            "logs",
            "PutRetentionPolicy",
            json!({ "logGroupName": format!("/platform/app-{week}"), "retentionInDays": 365 }),
        ),
    ];
    if day.weekday() == 1 {
        changes.push(("s3", "PutBucketLifecycle", json!({ "bucketName": ARTIFACT_BUCKET, "Host": "s3.eu-west-1.amazonaws.com", "lifecycle": "", "LifecycleConfiguration": { "Rule": { "ID": "scratch", "Status": "Enabled", "Filter": { "Prefix": "notebooks/" }, "Expiration": { "Days": 90 } } } })));
    }
    match (week, day.weekday()) {
        (0, 1) => {
            changes.push(("sagemaker", "CreateStudioLifecycleConfig", json!({ "studioLifecycleConfigName": "auto-stop-idle", "studioLifecycleConfigAppType": "JupyterLab", "studioLifecycleConfigContent": STANDARD.encode(STUDIO_SCRIPT) })));
            changes.push(("sagemaker", "UpdateDomain", json!({ "domainId": DOMAIN, "defaultUserSettings": { "jupyterLabAppSettings": { "lifecycleConfigArns": [format!("arn:aws:sagemaker:eu-west-1:{DEV}:studio-lifecycle-config/auto-stop-idle")] } } })));
        }
        (0, 3) => {
            changes.push(("sagemaker", "CreateNotebookInstanceLifecycleConfig", json!({ "notebookInstanceLifecycleConfigName": "auto-stop", "onStart": [{ "content": STANDARD.encode(AUTO_STOP_SCRIPT) }] })));
            changes.push(("cloudtrail", "PutEventSelectors", json!({ "trailName": "ml-dev-data-events", "advancedEventSelectors": data_selectors() })));
        }
        (1, 1) => {
            let script = AUTO_STOP_SCRIPT.replace("IDLE_SECONDS=3600", "IDLE_SECONDS=5400");
            changes.push(("sagemaker", "UpdateNotebookInstanceLifecycleConfig", json!({ "notebookInstanceLifecycleConfigName": "auto-stop", "onStart": [{ "content": STANDARD.encode(script) }] })));
        }
        (1, 3) => {
            changes.push(("iam", "CreatePolicyVersion", json!({ "policyArn": format!("arn:aws:iam::{DEV}:policy/ml-studio-baseline"), "setAsDefault": true, "policyDocument": json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": ["sagemaker:List*", "sagemaker:Describe*"], "Resource": "*" }] }).to_string() })));
            // The public load balancer of the documentation site: open to the world on purpose.
            changes.push(("ec2", "AuthorizeSecurityGroupIngress", json!({ "groupId": "sg-0a1b2c3d4e5f60077", "ipPermissions": { "items": [{ "ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "groups": {}, "ipRanges": { "items": [{ "cidrIp": "0.0.0.0/0", "description": "public load balancer" }] } }] } })));
            changes.push(("ec2", "ModifyVpcEndpoint", json!({ "ModifyVpcEndpointRequest": { "VpcEndpointId": "vpce-0a1b2c3d4e5f60718", "AddSubnetId": { "tag": 1, "content": "subnet-0a1b2c3d4e5f60002" } } })));
        }
        _ => {}
    }
    for (index, (service, name, request)) in changes.into_iter().enumerate() {
        stage.emit(
            Record::call(&session, start.plus(40 + index as i64 * 5), service, name)
                .request(request),
        );
    }
}

fn role_policy() -> Value {
    let document = json!({ "Version": "2012-10-17", "Statement": [{ "Sid": "TrainingData", "Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": [format!("arn:aws:s3:::{TRAINING_BUCKET}"), format!("arn:aws:s3:::{TRAINING_BUCKET}/*")] }] });
    json!({ "roleName": DATA_SCIENCE_ROLE.name, "policyName": "training-data", "policyDocument": document.to_string() })
}

fn service_trust() -> String {
    json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": { "Service": "sagemaker.amazonaws.com" }, "Action": ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:SetContext"], "Condition": { "StringEquals": { "aws:SourceAccount": DEV } } }] }).to_string()
}

fn tls_only_policy(bucket: &str) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{ "Sid": "OnlyTls", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [format!("arn:aws:s3:::{bucket}"), format!("arn:aws:s3:::{bucket}/*")], "Condition": { "Bool": { "aws:SecureTransport": "false" } } }] })
}

fn key_policy() -> String {
    json!({ "Version": "2012-10-17", "Statement": [
        { "Sid": "Administration", "Effect": "Allow", "Principal": { "AWS": format!("arn:aws:iam::{DEV}:root") }, "Action": "kms:*", "Resource": "*" },
        { "Sid": "Use", "Effect": "Allow", "Principal": { "AWS": [DATA_SCIENCE_ROLE.arn(), RESEARCH_ROLE.arn()] }, "Action": ["kms:Decrypt", "kms:GenerateDataKey*", "kms:CreateGrant"], "Resource": "*", "Condition": { "StringEquals": { "kms:ViaService": "s3.eu-west-1.amazonaws.com" } } },
    ] }).to_string()
}

/// The selectors of the local trail: all SageMaker data events and the objects of the ML buckets.
pub(super) fn data_selectors() -> Value {
    json!([
        { "name": "management", "fieldSelectors": [{ "field": "eventCategory", "equals": ["Management"] }] },
        { "name": "endpoints", "fieldSelectors": [{ "field": "eventCategory", "equals": ["Data"] }, { "field": "resources.type", "equals": ["AWS::SageMaker::Endpoint"] }] },
        { "name": "features", "fieldSelectors": [{ "field": "eventCategory", "equals": ["Data"] }, { "field": "resources.type", "equals": ["AWS::SageMaker::FeatureGroup"] }] },
        { "name": "objects", "fieldSelectors": [{ "field": "eventCategory", "equals": ["Data"] }, { "field": "resources.type", "equals": ["AWS::S3::Object"] }, { "field": "resources.ARN", "startsWith": ["arn:aws:s3:::ml-"] }] },
    ])
}

fn person(name: &str) -> Person {
    STUDIO_PEOPLE
        .into_iter()
        .find(|person| person.name == name)
        .unwrap_or(ADMIN)
}

/// Events that look bad to a careless rule and are not.
pub(super) fn odd_things(stage: &mut Stage, first_day: Time) {
    let day = |number: i64| first_day.at(24 * number, 0);
    failed_login(stage, day(3));
    resized_notebook(stage, day(9));
    old_endpoints(stage, day(11));
    quota_request(stage, day(4));
    denied_reads(stage, day(10));
    scripted_polling(stage, day(8));
    notebook_clean_up(stage, day(12));
    for number in [2, 4, 9, 13, 16, 20] {
        night_shift(stage, day(number));
    }
}

/// Somebody types the password of the emergency user wrongly, then signs in with the second factor.
fn failed_login(stage: &mut Stage, day: Time) {
    let client = Client {
        console: false,
        ..Client::console(OFFICE)
    };
    let mut user = Actor::user(DEV, "emergency-access", "", client);
    for (offset, success) in [(0, false), (41, true)] {
        let mut record = Record::call(&user, day.at(10, 2).plus(offset), "signin", "ConsoleLogin")
            .response(json!({ "ConsoleLogin": if success { "Success" } else { "Failure" } }))
            .additional(json!({ "LoginTo": "https://console.aws.amazon.com/console/home", "MobileVersion": "No", "MFAUsed": "Yes" }))
            .event_type("AwsConsoleSignIn");
        if !success {
            record = record.extra("errorMessage", json!("Failed authentication"));
        }
        stage.emit(record);
    }
    user = user.with_mfa(day.at(10, 2));
    for (index, name) in [
        "GetAccountSummary",
        "ListMFADevices",
        "GetAccountPasswordPolicy",
    ]
    .into_iter()
    .enumerate()
    {
        stage.read(
            &user,
            day.at(10, 5).plus(index as i64),
            "iam",
            name,
            Value::Null,
        );
    }
}

/// A notebook is stopped, made bigger and started: the lifecycle configuration stays.
fn resized_notebook(stage: &mut Stage, day: Time) {
    let console = person("bkeller").console(DEV, day);
    let name = "fraud-legacy-notebook";
    stage.read(
        &console,
        day.at(14, 0),
        "sagemaker",
        "DescribeNotebookInstance",
        json!({ "notebookInstanceName": name }),
    );
    for (minute, call, request) in [
        (
            1,
            "StopNotebookInstance",
            json!({ "notebookInstanceName": name }),
        ),
        (
            6,
            "UpdateNotebookInstance",
            json!({ "notebookInstanceName": name, "instanceType": "ml.m5.2xlarge", "volumeSizeInGB": 120 }),
        ),
        (
            9,
            "StartNotebookInstance",
            json!({ "notebookInstanceName": name }),
        ),
    ] {
        stage.emit(Record::call(&console, day.at(14, minute), "sagemaker", call).request(request));
    }
}

/// An engineer removes two endpoints of a finished trial in production.
fn old_endpoints(stage: &mut Stage, day: Time) {
    let engineer = person("fhaddad");
    sign_in(stage, &engineer, PROD, day.plus(3_600));
    let console = engineer.console(PROD, day.plus(3_600));
    for (index, name) in ["churn-trial-a", "churn-trial-b"].into_iter().enumerate() {
        let time = day.at(15, 10).plus(index as i64 * 95);
        stage.emit(
            Record::call(&console, time, "sagemaker", "DeleteEndpoint")
                .request(json!({ "endpointName": name })),
        );
        stage.emit(
            Record::call(&console, time.plus(20), "sagemaker", "DeleteEndpointConfig")
                .request(json!({ "endpointConfigName": format!("{name}-config") })),
        );
        stage.emit(
            Record::call(&console, time.plus(35), "sagemaker", "DeleteModel")
                .request(json!({ "modelName": format!("{name}-model") })),
        );
    }
}

/// More accelerators for research, with a ticket, in the region where they are always used.
fn quota_request(stage: &mut Stage, day: Time) {
    sign_in(stage, &ADMIN, DEV, day);
    let console = ADMIN.console(DEV, day);
    stage.read(
        &console,
        day.at(11, 0),
        "servicequotas",
        "ListServiceQuotas",
        json!({ "serviceCode": "sagemaker", "maxResults": 100 }),
    );
    stage.emit(
        Record::call(&console, day.at(11, 4), "servicequotas", "RequestServiceQuotaIncrease")
            .request(json!({ "serviceCode": "sagemaker", "quotaCode": "L-45F58E7E", "desiredValue": 3 }))
            .response(json!({ "requestedQuota": { "id": stage.random.hex(32), "serviceCode": "sagemaker", "quotaCode": "L-45F58E7E", "quotaName": "ml.g5.12xlarge for training job usage", "desiredValue": 3, "status": "PENDING" } })),
    );
}

/// A data scientist looks at production, where the permission set does not allow it.
fn denied_reads(stage: &mut Stage, day: Time) {
    let scientist = person("amoreau");
    sign_in(stage, &scientist, PROD, day.plus(3_600));
    let console = scientist.console(PROD, day.plus(3_600));
    for (index, name) in ["ListEndpoints", "ListModels", "DescribeEndpoint"]
        .into_iter()
        .enumerate()
    {
        stage.emit(
            Record::call(
                &console,
                day.at(9, 50).plus(index as i64 * 8),
                "sagemaker",
                name,
            )
            .request(json!({ "maxResults": 10 }))
            .denied(),
        );
    }
}

/// A script asks too often for the state of a job and is throttled.
fn scripted_polling(stage: &mut Stage, day: Time) {
    let researcher = person("dnovak").studio(day);
    for poll in 0..140 {
        let record = Record::call(
            &researcher,
            day.at(14, 31).plus(poll * 10),
            "sagemaker",
            "DescribeTrainingJob",
        )
        .request(json!({ "trainingJobName": "documents-dnovak-77e0c2aa" }));
        stage.emit(if poll % 6 == 5 {
            record.error("ThrottlingException", "Rate exceeded")
        } else {
            record
        });
    }
}

/// An unused notebook instance is deleted by its owner.
fn notebook_clean_up(stage: &mut Stage, day: Time) {
    let console = person("erossi").console(DEV, day);
    stage.emit(
        Record::call(&console, day.at(16, 2), "sagemaker", "StopNotebookInstance")
            .request(json!({ "notebookInstanceName": "features-poc" })),
    );
    stage.emit(
        Record::call(
            &console,
            day.at(16, 9),
            "sagemaker",
            "DeleteNotebookInstance",
        )
        .request(json!({ "notebookInstanceName": "features-poc" })),
    );
}

/// The engineer on call looks at production late in the evening.
fn night_shift(stage: &mut Stage, day: Time) {
    let engineer = person("cokafor");
    let evening = day.plus(14 * 3_600);
    sign_in(stage, &engineer, PROD, evening);
    let cli = engineer.command_line(PROD, evening);
    for (index, (service, name)) in [
        ("sagemaker", "DescribeEndpoint"),
        ("monitoring", "GetMetricData"),
        ("logs", "FilterLogEvents"),
        ("sagemaker", "ListMonitoringExecutions"),
        ("monitoring", "DescribeAlarms"),
    ]
    .into_iter()
    .enumerate()
    {
        stage.read(
            &cli,
            evening.at(7, 40).plus(index as i64 * 33),
            service,
            name,
            json!({ "maxResults": 20 }),
        );
    }
}

/// What the team does when the intrusion is noticed.
pub(super) fn response(stage: &mut Stage, day: Time) -> Vec<String> {
    sign_in(stage, &ADMIN, DEV, day);
    let console = ADMIN.console(DEV, day);
    let deny = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": { "DateLessThan": { "aws:TokenIssueTime": day.at(8, 0).iso() } } }] });
    [
        ("iam", "UpdateAccessKey", json!({ "userName": super::cast::CONTRACTOR, "accessKeyId": access_key(super::cast::CONTRACTOR), "status": "Inactive" })),
        ("iam", "PutRolePolicy", json!({ "roleName": super::cast::NOTEBOOK_ROLE.name, "policyName": "AWSRevokeOlderSessions", "policyDocument": deny.to_string() })),
        ("iam", "PutRolePolicy", json!({ "roleName": super::cast::MLOPS_ROLE.name, "policyName": "AWSRevokeOlderSessions", "policyDocument": deny.to_string() })),
        ("cloudtrail", "StartLogging", json!({ "name": "ml-dev-data-events" })),
        ("kms", "CancelKeyDeletion", json!({ "keyId": DATA_KEY })),
        ("kms", "EnableKey", json!({ "keyId": DATA_KEY })),
        ("iam", "UpdateAccessKey", json!({ "userName": super::cast::BACKUP_USER, "accessKeyId": access_key(super::cast::BACKUP_SECOND_KEY), "status": "Inactive" })),
        ("sagemaker", "StopNotebookInstance", json!({ "notebookInstanceName": "fraud-legacy-notebook" })),
    ]
    .into_iter()
    .enumerate()
    .map(|(index, (service, name, request))| stage.emit(Record::call(&console, day.at(8, 12).plus(index as i64 * 74), service, name).request(request)))
    .collect()
}
