//! The hum of the platform: service-linked roles, schedulers, inventory, audit.

use serde_json::json;

use super::cast::{
    ARTIFACT_BUCKET, AUDIT_ROLE, AUTOSTOP_ROLE, BACKUP_USER, CONTRACTOR, CONTRACTOR_SECOND_KEY,
    DEV, DOMAIN, MANAGEMENT, PROD, PROD_AUDIT_ROLE, PROD_BUCKET, SCORING_ROLE, SECURITY,
    SECURITY_ANALYST, TRAINING_BUCKET, contractor,
};
use super::stage::Stage;
use super::studio::sign_in;
use crate::delivery::Folder;
use crate::record::{Actor, Agent, Client, Record, Role, access_key};
use crate::time::{HOUR, MINUTE, Time};

/// Service noise of a day in both accounts.
pub(super) fn day(stage: &mut Stage, day: Time) {
    for account in [DEV, PROD] {
        config_inventory(stage, account, day);
        key_and_log_noise(stage, account, day);
        audit(stage, account, day);
    }
    autostop(stage, day);
}

fn linked_role(account: &'static str, service: &'static str, name: &'static str) -> Role {
    let path = match service {
        "config" => "/aws-service-role/config.amazonaws.com/",
        "guardduty" => "/aws-service-role/guardduty.amazonaws.com/",
        _ => "/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/",
    };
    Role {
        account,
        path,
        name,
    }
}

fn config_inventory(stage: &mut Stage, account: &'static str, day: Time) {
    const CALLS: [(&str, &str); 22] = [
        ("sagemaker", "ListEndpoints"),
        ("sagemaker", "DescribeEndpoint"),
        ("sagemaker", "ListModels"),
        ("sagemaker", "ListNotebookInstances"),
        ("sagemaker", "DescribeDomain"),
        ("sagemaker", "ListTags"),
        ("sagemaker", "ListFeatureGroups"),
        ("sagemaker", "ListCodeRepositories"),
        ("s3", "GetBucketPolicy"),
        ("s3", "GetBucketEncryption"),
        ("s3", "GetBucketVersioning"),
        ("s3", "GetBucketPublicAccessBlock"),
        ("kms", "ListKeys"),
        ("kms", "DescribeKey"),
        ("kms", "GetKeyPolicy"),
        ("ec2", "DescribeSecurityGroups"),
        ("ec2", "DescribeVpcs"),
        ("ec2", "DescribeSubnets"),
        ("iam", "ListRoles"),
        ("iam", "GetRole"),
        ("iam", "ListAttachedRolePolicies"),
        ("ecr", "DescribeRepositories"),
    ];
    let role = linked_role(account, "config", "AWSServiceRoleForConfig");
    for run in 0..3 {
        let start = day.at(run * 8, 17).plus(stage.random.between(0, 900));
        let session = role.session("configLambdaExecution", start, Client::service("config"));
        for (index, (service, name)) in CALLS.into_iter().enumerate() {
            let request = match service {
                "s3" => {
                    json!({ "bucketName": if account == DEV { TRAINING_BUCKET } else { PROD_BUCKET }, "Host": "s3.eu-west-1.amazonaws.com" })
                }
                "ec2" => json!({ "maxResults": 1000, "filterSet": {} }),
                "iam" => json!({ "maxItems": 1000 }),
                _ => json!({ "maxResults": 100 }),
            };
            stage.read(
                &session,
                start.plus(index as i64 * 2),
                service,
                name,
                request,
            );
        }
    }
    let guard = linked_role(account, "guardduty", "AWSServiceRoleForAmazonGuardDuty");
    let session = guard.session("GuardDuty", day.at(4, 0), Client::service("guardduty"));
    for index in 0..6 {
        stage.read(
            &session,
            day.at(4 + index * 3, 41),
            "ec2",
            stage_pick(index),
            json!({ "filterSet": {} }),
        );
    }
}

fn stage_pick(index: i64) -> &'static str {
    match index % 3 {
        0 => "DescribeInstances",
        1 => "DescribeVpcEndpoints",
        _ => "DescribeOrganizationConfiguration",
    }
}

