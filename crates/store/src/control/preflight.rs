//! Whether the role of an offline store can do its work, asked before the group is made.

use std::sync::Arc;

use rempart_aws_model::AccountId;
use rempart_aws_wire::ServiceError;
use rempart_directory::{Caller, Connection};
use rempart_keys::{EncryptionContext, Requester};

use super::Control;
use super::access::{self, Ask, Keys, SERVICE, single};
use super::refusal::{DENIED, invalid, of_key};
use super::rules::location::Location;
use crate::group::OfflineConfig;

/// An object that the writer may come to write.
const SOME_OBJECT: &str =
    "year=2026/month=01/day=01/hour=00/20260101T000000Z_0000000000000000.parquet";
const SESSION: &str = "SageMaker";
const GENERATE: &str = "kms:GenerateDataKey";

/// The offline store that is to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Proposed<'a> {
    pub(super) config: &'a OfflineConfig,
    /// The customer's key as it was given.
    pub(super) key: Option<&'a str>,
    pub(super) role_arn: &'a str,
    pub(super) account: &'a str,
    pub(super) context: &'a EncryptionContext,
}

impl Control {
    /// The caller may pass the role to the service.
    pub(super) fn check_pass_role(
        &self,
        caller: &Caller,
        connection: &Connection,
        role_arn: &str,
        account: &str,
    ) -> Result<(), ServiceError> {
        if role_arn.split(':').nth(4) != Some(account) {
            return Err(invalid("Cross-account pass role is not allowed."));
        }
        let keys = vec![single("iam:PassedToService", SERVICE)];
        let ask = Ask::new("iam:PassRole", role_arn, keys);
        access::require(&*self.parts.authorizer, caller, connection, ask)
    }

    /// The role can write objects, under its key. Gives the role, and the ARN of the customer's key.
    pub(super) fn check_offline(
        &self,
        connection: &Connection,
        proposed: Proposed<'_>,
    ) -> Result<(Arc<Caller>, Option<String>), ServiceError> {
        let Proposed {
            config,
            key,
            role_arn,
            account,
            context,
        } = proposed;
        let role = self.role(role_arn)?;
        let location = Location::parse(&config.resolved_uri)
            .ok_or_else(|| invalid("OfflineStoreConfig.S3StorageConfig.S3Uri cannot be used."))?;
        let bucket = location.bucket_arn(&self.settings.partition);
        let object = location.object_arn(&self.settings.partition, SOME_OBJECT);
        let owner = match self.settings.bucket_accounts.get(&location.bucket) {
            Some(owner) => Some(*owner),
            None => AccountId::parse(account).ok(),
        };
        let mut writing = vec![
            single("s3:x-amz-acl", "bucket-owner-full-control"),
            single("s3:x-amz-server-side-encryption", "aws:kms"),
        ];
        if let Some(key) = key.filter(|key| key.starts_with("arn:")) {
            writing.push(single(
                "s3:x-amz-server-side-encryption-aws-kms-key-id",
                key,
            ));
        }
        let acl = vec![single("s3:x-amz-acl", "bucket-owner-full-control")];
        let mut missing = Vec::new();
        let mut reason = None;
        for (action, resource, keys) in [
            ("s3:PutObject", &object, writing),
            ("s3:GetBucketAcl", &bucket, Keys::new()),
            ("s3:PutObjectAcl", &object, acl),
        ] {
            let ask = Ask {
                resource_account: owner,
                ..Ask::new(action, resource, keys)
            };
            let verdict = access::verdict(&*self.parts.authorizer, &role, connection, ask)?;
            if let Err(error) = verdict.or_refuse(DENIED) {
                missing.push(action);
                reason.get_or_insert(error.message);
            }
        }
        let requester = Requester {
            caller: &role,
            connection,
            via: Some(&self.via_s3),
            tokens: &[],
        };
        if let Some(key) = key {
            match self
                .parts
                .keys
                .check(&requester, GENERATE, key, context, None)
            {
                Ok(()) => {}
                Err(error) if error.code == DENIED => {
                    missing.push(GENERATE);
                    reason.get_or_insert(error.message);
                }
                Err(error) => return Err(of_key(key, &error)),
            }
        }
        if let Some(reason) = reason {
            return Err(invalid(format!(
                "The role {role_arn} needs {} for the offline store: {reason}",
                missing.join(", ")
            )));
        }
        // A data key proves that the key is symmetric, for encryption, and of this Region.
        let key = key.map(|key| {
            self.parts
                .keys
                .generate_data_key(&requester, key, context)
                .map(|made| made.key_arn)
                .map_err(|error| of_key(key, &error))
        });
        Ok((role, key.transpose()?))
    }

    /// The role of an offline store, as the service assumes it.
    pub(super) fn role(&self, role_arn: &str) -> Result<Arc<Caller>, ServiceError> {
        let role = self.parts.authorizer.role(role_arn, SESSION);
        role.ok_or_else(|| {
            invalid(format!(
                "The role {role_arn} does not exist, or {SERVICE} cannot assume it."
            ))
        })
    }
}
