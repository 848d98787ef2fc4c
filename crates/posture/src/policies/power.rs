//! What an identity could do with its permissions that no project needs.

use rempart_aws_model::ActionName;

use super::ask::action;
use super::identities::{Circumstances, Identities};
use crate::expression::Unknown;

/// A far-reaching permission: it is there when every action of one of its groups is allowed on a
/// resource that no policy means.
struct Power {
    name: &'static str,
    words: &'static str,
    any: &'static [&'static [&'static str]],
    /// Whether least privilege forbids it for every role that works for a project.
    is_excessive: bool,
}

/// The powers, the greatest first. The first has actions of many services: who may do all of them
/// may do everything.
const POWERS: [Power; 9] = [
    Power {
        name: "administrator",
        words: "it may do everything on every resource",
        any: &[&[
            "iam:CreateUser",
            "iam:AttachRolePolicy",
            "s3:DeleteBucket",
            "kms:ScheduleKeyDeletion",
            "ec2:TerminateInstances",
            "sagemaker:DeleteEndpoint",
            "lambda:CreateFunction",
            "dynamodb:DeleteTable",
            "cloudtrail:StopLogging",
            "secretsmanager:GetSecretValue",
            "rds:DeleteDBInstance",
            "ecr:DeleteRepository",
        ]],
        is_excessive: true,
    },
    Power {
        name: "write-iam",
        words: "it may give permissions to any user or role",
        any: &[
            &["iam:AttachRolePolicy"],
            &["iam:PutRolePolicy"],
            &["iam:AttachUserPolicy"],
            &["iam:PutUserPolicy"],
            &["iam:AttachGroupPolicy"],
            &["iam:PutGroupPolicy"],
            &["iam:AddUserToGroup"],
            &["iam:CreatePolicyVersion"],
            &["iam:SetDefaultPolicyVersion"],
            &["iam:UpdateAssumeRolePolicy"],
            &["iam:CreateAccessKey"],
            &["iam:CreateLoginProfile"],
            &["iam:UpdateLoginProfile"],
            &["iam:DeleteRolePermissionsBoundary"],
        ],
        is_excessive: true,
    },
    Power {
        name: "pass-any-role",
        words: "it may pass every role (iam:PassRole)",
        any: &[&["iam:PassRole"]],
        is_excessive: true,
    },
    Power {
        name: "assume-any-role",
        words: "it may assume every role that trusts the account",
        any: &[&["sts:AssumeRole"]],
        is_excessive: true,
    },
    Power {
        name: "all-sagemaker",
        words: "it may do everything in SageMaker on every resource",
        any: &[&[
            "sagemaker:CreateTrainingJob",
            "sagemaker:CreatePresignedNotebookInstanceUrl",
            "sagemaker:DeleteEndpoint",
            "sagemaker:DeleteFeatureGroup",
            "sagemaker:InvokeEndpoint",
            "sagemaker:PutModelPackageGroupPolicy",
            "sagemaker:UpdateDomain",
            "sagemaker:UpdatePipeline",
        ]],
        is_excessive: true,
    },
    Power {
        name: "read-any-bucket",
        words: "it may read every bucket",
        any: &[&["s3:GetObject"]],
        is_excessive: false,
    },
    Power {
        name: "write-any-bucket",
        words: "it may change every bucket",
        any: &[&["s3:PutObject"], &["s3:DeleteObject"]],
        is_excessive: false,
    },
    Power {
        name: "decrypt-with-any-key",
        words: "it may decrypt with every key",
        any: &[&["kms:Decrypt"]],
        is_excessive: false,
    },
    Power {
        name: "read-any-secret",
        words: "it may read every secret",
        any: &[&["secretsmanager:GetSecretValue"]],
        is_excessive: false,
    },
];

/// Managed policies of AWS that are too much for a project, whatever else limits the role.
const TOO_MUCH: [&str; 4] = [
    "AdministratorAccess",
    "PowerUserAccess",
    "IAMFullAccess",
    "AmazonSageMakerFullAccess",
];

/// Names of the powers of an identity.
pub(crate) fn powers(identities: &Identities, arn: &str) -> Result<Vec<&'static str>, Unknown> {
    let mut found = Vec::new();
    for power in &POWERS {
        if has(identities, arn, power)? {
            found.push(power.name);
        }
    }
    Ok(found)
}

/// What a power means, in words.
pub(crate) fn words(name: &str) -> &'static str {
    let power = POWERS.iter().find(|power| power.name == name);
    power.map_or("", |power| power.words)
}

fn has(identities: &Identities, arn: &str, power: &Power) -> Result<bool, Unknown> {
    let mut open = None;
    for group in power.any {
        match all(identities, arn, group) {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(unknown) => open = Some(unknown),
        }
    }
    open.map_or(Ok(false), Err)
}

fn all(identities: &Identities, arn: &str, group: &[&str]) -> Result<bool, Unknown> {
    let mut open = None;
    for name in group {
        match identities.may(arn, &action(name)?, Circumstances::default()) {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(unknown) => open = Some(unknown),
        }
    }
    open.map_or(Ok(true), Err)
}

/// Why a role has more permissions than a project needs, in words; empty when it has not. What is
/// certain is told even when something else is not known.
pub(crate) fn excessive(identities: &Identities, arn: &str) -> Result<Vec<String>, Unknown> {
    identities.identity(arn)?;
    let mut reasons = Vec::new();
    for policy in identities.attached(arn) {
        if let Some(name) = too_much(policy) {
            reasons.push(format!("{name} is attached"));
        }
    }
    let mut open = None;
    for power in POWERS.iter().filter(|power| power.is_excessive) {
        match has(identities, arn, power) {
            Ok(true) => reasons.push(power.words.to_owned()),
            Ok(false) => {}
            Err(unknown) => open = Some(unknown),
        }
    }
    match changes_itself(identities, arn) {
        Ok(Some(name)) if !reasons.iter().any(|reason| reason == words("write-iam")) => {
            reasons.push(format!("it may change its own permissions ({name})"));
        }
        Ok(_) => {}
        Err(unknown) => open = Some(unknown),
    }
    match open {
        Some(open) if reasons.is_empty() => Err(open),
        _ => Ok(reasons),
    }
}

/// The name of a managed policy of AWS that is too much.
pub(crate) fn too_much(arn: &str) -> Option<&'static str> {
    let (_, name) = arn.split_once(":iam::aws:policy/")?;
    TOO_MUCH.into_iter().find(|known| *known == name)
}

/// The action by which a role may change what it may do.
fn changes_itself(identities: &Identities, arn: &str) -> Result<Option<ActionName>, Unknown> {
    if !arn.contains(":role/") {
        return Ok(None);
    }
    let mut open = None;
    for name in [
        "iam:PutRolePolicy",
        "iam:AttachRolePolicy",
        "iam:DeleteRolePolicy",
        "iam:DetachRolePolicy",
        "iam:DeleteRolePermissionsBoundary",
        "iam:PutRolePermissionsBoundary",
        "iam:UpdateAssumeRolePolicy",
    ] {
        let name = action(name)?;
        let on_itself = Circumstances {
            resource: Some(arn),
            ..Circumstances::default()
        };
        match identities.may(arn, &name, on_itself) {
            Ok(true) => return Ok(Some(name)),
            Ok(false) => {}
            Err(unknown) => open = Some(unknown),
        }
    }
    open.map_or(Ok(None), Err)
}

#[cfg(test)]
mod tests;