fn key_and_log_noise(stage: &mut Stage, account: &'static str, day: Time) {
    let bucket = if account == DEV {
        ARTIFACT_BUCKET
    } else {
        PROD_BUCKET
    };
    for index in 0..30 {
        let time = day.plus(index * 2_880 + stage.random.between(0, 2_800));
        match index % 5 {
            0 => {
                let trail = Actor::service(account, "cloudtrail");
                let shared = stage.random.uuid();
                let log_bucket = "org-trail-logs-777788889999";
                stage.emit(
                    Record::call(&trail, time, "kms", "GenerateDataKey")
                        .request(json!({ "keySpec": "AES_256", "keyId": "arn:aws:kms:eu-west-1:777788889999:key/0b1c2d3e-0000-4000-8000-00000000c7a1", "encryptionContext": { "aws:cloudtrail:arn": format!("arn:aws:cloudtrail:eu-west-1:{MANAGEMENT}:trail/organisation-trail"), "aws:s3:arn": format!("arn:aws:s3:::{log_bucket}/AWSLogs") } }))
                        .shared(&shared),
                );
            }
            1 => {
                let scaling = linked_role(
                    account,
                    "autoscaling",
                    "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint",
                );
                let session = scaling.session(
                    "AutoScaling-SageMaker",
                    time,
                    Client::service("application-autoscaling"),
                );
                stage.read(
                    &session,
                    time,
                    "sagemaker",
                    "DescribeEndpoint",
                    json!({ "endpointName": "fraud-scoring" }),
                );
                stage.read(
                    &session,
                    time.plus(1),
                    "monitoring",
                    "DescribeAlarms",
                    json!({ "alarmNamePrefix": "TargetTracking-endpoint/fraud-scoring" }),
                );
            }
            2 => {
                let role = if account == PROD {
                    SCORING_ROLE
                } else {
                    AUTOSTOP_ROLE
                };
                let service = if account == PROD {
                    "ecs-tasks"
                } else {
                    "lambda"
                };
                let session = stage.random.hex(32);
                stage.assume_by_service(role, time, service, &session);
            }
            3 => {
                let logs = Actor::service(account, "logs");
                stage.decrypt(&logs, time, json!({ "aws:logs:arn": format!("arn:aws:logs:eu-west-1:{account}:log-group:/aws/sagemaker/Endpoints") }));
            }
            _ => {
                let trail = Actor::service(account, "cloudtrail");
                stage.emit(
                    Record::call(&trail, time, "s3", "GetBucketAcl")
                        .request(json!({ "bucketName": bucket, "Host": format!("{bucket}.s3.eu-west-1.amazonaws.com"), "acl": "" }))
                        .resource("AWS::S3::Bucket", account, &format!("arn:aws:s3:::{bucket}")),
                );
            }
        }
    }
}

/// The function that removes idle Studio applications every evening: a series of deletions.
fn autostop(stage: &mut Stage, day: Time) {
    let start = day.at(19, 30);
    let session = AUTOSTOP_ROLE.session(
        "studio-autostop",
        start,
        Client::private("10.20.15.4", Agent::Boto3, "vpce-0a1b2c3d4e5f60718"),
    );
    stage.read(
        &session,
        start,
        "sagemaker",
        "ListApps",
        json!({ "domainIdEquals": DOMAIN, "maxResults": 100 }),
    );
    if day.weekday() < 5 {
        for (index, space) in ["bkeller-lab", "dnovak-lab", "erossi-lab"]
            .into_iter()
            .enumerate()
        {
            let time = start.plus(4 + index as i64 * 3);
            stage.read(&session, time, "sagemaker", "DescribeApp", json!({ "domainId": DOMAIN, "spaceName": space, "appType": "JupyterLab", "appName": "default" }));
            stage.emit(Record::call(&session, time.plus(1), "sagemaker", "DeleteApp").request(json!({ "domainId": DOMAIN, "spaceName": space, "appType": "JupyterLab", "appName": "default" })));
        }
    }
}

/// The security tooling account assumes its audit role and reads a lot in a short time.
fn audit(stage: &mut Stage, account: &'static str, day: Time) {
    const CALLS: [(&str, &str); 18] = [
        ("iam", "GetAccountAuthorizationDetails"),
        ("iam", "ListUsers"),
        ("iam", "ListAccessKeys"),
        ("iam", "GetCredentialReport"),
        ("iam", "ListRoles"),
        ("s3", "ListBuckets"),
        ("s3", "GetBucketPolicy"),
        ("s3", "GetBucketLogging"),
        ("kms", "ListGrants"),
        ("kms", "GetKeyRotationStatus"),
        ("cloudtrail", "DescribeTrails"),
        ("cloudtrail", "GetTrailStatus"),
        ("cloudtrail", "GetEventSelectors"),
        ("guardduty", "ListDetectors"),
        ("sagemaker", "ListNotebookInstances"),
        ("sagemaker", "ListDomains"),
        ("sagemaker", "ListModelPackageGroups"),
        ("sagemaker", "ListEndpointConfigs"),
    ];
    let role = if account == DEV {
        AUDIT_ROLE
    } else {
        PROD_AUDIT_ROLE
    };
    let start = day.at(5, 30).plus(stage.random.between(0, 300));
    let client = Client::new("198.51.100.210", Agent::Boto3);
    let scanner = Actor::other_account(SECURITY, "AROAEXAMPLESECTOOLS01:scanner", client.clone());
    stage.emit(
        Record::call(&scanner, start, "sts", "AssumeRole")
            .recipient(account)
            .request(json!({ "roleArn": role.arn(), "roleSessionName": "scanner", "externalId": "audit-2231", "durationSeconds": 3600 }))
            .response(json!({ "assumedRoleUser": { "assumedRoleId": format!("{}:scanner", role.id()), "arn": role.session_arn("scanner") } }))
            .resource("AWS::IAM::Role", account, &role.arn())
            .shared(&crate::random::Random::of_label(&start.iso()).uuid()),
    );
    let session = role.session("scanner", start, client);
    for (index, (service, name)) in CALLS.into_iter().enumerate() {
        let record = Record::call(&session, start.plus(3 + index as i64), service, name)
            .request(json!({ "maxResults": 100 }));
        stage.emit(if name == "GetCredentialReport" {
            record.error(
                "ReportNotPresent",
                "No report exists. Consider using the GenerateCredentialReport request",
            )
        } else {
            record
        });
    }
}

