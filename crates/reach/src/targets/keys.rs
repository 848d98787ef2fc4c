//! The keys that protect content, and the places where data lies.

use std::sync::Arc;

use rempart_estate::{Estate, Gap, Resource};
use serde_json::Value;

use crate::picture::permission;

/// The key that protects the content of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// No key whose policy is asked.
    None,
    /// A key of KMS, by ARN.
    Is(Arc<str>),
    /// The key of the service that AWS manages: every principal of the account may use it through the
    /// service (KMS Developer Guide, "AWS managed keys").
    AwsManaged,
    /// It cannot be told.
    Unknown {
        /// What would tell.
        permission: String,
    },
}

/// The key of a resource.
pub(crate) fn of(estate: &Estate, resource: &Resource) -> Key {
    match resource.kind {
        "AWS::S3::Bucket" => of_bucket(estate, resource),
        "AWS::SecretsManager::Secret" => in_body(estate, resource, "/KmsKeyId", Key::AwsManaged),
        "AWS::SSM::Parameter" => {
            let body = match estate.body(resource) {
                Ok(body) => body,
                Err(gap) => return unknown("ssm:DescribeParameters", &gap),
            };
            match body.get("Type").and_then(Value::as_str) {
                Some("SecureString") => in_body(estate, resource, "/KeyId", Key::AwsManaged),
                _ => Key::None,
            }
        }
        "AWS::SageMaker::FeatureGroup" => {
            let path = "/OnlineStoreConfig/SecurityConfig/KmsKeyId";
            in_body(estate, resource, path, Key::None)
        }
        _ => Key::None,
    }
}

fn of_bucket(estate: &Estate, resource: &Resource) -> Key {
    const OPERATION: &str = "s3:GetBucketEncryption";
    let found = match estate.answer(OPERATION, resource) {
        Ok(found) => found,
        Err(gap) => return unknown(OPERATION, &gap),
    };
    let rule = found
        .body
        .pointer("/ServerSideEncryptionConfiguration/Rules/0/ApplyServerSideEncryptionByDefault");
    let Some(rule) = rule else {
        return Key::None;
    };
    let algorithm = rule.get("SSEAlgorithm").and_then(Value::as_str);
    if algorithm.is_none_or(|name| !name.starts_with("aws:kms")) {
        return Key::None;
    }
    match rule.get("KMSMasterKeyID").and_then(Value::as_str) {
        Some(id) => resolved(estate, resource, id),
        None => Key::AwsManaged,
    }
}

fn in_body(estate: &Estate, resource: &Resource, path: &str, absent: Key) -> Key {
    match estate.body(resource) {
        Ok(body) => match body.pointer(path).and_then(Value::as_str) {
            Some(id) if !id.is_empty() => resolved(estate, resource, id),
            _ => absent,
        },
        Err(gap) => unknown("the description of the resource", &gap),
    }
}

/// The ARN of a key that is named by id, ARN or alias.
fn resolved(estate: &Estate, resource: &Resource, id: &str) -> Key {
    if id.contains("alias/aws/") {
        return Key::AwsManaged;
    }
    // Buckets have no Region in their place, keys do.
    let own = resource.place.account.as_str();
    let others = estate.places().iter().filter(|place| place.account == own);
    let mut places = std::iter::once(&resource.place).chain(others);
    let first = estate.find("AWS::KMS::Key", id, &resource.place);
    let found = places.find_map(|place| estate.find("AWS::KMS::Key", id, place).ok());
    match found.map_or(first, Ok) {
        Ok(key) => match &key.arn {
            Some(arn) => Key::Is(arn.as_str().into()),
            None => Key::Unknown {
                permission: "kms:DescribeKey".to_owned(),
            },
        },
        Err(_) if id.contains(":key/") => Key::Is(id.into()),
        Err(gap) => unknown("kms:ListAliases", &gap),
    }
}

fn unknown(operation: &str, gap: &Gap) -> Key {
    Key::Unknown {
        permission: permission(operation, gap),
    }
}

/// Where the data of a feature group or model package lies: an S3 URI.
pub(crate) fn data_of(estate: &Estate, resource: &Resource) -> Option<Arc<str>> {
    let path = match resource.kind {
        "AWS::SageMaker::FeatureGroup" => "/OfflineStoreConfig/S3StorageConfig/S3Uri",
        "AWS::SageMaker::ModelPackage" => "/InferenceSpecification/Containers/0/ModelDataUrl",
        "AWS::SageMaker::Model" => "/PrimaryContainer/ModelDataUrl",
        _ => return None,
    };
    let body = estate.body(resource).ok()?;
    body.pointer(path).and_then(Value::as_str).map(Into::into)
}