/// The security analyst's morning.
pub(super) fn analyst(stage: &mut Stage, day: Time) {
    sign_in(stage, &SECURITY_ANALYST, DEV, day);
    let console = SECURITY_ANALYST.console(DEV, day);
    let cli = SECURITY_ANALYST.command_line(DEV, day);
    let time = day.at(8, 50);
    for (index, (service, name)) in [
        ("guardduty", "ListDetectors"),
        ("guardduty", "ListFindings"),
        ("guardduty", "GetFindings"),
        ("securityhub", "GetFindings"),
        ("cloudtrail", "LookupEvents"),
        ("cloudtrail", "LookupEvents"),
        ("config", "SelectResourceConfig"),
        ("access-analyzer", "ListFindings"),
    ]
    .into_iter()
    .enumerate()
    {
        let request = match name {
            "LookupEvents" => {
                json!({ "lookupAttributes": [{ "attributeKey": "EventSource", "attributeValue": "sagemaker.amazonaws.com" }], "maxResults": 50 })
            }
            "SelectResourceConfig" => {
                json!({ "expression": "SELECT resourceId WHERE resourceType = 'AWS::SageMaker::NotebookInstance'" })
            }
            _ => json!({ "maxResults": 50 }),
        };
        let actor = if index < 4 { &console } else { &cli };
        stage.read(actor, time.plus(index as i64 * 47), service, name, request);
    }
    // The analyst may look at most things but not open data.
    if day.weekday() == 3 {
        stage.emit(
            Record::call(&cli, time.plus(600), "sagemaker", "DescribeTrainingJob")
                .request(json!({ "trainingJobName": "fraud-bkeller-3f2a91c0" }))
                .denied(),
        );
        stage.emit(
            Record::call(&cli, time.plus(660), "secretsmanager", "ListSecrets")
                .request(json!({ "maxResults": 100 }))
                .denied(),
        );
    }
}

/// The contractor delivers labels twice a week.
pub(super) fn contractor_delivery(stage: &mut Stage, day: Time) {
    // After the rotation the new key is used; nobody switched the old one off.
    let rotated = day > Time::date(2026, 3, 5);
    let actor = contractor(if rotated {
        CONTRACTOR_SECOND_KEY
    } else {
        CONTRACTOR
    });
    let time = day.at(13, 10).plus(stage.random.between(0, 1_800));
    for batch in 0..6 {
        let size = stage.random.between(40_000, 90_000);
        stage.object(
            &actor,
            time.plus(batch * 8),
            "PutObject",
            TRAINING_BUCKET,
            &format!(
                "labels/incoming/{}-{batch:02}.jsonl",
                day.path().replace('/', "")
            ),
            size,
        );
    }
    stage.read(
        &actor,
        time.plus(70),
        "sagemaker",
        "ListLabelingJobs",
        json!({ "maxResults": 10 }),
    );
    stage.read(
        &actor,
        time.plus(75),
        "sagemaker",
        "DescribeLabelingJob",
        json!({ "labelingJobName": "documents-boxes-2026q1" }),
    );
    if day.weekday() == 1 && day < Time::date(2026, 3, 9) {
        // A planned rotation of the contractor's own key.
        stage.emit(
            Record::call(&actor, time.plus(300), "iam", "CreateAccessKey")
                .request(json!({ "userName": CONTRACTOR }))
                .response(json!({ "accessKey": { "userName": CONTRACTOR, "accessKeyId": access_key(CONTRACTOR_SECOND_KEY), "status": "Active", "createDate": "Mar 3, 2026, 1:15:00 PM" } })),
        );
    }
}

/// The backup job of the night, with its own IAM user.
pub(super) fn backup(stage: &mut Stage, day: Time) {
    let client = Client::new("198.51.100.144", Agent::Boto3);
    let actor = Actor::user(DEV, BACKUP_USER, &access_key(BACKUP_USER), client);
    let time = day.at(23, 5).plus(stage.random.between(0, 300));
    stage.read(
        &actor,
        time,
        "sts",
        "GetCallerIdentity",
        serde_json::Value::Null,
    );
    for (index, name) in ["ListBackupVaults", "ListBackupJobs", "DescribeBackupVault"]
        .into_iter()
        .enumerate()
    {
        stage.read(
            &actor,
            time.plus(3 + index as i64),
            "backup",
            name,
            json!({ "backupVaultName": "ml-platform" }),
        );
    }
    stage.emit(
        Record::call(&actor, time.plus(9), "backup", "StartBackupJob")
            .request(json!({ "backupVaultName": "ml-platform", "resourceArn": format!("arn:aws:s3:::{ARTIFACT_BUCKET}"), "iamRoleArn": format!("arn:aws:iam::{DEV}:role/service-role/AWSBackupDefaultServiceRole") }))
            .response(json!({ "backupJobId": stage.random.uuid() })),
    );
}

/// Records of the other kinds: endpoint of a VPC, Insights, aggregated.
pub(super) fn other_kinds(stage: &mut Stage, first_day: Time) {
    let through_endpoint = SCORING_ROLE.session(
        "f00d",
        first_day,
        Client::private("10.40.3.21", Agent::Java, "vpce-0f9e8d7c6b5a40312"),
    );
    for (day, error) in [(3, false), (10, true)] {
        let mut record = Record::call(
            &through_endpoint,
            first_day.at(24 * day + 10, 12),
            "kms",
            "Decrypt",
        )
        .event_type("AwsVpceEvent");
        if error {
            record = record.error(
                "VpceAccessDenied",
                "The request was denied due to a VPC endpoint policy",
            );
        }
        let entry_index = stage.entries.len();
        stage.emit_to(Folder::NetworkActivity, record);
        if let Some(entry) = stage.entries.get_mut(entry_index) {
            entry.json = entry.json.replace(
                "\"eventCategory\":\"Management\"",
                "\"eventCategory\":\"NetworkActivity\"",
            );
            if let Ok(serde_json::Value::Object(mut fields)) = serde_json::from_str(&entry.json) {
                fields.shift_remove("userAgent");
                entry.json = serde_json::Value::Object(fields).to_string();
            }
        }
    }
    let shared = stage.random.uuid();
    for (state, minute) in [("Start", 0), ("End", 24)] {
        let time = first_day.at(24 * 8 + 14, 31 + minute);
        let json = json!({
            "eventVersion": "1.09", "eventTime": time.iso(), "awsRegion": "eu-west-1", "eventID": stage.random.uuid(),
            "eventType": "AwsCloudTrailInsight", "recipientAccountId": DEV, "sharedEventID": shared,
            "insightDetails": { "state": state, "eventSource": "sagemaker.amazonaws.com", "eventName": "DescribeTrainingJob", "insightType": "ApiCallRateInsight",
                "insightContext": { "statistics": { "baseline": { "average": 0.4 }, "insight": { "average": 9.2 }, "insightDuration": minute, "baselineDuration": 10_080 },
                    "attributions": [{ "attribute": "userIdentityArn", "insight": [{ "value": super::cast::RESEARCH_ROLE.session_arn("SageMaker"), "average": 8.9 }], "baseline": [{ "value": super::cast::RESEARCH_ROLE.session_arn("SageMaker"), "average": 0.2 }] }] } },
            "eventCategory": "Insight",
        });
        stage.entries.push(crate::delivery::Entry {
            time,
            account: DEV,
            region: "eu-west-1",
            folder: Folder::Insight,
            json: json.to_string(),
        });
    }
    let start = first_day.plus(11 * 24 * HOUR + 9 * HOUR);
    let json = json!({
        "eventVersion": "1.0", "accountId": PROD, "eventId": stage.random.uuid(), "eventCategory": "Aggregated", "eventType": "AwsAggregatedEvent",
        "awsRegion": "eu-west-1", "eventSource": "s3.amazonaws.com",
        "timeWindow": { "windowStart": start.iso(), "windowEnd": start.plus(5 * MINUTE).iso(), "windowSize": "PT5M" },
        "summary": { "primaryDimension": { "dimension": "resourceARN", "statistics": [{ "name": format!("arn:aws:s3:::{PROD_BUCKET}"), "value": 212 }], "aggregationType": "Count" },
            "details": [{ "dimension": "eventName", "statistics": [{ "name": "PutObject", "value": 180 }, { "name": "GetObject", "value": 32 }], "aggregationType": "Count" }] },
    });
    stage.entries.push(crate::delivery::Entry {
        time: start,
        account: PROD,
        region: "eu-west-1",
        folder: Folder::Aggregated,
        json: json.to_string(),
    });
}
